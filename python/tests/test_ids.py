"""Ids: new ones, and those that came from elsewhere."""

from __future__ import annotations

import time
import uuid

import pytest

from logbraid import _ids


def test_a_new_uid_is_a_uuid_of_now():
    before = time.time_ns() // 1_000_000
    uids = {_ids.new_uid() for _ in range(10_000)}
    after = time.time_ns() // 1_000_000
    assert len(uids) == 10_000
    for uid in uids:
        parsed = uuid.UUID(uid)
        assert (uid, parsed.version, parsed.variant) == (parsed.hex, 7, uuid.RFC_4122)
        assert before <= int(uid[:12], 16) <= after
        assert _ids.trace_id(uid) == uid


@pytest.mark.parametrize(
    ("given", "uid"),
    [
        ("abc", "abc"),
        (" 6F1a-x.y:z_/+= ", "6F1a-x.y:z_/+="),
        ("x" * 128, "x" * 128),
        ("x" * 129, None),
        ("", None),
        ("-", None),
        ("None", None),
        ("00000000-0000-0000-0000-000000000000", None),
        ("a b", None),
        ("a,b", None),
        ("a;b", None),
        ('a"b', None),
        ("a\\b", None),
        ("a\r\nSet-Cookie: x", None),
        ("grün", None),
        # What ingest takes for no id: `record` has the whole list.
        ("(null)", None),
        ("$request_id", None),
        ("none-given", None),
        ("NoRequestId", None),
        ("0x0", None),
        ("NaN", None),
        ("..", None),
        ("#{id}", None),
        ("[redacted]", None),
        ("none-1", "none-1"),
        ("[17]", "[17]"),
        ("-0", "-0"),
        (b"abc", None),
        (None, None),
        (7, None),
    ],
)
def test_usable_uid(given, uid):
    assert _ids.usable_uid(given) == uid


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        (f"00-{TRACE}-00f067aa0ba902b7-01", (TRACE, "01")),
        (f" 00-{TRACE}-00f067aa0ba902b7-00 ", (TRACE, "00")),
        (f"cc-{TRACE}-00f067aa0ba902b7-01-later", (TRACE, "01")),
        (f"00-{TRACE}-00f067aa0ba902b7-01-later", None),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE.upper()}-00f067aa0ba902b7-01", None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-0000000000000000-01", None),
        (f"00-{TRACE}-00f067aa0ba902b7", None),
        ("", None),
        (None, None),
    ],
)
def test_of_traceparent(header, parsed):
    assert _ids.of_traceparent(header) == parsed


@pytest.mark.parametrize(
    ("header", "root"),
    [
        ("Root=1-5759e988-bd862e3fe1be46a994272793", "5759e988bd862e3fe1be46a994272793"),
        (
            "Self=1-1-1;Root=1-5759E988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
            "5759e988bd862e3fe1be46a994272793",
        ),
        ("Parent=53995c3f42cd8ad8;Sampled=1", None),
        ("Root=2-5759e988-bd862e3fe1be46a994272793", None),
        ("", None),
        (None, None),
    ],
)
def test_of_xray(header, root):
    assert _ids.of_xray(header) == root


@pytest.mark.parametrize(
    ("uid", "trace_id"),
    [
        (TRACE, TRACE),
        ("4BF92F35-77B3-4DA6-A3CE-929D0E0E4736", TRACE),
        ("order-42", "3bf8b157c4238eefe5ae4a66eca81c6b"),
    ],
)
def test_trace_id(uid, trace_id):
    assert _ids.trace_id(uid) == trace_id
