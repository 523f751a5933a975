"""The forwarder's processor, as `logbraid forward` starts it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from conftest import ENVIRONMENT

if TYPE_CHECKING:
    from pathlib import Path

PLUGINS = """
class Mark:
    def match(self, data): return data.get("message") != "other"
    def handle(self, data):
        print("seen", data["message"])
        if data["message"] == "drop": return False
        if data["message"] == "raise": data["half"] = 1; raise ValueError("no")
        if data["message"] == "replace": return {"record_id": data["record_id"], "message": "replaced"}
        if data["message"] == "nan": data["n"] = float("nan")
        data["marked"] = True

class Count:
    def __init__(self): self.count = 0
    def match(self, data): return True
    def handle(self, data):
        self.count += 1
        data["count"] = self.count

count = Count()

def initialize(options): return Mark()
"""


def answers(folder: Path, plugins: list[str], records: list[object]) -> list[object]:
    (folder / "shop.py").write_text(PLUGINS)
    lines = "".join(json.dumps(record) + "\n" for record in records)
    done = subprocess.run(
        [sys.executable, "-m", "logbraid.processor", *plugins],
        input=lines, capture_output=True, text=True, check=True, cwd=folder, timeout=60, env=ENVIRONMENT,
    )  # fmt: skip
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("plugin", ["shop:Mark", "shop"])
def test_every_record_is_answered(tmp_path: Path, plugin: str):
    messages = ["a", "other", "drop", "raise", "replace", "nan", "ö"]
    records = [{"message": message, "record_id": f"r{number}"} for number, message in enumerate(messages)]
    assert answers(tmp_path, [plugin], records) == [
        {"message": "a", "record_id": "r0", "marked": True},
        {"message": "other", "record_id": "r1"},
        None,
        False,
        {"message": "replaced", "record_id": "r4"},
        False,
        {"message": "ö", "record_id": "r6", "marked": True},
    ]


def test_plugins_come_one_after_the_other(tmp_path: Path):
    records = [{"message": "a"}, {"message": "other"}]
    expect = [{"message": "a", "marked": True, "count": 1}, {"message": "other", "count": 2}]
    assert answers(tmp_path, ["shop:Mark", "shop:count"], records) == expect


@pytest.mark.parametrize(
    ("plugins", "expect"),
    [([], "usage: "), (["shop:PLUGIN"], "PLUGIN"), (["json:dumps"], "is no plugin"), (["no.such"], "no")],
)
def test_what_is_no_plugin_is_told(tmp_path: Path, plugins: list[str], expect: str):
    (tmp_path / "shop.py").write_text(PLUGINS)
    command = [sys.executable, "-m", "logbraid.processor", *plugins]
    done = subprocess.run(
        command, input="", capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60, env=ENVIRONMENT
    )
    assert done.returncode != 0
    assert expect in done.stderr
