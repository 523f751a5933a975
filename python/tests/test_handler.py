"""What the handler does with records that nothing is wrong with."""

from __future__ import annotations

import logging
import logging.config
import logging.handlers
import re
import sys
import textwrap

import pytest
from kinesis import until

import logbraid
from logbraid import KinesisHandler


def test_a_record_keeps_its_attributes_and_their_types(kinesis, new_handler):
    handler, log = new_handler(service="orders")
    with logbraid.transaction("order", uid="7", customer="alice"):
        log.warning("%d widgets of %s", 3, "blue", extra={"amount": 12.5, "paid": True, "gone": None, "tags": ["a", 1]})
    assert handler.flush()
    [record] = kinesis.records
    line = sys._getframe().f_lineno - 3
    assert {
        "name": "app0",
        "levelname": "WARNING",
        "levelno": 30,
        "filename": "test_handler.py",
        "module": "test_handler",
        "lineno": line,
        "funcName": "test_a_record_keeps_its_attributes_and_their_types",
        "threadName": "MainThread",
        "processName": "MainProcess",
        "message": "3 widgets of blue",
        "msg": "%d widgets of %s",
        "args": [3, "blue"],
        "log_uid": "7",
        "service": "orders",
        "transaction": "order",
        "customer": "alice",
        "amount": 12.5,
        "paid": True,
        "gone": None,
        "tags": ["a", 1],
    }.items() <= record.items()
    assert isinstance(record["created"], float)
    assert isinstance(record["thread"], int)
    assert re.fullmatch(r"[0-9a-f]{16}-0", record["record_id"])


def test_the_records_own_attributes_come_first(kinesis, new_handler):
    handler, log = new_handler(service="orders")
    with logbraid.transaction(uid="7", service="of the transaction", place="x", fqdn="of the transaction"):
        log.warning("a")
        log.warning("b", extra={"log_uid": "8", "service": "own", "place": "y", "fqdn": "h", "record_id": "r"})
    assert handler.flush()
    names = ("log_uid", "service", "place", "fqdn")
    assert [[record[name] for name in names] for record in kinesis.records] == [
        ["7", "of the transaction", "x", "of the transaction"],
        ["8", "own", "y", "h"],
    ]
    assert kinesis.records[1]["record_id_"] == "r"


def test_the_record_stays_as_it_was_for_other_handlers(new_handler):
    _, log = new_handler()
    seen = []
    log.addHandler(
        logging.handlers.QueueHandler(type("Q", (), {"put_nowait": lambda _, record: seen.append(record)})())
    )
    record = log.makeRecord("app", 30, __file__, 1, "%s", ("x",), (ValueError, ValueError("x"), None), extra={"a": [1]})
    before = dict(vars(record))
    log.handlers[0].handle(record)
    assert vars(record) == before


def test_filters_and_levels_count(kinesis, new_handler):
    handler, log = new_handler(level="WARNING")
    handler.addFilter(lambda record: "no" not in record.getMessage())
    log.info("below")
    log.warning("no")
    log.warning("yes")
    assert handler.flush()
    assert kinesis.once() == ["yes"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="filters return records since 3.12")
def test_a_filter_may_give_another_record(kinesis, new_handler):
    handler, log = new_handler()
    handler.addFilter(lambda record: logging.makeLogRecord({**vars(record), "msg": "masked"}))
    log.warning("secret")
    assert handler.flush()
    assert kinesis.once() == ["masked"]


def config(kinesis):
    handler = {"class": "logbraid.KinesisHandler", "stream": "logs", "service": "s", "level": "DEBUG"}
    handler.update(endpoint_url=kinesis.url, credentials=["a", "b"], linger=0.01)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"kinesis": handler},
        "loggers": {"configured": {"handlers": ["kinesis"], "level": "DEBUG"}},
    }


def test_dict_config_may_come_again_and_again(kinesis):
    log = logging.getLogger("configured")
    for n in range(3):
        logging.config.dictConfig(config(kinesis))
        log.debug("record %d", n)
    logging.shutdown()
    log.debug("after the shutdown")
    kinesis.expect(["record 0", "record 1", "record 2", "after the shutdown"])
    log.handlers.clear()


