"""The tree of tasks."""

from __future__ import annotations

import logging
import multiprocessing

import pytest

import logbraid
from logbraid._propagation import read_mapping
from logbraid._transaction import current

log = logging.getLogger("shop")


def tree(collect):
    """Return the records of tasks as rows: task, parent, status, message."""
    keys = ("task", "parent", "status", "message")
    return [tuple(record.get(key, "") for key in keys) for record in collect.records if "status" in record]


def test_goals_and_subgoals(collect):
    with logbraid.task("order %s", "WIDGET-1", customer="alice") as t:
        log.info("in between")
        with logbraid.to("reserve") as r:
            r.bind(shelf=7)
            r.success("reserved %d", 1000)
        with logbraid.to("pay") as pay:
            pay.failure("no money", missing=3)
    assert tree(collect) == [
        ("1", "", "started", "order WIDGET-1"),
        ("1/1", "1", "started", "reserve"),
        ("1/1", "1", "succeeded", "reserved 1000"),
        ("1/2", "1", "started", "pay"),
        ("1/2", "1", "failed", "no money"),
        ("1", "", "succeeded", "order WIDGET-1: succeeded"),
    ]
    assert {record["log_uid"] for record in collect.records} == {t.uid}
    start, between, _, reserved, _, failed, end = collect.records
    assert (between["task"], "status" in between, "customer" in between) == ("1", False, False)
    assert (reserved["shelf"], failed["missing"], failed["levelname"]) == (7, 3, "ERROR")
    assert (start["customer"], end["customer"]) == ("alice", "alice")
    assert "duration_ms" not in start
    assert end["duration_ms"] >= reserved["duration_ms"] >= 0
    assert (start["name"], start["funcName"], start["msg"], start["args"]) == (
        __name__,
        "test_goals_and_subgoals",
        "order %s",
        ("WIDGET-1",),
    )


def test_an_exception_fails_all_tasks_that_it_leaves(collect):
    with pytest.raises(KeyError), logbraid.task("order"), logbraid.to("reserve") as r:
        r.success("reserved")
        raise KeyError("sku")
    assert tree(collect)[2:] == [("1/1", "1", "failed", "reserve: failed"), ("1", "", "failed", "order: failed")]
    inner, outer = collect.records[2:]
    assert (inner["error"], inner["exc_info"][0]) == ("KeyError: 'sku'", KeyError)
    assert (outer["error"], outer["exc_info"]) == ("KeyError: 'sku'", None)


def test_a_task_is_in_the_transaction_in_context_or_begins_one():
    with logbraid.transaction(customer="alice") as outer:
        with logbraid.task("one") as one, logbraid.transaction("inner") as inner:
            assert (one.uid, one.path) == (outer.uid, "1")
            assert (inner.fields["task"], inner.fields["customer"]) == ("1", "alice")
            with logbraid.to("sub") as sub:
                assert sub.path == "1/1"
        with logbraid.task("two") as two:
            assert two.path == "2"
        assert "task" not in current().fields
    with logbraid.task("alone") as alone:
        assert (current().uid, current().is_root) == (alone.uid, True)
        with logbraid.to("below"):
            assert not current().is_root


def test_what_was_said_of_a_failure_stays_when_an_exception_follows(collect):
    with pytest.raises(KeyError), logbraid.task("order") as t:
        t.failure("no stock")
        raise KeyError
    assert tree(collect)[1] == ("1", "", "failed", "no stock")


def test_a_goal_is_formatted_as_logging_does(collect):
    with logbraid.task("100 % done"), logbraid.to("%(sku)s", {"sku": "W"}):
        pass
    assert [row[3] for row in tree(collect)] == ["100 % done", "W", "W: succeeded", "100 % done: succeeded"]


class Held:
    def __init__(self) -> None:
        self.calls = []

    def release(self) -> None:
        self.calls.append("release")

    def drop(self) -> None:
        self.calls.append("drop")


@pytest.mark.parametrize(("is_failed", "calls"), [(False, ["drop"]), (True, ["release"])])
def test_a_failed_task_keeps_what_is_held(is_failed, calls):
    held = Held()
    with logbraid.task("order") as t:
        current().held = held
        if is_failed:
            t.failure("no")
    assert held.calls == calls


