"""A small HTTP/2 client that sends any frame, well formed or not.

One connection per object, blocking, on loopback; every wait has a deadline.
"""

import dataclasses
import socket
import struct
import time

import hpack

from . import waiting
from .envelopes import envelope

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

(DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE,
 CONTINUATION) = range(10)
END_STREAM, END_HEADERS, PADDED, PRIORITY_FLAG, ACK = 0x1, 0x4, 0x8, 0x20, 0x1
(HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE,
 MAX_HEADER_LIST_SIZE) = range(1, 7)

ERROR_NAMES = [
    "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT",
    "STREAM_CLOSED", "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR",
    "CONNECT_ERROR", "ENHANCE_YOUR_CALM", "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
]
CODE_NAMES = [
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
    "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
    "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
]


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(
        ">I", stream) + payload


def settings_frame(values: dict[int, int] | None = None) -> bytes:
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", k, v)
                                          for k, v in (values or {}).items()))


def rst(stream: int, code: int = 8) -> bytes:
    return frame(RST_STREAM, 0, stream, struct.pack(">I", code))


def ping(payload: bytes = b"12345678") -> bytes:
    return frame(PING, 0, 0, payload)


def goaway(last_stream: int, code: int = 0, debug: bytes = b"") -> bytes:
    return frame(GOAWAY, 0, 0, struct.pack(">II", last_stream, code) + debug)


def window_update(stream: int, increment: int) -> bytes:
    return frame(WINDOW_UPDATE, 0, stream, struct.pack(">I", increment))


def message(payload: bytes, flag: int = 0) -> bytes:
    """A gRPC message."""
    return envelope(payload, flag)


def literal(name: bytes, value: bytes, index: bool = False) -> bytes:
    """A literal header field without Huffman coding, names and values of up to 126 bytes."""
    return bytes([0x40 if index else 0, len(name)]) + name + bytes([len(value)]) + value


def request_headers(path: str, *, method="POST", content_type="application/grpc", extra=(),
                    omit=()):
    """The header list of a gRPC request; names in `omit` are left out."""
    fields = [(":method", method), (":scheme", "http"), (":path", path),
              (":authority", "localhost"), ("te", "trailers"), ("content-type", content_type),
              *extra]
    return [(name, value) for name, value in fields if name not in omit and value is not None]


@dataclasses.dataclass
class Frame:
    kind: int
    flags: int
    stream: int
    payload: bytes


@dataclasses.dataclass
class Reply:
    """The answer on one stream: header lists in order, data, and its end."""
    headers: list[dict] = dataclasses.field(default_factory=list)
    data: bytes = b""
    ended: bool = False
    reset: int | None = None

    @property
    def http_status(self) -> str | None:
        return self.headers[0].get(":status") if self.headers else None

    @property
    def grpc_status(self) -> int | None:
        for fields in reversed(self.headers):
            if "grpc-status" in fields:
                return int(fields["grpc-status"])
        return None

    def name(self) -> str:
        """The answer as the table of bad input writes it."""
        if self.grpc_status is not None:
            return CODE_NAMES[self.grpc_status]
        if self.http_status not in (None, "200"):
            return f"HTTP {self.http_status}"
        if self.reset is not None:
            return f"RST_STREAM {ERROR_NAMES[self.reset]}"
        return "no answer"


class Closed(Exception):
    """The server closed the connection."""


