"""Names the Swift tests that failed, each with its first fault. See Scripts/test.

    failed_tests.py EVENTS

EVENTS is the file of within.py. A run's own words about a failure stand far up in its output.
"""

import json
import pathlib
import sys


def faults(events: pathlib.Path) -> dict[str, str]:
    """What went wrong first in each test that failed."""
    found: dict[str, str] = {}
    for line in events.read_text(errors="replace").splitlines():
        try:
            payload = json.loads(line).get("payload", {})
        except ValueError:
            continue  # the last line may be written by half
        if payload.get("kind") != "issueRecorded" or payload["issue"].get("isKnown"):
            continue
        texts = [message["text"] for message in payload.get("messages", [])]
        found.setdefault(payload.get("testID", "no test"), " ".join(texts))
    return found


def main() -> None:
    found = faults(pathlib.Path(sys.argv[1]))
    for name, fault in found.items():
        print(f"  {name}: {fault[:300]}")
    if not found:
        print("  none that said so: its process may have ended")


if __name__ == "__main__":
    main()
