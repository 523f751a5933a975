"""A Kinesis of the tests' own: it counts what it takes, and fails as it is told."""

from __future__ import annotations

import base64
import json
import threading
import time
import zlib
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Callable

#: Longer than anything takes that happens at all.
LONG = 60.0
#: What a plan may answer, beside a function of the request's number.
Answer = Callable[["Kinesis", "Request", int], None]


class Request(BaseHTTPRequestHandler):
    """A request, with its entries decoded."""

    protocol_version = "HTTP/1.1"
    kinesis: Kinesis

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.entries = json.loads(body)["Records"]
        kinesis = self.server.kinesis
        with kinesis.changed:
            kinesis.requests += 1
            number = kinesis.requests
            kinesis.authorizations.append(self.headers["authorization"])
            kinesis.connections.add(self.connection)
            kinesis.changed.notify_all()
        kinesis.answer(kinesis, self, number)

    def reply(self, status: int, body: Any) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status: int, code: str) -> None:
        self.reply(status, {"__type": code, "message": "as planned"})

    def log_message(self, *_: Any) -> None:
        """Write nothing."""


class Kinesis:
    """A server on this machine. `answer` is called for each request, with its number from 1."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer or take
        self.changed = threading.Condition()
        self.records: list[dict[str, Any]] = []
        self.requests = 0
        self.authorizations: list[str] = []
        self.connections: set[Any] = set()
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None
        self._server.kinesis = self
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Kinesis:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def store(self, entries: list[dict[str, Any]]) -> None:
        lines = [line for entry in entries for line in unpack(base64.b64decode(entry["Data"])).splitlines()]
        with self.changed:
            self.records.extend(json.loads(line) for line in lines)
            self.changed.notify_all()

    def cut(self) -> None:
        """Close every connection."""
        with self.changed:
            connections, self.connections = self.connections, set()
        for connection in connections:
            try:
                connection.shutdown(2)
            except OSError:  # noqa: PERF203 - each may be closed already
                continue

    def wait(self, condition: Callable[[], Any]) -> None:
        """Wait until something is so."""
        with self.changed:
            assert self.changed.wait_for(condition, LONG), (self.requests, len(self.records))

    def once(self) -> list[str]:
        """Return the messages of the application, as a reader sees them that knows records by their id."""
        by_id = {record["record_id"]: record["message"] for record in self.records if "dropped" not in record}
        return list(by_id.values())

    def expect(self, messages: list[str]) -> None:
        """Wait for exactly these messages, each once."""
        self.wait(lambda: len(self.once()) >= len(messages))
        assert Counter(self.once()) == Counter(messages)

    def dropped(self) -> int:
        """Return how many dropped records were told."""
        return sum(record["dropped"]["records"] for record in self.records if "dropped" in record)


def unpack(data: bytes) -> bytes:
    """Decompress the data of a Kinesis record."""
    import zstandard

    if data[:4] == b"\x28\xb5\x2f\xfd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(data)
    return zlib.decompress(data)


def take(kinesis: Kinesis, request: Request, _: int) -> None:
    """Take everything."""
    kinesis.store(request.entries)
    ok = {"SequenceNumber": "1", "ShardId": "shardId-000000000000"}
    request.reply(200, {"FailedRecordCount": 0, "Records": [ok] * len(request.entries)})


def throttle_half(kinesis: Kinesis, request: Request, _: int) -> None:
    """Refuse every second entry, and the only one every second time."""
    kept, results = [], []
    for place, entry in enumerate(request.entries):
        if (place + kinesis.requests) % 2:
            kept.append(entry)
            results.append({"SequenceNumber": "1", "ShardId": "s"})
        else:
            code = "ProvisionedThroughputExceededException"
            results.append({"ErrorCode": code, "ErrorMessage": "Rate exceeded for shard"})
    kinesis.store(kept)
    request.reply(200, {"FailedRecordCount": len(request.entries) - len(kept), "Records": results})


def after(requests: int, first: Answer) -> Answer:
    """Answer the first requests in another way."""

    def answer(kinesis: Kinesis, request: Request, number: int) -> None:
        (first if number <= requests else take)(kinesis, request, number)

    return answer


def refusing(status: int, code: str) -> Answer:
    """Refuse."""
    return lambda _kinesis, request, _number: request.refuse(status, code)


def cut(_kinesis: Kinesis, request: Request, _: int) -> None:
    """Close the connection instead of answering."""
    request.close_connection = True
    request.connection.shutdown(2)


def take_and_cut(kinesis: Kinesis, request: Request, _: int) -> None:
    """Take everything, but close the connection instead of saying so."""
    kinesis.store(request.entries)
    request.close_connection = True
    request.connection.shutdown(2)


def hang(kinesis: Kinesis, request: Request, number: int) -> None:
    """Say nothing until the test says so; then close the connection."""
    kinesis.released.wait(LONG)
    cut(kinesis, request, number)


def until(condition: Callable[[], Any]) -> None:
    """Wait until something is so."""
    give_up = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < give_up, "it never happened"
        time.sleep(0.005)
