"""Work that runs in another thread or process, in the transaction of the one who asked for it."""

from __future__ import annotations

import functools
import inspect
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any, Callable, TypeVar, cast

from ._transaction import PLAIN, Incoming, current, transaction

F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")


class _Carried:
    """A function with the context of its caller. Another process gets the transaction's id and plain fields."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._context = copy_context()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # Each call has a copy, since a context cannot be entered twice at a time.
        return self._context.copy().run(self._function, *args, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        here = self._context.run(current)
        if here is None:
            return _Arrived, (self._function, None, {})
        fields = {name: value for name, value in here.fields.items() if isinstance(value, PLAIN)}
        return _Arrived, (self._function, Incoming(uid=here.uid, task=here.export_place(), is_chosen=True), fields)


class _Arrived:
    """A carried function in the process that it was sent to."""

    def __init__(self, function: Callable[..., Any], incoming: Incoming | None, fields: dict[str, Any]) -> None:
        functools.update_wrapper(self, function)
        self._function, self._incoming, self._fields = function, incoming, fields

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._incoming is None:
            return self._function(*args, **kwargs)
        with transaction.of(self._incoming, self._fields):
            return self._function(*args, **kwargs)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Arrived, (self._function, self._incoming, self._fields)


def carry(function: F) -> F:
    """Return the function bound to the caller's context, for another thread or process.

    threading.Thread(target=logbraid.carry(work)).start()
    multiprocessing.Pool().map(logbraid.carry(work), orders)
    """
    if not inspect.iscoroutinefunction(function):
        return cast("F", _Carried(function))
    here = current()

    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        if here is None:
            return await function(*args, **kwargs)
        with transaction.inside(here):
            return await function(*args, **kwargs)

    return cast("F", call)


class Executor(ThreadPoolExecutor):
    """A `ThreadPoolExecutor` whose work runs in the context of the one who submits it."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """Submit work in the caller's context."""
        return super().submit(cast("Callable[..., R]", _Carried(fn)), *args, **kwargs)
