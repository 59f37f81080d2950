"""What h2spec does not try: streams that are over in other ways, what may cross a reset, and odd
but legal frames."""

import struct

from . import raw_h2
from .http2_catalogue import (
    FRAME_SIZE, GOOD, MALFORMED, OVER, PROTOCOL, closed_first, continuation, data_frame)
from .http2_line import (
    ANSWERED, CHECK, PONG, WATCH, Case, Line, block, goaway, priority, replaced, status)
from .raw_h2 import (
    ACK, END_HEADERS, END_STREAM, PADDED, PRIORITY_FLAG, frame, message, rst, settings_frame,
    window_update)

OWN_CASES: list[Case] = []


def add(topic: str, expected, *cases) -> None:
    """Cases of one topic that end alike, each `(what, play)`."""
    for what, play in cases:
        number = 1 + sum(case.name.split("/")[0] == topic for case in OWN_CASES)
        OWN_CASES.append(Case(f"{topic}/{number}", what, expected, play))


def running(line: Line, stream: int) -> bytes:
    """A request that is whole, and whose handler goes on answering."""
    watch = line.head(stream, path=WATCH) + data_frame(stream, message(line.watched))
    line.send(watch)
    line.raw.read_until(lambda: line.raw.reply(stream).data)
    return b""


def behind(first, then):
    """What `first` does, and then more frames."""
    return lambda line, stream: first(line, stream) + then(line, stream)


def reset_first(then):
    """A request that the server resets, of which more was on its way."""
    def play(line: Line, stream: int) -> bytes:
        line.send(line.head(stream, [*GOOD, ("connection", "close")]))
        assert line.fate(stream) == "RST_STREAM PROTOCOL_ERROR"
        return then(line, stream)
    return play


# Streams that are over

add("closed", OVER,
    ("DATA while the handler runs", behind(running, lambda c, s: data_frame(s))),
    ("HEADERS while the handler runs", behind(running, lambda c, s: c.head(s, end=True))),
    ("DATA behind trailers",
     lambda c, s: c.head(s) + c.head(s, [("x", "y")], end=True) + data_frame(s)),
    ("DATA behind DATA with END_STREAM", lambda c, s: c.call(s) + data_frame(s, b"")),
    ("DATA of a stream that was passed over", lambda c, s: c.head(s + 4, end=True) + data_frame(s)),
    ("HEADERS of a stream that both have reset",
     reset_first(lambda c, s: rst(s) + c.head(s, end=True))),
    ("HEADERS that are split", closed_first(lambda c, s: c.head(s, flags=0) + continuation(s))))
add("falling", PROTOCOL,
    ("a stream below one that was reset",
     lambda c, s: c.head(s + 4) + rst(s + 4) + c.head(s + 2, end=True)),
    ("a stream below one whose handler runs",
     behind(lambda c, s: running(c, s + 4), lambda c, s: c.head(s + 2, end=True))),
    ("a stream below one that is malformed",
     reset_first(lambda c, s: c.head(s + 4, [("x", "y")]) + c.head(s + 2, end=True))),
    ("a stream thirty below the newest", lambda c, s: c.head(s + 60, end=True) + c.head(s + 2)),
    ("a stream below the highest that there can be",
     lambda c, s: c.head(2**31 - 1, end=True) + c.head(2**31 - 3)))
add("crossing", PONG,
    ("DATA after a reset by the server",
     reset_first(lambda c, s: data_frame(s, bytes(16384), 0) + data_frame(s))),
    ("trailers after a reset by the server",
     reset_first(lambda c, s: data_frame(s, flags=0) + c.head(s, [("x", "y")], end=True))),
    ("WINDOW_UPDATE after a reset by the server",
     reset_first(lambda c, s: window_update(s, 2**31 - 1) * 2)),
    ("RST_STREAM after a reset by the server", reset_first(lambda c, s: rst(s))),
    ("PRIORITY after a reset by the server", reset_first(lambda c, s: priority(s))),
    ("WINDOW_UPDATE after the answer", closed_first(lambda c, s: window_update(s, 5))),
    ("RST_STREAM after the answer", closed_first(lambda c, s: rst(s))),
    ("RST_STREAM twice", lambda c, s: c.head(s) + rst(s) * 2),
    ("RST_STREAM and WINDOW_UPDATE", lambda c, s: c.head(s) + rst(s) + window_update(s, 5)))

# Streams that only a server could open

add("even", PROTOCOL,
    ("DATA", lambda c, s: data_frame(2)),
    ("RST_STREAM", lambda c, s: rst(2)),
    ("WINDOW_UPDATE", lambda c, s: window_update(2, 1)))
add("even", PONG, ("PRIORITY", lambda c, s: priority(2)))

# Frames as they need not be

add("form", ANSWERED,
    ("HEADERS with the reserved bit", lambda c, s: c.head(s | 1 << 31, end=True)),
    ("HEADERS with undefined flags", lambda c, s: c.head(s, end=True, flags=END_HEADERS | 0xC2)),
    ("DATA that is padding only",
     lambda c, s: c.head(s) + data_frame(s, bytes([255]) + bytes(255), PADDED) + data_frame(s)),
    ("a header block in an empty HEADERS and a CONTINUATION",
     lambda c, s: frame(raw_h2.HEADERS, END_STREAM, s) + continuation(s, block(GOOD))),
    ("an empty CONTINUATION", lambda c, s: c.head(s, end=True, flags=0) + continuation(s, b"")),
    ("eight CONTINUATIONs",
     lambda c, s: c.head(s, end=True, flags=0) + continuation(s, flags=0) * 7 + continuation(s)),
    ("frames of unknown types within a request",
     lambda c, s: c.head(s)
     + b"".join(frame(kind, 0xFF, s, b"abc") for kind in range(0x0A, 0x10)) + data_frame(s)),
    ("WINDOW_UPDATE with the reserved bit",
     lambda c, s: c.head(s, end=True) + window_update(s, 1 << 31 | 5)),
    ("a content-length that is right",
     lambda c, s: c.call(s, fields=[*GOOD, ("content-length", "5")])),
    ("no te", lambda c, s: c.call(s, fields=[field for field in GOOD if field[0] != "te"])),
    ("both :authority and host", lambda c, s: c.call(s, fields=[*GOOD, ("host", "localhost")])))
