"""Real servers, which end their processes in their own ways."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from conftest import ENVIRONMENT
from kinesis import LONG, hang, until

APP = """
import asyncio, logging.config, os
from contextlib import asynccontextmanager
import logbraid

logging.config.dictConfig({{
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {{
        "kinesis": {{
            "class": "logbraid.KinesisHandler", "stream": "logs", "endpoint_url": {url!r}, "credentials": ["a", "b"],
            "linger": 60.0, {options}
        }},
    }},
    "root": {{"handlers": ["kinesis"], "level": "INFO"}},
    "loggers": {loggers},
}})
log = logging.getLogger("shop")
"""
FASTAPI = """
from fastapi import FastAPI

@asynccontextmanager
async def lifespan(app):
    yield
    log.info("lifespan's end")

app = FastAPI(lifespan=lifespan)
logbraid.fastapi.install(app)

@app.get("/slow")
async def slow():
    log.info("begin")
    open("began", "w").close()
    await asyncio.sleep(0.2)
    log.info("end")

@app.get("/fails")
async def fails():
    raise KeyError("sku")
"""
BARE = """
async def app(scope, receive, send):
    assert scope["type"] == "http"
    log.info("begin")
    open("began", "w").close()
    await asyncio.sleep(0.2)
    log.info("end")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})
"""
# After the signal it writes many records.
MANY = """
import time

async def app(scope, receive, send):
    assert scope["type"] == "http"
    log.info("begin")
    open("began", "w").close()
    await asyncio.sleep(0.2)
    start = time.monotonic()
    for number in range(20):
        log.info("end %d", number)
        await asyncio.sleep(0.05)
    open("took", "w").write(str(time.monotonic() - start - 20 * 0.05))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"x"})
"""
SERVERS = {
    "uvicorn": ["uvicorn", "app:app", "--port"],
    "workers": ["uvicorn", "app:app", "--workers", "2", "--port"],
    "gunicorn": ["gunicorn", "-k", "uvicorn_worker.UvicornWorker", "app:app", "-b"],
}


@pytest.fixture
def serve(kinesis, tmp_path, started):
    """Start a server with an app. Return it, and its port."""

    def serve(server, app, options="", loggers="{}"):
        (tmp_path / "app.py").write_text(APP.format(url=kinesis.url, options=options, loggers=loggers) + app)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        *command, option = SERVERS[server]
        address = [option, f"127.0.0.1:{port}" if server == "gunicorn" else str(port)]
        process = subprocess.Popen(
            [sys.executable, "-m", *command, *address], cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
        )
        started.append(process)

        def answers():
            assert process.poll() is None
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", port)) == 0

        until(answers)
        return process, port

    return serve


def end_in_a_request(process, port, tmp_path):
    """End a server by SIGTERM while it answers. Return what it wrote on standard error."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(LONG)
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
        until((tmp_path / "began").exists)
        process.terminate()
        assert client.recv(64).startswith(b"HTTP/1.1 200")
    _, errors = process.communicate(timeout=LONG)
    return errors


EXPECTED = {"begin", "end", "lifespan's end"}


@pytest.mark.parametrize("server", SERVERS)
def test_sigterm_loses_nothing_if_the_middleware_sees_the_end(kinesis, serve, tmp_path, server):
    end_in_a_request(*serve(server, FASTAPI), tmp_path)
    # Each worker has a lifespan.
    assert set(kinesis.once()) >= EXPECTED


def test_what_the_server_writes_after_the_app_is_sent_too(kinesis, serve, tmp_path):
    end_in_a_request(*serve("uvicorn", FASTAPI, loggers='{"uvicorn": {"propagate": True}}'), tmp_path)
    (last,) = [message for message in kinesis.once() if message.startswith("Finished server process")]
    assert kinesis.once()[-1] == last


LOGGERS = """{"uvicorn": {"propagate": True}, "uvicorn.error": {"propagate": True}}"""


@pytest.mark.parametrize("server", SERVERS)
def test_the_servers_record_of_a_failed_request_is_in_its_transaction(kinesis, serve, tmp_path, server):
    assert LOGGERS in (Path(__file__).parents[2] / "docs/python.md").read_text()
    process, port = serve(server, FASTAPI, loggers=LOGGERS)
    request = urllib.request.Request(f"http://127.0.0.1:{port}/fails", headers={"X-Log-Uid": "order-42"})
    with pytest.raises(urllib.error.HTTPError, match="500"):
        urllib.request.urlopen(request, timeout=LONG)
    process.terminate()
    process.communicate(timeout=LONG)
    (failure,) = [record for record in kinesis.records if "KeyError: 'sku'" in record.get("exc_text", "")]
    assert (failure["log_uid"], failure["name"]) == ("order-42", "uvicorn.error")


@pytest.mark.parametrize("server", ["uvicorn", "gunicorn"])
def test_without_the_middleware_on_sigterm_loses_nothing(kinesis, serve, tmp_path, server):
    end_in_a_request(*serve(server, BARE, "'on_sigterm': True"), tmp_path)
    assert [message for message in kinesis.once() if message in EXPECTED] == ["begin", "end"]


@pytest.mark.parametrize("server", ["workers", "gunicorn"])
def test_workers_lose_nothing_without_the_middleware(kinesis, serve, tmp_path, server):
    end_in_a_request(*serve(server, BARE, loggers='{"uvicorn": {"propagate": True}}'), tmp_path)
    messages = kinesis.once()
    assert [message for message in messages if message in EXPECTED] == ["begin", "end"]
    if server == "workers":
        # What comes after the signal, too.
        assert any(message.startswith("Finished server process") for message in messages)


def test_a_silent_endpoint_holds_a_worker_up_once(kinesis, serve, tmp_path):
    kinesis.answer = hang
    process, port = serve("workers", MANY, "'shutdown_timeout': 0.5")
    end_in_a_request(process, port, tmp_path)
    assert float((tmp_path / "took").read_text()) < 2.0


def test_an_end_is_not_held_up_and_what_is_lost_is_told(kinesis, serve, tmp_path):
    kinesis.answer = hang
    errors = end_in_a_request(*serve("uvicorn", FASTAPI, "'shutdown_timeout': 0.3"), tmp_path)
    assert "logbraid: 3 log records were not sent: " in errors
