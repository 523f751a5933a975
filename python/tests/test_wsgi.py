"""WSGI: the middleware by itself, in the standard library's server, and below Flask."""

from __future__ import annotations

import io
import logging
import threading
import urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.util import FileWrapper
from wsgiref.validate import validator

import flask
import pytest

import logbraid
import logbraid.flask
from logbraid._transaction import current

log = logging.getLogger("shop")


def call(app, environ=None):
    """Call a WSGI app, and return status, headers and body."""
    started = []
    body = app({} if environ is None else environ, lambda *args: started.append(args))
    return started, body


class Steps:
    """A body that is made while it is sent."""

    def __init__(self, fail: bool = False) -> None:
        self.uids = []
        self._fail = fail

    def __iter__(self):
        self.uids.append(current().uid)
        yield b"a"
        if self._fail:
            raise KeyError
        self.uids.append(current().uid)
        yield b"b"

    def close(self) -> None:
        self.uids.append(current().uid)


def test_the_transaction_ends_when_the_body_is_closed():
    steps = Steps()
    seen = []

    def app(environ, start_response):
        seen.append(current())
        seen[0].held = held = Held()
        seen.append(held)
        start_response("200 OK", [])
        return steps

    started, body = call(logbraid.WSGI(app, team="web"), {"HTTP_X_REQUEST_ID": "r"})
    assert current() is None
    assert next(iter(body)) == b"a"
    assert current() is None
    assert list(body) == [b"b"]
    assert seen[1].calls == []
    body.close()
    body.close()
    assert steps.uids == ["r", "r", "r"]
    assert seen[0].fields == {"team": "web"}
    assert seen[1].calls == ["drop"]
    assert started == [("200 OK", [("X-Log-Uid", "r")])]


class Held:
    def __init__(self) -> None:
        self.calls = []

    def release(self) -> None:
        self.calls.append("release")

    def drop(self) -> None:
        self.calls.append("drop")


@pytest.mark.parametrize("where", ["call", "body", "status"])
def test_a_failure_keeps_what_is_held(where):
    held = Held()

    def app(environ, start_response):
        current().held = held
        if where == "call":
            raise KeyError
        start_response("500 Oh" if where == "status" else "200 OK", [])
        return Steps(fail=where == "body")

    wrapped = logbraid.WSGI(app)
    if where == "call":
        with pytest.raises(KeyError):
            call(wrapped)
    else:
        _, body = call(wrapped)
        try:
            list(body)
        except KeyError:
            assert where == "body"
        body.close()
    assert held.calls == ["release"]
    assert current() is None


@pytest.mark.parametrize("body", [[b"x"], (b"x",), FileWrapper(io.BytesIO(b"x"))])
def test_bodies_that_servers_treat_in_a_special_way_pass(body):
    def app(environ, start_response):
        start_response("200 OK", [])
        return body

    assert call(logbraid.WSGI(app), {"wsgi.file_wrapper": FileWrapper})[1] is body


def test_two_middlewares_make_one_transaction():
    seen = []

    def app(environ, start_response):
        seen.append(current().uid)
        start_response("200 OK", [])
        return [b""]

    started, _ = call(logbraid.WSGI(logbraid.WSGI(app)))
    assert started == [("200 OK", [("X-Log-Uid", seen[0])])]


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


def test_in_the_standard_librarys_server():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (part.encode() for part in (current().uid, " ", current().uid))

    with make_server("127.0.0.1", 0, validator(logbraid.WSGI(validator(app))), handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        request = urllib.request.Request(f"http://127.0.0.1:{server.server_port}/", headers={"X-Request-ID": "r"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert (answer.read(), answer.headers["X-Log-Uid"]) == (b"r r", "r")
        server.shutdown()
        thread.join()


def test_flask(collect):
    app = flask.Flask("shop")
    logbraid.flask.install(app, team="web")

    @app.get("/")
    def index():
        log.info("index")
        return current().uid

    @app.get("/stream")
    def stream():
        def steps():
            for number in range(2):
                log.info("step %d", number)
                yield "x"

        return flask.Response(flask.stream_with_context(steps()))

    @app.get("/fails")
    def fails():
        raise KeyError("sku")

    client = app.test_client()
    answer = client.get("/", headers={"X-Request-ID": "r"})
    assert (answer.text, answer.headers["X-Log-Uid"]) == ("r", "r")
    assert client.get("/stream", headers={"X-Request-ID": "s"}).text == "xx"
    answer = client.get("/fails", headers={"X-Request-ID": "f"})
    assert (answer.status_code, answer.headers["X-Log-Uid"]) == (500, "f")
    uids = {record["message"]: record["log_uid"] for record in collect.records}
    assert (uids["index"], uids["step 0"], uids["step 1"]) == ("r", "s", "s")
    assert uids["Exception on /fails [GET]"] == "f", "Flask's own record of the error too"
    assert current() is None
