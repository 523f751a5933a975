"""Subinterpreters, as mod_wsgi has them: a handler there says that it sends nothing."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest
from conftest import ENVIRONMENT
from kinesis import LONG

IN_SUB = """
    import logging.config, sys
    sys.path[:] = {path!r}
    import logbraid
    logging.config.dictConfig({{
        "version": 1,
        "handlers": {{"k": {{"class": "logbraid.KinesisHandler", "stream": "s", "endpoint_url": {url!r}}}}},
        "root": {{"handlers": ["k"]}},
    }})
    with logbraid.transaction(uid="order-1") as t:
        logging.warning("in the subinterpreter")
    handler = logging.getLogger().handlers[0]
    assert handler.flush() and handler.stats()["dropped"] == 1
    print(t.uid, flush=True)
"""


@pytest.mark.parametrize("main", ["", "log.addHandler(new()); log.warning('in the main one')"])
def test_a_handler_in_a_subinterpreter_sends_nothing_and_says_so(kinesis, main):
    inner = textwrap.dedent(IN_SUB.format(path=sys.path, url=kinesis.url))
    code = f"""
import logging, sys
if sys.version_info >= (3, 13):
    import _interpreters as interpreters
else:
    import _xxsubinterpreters as interpreters
def new():
    import logbraid
    return logbraid.KinesisHandler("s", endpoint_url={kinesis.url!r}, credentials=("a", "b"))
log = logging.getLogger("app")
{main}
failure = interpreters.run_string(interpreters.create(), {inner!r})
assert failure is None, failure
log.addHandler(new())
log.warning("in the main one, later")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=ENVIRONMENT, timeout=LONG
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "order-1\n"
    assert done.stderr.count("logbraid: a subinterpreter cannot send log records") == 1
    assert "in the main one, later" in kinesis.once()
    assert "in the subinterpreter" not in kinesis.once()
