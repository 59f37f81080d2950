"""A connection on which a case of HTTP/2 conformance is tried, in one of the situations that all
cases are tried in."""

import dataclasses
import struct
from collections.abc import Callable

from . import raw_h2
from .raw_h2 import ERROR_NAMES, RawConnection, frame, literal, message, request_headers

CHECK = "/grpc.health.v1.Health/Check"
WATCH = "/deploymenttrack.v1.DeploymentTrackService/WatchDeploymentTracks"

#: What is true of the connection when the case begins.
SITUATIONS = (
    "alone", "in the segment of the preface", "beside half a request", "beside a slow handler")
#: How long an answer may take; a right one takes milliseconds.
SECONDS = 5


def block(fields) -> bytes:
    """A header block that neither reads nor changes the dynamic table."""
    return b"".join(literal(name.encode(), value.encode()) for name, value in fields)


def replaced(fields, **values) -> list[tuple[str, str]]:
    """The header list with other values for pseudo-fields, named without their colon."""
    return [(name, values.get(name[1:], value) if name.startswith(":") else value)
            for name, value in fields]


class Line:
    """One connection to a server, in a situation; `first` is the lowest stream of the case."""

    def __init__(self, server, situation: str, watched: bytes):
        self.situation = situation
        self.reconnect = server.connect
        #: What a watch has to ask for.
        self.watched = watched
        self.raw = RawConnection(server.connect(), hold=situation == SITUATIONS[1])
        self.raw.sock.setsockopt(raw_h2.socket.IPPROTO_TCP, raw_h2.socket.TCP_NODELAY, 1)
        self.first = 1
        if situation == SITUATIONS[1]:
            return
        assert self.raw.read_until(lambda: self.raw.acks >= 1 and self.raw.server_settings)
        if situation == SITUATIONS[2]:
            self.first = 3
            self.send(self.head(1) + frame(raw_h2.DATA, 0, 1, message(b"")[:3]))
        elif situation == SITUATIONS[3]:
            self.first = 3
            self.send(self.head(1, path=WATCH)
                      + frame(raw_h2.DATA, raw_h2.END_STREAM, 1, message(watched)))
            assert self.raw.read_until(lambda: self.raw.reply(1).data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.raw.sock.close()

    # Frames

    def send(self, data: bytes) -> None:
        self.raw.send(data)

    def head(self, stream: int, fields=None, *, path=CHECK, end=False, flags=raw_h2.END_HEADERS,
             before=b"", after=b"") -> bytes:
        """HEADERS of a request: `before` and `after` are bytes around its header block."""
        payload = before + block(request_headers(path) if fields is None else fields) + after
        return frame(raw_h2.HEADERS, flags | (raw_h2.END_STREAM if end else 0), stream, payload)

    def call(self, stream: int, **options) -> bytes:
        """A whole call, which the server answers with HEADERS, DATA and trailers."""
        return (self.head(stream, **options)
                + frame(raw_h2.DATA, raw_h2.END_STREAM, stream, message(b"")))

    # What the server does

    def ping(self, payload=b"conform!") -> bool:
        """Whether the server answers one more PING."""
        before = self.raw.pings
        self.send(raw_h2.ping(payload))
        return self.raw.read_until(lambda: self.raw.pings > before, SECONDS)

    def wait_for_acks(self, count: int) -> None:
        """Waits until so many SETTINGS beyond the preface's were acknowledged."""
        assert self.raw.read_until(lambda: self.raw.acks > count, SECONDS), (
            "SETTINGS were not acknowledged")

    def wait_for_end(self, stream: int) -> None:
        """Waits until the server has answered and, if the request is whole, the stream is
        closed."""
        reply = self.raw.reply(stream)
        assert self.raw.read_until(lambda: reply.ended or reply.reset is not None, SECONDS), (
            "no answer")

    def ending(self) -> str:
        """How the connection ends: GOAWAY with an error and then the close, or the close alone."""
        raw = self.raw
        raw.read_until(lambda: raw.closed, SECONDS)
        if raw.goaway is None:
            return "closed" if raw.closed else "open"
        return f"GOAWAY {ERROR_NAMES[raw.goaway[0]]}" + ("" if raw.closed else " without a close")

    def fate(self, stream: int) -> str:
        """What ends a stream that is not to be answered: RST_STREAM, or the end of the
        connection."""
        raw, reply = self.raw, self.raw.reply(stream)
        raw.read_until(
            lambda: reply.reset is not None or raw.goaway is not None or reply.headers, SECONDS)
        if reply.reset is not None:
            return f"RST_STREAM {ERROR_NAMES[reply.reset]}"
        return "answered" if reply.headers else self.ending()

    def answered(self, stream: int) -> str:
        """`answered` once the stream has a response's HEADERS."""
        raw, reply = self.raw, self.raw.reply(stream)
        raw.read_until(
            lambda: reply.headers or reply.reset is not None or raw.goaway is not None, SECONDS)
        return "answered" if reply.headers else self.fate(stream)

    def check(self, stream: int) -> str:
        """The answer to a health check on this stream, whatever windows the case has left."""
        body = frame(raw_h2.DATA, raw_h2.END_STREAM, stream, message(b""))
        self.send(self.head(stream) + raw_h2.window_update(stream, 1000) + body)
        return self.raw.answer(stream, SECONDS)

    def check_neighbours(self) -> None:
        """What was there before the case is not disturbed by it."""
        reply = self.raw.reply(1)
        if self.situation == SITUATIONS[2]:
            self.send(raw_h2.window_update(1, 1000)
                      + frame(raw_h2.DATA, raw_h2.END_STREAM, 1, message(b"")[3:]))
            assert self.raw.answer(1, SECONDS) == "OK", (
                "half a request, made whole, was not answered")
        elif self.situation == SITUATIONS[3]:
            assert not reply.ended and reply.reset is None, (
                f"the slow handler ended: {reply.name()}")


@dataclasses.dataclass(frozen=True)
class Expectation:
    """How a case has to end: one of `words`, which `look` finds on the case's stream."""

    words: frozenset[str]
    look: Callable[[Line, int], str]
    #: Calls that were there before go on.
    spares_neighbours: bool = True
    #: The connection takes new calls.
    takes_calls: bool = True


def _ending(line: Line, stream: int) -> str:
    return line.ending()


def goaway(*codes: str) -> Expectation:
    """A connection error: GOAWAY with one of the codes, then the close."""
    words = frozenset(f"GOAWAY {code}" for code in codes)
    return Expectation(words, _ending, spares_neighbours=False, takes_calls=False)


def reset(*codes: str) -> Expectation:
    """A stream error: RST_STREAM with the code."""
    return Expectation(frozenset(f"RST_STREAM {code}" for code in codes), Line.fate)


def status(name: str) -> Expectation:
    """A whole answer with this gRPC status."""
    return Expectation(frozenset({name}), lambda line, stream: line.raw.answer(stream, SECONDS))


def data(count: int) -> Expectation:
    """DATA of so many bytes and no more, as the window has it."""
    def look(line: Line, stream: int) -> str:
        reply = line.raw.reply(stream)
        line.raw.read_until(
            lambda: len(reply.data) >= count or line.raw.goaway is not None, SECONDS)
        return f"DATA of {len(reply.data)} bytes" if line.ping() else line.ending()
    return Expectation(frozenset({f"DATA of {count} bytes"}), look)


def _pong(line: Line, stream: int) -> str:
    return "PING ACK" if line.ping() and line.raw.goaway is None else line.ending()


def _settings_ack(line: Line, stream: int) -> str:
    line.wait_for_acks(1)
    return "SETTINGS ACK"


def _goodbye(line: Line, stream: int) -> str:
    return "PING ACK" if line.ping() and not line.raw.closed else line.ending()


ANSWERED = Expectation(frozenset({"answered"}), Line.answered)
#: The frames have no effect on the connection: it goes on answering.
PONG = Expectation(frozenset({"PING ACK"}), _pong)
SETTINGS_ACK = Expectation(frozenset({"SETTINGS ACK"}), _settings_ack)
#: A client's goodbye: the connection goes on, or ends without an error.
GOODBYE = Expectation(
    frozenset({"PING ACK", "closed", "GOAWAY NO_ERROR"}), _goodbye, takes_calls=False)
#: The connection is closed, with an answer in another protocol.
NOT_HTTP2 = Expectation(frozenset({"closed"}), _ending, spares_neighbours=False, takes_calls=False)


@dataclasses.dataclass(frozen=True)
class Case:
    """Frames and what they get. `play` may send and wait; what it returns is sent last."""

    name: str
    what: str
    expected: Expectation
    play: Callable[[Line, int], bytes]
    #: The same in the segment of the preface, where that differs: no SETTINGS were acknowledged
    #: yet.
    early: Expectation | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.what}"

    def expectation(self, situation: str) -> Expectation:
        return self.early if self.early and situation == SITUATIONS[1] else self.expected


def priority(stream: int, dependency: int = 0, weight: int = 255, exclusive: bool = False) -> bytes:
    return frame(raw_h2.PRIORITY, 0, stream, priority_fields(dependency, weight, exclusive))


def priority_fields(dependency: int = 0, weight: int = 255, exclusive: bool = False) -> bytes:
    return struct.pack(">IB", dependency | (1 << 31 if exclusive else 0), weight)
