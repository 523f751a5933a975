"""Django: the middleware with sync and async views."""

from __future__ import annotations

import asyncio
import logging
import sys

import django
import pytest
from conftest import Held
from django.conf import settings
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import path

import logbraid.django
from logbraid._transaction import current

log = logging.getLogger("shop")


def sync_view(request):
    log.info("sync")
    return HttpResponse(current().uid)


async def async_view(request):
    await asyncio.sleep(0)
    log.info("async")
    return HttpResponse(current().uid)


def stream(request):
    def steps():
        for number in range(2):
            log.info("step %d", number)
            yield current().uid

    return StreamingHttpResponse(steps())


async def async_stream(request):
    async def steps():
        for number in range(2):
            log.info("async step %d", number)
            await asyncio.sleep(0)
            yield current().uid

    return StreamingHttpResponse(steps())


def broken_stream(request):
    held.append(seen_held())

    def steps():
        yield "x"
        raise KeyError("midway")

    return StreamingHttpResponse(steps())


async def broken_async_stream(request):
    held.append(seen_held())

    async def steps():
        yield "x"
        raise KeyError("midway")

    return StreamingHttpResponse(steps())


def held_stream(request):
    held.append(seen_held())
    return StreamingHttpResponse(iter(["x"]))


async def held_async_stream(request):
    held.append(seen_held())

    async def steps():
        yield "x"

    return StreamingHttpResponse(steps())


def seen_held():
    current().held = Held()
    return current().held


def file(request):
    return FileResponse(open(__file__, "rb"))  # noqa: PTH123 - the response closes it


def unavailable(request):
    seen.append(current())
    return HttpResponse(status=503)


def fails(request):
    seen.append(current())
    log.info("about to fail")
    raise KeyError("sku")


seen: list = []
held: list = []
urlpatterns = [
    path(view.__name__, view)
    for view in (
        *(sync_view, async_view, stream, async_stream, file, fails, unavailable),
        *(broken_stream, broken_async_stream, held_stream, held_async_stream),
    )
]


@pytest.fixture(scope="module", autouse=True)
def _configured():
    settings.configure(
        ROOT_URLCONF=sys.modules[__name__],
        MIDDLEWARE=["logbraid.django.Transaction", "django.middleware.common.CommonMiddleware"],
        ALLOWED_HOSTS=["*"],
        LOGGING_CONFIG=None,
        SECRET_KEY="for tests",
    )
    django.setup()


def test_sync(collect):
    answer = Client().get("/sync_view", HTTP_X_REQUEST_ID="r")
    assert (answer.content, answer["X-Log-Uid"]) == (b"r", "r")
    assert collect.uids()["sync"] == "r"


@pytest.mark.parametrize("view", ["sync_view", "async_view"])
async def test_async_requests_at_a_time_never_mix(view):
    client = AsyncClient()
    uids = [f"r{number}" for number in range(10)]
    answers = await asyncio.gather(*(client.get(f"/{view}", headers={"X-Request-ID": uid}) for uid in uids))
    assert [answer.content.decode() for answer in answers] == uids
    assert [answer["X-Log-Uid"] for answer in answers] == uids


def test_a_streamed_body_is_in_the_transaction(collect):
    answer = Client().get("/stream", HTTP_X_REQUEST_ID="s")
    assert b"".join(answer.streaming_content) == b"ss"
    assert collect.uids()["step 1"] == "s"
    assert current() is None


async def test_an_async_streamed_body_is_in_the_transaction(collect):
    answer = await AsyncClient().get("/async_stream", headers={"X-Request-ID": "s"})
    assert b"".join([part async for part in answer.streaming_content]) == b"ss"
    assert collect.uids()["async step 1"] == "s"
    assert current() is None


def test_a_streamed_body_that_fails_keeps_what_is_held():
    answer = Client().get("/broken_stream", HTTP_X_REQUEST_ID="s")
    assert held[-1].calls == [], "the body is not sent yet"
    with pytest.raises(KeyError) as failure:
        list(answer.streaming_content)
    assert failure.value._logbraid_uid == "s"
    assert held[-1].calls == ["release"]


async def test_an_async_streamed_body_that_fails_keeps_what_is_held():
    answer = await AsyncClient().get("/broken_async_stream", headers={"X-Request-ID": "s"})
    with pytest.raises(KeyError) as failure:
        [part async for part in answer.streaming_content]
    assert failure.value._logbraid_uid == "s"
    assert held[-1].calls == ["release"]


async def test_a_streamed_body_forgets_what_is_held_at_its_end():
    answer = await AsyncClient().get("/held_async_stream")
    assert held[-1].calls == []
    assert [part async for part in answer.streaming_content] == [b"x"]
    assert held[-1].calls == ["drop"]


def test_a_streamed_body_that_nobody_reads_forgets_it_too():
    for is_read in (True, False):
        answer = Client().get("/held_stream")
        assert held[-1].calls == []
        steps = iter(answer.streaming_content)
        assert list(steps) == [b"x"] if is_read else next(steps) == b"x"
        answer.close()
        assert held[-1].calls == ["drop"]


def test_a_file_passes():
    answer = logbraid.django.Transaction(file)(RequestFactory().get("/file"))
    assert answer["X-Log-Uid"]
    assert answer.file_to_stream is not None, "the server may use sendfile"
    answer.close()


def test_a_failure_has_the_id_also_in_djangos_own_record(collect):
    client = Client(raise_request_exception=False)
    answer = client.get("/fails", HTTP_X_REQUEST_ID="f")
    assert (answer.status_code, answer["X-Log-Uid"]) == (500, "f")
    assert {record["message"]: record["log_uid"] for record in collect.records} == {
        "about to fail": "f",
        "Internal Server Error: /fails": "f",
    }


@pytest.mark.parametrize("view", ["fails", "unavailable"])
def test_a_failed_answer_keeps_what_is_held(view):
    seen.clear()
    Client(raise_request_exception=False).get(f"/{view}")
    assert [transaction.kept for transaction in seen] == [True]


def test_djangos_own_record_of_a_missing_page_has_the_id_once(collect):
    assert Client().get("/none", HTTP_X_REQUEST_ID="n").status_code == 404
    assert [(record["message"], record["log_uid"]) for record in collect.records] == [("Not Found: /none", "n")]


async def test_an_async_missing_page_too(collect):
    assert (await AsyncClient().get("/none", headers={"X-Request-ID": "n"})).status_code == 404
    assert [(record["message"], record["log_uid"]) for record in collect.records] == [("Not Found: /none", "n")]
