"""Service C: orders from the vendor, who is not always there."""

import itertools
import logging
import threading
import time
from typing import Any

import logs
import web

import logbraid

log = logging.getLogger("ordering.vendor")

MAX_ATTEMPTS = 3
CONFIRM_AFTER_SECONDS = 0.05

_references = itertools.count(7000)


class VendorError(Exception):
    """The vendor does not take the order."""


def ask_vendor(sku: str, count: int, attempt: int) -> str:
    time.sleep(0.01)
    # Large orders fail once.
    if count >= 1000 and attempt == 1:
        raise VendorError(f"order for {sku} rejected by vendor “Größe & Söhne”")
    return f"VND-{next(_references):06}"


def order(request: dict[str, Any]) -> dict[str, Any]:
    sku, count, customer = request["sku"], request["count"], request["customer"]
    log.info("order item %s x %d for %s", sku, count, customer)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            with logbraid.task("ask the vendor, attempt %d", attempt) as t:
                reference = ask_vendor(sku, count, attempt)
                t.success("vendor accepted, reference %s", reference, reference=reference)
        except VendorError:
            continue
        # The confirmation comes later, in another thread, and belongs to the same transaction.
        threading.Timer(CONFIRM_AFTER_SECONDS, logbraid.carry(confirm), [reference]).start()
        return {"reference": reference}
    return {"reference": None}


def confirm(reference: str) -> None:
    log.info("confirm order %s", reference)


if __name__ == "__main__":
    logs.configure("ordering")
    web.serve(order)
