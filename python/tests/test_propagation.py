"""Headers that come in, and those that go out."""

from __future__ import annotations

import urllib.request

import pytest

import logbraid
from logbraid._propagation import read_mapping, single_header
from logbraid._transaction import current

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"


@pytest.mark.parametrize(
    ("headers", "uid"),
    [
        ({}, None),
        ({"traceparent": PARENT}, TRACE),
        ({"TraceParent": PARENT, "X-Request-ID": "r", "X-Amzn-Trace-Id": XRAY}, TRACE),
        ({"X-Log-Uid": "order-42", "traceparent": PARENT}, "order-42"),
        ({"X-Log-Uid": "a b", "traceparent": PARENT}, TRACE),
        ({"traceparent": "00-zz", "X-Request-ID": "r"}, "r"),
        ({"X-Correlation-ID": "c", "X-Request-ID": "r"}, "c"),
        ({"X-Request-ID": "-", "X-Amzn-Trace-Id": XRAY}, "5759e988bd862e3fe1be46a994272793"),
        ({"X-Request-ID": 7, "X-Amzn-Trace-Id": "x"}, None),
        # As Kafka's clients have them; as queues have none.
        ([("X-Log-Uid", b"order-42"), (b"a", None)], "order-42"),
        ({b"x-log-uid": b"order-42"}, "order-42"),
        (None, None),
        ([], None),
        ([7], None),
        (7, None),
        ("text", None),
    ],
)
def test_the_uid_of_headers(headers, uid):
    assert read_mapping(headers).uid == uid


@pytest.mark.parametrize(
    ("baggage", "others", "task"),
    [
        ("a=1, b=2;p", "a=1,b=2;p", ""),
        ("a=1,logbraid.task=1/2", "a=1", "1/2"),
        ("logbraid.task=<script>", "", ""),
        ("a=\r\nx", "", ""),
        ("x" * 8193, "", ""),
    ],
)
def test_baggage(baggage, others, task):
    incoming = read_mapping({"traceparent": PARENT, "baggage": baggage})
    assert (incoming.baggage, incoming.task) == (others, task)


def test_outside_of_transactions_there_are_no_headers():
    assert logbraid.headers() == {}
    assert single_header() is None


def test_a_trace_id_goes_as_traceparent_alone():
    with logbraid.transaction() as t:
        made = logbraid.headers()
        assert list(made) == ["traceparent"]
        version, trace, span, flags = made["traceparent"].split("-")
        assert (version, trace, len(span), flags) == ("00", t.uid, 16, "01")
        assert logbraid.headers() != made, "each request is a span of its own"
        assert single_header()[0] == "traceparent"


@pytest.mark.parametrize(
    ("uid", "trace"),
    [
        ("4BF92F35-77B3-4DA6-A3CE-929D0E0E4736", TRACE),
        ("order-42", "ab6d1a0e0ad5f4ba9e63a9e3b7b6a9b8"),
    ],
)
def test_any_other_id_goes_along_in_its_own_spelling(uid, trace):
    with logbraid.transaction(uid=uid):
        made = logbraid.headers()
        assert made["X-Log-Uid"] == uid
        assert single_header() == ("X-Log-Uid", uid)
    assert read_mapping(made).uid == uid
    assert len(made["traceparent"]) == len(PARENT)
    assert (made["traceparent"].split("-")[1] == trace) is (trace == TRACE)


def test_what_came_in_goes_out():
    carrier = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-00", "tracestate": "a=1", "baggage": "tenant=x"}
    with logbraid.received(carrier, "order", customer="alice") as t:
        made = logbraid.headers()
        assert (t.uid, t.fields) == (TRACE, {"transaction": "order", "customer": "alice"})
    assert made["traceparent"].startswith(f"00-{TRACE}-")
    assert made["traceparent"].endswith("-00")
    assert made["traceparent"] != carrier["traceparent"]
    assert (made["tracestate"], made["baggage"]) == ("a=1", "tenant=x")


def test_received_joins_the_transaction_in_context():
    with logbraid.transaction() as outer:
        with logbraid.received({}) as inner:
            assert inner.uid == outer.uid
        with logbraid.received({"X-Request-ID": outer.uid}) as inner:
            assert not inner.is_root
        with logbraid.received({"X-Request-ID": "r"}) as inner:
            assert (inner.uid, inner.is_root) == ("r", True)


def test_the_task_goes_along_in_the_baggage():
    with logbraid.task("order"):
        made = [logbraid.headers()["baggage"], logbraid.headers()["baggage"]]
        assert single_header()[1].endswith(";1/3")
    assert made == ["logbraid.task=1/1", "logbraid.task=1/2"]


def test_with_opentelemetry_its_span_is_the_parent():
    from opentelemetry import trace

    context = trace.SpanContext(int(TRACE, 16), 0xF067AA0BA902B7, is_remote=False, trace_flags=trace.TraceFlags(0))
    with trace.use_span(trace.NonRecordingSpan(context)), logbraid.received({"X-Request-ID": "r"}) as t:
        assert t.uid == TRACE
        assert logbraid.headers() == {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-00"}


def test_headers_fit_the_standard_library():
    with logbraid.transaction() as t:
        request = urllib.request.Request("http://127.0.0.1/", headers=logbraid.headers())
    assert t.uid in request.get_header("Traceparent")
    assert current() is None
