"""A carefully written handler in Python alone: orjson, one thread, PutRecords of 500, only what failed again."""

import logging
import queue
import socket
import threading

import boto3
import orjson

MAX_RECORDS = 500
MAX_BYTES = 5 * 1024 * 1024
LINGER = 1.0
FLUSH_SECONDS = 5.0
_LEFT_OUT = frozenset(("msg", "args", "exc_info", "relativeCreated", "msecs"))
_traceback = logging.Formatter().formatException


class CarefulHandler(logging.Handler):
    """Serialises in the caller, sends in a thread."""

    def __init__(self, url):
        super().__init__()
        self.client = boto3.client("kinesis", endpoint_url=url)
        self.fqdn = socket.getfqdn()
        self.queue = queue.SimpleQueue()
        self.sent = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def createLock(self):
        self.lock = None

    def emit(self, record):
        fields = {name: value for name, value in record.__dict__.items() if name not in _LEFT_OUT}
        fields["message"] = record.getMessage()
        fields["fqdn"] = self.fqdn
        fields["service"] = "orders"
        if record.exc_info:
            fields["exc_text"] = _traceback(record.exc_info)
        self.queue.put((fields.get("log_uid", "-"), orjson.dumps(fields, default=str)))

    def flush(self, timeout=FLUSH_SECONDS):
        self.sent.clear()
        self.queue.put(None)
        self.sent.wait(timeout)

    def _run(self):
        while True:
            batch, size, is_flush = [], 0, False
            try:
                while len(batch) < MAX_RECORDS and size < MAX_BYTES:
                    item = self.queue.get(timeout=LINGER)
                    if item is None:
                        is_flush = True
                        break
                    batch.append({"PartitionKey": item[0], "Data": item[1]})
                    size += len(item[1])
            except queue.Empty:
                pass
            while batch:
                answer = self.client.put_records(StreamName="logs", Records=batch)
                if not answer["FailedRecordCount"]:
                    break
                batch = [entry for entry, result in zip(batch, answer["Records"]) if "ErrorCode" in result]
            if is_flush:
                self.sent.set()
