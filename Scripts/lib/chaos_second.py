"""The second client: it does nothing wrong, and notes how long its calls take. See Scripts/chaos.

    chaos_second.py ADDRESS COMPONENT TRACK

Writes a line per call to stdout: when it began (CLOCK_MONOTONIC) and how long it took, both in
seconds, and its code. Ends when its stdin does.
"""

import pathlib
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Foreign"))
sys.dont_write_bytecode = True

import grpc  # noqa: E402

from support.client import Client  # noqa: E402
from support.stubs import api  # noqa: E402

PAUSE = 0.01


def main() -> None:
    address, component, track = sys.argv[1:]
    client = Client(address, [("grpc.initial_reconnect_backoff_ms", 50),
                              ("grpc.max_reconnect_backoff_ms", 100)])
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    calls = (
        lambda: client.get(component, track),
        lambda: client.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
            component_id=component), timeout=10),
        lambda: client.tracks.ListDeployments(api.ListDeploymentsRequest(
            component_id=component, deployment_track_id=track, page_size=20), timeout=10),
    )
    number = 0
    while not ended.wait(PAUSE):
        began, code = time.monotonic(), "OK"
        try:
            calls[number % len(calls)]()
        except grpc.RpcError as error:
            code = error.code().name
        print(f"{began:.6f} {time.monotonic() - began:.6f} {code}", flush=True)
        number += 1


if __name__ == "__main__":
    main()
