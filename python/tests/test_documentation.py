"""The code in docs/python.md runs, and what it writes is what the page says."""

from __future__ import annotations

import asyncio
import logging
import logging.config
import re
from pathlib import Path

import pytest

import logbraid

PAGE = (Path(__file__).parents[2] / "docs" / "python.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def run(code: str) -> dict:
    log = logging.getLogger("orders")
    names = {"__name__": "orders", "logging": logging, "logbraid": logbraid, "log": log}
    exec(compile(code, "page", "exec"), names)
    return names


@pytest.fixture(autouse=True)
def _restored():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize("code", BLOCKS, ids=lambda code: code.splitlines()[0])
async def test_the_code_runs(code):
    if 'logbraid.KinesisHandler"' in code and "KinesisHandler" not in dir(logbraid):
        pytest.skip("no handler yet")
    names = run(code)
    for name in ("client", "session", "sqs"):
        if hasattr(names.get(name), "close"):
            names[name].close()
    if asyncio.iscoroutinefunction(names.get("async_job")):
        await names["async_job"]()


def block_with(text: str) -> str:
    (found,) = [code for code in BLOCKS if text in code]
    return found


def test_the_trace_is_as_written(collect):
    run(block_with('t.add("auth header seen")'))
    (record,) = collect.records
    shown = re.sub(r"\d\.\d{4}s", "#s", record["message"])
    assert shown in re.sub(r"\d\.\d{4}s", "#s", PAGE)


def test_the_tree_is_as_written(collect):
    run(block_with("order.export()"))
    rows = [record for record in collect.records if "status" in record]
    for record, line in zip(rows, re.findall(r"^\| 1(?:/\d)? \|.*\|$", PAGE, re.MULTILINE)):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        assert cells == [record["task"], record.get("parent", ""), record["status"], record["message"]]
    assert len(rows) == 8
    (truck,) = [record for record in collect.records if record["message"] == "in the truck"]
    assert truck["task"] == "1/3"


def test_every_public_name_is_on_the_page():
    for name in {*logbraid.__all__, *logbraid._MODULES}:
        assert re.search(rf"\blogbraid\.{name}\b|`{name}\b", PAGE), name
