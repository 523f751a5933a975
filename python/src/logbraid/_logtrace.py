"""`LogTrace` of the package `logtrace`, with the same arguments and the same text.

What differs: an entry has the file and the line of the app, and its steps as structure. `emit("…")` shows the line of
the app, not one of the library. Times come from a clock that never jumps. Any level works. `add` is cheap.
"""

from __future__ import annotations

import logging
import sys
import uuid
from time import perf_counter
from typing import TYPE_CHECKING, Any, Callable

from ._text import text_of
from ._trace import MAX_STEPS, MILLIS
from ._transaction import current

if TYPE_CHECKING:
    from types import FrameType


class LogTrace:
    """Collects the steps of a piece of work, and emits them as one log record.

    trace = logbraid.LogTrace(logger, unique_id=True, level=logging.INFO)
    trace.add("auth header seen")
    trace.emit("done")
    """

    def __init__(
        self,
        logger: Any = None,
        delimiter: str = "; ",
        tag: str = "",
        unique_id: bool = False,
        level: int | None = None,
        verbosity: str = "v",
    ) -> None:
        self.uid: Any = uuid.uuid4() if unique_id else None
        self.verbosity = verbosity
        self.data: dict[str, Any] = {}
        self.logger = logger or logging.getLogger("logtrace")
        self.delimiter = delimiter
        self.level: int = level or self.logger.getEffectiveLevel()
        self.event_log: list[str] = []
        self.clean = False
        self._steps: list[tuple[int, float, str]] = []
        if tag:
            self.event_log.append(tag if tag.startswith("#") else "#" + tag)
        self.start = perf_counter()

    def clear(self) -> None:
        """Forget all steps, and begin again."""
        self.event_log = []
        self._steps = []
        self.start = perf_counter()

    def get_uid(self) -> Any:
        """Return the uid, a new one if there was none."""
        if not self.uid:
            self.uid = uuid.uuid4()
        return self.uid

    def set_uid(self, uid: Any) -> None:
        """Set the uid: a text, a UUID, or anything with a text."""
        self.uid = uid if isinstance(uid, (uuid.UUID, str)) else str(uid)

    def add(self, msg: Any = None, data: dict[str, Any] | None = None, backup: int = 2) -> None:
        """Add a step, and data for the entry. `backup` 2 is the caller's line, 3 that of its caller."""
        if msg:
            self._add_step(msg, _frame(backup))
        if data:
            self.data.update(data)

    def build_message(self, delimiter: str) -> str:
        """Return the text of the entry."""
        text = delimiter.join(self.event_log)
        if self.clean:
            text = text.replace(delimiter, "_")
        return f"uid={self.uid}{self.delimiter}{text}" if self.uid else text

    def emit_string(self, msg: Any = None, delimiter: str | None = None, backup: int = 2) -> str:
        """Return the text of the entry, with one more step."""
        if msg:
            self._add_step(msg, _frame(backup))
        return self.build_message(delimiter or self.delimiter)

    def emit(
        self,
        msg: Any = None,
        delimiter: str | None = None,
        emit_func: Callable[..., Any] | None = None,
        backup: int = 2,
        **extra: Any,
    ) -> None:
        """Emit the entry, with one more step: on the logger with the level, or with `emit_func`."""
        if msg:
            self._add_step(msg, _frame(backup))
        text = self.build_message(delimiter or self.delimiter)
        if emit_func is None:
            self.logger.log(self.level, text, **self._for_logging(extra, backup))
        elif isinstance(getattr(emit_func, "__self__", None), (logging.Logger, logging.LoggerAdapter)):
            emit_func(text, **self._for_logging(extra, backup))
        else:
            emit_func(text, **extra)

    def emit_error(self, msg: Any, delimiter: str | None = None) -> None:
        """Emit the entry as ERROR."""
        self.emit(msg, delimiter, emit_func=self.logger.error, backup=3)

    def emit_debug(self, msg: Any, delimiter: str | None = None) -> None:
        """Emit the entry as DEBUG."""
        self.emit(msg, delimiter, emit_func=self.logger.debug, backup=3)

    def emit_info(self, msg: Any, delimiter: str | None = None) -> None:
        """Emit the entry as INFO."""
        self.emit(msg, delimiter, emit_func=self.logger.info, backup=3)

    def emit_warning(self, msg: Any, delimiter: str | None = None) -> None:
        """Emit the entry as WARNING."""
        self.emit(msg, delimiter, emit_func=self.logger.warning, backup=3)

    def emit_critical(self, msg: Any, delimiter: str | None = None) -> None:
        """Emit the entry as CRITICAL."""
        self.emit(msg, delimiter, emit_func=self.logger.critical, backup=3)

    def _add_step(self, msg: Any, frame: FrameType) -> None:
        line, seconds = frame.f_lineno, perf_counter() - self.start
        text = text_of(msg)
        if len(self._steps) < MAX_STEPS:
            self._steps.append((line, seconds, text))
        if self.verbosity == "v":
            text = f"[{line}, {seconds:.4f}s] {text}"
        elif self.verbosity == "vv":
            text = f"[{frame.f_code.co_name}:{line}, {seconds:.4f}s] {text}"
        elif self.verbosity == "vvv":
            text = f"[{frame.f_code.co_filename}.{frame.f_code.co_name}:{line}, {seconds:.4f}s] {text}"
        self.event_log.append(text)

    def _for_logging(self, given: dict[str, Any], backup: int) -> dict[str, Any]:
        """Return the arguments for logging: the caller's place, and the structure beside the app's own extra."""
        fields: dict[str, Any] = {
            "steps": [
                {"line": line, "seconds": round(seconds, 6), "message": text} for line, seconds, text in self._steps
            ],
            "duration_ms": round((perf_counter() - self.start) * MILLIS, 3),
        }
        if self.data:
            fields["data"] = dict(self.data)
        if self.uid and current() is None:
            fields["log_uid"] = str(self.uid)
        return {"stacklevel": backup, **given, "extra": {**fields, **(given.get("extra") or {})}}


def _frame(backup: int) -> FrameType:
    """Return the frame that a method's `backup` means: 2 is the method's caller."""
    frame = sys._getframe(2)  # noqa: SLF001
    for _ in range(backup - 2):
        if frame.f_back is None:
            break
        frame = frame.f_back
    return frame
