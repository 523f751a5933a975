"""What happens when the process forks, freezes, or ends, in whatever way."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import textwrap

import pytest
from conftest import ENVIRONMENT
from kinesis import after, hang, refusing, take, until


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("log.info('last words')", 0),
        ("log.info('last words'); sys.exit(3)", 3),
        ("log.info('last words'); raise RuntimeError", 1),
        ("threading.Thread(target=log.info, args=('last words',)).start()", 0),
        ("import atexit; atexit.register(log.info, 'last words')", 0),
        ("log.info('last words'); logging.shutdown()", 0),
        ("logging.shutdown(); log.info('last words')", 0),
        ("h.close(); log.info('last words')", 0),
        ("log.info('last words'); log.removeHandler(h); del h", 0),
        ("log.info('last words'); log.removeHandler(h); h.close()", 0),
    ],
)
def test_the_end_of_the_program_sends_what_waits(kinesis, run, code, status):
    assert run(code, "linger=60.0")[0] == status
    assert kinesis.once() == ["last words"]


def test_the_end_of_the_program_sends_what_a_closed_handler_had_left(kinesis, run):
    kinesis.answer = after(3, refusing(503, "ServiceUnavailable"))
    code = "log.info('last words'); h.shutdown_timeout = 0.0; h.close(); h.shutdown_timeout = 30.0"
    assert run(code, "linger=60.0")[0] == 0
    assert kinesis.once() == ["last words"]


def test_what_cannot_be_sent_at_the_end_is_told(kinesis, run):
    kinesis.answer = hang
    status, errors = run("log.info('a'); log.info('b')", "shutdown_timeout=0.1")
    assert status == 0
    assert "logbraid: 2 log records were not sent: Kinesis did not answer within 0.1 s" in errors


def test_what_a_closed_handler_cannot_send_is_told_once(kinesis, run):
    kinesis.answer = hang
    status, errors = run("log.info('a'); h.close()", "shutdown_timeout=0.1")
    assert status == 0
    assert errors.count("logbraid: 1 log records were not sent") == 1


def test_sigterm_sends_what_waits_if_told_to(kinesis, program):
    code = "log.info('last words'); print('ready', flush=True); time.sleep(60)"
    process = program(code, "linger=60.0, on_sigterm=True")
    process.stdout.readline()
    process.terminate()
    assert process.wait() == -signal.SIGTERM
    assert kinesis.once() == ["last words"]


def test_sigterm_goes_on_to_the_programs_own_handler(kinesis, run):
    code = """
        signal.signal(signal.SIGTERM, lambda *_: (log.info("from the handler"), sys.exit(7)))
        other = handler(on_sigterm=True, linger=60.0)
        log.info("before")
        os.kill(os.getpid(), signal.SIGTERM)
        # Another thread may get the signal. Then the handler runs a little later, and no call ends early for it.
        while True:
            time.sleep(0.01)
        """
    assert run(code, "linger=60.0")[0] == 7
    kinesis.expect(["before", "from the handler"])


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_spool_survives_any_end(kinesis, run, end, tmp_path):
    kinesis.answer = hang
    count = 3_000
    code = f"""
        for n in range({count}):
            log.info("record %d", n)
        os.kill(os.getpid(), {int(end)})
        """
    assert run(code, "spool=spool, max_buffer_mb=0.3, linger=0.01")[0] == -end
    kinesis.answer = take
    assert run("log.info('the next start'); h.flush(30.0)", "spool=spool")[0] == 0
    kinesis.expect([*(f"record {n}" for n in range(count)), "the next start"])
    # The process may end before its thread has removed its lock. The next process does that.
    assert [left for left in (tmp_path / "spool" / "logs").iterdir() if left.suffix != ".lock"] == []


def test_a_spool_is_not_taken_from_a_living_process(kinesis, program, run, tmp_path):
    kinesis.answer = hang
    first = program("log.info('of the first'); print('ready', flush=True); sys.stdin.readline()", "spool=spool")
    first.stdout.readline()
    kinesis.answer = take
    assert run("log.info('of the second')", "spool=spool, linger=0.001")[0] == 0
    assert kinesis.once() == ["of the second"]
    first.kill()
    first.wait()
    assert run("log.info('of the third'); h.flush(30.0)", "spool=spool")[0] == 0
    kinesis.expect(["of the first", "of the second", "of the third"])


def test_a_spool_that_cannot_be_written_harms_nobody(kinesis, run, tmp_path):
    (tmp_path / "spool").write_text("not a folder")
    code = "log.info('hello'); h.flush(); print(h.last_error, file=sys.stderr)"
    status, errors = run(code, "spool=spool")
    assert status == 0
    assert "the spool cannot create" in errors
    assert kinesis.once() == ["hello"]


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="the system cannot fork")


@needs_fork
def test_a_forked_child_has_a_core_of_its_own(kinesis, run):
    code = """
        log.info("before the fork")
        with logbraid.transaction("order", uid="7"):
            log.info("in the parent's transaction")
            child = os.fork()
            log.info("in the child" if child == 0 else "in the parent")
        if child:
            os.waitpid(child, 0)
        """
    assert run(code, "linger=60.0")[0] == 0
    kinesis.expect(["before the fork", "in the parent's transaction", "in the child", "in the parent"])
    uids = {record["message"]: record.get("log_uid") for record in kinesis.records}
    assert uids["in the child"] == uids["in the parent"] == "7"


@needs_fork
def test_many_forks_under_load_lose_and_repeat_nothing(kinesis, run):
    code = """
        def work(name):
            for n in range(200):
                log.info("%s record %d", name, n)
        threads = [threading.Thread(target=work, args=(f"thread {n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        children = []
        for n in range(30):
            child = os.fork()
            if child == 0:
                work(f"child {n}")
                sys.exit()
            children.append(child)
            log.info("forked %d", n)
        for child in children:
            os.waitpid(child, 0)
        """
    assert run(code, "linger=0.001, shutdown_timeout=30.0", PYTHONWARNINGS="ignore")[0] == 0
    names = [f"thread {n}" for n in range(4)] + [f"child {n}" for n in range(30)]
    expected = [f"{name} record {n}" for name in names for n in range(200)]
    kinesis.expect(expected + [f"forked {n}" for n in range(30)])


@needs_fork
def test_workers_of_a_preloaded_server(kinesis, program):
    """As `gunicorn --preload`: the handler is made and used before the workers are."""
    code = """
        log.info("the app is loaded")
        workers = []
        for n in range(3):
            worker = os.fork()
            if worker == 0:
                signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
                log.info("worker %d serves", n)
                try:
                    time.sleep(60)
                finally:
                    log.info("worker %d ends", n)
            workers.append(worker)
        sys.stdin.readline()
        for worker in workers:
            os.kill(worker, signal.SIGTERM)
            os.waitpid(worker, 0)
        """
    process = program(code, "linger=0.001")
    kinesis.wait(lambda: len(kinesis.once()) == 4)
    process.communicate("\n")
    kinesis.expect(
        ["the app is loaded", *(f"worker {n} serves" for n in range(3)), *(f"worker {n} ends" for n in range(3))]
    )


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(kinesis, tmp_path, method):
    if not hasattr(os, "fork") and method != "spawn":
        pytest.skip("the system cannot fork")
    script = tmp_path / "app.py"
    script.write_text(
        f"""
import logging, multiprocessing, os
import logbraid
log = logging.getLogger("app")
log.setLevel(logging.DEBUG)
log.addHandler(logbraid.KinesisHandler("logs", endpoint_url={kinesis.url!r}, credentials=("a", "b"), linger=60.0))

def work(name):
    log.info("in %s", name)

if __name__ == "__main__":
    log.info("in the parent")
    context = multiprocessing.get_context({method!r})
    processes = [context.Process(target=work, args=(f"child {{n}}",)) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    with context.Pool(2) as pool:
        pool.map(work, ["pool a", "pool b"])
        pool.close()
        pool.join()
"""
    )
    assert subprocess.run([sys.executable, script], env=ENVIRONMENT, check=True).returncode == 0
    expected = [f"in {name}" for name in ("the parent", "child 0", "child 1", "child 2", "pool a", "pool b")]
    kinesis.expect(expected)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.parametrize("imports", ["", "import logbraid; logbraid.KinesisHandler"])
def test_workers_that_make_the_handler_themselves(kinesis, tmp_path, method, imports):
    if not hasattr(os, "fork") and method != "spawn":
        pytest.skip("the system cannot fork")
    script = tmp_path / "app.py"
    script.write_text(
        f"""
import logging, multiprocessing
from concurrent.futures import ProcessPoolExecutor
{imports}
log = logging.getLogger("app")
log.setLevel(logging.DEBUG)

def configure():
    import logbraid
    log.addHandler(logbraid.KinesisHandler("logs", endpoint_url={kinesis.url!r}, credentials=("a", "b"), linger=60.0))

def work(name):
    log.info("in %s", name)

def process():
    configure()
    work("a process")

if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    alone = context.Process(target=process)
    alone.start()
    alone.join()
    with ProcessPoolExecutor(2, mp_context=context, initializer=configure) as pool:
        list(pool.map(work, ["executor a", "executor b"]))
    with context.Pool(2, initializer=configure) as pool:
        pool.map(work, ["pool a", "pool b"])
        pool.close()
        pool.join()
    with context.Pool(2, initializer=configure) as pool:
        pool.map(work, ["ended pool a", "ended pool b"])
"""
    )
    ended = subprocess.run([sys.executable, script], env=ENVIRONMENT, check=True, capture_output=True, text=True)
    assert ended.stderr == ""
    names = ["a process", "executor a", "executor b", "pool a", "pool b", "ended pool a", "ended pool b"]
    kinesis.expect([f"in {name}" for name in names])


@pytest.mark.parametrize("library", ["gevent", "eventlet"])
def test_patched_threads(kinesis, run, library):
    patch = {
        "gevent": "from gevent import monkey; monkey.patch_all()",
        "eventlet": "import eventlet; eventlet.monkey_patch()",
    }
    code = """
        def work(name):
            for n in range(100):
                log.info("%s %d", name, n)
                time.sleep(0)
        threads = [threading.Thread(target=work, args=(f"greenlet {n}",)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        """
    # It is not imported here, since it changes how this process forks.
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not for this Python")
    code = patch[library] + "\n" + textwrap.dedent(code)
    status, errors = run(code, "linger=0.001", PYTHONWARNINGS="ignore")
    assert status == 0, errors
    kinesis.expect([f"greenlet {m} {n}" for m in range(20) for n in range(100)])


def test_a_freeze_with_the_connection_cut(kinesis, program):
    """As Lambda: the process stands still between two invocations, and its connections are gone."""
    process = program(
        """
        for line in sys.stdin:
            for n in range(100):
                log.info("%s %d", line.strip(), n)
        """,
        "linger=0.001",
    )
    expected = []
    for round_number in range(3):
        process.stdin.write(f"round {round_number}\n")
        process.stdin.flush()
        expected += [f"round {round_number} {n}" for n in range(100)]
        kinesis.wait(kinesis.once)
        os.kill(process.pid, signal.SIGSTOP)
        kinesis.cut()
        os.kill(process.pid, signal.SIGCONT)
    process.communicate()
    kinesis.expect(expected)


def test_a_dead_thread_is_started_again(kinesis, new_handler):
    handler, log = new_handler(linger=0.001)
    log.warning("one")
    assert handler.flush(30.0)
    handler.core.kill_threads()
    until(lambda: handler.stats()["crashes"] > 0)
    log.warning("two")
    assert handler.flush(30.0)
    assert kinesis.once() == ["one", "two"]
