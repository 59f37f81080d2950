"""Waits for conditions.

Sockets and pipes are waited for with poll: select takes no descriptor above 1,023, and a test with a
thousand connections has them.
"""

import select
import time


def until(condition, seconds: float = 20) -> None:
    """Returns once the condition holds; fails after the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)


def is_readable(file, seconds: float) -> bool:
    """Whether a file or descriptor has something to read, or is at its end, within the time."""
    return readiness(file, seconds, select.POLLIN)[0]


def readiness(file, seconds: float, events: int = select.POLLIN | select.POLLOUT):
    """Whether a file or descriptor can be read, and whether it can be written, within the time."""
    poll = select.poll()
    poll.register(file, events)
    found = 0
    for _, happened in poll.poll(max(0, seconds) * 1000):
        found |= happened
    ended = select.POLLHUP | select.POLLERR
    return bool(found & (select.POLLIN | ended)), bool(found & (select.POLLOUT | ended))
