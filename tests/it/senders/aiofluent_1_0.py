"""aiofluent 1.0: it sends from the event loop, and without one in the call."""

import asyncio
import logging
import time

from aiofluent import handler, sender
from script import UID, end, report

HOST, PORT = report.address("forward")

fluent = sender.FluentSender("shop", host=HOST, port=PORT)
report(emit=fluent.emit("order", {"message": "sender", "log_uid": UID, "amount": 12.5}))
report(last_error=fluent.last_error)
fluent.close()


async def main():
    waiting = sender.FluentSender("shop", host=HOST, port=PORT)
    report(async_emit=await waiting.async_emit("order", {"message": "async", "log_uid": UID}))
    waiting.close()
    fluent_handler = handler.FluentHandler("shop.handler", host=HOST, port=PORT)
    fluent_handler.setFormatter(handler.FluentRecordFormatter({"level": "%(levelname)s", "log_uid": "%(uid)s"}))
    logger = logging.getLogger("checkout")
    logger.addHandler(fluent_handler)
    logger.warning("handler %d", 1, extra={"uid": UID})
    until = time.monotonic() + 20
    await asyncio.sleep(0)
    while fluent_handler._queue is None or fluent_handler._queue._unfinished_tasks:
        assert time.monotonic() < until
        await asyncio.sleep(0.01)


asyncio.run(main())
end()
