"""Tracebacks as `traceback` writes them, byte for byte, with each frame's text kept for the next time."""

from __future__ import annotations

import sys
import traceback

TYPE_CHECKING = False  # as in _handler
if TYPE_CHECKING:
    from types import CodeType, TracebackType
    from typing import Any

#: The most frames whose text is kept.
_MAX_KEPT = 8_192
#: The longest chain of exceptions that is written here. Longer ones are left to `traceback`.
_MAX_CHAIN = 64
#: Frames that repeat more often are summarised by `traceback`.
_MAX_REPEATS = 3
_HEADER = "Traceback (most recent call last):\n"
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"
#: Their last lines hold more than their text: a place in a file, a suggestion.
_SPECIAL = (SyntaxError, NameError, AttributeError, ImportError)
_GROUP: type[BaseException] | None = getattr(sys.modules["builtins"], "BaseExceptionGroup", None)

#: The text of a frame at an instruction. The code is kept, so that its id stays its own.
_frames: dict[tuple[int, int], tuple[CodeType, int, str]] = {}


class _OtherWayError(Exception):
    """What is to be written is left to `traceback`."""


def format_exc_info(info: Any) -> str | None:
    """Return the text of a record's `exc_info`, or None if it has no exception."""
    error = info
    trace: TracebackType | None = None
    if isinstance(info, tuple):
        kind, error, trace = info
        if kind is None:
            return None
    elif isinstance(info, BaseException):
        trace = info.__traceback__
    else:
        error = sys.exc_info()[1]
        trace = error.__traceback__ if error is not None else None
    if not isinstance(error, BaseException):
        return None
    try:
        text = _chain(error, trace)
    except _OtherWayError:
        text = "".join(traceback.format_exception(type(error), error, trace))
    return text.removesuffix("\n")


def _chain(error: BaseException, trace: TracebackType | None) -> str:
    """Return an exception with those that led to it, as the interpreter orders them."""
    parts: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None:
        if id(current) in seen or len(seen) > _MAX_CHAIN:
            raise _OtherWayError
        seen.add(id(current))
        parts.append(_one(current, trace))
        if current.__cause__ is not None:
            current, link = current.__cause__, _CAUSE
        elif current.__context__ is not None and not current.__suppress_context__:
            current, link = current.__context__, _CONTEXT
        else:
            break
        parts.append(link)
        trace = current.__traceback__
    parts.reverse()
    return "".join(parts)


def _one(error: BaseException, trace: TracebackType | None) -> str:
    if isinstance(error, _SPECIAL) or (_GROUP is not None and isinstance(error, _GROUP)):
        raise _OtherWayError
    if getattr(error, "__notes__", None):
        raise _OtherWayError
    lines: list[str] = [] if trace is None else [_HEADER]
    last: tuple[CodeType, int] | None = None
    repeats = 0
    while trace is not None:
        code, line = trace.tb_frame.f_code, trace.tb_lineno
        place = (code, line)
        repeats = repeats + 1 if last is not None and last[0] is code and last[1] == line else 0
        if repeats >= _MAX_REPEATS:
            raise _OtherWayError
        last = place
        known = _frames.get((id(code), trace.tb_lasti))
        lines.append(known[2] if known is not None and known[1] == line else _frame(trace, line))
        trace = trace.tb_next
    lines.append(_last_line(error))
    return "".join(lines)


def _frame(trace: TracebackType, line: int) -> str:
    """Return a frame's text, and keep it."""
    text = "".join(traceback.format_tb(trace, 1))
    if len(_frames) >= _MAX_KEPT:
        _frames.clear()
    code = trace.tb_frame.f_code
    _frames[id(code), trace.tb_lasti] = (code, line, text)
    return text


def _last_line(error: BaseException) -> str:
    kind = type(error)
    name, module = kind.__qualname__, kind.__module__
    if module not in ("__main__", "builtins"):
        if not isinstance(module, str):
            raise _OtherWayError
        name = f"{module}.{name}"
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - `traceback` has its own words for it
        raise _OtherWayError from None
    return f"{name}: {text}\n" if text else f"{name}\n"
