"""HTTP clients: what a server sees of the transaction."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import aiohttp
import aiohttp.web
import httpx
import pytest
import requests
import urllib3

import logbraid
import logbraid.aiohttp
import logbraid.httpx
import logbraid.requests
from logbraid._transaction import current


class Echo(BaseHTTPRequestHandler):
    """Answers with the headers of the request, and with a redirect from /redirect."""

    def do_GET(self) -> None:
        body = json.dumps({name.lower(): value for name, value in self.headers.items()}).encode()
        self.send_response(302 if self.path == "/redirect" else 200)
        if self.path == "/redirect":
            self.send_header("Location", "/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def with_requests(url, headers):
    with requests.Session() as session:
        logbraid.requests.install(session)
        send = session.send
        logbraid.requests.install(session)
        assert session.send is send
        return session.get(url, headers=headers).json()


def with_all_of_requests(url, headers):
    send = requests.Session.send
    logbraid.requests.install()
    once = requests.Session.send
    logbraid.requests.install()
    try:
        assert requests.Session.send is once is not send
        return requests.get(url, headers=headers, timeout=10).json()
    finally:
        requests.Session.send = send


def with_httpx(url, headers):
    with httpx.Client(event_hooks=logbraid.httpx.hooks(), follow_redirects=True) as client:
        return client.get(url, headers=headers).json()


async def with_async_httpx(url, headers):
    async with httpx.AsyncClient(event_hooks=logbraid.httpx.hooks(), follow_redirects=True) as client:
        return (await client.get(url, headers=headers)).json()


async def with_aiohttp(url, headers):
    config = logbraid.aiohttp.trace()
    async with aiohttp.ClientSession(trace_configs=[config]) as client, client.get(url, headers=headers) as answer:
        return await answer.json(content_type=None)


def with_urllib3(url, headers):
    with urllib3.PoolManager() as pool:
        given = {**logbraid.headers(), **headers}
        return json.loads(pool.request("GET", url, headers=given).data)


CLIENTS = [with_requests, with_all_of_requests, with_httpx, with_async_httpx, with_aiohttp, with_urllib3]


async def ask(client, url, headers=None):
    answer = client(url, headers or {})
    return answer if isinstance(answer, dict) else await answer


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("path", ["/", "/redirect"])
async def test_the_server_sees_the_transaction(url, client, path):
    with logbraid.transaction() as t:
        seen = await ask(client, url + path)
        assert seen["traceparent"].split("-")[1] == t.uid
        assert "x-log-uid" not in seen
    with logbraid.transaction(uid="order-42"):
        assert (await ask(client, url + path))["x-log-uid"] == "order-42"


@pytest.mark.parametrize("client", CLIENTS)
async def test_outside_of_transactions_nothing_is_added(url, client):
    assert not {"traceparent", "x-log-uid", "baggage"} & set(await ask(client, url))


@pytest.mark.parametrize("client", CLIENTS)
async def test_headers_that_are_there_stay(url, client):
    with logbraid.transaction():
        assert (await ask(client, url, {"traceparent": "mine"}))["traceparent"] == "mine"


async def test_aiohttps_server():
    app = aiohttp.web.Application(middlewares=[logbraid.aiohttp.middleware])

    async def index(request):
        if "fail" in request.query:
            raise aiohttp.web.HTTPBadGateway
        return aiohttp.web.Response(text=current().uid)

    app.router.add_get("/", index)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    async with aiohttp.ClientSession(trace_configs=[logbraid.aiohttp.trace()]) as client:
        with logbraid.transaction(uid="order-42"):
            async with client.get(url) as answer:
                assert (await answer.text(), answer.headers["X-Log-Uid"]) == ("order-42", "order-42")
            async with client.get(url + "?fail") as answer:
                assert answer.status == 502
    await runner.cleanup()
