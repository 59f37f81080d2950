"""A client with Debian's gRPC C++."""

import pytest

from support import cpp
from support.client import unique


@pytest.mark.timeout(400)
def test_health_create_and_get(cpp_client, server):
    lines = cpp.run(cpp_client, server.address, unique("cpp")).splitlines()
    assert dict(line.split(": ", 1) for line in lines) == {
        "health": "1", "branch": "feature/x", "version": "v1.2", "description": "über alles",
        "latest": "1", "refusal": "5", "details": "yes"}
