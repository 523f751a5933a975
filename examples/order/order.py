"""Starts the three services as processes, places three orders, and prints the uid of each.

python order.py
"""

import os
import subprocess
import sys
from pathlib import Path

import web

HERE = Path(__file__).parent
ORDERS = [
    {"sku": "WIDGET-1", "count": 1000, "customer": "alice"},
    {"sku": "WIDGET-2", "count": 500, "customer": "bob"},
    {"sku": "WIDGET-1", "count": 20, "customer": "carol"},
]
EXIT_SECONDS = 10


class Service:
    """A process that serves until its input ends."""

    def __init__(self, name: str, **environment: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, HERE / f"{name}.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        assert self._process.stdout is not None
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            raise SystemExit(f"{name} did not start")

    def stop(self) -> None:
        """End the process, which sends its last records before it exits."""
        self._process.communicate(timeout=EXIT_SECONDS)


def main() -> None:
    inventory, ordering = Service("inventory"), Service("ordering")
    purchasing = Service("purchasing", INVENTORY_URL=inventory.url, ORDERING_URL=ordering.url)
    for order in ORDERS:
        answer = web.post(purchasing.url, order)
        print(answer["log_uid"], order["customer"], answer["reference"] or "not available", flush=True)
    for service in (purchasing, ordering, inventory):
        service.stop()


if __name__ == "__main__":
    main()
