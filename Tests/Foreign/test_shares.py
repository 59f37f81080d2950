"""One client's use of shared budgets leaves room for others, for health checks and for ordinary
large calls."""

import concurrent.futures
import resource
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import paths, raw_h2
from support.attacks import CHECK
from support.raw_h2 import RawConnection, message, request_headers
from support.steady import AFTER_FACTOR, DURING_KB, settled_rss
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
    # The description is too long, which only the handler finds: every call reached it.
    assert set(answers) == {"INVALID_ARGUMENT"}, answers
    if not paths.SANITIZED:
        assert server.peak_kb() - idle <= DURING_KB
    check(server.address)


def test_greedy_connections_leave_room_for_others(start_server, connect, tmp_path):
    local = f"unix:{tmp_path}/trackd.sock"
    server = start_server("data", listen=("127.0.0.1:0", local))
    idle = settled_rss(server)
    server.reset_peak()
    greedy = [RawConnection(server.connect()) for _ in range(12)]
    try:
        # As many calls as a connection may have; each waits for its message without end.
        for raw in greedy:
            for number in range(900):
                raw.headers(2 * number + 1, request_headers(CHECK))
            raw.send(raw_h2.ping())
        for raw in greedy:
            assert raw.read_until(lambda raw=raw: raw.pings == 1)
        for _ in range(3):
            check(server.address)
            check(local)
            other = connect(server.address, [("grpc.use_local_subchannel_pool", 1)])
            component = other.put_component()
            track = other.tracks.CreateDeploymentTrack(
                api.CreateDeploymentTrackRequest(component_id=component, api_version="v1.0"),
                timeout=10)
            assert track.deployment_track.api_version == "v1.0"
        # The refusals concern the connection's share: the connection goes on.
        for raw in greedy:
            for number in range(900):
                raw.send(raw_h2.rst(2 * number + 1))
            raw.request(2001, CHECK, message(b""))
            assert raw.answer(2001) == "OK"
    finally:
        for raw in greedy:
            raw.sock.close()
    if not paths.SANITIZED:
        assert server.peak_kb() - idle <= DURING_KB
    assert server.running


@pytest.mark.skipif(paths.SANITIZED, reason="memory is measured")
@pytest.mark.parametrize("is_warm", [True, False])
def test_memory_comes_back_after_many_connections(start_server, is_warm):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(1000, (hard if hard != resource.RLIM_INFINITY else 4096) - 200)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count + 200), hard))
    # The memory of a server that has had work, measured on another one: this server may get no work
    # before.
    warm = start_server("warm")
    server = start_server("data")
    for one in [warm, server] if is_warm else [warm]:
        for _ in range(50):
            check(one.address)
    idle = settled_rss(warm)
    # They stay so long that the memory keeper might take their memory for the memory at rest.
    connections = [RawConnection(server.connect()) for _ in range(count)]
    for raw in connections:
        raw.request(1, CHECK, message(b""))
    for raw in connections:
        assert raw.answer(1) == "OK"
    time.sleep(7)
    for raw in connections:
        raw.sock.close()
    deadline = time.monotonic() + 10
    while server.rss_kb() > idle * AFTER_FACTOR and time.monotonic() < deadline:
        time.sleep(0.2)
    assert server.rss_kb() <= idle * AFTER_FACTOR, f"{server.rss_kb()} kB after it, {idle} kB idle"
