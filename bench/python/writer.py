"""A writer in Python: prints `ready`, then `stored N` for each line `store` that it reads. See bench/src/worker.rs."""

import importlib
import itertools
import os
import sys


def main(module, port, database, collection, file, batch, first, step, batches, _warm_up):
    os.environ.update(MONGODB_URI=f"mongodb://127.0.0.1:{port}", LOGBRAID_DB=database, BENCH_COLLECTION=collection)
    function = importlib.import_module(module)
    with open(file, "rb") as lines:
        events = list(itertools.islice(lines, int(first), int(batches), int(step)))
    print("ready", flush=True)
    for line in sys.stdin:
        if line == "store\n":
            for event in events:
                function.lambda_handler(function.loads(event), None)
            print("stored", len(events) * int(batch), flush=True)


main(*sys.argv[1:])
