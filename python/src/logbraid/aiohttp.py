"""aiohttp: the transaction's headers on what sessions send, and a transaction for each request of a server.

aiohttp.ClientSession(trace_configs=[logbraid.aiohttp.trace()])

logbraid.aiohttp.install(app)          # a server
"""

from __future__ import annotations

import functools
from typing import Any, Callable

from ._asgi import FAILED_STATUS
from ._outgoing import add_headers
from ._propagation import UID_HEADER, read
from ._transaction import Transaction, transaction


@functools.lru_cache(maxsize=1)
def _key() -> Any:
    """Return where a request has its uid, for answers that are begun elsewhere."""
    from aiohttp import web

    name = "logbraid.uid"
    # Since 3.14, a text as key gives a warning.
    return web.RequestKey(name, str) if hasattr(web, "RequestKey") else name


def trace() -> Any:
    """Return the `TraceConfig` for a session."""
    from aiohttp import TraceConfig

    config = TraceConfig()
    config.on_request_start.append(_on_request_start)
    return config


async def _on_request_start(session: Any, context: Any, params: Any) -> None:
    add_headers(params.headers)


def install(app: Any) -> None:
    """Put each request of an application into a transaction, around its other middlewares. Once is enough."""
    if middleware not in app.middlewares:
        app.middlewares.insert(0, middleware)
    if _on_prepare not in app.on_response_prepare:
        app.on_response_prepare.append(_on_prepare)


async def middleware(request: Any, handler: Callable[..., Any]) -> Any:
    """Put each request of a server into a transaction.

    Answers that are begun before it returns, and those of aiohttp itself, have the header only after `install`.
    """
    from aiohttp.web import HTTPException

    with transaction.of(read(request.headers.get), {}) as here:
        request[_key()] = here.uid
        try:
            answer = await handler(request)
        except HTTPException as raised:
            # In aiohttp, this is an answer.
            answer = raised
        _finish(answer, here)
        if not isinstance(answer, HTTPException):
            return answer
    raise answer


middleware.__middleware_version__ = 1  # type: ignore[attr-defined]


def _finish(answer: Any, here: Transaction) -> None:
    """Put the uid on an answer that has not begun, and keep what is held of a failed one."""
    # Anything may be returned. What is no answer, aiohttp refuses.
    if not getattr(answer, "prepared", True):
        answer.headers.setdefault(UID_HEADER, here.uid)
    if getattr(answer, "status", 0) >= FAILED_STATUS:
        here.keep()


async def _on_prepare(request: Any, answer: Any) -> None:
    uid = request.get(_key())
    if uid is not None:
        answer.headers.setdefault(UID_HEADER, uid)
