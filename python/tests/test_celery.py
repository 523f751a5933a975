"""Celery: a real worker with the memory broker."""

from __future__ import annotations

import logging

import celery
import pytest
from celery.contrib.testing.worker import start_worker

import logbraid
import logbraid.celery
from logbraid._transaction import current

app = celery.Celery("shop", broker="memory://", backend="cache+memory://")
app.conf.update(
    broker_transport_options={"polling_interval": 0.01},
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)
logbraid.celery.install()
logbraid.celery.install()
log = logging.getLogger("shop")


@app.task(name="where")
def where():
    here = current()
    log.info("in the worker")
    return here.uid, here.fields["celery_task"], here.place.path


@app.task(name="fail")
def fail():
    raise KeyError("sku")


@app.task(name="both")
def both():
    return current().uid, where.delay().id


@pytest.fixture(scope="module")
def worker():
    with start_worker(app, pool="threads", concurrency=4, perform_ping_check=False, shutdown_timeout=30):
        yield


@pytest.mark.filterwarnings("ignore")
def test_tasks_run_in_the_transaction_of_their_sender(worker):
    sent = []
    for number in range(20):
        with logbraid.transaction(number=number) as t:
            sent.append((t.uid, where.delay()))
    for uid, result in sent:
        assert list(result.get(timeout=30, interval=0.01)) == [uid, "where", ""]


@pytest.mark.filterwarnings("ignore")
def test_without_a_transaction_each_task_has_one(worker):
    uids = {where.delay().get(timeout=30, interval=0.01)[0] for _ in range(3)}
    assert len(uids) == 3


@pytest.mark.filterwarnings("ignore")
def test_a_task_that_sends_a_task_and_the_tree(worker):
    with logbraid.transaction() as t:
        uid, other = both.delay().get(timeout=30, interval=0.01)
        assert uid == t.uid
        assert app.AsyncResult(other).get(timeout=30, interval=0.01)[0] == t.uid
    with logbraid.task("order") as t:
        assert where.delay().get(timeout=30, interval=0.01)[2] == "1/1"


@pytest.mark.filterwarnings("ignore")
def test_a_failure_leaves_nothing_behind(worker):
    with logbraid.transaction(), pytest.raises(KeyError):
        fail.delay().get(timeout=30, interval=0.01)
    assert len({where.delay().get(timeout=30, interval=0.01)[0] for _ in range(8)}) == 8


def test_an_eager_task_is_in_the_transaction_of_its_caller():
    with logbraid.transaction() as t:
        assert where.apply().get()[0] == t.uid
        assert current() is t
    with pytest.raises(KeyError):
        fail.apply(throw=True)
