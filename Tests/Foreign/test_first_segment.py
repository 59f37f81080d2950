"""Wrong input in the first segment, together with the preface and cut anywhere, is wrong input,
too."""

import pytest

from support import bad_input_table, raw_h2
from support.attacks import ATTACKS, CHECK, in_the_first_segment
from support.raw_h2 import PREFACE, RawConnection, frame, message, request_headers, settings_frame
from support.server import Server
from support.steady import ATTACK_KB, answers_others, settled_rss

TABLE = bad_input_table.rows()

#: Rows about frames that end at once, not by a time limit.
ROWS = [
    "malformed protobuf", "a message cut short by END_STREAM", "a message over the limit",
    "two messages in a unary call", "a request header list over the limit",
    "a header list that unpacks to megabytes", "a frame cut short by the end of the connection",
    "a frame larger than announced", "streams reset as fast as they are opened",
    "streams that the server is made to reset", "a WINDOW_UPDATE of zero bytes",
    "more streams at once than announced", "CONTINUATION frames without end",
    "SETTINGS frames without end", "PING frames without end", "empty DATA frames without end",
    "PRIORITY frames without end", "WINDOW_UPDATE frames without end", "unknown frames without end",
    "frames for a call that the server has reset, without end",
    "a frame on a call that its client has ended", "a stream identifier that goes down",
    "PRIORITY on the connection, or that depends on itself", "GOAWAY frames without end",
    "a MAX_FRAME_SIZE of zero", "a MAX_HEADER_LIST_SIZE of one",
    "a path that looks like a method's",
]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A server that has answered one call, and what was resident after that."""
    started = Server(tmp_path_factory.mktemp("first-segment") / "data")
    with RawConnection(started.connect()) as raw:
        raw.request(1, CHECK, message(b""))
        assert raw.answer(1) == "OK"
    yield started, settled_rss(started)
    started.stop()


@pytest.mark.parametrize("row", ROWS)
def test_the_answer_is_the_same_in_the_segment_of_the_preface(row, attacked):
    server, idle_kb = attacked
    with in_the_first_segment(), answers_others(server, idle_kb, ATTACK_KB):
        answers = ATTACKS[row](server)
    assert set(answers) == {TABLE[row]}, answers


def test_nothing_new_is_missing_here():
    """Rows that open their own connection are tried here, or take a long time."""
    slow = {"a header block that never ends", "a client that never reads"}
    connections = [row for row, answer in TABLE.items()
                   if answer.startswith("GOAWAY") and row in ATTACKS]
    before_http2 = {"garbage instead of the HTTP/2 preface", "a TLS hello on a cleartext port"}
    assert set(connections) - before_http2 - slow <= set(ROWS)


FLOODED = PREFACE + settings_frame() + frame(raw_h2.HEADERS, 0, 1, b"\x83\x86") + frame(
    raw_h2.CONTINUATION, 0, 1) * 9


@pytest.mark.parametrize("cut", [0, 1, 23, 24, 25, 32, 33, 34, 41, 42, 43, 44, 52, 53, 60, 115, 116,
                                 124])
def test_a_flood_of_125_bytes_is_answered_and_closed(cut, server):
    with RawConnection(server.connect(), preface=False) as raw:
        raw.sock.setsockopt(raw_h2.socket.IPPROTO_TCP, raw_h2.socket.TCP_NODELAY, 1)
        raw.send(FLOODED[:cut])
        raw.send(FLOODED[cut:])
        assert raw.connection_answer() == "GOAWAY ENHANCE_YOUR_CALM"
        assert raw.read_until(lambda: raw.closed, 5)


def test_a_call_arrives_byte_by_byte(server):
    with RawConnection(server.connect(), preface=False) as raw:
        raw.sock.setsockopt(raw_h2.socket.IPPROTO_TCP, raw_h2.socket.TCP_NODELAY, 1)
        block = raw.encoder.encode(request_headers(CHECK), huffman=False)
        for byte in (PREFACE + settings_frame() + frame(raw_h2.HEADERS, raw_h2.END_HEADERS, 1,
                                                        block)
                     + frame(raw_h2.DATA, raw_h2.END_STREAM, 1, message(b""))):
            raw.send(bytes([byte]))
        assert raw.answer(1) == "OK"
