"""The transaction's id on the records of all handlers, so that formatters may use `%(log_uid)s`."""

from __future__ import annotations

import functools
import logging
import sys
from typing import Any, Callable

from ._transaction import PLAIN, current

#: What a record outside of transactions gets: formatters need something.
_NO_UID = "-"
#: How many functions may be between logging and this record factory: those of other factories.
_MAX_FRAMES = 4

_make_record = logging.Logger.makeRecord


def stamp() -> None:
    """Give every record the attribute `log_uid` from now on. Records outside of transactions get `-`.

    A `log_uid` that the app gives with `extra` stays. A `KinesisHandler` that gets the record in another thread or
    process, as from a `QueueListener`, sends the fields of the transaction and the task with it, too.
    """
    factory = logging.getLogRecordFactory()
    if not isinstance(factory, _Stamping):
        logging.setLogRecordFactory(_Stamping(factory))
    if logging.Logger.makeRecord is _make_record:
        logging.Logger.makeRecord = _stamped  # type: ignore[method-assign]


@functools.wraps(_make_record)
def _stamped(self: logging.Logger, *args: Any, **kwargs: Any) -> logging.LogRecord:
    record = _make_record(self, *args, **kwargs)
    _add(record)
    return record


class _Stamping:
    """A record factory, for records that no logger makes."""

    def __init__(self, factory: Callable[..., logging.LogRecord]) -> None:
        self._factory = factory

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._factory(*args, **kwargs)
        # A logger refuses an extra `log_uid` if the factory gave one before: its records are stamped after that.
        if not _is_for_logger():
            _add(record)
        return record


class _Fields(dict[str, Any]):
    """The fields of a transaction. Those that are plain go along to another process, as with `carry`."""

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, ({name: value for name, value in self.items() if isinstance(value, PLAIN)},)


def _add(record: logging.LogRecord) -> None:
    here = current()
    if "log_uid" not in record.__dict__:
        record.log_uid = (_uid_of_error(record) or _NO_UID) if here is None else here.uid
    if here is not None and here.fields:
        record._logbraid = _Fields(here.fields)  # noqa: SLF001 - what the handler reads


def _uid_of_error(record: logging.LogRecord) -> str | None:
    """Return the uid of the transaction that the record's exception has left."""
    try:
        info = record.exc_info
        uid = getattr(info[1], "_logbraid_uid", None) if isinstance(info, tuple) else None
    except Exception:  # noqa: BLE001 - the exception's own class
        return None
    return uid if isinstance(uid, str) else None


def _is_for_logger() -> bool:
    frame = sys._getframe(2)  # noqa: SLF001
    for _ in range(_MAX_FRAMES):
        if frame.f_code is _make_record.__code__:
            return logging.Logger.makeRecord is _stamped
        if frame.f_back is None:
            break
        frame = frame.f_back
    return False
