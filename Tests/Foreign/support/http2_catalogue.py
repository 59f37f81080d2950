"""What a peer can do to an HTTP/2 server and what it has to get: the cases that h2spec's catalogue
describes.

Names are h2spec's: its group, the section, and the number within it. The sections of `http2` are
RFC 7540's, those of `hpack` RFC 7541's. Where RFC 9113 leaves a choice, the answer here is
trackd's.
"""

import struct

from . import raw_h2
from .http2_line import (
    ANSWERED, CHECK, GOODBYE, NOT_HTTP2, PONG, SETTINGS_ACK, Case, Expectation, Line, block, data,
    goaway, priority, priority_fields, replaced, reset)
from .raw_h2 import (
    ACK, END_HEADERS, END_STREAM, PADDED, PRIORITY_FLAG, frame, literal, message, request_headers,
    rst, settings_frame, window_update)

CASES: list[Case] = []

GOOD = request_headers(CHECK)
BODY = message(b"")
GET = replaced(GOOD, method="GET")
PROTOCOL = goaway("PROTOCOL_ERROR")
FRAME_SIZE = goaway("FRAME_SIZE_ERROR")
FLOW_CONTROL = goaway("FLOW_CONTROL_ERROR")
COMPRESSION = goaway("COMPRESSION_ERROR")
OVER = goaway("STREAM_CLOSED")
MALFORMED = reset("PROTOCOL_ERROR")
EXTRA = literal(b"x-test", b"ok")


def add(group: str, expected, *cases) -> None:
    """Cases of one group that end alike, each `(number, what, play)`, with another end in the first
    segment if there is one."""
    for number, what, play, *early in cases:
        CASES.append(Case(f"{group}/{number}", what, expected, play, *early))


def data_frame(stream: int, payload: bytes = BODY, flags: int = END_STREAM) -> bytes:
    return frame(raw_h2.DATA, flags, stream, payload)


def continuation(stream: int, payload: bytes = EXTRA, flags: int = END_HEADERS) -> bytes:
    return frame(raw_h2.CONTINUATION, flags, stream, payload)


def padded(payload: bytes, count: int) -> bytes:
    return bytes([count]) + payload + bytes(count)


def split(stream: int, *cuts: int) -> bytes:
    """A request without a body whose header block is cut at these places."""
    whole = block(GOOD)
    pieces = [whole[a:b] for a, b in zip((0, *cuts), (*cuts, len(whole)))]
    return (frame(raw_h2.HEADERS, END_STREAM, stream, pieces[0])
            + b"".join(continuation(stream, piece, 0) for piece in pieces[1:-1])
            + continuation(stream, pieces[-1]))


def closed_first(then):
    """A call that is answered and closed on both sides, and then frames on its stream."""
    def play(line: Line, stream: int) -> bytes:
        line.send(line.head(stream, end=True))
        line.wait_for_end(stream)
        return then(line, stream)
    return play


def windowed(settings, then=lambda line, stream: b""):
    """SETTINGS with an initial window that are acknowledged, and then a call."""
    def play(line: Line, stream: int) -> bytes:
        line.send(b"".join(settings_frame({raw_h2.INITIAL_WINDOW_SIZE: size}) for size in settings))
        line.wait_for_acks(len(settings))
        line.send(line.call(stream))
        return then(line, stream)
    return play


def shrunk(line: Line, stream: int) -> bytes:
    reply = line.raw.reply(stream)
    line.raw.read_until(lambda: len(reply.data) == 3)
    line.send(settings_frame({raw_h2.INITIAL_WINDOW_SIZE: 2}))
    line.wait_for_acks(2)
    return window_update(stream, 2)


# generic

add("generic/1", PONG, (1, "a client preface", lambda c, s: b""))

add("generic/2", PONG,
    (1, "PRIORITY on an idle stream", lambda c, s: priority(s)),
    (5, "PRIORITY on a closed stream", closed_first(lambda c, s: priority(s))))
