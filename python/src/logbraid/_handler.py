"""The handler: records go to a Kinesis stream in the background."""

from __future__ import annotations

import logging
import os
import sys
from time import monotonic

from . import _lifetime, _options, _profile
from ._core import Core
from ._overflow import Overflow
from ._traceback import format_exc_info
from ._transaction import _current

# typing is not imported: it takes longer than all else that a handler needs.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any, Callable

    from ._options import Credentials


class KinesisHandler(logging.Handler):
    """Sends log records to a Kinesis stream, in the background.

    Neither Kinesis nor a record can raise into the application or stop it: what cannot be sent waits in a bounded
    buffer, and what finds it full is dropped, counted, and told to the stream.

        handler = logbraid.KinesisHandler("app_logging", service="orders")
        logging.getLogger().addHandler(handler)
    """

    def __init__(
        self,
        stream: str,
        service: str | None = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        credentials: Credentials | None = None,
        *,
        level: int | str = logging.NOTSET,
        linger: float = 1.0,
        max_buffer_mb: float = 16,
        when_full: str = "drop_newest",
        block_seconds: float = 0.05,
        spool: str | PathLike[str] | None = None,
        spool_mb: float = 1024,
        shutdown_timeout: float = 2.0,
        hold_below: int | str | None = None,
        hold_kb: float = 256,
        sample: float = 1.0,
        compression: str = "zstd",
        on_sigterm: bool | None = None,
        on_overflow: Callable[[bytes], object] | None = None,
    ) -> None:
        """Make a handler. It connects with the first record.

        Args:
            stream: The stream's name or ARN.
            service: The `service` of the records that name none.
            region: The region. Default: as AWS's own clients find it.
            endpoint_url: An address instead of AWS's.
            credentials: Access key, secret key and token. Default: as AWS's own clients find them.
            level: The level, as of any handler.
            linger: The longest time in seconds that a record waits for others.
            max_buffer_mb: The most memory for records that wait.
            when_full: What happens to a record that finds the buffer full: `drop_newest`, `drop_oldest` or `block`.
            block_seconds: The longest time that `block` blocks. Then the record is dropped.
            spool: A folder for what must survive the end of the process.
            spool_mb: The most disk for it.
            shutdown_timeout: The longest time that `flush` and the end of the program wait.
            hold_below: Records of a transaction below this level wait in memory, until one of it fails.
            hold_kb: The most memory for them, for each transaction.
            sample: The share of transactions whose records are sent, from 0 to 1. Errors always are.
            compression: `zstd` or `zlib`.
            on_sigterm: Whether SIGTERM sends what waits before it ends the program. Default: only in workers of
                multiprocessing, uvicorn and gunicorn.
            on_overflow: Called with the lines that are dropped because the buffer is full.

        """
        if on_overflow is not None and not callable(on_overflow):
            raise TypeError(f"on_overflow is {on_overflow!r}; it must be a function")
        self._options: dict[str, Any] = {
            "stream": _options.stream(stream),
            "service": _options.text_or_none("service", service),
            "fqdn": os.uname().nodename,
            "region": _options.text_or_none("region", region),
            "endpoint_url": _options.address(endpoint_url),
            "credentials": _options.keys(credentials),
            "linger": _options.seconds("linger", linger),
            "max_buffer_mb": _options.size("max_buffer_mb", max_buffer_mb, "MiB"),
            "when_full": _options.one_of("when_full", when_full, "drop_newest", "drop_oldest", "block"),
            "block_seconds": _options.seconds("block_seconds", block_seconds),
            "spool": _options.folder(spool),
            "spool_mb": _options.size("spool_mb", spool_mb, "MiB"),
            "compression": _options.one_of("compression", compression, "zstd", "zlib"),
            "hold_below": None if hold_below is None else _level(hold_below),
            "hold_kb": _options.size("hold_kb", hold_kb, "KiB", least=1),
            "sample": _options.number("sample", sample, 0, 1, "a share"),
        }
        self.stream = stream
        self.spool = spool
        self.shutdown_timeout = _options.seconds("shutdown_timeout", shutdown_timeout)
        self.on_sigterm = on_sigterm
        self._on_overflow = None if on_overflow is None else Overflow(on_overflow)
        self.is_closed = False
        # Only now: logging forgets no handler whose making failed.
        super().__init__(level)
        self._begin()
        _lifetime.add(self)
        if on_sigterm:
            _lifetime.watch_sigterm()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._emits = cls.emit is not KinesisHandler.emit

    #: Whether `emit` is a subclass's own.
    _emits = False

    def _begin(self) -> None:
        self._keys = None if self._options["credentials"] else _profile.keys()
        if self._keys is not None:
            self.addFilter(_profile.is_of_the_program)
        # uWSGI forks in C, and runs nothing of what Python does in a child.
        options = {**self._options, "keys": self._keys, "forks_unseen": "uwsgi" in sys.modules}
        self.core = Core(options, _current.get, format_exc_info, self._on_overflow)
        self._write = self.core.write
        self._gave_up = float("-inf")
        #: How many unsent and dropped records standard error was told of.
        self.told = (0, 0)

    def createLock(self) -> None:  # noqa: N802 - logging's name
        """Have no lock: the core has its own, which it never holds while it waits or runs Python."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> Any:
        """Take a record, unless a filter refuses it."""
        passed: Any = self.filter(record) if self.filters else True
        if passed:
            taken = record if passed is True or not isinstance(passed, logging.LogRecord) else passed
            if self._emits:
                self.emit(taken)
                return passed
            if self._write(taken):
                _lifetime.begin_anew()
                self._write(taken)
            if self.is_closed:
                _lifetime.revive(self)
        return passed

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record."""
        if self._write(record):
            _lifetime.begin_anew()
            self._write(record)
        if self.is_closed:
            _lifetime.revive(self)

    def flush(self, timeout: float | None = None) -> bool:  # type: ignore[override]
        """Send what waits. Return whether all of it left within this many seconds, by default `shutdown_timeout`."""
        _lifetime.begin_anew()
        if timeout is None and _is_replaced():
            timeout = 0.0
        limit = _lifetime.limit(self.shutdown_timeout) if timeout is None else timeout
        # What is no number waits for nothing.
        is_done = self.core.flush(min(limit, _options.MAX_SECONDS) if limit > 0.0 else 0.0)
        self._gave_up = float("-inf") if is_done else monotonic()
        return is_done

    def close(self) -> None:
        """Send what waits. A record that comes later opens the handler again."""
        # `logging.shutdown` has flushed already. What did not leave then does not leave now.
        _lifetime.begin_anew()
        has_given_up = monotonic() - self._gave_up < self.shutdown_timeout
        self.core.tell_dropped()
        is_done = self.flush(0.0 if has_given_up else None)
        self.core.close()
        self.is_closed = True
        _lifetime.closed(self, is_done=is_done)
        super().close()

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        """Keep what waits until it is sent, though nobody closed the handler."""
        # Python takes modules apart now. Before it did, the end of the program sent what waited.
        if is_finalizing():
            return
        core = getattr(self, "core", None)
        # What a fork of the process finds is the parent's.
        if core is not None and not self.is_closed and not core.is_elsewhere():
            core.tell_dropped()
            # The threads end when nothing waits.
            core.close()
            self.is_closed = True
            if _lifetime.is_unsent(core):
                _lifetime.closed(self, is_done=False)

    def drain(self) -> list[bytes]:
        """Take out what waits: the data of Kinesis records, for another way to send them."""
        _lifetime.begin_anew()
        return self.core.drain()

    def stats(self) -> dict[str, int]:
        """Return what was done so far, in this process."""
        _lifetime.begin_anew()
        return self.core.stats()

    @property
    def last_error(self) -> str | None:
        """The last failure in words, or None if there was none."""
        _lifetime.begin_anew()
        last = self.core.last_error()
        return None if last is None else last[0]

    def after_fork_in_child(self) -> None:
        """Begin anew: what waits is the parent's, and so are the threads."""
        self.core.leave_to_parent()
        self._begin()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.stream} ({logging.getLevelName(self.level)})>"


def _is_replaced() -> bool:
    """Return whether `dictConfig` or `fileConfig` ends the handlers of the one before: the program goes on."""
    frame = sys._getframe(2)  # noqa: SLF001
    if frame.f_code is not logging.shutdown.__code__ or frame.f_back is None:
        return False
    return frame.f_back.f_globals.get("__name__") == "logging.config"


def _level(level: int | str) -> int:
    from ._text import level_of

    return level_of(level, "hold_below")
