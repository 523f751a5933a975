"""When handlers begin anew and end: forks, the end of the program, SIGTERM."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import weakref
from time import monotonic

TYPE_CHECKING = False  # as in _handler
if TYPE_CHECKING:
    from os import PathLike
    from typing import Any, Protocol

    from ._core import Core

    class Handler(Protocol):
        """What a handler has for its end."""

        core: Core
        spool: str | PathLike[str] | None
        shutdown_timeout: float
        on_sigterm: bool | None
        is_closed: bool
        told: tuple[int, int]

        def flush(self, timeout: float | None = None) -> bool: ...
        def close(self) -> None: ...
        def after_fork_in_child(self) -> None: ...


_handlers: weakref.WeakSet[Handler] = weakref.WeakSet()
#: Cores of closed handlers which still have something to send.
_retired: list[tuple[Core, Handler]] = []
#: How long after the end of an app each record is sent at once: its server writes a few, and ends the process.
_AT_ONCE_SECONDS = 2.0


class _State:
    """What is so in this process."""

    #: The process that this is said of.
    pid = os.getpid()

    #: When the program must have ended, once it ends.
    deadline: float | None = None
    #: Until when each record is sent at once.
    at_once_until = float("-inf")
    watches_multiprocessing = False
    watches_celery = False
    #: Whether this is a process that multiprocessing started.
    is_worker = False
    #: The process of multiprocessing at whose end what waits is sent.
    flushes_at_end_of: int | None = None


_BEGINS = threading.Lock()


def add(handler: Handler) -> None:
    """Take care of a handler."""
    _handlers.add(handler)
    _forget_sent()
    _watch_multiprocessing()
    watch_celery()
    _watch_end_of_worker()
    if handler.on_sigterm is None:
        _watch_sigterm_of_worker()


def _watch_end_of_worker() -> None:
    """Send what waits at the end of this process, if multiprocessing has started it, which it tells nobody."""
    process = sys.modules.get("multiprocessing.process")
    if process is None:
        return
    if process.parent_process() is not None:
        # The first handler of a worker is too late for what multiprocessing does after a fork.
        if _State.flushes_at_end_of != os.getpid():
            _flush_at_end_of_worker()
    elif getattr(process.current_process(), "_inheriting", False):
        # A worker that is spawned, and does not run yet.
        _State.is_worker = True


def is_unsent(core: Core) -> bool:
    """Return whether there is something to send or to tell."""
    stats = core.stats()
    return bool(stats["waiting"] or stats["untold"])


def _forget_sent() -> None:
    _retired[:] = [entry for entry in _retired if is_unsent(entry[0])]


def limit(timeout: float) -> float:
    """Return a timeout, or what is left of it when the program ends."""
    return timeout if _State.deadline is None else max(0.0, min(timeout, _State.deadline - monotonic()))


def closed(handler: Handler, *, is_done: bool) -> None:
    """Note that a handler was closed."""
    if is_done:
        return
    if _State.deadline is None:
        # The program goes on, and so does sending.
        _forget_sent()
        _retired[:] = [entry for entry in _retired if entry[0] is not handler.core]
        _retired.append((handler.core, handler))
    else:
        _tell_unsent(handler)


def revive(handler: Handler) -> None:
    """Note that a closed handler got a record."""
    if _State.deadline is None:
        handler.is_closed = False
        if monotonic() < _State.at_once_until:
            handler.close()
            if is_unsent(handler.core):
                # Nobody waits a second time for what does not answer.
                _State.at_once_until = float("-inf")
        return
    # The program ends, and nobody flushes any more.
    handler.core.tell_dropped()
    if not handler.core.flush(max(0.0, _State.deadline - monotonic())):
        _tell_unsent(handler)


def _tell_unsent(handler: Handler) -> None:
    core, stats = handler.core, handler.core.stats()
    waiting, (dropped, why_dropped) = stats["waiting"], core.untold()
    if waiting <= handler.told[0] and dropped <= handler.told[1]:
        return
    handler.told = (waiting, dropped)
    last, why_not_kept = core.last_error(), core.spool_error()
    why = last[0] if last else f"Kinesis did not answer within {handler.shutdown_timeout:g} s"
    kept = min(stats["spooled"], waiting)
    lost = waiting - kept
    why_lost = f"{why}; {why_not_kept}" if why_not_kept and why_not_kept not in why else why
    lines = (
        (kept, f"are kept in {handler.spool} for the next start", why),
        (lost, "were not sent", why_lost),
        (dropped, "were dropped", why_dropped),
    )
    text = "".join(f"logbraid: {count} log records {outcome}: {why}\n" for count, outcome, why in lines if count)
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except Exception:  # noqa: BLE001 - standard error may be closed, or gone
        return


def _at_exit() -> None:
    """Begin the end: everything together may take as long as the longest timeout."""
    begin_anew()
    handlers = list(_handlers)
    longest = max((handler.shutdown_timeout for handler in handlers), default=0.0)
    _State.deadline = monotonic() + longest
    for core, _ in _retired:
        core.flush(max(0.0, _State.deadline - monotonic()))
    for handler in handlers:
        if handler.is_closed:
            continue
        handler.core.tell_dropped()
        handler.flush(max(0.0, min(_State.deadline - monotonic(), handler.shutdown_timeout)))
    for core, handler in _retired:
        if core is not handler.core or handler.is_closed:
            _tell_unsent(handler)


def app_ended(at_once: float = _AT_ONCE_SECONDS) -> None:
    """Send what waits, since the process may end without `atexit`, and for some seconds each record at once."""
    begin_anew()
    handlers = [handler for handler in list(_handlers) if not handler.is_closed]
    until = monotonic() + max((handler.shutdown_timeout for handler in handlers), default=0.0)
    _flush_retired(until)
    for handler in handlers:
        handler.core.tell_dropped()
        if not handler.flush(max(0.0, min(until - monotonic(), handler.shutdown_timeout))):
            _tell_unsent(handler)
        # Now each record calls `revive`.
        handler.close()
    _State.at_once_until = monotonic() + at_once


def begin_anew() -> None:
    """Begin anew if this process is a fork that was made in C, as uWSGI's: Python did not call `_in_child` then."""
    if _State.pid == os.getpid():
        return
    # Threads may come at once. The lock is held by none that is gone, unless a fork was made in this very moment.
    is_mine = _BEGINS.acquire(timeout=1.0)
    try:
        if _State.pid != os.getpid():
            _in_child()
    finally:
        if is_mine:
            _BEGINS.release()


