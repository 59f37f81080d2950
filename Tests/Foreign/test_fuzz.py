"""Random frames and random requests, bounded and the same in each run: the server stays up and
answers every call.

TRACKD_FUZZ_SEED and TRACKD_FUZZ_ROUNDS select other inputs and longer runs.
"""

import contextlib
import importlib
import os
import random
import socket

import pytest
from google.protobuf import message_factory

from support import fuzz, paths, raw_h2
from support.raw_h2 import CODE_NAMES, RawConnection, message, request_headers
from support.server import Server
from support.steady import DURING_KB, settled_rss, stays_well

SEED = int(os.environ.get("TRACKD_FUZZ_SEED", "1"))
ROUNDS = int(os.environ.get("TRACKD_FUZZ_ROUNDS", "1"))


def methods() -> dict:
    """Every method of the server by its path, with the class of its request."""
    found = {}
    for name in ("catalog_service", "deployment_track_service"):
        module = importlib.import_module(f"deploymenttrack.v1.{name}_pb2")
        for service in module.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                found[f"/{service.full_name}/{method.name}"] = message_factory.GetMessageClass(
                    method.input_type)
    return found


def quick(server) -> socket.socket:
    """A connection whose small writes leave at once."""
    sock = server.connect()
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("fuzz") / "data")
    yield started
    started.stop()


def test_random_frames_neither_stop_nor_bloat_it(fuzzed):
    called = [*methods(), "/grpc.health.v1.Health/Check", "/x/y", "/" + "p" * 3000]
    idle, files = settled_rss(fuzzed) + 20_000, fuzzed.open_files()
    with stays_well(fuzzed, idle):
        for number in range(150 * ROUNDS):
            rng = random.Random(f"frames {SEED} {number}")
            writer = fuzz.FrameWriter(rng, called)
            windows = {raw_h2.INITIAL_WINDOW_SIZE: rng.choice([0, 1, 65535, 2**24])}
            with RawConnection(quick(fuzzed), settings=windows) as raw:
                for _ in range(rng.randrange(1, 15)):
                    raw.send(b"".join(writer.next() for _ in range(rng.randrange(1, 20))))
                    raw.read_until(lambda: raw.closed, rng.choice([0, 0, 0.005]))
                if rng.random() < 0.5:
                    raw.read_until(lambda: raw.closed, 0.02)
    with RawConnection(quick(fuzzed)) as raw:
        raw.request(1, "/grpc.health.v1.Health/Check", message(b""))
        assert raw.answer(1) == "OK"
    assert fuzzed.open_files() <= files + 8


@pytest.mark.parametrize("path", sorted(methods()))
def test_random_requests_are_all_answered(fuzzed, path):
    rng = random.Random(f"requests {SEED} {path}")
    kind = methods()[path]
    # A valid watch ends only with its deadline.
    extra = [("grpc-timeout", "100m")] if path.endswith("/WatchDeploymentTracks") else []
    with RawConnection(quick(fuzzed)) as raw:
        for number in range(150 * ROUNDS):
            request = kind()
            fuzz.fill(rng, request)
            body = request.SerializeToString()
            if rng.random() < 0.5:
                body = fuzz.mutated(rng, body)
            stream = 1 + 2 * number
            raw.request(stream, path, message(body), extra=extra)
            answer = raw.answer(stream)
            raw.send(raw_h2.window_update(0, max(1, len(raw.reply(stream).data))))
            assert (answer in CODE_NAMES
                    and answer not in ("UNKNOWN", "UNAVAILABLE", "CANCELLED",
                                       "DATA_LOSS")), (number, answer, body)


def test_calls_that_are_begun_and_not_ended_are_bounded(fuzzed):
    """Header lists of 15 kB, which HPACK makes from 30 bytes each, in 8,000 calls without a
    message."""
    idle = settled_rss(fuzzed)
    if not paths.SANITIZED:
        fuzzed.reset_peak()
    refused = []
    with contextlib.ExitStack() as opened:
        for _ in range(8):
            raw = opened.enter_context(RawConnection(quick(fuzzed)))
            fields = request_headers("/grpc.health.v1.Health/Check",
                                     extra=[("x-padding", "x" * 3000)] * 5)
            for stream in range(1, 2001, 2):
                raw.headers(stream, fields)
            raw.send(raw_h2.ping())
            assert raw.read_until(lambda raw=raw: raw.pings == 1)
            refused += [reply.name() for reply in raw.replies.values() if reply.ended]
        with RawConnection(quick(fuzzed)) as other:
            other.request(1, "/grpc.health.v1.Health/Check", message(b""))
            assert other.answer(1) == "OK"
    assert len(refused) >= 1000
    assert set(refused) == {"RESOURCE_EXHAUSTED"}
    if not paths.SANITIZED:
        assert fuzzed.peak_kb() - idle <= DURING_KB
