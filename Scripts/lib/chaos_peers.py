"""Peers that misbehave, in a process of their own, until it is ended. See Scripts/chaos.

    chaos_peers.py PORT SEED COMPONENT
"""

import pathlib
import random
import socket
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Foreign"))
sys.dont_write_bytecode = True

from support import raw_h2  # noqa: E402
from support.attacks import open_stream  # noqa: E402
from support.raw_h2 import RawConnection, message, request_headers  # noqa: E402
from support.stubs import api  # noqa: E402
from support.watch import WATCH  # noqa: E402

SERVICE = "/deploymenttrack.v1.DeploymentTrackService/"
CREATE, LIST = SERVICE + "CreateDeploymentTrack", SERVICE + "ListDeploymentTracks"


class Peers:
    """Each method is one kind of peer: it does its worst for some seconds, and is called again."""

    def __init__(self, port: int, seed: int, component: str):
        self.port, self.seed = port, seed
        self.listing = message(
            api.ListDeploymentTracksRequest(component_id=component).SerializeToString())
        self.watching = message(api.WatchDeploymentTracksRequest().SerializeToString())

    def connect(self, **options) -> RawConnection:
        return RawConnection(socket.create_connection(("127.0.0.1", self.port), 5), **options)

    def closed_windows(self, chance: random.Random) -> None:
        """Wants lists, and opens no window for them."""
        with self.connect(settings={raw_h2.INITIAL_WINDOW_SIZE: chance.choice((0, 1, 600))}) as raw:
            for stream in range(1, 101, 2):
                raw.request(stream, LIST, self.listing)
            time.sleep(chance.uniform(2, 10))

    def slow_watchers(self, chance: random.Random) -> None:
        """Watches everything, and reads a little now and then."""
        with self.connect(settings={raw_h2.INITIAL_WINDOW_SIZE: 600}) as raw:
            for stream in range(1, 21, 2):
                raw.request(stream, WATCH, self.watching)
            for _ in range(20):
                raw.read_until(lambda: False, 0.2)
                raw.send(b"".join(raw_h2.window_update(stream, 100) for stream in range(1, 21, 2)))

    def slow_writers(self, chance: random.Random) -> None:
        """Sends a call a byte at a time, and often leaves it unfinished."""
        with self.connect() as raw:
            raw.headers(1, request_headers(CREATE))
            for at in range(len(self.listing)):
                raw.data(1, self.listing[at:at + 1])
                time.sleep(chance.uniform(0, 0.3))

    def silent(self, chance: random.Random) -> None:
        """Opens connections, some with a preface, and says nothing."""
        opened = [self.connect(preface=chance.random() < 0.5) for _ in range(50)]
        time.sleep(chance.uniform(1, 8))
        for raw in opened:
            raw.sock.close()

    def resetting(self, chance: random.Random) -> None:
        """Resets streams as fast as it opens them, until the server has enough."""
        with self.connect() as raw:
            for start in range(0, 4000, 50):
                raw.send_while_reading(b"".join(
                    open_stream(raw, n) + raw_h2.rst(2 * n + 1)
                    for n in range(start, start + 50)), 1)
                if raw.closed or raw.goaway:
                    break
                time.sleep(0.02)

    def abrupt(self, chance: random.Random) -> None:
        """Begins calls, and ends the connection in the middle of a frame."""
        for _ in range(20):
            with self.connect() as raw:
                raw.request(1, LIST, self.listing)
                raw.send(raw_h2.frame(raw_h2.HEADERS, 0, 3, b"x" * 50)[:chance.randrange(1, 50)])
            time.sleep(0.05)

    def run(self, kind: str, number: int) -> None:
        chance = random.Random(f"{self.seed} {kind} {number}")
        while True:
            try:
                getattr(self, kind)(chance)
            except OSError:
                time.sleep(0.1)  # the server is away, or has thrown it out


KINDS = ("closed_windows", "slow_watchers", "slow_writers", "silent", "resetting", "abrupt")


def main() -> None:
    peers = Peers(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
    for kind in KINDS:
        for number in range(2):
            threading.Thread(target=peers.run, args=(kind, number), daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
