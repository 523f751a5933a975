"""What users write is accepted by a strict type checker."""

from __future__ import annotations

import subprocess
import sys

from conftest import ENVIRONMENT

import logbraid

CODE = """
import logging
import uuid
from typing import Optional

import logbraid

handler = logbraid.KinesisHandler("logs", credentials=("a", "b"), spool="/tmp/x", on_sigterm=None)

@logbraid.lambda_handler(handler)
def main(event: dict[str, object], context: object) -> int:
    for record in logbraid.sqs_records(event):
        with record.transaction:
            pass
    return 1

@logbraid.lambda_handler
def bare(event: dict[str, object], context: object) -> int:
    return 1

@logbraid.lambda_handler()
def without(event: dict[str, object], context: object) -> str:
    return ""

numbers: list[int] = [main({}, None), bare({}, None)]
text: str = without({}, None)
with logbraid.transaction("order", uid=uuid.uuid4()) as t:
    uid: str = t.uid
with logbraid.transaction(uid=4711), logbraid.received([("X-Log-Uid", b"x")], "ship"), logbraid.received(None):
    here: Optional[logbraid.Transaction] = logbraid.current()
adapter = logging.LoggerAdapter(logging.getLogger("x"), {})
with logbraid.trace("t", logger=adapter, level="DEBUG") as trace, logbraid.task("%s", 1, logger="shop") as task:
    trace.add("x %s", 1, cached=False)
    task.success("done")
logbraid.boto3.install()
"""


def test_a_strict_type_checker_accepts_the_documented_code(tmp_path):
    (tmp_path / "user.py").write_text(CODE)
    path = logbraid.__file__.rpartition("/logbraid/")[0]
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--follow-imports=silent",
        "--cache-dir",
        str(tmp_path / "cache"),
    ]
    env = {**ENVIRONMENT, "MYPYPATH": path}
    done = subprocess.run(
        [*command, "user.py"], capture_output=True, text=True, check=False, cwd=tmp_path, env=env, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
