"""Every row of the README's table of bad input, tried on a real server over a socket.

The answer is the table's, the server stays up and answers others, and its memory stays bounded.
"""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import raw_h2, readme_table
from support.attacks import ATTACKS, CHECK, SERVICE
from support.bad_arguments import BAD_ARGUMENTS
from support.client import Client
from support.raw_h2 import RawConnection, message
from support.server import Server
from support.steady import settled_rss, stays_well
from support.stubs import api

LIST = SERVICE + "ListDeploymentTracks"
TABLE = readme_table.rows()


class WarmServer:
    """A server that has been busy, and what was resident when it was idle after that."""

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
        """Four hundred calls at once, two of them with replies of a megabyte."""
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


@pytest.mark.parametrize("row", ATTACKS)
def test_wire(row, warm):
    with stays_well(warm.server, warm.idle_kb):
        answers = ATTACKS[row](warm.server)
    assert set(answers) == {TABLE[row]}, answers


@pytest.mark.parametrize("row", BAD_ARGUMENTS)
def test_arguments(row, warm):
    component = warm.client.put_component()
    warm.client.create(component, "v1.0")
    with stays_well(warm.server, warm.idle_kb):
        answers = BAD_ARGUMENTS[row](warm.client, component)
    assert set(answers) == {TABLE[row]}, answers
