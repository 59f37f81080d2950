"""Random input for a server, repeatable by its seed: frame sequences, request messages, changed
bytes."""

import random
import struct

import hpack
from google.protobuf.descriptor import FieldDescriptor

from . import raw_h2
from .raw_h2 import frame, message, request_headers

INTEGERS = [0, 1, -1, 2, 127, 128, 1000, 1001, 65534, 65535, 2**31 - 1, -2**31, 2**32 - 1,
            2**63 - 1, -2**63, 2**64 - 1]
TEXTS = ["", "a", "acme", "A", "-", "v1.0", "v2147483647.2147483647", "v2147483648.0", "v0.0", "%",
         "%zz", "%00", "a%2Fb", "*", "main", "@", "a..b", "\0", "a\0b", "\x1b[0m\r\n", "é" * 100,
         "\U0010ffff", "\u2028\x9b", "x" * 64, "y" * 5000, "00000000-0000-4000-8000-000000000001",
         "00000000-0000-0000-0000-000000000000", "\"1\"", "\"-1\"", "AQ", "AQAA",
         "branch = main", "latest = true AND " * 19 + "latest = false",
         "latest = true AND " * 20 + "latest = true", "created_at > 9999-12-31T23:59:59.999999Z",
         "updated_at < 0001-01-01T00:00:00Z", "branch = \"", "(", "created_at desc",
         "api_version", "ORGANIZATION_TIER_FREE", "COMPONENT_TYPE_SERVICE"]

#: Values that let a request pass the first checks.
GOOD = {
    **dict.fromkeys(["id", "organization_id", "project_id", "component_id", "environment_id",
                     "display_name", "name"], "acme"),
    "tier": "ORGANIZATION_TIER_PAID", "type": "COMPONENT_TYPE_SERVICE", "branch": "main",
    "page_token": "", "etag": "", "request_id": "",
}


def text(rng: random.Random) -> str:
    if rng.random() < 0.8:
        return rng.choice(TEXTS)
    return "".join(chr(rng.choice([rng.randrange(0x80), rng.randrange(0xD800)]))
                   for _ in range(rng.randrange(80)))


def fill(rng: random.Random, target, depth: int = 0) -> None:
    """Sets about half of the fields of a message to values at and over their limits."""
    for field in target.DESCRIPTOR.fields:
        if rng.random() < 0.4:
            continue
        repeated = field.is_repeated
        for _ in range(rng.choice([1, 1, 2, 60]) if repeated else 1):
            if field.type == FieldDescriptor.TYPE_MESSAGE:
                if depth < 4:
                    fill(rng, getattr(target, field.name).add() if repeated else getattr(
                        target, field.name), depth + 1)
                continue
            value = scalar(rng, field)
            if repeated:
                getattr(target, field.name).append(value)
            else:
                setattr(target, field.name, value)


def scalar(rng: random.Random, field):
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING if field.name in GOOD and rng.random() < 0.8:
            return GOOD[field.name]
        case FieldDescriptor.CPPTYPE_STRING:
            return text(rng).encode() if field.type == FieldDescriptor.TYPE_BYTES else text(rng)
        case FieldDescriptor.CPPTYPE_BOOL:
            return rng.random() < 0.5
        case FieldDescriptor.CPPTYPE_FLOAT | FieldDescriptor.CPPTYPE_DOUBLE:
            return rng.choice([0.0, -0.0, 1e30, float("inf"), float("nan")])
        case FieldDescriptor.CPPTYPE_INT32 | FieldDescriptor.CPPTYPE_ENUM:
            return rng.choice([n for n in INTEGERS if -2**31 <= n < 2**31])
        case FieldDescriptor.CPPTYPE_UINT32:
            return rng.choice([n for n in INTEGERS if 0 <= n < 2**32])
        case FieldDescriptor.CPPTYPE_UINT64:
            return rng.choice([n for n in INTEGERS if 0 <= n])
        case _:
            return rng.choice([n for n in INTEGERS if -2**63 <= n < 2**63])


def mutated(rng: random.Random, data: bytes) -> bytes:
    """The bytes with a few of them changed, repeated, cut off or inserted."""
    out = bytearray(data)
    for _ in range(rng.randrange(4)):
        at = rng.randrange(len(out) + 1)
        match rng.randrange(5):
            case 0:
                out[at:at + 1] = bytes([rng.randrange(256)])
            case 1:
                del out[at:at + rng.randrange(1, 9)]
            case 2:
                out[at:at] = out[at:at + rng.randrange(1, 40)]
            case 3:
                out[at:at] = rng.randbytes(rng.randrange(1, 12))
            case 4:
                out[at:at] = b"\xff" * rng.randrange(1, 11) + b"\x01"
    return bytes(out)


