"""What standard error, the spool and the stream say when not all could be sent."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from conftest import ENVIRONMENT
from kinesis import hang, refusing, take, until

DOWN = refusing(503, "ServiceUnavailable")
WRITE = """
    for n in range({count}):
        log.info("record %d", n, extra={{"random": os.urandom(100).hex()}})
    print(h.stats()["taken"], h.stats()["dropped"])
    """


def ended(program, code, options):
    process = program(code, options)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    return [int(number) for number in output.split()], errors


def test_what_a_spool_does_not_hold_is_not_said_to_be_kept(kinesis, program, tmp_path):
    kinesis.answer = DOWN
    (tmp_path / "spool").write_text("not a folder")
    _, errors = ended(program, WRITE.format(count=200), "spool=spool, shutdown_timeout=0.3, linger=0.01")
    assert "kept" not in errors
    assert "logbraid: 200 log records were not sent: " in errors
    (line,) = [line for line in errors.splitlines() if line.startswith("logbraid: the spool cannot create ")]
    assert line.endswith("log records wait only in memory")
    (line,) = [line for line in errors.splitlines() if "were not sent" in line]
    assert "status 503" in line
    assert "the spool cannot create" in line


def test_a_spool_that_cannot_work_is_told_with_the_first_record(run, tmp_path):
    (tmp_path / "spool").write_text("not a folder")
    status, errors = run("log.info('hello'); h.flush(); os.write(2, b'still running')", "spool=spool")
    assert status == 0
    assert errors.index("the spool cannot create") < errors.index("still running")


def test_what_a_spool_holds_is_said_to_be_kept(kinesis, program, run):
    kinesis.answer = DOWN
    _, errors = ended(program, WRITE.format(count=200), "spool=spool, shutdown_timeout=0.3, linger=0.01")
    assert "logbraid: 200 log records are kept in " in errors
    assert "not sent" not in errors
    kinesis.answer = take
    assert run("h.flush(30.0)", "spool=spool")[0] == 0
    assert run("log.info('x'); h.flush(30.0)", "spool=spool")[0] == 0
    assert len(kinesis.once()) == 201


def test_a_spool_takes_no_more_disk_than_told(kinesis, program, run, tmp_path):
    kinesis.answer = DOWN
    code = WRITE.format(count=3_000)
    (taken, dropped), errors = ended(program, code, "spool=spool, spool_mb=0.1, shutdown_timeout=0.3, linger=0.01")
    size = sum(file.stat().st_size for file in (tmp_path / "spool" / "logs").iterdir())
    assert 50_000 < size <= 0.1 * 1024 * 1024 + 1_000
    assert (taken, dropped) == (3_000, 0)
    assert "the spool" in errors
    counts = {
        line.split("log records ")[1][:8]: int(line.split()[1])
        for line in errors.splitlines()
        if "records were not" in line or "are kept" in line
    }
    assert sum(counts.values()) == 3_000
    kinesis.answer = take
    assert run("log.info('x'); h.flush(30.0)", "spool=spool")[0] == 0
    assert len(kinesis.once()) == counts["are kept"] + 1


def test_drops_are_told_at_the_end(kinesis, program):
    kinesis.answer = DOWN
    options = "max_buffer_mb=0.1, shutdown_timeout=0.3, linger=0.01"
    (taken, dropped), errors = ended(program, WRITE.format(count=3_000), options)
    assert taken + dropped == 3_000
    assert dropped > 0
    assert f"logbraid: {taken} log records were not sent: " in errors
    assert f"logbraid: {dropped} log records were dropped: the buffer was full\n" in errors


def test_drops_are_told_by_the_next_start_if_there_is_a_spool(kinesis, program, run):
    kinesis.answer = DOWN
    options = "max_buffer_mb=0.05, spool=spool, spool_mb=0.5, shutdown_timeout=0.3, linger=0.01"
    (taken, dropped), errors = ended(program, WRITE.format(count=6_000), options)
    assert dropped > 0
    kept = sum(int(line.split()[1]) for line in errors.splitlines() if "are kept" in line)
    kinesis.answer = take
    assert run("log.info('x'); h.flush(30.0)", "spool=spool")[0] == 0
    assert len(kinesis.once()) == kept + 1
    assert kinesis.dropped() == dropped
    assert "were dropped: " not in errors
    assert taken >= kept


def test_a_full_buffer_is_told_while_the_program_runs(kinesis, new_handler, capfd):
    kinesis.answer = hang
    handler, log = new_handler(max_buffer_mb=0.01)
    for n in range(500):
        log.warning("record %d", n)
    assert "logbraid: the buffer is full; 1 log records were dropped" in capfd.readouterr().err
    assert handler.last_error == "the buffer is full"


def test_an_overflow_callback_that_logs_is_not_called_again_for_it(kinesis, new_handler):
    kinesis.answer = hang
    calls = []

    def tell(_):
        calls.append(1)
        log.warning("overflow")

    handler, log = new_handler(max_buffer_mb=0.01, on_overflow=tell)
    for n in range(200):
        log.warning("record %d", n)
    dropped = handler.stats()["dropped"]
    assert 0 < len(calls) <= 200
    # Its own record is dropped too, and only counted.
    assert len(calls) <= dropped <= 2 * len(calls)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_pool_that_is_terminated_loses_nothing(kinesis, tmp_path, method):
    script = tmp_path / "app.py"
    script.write_text(
        f"""