add("generic/2", data(1),
    (2, "WINDOW_UPDATE on a half-closed (remote) stream",
     windowed([0], lambda c, s: window_update(s, 1))),
    (3, "PRIORITY on a half-closed (remote) stream",
     windowed([0], lambda c, s: priority(s) + window_update(s, 1))))
add("generic/2", PONG,
    (4, "RST_STREAM on a half-closed (remote) stream", lambda c, s: c.head(s, end=True) + rst(s)))

add("generic/3.1", ANSWERED,
    (1, "a DATA frame", lambda c, s: c.call(s)),
    (2, "two DATA frames",
     lambda c, s: c.head(s) + data_frame(s, BODY[:2], 0) + data_frame(s, BODY[2:])),
    (3, "a DATA frame with padding",
     lambda c, s: c.head(s) + data_frame(s, padded(BODY, 5), PADDED | END_STREAM)))

add("generic/3.2", ANSWERED,
    (1, "a HEADERS frame", lambda c, s: c.head(s, end=True)),
    (2, "a HEADERS frame with padding",
     lambda c, s: c.head(s, end=True, flags=END_HEADERS | PADDED, before=b"\x08", after=bytes(8))),
    (3, "a HEADERS frame with priority",
     lambda c, s: c.head(s, end=True, flags=END_HEADERS | PRIORITY_FLAG, before=priority_fields())))

add("generic/3.3", ANSWERED,
    (1, "PRIORITY with weight 1", lambda c, s: priority(s, weight=0) + c.head(s, end=True)),
    (2, "PRIORITY with weight 256", lambda c, s: priority(s, weight=255) + c.head(s, end=True)),
    (3, "PRIORITY with a dependency",
     lambda c, s: priority(s + 2, dependency=s, weight=0) + c.head(s, end=True)),
    (4, "PRIORITY that is exclusive",
     lambda c, s: priority(s, weight=0, exclusive=True) + c.head(s, end=True)),
    (5, "PRIORITY on an idle stream, then a call on a lower one",
     lambda c, s: priority(s + 2) + c.head(s, end=True)))

add("generic/3.4", PONG, (1, "RST_STREAM", lambda c, s: c.head(s) + rst(s)))
add("generic/3.5", SETTINGS_ACK,
    (1, "SETTINGS",
     lambda c, s: settings_frame({1: 4096, 2: 1, 3: 100, 4: 65535, 5: 16384, 6: 100})))
add("generic/3.7", PONG, (1, "PING", lambda c, s: b""))
add("generic/3.8", GOODBYE, (1, "GOAWAY", lambda c, s: raw_h2.goaway(0, 0, b"h2spec")))
add("generic/3.9", PONG, (1, "WINDOW_UPDATE on the connection", lambda c, s: window_update(0, 1)))
add("generic/3.9", ANSWERED,
    (2, "WINDOW_UPDATE on a stream", lambda c, s: c.head(s, end=True) + window_update(s, 1)))
add("generic/3.10", ANSWERED,
    (1, "a CONTINUATION frame", lambda c, s: split(s, 5)),
    (2, "two CONTINUATION frames", lambda c, s: split(s, 5, 10)))

add("generic/4", ANSWERED,
    (1, "a GET request", lambda c, s: c.head(s, GET, end=True)),
    (2, "a HEAD request", lambda c, s: c.head(s, replaced(GOOD, method="HEAD"), end=True)),
    (3, "a POST request", lambda c, s: c.call(s)),
    (4, "a POST request with trailers",
     lambda c, s: c.head(s, [*GOOD, ("trailer", "x-test")]) + data_frame(s, flags=0)
     + c.head(s, [("x-test", "ok")], end=True)))

#: `user-agent: h2spec` and `x-test: h2spec`, plain and with Huffman codes, behind the byte of their
#: representation.
AGENT, HUFFMAN_AGENT = (
    b"\x0auser-agent\x06h2spec", b"\x87\xb5\x05\xb1\x61\xcc\x5a\x93\x84\x9c\x48\xac\xa4")
