"""distlog: tasks, as JSON and as pickle."""

import datetime
import logging

import distlog
import zmq
from script import end, forwarder_stops, report

HOST, PORT = report.address("distlog")

context = zmq.Context()
root = logging.getLogger()
root.setLevel("DEBUG")


def handler(formatter):
    handler = distlog.ZmqHandler(f"tcp://{HOST}:{PORT}", context)
    handler.setFormatter(formatter)
    root.handlers = [handler]


def order(name):
    with distlog.task("order %s", name, customer="alice") as task:
        report(**{name: str(task.id)})
        with distlog.to("charge %s", name) as charge:
            charge.success("charged %s", name)
            logging.warning("card of %s", name, extra={"amount": 12.5, "items": [1, (2, 3)]})
        try:
            with distlog.to("ship %s", name):
                1 / 0
        except ZeroDivisionError:
            pass


handler(distlog.JSONFormatter())
order("json")
handler(distlog.PickleFormatter())
order("pickle")
# It pickles what it is given. What is no plain data is set aside, and nothing of it runs.
logging.error("set aside", extra={"when": datetime.date(2026, 11, 26)})
with forwarder_stops():
    # ZeroMQ keeps it until somebody listens again.
    order("later")
# Waits until all is sent.
for open_handler in logging._handlerList:
    socket = getattr(open_handler(), "socket", None)
    if isinstance(socket, zmq.Socket):
        socket.close(linger=20_000)
context.term()
end()
