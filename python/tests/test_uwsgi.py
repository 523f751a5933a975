"""uWSGI forks in C: Python is told of nothing in the child."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request

import pytest
from conftest import ENVIRONMENT
from kinesis import LONG, until

APP = """
import logging
import logbraid

logging.basicConfig(level=logging.INFO, handlers=[
    logbraid.KinesisHandler("logs", endpoint_url={url!r}, credentials=("a", "b"), linger=0.05),
])
log = logging.getLogger("shop")
log.info("loaded")

@logbraid.WSGI
def application(environ, start_response):
    log.info("request %s", environ["PATH_INFO"])
    start_response("200 OK", [])
    return [b"ok"]
"""
REQUESTS = 12


@pytest.mark.parametrize("options", [[], ["--enable-threads"]])
def test_workers_of_uwsgi_lose_nothing(kinesis, tmp_path, started, options):
    (tmp_path / "app.py").write_text(APP.format(url=kinesis.url))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["--http-socket", f"127.0.0.1:{port}", "--master", "--workers", "2", "--die-on-term", "--need-app"]
    # uWSGI itself may miss a signal that comes while a worker starts, and waits for it.
    command += ["--worker-reload-mercy", "3"]
    code = f"import pyuwsgi; pyuwsgi.run({[*command, '--module', 'app', *options]!r})"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    started.append(process)

    def answers():
        assert process.poll() is None, process.stdout.read().decode()
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    until(answers)
    for number in range(REQUESTS):
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{number}", timeout=LONG) as answer:
            assert answer.status == 200
    expected = [f"request /{number}" for number in range(REQUESTS)]
    # While it runs, not only at its end.
    kinesis.wait(lambda: set(kinesis.once()) >= set(expected))
    process.terminate()
    output, _ = process.communicate(timeout=LONG)
    assert b"log records" not in output, output.decode()
    requests = [record for record in kinesis.records if record["message"] in expected]
    assert sorted(record["message"] for record in requests) == sorted(expected), "each arrived once"
    assert process.pid not in {record["process"] for record in requests}
    assert kinesis.once().count("loaded") == 1
