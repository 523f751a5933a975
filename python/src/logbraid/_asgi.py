"""ASGI middleware."""

from __future__ import annotations

from typing import Any, Callable

from . import _lifetime
from ._propagation import NAMES, UID_HEADER, read
from ._transaction import Incoming, Transaction, transaction

_NAMES = frozenset(name.encode() for name in NAMES)
_UID_HEADER = UID_HEADER.lower().encode()
#: What an app says when it has ended. Servers may then end the process by the signal that they got, without `atexit`.
_ENDED = frozenset(("lifespan.shutdown.complete", "lifespan.shutdown.failed"))
#: From this status on, an answer is a failure of the service.
FAILED_STATUS = 500


class ASGI:
    """Puts each request and each WebSocket into a transaction.

    app.add_middleware(logbraid.ASGI)      # Starlette, FastAPI
    app = logbraid.ASGI(app)               # any other
    """

    def __init__(self, app: Callable[..., Any], /, **fields: Any) -> None:
        self._app = app
        self._fields = fields

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, _with_all_sent(send))
            return
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        with transaction.of(_incoming(scope), self._fields) as here:
            await self._app(scope, receive, _with_uid(send, here))


def _incoming(scope: Any) -> Incoming:
    found: dict[str, str] = {}
    for name, value in scope.get("headers") or ():
        if name in _NAMES:
            found.setdefault(name.decode(), value.decode("latin-1"))
    return read(found.get)


def _with_all_sent(send: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return `send`, which sends what waits in the handlers before the server hears that the app has ended."""

    async def send_after_all(message: Any) -> None:
        if message["type"] in _ENDED:
            _lifetime.app_ended()
        await send(message)

    return send_after_all


def _with_uid(send: Callable[[Any], Any], here: Transaction) -> Callable[[Any], Any]:
    """Return `send` with the uid on the answer, unless the app gives one itself."""

    async def send_with_uid(message: Any) -> None:
        kind = message["type"]
        if kind in ("http.response.start", "websocket.accept"):
            headers = list(message.get("headers") or ())
            if not any(bytes(name).lower() == _UID_HEADER for name, _ in headers):
                headers.append((_UID_HEADER, here.uid.encode()))
                message = {**message, "headers": headers}
            if message.get("status", 0) >= FAILED_STATUS:
                here.keep()
        await send(message)

    return send_with_uid