TEST, HUFFMAN_TEST = b"\x06x-test\x06h2spec", b"\x85\xf2\xb2\x4a\x84\xff\x84\x9c\x48\xac\xa4"


def field(representation: bytes):
    """A request with one more field, written as HPACK has it."""
    return lambda c, s: c.head(s, end=True, after=representation)


add("generic/5", ANSWERED,
    (1, "an indexed field", field(b"\xba")),
    (2, "a literal field with indexing, its name in the static table",
     field(b"\x40" + HUFFMAN_AGENT)),
    (3, "the same without Huffman codes", field(b"\x40" + AGENT)),
    (4, "a literal field with indexing, its name new", field(b"\x40" + TEST)),
    (5, "the same with Huffman codes", field(b"\x40" + HUFFMAN_TEST)),
    (6, "a literal field without indexing, its name in the static table", field(b"\0" + AGENT)),
    (7, "the same with Huffman codes", field(b"\0" + HUFFMAN_AGENT)),
    (8, "a literal field without indexing, its name new", field(b"\0" + TEST)),
    (9, "the same with Huffman codes", field(b"\0" + HUFFMAN_TEST)),
    (10, "a literal field never indexed, its name in the static table", field(b"\x10" + AGENT)),
    (11, "the same with Huffman codes", field(b"\x10" + HUFFMAN_AGENT)),
    (12, "a literal field never indexed, its name new", field(b"\x10" + TEST)),
    (13, "the same with Huffman codes", field(b"\x10" + HUFFMAN_TEST)),
    (14, "a dynamic table size update", lambda c, s: c.head(s, end=True, before=b"\x3f\x61")),
    (15, "two dynamic table size updates",
     lambda c, s: c.head(s, end=True, before=b"\x3f\x61\x3f\xe1\x1f")))

# http2

add("http2/3.5", PONG, (1, "a client preface", lambda c, s: b""))


def spoilt_preface(line: Line, stream: int) -> bytes:
    """On a connection of its own, in the place of the one that was opened."""
    old = line.raw
    line.raw = raw_h2.RawConnection(line.reconnect(), preface=False)
    old.sock.close()
    return b"INVALID CONNECTION PREFACE\r\n\r\n"


add("http2/3.5", NOT_HTTP2, (2, "another preface", spoilt_preface))

add("http2/4.1", PONG,
    (1, "a frame of an unknown type", lambda c, s: frame(0x16, 0, 0, bytes(8))),
    (2, "a frame with an undefined flag", lambda c, s: frame(raw_h2.PING, 0x16, 0, bytes(8))),
    (3, "a frame with the reserved bit", lambda c, s: frame(raw_h2.PING, 0x16, 1 << 31, bytes(8))))

add("http2/4.2", ANSWERED,
    (1, "DATA of 2^14 bytes", lambda c, s: c.head(s) + data_frame(s, message(bytes(16379)))))
add("http2/4.2", FRAME_SIZE,
    (2, "DATA above SETTINGS_MAX_FRAME_SIZE", lambda c, s: c.head(s) + data_frame(s, bytes(16385))),
    (3, "HEADERS above SETTINGS_MAX_FRAME_SIZE",
     lambda c, s: c.head(s, end=True, after=literal(b"x", bytes(126)) * 140)))

add("http2/4.3", COMPRESSION,
    (1, "an invalid header block",
     lambda c, s: frame(raw_h2.HEADERS, END_HEADERS | END_STREAM, s, b"\x40")))
INTERRUPTED = [
    ("PRIORITY within a header block",
     lambda c, s: c.head(s, flags=0) + priority(s) + continuation(s)),
    ("HEADERS of another stream within a header block",
     lambda c, s: c.head(s, flags=0) + c.head(s + 2, end=True) + continuation(s))]
