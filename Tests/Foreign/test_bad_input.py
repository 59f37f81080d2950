"""Every row of the table of bad input, tried on a real server over a socket.

The answer is the one in the table, the server stays up and answers others, and its memory stays
bounded.
"""

import contextlib

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import bad_input_table, raw_h2
from support.attacks import ATTACKS, CHECK, SERVICE
from support.bad_arguments import BAD_ARGUMENTS
from support.client import Client
from support.raw_h2 import RawConnection, message, request_headers
from support.server import Server
from support.steady import ATTACK_KB, DURING_KB, settled_rss, stays_well
from support.stubs import api

LIST = SERVICE + "ListDeploymentTracks"
TABLE = bad_input_table.rows()


class WarmServer:
    """A server that has been busy, and its resident memory when it was idle after that."""

    def __init__(self, data):
        self.server = Server(data)
        self.client = Client(self.server.address)
        component = self.client.put_component()
        for number in range(1000):
            self.client.create(component, f"v1.{number}", description="d" * 1000)
        for _ in range(100):
            with grpc.insecure_channel(self.server.address) as channel:
                stub = health_pb2_grpc.HealthStub(channel)
                for _ in range(20):
                    stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
        body = message(api.ListDeploymentTracksRequest(component_id=component).SerializeToString())
        for _ in range(3):
            connections = [self.busy_connection(body) for _ in range(4)]
            for raw in connections:
                assert {raw.answer(stream, 60) for stream in range(1, 801, 2)} == {"OK"}
                raw.sock.close()
        self.idle_kb = settled_rss(self.server)

    def busy_connection(self, list_body: bytes) -> RawConnection:
        """Makes four hundred calls at once, two of them with replies of a megabyte."""
        raw = RawConnection(self.server.connect(), settings={raw_h2.INITIAL_WINDOW_SIZE: 1 << 24})
        raw.send(raw_h2.window_update(0, 1 << 24))
        for stream in range(1, 801, 2):
            if stream in (1, 401):
                raw.request(stream, LIST, list_body)
            else:
                raw.request(stream, CHECK, message(b""))
        return raw


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    one = WarmServer(tmp_path_factory.mktemp("bad-input") / "data")
    yield one
    one.client.close()
    one.server.stop()


def test_the_table_has_a_row_for_each_class():
    assert set(TABLE) == set(ATTACKS) | set(BAD_ARGUMENTS)


#: Calls whose requests or replies may be as large as they are, for as long as they are wanted.
LARGE = {"a JSON body that unpacks to megabytes", "a JSON body over the limit",
         "a JSON body that is not its message", "a client that never reads"}


@pytest.mark.parametrize("row", ATTACKS)
def test_wire(row, warm):
    with stays_well(warm.server, warm.idle_kb, DURING_KB if row in LARGE else ATTACK_KB):
        answers = ATTACKS[row](warm.server)
    assert set(answers) == {TABLE[row]}, answers


@pytest.mark.parametrize("row", BAD_ARGUMENTS)
def test_arguments(row, warm):
    component = warm.client.put_component()
    warm.client.create(component, "v1.0")
    with stays_well(warm.server, warm.idle_kb):
        answers = BAD_ARGUMENTS[row](warm.client, component)
    assert set(answers) == {TABLE[row]}, answers


@pytest.mark.parametrize("is_first_segment", [False, True])
def test_header_references_times_calls_without_a_window(is_first_segment, warm):
    """A field that is named ninety times by a byte each, in a thousand calls whose replies have no
    window (CVE-2026-49975).

    One connection would take 15 MB, and all of them the server's whole memory: each gets a share,
    and RESOURCE_EXHAUSTED above it.
    """
    server = warm.server
    request = b"".join(raw_h2.literal(name.encode(), value.encode())
                       for name, value in request_headers(CHECK))
    with stays_well(server, warm.idle_kb), contextlib.ExitStack() as opened:
        connections = []
        for _ in range(8):
            raw = opened.enter_context(RawConnection(
                server.connect(), settings={raw_h2.INITIAL_WINDOW_SIZE: 0}, hold=is_first_segment))
            assert is_first_segment or raw.read_until(lambda raw=raw: raw.acks >= 1)
            value = b"v" * 140
            block = request + b"\x40\x01x\x7f" + bytes([len(value) - 127]) + value
            calls = bytearray()
            for stream in range(1, 2001, 2):
                calls += raw_h2.frame(raw_h2.HEADERS, raw_h2.END_HEADERS, stream, block)
                calls += raw_h2.frame(raw_h2.DATA, raw_h2.END_STREAM, stream, message(b""))
                block = request + b"\xbe" * 90
            raw.send_while_reading(bytes(calls))
            connections.append(raw)
        refused = begun = 0
        for raw in connections:
            assert raw.read_until(lambda raw=raw: len(
                [r for r in raw.replies.values() if r.headers]) >= 1000, 30)
            assert raw.goaway is None and not raw.closed
            codes = [reply.grpc_status for number, reply in raw.replies.items() if number]
            begun += codes.count(None)
            refused += codes.count(8)
            assert set(codes) <= {None, 8}
        assert begun >= 8 and refused > begun
