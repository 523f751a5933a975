"""requests: the transaction's headers on what sessions send.

logbraid.requests.install(session)
logbraid.requests.install()            # all sessions, and requests.get() and the like
"""

from __future__ import annotations

import functools
from typing import Any, Callable

from ._outgoing import add_headers


def install(session: Any = None) -> None:
    """Make a session, or all, send the transaction's headers. Doing it twice changes nothing."""
    if session is None:
        import requests

        session = requests.Session
    if not hasattr(session.send, "_logbraid"):
        session.send = _with_headers(session.send)


def _with_headers(send: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(send)
    def send_with_headers(*args: Any, **kwargs: Any) -> Any:
        # A bound method of one session gets (request), the class's function gets (session, request).
        request: Any = kwargs.get("request", args[-1] if args else None)
        if hasattr(request, "headers") and hasattr(request, "prepare"):
            add_headers(request.headers)
        return send(*args, **kwargs)

    send_with_headers._logbraid = True  # type: ignore[attr-defined]  # noqa: SLF001
    return send_with_headers