def test_a_token_continues_the_tree_elsewhere(collect):
    with logbraid.task("order") as t:
        tokens = [t.export(), t.export()]
    with logbraid.import_task(tokens[0], "ship %d", 7) as ship:
        assert (ship.uid, ship.path) == (t.uid, "1/1")
        with logbraid.to("pack") as pack:
            assert pack.path == "1/1/1"
    with logbraid.import_task(tokens[1], "bill") as bill:
        assert (bill.uid, bill.path) == (t.uid, "1/2")
    assert tree(collect)[2] == ("1/1", "1", "started", "ship 7")


@pytest.mark.parametrize("token", ["", None, 7, "a b;1", "00000000"])
def test_a_token_that_is_none_begins_a_transaction(token):
    with logbraid.import_task(token, "ship") as ship:
        assert len(ship.uid) == 32
        assert ship.path == "1"


@pytest.mark.parametrize("token", ["order-42", "order-42;", "order-42;<script>", "order-42;" + "1/" * 300])
def test_a_token_without_a_place_begins_a_tree_that_is_no_others(token):
    with logbraid.import_task(token, "ship") as ship:
        assert ship.uid == "order-42"
        prefix, _, number = ship.path.partition("-")
        assert (len(prefix), number) == (6, "1")


def test_a_service_that_joined_numbers_its_trees_by_itself(collect):
    with logbraid.received({"X-Log-Uid": "order-42"}):
        with logbraid.task("one") as one, logbraid.to("sub") as sub:
            assert sub.path == one.path + "/1"
        with logbraid.task("two") as two:
            assert two.path == one.path[:-1] + "2"
    assert "parent" not in collect.records[0]


def test_headers_carry_the_place():
    with logbraid.task("order") as t:
        made = [logbraid.headers(), logbraid.headers()]
    places = []
    for headers in made:
        incoming = read_mapping(headers)
        assert incoming.uid == t.uid
        with logbraid.received(headers), logbraid.task("ship") as ship:
            places.append(ship.path)
    assert places == ["1/1/1", "1/2/1"]


def ship(token, pipe):
    with logbraid.import_task(token, "ship") as t:
        pipe.send((t.uid, t.path))


def where(pipe):
    with logbraid.task("ship") as t:
        pipe.send((t.uid, t.path))


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_another_process(method):
    context = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    with logbraid.task("order") as t:
        process = context.Process(target=ship, args=(t.export(), sender))
        process.start()
        assert receiver.recv() == (t.uid, "1/1")
        process.join()


def test_a_carried_function_in_another_process():
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    with logbraid.task("order") as t:
        process = context.Process(target=logbraid.carry(where), args=(sender,))
        process.start()
        assert receiver.recv() == (t.uid, "1/1/1")
        process.join()


def test_threads_number_their_subtasks_once():
    with logbraid.task("order"), logbraid.Executor(8) as executor:

        def sub(_):
            with logbraid.to("sub") as one:
                return one.path

        paths = list(executor.map(sub, range(200)))
    assert len(set(paths)) == 200


async def test_decorators(collect):
    @logbraid.task("nightly")
    def job():
        return current().fields["task"]

    @logbraid.task("nightly", kind="async")
    async def async_job():
        return current().fields["task"]

    with logbraid.task("all"):
        assert [job(), job(), await async_job()] == ["1/1", "1/2", "1/3"]
    async with logbraid.task("async with") as t:
        assert t.path == "1"
    record = collect.records[1]
    assert (record["funcName"], record["pathname"]) == ("job", __file__)
    assert collect.records[5]["kind"] == "async"


def test_while_the_level_is_off_only_failures_are_written(collect):
    logger = logging.getLogger("off")
    logger.setLevel(logging.WARNING)
    with pytest.raises(KeyError), logbraid.task("order", logger=logger), logbraid.to("fine", logger=logger):
        raise KeyError
    assert tree(collect) == [("1/1", "1", "failed", "fine: failed"), ("1", "", "failed", "order: failed")]


def test_a_task_that_did_not_begin_has_no_place():
    t = logbraid.task("order")
    assert (t.uid, t.path, t.export()) == ("", "", "")
