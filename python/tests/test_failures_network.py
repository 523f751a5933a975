"""What happens when Kinesis is missing, refuses, throttles, or says nothing."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from kinesis import after, cut, hang, refusing, take, take_and_cut, throttle_half, until

MESSAGES = [f"record {n}" for n in range(200)]


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        (after(4, refusing(400, "ResourceNotFoundException")), "ResourceNotFoundException: as planned"),
        (after(6, refusing(503, "ServiceUnavailable")), "status 503"),
        (after(3, refusing(400, "ProvisionedThroughputExceededException")), "ProvisionedThroughputExceeded"),
        (after(3, refusing(400, "ValidationException")), "ValidationException"),
        (after(3, cut), "does not answer"),
        (after(3, take_and_cut), "does not answer"),
    ],
)
def test_all_arrive_once(kinesis, new_handler, plan, error, capfd):
    kinesis.answer = plan
    handler, log = new_handler(linger=0.05)
    for message in MESSAGES:
        log.warning(message)
    kinesis.expect(MESSAGES)
    assert handler.flush()
    assert error in handler.last_error
    stats = handler.stats()
    assert (stats["sent"], stats["dropped"], stats["waiting"], stats["waiting_bytes"]) == (200, 0, 0, 0)
    # One line a minute. What handlers of other tests left may tell of their own Kinesis.
    own = ("as planned", kinesis.url.removeprefix("http://"))
    said = [line for line in capfd.readouterr().err.splitlines() if any(part in line for part in own)]
    assert len(said) == 1


def test_of_a_throttled_request_only_the_failed_part_is_sent_again(kinesis, new_handler):
    kinesis.answer = throttle_half
    handler, log = new_handler(linger=0.001)
    messages = [f"record {n}" for n in range(5_000)]
    for message in messages:
        log.warning(message)
        if message.endswith("00"):
            handler.flush(0.0)
    kinesis.expect(messages)
    until(lambda: handler.stats()["waiting"] == 0)
    assert len(kinesis.records) == 5_000
    assert handler.stats()["sent"] == 5_000
    assert handler.stats()["throttled"] > 0


def test_without_credentials_records_wait_for_them(kinesis, program):
    """A container's credentials come late: nothing is raised, not even at construction."""
    asked = []

    class Container(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            is_ready = len(asked) > 3
            keys = {"AccessKeyId": "AKIA", "SecretAccessKey": "s", "Token": "t"}
            body = json.dumps(keys if is_ready else {}).encode()
            self.send_response(200 if is_ready else 500)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Container)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    process = program(
        """
        log.info("hello")
        sys.stdin.readline()
        print(h.last_error)
        """,
        options="credentials=None",
        AWS_CONTAINER_CREDENTIALS_FULL_URI=f"http://127.0.0.1:{server.server_port}/keys",
        AWS_CONTAINER_AUTHORIZATION_TOKEN="secret",
        HOME="/nonexistent",
    )
    kinesis.expect(["hello"])
    output, errors = process.communicate("\n")
    server.shutdown()
    server.server_close()
    assert "refused with status 500" in output
    assert errors.count("logbraid:") == 1
    assert "Credential=AKIA/" in kinesis.authorizations[0]


def test_without_any_credentials_or_region_nothing_is_raised(run):
    quiet = {"HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}
    status, errors = run("log.info('x')", "credentials=None, shutdown_timeout=0.2", **quiet)
    assert status == 0
    assert "there are no credentials" in errors
    status, errors = run("log.info('x')", "endpoint_url=None, shutdown_timeout=0.2", **quiet)
    assert status == 0
    assert "there is no region: set AWS_REGION" in errors


def test_a_silent_endpoint_stops_nobody(kinesis, run):
    """The endpoint says nothing as long as the program lives: it ends only if nothing waits for the endpoint."""
    kinesis.answer = hang
    status, errors = run(
        """
        for n in range(20_000):
            log.info("record %d", n)
        """,
        "shutdown_timeout=0.5, linger=0.01",
    )
    assert status == 0
    lines = [line for line in errors.splitlines() if "were not sent" in line]
    assert lines == ["logbraid: 20000 log records were not sent: Kinesis did not answer within 0.5 s"]


def messages_of(parts: list[bytes]) -> list[str]:
    """Return the messages of lines, without those that tell what was dropped."""
    records = [json.loads(line) for lines in parts for line in lines.splitlines()]
    return [record["message"] for record in records if "dropped" not in record]


def test_a_full_buffer_drops_as_told_and_tells(kinesis, new_handler):
    kinesis.answer = hang
    out = []
    handler, log = new_handler(max_buffer_mb=0.1, on_overflow=out.append)
    for n in range(2_000):
        log.warning("record %d", n)
    dropped = handler.stats()["dropped"]
    assert len(out) == dropped > 0
    assert handler.stats()["taken"] == 2_000 - dropped
    kinesis.answer = take
    kinesis.released.set()
    until(lambda: kinesis.dropped() == dropped and handler.stats()["waiting"] == 0)
    assert sorted(messages_of(out) + kinesis.once()) == sorted(f"record {n}" for n in range(2_000))
    told = [record for record in kinesis.records if "dropped" in record]
    assert sum(record["dropped"]["buffer_full"] for record in told) == dropped
    assert {record["levelname"] for record in told} == {"WARNING"}
    assert all(record["message"].endswith(": the buffer was full") and record["dropped"]["since"] for record in told)


def test_the_oldest_can_be_dropped_instead_and_handed_out(kinesis, new_handler):
    kinesis.answer = hang
    out = []
    handler, log = new_handler(max_buffer_mb=0.01, when_full="drop_oldest", on_overflow=out.append, linger=0.001)
    for n in range(2_000):
        log.warning("record %d", n)
        if n % 20 == 0:
            handler.flush(0.0)
    dropped = handler.stats()["dropped"]
    assert len(messages_of(out)) == dropped > 0
    kinesis.answer = take
    kinesis.released.set()
    until(lambda: handler.stats()["waiting"] == 0)
    assert sorted(messages_of(out) + kinesis.once()) == sorted(f"record {n}" for n in range(2_000))


def test_block_waits_for_room(kinesis, new_handler):
    handler, log = new_handler(max_buffer_mb=0.01, when_full="block", block_seconds=60.0, linger=0.001)
    for n in range(1_000):
        log.warning("record %d", n)
    kinesis.expect([f"record {n}" for n in range(1_000)])
    assert handler.stats()["dropped"] == 0


def test_an_overflow_callback_that_fails_harms_nobody(kinesis, new_handler, monkeypatch):
    kinesis.answer = hang
    failures = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: failures.append(str(unraisable.exc_value)))

    def fail(_):
        raise RuntimeError("in the callback")

    _, log = new_handler(max_buffer_mb=0.01, on_overflow=fail)
    for n in range(200):
        log.warning("record %d", n)
    # One a minute.
    assert failures == ["in the callback"]


def test_a_spool_holds_what_the_buffer_cannot(kinesis, new_handler, tmp_path):
    kinesis.answer = hang
    handler, log = new_handler(max_buffer_mb=0.05, spool=tmp_path, linger=0.001)
    for n in range(3_000):
        log.warning("record %d", n)
        if n % 50 == 0:
            handler.flush(0.0)
            until(lambda: handler.stats()["waiting_bytes"] < 60_000)
    assert handler.stats()["dropped"] == 0
    assert handler.stats()["spool_bytes"] > 0
    kinesis.answer = take
    kinesis.released.set()
    kinesis.expect([f"record {n}" for n in range(3_000)])
    handler.close()
    until(lambda: not list((tmp_path / "logs").iterdir()))
