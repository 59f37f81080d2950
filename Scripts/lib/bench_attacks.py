"""The figures of attacks: what a hostile frame costs, when the connection ends for it, the memory
that it takes, and whether somebody else's calls are answered meanwhile."""

import struct
import threading
import time

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import raw_h2
from support.attacks import CHECK, integer, open_stream
from support.raw_h2 import RawConnection, frame, message, request_headers
from support.steady import settled_rss

#: More than any class needs.
FRAMES = 30_000
#: Frames between two looks for the end.
STEP = 20
#: Connections that attack, one after the other.
ROUNDS = 20
MOST_KB = 16 * 1024
END = raw_h2.END_HEADERS | raw_h2.END_STREAM


class Other(threading.Thread):
    """Somebody else, who calls all the time on a connection of its own."""

    def __init__(self, address: str):
        super().__init__(daemon=True)
        self.address = address
        self.answered = 0
        self.failures: list[str] = []
        self.slowest = 0.0
        self.is_over = False

    def run(self) -> None:
        with grpc.insecure_channel(self.address) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            while not self.is_over:
                began = time.monotonic()
                try:
                    stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
                    self.answered += 1
                except grpc.RpcError as error:
                    self.failures.append(error.code().name)
                self.slowest = max(self.slowest, time.monotonic() - began)
                time.sleep(0.002)


def reset_twice(raw, number: int) -> list[bytes]:
    return [open_stream(raw, number), raw_h2.rst(2 * number + 1)]


def spoilt(*extra, omit=()):
    return lambda raw, number: [open_stream(raw, number, extra=extra, omit=omit)]


def same(*frames: bytes, first: bool = False):
    """The same frames again and again, behind a call that goes on where they need one."""
    def make(raw, number):
        return [open_stream(raw, 0), *frames] if first and number == 0 else list(frames)
    return make


def continuations(raw, number: int) -> list[bytes]:
    if number == 0:
        return [frame(raw_h2.HEADERS, 0, 1, raw_h2.literal(b":method", b"POST"))]
    return [frame(raw_h2.CONTINUATION, 0, 1)]


def past(piece: bytes):
    """Frames for a call that the server has reset."""
    def make(raw, number):
        head = [open_stream(raw, 0, extra=[("connection", "close")])] if number == 0 else []
        return [*head, piece]
    return make


def header_bomb(raw, number: int) -> list[bytes]:
    block = raw.encoder.encode(request_headers(CHECK), huffman=False)
    value = b"v" * 3900
    block += b"\x40\x01x" + b"\x7f" + integer(len(value) - 127) + value + b"\xbe" * 11_000
    return [frame(raw_h2.HEADERS, END, 2 * number + 1, block)]


def references(raw, number: int) -> list[bytes]:
    """A field that is named ninety times by a byte each; the replies have no window."""
    request = b"".join(raw_h2.literal(name.encode(), value.encode())
                       for name, value in request_headers(CHECK))
    value = b"v" * 140
    more = b"\x40\x01x\x7f" + bytes([len(value) - 127]) + value if number == 0 else b"\xbe" * 90
    return [frame(raw_h2.HEADERS, raw_h2.END_HEADERS, 2 * number + 1, request + more),
            frame(raw_h2.DATA, raw_h2.END_STREAM, 2 * number + 1, message(b""))]


