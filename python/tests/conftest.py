"""A handler that keeps what the kit's handler would send, for tests that need no stream."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

# Without a core in the sources, they would only hide the installed wheel.
SOURCES = Path(__file__).parents[1] / "src"
if not list(SOURCES.glob("logbraid/_core*.so")):
    sys.path[:] = [path for path in sys.path if Path(path) != SOURCES]

from kinesis import LONG, Kinesis  # noqa: E402 - after what is above

from logbraid._transaction import current  # noqa: E402

#: For interpreters that a test starts: the package that this one uses.
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


class Collect(logging.Handler):
    """Keeps records as dictionaries, with the id and the fields of their transaction."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        transaction = current()
        fields: dict[str, Any] = {} if transaction is None else {**transaction.fields, "log_uid": transaction.uid}
        self.records.append({**fields, **vars(record), "message": record.getMessage()})

    def messages(self) -> list[str]:
        return [record["message"] for record in self.records]

    def uids(self) -> dict[str, Any]:
        return {record["message"]: record.get("log_uid") for record in self.records}


class Held:
    """What a handler holds back."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def release(self) -> None:
        self.calls.append("release")

    def drop(self) -> None:
        self.calls.append("drop")


@pytest.fixture
def collect():
    root, handler = logging.getLogger(), Collect()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    logging.getLogger("asyncio").setLevel(logging.INFO)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(autouse=True)
def _no_leak():
    """No test leaves a transaction behind, or what `stamp` changes."""
    factory, make_record = logging.getLogRecordFactory(), logging.Logger.makeRecord
    assert current() is None
    yield
    logging.setLogRecordFactory(factory)
    logging.Logger.makeRecord = make_record
    assert current() is None


@pytest.fixture
def run_python():
    """Run code in an interpreter of its own."""

    def run(code: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=ENVIRONMENT
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def kinesis():
    """A Kinesis of the test's own. A plan of its answers is set in the test."""
    with Kinesis() as server:
        yield server


@pytest.fixture
def started():
    """The processes that a test starts. They end with it."""
    processes: list[subprocess.Popen[Any]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def program(kinesis, tmp_path, started):
    """Start a program with a handler `h`, a logger `log`, and a folder `spool`."""

    def start(code: str, options: str = "", **env: str) -> subprocess.Popen[str]:
        head = f"""
import logging, os, signal, sys, threading, time
import logbraid
log = logging.getLogger("app")
log.setLevel(logging.DEBUG)
def handler(**options):
    options = {{"service": "s", "endpoint_url": {kinesis.url!r}, "credentials": ("a", "b"), **options}}
    return logbraid.KinesisHandler("logs", **options)
spool = {str(tmp_path / "spool")!r}
h = handler({options})
log.addHandler(h)
"""
        process = subprocess.Popen(
            [sys.executable, "-c", head + textwrap.dedent(code)],
            env={**ENVIRONMENT, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    return start


@pytest.fixture
def run(program):
    """Run a program to its end. Return its status and what it wrote on standard error."""

    def run(code: str, options: str = "", **env: str) -> tuple[int, str]:
        process = program(code, options, **env)
        _, errors = process.communicate(timeout=LONG)
        return process.returncode, errors

    return run


@pytest.fixture
def new_handler(kinesis):
    """Make handlers for the test's Kinesis, on a logger of their own."""
    from logbraid import KinesisHandler

    made = []

    def new(**options: Any) -> tuple[KinesisHandler, logging.Logger]:
        options = {"endpoint_url": kinesis.url, "credentials": ("a", "b"), "linger": 0.01, **options}
        handler = KinesisHandler("logs", **options)
        log = logging.Logger(f"app{len(made)}")
        log.addHandler(handler)
        made.append(handler)
        return handler, log

    yield new
    for handler in made:
        handler.shutdown_timeout = 0.0
        # It would be sent again and again, and tell so in other tests.
        handler.drain()
        handler.close()
