"""One measurement of one handler, in a process of its own: `worker.py MEASUREMENT HANDLER URL`. Prints a JSON object."""

import gc
import json
import logging
import os
import statistics
import sys
import threading
import time
import traceback
import urllib.request
from time import perf_counter, process_time

import handlers
import records

#: Records of one measured stretch, and the longest time for all of them.
STRETCH, EMIT_SECONDS = 500, 1.0
#: Records of the loaded application, and the longest time that it logs.
LOAD_RECORDS, LOAD_SECONDS = 60_000, 3.0
#: The rate and the time of the records beside the busy loop.
RATE, BUSY_SECONDS = 4_000, 2.0
WAITING_RECORDS = 200_000
SILENT_RECORDS = 2_000
#: Nobody waits longer for a handler that lags behind.
LONGEST_WAIT = 120.0


def begin(kind, url):
    handler = kind(url)()
    records.log.addHandler(handler)
    # What is imported and connected at first is not measured.
    for number in range(200):
        records.write(number)
    flush(handler)
    return handler


def flush(handler):
    """Wait until all is sent."""
    try:
        handler.flush(LONGEST_WAIT)
    except TypeError:
        handler.flush()
    queued = getattr(handler, "_buffer", None)
    until = perf_counter() + LONGEST_WAIT
    while queued is not None and queued.qsize() and perf_counter() < until:
        time.sleep(0.01)


def emit(kind, url):
    """The time that the handler takes of a log call, in microseconds."""
    timer = records.Timer(begin(kind, url))
    records.log.handlers[:] = [timer]
    means, number, until = [], 0, perf_counter() + EMIT_SECONDS
    while perf_counter() < until:
        while len(timer.times) < STRETCH and perf_counter() < until:
            records.write(number)
            number += 1
        # Without the calls during which the system ran something else.
        usual = sorted(timer.times)[: max(1, len(timer.times) * 199 // 200)]
        means.append(statistics.fmean(usual) / 1_000)
        timer.times.clear()
        # Time for the handler's own threads: what they cost the application is in `load`.
        time.sleep(0.02)
    return {"emit_us": statistics.median(means)}


def load(kind, url):
    """An application that works and logs, as fast as it can; then everything is sent."""
    handler = begin(kind, url)
    counts(url)
    start, cpu = perf_counter(), process_time()
    number = 0
    while number < LOAD_RECORDS and perf_counter() - start < LOAD_SECONDS:
        for _ in range(100):
            records.work()
            records.write(number)
            number += 1
    wall = perf_counter() - start
    flush(handler)
    cpu = process_time() - cpu
    sent = counts(url)
    return {
        "app_us": wall / number * 1e6,
        "cpu_us": cpu / number * 1e6,
        "requests": sent["requests"] / number * 1_000,
        "bytes": sent["bytes"] / number,
    }


def busy(kind, url):
    """How often a loop turns beside a thread that logs at a fixed rate."""
    begin(kind, url)
    stop = perf_counter() + BUSY_SECONDS
    written = 0

    def write():
        nonlocal written
        start = perf_counter()
        while perf_counter() < stop:
            due = int((perf_counter() - start) * RATE)
            while written < due and perf_counter() < stop:
                records.write(written)
                written += 1
            time.sleep(0.005)

    thread = threading.Thread(target=write)
    thread.start()
    turns = 0
    while perf_counter() < stop:
        turns += 1
    thread.join()
    return {"turns": turns / BUSY_SECONDS, "kept_rate": written / BUSY_SECONDS}


def imported(kind, _url):
    """How long the handler's imports take."""
    start = perf_counter()
    kind("http://127.0.0.1:9")
    return {"import_ms": (perf_counter() - start) * 1_000}


def memory(kind, url):
    """What waits in memory while the endpoint says nothing."""
    handler = kind(url)()
    records.log.addHandler(handler)
    records.write(1)
    gc.collect()
    before = resident()
    for number in range(WAITING_RECORDS):
        records.write(number)
    time.sleep(1.5)
    gc.collect()
    stats = getattr(handler, "stats", dict)()
    return {"memory_mib": resident() - before, "waiting": stats.get("waiting"), "dropped": stats.get("dropped")}


def silent(kind, url):
    """The slowest log call, and the end of the program, while the endpoint says nothing."""
    timer = records.Timer(kind(url)())
    records.log.addHandler(timer)
    try:
        records.charge(0)
    except ValueError:
        traceback.format_exc()  # the first one reads the sources
    for number in range(SILENT_RECORDS):
        records.write(number)
    return {"slowest_ms": max(timer.times) / 1e6, "ended": time.time()}


def counts(url):
    with urllib.request.urlopen(url + "/counts") as answer:
        return json.load(answer)


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    logging.raiseExceptions = False
    measure, kind, url = sys.argv[1:]
    print(json.dumps(globals()[measure](getattr(handlers, kind), url)), flush=True)
    if measure != "silent":
        os._exit(0)
