"""The transaction's id on the records of all handlers, so that formatters may use `%(log_uid)s`."""

from __future__ import annotations

import logging
import sys
from typing import Any, Callable

from ._transaction import current

#: What a record outside of transactions gets: formatters need something.
_NO_UID = "-"
#: How many functions may be between logging and this record factory: those of other factories.
_MAX_FRAMES = 4


def stamp() -> None:
    """Give every record the attribute `log_uid` from now on. Records outside of transactions get `-`."""
    factory = logging.getLogRecordFactory()
    if not isinstance(factory, _Stamping):
        logging.setLogRecordFactory(_Stamping(factory))


class _Stamping:
    def __init__(self, factory: Callable[..., logging.LogRecord]) -> None:
        self._factory = factory

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self._factory(*args, **kwargs)
        if "log_uid" not in record.__dict__ and not _is_in_extra():
            here = current()
            record.log_uid = _NO_UID if here is None else here.uid
        return record


def _is_in_extra() -> bool:
    """Return whether the app gives the record a `log_uid`. logging raises if a factory gave it one before."""
    frame = sys._getframe(2)  # noqa: SLF001
    for _ in range(_MAX_FRAMES):
        if frame.f_code.co_name == "makeRecord":
            extra = frame.f_locals.get("extra")
            return isinstance(extra, dict) and "log_uid" in extra
        if frame.f_back is None:
            break
        frame = frame.f_back
    return False
