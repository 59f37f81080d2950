"""A client with Debian's gRPC C++."""

import pathlib

import pytest

from support import cpp, paths
from support.client import unique

SOURCE = pathlib.Path(__file__).parent / "cpp" / "client.cc"


@pytest.fixture(scope="session")
def cpp_client():
    protos = sorted([*(paths.PROTOS / "deploymenttrack" / "v1").rglob("*.proto"),
                     paths.PROTOS / "grpc/health/v1/health.proto"])
    return cpp.compiled(SOURCE, paths.PROTOS, protos,
                        headers=[("deploymenttrack_v1.h", "deploymenttrack")])


@pytest.mark.timeout(400)
def test_health_create_and_get(cpp_client, server):
    lines = cpp.run(cpp_client, server.address, unique("cpp")).splitlines()
    assert dict(line.split(": ", 1) for line in lines) == {
        "health": "1", "branch": "feature/x", "version": "v1.2", "description": "über alles",
        "latest": "1", "refusal": "5", "details": "yes"}
