"""Syslog by Python's standard library, and GELF by graypy."""

import logging
import logging.handlers
import socket

import graypy
from script import UID, end, report

logger = logging.getLogger("shop")


def send(handler, *messages):
    logger.handlers = [handler]
    for message in messages:
        logger.error(message, extra={"request_id": UID})
    handler.close()


for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
    handler = logging.handlers.SysLogHandler(report.address("syslog"), logging.handlers.SysLogHandler.LOG_LOCAL4, kind)
    handler.setFormatter(logging.Formatter("shop[7]: %(message)s request_id=%(request_id)s"))
    send(handler, f"syslog {kind.name}", f"{kind.name} two\nlines")

host, port = report.address("gelf")
# In chunks, and compressed.
send(graypy.GELFUDPHandler(host, port, gelf_chunker=graypy.handler.BaseGELFChunker(60)), "gelf in chunks")
send(graypy.GELFTCPHandler(host, port), "gelf over tcp")
end()