def _in_child() -> None:
    """Begin anew in a forked child."""
    del _retired[:]
    for handler in list(_handlers):
        handler.after_fork_in_child()
    _watch_multiprocessing()
    # Last: other threads wait for all of it.
    _State.pid = os.getpid()


def _watch_multiprocessing() -> None:
    """Send what waits at the end of a process of multiprocessing, which ends without `atexit`."""
    util = sys.modules.get("multiprocessing.util")
    # A new process forgets what was to be done at its end, and then asks what to do after a fork.
    if util is not None and not _State.watches_multiprocessing:
        util.register_after_fork(_MARK, _flush_at_end_of_worker)
        _State.watches_multiprocessing = True


def watch_celery() -> None:
    """Send what waits at the end of Celery's forked workers, which end by `os._exit`, as after some tasks."""
    signals: Any = sys.modules.get("celery.signals")
    if _State.watches_celery or not hasattr(signals, "worker_process_shutdown"):
        return
    signals.worker_process_shutdown.connect(_worker_ended, weak=False, dispatch_uid="logbraid")
    _State.watches_celery = True


def _worker_ended(**_: Any) -> None:
    _flush_all()


class _Mark:
    """What multiprocessing holds on to."""


_MARK = _Mark()


def _flush_at_end_of_worker(_: Any = None) -> None:
    from multiprocessing.util import Finalize

    Finalize(None, _flush_all, exitpriority=-1_000)
    _State.flushes_at_end_of = os.getpid()
    _State.is_worker = True
    # `with Pool()` ends its workers by SIGTERM.
    if any(handler.on_sigterm is None for handler in list(_handlers)):
        _watch_sigterm_of_worker()


def _flush_all() -> None:
    begin_anew()
    handlers = list(_handlers)
    _flush_retired(monotonic() + max((handler.shutdown_timeout for handler in handlers), default=0.0))
    for handler in handlers:
        handler.core.tell_dropped()
        if not handler.flush():
            _tell_unsent(handler)


def _flush_retired(until: float) -> None:
    _forget_sent()
    for core, _ in _retired:
        core.flush(max(0.0, until - monotonic()))


class _OnSigterm:
    """Sends what waits at SIGTERM, and then does what would have been done."""

    def __init__(self, before: Any) -> None:
        self._before = before

    def __call__(self, number: int, frame: Any) -> None:
        import signal

        before = self._before
        if not callable(before):
            _flush_all()
            if before != signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
                os.kill(os.getpid(), number)
            return
        try:
            # A server goes on, and may then end the process in any way.
            app_ended(at_once=float("inf"))
        finally:
            before(number, frame)


def watch_sigterm() -> None:
    """Send what waits at SIGTERM, and then do what would have been done."""
    if not _watch_sigterm():
        sys.stderr.write("logbraid: on_sigterm does nothing: only the main thread can watch for signals\n")


def _watch_sigterm_of_worker() -> None:
    """Watch for SIGTERM in a process that a server or a pool ends by it."""
    import signal

    before = signal.getsignal(signal.SIGTERM)
    # gunicorn's own workers have a handler, and end in an orderly way; that of uvicorn in gunicorn has none.
    is_ended_by_it = _State.is_worker or ("gunicorn.arbiter" in sys.modules and before == signal.SIG_DFL)
    if is_ended_by_it and before not in (None, signal.SIG_IGN):
        _watch_sigterm()


def _watch_sigterm() -> bool:
    import signal

    before = signal.getsignal(signal.SIGTERM)
    if isinstance(before, _OnSigterm):
        return True
    if threading.current_thread() is not threading.main_thread():
        return False
    signal.signal(signal.SIGTERM, _OnSigterm(before))
    return True


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
