"""The handler below other logging libraries: loguru and structlog."""

from __future__ import annotations

import logging

import pytest
import structlog
from kinesis import LONG
from loguru import logger

import logbraid


@pytest.fixture
def sent(kinesis, new_handler):
    """Make a handler, and return what it sent by message."""
    handler, log = new_handler(service="shop")

    def sent():
        assert handler.flush(LONG)
        return {record["message"]: record for record in kinesis.records}

    sent.handler, sent.log = handler, log
    return sent


@pytest.fixture
def loguru(sent):
    logger.remove()
    logger.add(sent.handler, format=lambda _: "{message}")
    yield logger
    logger.remove()


def fail():
    raise KeyError("sku")


def test_loguru(loguru, sent):
    with logbraid.transaction(uid="order-42"):
        loguru.bind(order=17).warning("paid {}", 3)
        try:
            fail()
        except KeyError:
            loguru.exception("failed")
    records = sent()
    assert (records["paid 3"]["log_uid"], records["paid 3"]["extra"]) == ("order-42", {"order": 17})
    assert "exc_text" not in records["paid 3"]
    text = records["failed"]["exc_text"]
    assert text.startswith("Traceback (most recent call last):\n")
    assert text.endswith("KeyError: 'sku'")


@pytest.fixture
def events(sent):
    """Configure structlog as its page for the standard library shows it."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=lambda *_: sent.log,
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    yield structlog.get_logger()
    structlog.reset_defaults()


def test_structlog(events, sent):
    with logbraid.transaction(uid="order-42", customer="alice"):
        events.warning("paid", order=17, name="n", _secret=1, service="pay")
        try:
            fail()
        except KeyError:
            events.exception("failed")
        with structlog.contextvars.bound_contextvars(log_uid="mine"):
            events.warning("bound")
    records = sent()
    paid = records["paid"]
    assert (paid["log_uid"], paid["customer"], paid["service"]) == ("order-42", "alice", "pay")
    assert (paid["order"], paid["name_"], paid["level"], paid["levelname"]) == (17, "n", "warning", "WARNING")
    assert paid.keys().isdisjoint({"event", "_logger", "_name", "_secret", "msg", "args"})
    assert records["failed"]["exc_text"].endswith("KeyError: 'sku'")
    assert "exc_info" not in records["failed"]
    assert records["bound"]["log_uid"] == "mine"


def test_a_dictionary_that_is_no_event_of_structlogs_stays_the_message(sent):
    sent.log.warning({"event": "paid"})
    sent.log.warning({"order": 17}, extra={"_logger": "mine"})
    assert set(sent()) == {"{'event': 'paid'}", "{'order': 17}"}


class Record(logging.LogRecord):
    """A record of an application's own."""


def test_an_event_in_a_record_of_another_type_is_an_event(sent):
    record = Record("n", 30, "p", 1, {"event": "paid", "order": 17}, (), None)
    record._logger = None
    sent.handler.handle(record)
    assert sent()["paid"]["order"] == 17
