"""The examples, as their users run them."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

from conftest import ENVIRONMENT
from kinesis import Kinesis

EXAMPLES = Path(__file__).parents[2] / "examples"


def run_order(**more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in ENVIRONMENT.items() if name != "LOGBRAID_STREAM"}
    return subprocess.run(
        [sys.executable, EXAMPLES / "order" / "order.py"],
        capture_output=True,
        text=True,
        check=True,
        env={**environment, **more},
        timeout=60,
    )


def test_three_services_write_one_transaction_for_each_order():
    done = run_order()
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


def test_three_services_send_one_transaction_for_each_order():
    with Kinesis() as kinesis:
        done = run_order(
            LOGBRAID_STREAM="logs",
            AWS_ENDPOINT_URL=kinesis.url,
            AWS_ACCESS_KEY_ID="local",
            AWS_SECRET_ACCESS_KEY="local",
            AWS_DEFAULT_REGION="us-east-1",
        )
    assert done.stderr == ""
    uid = done.stdout.split()[0]
    records = [record for record in kinesis.records if record.get("log_uid") == uid]
    services = Counter(record["service"] for record in records)
    assert services == {"purchasing": 6, "ordering": 6, "inventory": 2}
    ends = {record["task"]: record["status"] for record in records if "status" in record}
    assert ends == {
        "1": "succeeded",
        "1/1": "succeeded",
        "1/2": "succeeded",
        "1/2/1/1": "failed",
        "1/2/1/2": "succeeded",
    }
    (trace,) = [record for record in records if "steps" in record]
    assert [step["message"] for step in trace["steps"]][-1] == "available"
    assert (trace["outcome"], trace["funcName"], trace["sku"]) == ("succeeded", "reserve", "WIDGET-1")
