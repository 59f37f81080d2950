"""Messages in their envelopes: a byte of flags, a length of four bytes, and the content. gRPC,
gRPC-Web and the streams of Connect have the same."""

import struct


def envelope(content: bytes, flags: int = 0) -> bytes:
    return struct.pack(">BI", flags, len(content)) + content


def envelopes(body: bytes) -> list[tuple[int, bytes]]:
    """The flags and the content of each; fails for one that is cut short."""
    found = []
    while body:
        flags, length = struct.unpack(">BI", body[:5])
        content, body = body[5:5 + length], body[5 + length:]
        assert len(content) == length, f"{len(content)} of {length} bytes"
        found.append((flags, content))
    return found
