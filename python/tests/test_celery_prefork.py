"""Celery with real worker processes: a broker of files, and a pool that forks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from conftest import ENVIRONMENT
from kinesis import LONG

APP = """
import logging, os, pathlib
import celery
from celery.signals import setup_logging
import logbraid

FOLDER = pathlib.Path(os.environ["BROKER_FOLDER"])
for name in ("messages", "processed"):
    (FOLDER / name).mkdir(exist_ok=True)
app = celery.Celery("shop", broker="filesystem://")
app.conf.update(
    broker_transport_options={
        "data_folder_in": str(FOLDER / "messages"),
        "data_folder_out": str(FOLDER / "messages"),
        "processed_folder": str(FOLDER / "processed"),
        "control_folder": str(FOLDER / "control"),
        "polling_interval": 0.02,
    },
    broker_connection_retry_on_startup=True,
    task_ignore_result=True,
)
log = logging.getLogger("shop")

@setup_logging.connect
def configure(**_):
    linger = float(os.environ.get("LINGER", "0.05"))
    options = {"endpoint_url": os.environ["KINESIS_URL"], "credentials": ("a", "b"), "linger": linger}
    log.addHandler(logbraid.KinesisHandler("logs", **options))
    log.setLevel(logging.INFO)
    # In the parent: its records and threads must not be the children's.
    log.info("worker %d", os.getpid())

if "NOT_INSTALLED" not in os.environ:
    logbraid.celery.install()

@app.task(name="work")
def work(number):
    for step in range(20):
        log.info("task %d step %d", number, step, extra={"pid": os.getpid()})
    if number % 2 == 0:
        work.delay(number + 1)
"""

TASKS = 16


@pytest.fixture
def start(kinesis, tmp_path, started):
    """Start a program beside the module of the app."""
    (tmp_path / "shop.py").write_text(APP)
    (tmp_path / "control").mkdir()
    env = {**ENVIRONMENT, "BROKER_FOLDER": str(tmp_path), "KINESIS_URL": kinesis.url}
    env["PYTHONPATH"] = os.pathsep.join([str(tmp_path), env["PYTHONPATH"]])

    def start(*arguments: str, **more: str) -> subprocess.Popen[bytes]:
        env_of_it = {**env, **more}
        process = subprocess.Popen([sys.executable, *arguments], env=env_of_it, cwd=tmp_path, stderr=subprocess.PIPE)
        started.append(process)
        return process

    return start


SEND = f"""
import logbraid, shop
for number in range(0, {TASKS}, 2):
    with logbraid.transaction(uid=f"order-{{number}}"):
        shop.work.delay(number)
"""


def test_forked_workers_send_every_record_once_in_its_transaction(kinesis, start):
    worker = start("-m", "celery", "-A", "shop", "worker", "--pool", "prefork", "--concurrency", "3", "-l", "WARNING")
    _, errors = (sender := start("-c", SEND)).communicate(timeout=LONG)
    assert sender.returncode == 0, errors.decode()
    expected = [f"task {number} step {step}" for number in range(TASKS) for step in range(20)]
    kinesis.wait(lambda: len(kinesis.once()) > len(expected))
    worker.send_signal(signal.SIGTERM)
    _, errors = worker.communicate(timeout=LONG)
    assert b"log records" not in errors, errors.decode()
    kinesis.expect([*expected, f"worker {worker.pid}"])
    tasks = [record for record in kinesis.records if "pid" in record]
    assert len(tasks) == len(expected), "each arrived once"
    assert {record["process"] == record["pid"] for record in tasks} == {True}
    assert worker.pid not in {record["pid"] for record in tasks}
    for record in tasks:
        number = int(record["message"].split()[1])
        assert record["log_uid"] == f"order-{number - number % 2}"
        assert record["celery_task"] == "work"
    assert len({record["celery_id"] for record in tasks}) == TASKS


@pytest.mark.parametrize("more", [{}, {"NOT_INSTALLED": "1"}])
def test_a_worker_that_ends_after_some_tasks_sends_what_waits(kinesis, start, more):
    pool = ["--pool", "prefork", "--concurrency", "1", "--max-tasks-per-child", "2", "-l", "WARNING"]
    # Nothing is sent but at an end.
    worker = start("-m", "celery", "-A", "shop", "worker", *pool, LINGER="60", **more)
    _, errors = (sender := start("-c", SEND, **more)).communicate(timeout=LONG)
    assert sender.returncode == 0, errors.decode()
    expected = {f"task {number} step {step}" for number in range(TASKS) for step in range(20)}
    kinesis.wait(lambda: expected <= set(kinesis.once()))
    worker.send_signal(signal.SIGTERM)
    _, errors = worker.communicate(timeout=LONG)
    assert b"log records" not in errors, errors.decode()
    kinesis.expect([*expected, f"worker {worker.pid}"])