add("http2/4.3", PROTOCOL, *((number, *case) for number, case in enumerate(INTERRUPTED, 2)))

add("http2/5.1", PROTOCOL,
    (1, "idle: DATA", lambda c, s: data_frame(s, b"test")),
    (2, "idle: RST_STREAM", lambda c, s: rst(s)),
    (3, "idle: WINDOW_UPDATE", lambda c, s: window_update(s, 100)),
    (4, "idle: CONTINUATION", lambda c, s: continuation(s, block(GOOD))))
add("http2/5.1", OVER,
    (5, "half closed (remote): DATA", lambda c, s: c.head(s, end=True) + data_frame(s, b"test")),
    (6, "half closed (remote): HEADERS", lambda c, s: c.head(s, end=True) * 2))
add("http2/5.1", PROTOCOL,
    (7, "half closed (remote): CONTINUATION",
     lambda c, s: c.head(s, end=True) + continuation(s, block(GOOD))))
add("http2/5.1", OVER,
    (8, "closed by RST_STREAM: DATA", lambda c, s: c.head(s) + rst(s) + data_frame(s, b"test")),
    (9, "closed by RST_STREAM: HEADERS", lambda c, s: c.head(s) + rst(s) + c.head(s, end=True)))
add("http2/5.1", PROTOCOL,
    (10, "closed by RST_STREAM: CONTINUATION", lambda c, s: c.head(s) + rst(s) + continuation(s)))
add("http2/5.1", OVER,
    (11, "closed: DATA", closed_first(lambda c, s: data_frame(s, b"test"))),
    (12, "closed: HEADERS", closed_first(lambda c, s: c.head(s, end=True))))
add("http2/5.1", PROTOCOL, (13, "closed: CONTINUATION", closed_first(lambda c, s: continuation(s))))

add("http2/5.1.1", PROTOCOL,
    (1, "an even stream identifier", lambda c, s: c.head(s + 1, end=True)),
    (2, "a stream identifier below the one before",
     lambda c, s: c.head(s + 4, end=True) + c.head(s + 2, end=True)))


def _last_refused(line: Line, stream: int) -> str:
    """The fate of the last stream that `one_too_many` opens; there is room again once the handlers
    of others have ended."""
    fate = line.fate(stream + 2000)
    line.send(rst(stream) + rst(stream + 2) + rst(stream + 4))
    tries = range(stream + 2002, stream + 2202, 2)
    return fate if any(line.check(later) == "OK" for later in tries) else "no room"


one_refused = Expectation(frozenset({"RST_STREAM REFUSED_STREAM"}), _last_refused)


def one_too_many(line: Line, stream: int) -> bytes:
    return b"".join(line.head(stream + 2 * number) for number in range(1001))


add("http2/5.1.2", PROTOCOL,
    (1, "more streams than SETTINGS_MAX_CONCURRENT_STREAMS", one_too_many, one_refused))

add("http2/5.3.1", PROTOCOL,
    (1, "HEADERS that depend on themselves",
     lambda c, s: c.head(
         s, end=True, flags=END_HEADERS | PRIORITY_FLAG, before=priority_fields(s))),
    (2, "PRIORITY that depends on itself", lambda c, s: priority(s, dependency=s)))

add("http2/5.4.1", PROTOCOL,
    (1, "an invalid PING: the connection is closed",
     lambda c, s: frame(raw_h2.PING, 0, 3, bytes(8))),
    (2, "an invalid PING: GOAWAY tells why", lambda c, s: frame(raw_h2.PING, 0, 3, bytes(8))))

add("http2/5.5", PONG, (1, "an unknown extension frame", lambda c, s: frame(0x16, 0, 0, bytes(8))))
add("http2/5.5", PROTOCOL,
    (2, "an unknown extension frame within a header block",
     lambda c, s: c.head(s, end=True, flags=0) + frame(0x16, 0, 0, bytes(8))))

