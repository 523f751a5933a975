"""WSGI middleware."""

from __future__ import annotations

from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, Callable

from ._asgi import FAILED_STATUS
from ._propagation import NAMES, UID_HEADER, read
from ._transaction import Incoming, Transaction, mark, transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KEYS = {name: "HTTP_" + name.upper().replace("-", "_") for name in NAMES}


class WSGI:
    """Puts each request into a transaction, which ends when the server closes the answer's body.

    application = logbraid.WSGI(application)
    """

    def __init__(self, app: Callable[..., Iterable[bytes]], /, **fields: Any) -> None:
        self._app = app
        self._fields = fields

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        # The request runs in a context of its own, which all its steps enter: nothing leaks to the server's thread.
        context, block = copy_context(), transaction.of(_incoming(environ), self._fields)
        here: Transaction = context.run(block.__enter__)
        try:
            body = context.run(self._app, environ, _with_uid(start_response, here))
        except BaseException as error:
            context.run(block.leave, True, error)
            raise
        # These run nothing more of the app, and servers treat them in a special way.
        if isinstance(body, (list, tuple)) or _is_file(body, environ):
            context.run(block.leave, False)
            return body
        return _Body(body, context, block, here.uid)


class _Body:
    """The body of an answer, whose every step runs in the request's context."""

    def __init__(self, body: Iterable[bytes], context: Context, block: transaction, uid: str) -> None:
        self._body, self._context, self._block, self._uid = body, context, block, uid
        self._steps: Iterator[bytes] | None = None
        self._is_failed = self._is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            if self._steps is None:
                self._steps = self._context.run(iter, self._body)
            return self._context.run(next, self._steps)
        except StopIteration:
            raise
        except BaseException as error:
            self._is_failed = True
            # The server writes of it outside of the transaction.
            mark(error, self._uid)
            raise

    def close(self) -> None:
        """Close the app's body, and end the transaction."""
        if self._is_closed:
            return
        self._is_closed = True
        close = getattr(self._body, "close", None)
        try:
            if close is not None:
                self._context.run(close)
        except BaseException:
            self._is_failed = True
            raise
        finally:
            self._context.run(self._block.leave, self._is_failed)


def _incoming(environ: dict[str, Any]) -> Incoming:
    return read(lambda name: environ.get(_KEYS[name]))


def _is_file(body: object, environ: dict[str, Any]) -> bool:
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(body, wrapper)


def _with_uid(start_response: Callable[..., Any], here: Transaction) -> Callable[..., Any]:
    """Return `start_response` with the uid on the answer, unless the app gives one itself."""

    def start_with_uid(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
        if not any(name.lower() == UID_HEADER.lower() for name, _ in headers):
            headers = [*headers, (UID_HEADER, here.uid)]
        if status[:1] == str(FAILED_STATUS)[:1]:
            here.keep()
        return start_response(status, headers, *error)

    return start_with_uid
