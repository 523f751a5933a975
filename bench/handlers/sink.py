"""A server that takes what handlers send, and does as little as it can. Prints its address and that of one that is silent.

GET /counts answers with the requests and bytes since the last time.
"""

import json
import selectors
import socket

_KINESIS_ENTRY = b'"PartitionKey"'
_RESULT = '{"SequenceNumber":"1","ShardId":"s"}'


class Sink:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.requests = 0
        self.bytes = 0

    def listen(self, is_silent):
        """Return the address of a new listener."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.selector.register(listener, selectors.EVENT_READ, lambda: self._accept(listener, is_silent))
        return "http://127.0.0.1:%d" % listener.getsockname()[1]

    def run(self):
        while True:
            for key, _ in self.selector.select():
                key.data()

    def _accept(self, listener, is_silent):
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = bytearray()
        read = self._drain if is_silent else self._read
        self.selector.register(connection, selectors.EVENT_READ, lambda: read(connection, received))

    def _drain(self, connection, _):
        if not _receive(connection):
            self._close(connection)

    def _read(self, connection, received):
        data = _receive(connection)
        if not data:
            return self._close(connection)
        received += data
        end = received.find(b"\r\n\r\n") + 4
        if end < 4:
            return None
        head = bytes(received[:end]).lower()
        if b"expect: 100-continue" in head and len(received) == end:
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(received) < end + length:
            return None
        body = bytes(received[end:])
        received.clear()
        return self._answer(connection, head, body, end)

    def _answer(self, connection, head, body, head_bytes):
        kind = "application/json"
        if head.startswith(b"get /counts"):
            answer = json.dumps({"requests": self.requests, "bytes": self.bytes})
            self.requests = self.bytes = 0
        else:
            self.requests += 1
            self.bytes += head_bytes + len(body)
            if b"putrecords" in head:
                answer = '{"FailedRecordCount":0,"Records":[%s]}' % ",".join([_RESULT] * body.count(_KINESIS_ENTRY))
            elif b"putrecord" in head:
                answer = _RESULT
            elif b"/v1/logs" in head:
                answer, kind = "", "application/x-protobuf"
            else:
                answer = "{}"
        reply = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(answer)}\r\n\r\n{answer}"
        connection.sendall(reply.encode())

    def _close(self, connection):
        self.selector.unregister(connection)
        connection.close()


def _receive(connection):
    try:
        return connection.recv(1 << 20)
    except OSError:
        return b""


if __name__ == "__main__":
    sink = Sink()
    print(sink.listen(is_silent=False), sink.listen(is_silent=True), flush=True)
    sink.run()