def test_file_config(kinesis, tmp_path):
    path = tmp_path / "logging.ini"
    path.write_text(
        textwrap.dedent(f"""
        [loggers]
        keys=root,configured
        [handlers]
        keys=kinesis
        [formatters]
        keys=
        [logger_root]
        handlers=
        [logger_configured]
        handlers=kinesis
        level=DEBUG
        qualname=configured
        [handler_kinesis]
        class=logbraid.KinesisHandler
        args=("logs", "orders")
        kwargs={{"endpoint_url": "{kinesis.url}", "credentials": ("a", "b"), "linger": 0.01}}
        """)
    )
    root = list(logging.root.handlers)
    logging.config.fileConfig(path, disable_existing_loggers=False)
    logging.root.handlers[:] = root
    log = logging.getLogger("configured")
    log.debug("hello")
    kinesis.expect(["hello"])
    log.handlers.clear()


def test_wrong_options_are_told_at_once():
    for options, message in (
        ({"stream": ""}, "stream is empty"),
        ({"stream": "a b/c"}, "stream is 'a b/c'; it must be a name"),
        ({"stream": 5}, "stream is 5; it must be text"),
        ({"service": 5}, "service is 5; it must be text"),
        ({"region": 5}, "region is 5; it must be text"),
        ({"when_full": "explode"}, 'when_full is \'explode\'; it must be "drop_newest", "drop_oldest" or "block"'),
        ({"when_full": None}, "when_full is None; it must be"),
        ({"compression": "gzip"}, 'compression is \'gzip\'; it must be "zstd" or "zlib"'),
        ({"sample": 2}, "sample is 2; it must be a share from 0 to 1"),
        ({"sample": "0.5"}, "sample is '0.5'; it must be a share"),
        ({"hold_below": "LOUD"}, "hold_below is 'LOUD', which is no level"),
        ({"hold_below": 1.5}, "hold_below is 1.5; it must be a level"),
        ({"endpoint_url": "kinesis"}, "endpoint_url is 'kinesis'; it must begin with"),
        ({"endpoint_url": "ftp://x"}, "endpoint_url is 'ftp://x'; it must begin with"),
        ({"endpoint_url": 5}, "endpoint_url is 5; it must be text"),
        ({"credentials": ("a",)}, "credentials must be an access key, a secret key, and a token"),
        ({"credentials": ("a", "b", "c", "d")}, "credentials must be an access key, a secret key, and a token"),
        ({"credentials": "abc"}, "credentials must be access key, secret key and token, as a tuple"),
        ({"credentials": ("a", "")}, "credentials must have an access key and a secret key"),
        ({"credentials": ("a", 5)}, "credentials must be texts"),
        ({"spool": ""}, "spool is empty"),
        ({"spool": 5}, "spool is 5; it must be the path of a folder"),
        ({"spool": b"x"}, "spool is b'x'; it must be the path of a folder"),
        ({"on_overflow": 5}, "on_overflow is 5; it must be a function"),
    ):
        with pytest.raises((ValueError, TypeError), match=re.escape(message)):
            KinesisHandler(**{"stream": "logs", **options})


@pytest.mark.parametrize(
    "name", ["linger", "block_seconds", "shutdown_timeout", "max_buffer_mb", "spool_mb", "hold_kb"]
)
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), None, "1", True])
def test_a_number_that_makes_no_sense_is_told_at_once(name, value):
    with pytest.raises((ValueError, TypeError), match=re.escape(f"{name} is {value!r}; it must be a number of ")):
        KinesisHandler("logs", **{name: value})


@pytest.mark.parametrize("name", ["max_buffer_mb", "spool_mb", "hold_kb"])
def test_an_amount_of_nothing_is_told_at_once(name):
    with pytest.raises(ValueError, match=f"{name} is 0; it must be"):
        KinesisHandler("logs", **{name: 0})


def test_credentials_as_botocore_has_them():
    from botocore.credentials import Credentials

    frozen = Credentials("a", "b", "c").get_frozen_credentials()
    for given in (frozen, {"access_key": "a", "secret_key": "b"}, ("a", "b", None), ["a", "b", "c"]):
        KinesisHandler("arn:aws:kinesis:eu-west-1:123456789012:stream/logs", credentials=given)


def test_a_flush_takes_any_time(new_handler):
    handler, _ = new_handler()
    assert [handler.flush(timeout) for timeout in (0, -1, float("inf"), float("nan"), 1e300)] == [True] * 5


def test_records_can_be_taken_out(new_handler, kinesis):
    from kinesis import unpack

    for compression in ("zstd", "zlib"):
        handler, log = new_handler(linger=60.0, compression=compression)
        log.warning("one")
        log.warning("two")
        [data] = handler.drain()
        assert unpack(data).count(b"\n") == 2
        assert handler.stats()["waiting"] == 0
    assert kinesis.requests == 0


