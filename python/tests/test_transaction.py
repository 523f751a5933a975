"""Transactions: ids, nesting, decorators, and that they never mix."""

from __future__ import annotations

import asyncio
import logging
import threading

import pytest
from conftest import Held

import logbraid
from logbraid._transaction import current

log = logging.getLogger("shop.orders")


def test_records_get_the_id_and_the_fields(collect):
    with logbraid.transaction("order", customer="alice") as t:
        log.info("in")
        t.bind(shelf=7)
        log.info("bound")
    log.info("out")
    first, second, third = collect.records
    assert first["log_uid"] == second["log_uid"] == t.uid
    assert (first["transaction"], first["customer"], "shelf" in first) == ("order", "alice", False)
    assert second["shelf"] == 7
    assert "log_uid" not in third


def test_nested_blocks_share_the_id_and_inherit_fields():
    with logbraid.transaction("order", customer="alice") as outer:
        with logbraid.transaction("pay", amount=3) as inner:
            assert inner.uid == outer.uid
            assert inner.fields == {"transaction": "pay", "customer": "alice", "amount": 3}
        assert current() is outer
        assert outer.fields == {"transaction": "order", "customer": "alice"}
        with logbraid.transaction(uid="other") as other:
            assert (other.uid, other.fields) == ("other", {})
        assert current() is outer


def test_what_is_held_is_dropped_unless_something_fails():
    with logbraid.transaction() as t:
        held = t.held = Held()
        with logbraid.transaction():
            pass
        assert held.calls == []
    assert held.calls == ["drop"]
    assert t.held is None


def test_an_exception_keeps_what_is_held_also_from_an_inner_block():
    with logbraid.transaction() as t:
        held = t.held = Held()
        with pytest.raises(KeyError), logbraid.transaction() as inner:
            assert inner.held is held
            raise KeyError
        assert held.calls == ["release"]
    assert held.calls == ["release"]
    assert t.kept


def test_keep_needs_nothing_held():
    with logbraid.transaction() as t:
        t.keep()
    assert t.kept


def test_a_decorated_function_gets_a_transaction_for_each_call():
    @logbraid.transaction("nightly", kind="job")
    def job(value):
        """Its documentation."""
        t = current()
        return value, t.uid, t.fields

    first, second = job(1), job(2)
    assert first[1] != second[1]
    assert first[2] == {"transaction": "nightly", "kind": "job"}
    assert (job.__name__, job.__doc__) == ("job", "Its documentation.")


async def test_a_decorated_coroutine_gets_a_transaction_for_each_call():
    @logbraid.transaction("nightly")
    async def job():
        before = current().uid
        await asyncio.sleep(0)
        assert current().uid == before
        return before

    assert len(set(await asyncio.gather(*(job() for _ in range(100))))) == 100
    assert current() is None


async def test_calls_of_a_decorated_coroutine_at_a_time_end_their_own_transaction():
    seen = {}

    @logbraid.transaction()
    async def job(name):
        seen[name] = current()
        await asyncio.sleep(0.01 if name == "slow" else 0)
        if name == "fails":
            raise KeyError

    await asyncio.gather(job("fails"), job("slow"), return_exceptions=True)
    assert (seen["fails"].kept, seen["slow"].kept) == (True, False)


async def test_async_with():
    async with logbraid.transaction("order") as t:
        assert current() is t
    with pytest.raises(KeyError):
        async with logbraid.transaction():
            raise KeyError


def test_a_decorated_generator_does_not_leak_between_its_steps():
    closed = []

    @logbraid.transaction("steps")
    def steps():
        try:
            uid = current().uid
            got = yield uid
            assert current().uid == uid
            try:
                yield got
            except KeyError:
                yield "caught"
        finally:
            closed.append(current().uid)
        return "end"

    generator = steps()
    uid = next(generator)
    assert current() is None
    assert generator.send("sent") == "sent"
    assert generator.throw(KeyError) == "caught"
    with pytest.raises(StopIteration) as end:
        next(generator)
    assert end.value.value == "end"
    assert closed == [uid]

    abandoned = steps()
    uid = next(abandoned)
    abandoned.close()
    assert closed[1:] == [uid]


