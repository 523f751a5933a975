"""A handler that keeps what the kit's handler would send, for tests that need no stream."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from typing import Any

import pytest

from logbraid._transaction import current

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
