"""The records of the benchmark: those of a shop. One of 50 has a traceback."""

import json
import logging
import random
from time import perf_counter_ns

#: Records with the same id.
PER_TRANSACTION = 12
#: One of so many records has a traceback.
TRACEBACK_EVERY = 50
#: What the application does for each record, beside logging it.
ORDER = json.dumps({"order": 17, "items": [{"sku": f"WIDGET-{n}", "count": n, "price": n * 1.25} for n in range(4)]})

log = logging.getLogger("shop.orders.availability")
log.setLevel(logging.DEBUG)
log.propagate = False
_random = random.Random(7)
_fields = {}


def work():
    """Do what an application does between two records: 10 microseconds or so."""
    order = json.loads(ORDER)
    return sum(item["count"] * item["price"] for item in order["items"])


def write(number):
    """Log a record."""
    if number % PER_TRANSACTION == 0 or not _fields:
        _fields["log_uid"] = "%032x" % _random.getrandbits(128)
        _fields["customer"] = "customer-%d" % _random.randrange(100_000)
    random = _random.getrandbits(40)
    extra = {
        "order": "%010x" % random,
        "span_id": "%016x" % _random.getrandbits(64),
        "client": "10.%d.%d.%d" % (random >> 32, random >> 24 & 255, random >> 16 & 255),
        "amount": random % 100_000 / 100,
        **_fields,
    }
    if number % TRACEBACK_EVERY == 0:
        try:
            charge(number)
        except ValueError:
            log.exception("payment %d failed", number, extra=extra)
    elif number % 3:
        log.info(
            "check availability for %d widgets of %s in warehouse %s", random % 1_000, "blue", "north", extra=extra
        )
    else:
        log.debug("reserved in %.3f ms", random % 10_000 / 1_000, extra=extra)


def charge(number):
    """Fail, three calls deep."""
    _authorize(number)


def _authorize(number):
    _decide(number)


def _decide(number):
    raise ValueError(f"card {number} declined")


class Timer(logging.Handler):
    """Passes records on, and counts the nanoseconds that it takes."""

    def __init__(self, handler):
        super().__init__()
        self.handler = handler
        self.times = []

    def handle(self, record):
        start = perf_counter_ns()
        self.handler.handle(record)
        self.times.append(perf_counter_ns() - start)
