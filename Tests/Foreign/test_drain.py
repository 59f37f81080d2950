"""SIGTERM and SIGINT: calls in flight finish, new ones are refused, and the exit code is 0."""

import signal
import threading
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2

from support import raw_h2
from support.raw_h2 import RawConnection, message, request_headers
from support.services import Services, never
from support.shop import Shop
from support.stubs import api

CHECK = "/grpc.health.v1.Health/Check"


def call_in_flight(server) -> RawConnection:
    """A connection with one call, half of whose message has arrived."""
    raw = RawConnection(server.connect())
    raw.headers(1, request_headers(CHECK))
    raw.data(1, message(b"")[:2])
    raw.send(raw_h2.ping())
    assert raw.read_until(lambda: raw.pings == 1)
    return raw


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_call_in_flight_finishes_and_the_exit_code_is_0(start_server, number):
    server = start_server()
    with call_in_flight(server) as raw:
        server.signal(number)
        assert raw.read_until(lambda: raw.goaway is not None)
        assert raw.goaway[0] == 0
        assert server.running
        raw.data(1, message(b"")[2:], end_stream=True)
        assert raw.answer(1) == "OK"
        assert raw.read_until(lambda: raw.closed)
    assert server.wait() == 0


def test_idle_connections_do_not_hold_it_up(start_server):
    server = start_server()
    connections = [RawConnection(server.connect()) for _ in range(20)]
    for raw in connections:
        raw.send(raw_h2.ping())
        assert raw.read_until(lambda: raw.pings == 1)
    server.signal(signal.SIGTERM)
    assert server.wait(5) == 0
    for raw in connections:
        assert raw.read_until(lambda: raw.closed)
        assert raw.goaway is not None and raw.goaway[0] == 0
        raw.sock.close()


def test_health_says_not_serving_while_it_drains(start_server):
    server = start_server()
    with call_in_flight(server) as raw:
        server.signal(signal.SIGTERM)
        assert raw.read_until(lambda: raw.goaway is not None)
        raw.data(1, message(b"")[2:], end_stream=True)
        assert raw.answer(1) == "OK"
        reply = health_pb2.HealthCheckResponse.FromString(raw.reply(1).data[5:])
        assert reply.status == health_pb2.HealthCheckResponse.NOT_SERVING
    assert server.wait() == 0


def test_new_connections_are_refused_while_it_drains(start_server):
    server = start_server()
    with call_in_flight(server) as raw:
        server.signal(signal.SIGTERM)
        assert raw.read_until(lambda: raw.goaway is not None)
        deadline = time.monotonic() + 5
        refused = False
        while not refused and time.monotonic() < deadline:
            try:
                with RawConnection(server.connect()) as late:
                    refused = late.read_until(lambda: late.closed or late.goaway is not None, 1)
            except ConnectionError:
                refused = True
        assert refused
        raw.data(1, message(b"")[2:], end_stream=True)
        assert raw.answer(1) == "OK"
    assert server.wait() == 0


def test_a_second_signal_ends_it_at_once(start_server):
    server = start_server()
    with call_in_flight(server) as raw:
        server.signal(signal.SIGTERM)
        assert raw.read_until(lambda: raw.goaway is not None)
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        server.wait(5)
        assert time.monotonic() - began < 5


def test_calls_of_a_busy_client_all_end_with_an_answer_or_unavailable(start_server, connect):
    server = start_server()
    client = connect(server.address)
    codes, stop = [], threading.Event()

    def call_often():
        while not stop.is_set():
            try:
                client.health.Check(health_pb2.HealthCheckRequest(), timeout=5)
                codes.append("OK")
            except grpc.RpcError as error:
                codes.append(error.code().name)
                return

    threads = [threading.Thread(target=call_often) for _ in range(8)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while codes.count("OK") < 200 and time.monotonic() < deadline:
        time.sleep(0.01)
    server.signal(signal.SIGTERM)
    assert server.wait() == 0
    stop.set()
    for thread in threads:
        thread.join(10)
    assert codes.count("OK") >= 200
    assert set(codes) <= {"OK", "UNAVAILABLE"}


# Calls that do not end by themselves.

def test_a_call_that_does_not_end_is_ended_after_the_grace_time_and_the_exit_code_is_0(
        start_server):
    server = start_server("data", "--grace", "1")
    with call_in_flight(server) as raw:
        began = time.monotonic()
        server.signal(signal.SIGTERM)
        assert raw.read_until(lambda: raw.closed)
        assert time.monotonic() - began >= 1
    assert server.wait() == 0


def test_calls_and_deployments_have_one_grace_time_together(start_server, connect):
    """A running deployment gets the grace time that the calls have left, and goes on in the next
    process."""
    services = Services()
    services.now["Deploy"] = never
    server = start_server("data", "--grace", "2", *services.flags("--deployer"))
    shop = Shop(connect(server.address))
    (track,), (environment,) = shop.tracks, shop.environments
    one = shop.deploy(track, environment, shop.images[track][0])
    deadline = time.monotonic() + 20
    while not services.count("Deploy"):
        assert time.monotonic() < deadline, "nobody deploys it"
        time.sleep(0.02)
    with call_in_flight(server):
        server.signal(signal.SIGTERM)
        assert server.wait() == 0
    services.now.clear()
    shop.client = connect(start_server("data", *services.flags("--deployer")).address)
    assert shop.ended(track, one.id).state == api.DEPLOYMENT_STATE_SUCCEEDED
    services.stop()
