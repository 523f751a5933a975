"""`%(log_uid)s` in the formats of any handler."""

from __future__ import annotations

import io
import logging
import logging.handlers
import pickle
import queue

import pytest
from kinesis import LONG

import logbraid


@pytest.fixture
def lines():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter("%(log_uid)s %(message)s"))
    logger = logging.getLogger("stamped")
    logger.propagate = False
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield logger, lambda: stream.getvalue().splitlines()
    logger.removeHandler(handler)


def test_every_record_has_the_id(lines):
    logger, written = lines
    logbraid.stamp()
    logbraid.stamp()
    logger.info("before")
    with logbraid.transaction(uid="order-42"):
        logger.info("in")
    assert written() == ["- before", "order-42 in"]


def test_the_apps_own_log_uid_wins(lines):
    logger, written = lines
    logbraid.stamp()
    with logbraid.transaction(uid="order-42"):
        logger.info("extra", extra={"log_uid": "mine"})
        logging.LoggerAdapter(logger, {"log_uid": "adapter"}).info("adapter")
        logger.handle(logging.makeLogRecord({"msg": "made", "log_uid": "other", "levelno": 20}))
    assert written() == ["mine extra", "adapter adapter", "other made"]


def test_other_factories_keep_working(lines):
    logger, written = lines

    class Own(logging.LogRecord):
        pass

    logging.setLogRecordFactory(Own)
    logbraid.stamp()
    stamped = logging.getLogRecordFactory()

    def another(*args: object, **kwargs: object) -> logging.LogRecord:
        return stamped(*args, **kwargs)

    logging.setLogRecordFactory(another)
    with logbraid.transaction(uid="order-42"):
        logger.info("in")
        logger.info("extra", extra={"log_uid": "mine"})
    assert written() == ["order-42 in", "mine extra"]
    assert isinstance(stamped("n", 20, "p", 1, "m", (), None), Own)


class Logger(logging.Logger):
    """A logger that makes records by itself."""

    def makeRecord(self, name, level, fn, lno, msg, args, exc_info, *more, **extra):  # noqa: N802
        return logging.getLogRecordFactory()(name, level, fn, lno, "own " + msg, args, exc_info)


def test_loggers_that_make_records_by_themselves(lines):
    logger, written = lines
    logbraid.stamp()
    own = Logger("own")
    own.addHandler(logger.handlers[0])
    with logbraid.transaction(uid="order-42"):
        own.info("in")
    assert written() == ["order-42 own in"]


@pytest.fixture
def queued(kinesis, new_handler):
    """Put records on a queue, and let a listener send them when they were made. Return them by message."""

    def queued(make, change=lambda record: record):
        handler, log = new_handler()
        records = queue.Queue()
        log.handlers[:] = [logging.handlers.QueueHandler(records)]
        make(log)
        for record in list(records.queue):
            handler.handle(change(record))
        assert handler.flush(LONG)
        return {record["message"]: record for record in kinesis.records}

    return queued


@pytest.mark.parametrize("change", [lambda record: record, lambda record: pickle.loads(pickle.dumps(record))])
def test_a_queue_keeps_the_transaction_its_fields_and_the_task(queued, change):
    def make(log):
        with logbraid.transaction(uid="order-42", customer="alice", lock=queue.Queue()):
            log.warning("in")
            with logbraid.to("pay", logger=log):
                log.warning("in the task", extra={"log_uid": "mine"})
        log.warning("outside")

    logbraid.stamp()
    sent = queued(make, change)
    assert (sent["in"]["log_uid"], sent["in"]["customer"], sent["in"].get("task")) == ("order-42", "alice", None)
    task = sent["in the task"]
    assert (task["log_uid"], task["customer"], task["task"][-2:]) == ("mine", "alice", "-1")
    assert sent["outside"].keys().isdisjoint({"customer", "task", "_logbraid"})
    assert not any("_logbraid" in record for record in sent.values())


def test_a_stamped_record_is_as_any_other_for_a_handler_beside(kinesis, new_handler):
    logbraid.stamp()
    handler, log = new_handler()
    with logbraid.transaction(uid="order-42", customer="alice") as t:
        log.warning("in", extra={"customer": "bob"})
        t.bind(shelf=7)
        log.warning("bound", extra={"_logbraid": 5})
    assert handler.flush(LONG)
    first, second = kinesis.records
    assert (first["log_uid"], first["customer"]) == ("order-42", "bob")
    assert (second["customer"], second["shelf"]) == ("alice", 7)


def test_what_is_no_id_is_not_sampled(kinesis, new_handler):
    handler, log = new_handler(sample=0.000001)
    logbraid.stamp()
    for number in range(20):
        log.info("outside %d", number)
    log.info("words", extra={"log_uid": "none"})
    log.info("nothing", extra={"log_uid": None})
    with logbraid.transaction():
        log.info("inside")
        log.info("a number", extra={"log_uid": 18181818181818181818})
    assert handler.flush(30.0)
    kinesis.expect([*(f"outside {number}" for number in range(20)), "words", "nothing"])
