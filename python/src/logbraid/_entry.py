"""Entries that traces and tasks write: ordinary log records, with the place of the caller."""

from __future__ import annotations

import logging
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Union, cast

from ._transaction import current

if TYPE_CHECKING:
    from types import CodeType, FrameType, TracebackType

#: What traces and tasks write to.
AnyLogger = Union[logging.Logger, "logging.LoggerAdapter[Any]"]
#: What `__exit__` gets of an exception.
Failure = tuple[type[BaseException], BaseException, Union["TracebackType", None]]

#: The files whose frames are never the caller's: this package's, and that of ExitStack and the like.
_OWN = __file__.rpartition("_entry.py")[0]
#: How far up a caller is looked for.
_MAX_FRAMES = 20
_MAX_ERROR_CHARS = 1000
#: How many adapters may be around a logger.
_MAX_ADAPTERS = 16


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


def checked(given: AnyLogger | str | None) -> AnyLogger | None:
    """Return a logger that was given, also by its name. Raises TypeError if it is none."""
    if given is None or isinstance(given, (logging.Logger, logging.LoggerAdapter)):
        return given
    if isinstance(given, str):
        return logging.getLogger(given)
    raise TypeError(f"logger is {given!r}; it must be a logger, an adapter of one, or a name")


def logger_of(given: AnyLogger | None, source: Source) -> AnyLogger:
    """Return the logger of an entry: the given one, else that of the caller's module."""
    return given if given is not None else logging.getLogger(source.module)


def write(
    logger: AnyLogger,
    level: int,
    source: Source,
    message: str,
    args: tuple[Any, ...],
    fields: dict[str, Any],
    failure: Failure | None = None,
) -> None:
    """Write an entry. What fails, as a filter of the app's, is told as logging tells it, and never raised."""
    try:
        _write(logger, level, source, message, args, fields, failure)
    except Exception:  # noqa: BLE001 - the app's work was done, or has an exception of its own
        if logging.raiseExceptions:
            with suppress(Exception):
                sys.stderr.write("--- Logging error ---\n")
                traceback.print_exc()


def _write(
    logger: AnyLogger,
    level: int,
    source: Source,
    message: str,
    args: tuple[Any, ...],
    fields: dict[str, Any],
    failure: Failure | None = None,
) -> None:
    """Write an entry. A field that has the name of an attribute of every record gets a `_` after it."""
    for _ in range(_MAX_ADAPTERS):
        if isinstance(logger, logging.Logger):
            break
        message, more = logger.process(message, {})
        fields = {**(more.get("extra") or {}), **fields}
        logger = logger.logger
    logger = cast("logging.Logger", logger)
    record = logger.makeRecord(
        logger.name, level, source.path, source.line, message, args, cast("Any", failure), source.function
    )
    for name, value in fields.items():
        free = name
        if free != "log_uid":
            while free in record.__dict__ or free in ("message", "asctime"):
                free += "_"
        record.__dict__[free] = value
    logger.handle(record)


def is_cancelled(error: BaseException) -> bool:
    """Return whether an exception says that nobody waits any more, or `sys.exit(0)`, and not that something failed."""
    if isinstance(error, SystemExit):
        return error.code in (None, 0)
    asyncio = sys.modules.get("asyncio")
    return isinstance(error, GeneratorExit) or (asyncio is not None and isinstance(error, asyncio.CancelledError))


def describe(error: BaseException) -> str:
    """Return the type and the text of an exception."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - the app's own __str__
        text = ""
    name = type(error).__name__
    return f"{name}: {text}"[:_MAX_ERROR_CHARS] if text else name


def first_time(failure: Failure) -> Failure | None:
    """Return the exception if no entry of the transaction has its traceback yet.

    One is enough for all blocks that it passes through.
    """
    error, here = failure[1], current()
    uid = "" if here is None else here.uid
    if getattr(error, "_logbraid_written", None) == uid:
        return None
    with suppress(Exception):
        error._logbraid_written = uid  # type: ignore[attr-defined]  # noqa: SLF001
    return failure
