"""Odd values: each arrives as what it is, or as a text, and raises nothing."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import logging
import pathlib
import uuid

import pytest


class Colour(enum.Enum):
    RED = 1


class Number(enum.IntEnum):
    ONE = 1


class Broken:
    def __str__(self):
        raise ValueError("no text")

    __repr__ = __str__


class Deep(dict):
    pass


class Array:
    """As NumPy's."""

    dtype = "float64"

    def tolist(self):
        return [1.5, 2.5]


SELF: list[object] = [1]
SELF.append(SELF)
Point = collections.namedtuple("Point", "x y")  # noqa: PYI024


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (-(2**63), -(2**63)),
        (2**100, 2**100),
        (1.5, 1.5),
        (0.1 + 0.2, 0.1 + 0.2),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        ('ü😀\n\x00"\\\u2028', 'ü😀\n\x00"\\\u2028'),
        ("\ud800", "\\ud800"),
        (b"bytes \xff", "bytes \ufffd"),
        ([1, (2, {"a": 3})], [1, [2, {"a": 3}]]),
        ({1: "a", None: "b", (1, 2): "c"}, {"1": "a", "None": "b", "(1, 2)": "c"}),
        (frozenset([1]), [1]),
        (collections.OrderedDict(a=1), {"a": 1}),
        (collections.UserDict(a=1), {"a": 1}),
        (Deep(a={"b": 1}), {"a": {"b": 1}}),
        (Point(1, 2), [1, 2]),
        (dt.datetime(2026, 11, 20, 8, tzinfo=dt.timezone.utc), "2026-11-20T08:00:00+00:00"),
        (dt.date(2026, 11, 20), "2026-11-20"),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (pathlib.PurePosixPath("/a"), "/a"),
        (Colour.RED, "Colour.RED"),
        (Number.ONE, 1),
        (ValueError("x"), "x"),
        (Broken(), "<Broken: ValueError: no text>"),
        ({"a": Broken()}, {"a": "<Broken: ValueError: no text>"}),
        (Array(), [1.5, 2.5]),
        (10**5_000, "<int of 16610 bits>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_arrives(kinesis, new_handler, value, expected):
    handler, log = new_handler()
    log.warning("hello", extra={"value": value})
    log.warning("%s", value) if not isinstance(value, dict) else None
    assert handler.flush()
    assert kinesis.records[0]["value"] == expected
    assert type(kinesis.records[0]["value"]) is type(expected)
    assert handler.stats()["failed"] == 0


def test_what_has_no_end_has_one(kinesis, new_handler):
    handler, log = new_handler()
    log.warning("hello", extra={"value": SELF, "many": range(3), "wide": list(range(100_000)), "last": 1})
    assert handler.flush()
    record = kinesis.records[0]
    depth, value = 0, record["value"]
    while value[1] != "…":
        depth, value = depth + 1, value[1]
    assert depth < 20
    assert record["many"] == "range(0, 3)"
    assert record["wide"][-1] == "…"
    assert record["last"] == 1


@pytest.mark.parametrize(
    ("msg", "args", "expected"),
    [
        ("100 %", (), {"message": "100 %"}),
        ("%s", ("a",), {"message": "a", "msg": "%s", "args": ["a"]}),
        ("%(a)s", ({"a": 1},), {"message": "1", "msg": "%(a)s", "args": {"a": 1}}),
        ("%d", ("x",), {"message": "%d", "args": ["x"]}),
        ("a", (1,), {"message": "a", "args": [1]}),
        ("%s", (Broken(),), {"message": "%s", "args": ["<Broken>"], "format_error": "ValueError: no text"}),
        (ValueError("v"), (), {"message": "v"}),
        ({"event": "x"}, (), {"message": "{'event': 'x'}"}),
        (Broken(), (), {"message": "<Broken: ValueError: no text>"}),
        ("%s %s", ("\ud800", decimal.Decimal(1)), {"message": "\\ud800 1", "args": ["\\ud800", "1"]}),
        (None, (), {"message": "None"}),
    ],
)
def test_a_message_arrives(kinesis, new_handler, msg, args, expected):
    handler, log = new_handler()
    log.warning(msg, *args)
    assert handler.flush()
    record = kinesis.records[0]
    assert {name: record.get(name) for name in expected} == expected
    assert ("msg" in record) == ("args" in record)


def test_records_from_elsewhere(kinesis, new_handler):
    """As from a queue or a socket: names that are not interned, attributes that are missing or of other types."""
    handler, _ = new_handler()
    name = "".join(list("msg"))
    handler.handle(logging.makeLogRecord({name: "%s", "args": ("a",), "levelno": "30", "created": 1.5, "lineno": None}))
    bare = logging.makeLogRecord({})
    for attribute in list(vars(bare)):
        delattr(bare, attribute)
    handler.handle(bare)
    handler.handle(object())
    assert handler.flush()
    assert kinesis.records[0]["message"] == "a"
    assert kinesis.records[0]["created"] == 1.5
    assert handler.stats()["failed"] == 1


class Braces(logging.LogRecord):
    def getMessage(self):  # noqa: N802 - logging's name
        return self.msg.format(*self.args)


def test_records_with_another_style(kinesis, new_handler):
    handler, log = new_handler()
    logging.setLogRecordFactory(Braces)
    log.warning("{} widgets", 3)  # noqa: PLE1205 - another style
    assert handler.flush()
    assert kinesis.records[0]["message"] == "3 widgets"
