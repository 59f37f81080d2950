"""Acknowledged writes survive kill -9 under load."""

import random
import shutil
import threading
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2

from support import paths
from support.client import Client
from support.errors import answer_of
from support.stubs import api

ROUNDS = 5 if paths.SANITIZED else 20
WRITERS = 64
SECONDS = 1.2
OPTIONS = [("grpc.use_local_subchannel_pool", 1)]


class Writer(threading.Thread):
    """Writes to a component of its own until its server is gone, and records the acknowledged
    writes.

    `kept` are the acknowledged tracks; `unsure` is the id or version of the call without an answer.
    """

    def __init__(self, address: str, component: str):
        super().__init__(daemon=True)
        self.address, self.component = address, component
        self.kept: dict[str, tuple[str, str]] = {}
        self.deleted: set[str] = set()
        self.unsure: str | None = None
        self.acknowledged = 0
        self.trouble: str | None = None
        self.chance = random.Random(component)

    def run(self) -> None:
        client = Client(self.address, OPTIONS)
        try:
            for number in range(100_000):
                self.step(client, number)
                self.acknowledged += 1
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED):
                self.trouble = f"{error.code().name}: {error.details()}"
        finally:
            client.close()

    def step(self, client: Client, number: int) -> None:
        dice = self.chance.random()
        ids = list(self.kept)
        if dice < 0.2 and ids:
            self.unsure = one = self.chance.choice(ids)
            client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
                component_id=self.component, deployment_track_id=one,
                description=f"changed {number}"), timeout=30)
            self.kept[one] = (self.kept[one][0], f"changed {number}")
        elif dice < 0.3 and len(ids) > 2:
            self.unsure = one = self.chance.choice(ids)
            client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
                component_id=self.component, deployment_track_id=one), timeout=30)
            del self.kept[one]
            self.deleted.add(one)
        else:
            self.unsure = version = f"v1.{number}"
            track = client.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
                component_id=self.component, api_version=version, description=f"made {number}"),
                timeout=30).deployment_track
            self.kept[track.id] = (version, f"made {number}")
        self.unsure = None

    def check(self, client: Client) -> None:
        """Compares the server's tracks with the acknowledged ones; only the unanswered call may
        differ."""
        stored = {t.id: t for t in client.list(self.component)}
        for one, (version, description) in self.kept.items():
            if one == self.unsure:
                continue
            assert one in stored, f"{self.component}: acknowledged {version} is lost"
            assert (stored[one].api_version, stored[one].description) == (version, description)
        extra = {t.api_version for i, t in stored.items() if i not in self.kept}
        assert extra <= {self.unsure}, (
            f"{self.component}: {extra} was never acknowledged, or was deleted")
        assert not stored or [t.latest for t in stored.values()].count(True) == 1


@pytest.mark.timeout(900)
def test_no_acknowledged_write_is_lost_by_kill_9(start_server):
    every, total = [], 0
    for _ in range(ROUNDS):
        server = start_server()
        setup = Client(server.address, OPTIONS)
        writers = [Writer(server.address, setup.put_component()) for _ in range(WRITERS)]
        setup.close()
        for writer in writers:
            writer.start()
        time.sleep(SECONDS * random.uniform(0.5, 1.5))
        server.kill()
        for writer in writers:
            writer.join(60)
            assert not writer.is_alive() and writer.trouble is None, writer.trouble
        done = sum(w.acknowledged for w in writers)
        assert done > 0
        total += done
        every += writers
        server = start_server()
        client = Client(server.address, OPTIONS)
        for writer in writers:
            writer.check(client)
        client.close()
        server.kill()
    server = start_server()
    client = Client(server.address, OPTIONS)
    for writer in every:
        writer.check(client)
    client.close()
    print(f"{total} acknowledged writes in {ROUNDS} rounds, none lost")


def test_a_clean_stop_keeps_everything(start_server, connect):
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    tracks = [client.create(component, f"v1.{n}", branch="main", description="d" * n)
              for n in range(20)]
    before = client.list(component)
    server.stop()
    assert len(tracks) == len(before)
    assert connect(start_server().address).list(component) == before


def test_what_goes_to_a_removed_folder_is_not_acknowledged(start_server, connect):
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    client.create(component, "v1.0")
    shutil.rmtree(server.data)
    assert answer_of(lambda: client.create(component, "v1.1")) == "UNAVAILABLE STORE_UNAVAILABLE"
    assert client.health.Check(
        health_pb2.HealthCheckRequest()).status == health_pb2.HealthCheckResponse.NOT_SERVING
    server.kill()
