"""Service A: buys what customers want, if it is in stock."""

import logging
import os
from typing import Any

import logs
import web

import logbraid

log = logging.getLogger("purchasing.orders")


def purchase(request: dict[str, Any]) -> dict[str, Any]:
    sku, count, customer = request["sku"], request["count"], request["customer"]
    with logbraid.task("purchase %d of %s", count, sku, customer=customer) as purchase_task:
        with logbraid.to("check availability for %d widgets", count) as check:
            stock = web.post(os.environ["INVENTORY_URL"], {"sku": sku, "count": count})
            if not stock["is_available"]:
                check.failure("not available: %s has only %d", sku, stock["stock"])
                purchase_task.failure("not purchased: too few in stock")
                return {"reference": None}
        with logbraid.to("order") as to_order:
            order = web.post(os.environ["ORDERING_URL"], {"sku": sku, "count": count, "customer": customer})
            to_order.success("order placed, vendor reference %s", order["reference"])
        return {"reference": order["reference"]}


if __name__ == "__main__":
    logs.configure("purchasing")
    web.serve(purchase)