add("form", PROTOCOL,
    ("DATA on a stream that is open, and then one that is idle",
     lambda c, s: c.head(s) + data_frame(s + 2)),
    ("PUSH_PROMISE on an open stream",
     lambda c, s: c.head(s)
     + frame(raw_h2.PUSH_PROMISE, END_HEADERS, s, struct.pack(">I", 2) + block(GOOD))),
    ("a SETTINGS ACK too many", lambda c, s: frame(raw_h2.SETTINGS, ACK, 0) * 2),
    ("PRIORITY on stream 0 that depends on stream 0", lambda c, s: priority(0, dependency=0)),
    ("PRIORITY of an open stream that depends on itself",
     lambda c, s: c.head(s) + priority(s, dependency=s, exclusive=True)),
    ("PRIORITY of a closed stream that depends on itself",
     closed_first(lambda c, s: priority(s, dependency=s))))
add("form", goaway("PROTOCOL_ERROR", "FRAME_SIZE_ERROR"),
    ("padded DATA without a pad length", lambda c, s: c.head(s) + data_frame(s, b"", PADDED)),
    ("padded HEADERS without a pad length",
     lambda c, s: frame(raw_h2.HEADERS, END_HEADERS | PADDED, s)))
add("form", FRAME_SIZE,
    ("HEADERS too short for their priority",
     lambda c, s: frame(raw_h2.HEADERS, END_HEADERS | PRIORITY_FLAG, s, b"abc")),
    ("a GOAWAY of 7 bytes", lambda c, s: frame(raw_h2.GOAWAY, 0, 0, bytes(7))),
    ("WINDOW_UPDATE of 5 bytes on a stream",
     lambda c, s: c.head(s) + frame(raw_h2.WINDOW_UPDATE, 0, s, bytes(5))))
add("form", goaway("ENHANCE_YOUR_CALM"),
    ("nine CONTINUATIONs",
     lambda c, s: c.head(s, end=True, flags=0) + continuation(s, flags=0) * 8 + continuation(s)),
    ("33 settings in one frame",
     lambda c, s: frame(raw_h2.SETTINGS, 0, 0, struct.pack(">HI", 3, 1) * 33)))
add("form", PONG,
    *((f"a frame of type {kind:#04x}",
       lambda c, s, kind=kind: frame(kind, 0xFF, 0, b"abc") + frame(kind, 0, s))
      for kind in range(0x0A, 0x10)))

# Settings and what a call is after them

add("settings", status("OK"),
    *((what, lambda c, s, values=values: settings_frame(values) + c.call(s)) for what, values in (
        ("no push", {raw_h2.ENABLE_PUSH: 0}), ("push", {raw_h2.ENABLE_PUSH: 1}),
        ("a header table of no bytes", {raw_h2.HEADER_TABLE_SIZE: 0}),
        ("a header table of 4 GiB", {raw_h2.HEADER_TABLE_SIZE: 2**32 - 1}),
        ("no streams for the server", {raw_h2.MAX_CONCURRENT_STREAMS: 0}),
        ("header lists of a byte", {raw_h2.MAX_HEADER_LIST_SIZE: 1}),
        ("frames of 16 MiB", {raw_h2.MAX_FRAME_SIZE: 2**24 - 1}),
        ("settings of later RFCs", {8: 1, 0x10: 7, 0xFFFF: 2**32 - 1}))))
add("settings", PROTOCOL,
    ("frames of no bytes", lambda c, s: settings_frame({raw_h2.MAX_FRAME_SIZE: 0})),
    ("priorities that are given up too late (RFC 9218)", lambda c, s: settings_frame({9: 1})))

# Requests

add("request", MALFORMED,
    ("a content-length without a body",
     lambda c, s: c.head(s, [*GOOD, ("content-length", "5")], end=True)),
    ("a body shorter than content-length",
     lambda c, s: c.call(s, fields=[*GOOD, ("content-length", "6")])),
    ("a body that trailers end too early",
     lambda c, s: c.head(s, [*GOOD, ("content-length", "6")]) + data_frame(s, flags=0)
     + c.head(s, [("x", "y")], end=True)),
    ("a pseudo-field in trailers that end the request",
     lambda c, s: c.head(s) + c.head(s, [(":path", CHECK)], end=True)),
    ("a path without a slash", lambda c, s: c.call(s, fields=replaced(GOOD, path=CHECK[1:]))))
add("request", status("UNIMPLEMENTED"),
    *((f"the path {path}", lambda c, s, path=path: c.call(s, path=path)) for path in (
        "/" + CHECK, CHECK + "/", CHECK.replace("/C", "//C"), CHECK.replace("/C", "%2FC"),
        CHECK.lower(), CHECK + "?a=b", "/x/.." + CHECK, CHECK + "%20")))