import logging, multiprocessing
import logbraid
log = logging.getLogger("app")
log.setLevel(logging.DEBUG)
log.addHandler(logbraid.KinesisHandler("logs", endpoint_url={kinesis.url!r}, credentials=("a", "b"), linger=60.0))

def work(n):
    log.info("item %d", n)

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    with context.Pool(2) as pool:
        pool.map(work, range(20))
"""
    )
    assert subprocess.run([sys.executable, script], env=ENVIRONMENT, check=True).returncode == 0
    kinesis.expect([f"item {n}" for n in range(20)])


@pytest.mark.parametrize("choice", ["on_sigterm=False", "on_sigterm=None"])
def test_sigterm_ends_a_program_at_once_that_is_no_worker(kinesis, program, choice):
    process = program("log.info('lost'); print('ready', flush=True); time.sleep(60)", f"linger=60.0, {choice}")
    process.stdout.readline()
    process.terminate()
    process.communicate()
    assert kinesis.once() == []


def test_on_sigterm_in_another_thread_is_told(run):
    code = """
        t = threading.Thread(target=lambda: handler(on_sigterm=True))
        t.start(); t.join()
        """
    status, errors = run(code)
    assert status == 0
    assert "logbraid: on_sigterm does nothing: only the main thread can watch for signals" in errors


TASKS = Path("/proc/self/task")


def threads() -> int:
    return len(list(TASKS.iterdir()))


@pytest.mark.skipif(not TASKS.is_dir(), reason="threads are counted in /proc")
def test_handlers_that_are_forgotten_leave_no_threads_and_no_connections(kinesis, new_handler):
    import logbraid

    before = threads()
    for n in range(10):
        log = logging.Logger("app")
        log.addHandler(logbraid.KinesisHandler("logs", endpoint_url=kinesis.url, credentials=("a", "b"), linger=0.01))
        log.warning("record %d", n)
        del log
    kinesis.expect([f"record {n}" for n in range(10)])
    # The server has a thread for each connection.
    until(lambda: threads() <= before)
    assert threading.active_count() >= 1


def test_an_emit_of_a_subclass_is_called(kinesis, new_handler):
    import logbraid

    class Mine(logbraid.KinesisHandler):
        def emit(self, record):
            record.msg = f"[mine] {record.msg}"
            super().emit(record)

    handler = Mine("logs", endpoint_url=kinesis.url, credentials=("a", "b"))
    log = logging.Logger("app")
    log.addHandler(handler)
    log.warning("hello")
    assert handler.flush(30.0)
    handler.close()
    log.warning("again")
    assert handler.flush(30.0)
    handler.close()
    assert kinesis.once() == ["[mine] hello", "[mine] again"]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("[profile work]\nsso_session = x\n", "sso_session of the profile work needs AWS's own client"),
        ("[profile other]\nregion = x\n", "~/.aws has no profile work"),
        ("[profile work]\naws_access_key_id = a\n", "the profile work has no aws_secret_access_key"),
    ],
)
def test_without_credentials_the_profile_is_named(run, tmp_path, config, message):
    (tmp_path / "config").write_text(config)
    env = {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": "/none", "AWS_PROFILE": "work"}
    # An interpreter that has no botocore.
    code = """
        sys.modules["botocore"] = None
        log.handlers[:] = [handler(credentials=None, shutdown_timeout=1.0)]
        log.info("x")
        """
    status, errors = run(code, AWS_EC2_METADATA_DISABLED="true", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", **env)
    assert status == 0
    assert message in errors


def test_a_configuration_that_is_made_again_waits_for_nothing(kinesis, run):
    kinesis.answer = hang
    code = """
        import logging.config
        config = {"version": 1, "disable_existing_loggers": False, "root": {"handlers": ["k"], "level": "INFO"}}
        config["handlers"] = {"k": {"()": handler}}
        logging.config.dictConfig(config)
        logging.info("first")
        start = time.monotonic()
        logging.config.dictConfig(config)
        logging.info("second")
        print(time.monotonic() - start < h.shutdown_timeout, file=sys.stderr)
        """
    status, errors = run(code, "shutdown_timeout=2.0")
    assert status == 0
    assert "True" in errors
    assert errors.count("logbraid: 1 log records were not sent: ") == 2


def test_what_a_configuration_before_left_is_sent(kinesis, run):
    code = """
        import logging.config
        config = {"version": 1, "disable_existing_loggers": False, "root": {"handlers": ["k"], "level": "INFO"}}
        config["handlers"] = {"k": {"()": handler, "linger": 60.0}}
        for number in range(3):
            logging.config.dictConfig(config)
            logging.info("record %d", number)
        """
    assert run(code)[0] == 0
    kinesis.expect(["record 0", "record 1", "record 2"])


def test_a_replaced_handler_that_outlives_its_module_ends_in_silence(kinesis, run):
    code = """
        import logging.config
        # Python clears the module of logging after the handler's.
        logging.kept = handler()
        logging.config.dictConfig({"version": 1})
        logging.kept.handle(logging.makeLogRecord({"msg": "late"}))
        """
    assert run(code) == (0, "")
    kinesis.expect(["late"])
