"""A processor of the forwarder: plugins change log records before they go on.

logbraid forward starts it:
    processors:
      shop: {type: exec, command: [python3, -m, logbraid.processor, "shop.plugins:Redact"]}

A plugin has `match(data)`, which says whether it wants a record, and `handle(data)`, which gets the record as a dict.
It changes the dict, or returns another one. It returns False to drop the record. A plugin that raises leaves the record
to `on_failure` of the configuration.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
import traceback
from typing import IO, Any, Protocol

#: The answer for a record that shall be dropped, and for one that has no answer.
_DROP = b"null\n"
_NO_ANSWER = b"false\n"
_USAGE = "usage: python -m logbraid.processor MODULE[:NAME]..."


class Plugin(Protocol):
    """What a plugin has."""

    def match(self, data: dict[str, Any]) -> Any:
        """Whether the plugin wants this record."""

    def handle(self, data: dict[str, Any]) -> Any:
        """Change the record, return another one, or return False to drop it."""


def load(name: str) -> Plugin:
    """Load `module:Class`, `module:plugin`, or a module with `initialize(options)`."""
    module_name, _, attribute = name.partition(":")
    found = getattr(importlib.import_module(module_name), attribute or "initialize")
    if inspect.isclass(found):
        found = found()
    elif not attribute:
        found = found({})
    for method in ("match", "handle"):
        if not callable(getattr(found, method, None)):
            raise TypeError(f"{name} is no plugin: it has no method `{method}`")
    return found  # type: ignore[no-any-return]


def answer(plugins: list[Plugin], line: bytes) -> bytes:
    """Answer a line with a line."""
    try:
        data = json.loads(line)
        for plugin in plugins:
            if plugin.match(data):
                changed = plugin.handle(data)
                if changed is False:
                    return _DROP
                if isinstance(changed, dict):
                    data = changed
        return json.dumps(data, allow_nan=False, default=str).encode() + b"\n"
    except Exception:  # noqa: BLE001 - a plugin may raise anything
        traceback.print_exc()
        return _NO_ANSWER


def run(plugins: list[Plugin], lines: IO[bytes], answers: IO[bytes]) -> None:
    """Answer every line until there are no more."""
    for line in lines:
        answers.write(answer(plugins, line))
        answers.flush()


def main(arguments: list[str]) -> int:
    """Run the plugins that the arguments name."""
    if not arguments:
        print(_USAGE, file=sys.stderr)  # noqa: T201 - a command
        return 2
    sys.path.insert(0, "")
    answers = sys.stdout.buffer
    # What a plugin prints is no answer.
    sys.stdout = sys.stderr
    run([load(name) for name in arguments], sys.stdin.buffer, answers)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
