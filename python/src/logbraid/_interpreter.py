"""Subinterpreters: the core runs in the main interpreter only, so a handler elsewhere sends nothing and says so."""

from __future__ import annotations

import logging
import sys

TYPE_CHECKING = False  # as in _handler
if TYPE_CHECKING:
    from typing import Any

WHY = "a subinterpreter cannot send log records: only the main interpreter of a process can"


def is_main() -> bool:
    """Return whether this is the main interpreter of the process."""
    try:
        here: Any = _module().get_current()
    except Exception:  # noqa: BLE001 - a Python that does not know
        return True
    return int(here[0] if isinstance(here, tuple) else here) == 0


def _module() -> Any:
    from importlib import import_module

    # Its name until Python 3.12.
    return import_module("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")


class KinesisHandler(logging.Handler):
    """Takes records and sends none."""

    def __init__(self, *arguments: Any, level: int | str = logging.NOTSET, **options: Any) -> None:
        super().__init__(level)
        self.last_error = WHY
        self._dropped = 0
        if sys.stderr is not None:
            sys.stderr.write(f"logbraid: {WHY}\n")

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record."""
        self._dropped += 1

    def flush(self, timeout: float | None = None) -> bool:  # type: ignore[override]
        """Return that nothing waits."""
        return True

    def drain(self) -> list[bytes]:
        """Return that nothing waits."""
        return []

    def stats(self) -> dict[str, int]:
        """Return what was done so far."""
        return {"taken": 0, "sent": 0, "dropped": self._dropped, "waiting": 0}
