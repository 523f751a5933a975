"""Service B: knows what is in stock."""

import logging
import threading
import time
from typing import Any

import logs
import web

import logbraid

log = logging.getLogger("inventory.stock")

_stock = {"WIDGET-1": 5000, "WIDGET-2": 10}
_lock = threading.Lock()


def reserve(request: dict[str, Any]) -> dict[str, Any]:
    sku, count = request["sku"], request["count"]
    log.debug("reading stock table for %s", sku)
    with logbraid.trace("check availability", sku=sku, count=count) as t:
        t.add("check avails for %s x %d", sku, count)
        time.sleep(0.004)  # the stock table is slow
        with _lock:
            stock = _stock[sku]
            t.add("stock=%d", stock)
            is_available = stock >= count
            if is_available:
                _stock[sku] = stock - count
                t.add("reserved %d", count)
        t.add("available" if is_available else "not available")
    return {"is_available": is_available, "stock": stock}


if __name__ == "__main__":
    logs.configure("inventory")
    web.serve(reserve)
