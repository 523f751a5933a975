"""No name is written twice, and the handler's own are never the application's."""

from __future__ import annotations

import json
import logging
import re

import pytest

import logbraid


def members(data: bytes) -> dict:
    """Read a line of JSON in which no object has a name twice."""

    def once(pairs):
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), names
        return dict(pairs)

    return json.loads(data, object_pairs_hook=once)


@pytest.fixture
def line(new_handler):
    """Write records with a logger, and return them as they are on the stream."""
    from kinesis import unpack

    handler, log = new_handler(service="shop", linger=60.0)

    def line(message="m", fields=None, **options):
        with logbraid.transaction("order", uid="7", **(fields or {})):
            log.warning(message, **options)
        (data,) = handler.drain()
        (text,) = unpack(data).splitlines()
        return members(text)

    line.handler = handler
    return line


RECORD_ID = re.compile(r"[0-9a-f]{16}-[0-9]+")


@pytest.mark.parametrize("given", [4711, "r", None, ["x"]])
def test_the_record_id_is_the_handlers(line, given):
    of_extra = line(extra={"record_id": given})
    of_transaction = line(fields={"record_id": given})
    for record in (of_extra, of_transaction):
        assert RECORD_ID.fullmatch(record["record_id"])
    assert of_transaction["record_id_"] == given
    assert of_extra.get("record_id_") == given


FIELDS = [
    "name",
    "message",
    "module",
    "created",
    "levelno",
    "args",
    "msg",
    "exc_info",
    "process",
    "taskName",
    "asctime",
]


@pytest.mark.parametrize("name", [*FIELDS, "log_uid", "format_error", "truncated_from"])
def test_a_field_with_the_name_of_an_attribute_gets_an_underscore(line, name):
    plain = line("step %d")
    record = line("step %d", fields={name: "alice", f"{name}_": "other"})
    assert record.pop(f"{name}__") == "alice"
    assert record.pop(f"{name}_") == "other"
    assert set(record) == set(plain)
    assert (record["name"], record["message"], record["log_uid"]) == (plain["name"], "step %d", "7")


def test_the_service_and_the_host_may_be_the_applications(line):
    record = line(fields={"service": "billing", "fqdn": "h"})
    assert (record["service"], record["fqdn"]) == ("billing", "h")


@pytest.mark.parametrize("name", ["service", "fqdn", "record_id", "log_uid", "format_error", "truncated_from"])
def test_names_that_were_read_from_json(line, name):
    """They are not the interpreter's own objects for these texts."""
    (read,) = json.loads(json.dumps({name + " ": 1}))
    record = line(extra={read[:-1]: "own"})
    is_kept = name in ("service", "fqdn", "log_uid")
    assert record[name if is_kept else f"{name}_"] == "own"


def test_a_message_that_does_not_fit_beside_the_applications_format_error(line):
    log = logging.getLogger("x")
    record = log.makeRecord("x", 30, "p", 1, "%d", ("x",), None, extra={"format_error": "own"})
    line.handler.handle(record)
    from kinesis import unpack

    (data,) = line.handler.drain()
    record = members(unpack(data))
    assert record["format_error"].startswith("TypeError")
    assert record["format_error_"] == "own"


def test_names_that_are_no_texts(line):
    record = logging.makeLogRecord({"msg": "m", 5: "number", "5": "text", "value": {1: "a", "1": "b", "1_": "c"}})
    line.handler.handle(record)
    from kinesis import unpack

    (data,) = line.handler.drain()
    record = members(unpack(data))
    assert sorted([record["5"], record["5_"]]) == ["number", "text"]
    assert sorted(record["value"].values()) == ["a", "b", "c"]


def test_what_is_left_out_is_counted(line):
    deep = value = []
    for _ in range(40):
        value.append([])
        value = value[0]
    record = line(extra={"deep": deep, "wide": list(range(30_000)), "map": {str(n): n for n in range(30_000)}})
    assert record["wide"][-1] == "…"
    assert line.handler.stats()["cut"] == 1
    assert "truncated_from" not in record


def test_the_size_before_counts_all_of_a_long_text(line):
    size = 5_000_000
    for value in ("x" * size, "é" * (size // 2), b"x" * size, bytearray(size)):
        assert size <= line(extra={"value": value})["truncated_from"] <= 6 * size + 2_000
    assert line.handler.stats()["cut"] == 4


def test_a_number_of_another_library_keeps_its_type(line):
    class Number:
        dtype = "int64"
        shape = ()

        def tolist(self):
            return 3

    class Large(Number):
        shape = (1_000_000,)

    record = line(extra={"value": Number()})
    assert record["value"] == 3
    one = logging.LogRecord("n", 20, "p", 1, "%s %s", (Number(), Large()), None)
    line.handler.handle(one)
    from kinesis import unpack

    (data,) = line.handler.drain()
    assert members(unpack(data))["args"] == [3, f"<{Large.__qualname__}>"]
