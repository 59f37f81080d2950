"""The life of connections as gRPC's A8 and A9 have it, and its end: PINGs, age, lame duck,
drain."""

import signal
import threading

import grpc
import pytest
from grpc_health.v1 import health_pb2

from support.proxies import Proxy
from support.raw_h2 import RawConnection, frame, message, ping, request_headers, PING
from support.stubs import api
from support.watch import state, watch

CHECK = "/grpc.health.v1.Health/Check"
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def pinged(raw: RawConnection) -> bool:
    """Sends a PING and waits for its answer; false when the connection ends."""
    expected = raw.pings + 1
    raw.send(ping())
    return raw.read_until(lambda: raw.pings == expected)


def checked(raw: RawConnection, stream: int) -> str:
    raw.request(stream, CHECK, message(b""))
    return raw.answer(stream)


class Load:
    """Threads that call without a pause, over channels of their own, until they are stopped."""

    def __init__(self, clients, call):
        self.done, self.failed = 0, []
        self._stop = threading.Event()
        self._counted = threading.Condition()
        self._call = call
        self._threads = [threading.Thread(target=self._run, args=(client,)) for client in clients]
        for thread in self._threads:
            thread.start()

    def _run(self, client) -> None:
        while not self._stop.is_set():
            failure = None
            try:
                self._call(client)
            except Exception as error:  # Whatever it is, the test is to say so.
                failure = str(error)
            with self._counted:
                self.done += 1
                if failure:
                    self.failed.append(failure)
                self._counted.notify_all()

    def more(self, count: int) -> None:
        """Waits for so many further calls."""
        with self._counted:
            wanted = self.done + count
            assert self._counted.wait_for(lambda: self.done >= wanted, 30)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


class TestPings:
    def test_the_third_ping_too_many_ends_the_connection(self, start_server):
        server = start_server()
        with RawConnection(server.connect()) as raw:
            # The first one is fine, and two strikes are forgiven.
            assert [pinged(raw) for _ in range(3)] == [True] * 3
            pinged(raw)
            assert raw.read_until(lambda: raw.closed)
            assert raw.connection_answer() == "GOAWAY ENHANCE_YOUR_CALM"
            assert raw.goaway[1] == "too_many_pings"

    def test_replies_forgive_strikes(self, start_server):
        server = start_server()
        with RawConnection(server.connect()) as raw:
            for number in range(10):
                assert checked(raw, 2 * number + 1) == "OK"
                assert all(pinged(raw) for _ in range(3))

    def test_the_operator_sets_the_interval(self, start_server, connect):
        server = start_server("data", "--min-ping-interval", "1s")
        component = connect(server.address).put_component()
        with RawConnection(server.connect()) as raw:
            raw.headers(1, request_headers(CHECK))
            raw.data(1, message(b"")[:2])
            assert all(pinged(raw) for _ in range(3))
            pinged(raw)
            assert raw.read_until(lambda: raw.goaway is not None)
            assert raw.goaway[1] == "too_many_pings"
        assert connect(server.address).list(component) == []

    def test_a_client_that_answers_stays_and_one_that_does_not_is_closed(self, start_server):
        server = start_server(
            "data", "--keepalive-time", "1s", "--keepalive-timeout", "1s", "--log-level", "debug")
        alive, dead = RawConnection(server.connect()), RawConnection(server.connect())
        with alive, dead:
            dead.answers_pings = False
            assert checked(alive, 1) == "OK" and checked(dead, 1) == "OK"
            while not dead.closed and not alive.closed:
                dead.read_until(lambda: dead.closed, 0.1)
                alive.read_until(lambda: alive.closed, 0.1)
            assert dead.asked == 1
            assert alive.read_until(lambda: alive.asked == 3)
            assert checked(alive, 3) == "OK" and not alive.closed

    def test_a_stock_client_pings_as_often_as_it_may(self, start_server, connect):
        """gRPC's own keepalive, twice a minute at least, on a connection with a quiet call."""
        server = start_server("data", "--min-ping-interval", "1s")
        client = connect(server.address, [
            ("grpc.keepalive_time_ms", 1100), ("grpc.keepalive_timeout_ms", 5000),
            ("grpc.http2.max_pings_without_data", 0), ("grpc.use_local_subchannel_pool", 1)])
        component = client.put_component()
        call = watch(client, component)
        state(call)
        # Heartbeats come every 25 s: what comes sooner is the change after some PINGs.
        with RawConnection(server.connect()) as clock:
            clock.answers_pings = True
            assert not clock.read_until(lambda: clock.closed, 4)
        client.create(component, "v1.0")
        assert next(one for one in call if one.HasField("change"))
        call.cancel()


