"""RFC 9113 as a peer sees it: every case in every situation, with a call on the same connection and
on another after it."""

import collections

import pytest

from support import paths, raw_h2
from support.client import Client
from support.http2_catalogue import CASES
from support.http2_line import SITUATIONS, Line
from support.http2_own_cases import OWN_CASES
from support.raw_h2 import frame
from support.server import Server
from support.steady import settled_rss
from support.stubs import api

#: How many cases h2spec has in each group, strict ones among them.
H2SPEC = {"generic": 44, "http2": 95, "hpack": 8}
#: What all cases together may add to what an idle server takes.
GROWTH_KB = 16 * 1024
#: Above all streams of a case.
LATER = 4000


class Bench:
    """A server, what it has to watch, and the connection of somebody else."""

    def __init__(self, data):
        self.server = Server(data)
        client = Client(self.server.address)
        component = client.put_component()
        client.create(component, "v1.0")
        client.close()
        self.watched = api.WatchDeploymentTracksRequest(component_id=component).SerializeToString()
        self.other = Line(self.server, SITUATIONS[0], b"")
        self.calls = 0

    def check_other(self) -> None:
        assert self.other.check(1 + 2 * self.calls) == "OK", "another connection was not served"
        self.calls += 1


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    one = Bench(tmp_path_factory.mktemp("conformance") / "data")
    for situation in SITUATIONS:
        with Line(one.server, situation, one.watched) as line:
            assert line.ping()
    idle = settled_rss(one.server)
    if not paths.SANITIZED:
        one.server.reset_peak()
    yield one
    if not paths.SANITIZED:
        assert one.server.peak_kb() - idle <= GROWTH_KB
    one.other.raw.sock.close()
    one.server.stop()


def test_all_of_h2spec_is_here():
    groups = collections.Counter(case.name.split("/")[0] for case in CASES)
    assert groups == H2SPEC
    assert len({case.name for case in [*CASES, *OWN_CASES]}) == len(CASES) + len(OWN_CASES)


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_call_of_a_hundred_calls_ago(situation, bench):
    """It is known to be over, unless another that old is not: the client may still send on that
    one."""
    with Line(bench.server, situation, bench.watched) as line:
        for stream in range(line.first, line.first + 200, 2):
            line.send(line.call(stream))
        line.wait_for_end(line.first + 198)
        line.send(frame(raw_h2.DATA, raw_h2.END_STREAM, line.first, b"late"))
        if situation == "beside half a request":
            assert line.check(line.first + LATER) == "OK"
            line.check_neighbours()
        else:
            assert line.ending() == "GOAWAY STREAM_CLOSED"


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("case", [*CASES, *OWN_CASES], ids=str)
def test_conformance(case, situation, bench):
    expected = case.expectation(situation)
    with Line(bench.server, situation, bench.watched) as line:
        line.send(case.play(line, line.first))
        assert expected.look(line, line.first) in expected.words
        if expected.takes_calls:
            assert line.check(line.first + LATER) == "OK"
        if expected.spares_neighbours:
            line.check_neighbours()
    bench.check_other()
