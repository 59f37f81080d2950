"""A server of frames that does not look at the first call."""

import contextlib
import socket
import threading

import hpack

from . import raw_h2
from .raw_h2 import frame, literal, message

#: What the first call gets, and how many connections a client then has had.
REFUSALS = {
    "REFUSED_STREAM": (lambda number: raw_h2.rst(number, 7), 1),
    "GOAWAY": (lambda number: raw_h2.goaway(0), 2),
}


class Refusing:
    """Refuses the first call unseen, and answers the others with OK and one message. `heads` are
    the headers of all calls."""

    def __init__(self, refusal: str, reply: bytes = b""):
        self.refusal, self.most_connections = REFUSALS[refusal]
        self.reply = message(reply)
        self.heads: list[dict[str, str]] = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=[connection], daemon=True).start()

    def _serve(self, connection):
        decoder = hpack.Decoder()
        with connection, connection.makefile("rb") as stream, contextlib.suppress(OSError):
            connection.sendall(raw_h2.settings_frame())
            stream.read(len(raw_h2.PREFACE))
            while len(head := stream.read(9)) == 9:
                kind, flags, number = head[3], head[4], int.from_bytes(head[5:], "big")
                payload = stream.read(int.from_bytes(head[:3], "big"))
                if kind == raw_h2.SETTINGS and not flags & raw_h2.ACK:
                    connection.sendall(frame(raw_h2.SETTINGS, raw_h2.ACK, 0))
                elif kind == raw_h2.HEADERS:
                    self.heads.append(dict(decoder.decode(payload)))
                    if len(self.heads) == 1:
                        connection.sendall(self.refusal(number))
                elif kind == raw_h2.DATA and flags & raw_h2.END_STREAM and len(self.heads) > 1:
                    connection.sendall(self._answer(number))

    def _answer(self, stream: int) -> bytes:
        head = literal(b":status", b"200") + literal(b"content-type", b"application/grpc")
        return (frame(raw_h2.HEADERS, raw_h2.END_HEADERS, stream, head)
                + frame(raw_h2.DATA, 0, stream, self.reply)
                + frame(raw_h2.HEADERS, raw_h2.END_HEADERS | raw_h2.END_STREAM, stream,
                        literal(b"grpc-status", b"0")))
