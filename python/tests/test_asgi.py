"""ASGI: the middleware by itself, and below FastAPI's own server stack."""

from __future__ import annotations

import asyncio
import logging

import httpx
import pytest
from fastapi import BackgroundTasks, FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient

import logbraid
from logbraid._transaction import current

log = logging.getLogger("shop")


async def call(app, *, headers=(), kind="http"):
    """Call an ASGI app, and return what it sends."""
    sent = []

    async def send(message):
        sent.append(message)

    await app({"type": kind, "headers": list(headers)}, None, send)
    return sent


async def hello(scope, receive, send):
    log.info("hello")
    await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"1")]})
    await send({"type": "http.response.body", "body": b"x"})


@pytest.mark.parametrize(
    ("header", "uid"),
    [
        ((b"x-request-id", b"r"), "r"),
        ((b"x-log-uid", b"order-42"), "order-42"),
        ((b"x-log-uid", b"\xff"), None),
        ((b"other", b"r"), None),
    ],
)
async def test_the_uid_comes_from_the_request_and_goes_with_the_answer(collect, header, uid):
    start, _ = await call(logbraid.ASGI(hello, team="web"), headers=[header])
    (record,) = collect.records
    assert start["headers"] == [(b"a", b"1"), (b"x-log-uid", record["log_uid"].encode())]
    assert (record["log_uid"] == uid) is (uid is not None)
    assert record["team"] == "web"


async def test_other_scopes_pass():
    async def app(scope, receive, send):
        assert current() is None
        await send({"type": "lifespan.startup.complete"})

    assert await call(logbraid.ASGI(app), kind="lifespan") == [{"type": "lifespan.startup.complete"}]


@pytest.mark.parametrize(("status", "is_kept"), [(200, False), (404, False), (500, True), (503, True)])
async def test_a_failed_answer_keeps_what_is_held(status, is_kept):
    seen = []

    async def app(scope, receive, send):
        seen.append(current())
        await send({"type": "http.response.start", "status": status})

    await call(logbraid.ASGI(app))
    assert seen[0].kept is is_kept


async def test_the_apps_own_header_stays():
    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Log-Uid", b"mine")]})

    assert (await call(logbraid.ASGI(app)))[0]["headers"] == [(b"X-Log-Uid", b"mine")]


def make_app():
    app = FastAPI()
    app.add_middleware(logbraid.ASGI)

    @app.get("/async")
    async def in_a_task(background: BackgroundTasks):
        log.info("async")
        background.add_task(log.info, "background")
        return {"uid": current().uid}

    @app.get("/sync")
    def in_a_thread():
        log.info("sync")
        return {"uid": current().uid}

    @app.get("/stream")
    async def stream():
        async def steps():
            for number in range(2):
                log.info("step %d", number)
                await asyncio.sleep(0)
                yield b"x"

        return StreamingResponse(steps())

    @app.get("/fails")
    async def fails():
        raise KeyError("sku")

    @app.websocket("/ws")
    async def websocket(socket: WebSocket):
        await socket.accept()
        await socket.send_text(current().uid)
        await socket.close()

    return app


async def test_fastapi_requests_at_a_time_never_mix(collect):
    transport = httpx.ASGITransport(make_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        uids = [f"r{number}" for number in range(40)]
        paths = ["/async", "/sync"]
        answers = await asyncio.gather(
            *(client.get(paths[i % 2], headers={"X-Request-ID": uid}) for i, uid in enumerate(uids))
        )
    for uid, answer in zip(uids, answers):
        assert answer.json() == {"uid": uid}
        assert answer.headers["x-log-uid"] == uid
    assert {record["log_uid"] for record in collect.records if record["name"] == "shop"} == set(uids)


def test_fastapi_streams_background_and_websockets(collect):
    client = TestClient(make_app(), raise_server_exceptions=False)
    client.get("/stream", headers={"X-Request-ID": "s"})
    client.get("/async", headers={"X-Request-ID": "b"})
    uids = collect.uids()
    assert [uids[message] for message in ("step 0", "step 1", "async", "background")] == ["s", "s", "b", "b"]
    with client.websocket_connect("/ws", headers={"X-Request-ID": "w"}) as socket:
        assert socket.receive_text() == "w"
    assert client.get("/fails").status_code == 500