class TestAge:
    def test_an_old_connection_is_told_twice_and_loses_nothing(self, start_server):
        server = start_server("data", "--max-connection-age", "1s")
        with RawConnection(server.connect()) as raw:
            raw.answers_pings = False
            raw.headers(1, request_headers(CHECK))
            raw.data(1, message(b"")[:2])
            assert raw.read_until(lambda: raw.goaway is not None)
            assert raw.goaway[0] == 0 and raw.last_streams == [2**31 - 1]
            # This request was sent before the client knew.
            assert checked(raw, 3) == "OK"
            raw.send(frame(PING, 1, 0, b"shutdown"))
            assert raw.read_until(lambda: len(raw.last_streams) == 2)
            assert raw.last_streams[1] == 3
            raw.data(1, message(b"")[2:], end_stream=True)
            assert raw.answer(1) == "OK"
            assert raw.read_until(lambda: raw.closed)

    def test_stock_clients_lose_no_call(self, start_server, connect):
        server = start_server("data", "--max-connection-age", "1s", "--log-level", "debug")
        clients = [
            connect(server.address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(4)]
        load = Load(clients, lambda one: one.health.Check(
            health_pb2.HealthCheckRequest(), timeout=10))
        while server.log().count("connection closed") < 8:
            load.more(10)
        load.stop()
        assert load.failed == []

    def test_the_grace_time_ends_what_goes_on(self, start_server, connect):
        server = start_server(
            "data", "--max-connection-age", "1s", "--max-connection-age-grace", "1s")
        client = connect(server.address)
        call = watch(client, client.put_component())
        state(call)
        with pytest.raises(grpc.RpcError) as ended:
            next(call)
        assert ended.value.code() == grpc.StatusCode.UNAVAILABLE


class TestDrain:
    def test_a_lame_duck_serves_as_before_but_for_its_health(self, start_server, connect):
        server = start_server("data", "--lame-duck", "4")
        client = connect(server.address)
        component = client.put_component()
        server.signal(signal.SIGTERM)
        while client.health.Check(
                health_pb2.HealthCheckRequest(), timeout=5).status != NOT_SERVING:
            pass
        with RawConnection(server.connect()) as raw:
            assert checked(raw, 1) == "OK" and raw.goaway is None
            assert client.create(component, "v1.0").latest
            assert raw.read_until(lambda: raw.closed)
            assert raw.goaway[0] == 0
        assert server.wait() == 0

    def test_a_second_signal_ends_a_lame_duck(self, start_server, connect):
        server = start_server("data", "--lame-duck", "600")
        client = connect(server.address)
        server.signal(signal.SIGTERM)
        while client.health.Check(
                health_pb2.HealthCheckRequest(), timeout=5).status != NOT_SERVING:
            pass
        server.signal(signal.SIGTERM)
        assert server.wait(5) == 1

    def test_behind_nginx_no_call_fails(self, start_server, connect, tmp_path):
        servers = [start_server(f"data{number}", "--lame-duck", "1") for number in range(2)]
        for server in servers:
            connect(server.address).catalog.PutOrganization(api.PutOrganizationRequest(
                organization=api.Organization(id="org", tier="ORGANIZATION_TIER_PAID")), timeout=10)
        proxy = Proxy("nginx", tmp_path / "proxy", [server.port for server in servers], 30)
        clients = [
            connect(proxy.address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(8)]
        load = Load(clients, lambda one: one.catalog.GetOrganization(
            api.GetOrganizationRequest(organization_id="org"), timeout=10))
        try:
            load.more(500)
            servers[0].signal(signal.SIGTERM)
            assert servers[0].wait(30) == 0
            load.more(500)
        finally:
            load.stop()
            proxy.stop()
        assert load.failed == [], proxy.log.read_text()
