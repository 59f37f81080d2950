"""The figure of calls that wait for somebody outside: what they cost while a source repository
never answers."""

import socket
import time

from support.raw_h2 import RawConnection, message
from support.stubs import api

APPLY = "/deploymenttrack.v1.DeploymentTrackService/ApplyComponentConfig"
CONNECTIONS, CALLS = 24, 1_000
SECONDS = 10


def measure(server, component, rss_kb) -> tuple[str, str, str]:
    """Asks for all of them at once, and looks at the memory for as long as they wait.

    `component(url)` makes a component with that repository and a track, and gives the ids of both.
    """
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as silent:
        ids = component(f"https://127.0.0.1:{silent.getsockname()[1]}/source.git")
        request = message(api.ApplyComponentConfigRequest(
            component_id=ids[0], deployment_track_id=ids[1]).SerializeToString())
        # One call of each kind before the first look.
        with RawConnection(server.connect()) as raw:
            raw.request(1, APPLY, request)
            time.sleep(1)
        before = rss_kb(server.pid)
        connections = [RawConnection(server.connect()) for _ in range(CONNECTIONS)]
        for raw in connections:
            for number in range(CALLS):
                raw.request(2 * number + 1, APPLY, request)
        most = 0
        for _ in range(SECONDS * 10):
            most = max(most, rss_kb(server.pid) - before)
            time.sleep(0.1)
        for raw in connections:
            raw.sock.close()
    return (f"memory of {CONNECTIONS} x {CALLS:,} calls at once for a repository that never "
            "answers, at most",
            "", f"{most / 1024:.0f} MiB")
