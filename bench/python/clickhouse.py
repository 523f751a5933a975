"""Searches records with ClickHouse in this process (chdb).

Reads records as lines until an empty one, then texts to search, one a line. Says for each how many records it found, at most
100, and how many microseconds that took. Its argument is an empty folder for the data.

A record is its line, as it was sent, with its time. The index is a Bloom filter over the words of each 8,192 records, which is
ClickHouse's own way to find a word.
"""

import os
import re
import sys
import time

from chdb import session

BLOCK = 100_000
TABLE = """
CREATE TABLE logs (
    time DateTime64(6) CODEC(Delta, LZ4),
    line String,
    INDEX words lower(line) TYPE tokenbf_v1(65536, 5, 0) GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toDate(time) ORDER BY time
"""
INSERT = """
INSERT INTO logs
SELECT toDateTime64(toDecimal64(JSONExtractString(line, 'created'), 6), 6), line
FROM file('{}', LineAsString, 'line String')
"""


def query(text):
    words = re.findall("[0-9a-z]+", text.lower())
    tests = [f"hasToken(lower(line), '{word}')" for word in words]
    tests.append("match(lower(line), '{}')".format("[^0-9a-z]+".join(words)))
    return f"SELECT line FROM logs WHERE {' AND '.join(tests)} ORDER BY time DESC LIMIT 100"


def main():
    folder = sys.argv[1]
    clickhouse = session.Session(os.path.join(folder, "data"))
    clickhouse.query("CREATE DATABASE bench ENGINE = Atomic")
    clickhouse.query("USE bench")
    clickhouse.query(TABLE)
    block = os.path.join(folder, "block")
    is_more = True
    while is_more:
        with open(block, "w") as file:
            for _ in range(BLOCK):
                line = sys.stdin.readline()
                is_more = line not in ("", "\n")
                if not is_more:
                    break
                file.write(line)
        if os.path.getsize(block):
            clickhouse.query(INSERT.format(block))
    clickhouse.query("OPTIMIZE TABLE logs FINAL")
    size = clickhouse.query("SELECT sum(bytes_on_disk), sum(rows) FROM system.parts WHERE active AND table = 'logs'")
    print("ready", str(size).strip(), flush=True)
    for text in sys.stdin:
        started = time.perf_counter()
        found = str(clickhouse.query(query(text.strip()), "LineAsString"))
        took = time.perf_counter() - started
        print("found", sum(1 for line in found.splitlines() if line), round(took * 1e6), flush=True)


main()
