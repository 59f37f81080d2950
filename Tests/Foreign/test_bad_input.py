"""Every row of the README's table of bad input, tried on a real server over a socket.

The answer is the table's, the server stays up and answers others, and its memory stays bounded.
"""

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import readme_table
from support.attacks import ATTACKS
from support.bad_arguments import BAD_ARGUMENTS
from support.client import Client
from support.server import Server
from support.steady import settled_rss, stays_well

TABLE = readme_table.rows()


class WarmServer:
    """A server that has done some work, and what was resident when it was idle after that."""

    def __init__(self, data):
        self.server = Server(data)
        self.client = Client(self.server.address)
        component = self.client.put_component()
        for number in range(200):
            self.client.create(component, f"v1.{number}", description="d" * 200)
        for _ in range(5):
            self.client.list(component)
        for _ in range(100):
            with grpc.insecure_channel(self.server.address) as channel:
                stub = health_pb2_grpc.HealthStub(channel)
                for _ in range(20):
                    stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
        self.idle_kb = settled_rss(self.server)


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
