"""`%(log_uid)s` in the formats of any handler."""

from __future__ import annotations

import io
import logging

import pytest

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
