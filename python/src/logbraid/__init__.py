"""Log records of many services, braided into one transaction.

Importing this package loads nothing else. Each name is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._transaction import Transaction as Transaction
    from ._transaction import current as current
    from ._transaction import transaction as transaction

__version__ = "0.1.0"

#: The module of each public name.
_HOMES = {
    "Transaction": "_transaction",
    "current": "_transaction",
    "transaction": "_transaction",
}

#: The modules for frameworks and clients. Each needs its library only when it is used.
_MODULES: "frozenset[str]" = frozenset()

__all__ = ["Transaction", "current", "transaction"]


def __getattr__(name: str) -> object:
    """Load a public name."""
    if name in _MODULES:
        return import_module("." + name, __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module("." + _HOMES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> "list[str]":
    """Return the public names."""
    return sorted({*globals(), *_HOMES, *_MODULES})