class RawConnection:
    def __init__(self, sock: socket.socket, *, preface=True, settings: dict[int, int] | None = None,
                 hold=False):
        """`hold` delays all sent bytes until the first read, so that they leave in as few segments
        as possible."""
        self.sock = sock
        self.buffer = b""
        self._held: bytes | None = b"" if hold else None
        #: Answers to the server's frames, held back while a larger piece is being sent that they
        #: must not split.
        self._answers: bytes | None = None
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder(max_header_list_size=1 << 20)
        self.replies: dict[int, Reply] = {}
        self.goaway: tuple[int, str] | None = None
        #: The last stream of each GOAWAY.
        self.last_streams: list[int] = []
        #: PINGs of the server, and whether they are answered.
        self.asked = 0
        self.answers_pings = True
        self.server_settings: dict[int, int] = {}
        self.acks = 0
        #: What came in the answers to its PINGs.
        self.pongs: list[bytes] = []
        self.closed = False
        self.resets = 0
        self._fragments = b""
        if preface:
            self.send(PREFACE + settings_frame(settings))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    @property
    def pings(self) -> int:
        """How many PINGs were answered."""
        return len(self.pongs)

    # Sending

    def send(self, data: bytes) -> None:
        """Sends all bytes; a closed connection is recorded, not raised."""
        if self._held is not None:
            self._held += data
            return
        if self._answers is not None:
            self._answers += data
            return
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            self.closed = True

    def send_while_reading(self, data: bytes, seconds: float = 10) -> None:
        """Sends all bytes and reads the server's frames meanwhile, so that neither side waits for
        the other."""
        deadline = time.monotonic() + seconds
        if self._held is not None:
            data, self._held = self._held + data, None
        self._answers = b""
        view = memoryview(data)
        while view and not self.closed and time.monotonic() < deadline:
            readable, writable = waiting.readiness(self.sock, 0.2)
            if readable:
                self._receive()
            if writable and not self.closed:
                try:
                    view = view[self.sock.send(view[:65536], socket.MSG_DONTWAIT):]
                except BlockingIOError:
                    pass
                except (BrokenPipeError, ConnectionResetError):
                    self._drain_after_reset()
        answers, self._answers = self._answers, None
        if answers and not self.closed:
            self.send(answers)

    def headers(self, stream: int, fields, *, end_stream=False, end_headers=True) -> None:
        flags = (END_STREAM if end_stream else 0) | (END_HEADERS if end_headers else 0)
        self.send(frame(HEADERS, flags, stream, self.encoder.encode(fields, huffman=False)))

    def data(self, stream: int, payload: bytes, *, end_stream=False) -> None:
        self.send(frame(DATA, END_STREAM if end_stream else 0, stream, payload))

    def request(self, stream: int, path: str, body: bytes, **options) -> None:
        """Sends a whole gRPC request; `body` is the content of DATA."""
        self.headers(stream, request_headers(path, **options), end_stream=not body)
        for start in range(0, len(body), 16384):
            last = start + 16384 >= len(body)
            self.send(frame(DATA, END_STREAM if last else 0, stream, body[start:start + 16384]))

    # Receiving

    def reply(self, stream: int) -> Reply:
        return self.replies.setdefault(stream, Reply())

    def _drain_after_reset(self) -> None:
        self.closed = True

    def _receive(self) -> None:
        try:
            chunk = self.sock.recv(262144)
        except (ConnectionResetError, BrokenPipeError):
            chunk = b""
        if not chunk:
            self.closed = True
            return
        self.buffer += chunk
        while len(self.buffer) >= 9:
            length = int.from_bytes(self.buffer[:3], "big")
            if len(self.buffer) < 9 + length:
                return
            head, payload = self.buffer[:9], self.buffer[9:9 + length]
            self.buffer = self.buffer[9 + length:]
            stream = int.from_bytes(head[5:9], "big") & 0x7FFFFFFF
            self._handle(Frame(head[3], head[4], stream, payload))

    def _handle(self, f: Frame) -> None:
        reply = self.reply(f.stream)
        if f.kind == SETTINGS:
            if f.flags & ACK:
                self.acks += 1
            else:
                for at in range(0, len(f.payload), 6):
                    key, value = struct.unpack_from(">HI", f.payload, at)
                    self.server_settings[key] = value
                self.send(frame(SETTINGS, ACK, 0))
        elif f.kind == PING:
            if f.flags & ACK:
                self.pongs.append(f.payload)
            else:
                self.asked += 1
                if self.answers_pings:
                    self.send(frame(PING, ACK, 0, f.payload))
        elif f.kind == GOAWAY:
            self.last_streams.append(int.from_bytes(f.payload[:4], "big"))
            code = int.from_bytes(f.payload[4:8], "big")
            self.goaway = (code, f.payload[8:].decode("utf-8", "replace"))
        elif f.kind == RST_STREAM:
            reply.reset = int.from_bytes(f.payload, "big")
            self.resets += 1
        elif f.kind == DATA:
            reply.data += f.payload
            reply.ended |= bool(f.flags & END_STREAM)
        elif f.kind in (HEADERS, CONTINUATION):
            self._fragments += f.payload
            if f.kind == HEADERS and f.flags & END_STREAM:
                reply.ended = True
            if f.flags & END_HEADERS:
                reply.headers.append(dict(self.decoder.decode(self._fragments)))
                self._fragments = b""

    def read_until(self, done, seconds: float = 10) -> bool:
        """Reads frames until `done()`, the end of the connection, or the deadline."""
        deadline = time.monotonic() + seconds
        if self._held is not None:
            self.send_while_reading(b"", seconds)
        while not done():
            left = deadline - time.monotonic()
            if self.closed or left <= 0:
                return done()
            if waiting.is_readable(self.sock, min(left, 0.5)):
                self._receive()
        return True

    def answer(self, stream: int, seconds: float = 10) -> str:
        """The answer on a stream: a status, a reset, or the end of the connection.

        GOAWAY without an error lets streams finish, so it is no answer.
        """
        reply = self.reply(stream)
        answered = self.read_until(
            lambda: reply.ended or reply.reset is not None or (self.goaway or (0, ""))[0] != 0,
            seconds)
        if reply.ended or reply.reset is not None or not answered and not self.closed:
            return reply.name()
        return self.connection_answer(seconds)

    def connection_answer(self, seconds: float = 10) -> str:
        """How the connection ended: by GOAWAY with its code, closed without one, or still open."""
        self.read_until(lambda: False if self.goaway is None else True, seconds)
        if self.goaway:
            return f"GOAWAY {ERROR_NAMES[self.goaway[0]]}"
        return "closed" if self.closed else "open"
