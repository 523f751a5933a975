"""What the modules for HTTP clients have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._propagation import headers

if TYPE_CHECKING:
    from collections.abc import MutableMapping


def add_headers(to: MutableMapping[str, str]) -> None:
    """Add the transaction's headers, except those that the app or another library has set."""
    for name, value in headers().items():
        if name not in to:
            to[name] = value
