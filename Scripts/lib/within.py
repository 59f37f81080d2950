"""Runs a command that runs tests, for so long and no longer. See Scripts/test.

    within.py SECONDS EVENTS COMMAND...

The tests tell in the file EVENTS what they begin and end, one JSON object a line, as Swift Testing
does. When the time is up, the tests that had not ended are named, the command and all that it
started are killed, and the exit code is 124.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys

TIMED_OUT = 124


def unfinished(events: pathlib.Path) -> list[str]:
    """What began and did not end, in the order of its beginning."""
    running: dict[str, str] = {}
    for line in events.read_text(errors="replace").splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue  # the last line may be written by half
        payload = event.get("payload", {})
        name = payload.get("testID", "")
        if payload.get("kind") == "testStarted":
            running[name] = name
        elif payload.get("kind") in ("testEnded", "testSkipped"):
            running.pop(name, None)
    # A suite is named only where none of its tests is.
    return [name for name in running if not any(other.startswith(name + "/") for other in running)]


def main() -> int:
    seconds, events, command = float(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3:]
    events.parent.mkdir(parents=True, exist_ok=True)
    events.write_text("")
    # A group of its own, so that what the tests have started ends with them; the terminal's Ctrl-C
    # goes on to it.
    process = subprocess.Popen(command, process_group=0)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: os.killpg(process.pid, number))
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        names = unfinished(events) or ["nothing that says its name"]
        print(f"== the time limit of {seconds:.0f} s is reached; what was running:", *names,
              sep="\n  ", file=sys.stderr, flush=True)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return TIMED_OUT


if __name__ == "__main__":
    sys.exit(main())
