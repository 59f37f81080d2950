"""GOAWAY with a last stream of the client's own, as grpc-go (grpc_health_probe, grpcurl, the
kubelet) sends it, is a normal end."""

import pytest

from support import raw_h2
from support.attacks import CHECK
from support.raw_h2 import RawConnection, frame, goaway, message, request_headers

#: The last frame of grpc-go's client when it closes its transport.
GRPC_GO = goaway(1, 0, b"client transport shutdown")
BIG = 0x7FFFFFFF


def opened(server) -> RawConnection:
    raw = RawConnection(server.connect())
    raw.sock.setsockopt(raw_h2.socket.IPPROTO_TCP, raw_h2.socket.TCP_NODELAY, 1)
    assert raw.read_until(lambda: raw.acks >= 1 and raw.server_settings)
    return raw


def refusals(server) -> list[dict]:
    return [record for record in server.log_records()
            if record.get("message", record.get("msg")) == "refused"]


@pytest.mark.parametrize("cut", [None, *range(1, len(GRPC_GO), 3), *range(9, 14)])
def test_open_calls_are_answered(cut, start_server):
    server = start_server()
    with opened(server) as raw:
        raw.headers(1, request_headers(CHECK))
        raw.headers(3, request_headers(CHECK))
        if cut is None:
            raw.send(GRPC_GO)
        else:
            raw.send(GRPC_GO[:cut])
            raw.send(GRPC_GO[cut:])
        for stream in (1, 3):
            raw.send(frame(raw_h2.DATA, raw_h2.END_STREAM, stream, message(b"")))
        assert [raw.answer(stream) for stream in (1, 3)] == ["OK", "OK"]
        # The connection ends with its last call, without an error.
        assert raw.read_until(lambda: raw.closed, 10) and (raw.goaway is None or raw.goaway[0] == 0)
    server.stop()
    assert not refusals(server) and "protocol_violation" not in server.log()


@pytest.mark.parametrize("last", [0, 1, 2, 3, BIG, BIG - 1])
def test_whatever_stream_it_names(last, start_server):
    server = start_server()
    with opened(server) as raw:
        raw.headers(1, request_headers(CHECK))
        raw.send(goaway(last) + goaway(0) + goaway(last))
        raw.send(frame(raw_h2.DATA, raw_h2.END_STREAM, 1, message(b"")))
        assert raw.answer(1) == "OK"
    server.stop()
    assert "protocol_violation" not in server.log()


def test_in_the_segment_of_the_preface(start_server):
    server = start_server()
    with RawConnection(server.connect(), hold=True) as raw:
        raw.request(1, CHECK, message(b""))
        raw.send(GRPC_GO)
        assert raw.answer(1) == "OK"
    server.stop()
    assert "protocol_violation" not in server.log()


def test_probes_come_and_go_without_a_line(start_server):
    server = start_server()
    for _ in range(20):
        with opened(server) as raw:
            raw.request(1, CHECK, message(b""))
            assert raw.answer(1) == "OK"
            raw.send(GRPC_GO)
    server.stop()
    lines = [record for record in server.log_records()
             if record.get("level") not in ("debug", None)]
    assert not refusals(server), lines
