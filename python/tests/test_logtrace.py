"""`LogTrace` beside that of the package `logtrace`, on the same calls."""

from __future__ import annotations

import logging
import re
import sys
import uuid

import logtrace
import pytest

import logbraid

UID = "6f1a4e0e-6f0c-4c58-9d0c-0a1b2c3d4e5f"


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture
def logger():
    logger, handler = logging.getLogger("traced"), Lines()
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.lines = handler
    yield logger
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def simple(trace):
    trace.add("first message")
    trace.add("second message")
    trace.emit()


def with_uid(trace):
    trace.set_uid(UID)
    trace.add("first message")
    trace.emit()


def with_uuid(trace):
    trace.set_uid(uuid.UUID(UID))
    trace.emit("finally")


def with_number(trace):
    trace.set_uid(42)
    trace.add("x")
    trace.emit(delimiter=" | ")


def with_all_levels(trace):
    trace.add("x")
    trace.emit_debug("")
    trace.emit_info("")
    trace.emit_warning("")
    trace.emit_error("")
    trace.emit_critical("")


def with_messages(trace):
    trace.emit_error("went wrong")
    trace.emit_info("after")


def with_clean(trace):
    trace.clean = True
    trace.add("a; b")
    trace.add("c")
    trace.emit()


def with_clear(trace):
    trace.add("a")
    trace.clear()
    trace.add("b")
    trace.emit()


def with_data(trace):
    trace.add("a", {"x": 1})
    trace.add(data={"y": 2})
    trace.emit(extra={"key": "value"})


def with_percent(trace):
    trace.add("100 % of %s")
    trace.add("")
    trace.add(None)
    trace.emit()


def with_function(trace):
    trace.add("a")
    trace.emit(emit_func=trace.logger.error)


def nothing(trace):
    trace.emit()


def through_a_helper(trace):
    def helper():
        trace.add("from my caller", backup=3)

    helper()
    trace.emit()


CALLS = [
    simple,
    with_uid,
    with_uuid,
    with_number,
    with_all_levels,
    with_messages,
    with_clean,
    with_clear,
    with_data,
    with_percent,
    with_function,
    nothing,
    through_a_helper,
]
ARGUMENTS = [
    {},
    {"tag": "STDDEV"},
    {"tag": "#STDDEV", "delimiter": " / "},
    {"level": logging.INFO, "verbosity": "vv"},
    {"level": logging.ERROR, "verbosity": "vvv"},
    {"verbosity": ""},
]


def texts(logger, kind, arguments, calls):
    """Return what is logged, without what may differ: times, and in `emit("…")` the original's own line."""
    logger.lines.records.clear()
    calls(kind(logger, **arguments))
    found = []
    for record in logger.lines.records:
        text = re.sub(r"\d+\.\d{4}s", "#s", record.getMessage())
        found.append((record.levelname, re.sub(r"\[[^\[\]]+, #s\] (finally|went wrong|after)", r"[LINE, #s] \1", text)))
    return found


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=str)
@pytest.mark.parametrize("calls", CALLS)
def test_the_same_calls_give_the_same_texts(logger, arguments, calls):
    theirs = texts(logger, logtrace.LogTrace, arguments, calls)
    assert theirs
    assert texts(logger, logbraid.LogTrace, arguments, calls) == theirs


@pytest.mark.parametrize("kind", [logtrace.LogTrace, logbraid.LogTrace])
def test_texts_without_a_logger(kind):
    trace = kind(unique_id=True, delimiter="|")
    uid = trace.get_uid()
    assert trace.get_uid() == uid
    assert isinstance(uid, uuid.UUID)
    trace.add("a", backup=2)
    assert re.fullmatch(rf"uid={uid}\|\[\d+, 0\.\d{{4}}s\] a", trace.emit_string())
    assert trace.emit_string("b", delimiter=",").count(",") == 3
    assert kind().uid is None


def test_an_entry_has_the_apps_line_and_the_structure(logger, collect):
    trace = logbraid.LogTrace(logger, level=logging.INFO)
    trace.add("a", {"x": 1})
    here = sys._getframe().f_lineno
    trace.emit("done", extra={"key": "value"})
    trace.emit_error("wrong")
    first, second = logger.lines.records
    assert (first.lineno, first.funcName, first.pathname) == (
        here + 1,
        "test_an_entry_has_the_apps_line_and_the_structure",
        __file__,
    )
    assert (second.lineno, second.levelname) == (here + 2, "ERROR")
    assert [step["line"] for step in second.steps] == [here - 1, here + 1, here + 2]
    assert f"[{here + 1}, " in first.getMessage()
    assert (first.data, first.key) == ({"x": 1}, "value")
    assert 0 <= first.duration_ms <= second.duration_ms


def test_its_uid_is_the_log_uid_outside_of_transactions(logger):
    trace = logbraid.LogTrace(logger)
    trace.set_uid(UID)
    trace.emit("out")
    with logbraid.transaction():
        trace.emit("in")
    trace.emit("own", extra={"log_uid": "mine"})
    logbraid.stamp()
    trace.emit("stamped")
    found = [getattr(record, "log_uid", None) for record in logger.lines.records]
    assert found == [UID, None, "mine", UID]


@pytest.mark.parametrize("level", [5, 25, logging.CRITICAL])
def test_any_level_works(logger, level):
    logger.setLevel(1)
    logbraid.LogTrace(logger, level=level).emit("x")
    assert logger.lines.records[0].levelno == level


def test_an_exception_goes_along(logger):
    trace = logbraid.LogTrace(logger)
    try:
        raise KeyError
    except KeyError:
        trace.emit_error("wrong")
        trace.emit("wrong", exc_info=True)
    assert logger.lines.records[1].exc_info[0] is KeyError


def test_a_function_of_the_app_gets_the_text_alone():
    given = []
    trace = logbraid.LogTrace()
    trace.add("a")
    trace.emit(emit_func=lambda text, **more: given.append((text[-3:], more)), key=1)
    assert given == [("] a", {"key": 1})]
