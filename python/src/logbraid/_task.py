"""The tree of tasks: goals and subgoals, and whether they were reached, across threads and processes."""

from __future__ import annotations

import inspect
import logging
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any, Callable, TypeVar

from ._entry import AnyLogger, Failure, Source, caller, checked, describe, first_time, is_cancelled, logger_of, write
from ._propagation import split_token
from ._text import level_of, render
from ._trace import MILLIS
from ._transaction import NOTHING, Block, Incoming, Place, Transaction, begin, current, refuse_function

if TYPE_CHECKING:
    from types import TracebackType

F = TypeVar("F", bound=Callable[..., Any])


class task(Block):  # noqa: N801 - used like a function
    """A goal. One record says that it started, and one how it ended; all records inside of it get its `task`.

    with logbraid.task("order %s", sku) as t:
        with logbraid.to("reserve") as r:
            r.bind(shelf=7)
            r.success("reserved %d", count)
        send(token=t.export())

    Inside of a task it is a subgoal: task 1/2 is the second of task 1. Outside of a transaction it begins one.
    """

    def __init__(
        self,
        goal: str,
        /,
        *args: Any,
        logger: AnyLogger | str | None = None,
        level: int | str = logging.INFO,
        **fields: Any,
    ) -> None:
        super().__init__()
        refuse_function("task", goal)
        self._goal, self._args, self._fields = goal, args, fields
        self._logger, self._level = checked(logger), level_of(level)
        self._incoming = NOTHING
        self._source: Source | None = None
        self._bound: dict[str, Any] = {}
        self._end: tuple[str, tuple[Any, ...]] | None = None
        self._is_failed = False
        self._here: Transaction | None = None
        self._start = 0.0

    @property
    def uid(self) -> str:
        """The `log_uid` of the task's records."""
        return self._here.uid if self._here else ""

    @property
    def path(self) -> str:
        """The task's place in the tree, such as `1/2`."""
        return self._here.place.path if self._here else ""

    def bind(self, **fields: Any) -> None:
        """Add fields to the record of how the task ended."""
        self._bound.update(fields)

    def success(self, message: str, /, *args: Any, **fields: Any) -> None:
        """Say how the goal was reached. The record is written when the block ends."""
        self._end, self._is_failed = (message, args), False
        self._bound.update(fields)

    def failure(self, message: str, /, *args: Any, **fields: Any) -> None:
        """Say why the goal was not reached. The record is written when the block ends, as ERROR."""
        self._end, self._is_failed = (message, args), True
        self._bound.update(fields)

    def export(self) -> str:
        """Return a token with which another thread, process or service continues below this task."""
        return self._here.export() if self._here else ""

    def __enter__(self) -> task:
        source = self._source = self._source or caller(sys._getframe(1))  # noqa: SLF001
        self._logger = logger_of(self._logger, source)
        self._here = self._enter()
        self._start = perf_counter()
        try:
            self._write(self._level, self._goal, self._args, {"status": "started"})
        except BaseException:
            # As Ctrl-C: nobody calls `__exit__`.
            self.leave(is_failed=True)
            raise
        return self

    async def __aenter__(self) -> task:
        return self.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        fields = {**self._bound, "duration_ms": round((perf_counter() - self._start) * MILLIS, 3)}
        level, failure = self._level, None
        if kind is not None and error is not None:
            # A success that was announced before the exception is none.
            self._end = self._end if self._is_failed else None
            self._is_failed = True
            fields["error"] = describe(error)
            if is_cancelled(error):
                level = max(level, logging.WARNING)
            else:
                level, failure = max(level, logging.ERROR), (kind, error, traceback)
        elif self._is_failed:
            level = max(level, logging.ERROR)
        fields["status"] = status = "failed" if self._is_failed else "succeeded"
        message, args = self._end or (f"{render(self._goal, ())}: {status}", self._args)
        try:
            self._write(level, message, args, fields, failure)
        finally:
            self.leave(self._is_failed, error)

    def __call__(self, function: F) -> F:
        """Return the function with a task for each call."""
        code = getattr(inspect.unwrap(function), "__code__", None)
        self._source = None if code is None else Source.of_code(code, function.__module__)
        return super().__call__(function)

    def _again(self) -> task:
        one = task(self._goal, *self._args, logger=self._logger, level=self._level)
        one._fields, one._incoming, one._source = self._fields, self._incoming, self._source
        return one

    def _begin(self) -> Transaction:
        outer = current()
        incoming = self._incoming
        parent = outer if outer is not None and incoming is NOTHING else begin(incoming, {})
        path = incoming.task or parent.place.next_path()
        here = parent.nested({"task": path}, Place(path))
        here.is_root = parent is not outer and parent.is_root
        return here

    def _write(
        self,
        level: int,
        message: str,
        args: tuple[Any, ...],
        fields: dict[str, Any],
        failure: Failure | None = None,
    ) -> None:
        logger, source = self._logger, self._source
        if logger is None or source is None or not logger.isEnabledFor(level):
            return
        written = None if failure is None else first_time(failure)
        parent = self.path.rpartition("/")[0]
        tree = {"task": self.path, "parent": parent} if parent else {"task": self.path}
        write(logger, level, source, message, args, {**self._fields, **fields, **tree}, written)


def to(
    goal: str,
    /,
    *args: Any,
    logger: AnyLogger | str | None = None,
    level: int | str = logging.INFO,
    **fields: Any,
) -> task:
    """Return a subgoal: `task`, as it reads well inside of one."""
    return task(goal, *args, logger=logger, level=level, **fields)


def import_task(
    token: str | None,
    goal: str,
    /,
    *args: Any,
    logger: AnyLogger | str | None = None,
    level: int | str = logging.INFO,
    **fields: Any,
) -> task:
    """Return the task that continues, here, below the task that exported the token.

    A token that is none begins a transaction of its own.
    """
    uid, path = split_token(token if isinstance(token, str) else "")
    one = task(goal, *args, logger=logger, level=level, **fields)
    if uid is not None:
        one._incoming = Incoming(uid=uid, task=path, is_chosen=True)  # noqa: SLF001
    return one