#: Name, the frames of each step, and SETTINGS of the attacker.
CLASSES = [
    ("rapid reset", reset_twice, {}),
    ("MadeYouReset: window overflow", lambda raw, n: [
        open_stream(raw, n), raw_h2.window_update(2 * n + 1, 2**31 - 1)], {}),
    ("MadeYouReset: `connection`", spoilt(("connection", "close")), {}),
    ("MadeYouReset: no `:path`", spoilt(omit=(":path",)), {}),
    ("MadeYouReset: content-length", lambda raw, n: [
        open_stream(raw, n, extra=[("content-length", "1")]),
        frame(raw_h2.DATA, raw_h2.END_STREAM, 2 * n + 1, b"12")], {}),
    ("streams beyond the limit", spoilt(), {}),
    ("CONTINUATION, empty", continuations, {}),
    ("PING", same(raw_h2.ping()), {}),
    ("SETTINGS", same(raw_h2.settings_frame({4: 65535})), {}),
    ("DATA, empty", same(frame(raw_h2.DATA, 0, 1), first=True), {}),
    ("DATA of one byte", same(frame(raw_h2.DATA, 0, 1, b"\0"), first=True), {}),
    ("DATA, padded", same(frame(
        raw_h2.DATA, raw_h2.PADDED, 1, bytes([200]) + bytes(200)), first=True), {}),
    ("PRIORITY", same(frame(raw_h2.PRIORITY, 0, 3, struct.pack(">IB", 0, 16))), {}),
    ("WINDOW_UPDATE of 1", same(raw_h2.window_update(0, 1)), {}),
    ("unknown type 0x0b", same(frame(0x0B, 0, 0, b"12345678")), {}),
    ("GOAWAY", same(raw_h2.goaway(1), first=True), {}),
    ("HEADERS of a reset call", past(frame(raw_h2.HEADERS, raw_h2.END_HEADERS, 1, b"\x83")), {}),
    ("DATA of a reset call", past(frame(raw_h2.DATA, 0, 1)), {}),
    ("header bomb, 42 MB in 15 kB", header_bomb, {}),
    ("header references x calls, no window", references, {raw_h2.INITIAL_WINDOW_SIZE: 0}),
]


def until_the_end(server, make, settings) -> tuple[list[bytes], str]:
    """The frames that one connection takes until it ends, to about `STEP`, and how it ends."""
    with RawConnection(server.connect(), settings=settings) as raw:
        raw.read_until(lambda: raw.acks >= 1)
        sent: list[bytes] = []
        number = 0
        while raw.goaway is None and not raw.closed and len(sent) < FRAMES and number < 2_500:
            step: list[bytes] = []
            for _ in range(STEP):
                step += make(raw, number)
                number += 1
            sent += step
            raw.send_while_reading(b"".join(step), 5)
            raw.read_until(lambda: raw.goaway is not None, 0.002)
        how = "closed" if raw.closed and raw.goaway is None else "open"
        if raw.goaway is not None:
            how = f"GOAWAY {raw_h2.ERROR_NAMES[raw.goaway[0]]}"
        return sent, how


def attack(server, frames: list[bytes], settings) -> None:
    """The same frames at once."""
    with RawConnection(server.connect(), settings=settings) as raw:
        raw.read_until(lambda: raw.acks >= 1)
        raw.send_while_reading(b"".join(frames), 10)
        raw.read_until(lambda: raw.goaway is not None, 0.2)


def measure(server, cpu_ns, row) -> None:
    """Gives `row` a line for each class: what, what is to be reached, and what was seen."""
    for name, make, settings in CLASSES:
        until_the_end(server, make, settings)
    idle = settled_rss(server)
    for name, make, settings in CLASSES:
        frames, how = until_the_end(server, make, settings)
        before = cpu_ns(server.pid)
        for _ in range(ROUNDS):
            attack(server, frames, settings)
        used = (cpu_ns(server.pid) - before) / ROUNDS / len(frames) / 1000
        server.reset_peak()
        other = Other(server.address)
        other.start()
        for _ in range(ROUNDS):
            attack(server, frames, settings)
        other.is_over = True
        other.join(30)
        grown = max(0, server.peak_kb() - idle)
        lost = f"{len(other.failures)} lost" if other.failures else "all answered"
        row(f"attack: {name}", "16 MB or less, no call of others lost",
            f"{how} after {len(frames):,} frames; {used:.2f} us a frame; {grown / 1024:.1f} MB; "
            f"{other.answered:,} calls of another client {lost}, the slowest in "
            f"{other.slowest * 1000:.0f} ms")
        if grown > MOST_KB or other.failures or other.answered == 0:
            raise SystemExit(f"{name}: {grown} kB, {other.failures[:3]}")
