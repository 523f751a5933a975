"""Measures logging handlers side by side: `python bench/handlers SUMMARY`. BENCH_QUICK=1: one round.

Each measurement is a process of its own. The handlers take turns, round after round; a number is the median of the rounds,
and a ratio is that of the rounds' ratios to the same round without a handler.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import handlers

HERE = Path(__file__).parent
ROUNDS = 1 if os.environ.get("BENCH_QUICK") == "1" else 5
LIMIT_SECONDS = 300
#: What must not lead a client elsewhere, or have every import compile anew.
SETTINGS = ("AWS_", "OTEL_", "LOGBRAID_", "PYTHONDONTWRITEBYTECODE")
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)},
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "NO_PROXY": "127.0.0.1",
}
COLUMNS = (
    ("emit µs", "emit_us", "{:.1f}"),
    ("CPU µs", "cpu_us", "{:.1f}"),
    ("app %", "app", "{:.0f}"),
    ("loop %", "loop", "{:.0f}"),
    ("import ms", "import_ms", "{:.1f}"),
    ("MiB", "memory_mib", "{:.1f}"),
    ("bytes", "bytes", "{:.0f}"),
    ("requests", "requests", "{:.1f}"),
    ("slowest ms", "slowest_ms", "{:.2f}"),
    ("end s", "end_s", "{:.1f}"),
)


def measure(measurement, kind, url):
    """Run a worker. Return what it measured."""
    done = subprocess.run(
        [sys.executable, HERE / "worker.py", measurement, kind.__name__, url],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    ended = time.time()
    if done.returncode:
        sys.exit(f"error: {measurement} of {kind.__name__} failed:\n{done.stderr}")
    found = json.loads(done.stdout)
    if "ended" in found:
        found["end_s"] = ended - found.pop("ended")
    return found


def measured(kind, number, urls):
    """Return one round of a handler."""
    sink, silent = urls
    found = {}
    for measurement in ("emit", "load", "busy", "imported"):
        found.update(measure(measurement, kind, sink))
    # These take long, and are hardly ever different.
    if number == 0 and kind is not handlers.article:  # it would wait minutes for each record
        for measurement in ("memory", "silent"):
            found.update(measure(measurement, kind, silent))
    return found


def relative(found, none):
    """Return a round's numbers, with those that only mean something beside the round without a handler."""
    return {
        **found,
        "app": none["app_us"] / found["app_us"] * 100,
        "cpu_us": found["cpu_us"] - none["cpu_us"],
        "loop": found["turns"] / none["turns"] * 100,
    }


def median(rounds, name):
    values = [found[name] for found in rounds if found.get(name) is not None]
    return statistics.median(values) if values else None


def main(summary):
    sink = subprocess.Popen([sys.executable, HERE / "sink.py"], stdout=subprocess.PIPE, text=True)
    try:
        urls = sink.stdout.readline().split()
        rounds = {kind: [] for kind in handlers.ALL}
        for number in range(ROUNDS):
            print(f"round {number + 1} of {ROUNDS}", file=sys.stderr, flush=True)
            none = None
            for kind in handlers.ALL:
                found = measured(kind, number, urls)
                none = none or found
                rounds[kind].append(relative(found, none))
    finally:
        sink.terminate()
        sink.wait()
    names = sorted({name for found in rounds.values() for name in found[0]})
    medians = {kind.__name__: {name: median(found, name) for name in names} for kind, found in rounds.items()}
    print("| handler | " + " | ".join(title for title, _, _ in COLUMNS) + " |")
    print("|---|" + "--:|" * len(COLUMNS))
    for kind, found in medians.items():
        cells = ["" if found[name] is None else form.format(found[name]) for _, name, form in COLUMNS]
        print(f"| `{kind}` | " + " | ".join(cells) + " |")
    path = Path(summary)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(medians, indent=1) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
