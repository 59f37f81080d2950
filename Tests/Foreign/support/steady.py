"""Checks that a server answers and its memory stays bounded while a test strains it."""

import contextlib
import threading
import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from . import paths
from .server import Server

DURING_KB = 64 * 1024
#: The same for what has no right to anything: the classes of attack.
ATTACK_KB = 16 * 1024
AFTER_FACTOR = 1.10
SETTLE_SECONDS = 20


class Prober(threading.Thread):
    """Checks the health of a server ten times a second, on its own connection."""

    def __init__(self, server: Server):
        super().__init__(daemon=True)
        self.address = server.address
        self.answers = 0
        self.failures: list[str] = []
        self._stop_asked = threading.Event()

    def run(self) -> None:
        with grpc.insecure_channel(self.address) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            while True:
                try:
                    reply = stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
                    if reply.status == health_pb2.HealthCheckResponse.SERVING:
                        self.answers += 1
                    else:
                        self.failures.append(f"status {reply.status}")
                except grpc.RpcError as error:
                    self.failures.append(f"{error.code().name}: {error.details()}")
                if self._stop_asked.wait(0.1):
                    return

    def stop(self) -> None:
        self._stop_asked.set()
        self.join(30)
        assert not self.is_alive()


def settled_rss(server: Server) -> int:
    """The resident memory once it no longer changes, in kB."""
    last, same = server.rss_kb(), 0
    for _ in range(50):
        time.sleep(0.1)
        now = server.rss_kb()
        same = same + 1 if abs(now - last) <= 64 else 0
        last = now
        if same == 3:
            break
    return last


@contextlib.contextmanager
def answers_others(server: Server, idle_kb: int, during_kb: int = DURING_KB):
    """What is done in the block must not stop the server, blow it up, or keep it from answering
    others."""
    if not paths.SANITIZED:
        server.reset_peak()
    prober = Prober(server)
    prober.start()
    try:
        yield
    finally:
        prober.stop()
    assert server.running, server.log()[-4000:]
    assert not prober.failures, prober.failures[:3]
    assert prober.answers >= 1
    if paths.SANITIZED:
        return
    grown = server.peak_kb() - idle_kb
    assert grown <= during_kb, f"{grown} kB above idle during it"


@contextlib.contextmanager
def stays_well(server: Server, idle_kb: int, during_kb: int = DURING_KB):
    """`answers_others`, and the server's memory comes back after it."""
    with answers_others(server, idle_kb, during_kb):
        yield
    if paths.SANITIZED:
        return
    deadline = time.monotonic() + SETTLE_SECONDS
    while server.rss_kb() > idle_kb * AFTER_FACTOR and time.monotonic() < deadline:
        time.sleep(0.1)
    after = server.rss_kb()
    assert after <= idle_kb * AFTER_FACTOR, f"{after} kB after it, {idle_kb} kB idle"
