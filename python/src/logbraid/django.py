"""Django: a transaction for each request, sync and async.

MIDDLEWARE = ["logbraid.django.Transaction", ...]     # first
"""

from __future__ import annotations

import inspect
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Callable

from ._asgi import FAILED_STATUS
from ._propagation import NAMES, UID_HEADER, read
from ._transaction import Incoming, mark, transaction
from ._transaction import Transaction as _Transaction

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_KEYS = {name: "HTTP_" + name.upper().replace("-", "_") for name in NAMES}


#: From this status on, Django writes a record of an answer.
_LOGGED_STATUS = 400


class Transaction:
    """Django's middleware."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[..., Any]) -> None:
        self._get_response = get_response
        self._is_async = inspect.iscoroutinefunction(get_response) or _is_marked(get_response)
        if self._is_async:
            _mark(self)

    def __call__(self, request: Any) -> Any:
        """Answer one request."""
        if self._is_async:
            return self._answer(request)
        with transaction.of(_incoming(request), {}) as here:
            response = _finish(self._get_response(request), here)
            if response.status_code >= _LOGGED_STATUS:
                _log(request, response)
            return response

    async def _answer(self, request: Any) -> Any:
        with transaction.of(_incoming(request), {}) as here:
            response = _finish(await self._get_response(request), here)
            if response.status_code >= _LOGGED_STATUS:
                from asgiref.sync import sync_to_async

                # As Django: a handler may block.
                await sync_to_async(_log, thread_sensitive=False)(request, response)
            return response


def _is_marked(function: object) -> bool:
    from asgiref.sync import iscoroutinefunction

    return bool(iscoroutinefunction(function))


def _mark(middleware: Transaction) -> None:
    from asgiref.sync import markcoroutinefunction

    markcoroutinefunction(middleware)


def _incoming(request: Any) -> Incoming:
    return read(lambda name: request.META.get(_KEYS[name]))


def _log(request: Any, response: Any) -> None:
    """Write Django's record of a failed answer. Django would write it later, outside of all middleware, if not now."""
    from django.utils.log import log_response

    log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)


def _finish(response: Any, here: _Transaction) -> Any:
    """Put the uid on the answer, and let the steps of a streamed body run in the transaction."""
    if UID_HEADER not in response:
        response[UID_HEADER] = here.uid
    if response.status_code >= FAILED_STATUS:
        here.keep()
    if getattr(response, "streaming", False) and not hasattr(response, "file_to_stream"):
        if here.is_root:
            here.outlive_block()
        if getattr(response, "is_async", False):
            response.streaming_content = _async_steps(response.streaming_content, here)
        else:
            response.streaming_content = _steps(response.streaming_content, copy_context(), here)
    return response


def _steps(body: Any, context: Context, here: _Transaction) -> Iterator[Any]:
    steps = iter(body)
    try:
        while True:
            try:
                part = context.run(next, steps)
            except StopIteration:
                return
            except BaseException as error:
                here.keep()
                # The server writes of it outside of the transaction.
                mark(error, here.uid)
                raise
            yield part
    finally:
        if here.is_root:
            here.end()


async def _async_steps(body: Any, here: _Transaction) -> AsyncIterator[Any]:
    steps = body.__aiter__()
    try:
        while True:
            with transaction.inside(here):
                try:
                    part = await steps.__anext__()
                except StopAsyncIteration:
                    return
                except BaseException as error:
                    mark(error, here.uid)
                    raise
            yield part
    finally:
        if here.is_root:
            here.end()
