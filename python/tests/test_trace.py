"""Traces: the steps of a piece of work in one record."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from contextlib import ExitStack

import pytest

import logbraid
from logbraid import _trace


def line() -> int:
    """Return the line of the caller."""
    return sys._getframe(1).f_lineno


def only(collect):
    (record,) = collect.records
    return record


def test_one_record_with_the_callers_place_and_all_steps(collect):
    with logbraid.transaction() as t, logbraid.trace("authenticate", user="ada") as auth:
        here = line()
        auth.add("auth header seen")
        auth.add("token %s confirmed", "abc", cached=False)
        auth.bind(realm="shop")
    record = only(collect)
    shape = re.sub(r"\d\.\d{4}s", "#s", record["message"])
    assert shape == f"authenticate: [{here + 1}, #s] auth header seen; [{here + 2}, #s] token abc confirmed"
    assert (record["levelname"], record["name"], record["funcName"], record["lineno"]) == (
        "INFO",
        __name__,
        "test_one_record_with_the_callers_place_and_all_steps",
        here - 1,
    )
    assert record["pathname"] == __file__
    assert (record["log_uid"], record["user"], record["realm"]) == (t.uid, "ada", "shop")
    assert (record["trace_name"], record["outcome"], record["exc_info"]) == ("authenticate", "succeeded", None)
    first, second = record["steps"]
    assert (first["line"], first["message"]) == (here + 1, "auth header seen")
    assert (second["message"], second["cached"]) == ("token abc confirmed", False)
    assert 0 <= first["seconds"] <= second["seconds"] <= record["duration_ms"] / 1000 + 1e-6


def test_an_exception_keeps_the_steps(collect):
    with pytest.raises(KeyError), logbraid.trace("authenticate") as auth:
        auth.add("seen")
        raise KeyError("token")
    record = only(collect)
    assert (record["levelname"], record["outcome"], record["error"]) == ("ERROR", "failed", "KeyError: 'token'")
    assert record["exc_info"][0] is KeyError
    assert [step["message"] for step in record["steps"]] == ["seen"]


def test_one_exception_has_one_traceback(collect):
    with pytest.raises(KeyError), logbraid.task("outer"), logbraid.trace("inner"):
        raise KeyError
    _, inner, outer = collect.records
    assert (inner["exc_info"] is not None, outer["exc_info"], outer["error"]) == (True, None, "KeyError")


@pytest.mark.parametrize("kind", [asyncio.CancelledError, GeneratorExit])
def test_who_is_cancelled_has_not_gone_wrong(collect, kind):
    with pytest.raises(kind), logbraid.trace("authenticate"):
        raise kind
    record = only(collect)
    assert (record["levelname"], record["outcome"], record["exc_info"]) == ("WARNING", "failed", None)


def test_while_the_level_is_off_there_is_nothing_but_a_failure(collect):
    logger = logging.getLogger("off")
    logger.setLevel(logging.WARNING)
    with logbraid.trace("quiet", logger=logger) as quiet:
        quiet.add("%s", "never")
        assert quiet._steps == []
    assert collect.records == []
    with pytest.raises(KeyError), logbraid.trace("loud", logger=logger):
        raise KeyError
    assert only(collect)["message"] == "loud"


@pytest.mark.parametrize(
    ("message", "args", "text"),
    [
        ("100 %", (), "100 %"),
        ("%d", ("x",), "%d ('x',)"),
        ("a", (1,), "a (1,)"),
        (KeyError("x"), (), "'x'"),
    ],
)
def test_a_step_never_raises(collect, message, args, text):
    with logbraid.trace("t") as t:
        t.add(message, *args)
    assert only(collect)["steps"][0]["message"] == text


def test_names_that_records_have_get_an_underscore(collect):
    with logbraid.trace("t", name="ada", message="m", args=1, log_uid="mine"):
        pass
    record = only(collect)
    assert (record["name"], record["name_"], record["message_"], record["args_"]) == (__name__, "ada", "m", 1)
    assert record["log_uid"] == "mine"


def test_names_that_a_record_factory_gives_do_no_harm(collect):
    logbraid.stamp()
    with logbraid.transaction() as t, logbraid.trace("t"):
        pass
    assert only(collect)["log_uid"] == t.uid
    with logbraid.trace("t", log_uid="mine"):
        pass
    assert collect.records[1]["log_uid"] == "mine"


def test_steps_are_bounded(collect):
    with logbraid.trace("t") as t:
        for number in range(_trace.MAX_STEPS + 5):
            t.add("%d", number)
    record = only(collect)
    assert len(record["steps"]) == _trace.MAX_STEPS
    assert record["message"].endswith("; and 5 more")


def test_a_decorated_function(collect):
    @logbraid.trace("work", kind="job")
    def work(value):
        return value

    assert [work(1), work(2)] == [1, 2]
    first, _ = collect.records
    assert (first["funcName"], first["lineno"], first["kind"]) == (
        "work",
        work.__wrapped__.__code__.co_firstlineno,
        "job",
    )
    assert first["pathname"] == __file__


async def test_traces_of_tasks_never_mix(collect):
    @logbraid.transaction()
    async def work(number):
        async with logbraid.trace("work", number=number) as t:
            for step in range(3):
                await asyncio.sleep(0)
                t.add("%d.%d", number, step)

    await asyncio.gather(*(work(number) for number in range(20)))
    assert len(collect.records) == 20
    for record in collect.records:
        number = record["number"]
        assert [step["message"] for step in record["steps"]] == [f"{number}.{step}" for step in range(3)]
        assert record["funcName"] == "work"
    assert len({record["log_uid"] for record in collect.records}) == 20


def test_the_place_is_the_apps_also_through_an_exit_stack(collect):
    with ExitStack() as stack:
        stack.enter_context(logbraid.trace("t"))
        here = line()
    record = only(collect)
    assert (record["lineno"], record["funcName"]) == (
        here - 1,
        "test_the_place_is_the_apps_also_through_an_exit_stack",
    )
