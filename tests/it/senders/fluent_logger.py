"""fluent-logger: its sender, its asynchronous sender and its handler."""

import io
import logging.config

import msgpack
from fluent import asyncsender, sender
from script import UID, end, forwarder_stops, report

HOST, PORT = report.address("forward")

fluent = sender.FluentSender("shop", host=HOST, port=PORT, nanosecond_precision=True)
report(emit=fluent.emit("order", {"message": "sender", "log_uid": UID, "amount": 12.5, "lines": [1, {"a": None}]}))
exact = sender.EventTime.from_unix_nano(1_795_163_739_123_456_789)
report(emit_with_time=fluent.emit_with_time("order", exact, {"message": "nanoseconds", "log_uid": UID}))
report(last_error=fluent.last_error)
# What msgpack cannot write becomes a record that says so.
report(unwritable=fluent.emit("order", {"message": "never", "log_uid": UID, "object": object()}))
report(packing_error=type(fluent.last_error).__name__)
fluent.clear_last_error()

queued = asyncsender.FluentSender("shop", host=HOST, port=PORT, queue_maxsize=100)
report(queued=[queued.emit("queue", {"message": f"queued {number}", "log_uid": UID}) for number in range(3)])
queued.close()

logging.config.dictConfig({
    "version": 1,
    "formatters": {
        "fluent": {
            "()": "fluent.handler.FluentRecordFormatter",
            "format": {"level": "%(levelname)s", "logger": "%(name)s", "log_uid": "%(uid)s", "exc_text": "%(exc_text)s"},
        }
    },
    "handlers": {
        "fluent": {
            "class": "fluent.handler.FluentHandler",
            "host": HOST,
            "port": PORT,
            "tag": "shop.handler",
            "formatter": "fluent",
        }
    },
    "root": {"handlers": ["fluent"], "level": "DEBUG"},
})
logging.getLogger("checkout").warning("handler %d", 1, extra={"uid": UID})
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("checkout").exception("handler 2", extra={"uid": UID})
logging.shutdown()

# While nobody listens, records are pending. They are sent with the next one. What is pending when a sender is closed goes
# to its handler.
pending = sender.FluentSender("shop", host=HOST, port=PORT, timeout=1)
report(connected=pending.emit("pending", {"message": "pending 0", "log_uid": UID}))
with forwarder_stops():
    report(while_down=[pending.emit("pending", {"message": f"pending {n}", "log_uid": UID}) for n in (1, 2)])
    report(down_error=isinstance(pending.last_error, OSError))
    overflown = []
    closed = sender.FluentSender("shop", host=HOST, port=PORT, timeout=1, buffer_overflow_handler=overflown.append)
    closed.emit("lost", {"message": "not delivered"})
    closed.close()
    report(overflown=[event[2]["message"] for event in msgpack.Unpacker(io.BytesIO(b"".join(overflown)))])
report(up_again=pending.emit("pending", {"message": "pending 3", "log_uid": UID}))
pending.close()
fluent.close()
end()
