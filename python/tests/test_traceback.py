"""Tracebacks are those of the standard library, byte for byte, the first time and from what is kept."""

from __future__ import annotations

import logging
import sys

import pytest

from logbraid._traceback import format_exc_info


def raise_it(error):
    raise error


def recurse(n):
    if n:
        recurse(n - 1)
    raise_it(ValueError("deep"))


def chained(suppress):
    try:
        raise_it(KeyError("first"))
    except KeyError as error:
        if suppress == "cause":
            raise RuntimeError("second") from error
        if suppress == "none":
            raise RuntimeError("second") from None
        raise RuntimeError("second")  # noqa: B904 - the context is what is tested


def in_a_circle():
    a, b = ValueError("a"), ValueError("b")
    a.__cause__, b.__cause__ = b, a
    raise a


def with_notes():
    error = ValueError("x")
    error.__notes__ = ["a note"]
    raise error


def group():
    kind = getattr(sys.modules["builtins"], "ExceptionGroup", None)
    raise kind("several", [ValueError("a"), KeyError("b")]) if kind else ValueError("no groups")


class SilentError(Exception):
    def __str__(self):
        raise RuntimeError


class EmptyError(Exception):
    pass


@pytest.mark.parametrize(
    "code",
    [
        lambda: raise_it(ValueError("x")),
        lambda: raise_it(ValueError()),
        lambda: raise_it(ValueError("two\nlines")),
        lambda: raise_it(EmptyError),
        lambda: raise_it(SilentError()),
        lambda: raise_it(KeyboardInterrupt()),
        lambda: raise_it(OSError(2, "No such file", "/x")),
        lambda: recurse(2),
        lambda: recurse(5),
        lambda: recurse(100),
        lambda: chained("cause"),
        lambda: chained("none"),
        lambda: chained("context"),
        in_a_circle,
        with_notes,
        group,
        lambda: eval("1 +"),
        lambda: exec("def f():\n    {}['x']\nf()"),
        lambda: undefined_name,  # noqa: F821
        lambda: [].appendd,
        lambda: __import__("nowhere_to_be_found"),
        lambda: (1, 2, [3][4]),  # noqa: PLE0643 - on purpose
        lambda: sum(1 / x for x in [1, 0]),
    ],
)
def test_a_traceback_is_that_of_the_standard_library(code):
    for _ in range(3):
        try:
            code()
        except BaseException:  # noqa: BLE001 - also KeyboardInterrupt
            info = sys.exc_info()
        assert format_exc_info(info) == logging.Formatter().formatException(info)


def test_two_places_in_one_line_are_two_places():
    def either(which):
        return raise_it(KeyError("a")) if which else raise_it(ValueError("b"))

    for which in (True, False, True, False):
        try:
            either(which)
        except (KeyError, ValueError):
            info = sys.exc_info()
        assert format_exc_info(info) == logging.Formatter().formatException(info)


def test_what_is_no_exception_has_no_text():
    assert format_exc_info((None, None, None)) is None
    assert format_exc_info(True) is None
    assert format_exc_info(ValueError("x")) == "ValueError: x"


def test_exceptions_arrive(kinesis, new_handler):
    handler, log = new_handler()
    try:
        recurse(1)
    except ValueError:
        log.exception("failed")
        log.warning("with its stack", stack_info=True)
    log.error("no exception", exc_info=True)
    record = log.makeRecord("app", 40, __file__, 1, "formatted before", (), None)
    record.exc_text = "Traceback of another formatter"
    handler.handle(record)
    assert handler.flush()
    first, second, third, fourth = kinesis.records
    assert first["exc_text"].endswith("ValueError: deep")
    assert second["stack_info"].startswith("Stack (most recent call last):")
    assert "exc_text" not in third
    assert fourth["exc_text"] == "Traceback of another formatter"
