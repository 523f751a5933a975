"""The callback for lines that are dropped."""

from __future__ import annotations

import threading
from time import monotonic

TYPE_CHECKING = False  # as in _handler
if TYPE_CHECKING:
    from typing import Callable

#: The least time between two failures of the callback that are told.
_TELL_SECONDS = 60.0


class Overflow:
    """Calls back, but not while it does so already in the same thread: a callback may log, and find no room either."""

    def __init__(self, call: Callable[[bytes], object]) -> None:
        self._call = call
        self._busy: set[int] = set()
        self._told = float("-inf")

    def __call__(self, lines: bytes) -> None:
        here = threading.get_ident()
        if here in self._busy:
            return
        self._busy.add(here)
        try:
            self._call(lines)
        except Exception:
            # Each dropped record may fail. One traceback a minute says why.
            if monotonic() - self._told < _TELL_SECONDS:
                return
            self._told = monotonic()
            raise
        finally:
            self._busy.discard(here)
