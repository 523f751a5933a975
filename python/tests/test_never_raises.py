"""Objects, filters and loggers of the app's that fail do not reach the app through traces and tasks."""

from __future__ import annotations

import asyncio
import logging

import pytest

import logbraid


class Bad:
    def __repr__(self):
        raise RuntimeError("no repr")


class WorseError(Exception):
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


TEXT = "<Bad: RuntimeError: no repr>"


@pytest.mark.parametrize(
    ("message", "args", "expected"),
    [
        ("got %s", (Bad(),), f"got {TEXT}"),
        ("got %s of %d", (Bad(), 2), f"got {TEXT} of 2"),
        ("got %d", (Bad(),), f"got %d ({TEXT},)"),
        ("got", (Bad(),), f"got ({TEXT},)"),
        ("%(a)s", ({"a": 1},), "1"),
        (Bad(), (), TEXT),
        (Bad(), (1,), f"{TEXT} (1,)"),
        (WorseError(), (), "<WorseError: RuntimeError: no text>"),
    ],
)
def test_a_step_with_a_broken_object(collect, message, args, expected):
    with logbraid.trace("t") as t:
        t.add(message, *args)
    (record,) = collect.records
    assert record["steps"][0]["message"] == expected
    assert record["message"].endswith(expected)


def test_the_apps_own_exception_stays(collect):
    with pytest.raises(KeyError), logbraid.trace(Bad()) as t:
        t.add("got %s", Bad())
        raise KeyError("sku")
    with pytest.raises(WorseError), logbraid.trace("t"), logbraid.task("work"):
        raise WorseError
    assert [record["levelname"] for record in collect.records] == ["ERROR", "INFO", "ERROR", "ERROR"]


def test_a_goal_and_its_end_with_a_broken_object(kinesis, new_handler):
    handler, log = new_handler()
    with logbraid.task(Bad(), logger=log) as t:
        t.bind(bad=Bad())
    with logbraid.task("%s", Bad(), logger=log) as t:
        t.failure("%s", Bad())
    assert handler.flush(30.0)
    messages = [record["message"] for record in kinesis.records]
    assert messages == [TEXT, f"{TEXT}: succeeded", "%s", "%s"]


def test_logtrace_with_a_broken_object(collect):
    one = logbraid.LogTrace(logging.getLogger("shop"), level=logging.INFO)
    one.add(Bad())
    one.emit(Bad())
    assert collect.messages()[0].count(TEXT) == 2


@pytest.mark.parametrize("kind", [logbraid.trace, logbraid.task])
def test_a_filter_that_fails_is_told_and_leaves_no_transaction(collect, capsys, kind):
    log = logging.Logger("shop")

    def fail(_):
        raise RuntimeError("in the filter")

    log.addFilter(fail)
    with kind("work", logger=log):
        pass
    assert logbraid.current() is None
    errors = capsys.readouterr().err
    assert "--- Logging error ---" in errors
    assert "RuntimeError: in the filter" in errors


@pytest.mark.parametrize("kind", [logbraid.trace, logbraid.task])
def test_ctrl_c_in_a_handler_leaves_no_transaction(kind):
    log = logging.Logger("shop")

    def interrupt(_):
        raise KeyboardInterrupt

    log.addFilter(interrupt)
    with pytest.raises(KeyboardInterrupt), kind("work", logger=log):
        pass
    assert logbraid.current() is None


@pytest.mark.parametrize("kind", [logbraid.trace, logbraid.task])
def test_an_adapter_gives_its_fields(collect, kind):
    outer = logging.LoggerAdapter(logging.LoggerAdapter(logging.getLogger("shop"), {"shelf": 7}), {"aisle": "b"})
    with kind("work", logger=outer, shelf=8):
        pass
    for record in collect.records:
        assert (record["name"], record["aisle"], record["shelf"]) == ("shop", "b", 8)
    assert collect.records


class Prefixed(logging.LoggerAdapter):
    def process(self, msg, kwargs):
        return f"[conn] {msg}", kwargs


def test_an_adapter_changes_the_message(collect):
    with logbraid.trace("work", logger=Prefixed(logging.getLogger("shop"), {})):
        pass
    assert collect.messages() == ["[conn] work"]


def test_both_of_two_names_that_records_have_are_kept(collect):
    with logbraid.trace("t", name="ada", name_="x"):
        pass
    (record,) = collect.records
    assert (record["name_"], record["name__"]) == ("ada", "x")


def test_an_exception_has_its_traceback_once_in_each_transaction(collect):
    error = KeyError("sku")
    for uid in ("a", "b"):
        with pytest.raises(KeyError), logbraid.transaction(uid=uid), logbraid.trace("outer"), logbraid.trace("inner"):
            raise error
    assert [bool(record["exc_info"]) for record in collect.records] == [True, False, True, False]


@pytest.mark.parametrize(("code", "level"), [(0, "WARNING"), (None, "WARNING"), (3, "ERROR"), ("no", "ERROR")])
def test_an_end_of_the_program_that_is_no_failure_is_no_error(collect, code, level):
    with pytest.raises(SystemExit), logbraid.trace("t"):
        raise SystemExit(code)
    (record,) = collect.records
    assert (record["levelname"], bool(record["exc_info"])) == (level, level == "ERROR")


async def test_a_carried_exception_still_goes_to_another_process(collect):
    import pickle

    with pytest.raises(KeyError) as caught, logbraid.transaction("t"), logbraid.trace("t"):
        await asyncio.sleep(0)
        raise KeyError("sku")
    assert pickle.loads(pickle.dumps(caught.value)).args == ("sku",)