add("http2/6.1", PROTOCOL, (1, "DATA on stream 0", lambda c, s: data_frame(0, b"test")))
add("http2/6.1", OVER,
    (2, "DATA behind END_STREAM", lambda c, s: c.head(s, end=True) + data_frame(s, b"test")))
add("http2/6.1", PROTOCOL,
    (3, "DATA with padding longer than itself",
     lambda c, s: c.head(s, [*GOOD, ("content-length", "4")])
     + data_frame(s, b"\x06Test", PADDED | END_STREAM)))

add("http2/6.2", PROTOCOL,
    *((number, *case) for number, case in enumerate(INTERRUPTED, 1)),
    (3, "HEADERS on stream 0", lambda c, s: c.head(0, end=True)),
    (4, "HEADERS with padding longer than themselves",
     lambda c, s: c.head(
         s, end=True, flags=END_HEADERS | PADDED, before=bytes([len(block(GOOD)) + 2]))))

add("http2/6.3", PROTOCOL, (1, "PRIORITY on stream 0", lambda c, s: priority(0)))
add("http2/6.3", FRAME_SIZE,
    (2, "PRIORITY of another length than 5",
     lambda c, s: c.head(s, end=True) + frame(raw_h2.PRIORITY, 0, s, b"\x80\0\0\x01")))

add("http2/6.4", PROTOCOL,
    (1, "RST_STREAM on stream 0", lambda c, s: rst(0)),
    (2, "RST_STREAM on an idle stream", lambda c, s: rst(s)))
add("http2/6.4", FRAME_SIZE,
    (3, "RST_STREAM of another length than 4",
     lambda c, s: c.head(s, end=True) + frame(raw_h2.RST_STREAM, 0, s, bytes(3))))

add("http2/6.5", FRAME_SIZE,
    (1, "a SETTINGS ACK with a payload", lambda c, s: frame(raw_h2.SETTINGS, ACK, 0, b"\0")))
add("http2/6.5", PROTOCOL,
    (2, "SETTINGS on a stream", lambda c, s: frame(raw_h2.SETTINGS, 0, s, b"\0\x03\0\0\0\x64")))
add("http2/6.5", FRAME_SIZE,
    (3, "SETTINGS of a length that is no multiple of 6",
     lambda c, s: frame(raw_h2.SETTINGS, 0, 0, b"\0\x03\0")))

add("http2/6.5.2", PROTOCOL,
    (1, "SETTINGS_ENABLE_PUSH of 2", lambda c, s: settings_frame({raw_h2.ENABLE_PUSH: 2})),
    (3, "SETTINGS_MAX_FRAME_SIZE of 16,383",
     lambda c, s: settings_frame({raw_h2.MAX_FRAME_SIZE: 16383})),
    (4, "SETTINGS_MAX_FRAME_SIZE of 16,777,216",
     lambda c, s: settings_frame({raw_h2.MAX_FRAME_SIZE: 1 << 24})))
add("http2/6.5.2", FLOW_CONTROL,
    (2, "SETTINGS_INITIAL_WINDOW_SIZE of 2^31",
     lambda c, s: settings_frame({raw_h2.INITIAL_WINDOW_SIZE: 1 << 31})))
add("http2/6.5.2", PONG, (5, "an unknown setting", lambda c, s: settings_frame({0xFF: 1})))


def two_values(line: Line, stream: int) -> bytes:
    window = raw_h2.INITIAL_WINDOW_SIZE
    line.send(frame(raw_h2.SETTINGS, 0, 0, struct.pack(">HIHI", window, 100, window, 1)))
    line.wait_for_acks(1)
    return line.call(stream)


add("http2/6.5.3", data(1), (1, "SETTINGS with two values of one setting", two_values))
add("http2/6.5.3", SETTINGS_ACK,
    (2, "SETTINGS are acknowledged", lambda c, s: settings_frame({raw_h2.ENABLE_PUSH: 0})))


