"""JSON over HTTP with the standard library: a server, and a client that passes the transaction on."""

import json
import sys
import threading
import urllib.request
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from typing import Any, Callable
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import logbraid

TIMEOUT_SECONDS = 10


class _Server(ThreadingMixIn, WSGIServer):
    """Answers each request in a thread of its own."""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Write nothing: the services say themselves what they do."""


def serve(answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer requests until the standard input ends. The first line of output is the service's address."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        body = json.dumps(answer(request)).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    with make_server("127.0.0.1", 0, logbraid.WSGI(app), _Server, _Quiet) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdin.read()
        server.shutdown()


def post(url: str, request: dict[str, Any]) -> dict[str, Any]:
    """Ask another service, in the same transaction."""
    headers = {"Content-Type": "application/json"} | logbraid.headers()
    message = urllib.request.Request(url, json.dumps(request).encode(), headers)
    with urllib.request.urlopen(message, timeout=TIMEOUT_SECONDS) as answer:
        return {**json.load(answer), "log_uid": answer.headers["X-Log-Uid"]}
