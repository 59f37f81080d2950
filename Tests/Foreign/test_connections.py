"""Idle connections are closed politely, and never lock other clients out."""

import pathlib
import resource
import subprocess
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import paths, raw_h2
from support.raw_h2 import RawConnection


def check(channel, timeout: float = 10):
    return health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(),
                                                     timeout=timeout)


def silent_connection(server) -> RawConnection:
    """A connection that has finished its preface and sends nothing more."""
    raw = RawConnection(server.connect())
    raw.send(raw_h2.ping())
    assert raw.read_until(lambda: raw.pings == 1)
    return raw


def test_an_idle_channel_is_told_to_go_away_and_its_next_call_works(start_server):
    server = start_server("data", "--idle-timeout", "1s")
    states = []
    with grpc.insecure_channel(server.address) as channel:
        channel.subscribe(states.append)
        check(channel)
        deadline = time.monotonic() + 20
        while grpc.ChannelConnectivity.IDLE not in states[1:] and time.monotonic() < deadline:
            time.sleep(0.02)
        assert grpc.ChannelConnectivity.IDLE in states[1:], states
        assert grpc.ChannelConnectivity.TRANSIENT_FAILURE not in states, states
        check(channel)


def test_a_connection_that_never_calls_is_told_with_goaway(start_server):
    server = start_server("data", "--idle-timeout", "1s")
    with silent_connection(server) as raw:
        assert raw.read_until(lambda: raw.closed, 20)
        assert raw.goaway is not None and raw.goaway[0] == 0


def test_a_server_that_ran_out_of_descriptors_takes_connections_again(start_server):
    server = start_server()
    with grpc.insecure_channel(server.address) as channel:
        check(channel)
    limits = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    open_now = len(list(pathlib.Path(f"/proc/{server.process.pid}/fd").iterdir()))
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (open_now + 3, limits[1]))
    waiting = [server.connect() for _ in range(12)]
    deadline = time.monotonic() + 20
    while not any(record["message"] == "cannot accept connections"
                  for record in server.log_records()):
        assert time.monotonic() < deadline, "the shortage is not in the log"
        time.sleep(0.05)
    # The limit stays: closed connections make room.
    for sock in waiting:
        sock.close()
    with grpc.insecure_channel(server.address) as channel:
        check(channel)


def test_silent_connections_do_not_lock_newcomers_out(start_server):
    server = start_server("data", "--max-connections", "40")
    silent = [silent_connection(server) for _ in range(40)]
    for _ in range(5):
        with grpc.insecure_channel(server.address) as channel:
            check(channel)
    assert silent[0].read_until(lambda: silent[0].closed)
    assert silent[0].goaway is not None and silent[0].goaway[0] == 0
    last = silent[-1]
    last.send(raw_h2.ping())
    assert last.read_until(lambda: last.pings == 2)
    for raw in silent:
        raw.sock.close()


def test_a_host_has_no_more_idle_connections_than_it_may(start_server):
    server = start_server("data", "--max-idle-per-peer", "3")
    silent = [silent_connection(server) for _ in range(8)]
    deadline = time.monotonic() + 20
    while sum(raw.closed for raw in silent) < 5 and time.monotonic() < deadline:
        for raw in silent:
            raw.read_until(lambda raw=raw: raw.closed, 0.05)
    assert sum(raw.closed for raw in silent) == 5
    assert all(raw.goaway is not None and raw.goaway[0] == 0 for raw in silent if raw.closed)
    for raw in silent:
        raw.sock.close()


def keep_alive_timers(port: int) -> list[bool]:
    """For each established connection at this port, whether its keepalive timer runs."""
    lines = pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]
    rows = [line.split() for line in lines]
    return [row[5].startswith("02") for row in rows
            if row[3] == "01" and row[1].endswith(f":{port:04X}")]


@pytest.mark.skipif(not pathlib.Path("/proc/net/tcp").exists(), reason="no /proc/net/tcp")
def test_the_kernel_asks_for_signs_of_life(start_server):
    server = start_server()
    with silent_connection(server):
        deadline = time.monotonic() + 10
        # While bytes are on their way, the kernel shows another timer.
        while keep_alive_timers(server.port) != [True] and time.monotonic() < deadline:
            time.sleep(0.05)
        assert keep_alive_timers(server.port) == [True]


@pytest.mark.parametrize("flag, value", [
    ("--max-connections", "0"), ("--max-connections", "1000001"), ("--max-idle-per-peer", "0"),
    ("--idle-timeout", "0s"), ("--idle-timeout", "30"),
])
def test_a_value_out_of_range_is_refused(flag, value):
    done = subprocess.run([paths.trackd_binary(), "serve", flag, value], capture_output=True,
                          timeout=20)
    assert done.returncode == 2
    assert done.stderr.startswith(f"trackd: {flag}: '{value}' is not valid".encode()), done.stderr
