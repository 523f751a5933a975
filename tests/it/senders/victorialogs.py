"""victorialogs-handler: batches over HTTP, and what is left when it is closed."""

import logging

from script import UID, end, forwarder_stops, report
from vlogs_handler import VictoriaLogsHandler

HOST, PORT = report.address("vlogs")

handler = VictoriaLogsHandler(url=f"http://{HOST}:{PORT}", batch_size=2, chunk_size=3, flush_interval=60)
logger = logging.getLogger("shop.checkout")
logger.setLevel("DEBUG")
logger.addHandler(handler)
for number in range(7):
    logger.info("batch %d", number, extra={"log_uid": UID, "amount": number + 0.5, "items": [1, {"a": None}]})
handler.flush()
report(after_flush=handler._buffer.qsize())
with forwarder_stops():
    logger.warning("while down", extra={"log_uid": UID})
    handler.flush()
    # It keeps what was not taken. Its own thread may have been sending one more.
    report(kept_while_down=handler._buffer.qsize() > 0)
handler.flush()
report(up_again=handler._buffer.qsize())
try:
    1 / 0
except ZeroDivisionError:
    logger.exception("at close", extra={"log_uid": UID})
handler.close()
report(after_close=handler._buffer.qsize(), is_alive=handler._worker_thread.is_alive())
end()
