"""SQS and SNS: what a server sees of a message, through the real client."""

from __future__ import annotations

import json
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest

import logbraid
import logbraid.boto3

QUEUE = "https://queue"
LIMIT = 262_144
TOPIC = "arn:aws:sns:eu-west-1:123456789012:topic"


class Aws(BaseHTTPRequestHandler):
    """Keeps what is sent, and answers what botocore needs."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "x-amz-target" in self.headers:
            self.server.seen.append(json.loads(body))
            answer = json.dumps({"Successful": [], "Failed": [], "MessageId": "m"}).encode()
        else:
            form = dict(urllib.parse.parse_qsl(body.decode()))
            self.server.seen.append(form)
            answer = "<R><{0}Result><MessageId>m</MessageId></{0}Result></R>".format(form["Action"]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def aws():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Aws)
    server.seen = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def client(aws):
    """Return a function that makes a client of a session with the kit, and a function for what the server saw."""
    session = boto3.Session("a", "b", region_name="eu-west-1")
    logbraid.boto3.install(session)
    logbraid.boto3.install(session)
    aws.seen.clear()
    made = []

    def make(service):
        made.append(session.client(service, endpoint_url=f"http://127.0.0.1:{aws.server_port}"))
        return made[-1]

    yield make
    for one in made:
        one.close()


def attributes(count):
    return {f"a{number}": {"DataType": "String", "StringValue": "x"} for number in range(count)}


def test_a_message_to_sqs_gets_one_attribute(client, aws):
    given = attributes(1)
    with logbraid.transaction() as t:
        client("sqs").send_message(QueueUrl=QUEUE, MessageBody="x", MessageAttributes=given)
    (seen,) = aws.seen
    assert seen["MessageAttributes"]["traceparent"]["StringValue"].split("-")[1] == t.uid
    assert len(seen["MessageAttributes"]) == 2
    assert given == attributes(1), "the app's own object does not change"


@pytest.mark.parametrize(
    ("message", "is_added"),
    [
        ({"MessageBody": "x"}, True),
        ({"MessageBody": "x", "MessageAttributes": attributes(9)}, True),
        ({"MessageBody": "x", "MessageAttributes": attributes(10)}, False),
        ({"MessageBody": "x" * (LIMIT - 20)}, False),
        ({"MessageBody": "ü" * (LIMIT // 2)}, False),
        ({"MessageBody": "x" * (LIMIT - 100)}, True),
        ({"MessageBody": "x" * (LIMIT + 1)}, True),
        ({"MessageBody": "x" * (4 * LIMIT - 20)}, False),
        (
            {"MessageBody": "x", "MessageAttributes": {"X-Log-UID": {"DataType": "String", "StringValue": "mine"}}},
            False,
        ),
    ],
)
def test_only_where_there_is_room(client, aws, message, is_added):
    with logbraid.transaction():
        client("sqs").send_message(QueueUrl=QUEUE, **message)
    assert ("traceparent" in aws.seen[0].get("MessageAttributes", {})) is is_added


def test_outside_of_transactions_messages_stay(client, aws):
    client("sqs").send_message(QueueUrl=QUEUE, MessageBody="x")
    client("sqs").send_message_batch(QueueUrl=QUEUE, Entries=[{"Id": "1", "MessageBody": "x"}])
    assert "MessageAttributes" not in aws.seen[0]
    assert "MessageAttributes" not in aws.seen[1]["Entries"][0]


def test_a_batch_to_sqs_as_long_as_all_have_room(client, aws):
    sizes = [100, LIMIT - 300, 10]
    entries = [{"Id": str(size), "MessageBody": "x" * size} for size in sizes]
    with logbraid.transaction(uid="order-42"):
        client("sqs").send_message_batch(QueueUrl=QUEUE, Entries=entries)
    (seen,) = aws.seen
    added = [
        message.get("MessageAttributes", {}).get("X-Log-Uid", {}).get("StringValue") for message in seen["Entries"]
    ]
    assert added == ["order-42"] * 3
    assert all("MessageAttributes" not in entry for entry in entries)


def test_a_batch_stops_where_the_room_ends(client, aws):
    sizes = [100, LIMIT - 200, 10]
    with logbraid.transaction() as t:
        client("sqs").send_message_batch(
            QueueUrl=QUEUE, Entries=[{"Id": str(size), "MessageBody": "x" * size} for size in sizes]
        )
    added = ["MessageAttributes" in message for message in aws.seen[0]["Entries"]]
    assert added == [True, False, False]
    assert t.uid


def test_sns(client, aws):
    sns = client("sns")
    with logbraid.task("order") as t:
        sns.publish(TopicArn=TOPIC, Message="x")
        sns.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=[{"Id": "1", "Message": "x"}])
    single, batch = aws.seen
    assert single["MessageAttributes.entry.1.Name"] == "X-Log-Uid"
    assert single["MessageAttributes.entry.1.Value.StringValue"] == f"{t.uid};1/1"
    key = "PublishBatchRequestEntries.member.1.MessageAttributes.entry.1.Value.StringValue"
    assert batch[key] == f"{t.uid};1/2"


@pytest.mark.parametrize("of", ["client", "session"])
def test_a_client_and_a_botocore_session_can_be_given(aws, of):
    session = boto3.Session("a", "b", region_name="eu-west-1")
    if of == "session":
        logbraid.boto3.install(session._session)
    sqs = session.client("sqs", endpoint_url=f"http://127.0.0.1:{aws.server_port}")
    if of == "client":
        logbraid.boto3.install(sqs)
    aws.seen.clear()
    with logbraid.transaction():
        sqs.send_message(QueueUrl=QUEUE, MessageBody="x")
    sqs.close()
    assert "traceparent" in aws.seen[0]["MessageAttributes"]


@pytest.mark.parametrize("given", [(), (boto3,)])
def test_boto3s_default_session(aws, monkeypatch, given):
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    logbraid.boto3.install(*given)
    aws.seen.clear()
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "eu-west-1"}
    sqs = boto3.client("sqs", endpoint_url=f"http://127.0.0.1:{aws.server_port}", **keys)
    with logbraid.transaction():
        sqs.send_message(QueueUrl=QUEUE, MessageBody="x")
    sqs.close()
    assert "traceparent" in aws.seen[0]["MessageAttributes"]


def test_what_is_no_session_is_refused():
    with pytest.raises(TypeError, match="is no session and no client of boto3"):
        logbraid.boto3.install(7)


class Message:
    """A message as boto3's resources have it."""

    def __init__(self, attributes):
        self.message_attributes = attributes


@pytest.mark.parametrize("shape", [lambda given: {"MessageAttributes": given}, Message])
@pytest.mark.parametrize(
    ("uid", "attributes"),
    [("r", {"X-Log-Uid": {"StringValue": "r"}}), (None, None), (None, {}), (None, 7), (None, {"X-Log-Uid": 7})],
)
def test_received(shape, uid, attributes):
    with logbraid.boto3.received(shape(attributes), "ship", shelf=7) as t:
        assert (t.uid == uid) is (uid is not None)
        assert t.fields == {"transaction": "ship", "shelf": 7}