def pong_of(payload: bytes, *before: bytes):
    """PINGs of which the last is answered, with its own bytes, and nothing else is."""
    def play(line: Line, stream: int) -> bytes:
        line.send(b"".join(before) + raw_h2.ping(payload))
        line.raw.read_until(lambda: line.raw.pongs)
        assert line.raw.pongs == [payload]
        return b""
    return play


add("http2/6.7", PONG,
    (1, "a PING is answered with its own bytes", pong_of(b"h2spec\0\0")),
    (2, "a PING ACK is not answered",
     pong_of(b"h2spec\0\0", frame(raw_h2.PING, ACK, 0, b"invalid\0"))))
add("http2/6.7", PROTOCOL, (3, "PING on a stream", lambda c, s: frame(raw_h2.PING, 0, s, bytes(8))))
add("http2/6.7", FRAME_SIZE,
    (4, "PING of another length than 8", lambda c, s: frame(raw_h2.PING, 0, 0, bytes(6))))

add("http2/6.8", PROTOCOL,
    (1, "GOAWAY on a stream", lambda c, s: frame(raw_h2.GOAWAY, 0, s, bytes(8))))

add("http2/6.9", PROTOCOL,
    (1, "WINDOW_UPDATE of 0 on the connection", lambda c, s: window_update(0, 0)),
    (2, "WINDOW_UPDATE of 0 on a stream", lambda c, s: c.head(s) + window_update(s, 0)))
add("http2/6.9", FRAME_SIZE,
    (3, "WINDOW_UPDATE of another length than 4",
     lambda c, s: frame(raw_h2.WINDOW_UPDATE, 0, 0, b"\0\0\x01")))

add("http2/6.9.1", data(1), (1, "a reply within an initial window of 1", windowed([1])))
add("http2/6.9.1", FLOW_CONTROL,
    (2, "a connection's window above 2^31-1", lambda c, s: window_update(0, 2**31 - 1) * 2))
add("http2/6.9.1", reset("FLOW_CONTROL_ERROR"),
    (3, "a stream's window above 2^31-1", lambda c, s: c.head(s) + window_update(s, 2**31 - 1) * 2))

add("http2/6.9.2", data(1),
    (1, "an initial window that opens behind HEADERS",
     windowed([0], lambda c, s: settings_frame({raw_h2.INITIAL_WINDOW_SIZE: 1}))))
add("http2/6.9.2", data(4), (2, "a window that SETTINGS make negative", windowed([3], shrunk)))
add("http2/6.9.2", FLOW_CONTROL,
    (3, "an initial window above 2^31-1",
     lambda c, s: settings_frame({raw_h2.INITIAL_WINDOW_SIZE: 1 << 31})))

add("http2/6.10", ANSWERED,
    (1, "two CONTINUATIONs behind HEADERS",
     lambda c, s: c.head(s, end=True, flags=0) + continuation(s, flags=0) + continuation(s)))
add("http2/6.10", PROTOCOL,
    (2, "DATA behind an unfinished CONTINUATION",
     lambda c, s: c.head(s, flags=0) + continuation(s, flags=0) + data_frame(s, b"test")),
    (3, "CONTINUATION on stream 0", lambda c, s: c.head(s, end=True, flags=0) + continuation(0)),
    (4, "CONTINUATION behind HEADERS with END_HEADERS",
     lambda c, s: c.head(s, end=True) + continuation(s)),
    (5, "CONTINUATION behind a CONTINUATION with END_HEADERS",
     lambda c, s: c.head(s, end=True, flags=0) + continuation(s) * 2),
    (6, "CONTINUATION behind DATA",
     lambda c, s: c.head(s, flags=0) + data_frame(s, b"test") + continuation(s, flags=0)
     + continuation(0)))

