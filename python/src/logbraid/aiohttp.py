"""aiohttp: the transaction's headers on what sessions send.

aiohttp.ClientSession(trace_configs=[logbraid.aiohttp.trace()])

For a server: aiohttp.web.Application(middlewares=[logbraid.aiohttp.middleware])
"""

from __future__ import annotations

from typing import Any, Callable

from ._asgi import FAILED_STATUS
from ._outgoing import add_headers
from ._propagation import UID_HEADER, read
from ._transaction import transaction


def trace() -> Any:
    """Return the `TraceConfig` for a session."""
    from aiohttp import TraceConfig

    config = TraceConfig()
    config.on_request_start.append(_on_request_start)
    return config


async def _on_request_start(session: Any, context: Any, params: Any) -> None:
    add_headers(params.headers)


async def middleware(request: Any, handler: Callable[..., Any]) -> Any:
    """Put each request of a server into a transaction."""
    with transaction.of(read(request.headers.get), {}) as here:
        response = await handler(request)
        if not response.prepared and UID_HEADER not in response.headers:
            response.headers[UID_HEADER] = here.uid
        if response.status >= FAILED_STATUS:
            here.keep()
        return response


middleware.__middleware_version__ = 1  # type: ignore[attr-defined]
