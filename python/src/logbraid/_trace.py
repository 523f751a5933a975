"""Traces: the steps of a piece of work in one log record."""

from __future__ import annotations

import inspect
import logging
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any, Callable, NamedTuple, TypeVar

from ._decorate import decorate
from ._entry import AnyLogger, Failure, Source, caller, checked, describe, first_time, is_cancelled, logger_of, write
from ._text import level_of, render, text_of
from ._transaction import refuse_function

if TYPE_CHECKING:
    from types import TracebackType

F = TypeVar("F", bound=Callable[..., Any])

#: A trace keeps no more steps. It says how many there were beyond.
MAX_STEPS = 1000
MILLIS = 1000.0


class _Step(NamedTuple):
    line: int
    seconds: float
    message: str
    args: tuple[Any, ...]
    fields: dict[str, Any]

    def text(self) -> str:
        return f"[{self.line}, {self.seconds:.4f}s] {render(self.message, self.args)}"

    def structure(self) -> dict[str, Any]:
        return {
            **self.fields,
            "line": self.line,
            "seconds": round(self.seconds, 6),
            "message": render(self.message, self.args),
        }


class trace:  # noqa: N801 - used like a function
    """One log record for a piece of work: its steps with line and time, its outcome and its duration.

        with logbraid.trace("authenticate", user=name) as t:
            t.add("auth header seen")
            t.add("token %s confirmed", token, cached=False)

    An exception makes it an ERROR with the traceback. While the level is off, steps cost nothing and are not kept.
    """

    __slots__ = ("_fields", "_is_on", "_level", "_logger", "_more", "_name", "_source", "_start", "_steps")

    def __init__(
        self,
        name: str,
        /,
        *,
        logger: AnyLogger | str | None = None,
        level: int | str = logging.INFO,
        **fields: Any,
    ) -> None:
        refuse_function("trace", name)
        self._name, self._logger, self._level, self._fields = name, checked(logger), level_of(level), fields
        self._source: Source | None = None
        self._is_on = False
        self._steps: list[_Step] = []
        self._more = 0
        self._start = 0.0

    def add(self, message: str, /, *args: Any, **fields: Any) -> None:
        """Add a step. The text is made when the record is."""
        if self._is_on:
            if len(self._steps) < MAX_STEPS:
                line = sys._getframe(1).f_lineno  # noqa: SLF001
                self._steps.append(_Step(line, perf_counter() - self._start, message, args, fields))
            else:
                self._more += 1

    def bind(self, **fields: Any) -> None:
        """Add fields to the record."""
        self._fields.update(fields)

    def __enter__(self) -> trace:
        source = self._source = self._source or caller(sys._getframe(1))  # noqa: SLF001
        self._logger = logger_of(self._logger, source)
        self._is_on = self._logger.isEnabledFor(self._level)
        self._start = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        failure = (kind, error, traceback) if kind is not None and error is not None else None
        level = self._level
        if failure is not None:
            level = max(level, logging.WARNING if is_cancelled(failure[1]) else logging.ERROR)
        logger, source = self._logger, self._source
        if logger is not None and source is not None and logger.isEnabledFor(level):
            self._write(logger, level, source, failure)

    async def __aenter__(self) -> trace:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: F) -> F:
        """Return the function with a trace for each call."""
        code = getattr(inspect.unwrap(function), "__code__", None)
        source = None if code is None else Source.of_code(code, function.__module__)

        def again() -> trace:
            one = trace(self._name, logger=self._logger, level=self._level)
            one._fields, one._source = dict(self._fields), source
            return one

        return decorate(function, again)

    def _write(self, logger: AnyLogger, level: int, source: Source, failure: Failure | None) -> None:
        duration = perf_counter() - self._start
        texts = [step.text() for step in self._steps]
        if self._more:
            texts.append(f"and {self._more} more")
        fields = {
            **self._fields,
            "trace_name": self._name,
            "steps": [step.structure() for step in self._steps],
            "outcome": "succeeded" if failure is None else "failed",
            "duration_ms": round(duration * MILLIS, 3),
        }
        written = None
        if failure is not None:
            fields["error"] = describe(failure[1])
            written = None if is_cancelled(failure[1]) else first_time(failure)
        name = text_of(self._name)
        message = f"{name}: {'; '.join(texts)}" if texts else name
        write(logger, level, source, message, (), fields, written)
