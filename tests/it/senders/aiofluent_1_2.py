"""aiofluent 1.2: its sender and its handler, which send from the event loop."""

import asyncio
import logging.config

from aiofluent import event, handler, sender
from script import UID, end, forwarder_stops, report

HOST, PORT = report.address("forward")


async def main():
    fluent = sender.FluentSender("shop", host=HOST, port=PORT, retry_timeout=0)
    data = {"message": "sender", "log_uid": UID, "amount": 12.5, "lines": [1, {"a": None}]}
    report(emit=await fluent.async_emit("order", data))
    exact = 1_795_163_739.25
    report(emit_with_time=await fluent.async_emit_with_time("order", exact, {"message": "nanoseconds", "log_uid": UID}))
    report(last_error=fluent.last_error)
    report(unwritable=await fluent.async_emit("order", {"message": "never", "object": object()}))
    report(packing_error=type(fluent.last_error).__name__)

    sender.setup("shop", host=HOST, port=PORT)
    await event.send_event("event", {"message": "event", "log_uid": UID})

    logging.config.dictConfig({
        "version": 1,
        "formatters": {
            "fluent": {
                "()": "aiofluent.handler.FluentRecordFormatter",
                "fmt": {"level": "%(levelname)s", "logger": "%(name)s", "log_uid": "%(uid)s", "exc_text": "%(exc_text)s"},
            }
        },
        "handlers": {
            "fluent": {
                "class": "aiofluent.handler.FluentHandler",
                "host": HOST,
                "port": PORT,
                "tag": "shop.handler",
                "nanosecond_precision": True,
                "formatter": "fluent",
            }
        },
        "root": {"handlers": ["fluent"], "level": "INFO"},
    })
    logging.getLogger("checkout").warning("handler %d", 1, extra={"uid": UID})
    # It drops records until its task runs.
    await asyncio.sleep(0)
    try:
        1 / 0
    except ZeroDivisionError:
        logging.getLogger("checkout").exception("handler 2", extra={"uid": UID})
    while handler.FluentHandler._queue._queue._unfinished_tasks:
        await asyncio.sleep(0.01)
    logging.getLogger().handlers[0].close()

    # While nobody listens, records are pending. They are sent with the next one.
    with forwarder_stops():
        # The first writes into a connection whose other side is closed: only the second knows.
        report(while_down=[await down(fluent, number) for number in (1, 2, 3)][-1])
        report(down_error=isinstance(fluent.last_error, OSError))
    report(up_again=await fluent.async_emit("pending", {"message": "up again", "log_uid": UID}))
    fluent.close()


async def down(fluent, number):
    result = await fluent.async_emit("pending", {"message": f"pending {number}", "log_uid": UID})
    await asyncio.sleep(0.05)
    return result


asyncio.run(main())
end()
