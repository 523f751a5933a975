"""Functions, coroutine functions and generators whose every call runs in a block of its own."""

from __future__ import annotations

import functools
import inspect
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Callable, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Generator
    from contextlib import AbstractContextManager

F = TypeVar("F", bound=Callable[..., Any])


def decorate(function: F, new_block: Callable[[], AbstractContextManager[Any]]) -> F:
    """Return the function with a block around each call."""
    if isinstance(function, (classmethod, staticmethod)):
        return type(function)(decorate(function.__func__, new_block))
    if inspect.isclass(function):
        raise TypeError(f"{function.__qualname__} is a class: decorate its methods")
    if not callable(function):
        raise TypeError(f"{function!r} is no function")
    if inspect.isasyncgenfunction(function):
        raise TypeError(f"{function.__qualname__} is an asynchronous generator: decorate what iterates over it")
    if inspect.iscoroutinefunction(function):
        return cast("F", _of_coroutine(function, new_block))
    if inspect.isgeneratorfunction(function):
        return cast("F", _of_generator(function, new_block))

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        with new_block():
            return function(*args, **kwargs)

    return cast("F", call)


def _of_coroutine(
    function: Callable[..., Any], new_block: Callable[[], AbstractContextManager[Any]]
) -> Callable[..., Any]:
    @functools.wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        with new_block():
            return await function(*args, **kwargs)

    return call


def _of_generator(
    function: Callable[..., Any], new_block: Callable[[], AbstractContextManager[Any]]
) -> Callable[..., Any]:
    """Run each step in a context of the generator's own, so that its block never leaks to the caller."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        def steps() -> Generator[Any, Any, Any]:
            with new_block():
                return (yield from function(*args, **kwargs))

        context, generator = copy_context(), steps()
        try:
            step, value = generator.send, None
            while True:
                try:
                    wanted = context.run(step, value)
                except StopIteration as end:
                    return end.value
                try:
                    step, value = generator.send, (yield wanted)
                except GeneratorExit:
                    raise
                except BaseException as error:  # noqa: BLE001 - passed on to the generator
                    step, value = generator.throw, error
        finally:
            context.run(generator.close)

    return call
