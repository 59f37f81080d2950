"""A disk that can no longer sync: writes end, reads and the process go on, and health shows it."""

import pathlib
import shutil
import signal
import subprocess

import pytest
from grpc_health.v1 import health_pb2

from support import paths
from support.errors import refused

SOURCE = pathlib.Path(__file__).parent / "c" / "failing_sync.c"
SERVICES = ["", "deploymenttrack.v1.CatalogService", "deploymenttrack.v1.DeploymentTrackService"]


@pytest.fixture
def failing_sync_library(tmp_path):
    """A library whose syncs fail or hang: see its source."""
    if paths.SANITIZED:
        pytest.skip("a sanitizer wants to be the first library")
    if not shutil.which("g++"):
        pytest.skip("no compiler: see Scripts/packages.txt")
    library = tmp_path / "failing_sync.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE), "-ldl"],
                   check=True)
    return library


@pytest.fixture
def failing_sync(failing_sync_library, tmp_path):
    """The environment of a trackd whose syncs fail from the call of the function on."""
    flag = tmp_path / "fail"
    return {"LD_PRELOAD": str(failing_sync_library), "FAILING_SYNC": str(flag)}, flag.touch


def test_a_sync_that_fails_ends_writing_and_nothing_else(failing_sync, start_server, connect):
    environment, fail = failing_sync
    server = start_server(environment=environment)
    client = connect(server.address)
    component = client.put_component()
    track = client.create(component, "v1.0")
    watch = client.health.Watch(health_pb2.HealthCheckRequest())
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    fail()

    for _ in range(2):
        with refused("UNAVAILABLE", "STORE_UNAVAILABLE") as refusal:
            client.create(component, "v1.1")
        assert refusal.details["RetryInfo"].retry_delay.ToTimedelta().total_seconds() > 0
        assert "SQL" not in refusal.message and str(server.data) not in refusal.message
    assert client.get(component, track.id) == track
    for service in SERVICES:
        reply = client.health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
        assert reply.status == health_pb2.HealthCheckResponse.NOT_SERVING
    assert next(watch).status == health_pb2.HealthCheckResponse.NOT_SERVING

    server.signal(signal.SIGTERM)
    assert server.wait() == 1
    assert any(r["level"] == "error" and "store has failed" in r["message"]
               for r in server.log_records())
    server = start_server()
    client = connect(server.address)
    # Writes answered with UNAVAILABLE may have happened; acknowledged ones have.
    assert {"v1.0"} <= {t.api_version for t in client.list(component)} <= {"v1.0", "v1.1"}
    client.create(component, "v1.2")
