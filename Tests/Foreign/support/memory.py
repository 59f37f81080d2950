"""What stands in a process's memory."""

import pathlib


def contains(pid: int, *needles: bytes) -> list[bytes]:
    """Which of these bytes stand anywhere in the writable memory of a process."""
    found = set()
    longest = max(map(len, needles))
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines():
            place, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(word, 16) for word in place.split("-"))
            before = b""
            while start < end:
                memory.seek(start)
                try:
                    piece = memory.read(min(end - start, 1 << 24))
                except OSError:
                    break
                if not piece:
                    break
                text = before + piece
                found.update(needle for needle in needles if needle in text)
                before = text[-longest:]
                start += len(piece)
    return [needle for needle in needles if needle in found]
