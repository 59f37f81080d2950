"""A call costs at most a tenth more instructions than the repository's numbers say.

`Scripts/bench --only instructions` prints the current numbers. Numbers are for an architecture and
the release build.
"""

import pytest

from support import instructions, paths
from support.client import Client
from support.raw_h2 import message
from support.server import Server

HELD = instructions.held()
is_release = "release" in str(paths.trackd_binary().resolve())

pytestmark = [
    pytest.mark.skipif(paths.SANITIZED or not is_release,
                       reason="the numbers are those of the release build"),
    pytest.mark.skipif(not HELD, reason="no numbers of this architecture are held"),
]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A data folder with one track, the id of its component, and its own id."""
    data = tmp_path_factory.mktemp("stored") / "data"
    server = Server(data)
    client = Client(server.address)
    component = client.put_component()
    track = client.create(component, "v1.0").id
    client.close()
    server.stop()
    return data, component, track


@pytest.mark.parametrize("name", instructions.calls("", ""))
def test_a_call_costs_no_more_than_it_did(stored, tmp_path, name):
    data, component, track = stored
    path, request, streams = instructions.calls(component, track)[name]
    seen = instructions.per_call(tmp_path, data, path, message(request), streams)
    assert seen <= 1.1 * HELD[name], f"{name}: {seen} instructions, where {HELD[name]} are held"
