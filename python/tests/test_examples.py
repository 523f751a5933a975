"""The examples, as their users run them."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from conftest import ENVIRONMENT

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_three_services_write_one_transaction_for_each_order():
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "LOGBRAID_STREAM"}
    done = subprocess.run(
        [sys.executable, EXAMPLES / "order" / "order.py"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        timeout=60,
    )
    uids = {line.split()[1]: line.split()[0] for line in done.stdout.splitlines()}
    services, messages = defaultdict(set), defaultdict(list)
    for line in done.stderr.splitlines():
        uid, _, rest = line.partition(" ")
        if uid in uids.values():
            service, _, message = rest.split(maxsplit=2)
            services[uid].add(service)
            messages[uid].append(message)
    assert list(uids) == ["alice", "bob", "carol"]
    assert len(set(uids.values())) == 3
    assert services[uids["alice"]] == {"purchasing", "inventory", "ordering"}
    assert services[uids["bob"]] == {"purchasing", "inventory"}
    assert "confirm order VND-007000" in messages[uids["alice"]]
    assert "ask the vendor, attempt 1: failed" in messages[uids["alice"]]
    assert "VendorError" in done.stderr
