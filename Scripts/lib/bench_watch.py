"""The figures of watches: what a thousand cost at rest, and how soon the last of them knows of a
change."""

import socket
import statistics
import time

from support.raw_h2 import RawConnection, message, window_update
from support.stubs import api
from support.watch import WATCH, request

SERVICE = "/deploymenttrack.v1.DeploymentTrackService/"
CONNECTIONS, WATCHERS = 10, 100
CHANGES = 50


def connected(server, get: bytes) -> RawConnection:
    """A connection that has made a call, with a window for all that will come."""
    raw = RawConnection(server.connect())
    raw.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    raw.send(window_update(0, 1 << 30))
    raw.request(1, SERVICE + "GetDeploymentTrack", get)
    assert raw.answer(1) == "OK"
    return raw


def messages(data: bytes) -> int:
    count = 0
    while len(data) >= 5:
        data = data[5 + int.from_bytes(data[1:5], "big"):]
        count += 1
    return count


def streams() -> range:
    return range(3, 3 + 2 * WATCHERS, 2)


def await_messages(connections, count: int) -> None:
    for raw in connections:
        assert raw.read_until(
            lambda: all(messages(raw.reply(s).data) >= count for s in streams()), 60)
        for stream in streams():
            raw.reply(stream).data = b""


def measure(server, component: str, track: str, resident_kb,
            writing=None) -> list[tuple[str, str, str]]:
    """Rows of memory and delay; `component` has one track. `writing` is the server that makes the
    changes, where it is another one."""
    get = message(api.GetDeploymentTrackRequest(
        component_id=component, deployment_track_id=track).SerializeToString())
    watch = message(request(component).SerializeToString())
    writer = connected(writing or server, get)
    connections = [connected(server, get) for _ in range(CONNECTIONS)]
    time.sleep(2)
    before = resident_kb(server.pid)
    for raw in connections:
        for stream in streams():
            raw.request(stream, WATCH, watch)
    # The track, and the token.
    await_messages(connections, 2)
    time.sleep(2)
    after = resident_kb(server.pid)
    delays, totals = [], []
    for number in range(CHANGES):
        change = message(api.UpdateDeploymentTrackRequest(
            component_id=component, deployment_track_id=track,
            description=f"change {number}").SerializeToString())
        stream = 3 + 2 * number
        began = time.monotonic()
        writer.request(stream, SERVICE + "UpdateDeploymentTrack", change)
        assert writer.answer(stream) == "OK"
        replied = time.monotonic()
        await_messages(connections, 1)
        last = time.monotonic()
        delays.append((last - replied) * 1000)
        totals.append((last - began) * 1000)
    for raw in (writer, *connections):
        raw.sock.close()
    count = CONNECTIONS * WATCHERS
    each = (after - before) * 1024 / count
    return [
        (f"memory per watcher, {count:,} at rest on {CONNECTIONS} connections", "4 kB or less",
         f"{each / 1000:.1f} kB"),
        (f"a change to {count:,} watchers, until the last has it", "50 ms or less after the commit",
         f"{statistics.median(delays):.1f} ms after the writer's reply, "
         f"{max(delays):.1f} ms at most of {CHANGES}; "
         f"{statistics.median(totals):.1f} ms after its request, {max(totals):.1f} ms at most"),
    ]
