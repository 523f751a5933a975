"""Work in other threads, executors and processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest

import logbraid
from logbraid._transaction import current


def where(*_: object) -> tuple | None:
    """Return the transaction of the caller, as plain values."""
    here = current()
    return here and (here.uid, here.fields, here.place.path)


def send_where(pipe) -> None:
    here = current()
    pipe.send((here.uid, here.fields["customer"]))


def test_a_thread_gets_what_is_carried_and_nothing_else():
    seen = {}
    with logbraid.transaction("order", customer="alice") as t:
        carried = threading.Thread(target=logbraid.carry(lambda: seen.update(carried=where())))
        plain = threading.Thread(target=lambda: seen.update(plain=where()))
        for thread in (carried, plain):
            thread.start()
            thread.join()
    assert seen == {"carried": (t.uid, {"transaction": "order", "customer": "alice"}, ""), "plain": None}


def test_a_carried_function_runs_in_many_threads_at_once():
    barrier = threading.Barrier(4)

    def work(_):
        barrier.wait(5)
        return where()

    with logbraid.Executor(4) as executor, ThreadPoolExecutor(4) as plain:
        with logbraid.transaction() as t:
            seen = list(executor.map(work, range(4)))
            seen += list(plain.map(logbraid.carry(work), range(4)))
        assert executor.submit(where).result() is None
        with logbraid.transaction() as other:
            assert executor.submit(where).result()[0] == other.uid
    assert {uid for uid, *_ in seen} == {t.uid}


async def test_a_carried_coroutine():
    async def work():
        await asyncio.sleep(0)
        return where()

    plain = logbraid.carry(work)
    with logbraid.transaction() as t:
        carried = logbraid.carry(work)
    assert (await plain(), (await carried())[0], where()) == (None, t.uid, None)


def test_a_carried_function_looks_like_the_function():
    assert logbraid.carry(where).__name__ == "where"


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_a_process_gets_the_id_and_the_plain_fields(method):
    context = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    # A lock cannot be sent to a process. It must not keep the rest from arriving.
    with logbraid.transaction("order", customer="alice", lock=threading.Lock()) as t:
        process = context.Process(target=logbraid.carry(send_where), args=(sender,))
        process.start()
        uid, customer = receiver.recv()
        process.join()
    assert (uid, customer, process.exitcode) == (t.uid, "alice", 0)


def test_a_process_pool_runs_each_call_in_its_transaction():
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        uids = []
        for number in range(3):
            with logbraid.transaction(number=number) as t:
                uids.append(t.uid)
                assert pool.submit(logbraid.carry(where)).result() == (t.uid, {"number": number}, "")
        assert pool.submit(where).result() is None
        assert pool.submit(logbraid.carry(where)).result() is None
    assert len(set(uids)) == 3
