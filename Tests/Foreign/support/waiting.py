"""Waits for conditions."""

import time


def until(condition, seconds: float = 20) -> None:
    """Returns once the condition holds; fails after the time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not happen"
        time.sleep(0.02)