def test_an_asynchronous_generator_is_refused():
    with pytest.raises(TypeError, match="decorate what iterates over it"):

        @logbraid.transaction()
        async def steps():
            yield 1


def test_threads_never_mix():
    wrong = []

    def work():
        assert current() is None
        for _ in range(200):
            with logbraid.transaction() as t:
                if current() is not t:
                    wrong.append(t)

    threads = [threading.Thread(target=work) for _ in range(8)]
    with logbraid.transaction():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


async def test_tasks_never_mix():
    async def work():
        with logbraid.transaction() as t:
            for _ in range(10):
                await asyncio.sleep(0)
                assert current() is t
        return t.uid

    uids = await asyncio.gather(*(work() for _ in range(50)))
    assert len(set(uids)) == 50

    with logbraid.transaction() as t:
        assert set(await asyncio.gather(*(work() for _ in range(5)))) == {t.uid}


async def test_a_block_may_end_in_another_context():
    async def steps():
        with logbraid.transaction():
            yield 1
            yield 2

    async def first(generator):
        return await generator.__anext__()

    generator = steps()
    assert await asyncio.get_running_loop().create_task(first(generator)) == 1
    await asyncio.get_running_loop().create_task(generator.aclose())
    assert current() is None


def test_without_opentelemetry_it_is_not_imported(run_python):
    run_python("import sys, logbraid\nwith logbraid.transaction(): pass\nassert 'opentelemetry' not in sys.modules")


def test_with_opentelemetry_its_trace_is_the_transaction():
    from opentelemetry import trace

    span = trace.NonRecordingSpan(
        trace.SpanContext(0x4BF92F3577B34DA6A3CE929D0E0E4736, 0xF067AA0BA902B7, is_remote=False)
    )
    with trace.use_span(span):
        with logbraid.transaction() as t:
            assert t.uid == "4bf92f3577b34da6a3ce929d0e0e4736"
        with logbraid.transaction(uid="mine") as t:
            assert t.uid == "mine"
        with logbraid.received({"X-Request-ID": "r-1"}, customer="alice") as t:
            assert t.uid == "4bf92f3577b34da6a3ce929d0e0e4736"
            assert t.fields == {"request_id": "r-1", "customer": "alice"}
    with logbraid.received({"X-Request-ID": "r-1"}) as t:
        assert (t.uid, t.fields) == ("r-1", {})
    with logbraid.transaction() as t:
        assert t.uid != "4bf92f3577b34da6a3ce929d0e0e4736"


def test_importing_loads_nothing_else(run_python):
    run_python(
        "import importlib, typing, sys; before = set(sys.modules)\n"
        "import logbraid\n"
        "assert set(sys.modules) - before == {'logbraid'}, set(sys.modules) - before\n"
        "assert set(logbraid.__all__) <= set(dir(logbraid))\n"
        "for name in logbraid.__all__: getattr(logbraid, name)\n"
        "try: logbraid.nothing\n"
        "except AttributeError as error: assert str(error) == \"module 'logbraid' has no attribute 'nothing'\"\n"
        "else: raise AssertionError\n"
    )


def test_a_block_that_threads_enter_at_once_does_not_mix():
    block, left = logbraid.transaction("order"), []
    entered, second_left = threading.Event(), threading.Event()

    def work():
        with block as mine:
            entered.set()
            second_left.wait(30.0)
            left.append(current() is mine)
        left.append(current())

    thread = threading.Thread(target=work)
    with block as here:
        thread.start()
        entered.wait(30.0)
        assert current() is here
    assert current() is None
    second_left.set()
    thread.join()
    assert left == [True, None]


async def test_a_block_that_tasks_enter_at_once_does_not_mix():
    block, held = logbraid.transaction("order"), []

    async def work(number):
        async with block as mine:
            mine.held = Held()
            held.append(mine.held)
            await asyncio.sleep(0.01 * number)
            assert current() is mine
        assert current() is None
        assert held[number].calls == ["drop"]
        assert all(other.calls == [] for other in held[number + 1 :])

    await asyncio.gather(*(work(number) for number in range(3)))
