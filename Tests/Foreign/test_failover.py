"""A primary that is killed while clients write, and its synchronous standby, which is promoted."""

import itertools
import threading
import time
import uuid

import grpc
import pytest

from support import postgresql, waiting
from support.errors import Refusal
from support.stubs import api

WRITERS = 16

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def pair():
    """A primary whose COMMITs wait for a standby, and the standby, with the same settings."""
    primary = postgresql.Cluster()
    primary.run("ALTER SYSTEM SET synchronous_standby_names = 'b'")
    standby = postgresql.Cluster(standby_of=primary, name="b")
    primary.run("SELECT pg_reload_conf()")
    waiting.until(lambda: primary.run("SELECT sync_state FROM pg_stat_replication") == "sync\n", 60)
    yield primary, standby
    for one in (standby, primary):
        one.close()


class Writer(threading.Thread):
    """Creates tracks of a component, one after the other: each with a request id, at one server
    after the other, until it is acknowledged."""

    def __init__(self, clients, component: str):
        super().__init__(daemon=True)
        self.clients, self.component = itertools.cycle(clients), component
        self.made: dict[str, str] = {}
        self.refusals: list[Refusal] = []
        self.failure: Exception | None = None
        self.stopped = threading.Event()

    def run(self) -> None:
        try:
            while not self.stopped.is_set():
                version = f"v1.{len(self.made)}"
                self.made[version] = self.create(version, str(uuid.uuid4()))
        except Exception as error:  # Whatever it is, the test is to say so.
            self.failure = error

    def create(self, version: str, request_id: str) -> str:
        request = api.CreateDeploymentTrackRequest(
            component_id=self.component, api_version=version, request_id=request_id)
        while True:
            try:
                return next(self.clients).tracks.CreateDeploymentTrack(request, timeout=60
                                                                       ).deployment_track.id
            except grpc.RpcError as error:
                refusal = Refusal()
                refusal.fill(error)
                self.refusals.append(refusal)
            time.sleep(0.05)


def test_what_was_acknowledged_is_there_once(pair, start_server, connect):
    primary, standby = pair
    environment = {"TRACKD_STORE": primary.url("postgres", standby)}
    servers = [start_server(name, environment=environment) for name in "abc"]
    writers = []
    for number in range(WRITERS):
        clients = [connect(servers[(number + shift) % 3].address) for shift in range(3)]
        writers.append(Writer(clients, clients[0].put_component()))

    def wait_for_more(count):
        goals = [len(writer.made) + count for writer in writers]
        waiting.until(lambda: any(writer.failure for writer in writers) or all(
            len(writer.made) >= goal for writer, goal in zip(writers, goals)), 60)

    try:
        for writer in writers:
            writer.start()
        wait_for_more(5)
        primary.kill()
        standby.promote()
        # Until then COMMITs wait for a standby that there is not.
        standby.set("synchronous_standby_names", "")
        wait_for_more(5)
    finally:
        for writer in writers:
            writer.stopped.set()
        for writer in writers:
            writer.join(60)
    assert [writer.failure for writer in writers if writer.failure] == []
    refusals = [refusal for writer in writers for refusal in writer.refusals]
    answers = {(one.code.name, one.reason) for one in refusals}
    assert answers == {("UNAVAILABLE", "STORE_UNAVAILABLE")}
    assert all("RetryInfo" in one.details for one in refusals)
    client = connect(servers[0].address)
    for writer in writers:
        assert not writer.is_alive()
        found = client.list(writer.component)
        assert len(found) == len(writer.made)
        assert {one.api_version: one.id for one in found} == writer.made
    for server in servers:
        waiting.until(lambda: [one["message"].split(":")[0] for one in server.log_records()
                               if one["message"].startswith("COMMITs")][-1]
                      == "COMMITs do not wait for a standby", 60)