class FrameWriter:
    """Frames that are mostly valid, on streams that mostly exist."""

    def __init__(self, rng: random.Random, paths: list[str]):
        self.rng = rng
        self.paths = paths
        self.encoder = hpack.Encoder()
        self.next_stream = 1
        self.open: list[int] = []

    def stream(self) -> int:
        if self.open and self.rng.random() < 0.9:
            return self.rng.choice(self.open)
        return self.rng.choice([0, 1, 2, 3, self.next_stream, self.next_stream + 2, 2**31 - 1])

    def next(self) -> bytes:
        rng = self.rng
        if rng.random() < 0.01:
            return mutated(rng, self.well_formed())
        return self.well_formed()

    def well_formed(self) -> bytes:
        rng = self.rng
        kind = rng.choices(
            ["headers", "data", "end", "rst", "ping", "window", "settings", "priority", "goaway",
             "trailers", "unknown", "push", "continuation"],
            [30, 25, 10, 8, 4, 6, 2, 3, 0.3, 3, 3, 0.1, 0.2])[0]
        return getattr(self, kind)()

    def headers(self) -> bytes:
        rng = self.rng
        stream, self.next_stream = self.next_stream, self.next_stream + rng.choice([2, 2, 2, 4])
        self.open = (self.open + [stream])[-20:]
        extra = [rng.choice([("grpc-timeout", rng.choice(["1n", "1m", "99999999H", "0S", "x"])),
                             ("x-bin", "%%%"), ("x-a", "v" * rng.choice([0, 10, 3000])),
                             ("grpc-encoding", "gzip"), ("user-agent", "\x7fé"),
                             ("content-length", rng.choice(["0", "5", "99999999999999999999"])),
                             ("grpc-status", "0")])
                 for _ in range(rng.choice([0, 0, 1, 2, 5]))]
        fields = request_headers(rng.choice(self.paths), extra=extra)
        if rng.random() < 0.03:
            fields.pop(rng.randrange(len(fields)))
        block = self.encoder.encode([(n, v.encode()) for n, v in fields],
                                    huffman=rng.random() < 0.5)
        flags = raw_h2.END_STREAM if rng.random() < 0.1 else 0
        if rng.random() < 0.9:
            return frame(raw_h2.HEADERS, flags | raw_h2.END_HEADERS, stream, block)
        cut = rng.randrange(len(block))
        return (frame(raw_h2.HEADERS, flags, stream, block[:cut])
                + frame(raw_h2.CONTINUATION, raw_h2.END_HEADERS, stream, block[cut:]))

    def data(self) -> bytes:
        rng = self.rng
        payload = rng.choice([b"", b"\0", message(b""), message(b"\x0a\x01a"),
                              message(rng.randbytes(rng.randrange(300))), b"\0\x7f\xff\xff\xff",
                              b"\x01\0\0\0\0", message(b"x" * 9000)[:5000], rng.randbytes(20)])
        flags = raw_h2.END_STREAM if rng.random() < 0.5 else 0
        if rng.random() < 0.2:
            padding = rng.randrange(200)
            return frame(raw_h2.DATA, flags | raw_h2.PADDED, self.stream(),
                         bytes([padding]) + payload + bytes(padding))
        return frame(raw_h2.DATA, flags, self.stream(), payload)

    def end(self) -> bytes:
        stream = self.stream()
        if stream in self.open:
            self.open.remove(stream)
        return frame(raw_h2.DATA, raw_h2.END_STREAM, stream, message(b""))

    def rst(self) -> bytes:
        stream = self.stream()
        if stream in self.open:
            self.open.remove(stream)
        return raw_h2.rst(stream, self.rng.choice([0, 1, 8, 0xFFFFFFFF]))

    def ping(self) -> bytes:
        return frame(raw_h2.PING, self.rng.choice([0, 0, 1, 0xFF]), 0,
                     self.rng.choice([b"12345678", b"drainrtt"]))

    def window(self) -> bytes:
        return raw_h2.window_update(self.rng.choice([0, self.stream()]),
                                    self.rng.choice([1, 100, 65535, 2**20]))

    def settings(self) -> bytes:
        rng = self.rng
        values = {rng.randrange(1, 10): rng.choice([0, 1, 100, 65535, 2**14, 2**31 - 1])
                  for _ in range(rng.randrange(4))}
        return rng.choice([raw_h2.settings_frame(values), frame(raw_h2.SETTINGS, raw_h2.ACK, 0)])

    def priority(self) -> bytes:
        return frame(raw_h2.PRIORITY, 0, self.next_stream + 2,
                     struct.pack(">IB", self.stream(), self.rng.randrange(256)))

    def goaway(self) -> bytes:
        return frame(raw_h2.GOAWAY, 0, 0, struct.pack(">II", self.rng.randrange(2**31),
                                                      self.rng.randrange(20)) + b"\x1b[0m\n")

    def trailers(self) -> bytes:
        block = self.encoder.encode([(b"x-t", b"1")])
        flags = raw_h2.END_HEADERS | (raw_h2.END_STREAM if self.rng.random() < 0.8 else 0)
        return frame(raw_h2.HEADERS, flags, self.stream(), block)

    def unknown(self) -> bytes:
        return frame(self.rng.randrange(10, 256), self.rng.randrange(256), self.stream(),
                     self.rng.randbytes(self.rng.randrange(50)))

    def push(self) -> bytes:
        return frame(raw_h2.PUSH_PROMISE, raw_h2.END_HEADERS, self.stream(),
                     struct.pack(">I", 2) + b"\x82")

    def continuation(self) -> bytes:
        return frame(raw_h2.CONTINUATION, raw_h2.END_HEADERS, self.stream(), b"\x82")
