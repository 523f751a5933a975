"""Entries that traces and tasks write: ordinary log records, with the place of the caller."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Union, cast

if TYPE_CHECKING:
    from types import CodeType, FrameType, TracebackType

#: What `__exit__` gets of an exception.
Failure = tuple[type[BaseException], BaseException, Union["TracebackType", None]]

#: The files whose frames are never the caller's: this package's, and that of ExitStack and the like.
_OWN = __file__.rpartition("_entry.py")[0]
#: How far up a caller is looked for.
_MAX_FRAMES = 20
_MAX_ERROR_CHARS = 1000


class Source(NamedTuple):
    """Where an entry is from."""

    path: str
    line: int
    function: str
    #: The name of the module, which names the logger.
    module: str

    @classmethod
    def of_code(cls, code: CodeType, module: str) -> Source:
        """Return where a function is defined."""
        return cls(code.co_filename, code.co_firstlineno, code.co_name, module)


def caller(frame: FrameType) -> Source:
    """Return the place in the app that a frame of this package was called from."""
    found: FrameType = frame
    for _ in range(_MAX_FRAMES):
        path = found.f_code.co_filename
        if not path.startswith(_OWN) and not path.endswith("contextlib.py"):
            break
        if found.f_back is None:
            break
        found = found.f_back
    return Source(
        found.f_code.co_filename, found.f_lineno, found.f_code.co_name, found.f_globals.get("__name__", "root")
    )


def logger_of(given: logging.Logger | None, source: Source) -> logging.Logger:
    """Return the logger of an entry: the given one, else that of the caller's module."""
    return given if given is not None else logging.getLogger(source.module)


def write(
    logger: logging.Logger,
    level: int,
    source: Source,
    message: str,
    args: tuple[Any, ...],
    fields: dict[str, Any],
    failure: Failure | None = None,
) -> None:
    """Write an entry. A field that has the name of an attribute of every record gets a `_` after it."""
    record = logger.makeRecord(
        logger.name, level, source.path, source.line, message, args, cast("Any", failure), source.function
    )
    for name, value in fields.items():
        is_taken = name in record.__dict__ or name in ("message", "asctime")
        record.__dict__[name + "_" if is_taken and name != "log_uid" else name] = value
    logger.handle(record)


def is_cancelled(kind: type[BaseException]) -> bool:
    """Return whether an exception says that nobody waits any more, and not that something went wrong."""
    asyncio = sys.modules.get("asyncio")
    return issubclass(kind, GeneratorExit) or (asyncio is not None and issubclass(kind, asyncio.CancelledError))


def describe(error: BaseException) -> str:
    """Return the type and the text of an exception."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - the app's own __str__
        text = ""
    name = type(error).__name__
    return f"{name}: {text}"[:_MAX_ERROR_CHARS] if text else name


def first_time(failure: Failure) -> Failure | None:
    """Return the exception if no entry has its traceback yet: one is enough for all blocks that it passes through."""
    error = failure[1]
    if getattr(error, "_logbraid_written", False):
        return None
    with suppress(Exception):
        error._logbraid_written = True  # type: ignore[attr-defined]  # noqa: SLF001
    return failure
