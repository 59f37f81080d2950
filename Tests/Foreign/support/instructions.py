"""The cost of a call in user instructions of the server, by callgrind: exact, and independent of
the machine's load."""

import contextlib
import json
import pathlib
import platform
import re
import shutil
import subprocess

from . import paths
from .server import Server
from .stubs import api

#: The numbers of calls of the two loads. The difference between the loads leaves one-time costs
#: out.
FEW, MANY = 500, 2500
ARCHITECTURE = platform.machine()
SERVICE = "/deploymenttrack.v1.DeploymentTrackService/"


def held() -> dict[str, int]:
    """The repository's numbers for this architecture; empty if it has none."""
    file = paths.ROOT / "Tests" / "Foreign" / "inputs" / "instructions.json"
    return json.loads(file.read_text()).get(ARCHITECTURE, {})


def calls(component: str, track: str) -> dict[str, tuple[str, bytes, int]]:
    """The measured calls by name: path, request, and simultaneous streams."""
    get = api.GetDeploymentTrackRequest(component_id=component,
                                        deployment_track_id=track).SerializeToString()
    none = api.GetDeploymentTrackRequest(
        component_id=component, deployment_track_id="nothing").SerializeToString()
    tracks = api.ListDeploymentTracksRequest(component_id=component,
                                             page_size=1).SerializeToString()
    images = api.GetDeploymentTrackImagesRequest(
        component_id=component, deployment_track_id=track, page_size=1).SerializeToString()
    return {
        "Get, 1 x 1": (SERVICE + "GetDeploymentTrack", get, 1),
        "Get, 1 x 100": (SERVICE + "GetDeploymentTrack", get, 100),
        "Get that is NOT_FOUND, 1 x 100": (SERVICE + "GetDeploymentTrack", none, 100),
        "List, a page of one, 1 x 100": (SERVICE + "ListDeploymentTracks", tracks, 100),
        # Its reply is not kept: this shows the cost of reading the store.
        "Images of a track that has none, 1 x 100": (SERVICE + "GetDeploymentTrackImages", images,
                                                     100),
        "Health/Check, 1 x 100": ("/grpc.health.v1.Health/Check", b"", 100),
    }


def stripped(folder: pathlib.Path) -> pathlib.Path:
    """A copy of the trackd under test without debug information, which valgrind 3.19 cannot
    read."""
    copy = folder / "trackd"
    if not copy.exists():
        subprocess.run(["strip", "-g", "-o", str(copy), str(paths.trackd_binary())], check=True)
    return copy


@contextlib.contextmanager
def counted(folder: pathlib.Path, data: pathlib.Path, arguments=()):
    """Runs a trackd over a copy of `data` and counts its instructions; appends their number to the
    list at its end."""
    log, own, total = folder / "callgrind.log", folder / "counted", []
    shutil.copytree(data, own)
    prefix = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", f"--log-file={log}")
    server = Server(own, "--loops", "1", *arguments, discard_log=True, prefix=prefix,
                    binary=stripped(folder))
    try:
        yield server, total
        server.stop()
    finally:
        if server.running:
            server.kill()
        shutil.rmtree(own)
    total.append(int(re.search(r"Collected : (\d+)", log.read_text())[1]))


def load(server: Server, path: str, body: bytes, streams: int, count: int,
         folder: pathlib.Path, fields: dict[str, str]) -> None:
    """Makes `count` calls with a deadline over one connection, by nghttp2's load generator; they
    need not be OK."""
    file = folder / "body"
    file.write_bytes(body)
    done = subprocess.run(
        ["h2load", "-t1", "-c1", f"-m{streams}", f"-n{count}", "-d", str(file), "-H",
         "content-type: application/grpc", "-H", "te: trailers", "-H", "grpc-timeout: 60S",
         *(word for name, value in fields.items() for word in ("-H", f"{name}: {value}")),
         f"http://127.0.0.1:{server.port}{path}"],
        capture_output=True, text=True, timeout=300, check=True)
    assert f"{count} succeeded" in done.stdout, done.stdout


def per_call(folder: pathlib.Path, data: pathlib.Path, path: str, body: bytes, streams: int,
             fields: dict[str, str] | None = None, arguments=()) -> int:
    """The instructions per call, over a data folder that stays unchanged.

    - path: `/package.Service/Method`
    - body: the framed request
    - fields: of the header block, besides the usual ones
    - arguments: of the server
    """
    totals = []
    for count in (FEW, MANY):
        with counted(folder, data, arguments) as (server, total):
            load(server, path, body, streams, count, folder, fields or {})
        totals += total
    return round((totals[1] - totals[0]) / (MANY - FEW))


def of_program(*command: str) -> int:
    """The instructions of one run of a program."""
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command],
        capture_output=True, text=True, timeout=300, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])
