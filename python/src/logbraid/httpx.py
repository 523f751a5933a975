"""httpx: the transaction's headers on what clients send.

httpx.Client(event_hooks=logbraid.httpx.hooks())
httpx.AsyncClient(event_hooks=logbraid.httpx.hooks())
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable

from ._outgoing import add_headers

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Done:
    """A result that asynchronous clients may await, and others ignore."""

    def __await__(self) -> Iterator[None]:
        return iter(())


def hooks() -> dict[str, list[Callable[..., Any]]]:
    """Return the event hooks, for `Client` and for `AsyncClient`."""
    return {"request": [_on_request]}


def _on_request(request: Any) -> _Done:
    add_headers(request.headers)
    return _Done()