def test_zlib_and_a_formatter(kinesis, new_handler):
    handler, log = new_handler(compression="zlib")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.warning("hello")
    kinesis.expect(["hello"])


def test_a_large_record_is_cut(kinesis, new_handler):
    handler, log = new_handler()
    log.warning("x" * 3_000_000, extra={"a": list(range(200_000)), "b": {"c": {"d": "y" * 2_000_000}}, "log_uid": "7"})
    assert handler.flush(30.0)
    [record] = kinesis.records
    assert record["truncated_from"] > 5_000_000
    assert record["message"].startswith("xxx")
    assert record["message"].endswith("…")
    assert record["b"]["c"]["d"].endswith("…")
    assert record["log_uid"] == "7"
    assert handler.stats()["cut"] == 1


def test_held_records_are_sent_when_something_fails(kinesis, new_handler):
    handler, log = new_handler(hold_below="INFO")
    log.debug("outside")
    with logbraid.transaction("fine"):
        log.debug("fine detail")
        log.info("fine")
    with logbraid.transaction("an error"):
        log.debug("error detail")
        log.error("an error")
        log.debug("more detail")
    with pytest.raises(RuntimeError), logbraid.transaction("an exception"):
        log.debug("exception detail")
        raise RuntimeError
    with logbraid.transaction("kept") as transaction:
        log.debug("kept detail")
        transaction.keep()
    expected = ["fine", "error detail", "an error", "more detail", "exception detail", "kept detail"]
    kinesis.expect(expected)
    assert handler.stats()["held"] == 4
    assert handler.stats()["not_held"] == 1


def test_held_records_have_a_bounded_memory(kinesis, new_handler):
    handler, log = new_handler(hold_below="INFO", hold_kb=4)
    with logbraid.transaction("long") as transaction:
        for n in range(100):
            log.debug("detail %d", n)
        transaction.keep()
    until(kinesis.dropped)
    evicted = handler.stats()["held_evicted"]
    kinesis.expect([f"detail {n}" for n in range(evicted, 100)])
    assert kinesis.dropped() == evicted > 0


def test_sampling_keeps_whole_transactions_and_errors(kinesis, new_handler):
    handler, log = new_handler(sample=0.25)
    log.info("outside")
    for n in range(1, 401):
        with logbraid.transaction(uid=f"{n:032x}"):
            log.info("one %d", n)
            log.info("two %d", n)
            log.error("error %d", n)
    assert handler.flush(30.0)
    messages = kinesis.once()
    ones = {message[4:] for message in messages if message.startswith("one")}
    assert ones == {message[4:] for message in messages if message.startswith("two")}
    assert 60 < len(ones) < 140
    assert sum(message.startswith("error") for message in messages) == 400
    assert "outside" in messages
    assert handler.stats()["sampled_out"] == 2 * (400 - len(ones))


def test_nothing_of_its_own_is_logged(run, kinesis):
    code = """
        logging.root.setLevel(logging.DEBUG)
        logging.root.addHandler(handler())
        log.propagate = False
        log.info("hello")
        """
    assert run(code)[0] == 0
    kinesis.expect(["hello"])
    assert len(kinesis.records) == 1


def test_records_that_come_at_odd_times(run, kinesis):
    """In `__del__`, in signal handlers, from `__str__` of a record's own argument, at the interpreter's end."""
    code = """
        class Late:
            def __del__(self):
                log.info("in __del__")
        class Talks:
            def __str__(self):
                log.info("in __str__")
                return "talks"
        keep = Late()
        cycle = [Late()]; cycle.append(cycle); del cycle
        signal.signal(signal.SIGALRM, lambda *_: log.info("in a signal handler"))
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        for n in range(20_000):
            log.info("%s", Talks()) if n == 0 else log.info("busy")
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.modules["keep"] = Late()
        """
    status, errors = run(code, "linger=0.001")
    assert (status, errors) == (0, "")
    messages = kinesis.once()
    assert messages.count("busy") == 19_999
    assert messages.count("in __str__") == messages.count("talks") == 1
    assert messages.count("in a signal handler") > 0
    assert messages.count("in __del__") == 3


def test_an_interrupt_is_not_swallowed(new_handler, kinesis):
    class Interrupted:
        def __str__(self):
            raise KeyboardInterrupt

    handler, log = new_handler()
    with pytest.raises(KeyboardInterrupt):
        log.warning("%s", Interrupted())
    assert handler.flush()
    assert len(kinesis.records) == 1
