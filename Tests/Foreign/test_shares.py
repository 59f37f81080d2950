"""What one client takes of what all share: others, health and ordinary large calls still get theirs."""

import concurrent.futures

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import paths
from support.steady import DURING_KB, settled_rss
from support.stubs import api


def check(address: str, timeout: float = 10):
    with grpc.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        return stub.Check(health_pb2.HealthCheckRequest(), timeout=timeout)


@pytest.mark.parametrize("channels", [1, 10, 100])
def test_a_hundred_calls_of_a_megabyte_at_once(start_server, connect, channels):
    server = start_server()
    options = [("grpc.use_local_subchannel_pool", 1)]
    clients = [connect(server.address, options) for _ in range(channels)]
    component = clients[0].put_component()
    for one in clients:
        one.health.Check(health_pb2.HealthCheckRequest(), timeout=10)
    idle = settled_rss(server)
    server.reset_peak()

    def call(number: int) -> str:
        request = api.CreateDeploymentTrackRequest(
            component_id=component, api_version=f"v1.{number}", description="d" * 1_000_000)
        try:
            clients[number % channels].tracks.CreateDeploymentTrack(request, timeout=60)
        except grpc.RpcError as error:
            return error.code().name
        return "OK"

    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(call, range(100)))
    # The description is too long, which is for the handler to say: every call got to it.
    assert set(answers) == {"INVALID_ARGUMENT"}, answers
    if not paths.SANITIZED:
        assert server.peak_kb() - idle <= DURING_KB
    check(server.address)