add("http2/7", GOODBYE, (1, "GOAWAY with an unknown code", lambda c, s: raw_h2.goaway(0, 0xFF)))
add("http2/7", PONG, (2, "RST_STREAM with an unknown code", lambda c, s: c.head(s) + rst(s, 0xFF)))

add("http2/8.1", MALFORMED,
    (1, "a second HEADERS without END_STREAM",
     lambda c, s: c.head(s) + data_frame(s, flags=0) + c.head(s, [("x-test", "ok")])))


def heads(*fields: tuple[str, str], base=GOOD, first: bool = False):
    """A request with more fields, behind its others or before them."""
    return lambda c, s: c.head(s, [*fields, *base] if first else [*base, *fields], end=True)


def without(name: str):
    return lambda c, s: c.head(s, [field for field in GOOD if field[0] != name], end=True)


PSEUDO, REST = GOOD[:4], GOOD[4:]

add("http2/8.1.2", MALFORMED, (1, "a field name in upper case", heads(("X-TEST", "ok"))))
add("http2/8.1.2.1", MALFORMED,
    (1, "an unknown pseudo-field", heads((":test", "ok"), base=PSEUDO)),
    (2, "a response's pseudo-field", heads((":status", "200"), base=PSEUDO)),
    (3, "a pseudo-field in trailers",
     lambda c, s: c.head(s) + data_frame(s, flags=0) + c.head(s, [(":method", "POST")])),
    (4, "pseudo-fields behind a field", heads(("x-test", "ok"), first=True)))
add("http2/8.1.2.2", MALFORMED,
    (1, "a connection field", heads(("connection", "keep-alive"))),
    (2, "te other than trailers",
     heads(("trailers", "test"), ("te", "trailers, deflate"), base=PSEUDO)))
add("http2/8.1.2.3", MALFORMED,
    (1, "an empty :path", lambda c, s: c.head(s, replaced(GOOD, path=""), end=True)),
    (2, "no :method", without(":method")),
    (3, "no :scheme", without(":scheme")),
    (4, "no :path", without(":path")),
    (5, ":method twice", heads(PSEUDO[0], base=PSEUDO)),
    (6, ":scheme twice", heads(PSEUDO[1], base=PSEUDO)),
    (7, ":path twice", heads(PSEUDO[2], base=PSEUDO)))
add("http2/8.1.2.6", MALFORMED,
    (1, "a body longer than content-length",
     lambda c, s: c.head(s, [*GOOD, ("content-length", "1")]) + data_frame(s, b"test")),
    (2, "two DATA frames longer than content-length",
     lambda c, s: c.head(s, [*GOOD, ("content-length", "1")]) + data_frame(s, b"test", 0)
     + data_frame(s, b"test")))
add("http2/8.2", PROTOCOL,
    (1, "PUSH_PROMISE",
     lambda c, s: frame(
         raw_h2.PUSH_PROMISE, END_HEADERS, s, struct.pack(">I", s + 2) + block(GET))))

# hpack

add("hpack/2.3.3", COMPRESSION,
    (1, "an index behind both tables", field(b"\xc6")),
    (2, "a literal field whose name has such an index", field(b"\x7f\x07\0")))
add("hpack/4.2", COMPRESSION, (1, "a table size update at the end of a block", field(b"\x21")))
add("hpack/5.2", COMPRESSION,
    (1, "Huffman padding of more than 7 bits",
     field(b"\0\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff")),
    (2, "Huffman padding of zeros", field(b"\0\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90")),
    (3, "a Huffman string with EOS in it",
     field(b"\0\x85\xf2\xb2\x4a\x84\xff\x87\x49\x51\xff\xff\xff\xfa\x7f")))
add("hpack/6.1", COMPRESSION, (1, "index 0", field(b"\x80")))
add("hpack/6.3", COMPRESSION,
    (1, "a table size above SETTINGS_HEADER_TABLE_SIZE",
     lambda c, s: c.head(s, end=True, before=b"\x3f\xe2\x1f")))
