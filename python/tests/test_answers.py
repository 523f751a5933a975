"""Every answer of a server has the uid, and what a server says of a failure belongs to the transaction."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import httpx
import pytest
from aiohttp import web
from fastapi import FastAPI

import logbraid
import logbraid.aiohttp
import logbraid.fastapi
from logbraid._transaction import current

log = logging.getLogger("shop")


async def ok(_):
    return web.Response(text=current().uid)


async def redirect(_):
    log.debug("held of a redirect")
    raise web.HTTPFound("/ok")


async def missing(_):
    log.debug("held of a 404")
    raise web.HTTPNotFound


async def bad_gateway(_):
    log.debug("held of a 502")
    raise web.HTTPBadGateway


async def boom(_):
    log.debug("held of an exception")
    raise KeyError("sku")


async def stream(request):
    answer = web.StreamResponse()
    await answer.prepare(request)
    await answer.write_eof()
    return answer


async def socket(request):
    answer = web.WebSocketResponse()
    await answer.prepare(request)
    await answer.close()
    return answer


async def nothing(_):
    return None


@pytest.fixture
async def shop(kinesis, new_handler):
    """A server with a handler that holds DEBUG back, and a client that returns an answer's status and uid."""
    handler, _ = new_handler(hold_below="INFO")
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    logging.getLogger("aiohttp.server").addHandler(handler)
    app = web.Application()
    logbraid.aiohttp.install(app)
    logbraid.aiohttp.install(app)
    for view in (ok, redirect, missing, bad_gateway, boom, stream, socket, nothing):
        app.router.add_get(f"/{view.__name__}", view)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/"

    async def get(path):
        headers = {"X-Log-Uid": f"of-{path}"}
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
        if path == "socket":
            headers |= {**upgrade, "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="}
        asked = {"headers": headers, "allow_redirects": False}
        async with aiohttp.ClientSession() as client, client.get(url + path, **asked) as answer:
            return answer.status, answer.headers.get("X-Log-Uid")

    yield get, handler
    await runner.cleanup()
    log.removeHandler(handler)
    log.setLevel(logging.NOTSET)
    logging.getLogger("aiohttp.server").removeHandler(handler)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("ok", 200),
        ("redirect", 302),
        ("missing", 404),
        ("bad_gateway", 502),
        ("boom", 500),
        ("stream", 200),
        ("socket", 101),
        ("unknown", 404),
        ("nothing", 500),
    ],
)
async def test_every_answer_of_aiohttp_has_the_uid(shop, path, status):
    get, _ = shop
    assert await get(path) == (status, f"of-{path}")
    assert current() is None


async def test_an_answer_that_is_raised_in_aiohttp_is_no_failure(kinesis, shop):
    get, handler = shop
    for path in ("redirect", "missing", "unknown", "bad_gateway", "boom"):
        await get(path)
    await asyncio.to_thread(handler.flush, 30.0) if hasattr(asyncio, "to_thread") else handler.flush(30.0)
    found = {record["message"]: record["log_uid"] for record in kinesis.records}
    held = {message: uid for message, uid in found.items() if message.startswith("held")}
    assert held == {"held of a 502": "of-bad_gateway", "held of an exception": "of-boom"}
    # aiohttp's own record of the failure, which it writes outside of the middleware.
    assert [uid for message, uid in found.items() if message.startswith("Error handling request")] == ["of-boom"]


@pytest.mark.parametrize("is_late", [False, True])
async def test_every_answer_of_fastapi_has_the_uid(is_late):
    app = FastAPI()

    @app.get("/ok")
    async def ok():
        return {**current().fields, "uid": current().uid}

    @app.get("/boom")
    async def boom():
        raise KeyError("sku")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        if is_late:
            # Nothing is in a transaction yet.
            assert (await client.get("/ok")).status_code == 500
        logbraid.fastapi.install(app, team="web")
        for path, status in (("/ok", 200), ("/boom", 500), ("/unknown", 404)):
            answer = await client.get(path, headers={"X-Log-Uid": "order-42"})
            assert (answer.status_code, answer.headers.get("x-log-uid")) == (status, "order-42")
        assert (await client.get("/ok", headers={"X-Log-Uid": "u"})).json() == {"team": "web", "uid": "u"}


def test_a_record_of_an_exception_that_has_left_is_of_its_transaction(kinesis, new_handler):
    """As of servers, which write it outside of all middleware."""
    handler, log = new_handler()

    def leave(uid):
        with logbraid.transaction(uid=uid), logbraid.transaction("inner"):
            raise KeyError("sku")

    try:
        leave("order-42")
    except KeyError:
        log.exception("outside")
        with logbraid.transaction(uid="another"):
            log.exception("in another")
        log.error("own", exc_info=True, extra={"log_uid": "mine"})
    log.warning("without")
    assert handler.flush(30.0)
    assert {record["message"]: record.get("log_uid") for record in kinesis.records} == {
        "outside": "order-42",
        "in another": "another",
        "own": "mine",
        "without": None,
    }


def test_stamped_records_of_an_exception_that_has_left(collect):
    logbraid.stamp()
    try:
        with logbraid.transaction(uid="order-42"):
            raise KeyError("sku")
    except KeyError:
        log.exception("outside")
    log.warning("without")
    assert collect.uids() == {"outside": "order-42", "without": "-"}


def test_wsgi_servers_write_of_a_failure_outside(collect):
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/at-once":
            raise KeyError("sku")
        return (1 / zero for zero in [0])

    logbraid.stamp()
    wrapped = logbraid.WSGI(app)
    for path in ("/at-once", "/in-the-body"):
        with pytest.raises((KeyError, ZeroDivisionError)) as caught:
            list(wrapped({"PATH_INFO": path, "HTTP_X_LOG_UID": path[1:]}, None))
        log.error(path, exc_info=caught.value)
    assert collect.uids() == {"/at-once": "at-once", "/in-the-body": "in-the-body"}
