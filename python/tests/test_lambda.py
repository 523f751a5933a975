"""AWS Lambda: whose transaction an event is, and the flush before the function returns."""

from __future__ import annotations

import json
import logging

import pytest

import logbraid
from logbraid._transaction import current

XRAY = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
ROOT = "5759e988bd862e3fe1be46a994272793"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


class Context:
    aws_request_id = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"
    function_name = "ship"

    def __init__(self, millis: int = 3000) -> None:
        self._millis = millis

    def get_remaining_time_in_millis(self) -> int:
        return self._millis


class Flushed(logging.Handler):
    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.timeouts = []
        self.error = error

    def flush(self, timeout: float = 9.0) -> bool:
        self.timeouts.append(timeout)
        if self.error:
            raise self.error
        return True


@logbraid.lambda_handler
def where(event, context):
    here = current()
    return here.uid, here.fields


def sqs(*attributes, **more):
    return {"Records": [{"messageId": "m", "body": "x", "messageAttributes": one, **more} for one in attributes]}


def sns(attributes):
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "x", "MessageAttributes": attributes}}]}


def through_sns(attributes):
    envelope = {"Type": "Notification", "Message": "x", "MessageAttributes": attributes}
    return sqs({}, body=json.dumps(envelope))


UID = {"X-Log-Uid": {"stringValue": "order-42", "dataType": "String"}}
SNS_UID = {"X-Log-Uid": {"Type": "String", "Value": "order-42"}}


@pytest.mark.parametrize(
    ("event", "uid"),
    [
        ({"version": "2.0", "headers": {"traceparent": PARENT, "x-amzn-trace-id": XRAY}}, TRACE),
        ({"version": "2.0", "headers": {"x-amzn-trace-id": XRAY}}, ROOT),
        ({"headers": {"X-Log-Uid": "order-42"}, "multiValueHeaders": {"X-Log-Uid": ["order-42"]}}, "order-42"),
        ({"headers": None, "multiValueHeaders": {"x-request-id": ["r", "s"], "x-log-uid": []}}, "r"),
        ({"requestContext": {"elb": {}}, "multiValueHeaders": {"traceparent": [PARENT]}}, TRACE),
        ({"headers": {}, "requestContext": {"requestId": "JKJaXmPLvHcESHA="}}, "JKJaXmPLvHcESHA="),
        (sqs(UID), "order-42"),
        (sqs({"traceparent": {"stringValue": PARENT}}), TRACE),
        (sqs({}, attributes={"AWSTraceHeader": XRAY}), ROOT),
        (sqs(UID, UID), Context.aws_request_id),
        (sns(SNS_UID), "order-42"),
        (through_sns(SNS_UID), "order-42"),
        (sqs({}, body='{"MessageAttributes" is no JSON'), Context.aws_request_id),
        ({"detail-type": "Scheduled Event"}, Context.aws_request_id),
        ({"headers": 7, "Records": 7}, Context.aws_request_id),
        (sqs(7), Context.aws_request_id),
        ({"Records": [7]}, Context.aws_request_id),
        ("text", Context.aws_request_id),
        (None, Context.aws_request_id),
    ],
)
def test_whose_transaction_an_event_is(event, uid, monkeypatch):
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    seen, fields = where(event, Context())
    assert seen == uid
    assert fields == {"function_name": "ship", "aws_request_id": Context.aws_request_id}


def test_xray_gives_the_id_where_the_event_gives_none(monkeypatch):
    monkeypatch.setenv("_X_AMZN_TRACE_ID", XRAY)
    assert where({}, Context())[0] == ROOT
    assert where(sqs(UID), Context())[0] == "order-42"


def test_a_context_may_be_anything():
    assert len(where({}, None)[0]) == 32


@pytest.mark.parametrize(("millis", "seconds"), [(60_000, 2.0), (1200, 1.0), (100, 0.0)])
def test_records_are_sent_before_the_function_returns(millis, seconds):
    handler = Flushed()

    @logbraid.lambda_handler(handler)
    def main(event, context):
        if event:
            raise KeyError(event)
        return "answer"

    assert main(None, Context(millis)) == "answer"
    with pytest.raises(KeyError):
        main("fails", Context(millis))
    assert [round(timeout, 1) for timeout in handler.timeouts] == [seconds, seconds]


def test_a_flush_that_fails_does_not_change_the_answer():
    @logbraid.lambda_handler(Flushed(RuntimeError("no")))
    def main(event, context):
        return "answer"

    assert main(None, Context()) == "answer"


def test_without_handlers_all_are_flushed_that_take_a_timeout():
    of_root, of_other = Flushed(), Flushed()
    plain = logging.StreamHandler()
    placed = [(logging.getLogger(), of_root), (logging.getLogger(), plain), (logging.getLogger("a.b"), of_other)]
    for logger, handler in placed:
        logger.addHandler(handler)

    @logbraid.lambda_handler()
    def main(event, context):
        return "answer"

    assert main(None, Context()) == "answer"
    for logger, handler in placed:
        logger.removeHandler(handler)
    assert (len(of_root.timeouts), len(of_other.timeouts)) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "is_kept"), [({"statusCode": 502}, True), ({"statusCode": 200}, False), (None, False)]
)
def test_a_failed_answer_keeps_what_is_held(answer, is_kept):
    seen = []

    @logbraid.lambda_handler
    def main(event, context):
        seen.append(current())
        return answer

    main({}, Context())
    assert seen[0].kept is is_kept


def test_the_records_of_a_message_say_which_invocation_it_was():
    expected = {"function_name": "ship", "aws_request_id": Context.aws_request_id, "sqs_message": "m"}

    @logbraid.lambda_handler
    def fields(event, context):
        return [record.transaction._begin().fields for record in logbraid.sqs_records(event)]

    assert fields(sqs(UID, {}), Context()) == [expected, expected]


def test_each_message_of_a_batch_is_a_transaction():
    @logbraid.lambda_handler
    def main(event, context):
        uids = []
        for record in logbraid.sqs_records(event):
            with record.transaction as t:
                uids.append((record.message_id, record.body, t.uid, t.fields["sqs_message"]))
        return uids

    first, second, third, fourth = main(sqs(UID, {"traceparent": {"stringValue": PARENT}}, {}, {}), Context())
    assert first == ("m", "x", "order-42", "m")
    assert second[2] == TRACE
    # Those that bring none have one each.
    assert len({third[2], fourth[2], Context.aws_request_id}) == 3
    # The only message is what the invocation is for.
    assert main(sqs({}), Context())[0][2] == Context.aws_request_id
    assert list(logbraid.sqs_records({})) == []
