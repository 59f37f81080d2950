"""A trackd dies between the steps of deployments, or anywhere: the next one continues, and
publishes nothing twice."""

import contextlib
import random
import signal
import socket
import threading
import time
import uuid

import grpc
import pytest

from support import paths
from support.agreement import SUCCEEDED, disagreements
from support.client import Client
from support.gitops import Repository
from support.shop import Shop
from support.stubs import api

BOUNDARIES = ("accepted", "leased", "committed", "pushed", "recorded")
KILLS = 20 if paths.SANITIZED else 100
OPTIONS = [("grpc.use_local_subchannel_pool", 1)]


def agree(repository: Repository, histories: dict[str, list], component: str) -> None:
    assert not disagreements(repository, {(component, track): history
                                          for track, history in histories.items()})
    repository.check_integrity()


def killed(server) -> None:
    assert server.wait() == -signal.SIGKILL


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("kind", ["deployment", "rollback"])
def test_killed_at_a_step(start_server, connect, boundary, kind):
    # The rollback is the third deployment; the first two have been answered by then.
    number = 1 if kind == "deployment" else 3
    doomed = start_server(environment={"TRACKD_TEST_KILL_AT": f"{boundary}:{number}"})
    shop = Shop(connect(doomed.address))
    (track,), (environment,) = shop.tracks, shop.environments
    try:
        if kind == "deployment":
            last = shop.deploy(track, environment, shop.images[track][0])
        else:
            for image in shop.images[track]:
                shop.ended(track, shop.deploy(track, environment, image).id)
            last = shop.roll_back(track, environment, reason="broken")
    except grpc.RpcError as error:
        # It was killed before it could answer.
        assert error.code() == grpc.StatusCode.UNAVAILABLE
        last = None
    killed(doomed)

    shop.client = connect(start_server().address)
    history = shop.settled()[track]
    assert len(history) == number
    assert last is None or history[-1].id == last.id
    assert all(one.state == SUCCEEDED for one in history)
    if kind == "rollback":
        assert history[-1].kind == api.DEPLOYMENT_KIND_ROLLBACK
        assert history[-1].image_id == shop.images[track][0]
        assert history[1].rolled_back_by == history[-1].id
    agree(Repository(doomed.data / "gitops.git"), {track: history}, shop.component)
    # The deployment does not block the next one.
    next_one = shop.ended(track, shop.deploy(track, environment, shop.images[track][1]).id)
    assert next_one.state == SUCCEEDED


class Loader(threading.Thread):
    """Deploys and rolls back in one environment of each track, without end; calls without an answer
    are repeated."""

    def __init__(self, address: str, shop: Shop, environment: str):
        super().__init__(daemon=True)
        self.address, self.shop, self.environment = address, shop, environment
        self.acknowledged: dict[str, str] = {}
        self.stopping = threading.Event()
        self.trouble: str | None = None
        self.chance = random.Random(environment)

    def run(self) -> None:
        client = Client(self.address, [*OPTIONS, ("grpc.max_reconnect_backoff_ms", 50),
                                       ("grpc.initial_reconnect_backoff_ms", 20)])
        try:
            while not self.stopping.is_set():
                track = self.chance.choice(self.shop.tracks)
                self.step(client, track)
        except Exception as error:  # noqa: BLE001: the test reports any error
            self.trouble = repr(error)
        finally:
            client.close()

    def step(self, client: Client, track: str) -> None:
        fields = dict(component_id=self.shop.component, deployment_track_id=track,
                      environment_id=self.environment, request_id=str(uuid.uuid4()))
        rolls_back = self.chance.random() < 0.2
        image = self.chance.choice(self.shop.images[track])
        while not self.stopping.is_set():
            try:
                if rolls_back:
                    answer = client.tracks.RollBackDeploymentTrack(
                        api.RollBackDeploymentTrackRequest(**fields), timeout=5)
                else:
                    answer = client.tracks.DeployDeploymentTrack(
                        api.DeployDeploymentTrackRequest(image_id=image, **fields), timeout=5)
                self.acknowledged[answer.deployment.id] = track
                return
            except grpc.RpcError as error:
                if error.code() == grpc.StatusCode.FAILED_PRECONDITION:
                    return  # nothing to roll back to
                if error.code() not in (grpc.StatusCode.UNAVAILABLE,
                                        grpc.StatusCode.DEADLINE_EXCEEDED):
                    raise
                time.sleep(0.01)


@contextlib.contextmanager
def loaded(address: str, shop: Shop):
    """Deploys and rolls back in every environment meanwhile; no loader may have met trouble."""
    loaders = [Loader(address, shop, environment) for environment in shop.environments]
    for loader in loaders:
        loader.start()
    try:
        yield loaders
    finally:
        for loader in loaders:
            loader.stopping.set()
    for loader in loaders:
        loader.join(30)
        assert not loader.is_alive() and loader.trouble is None, loader.trouble


def test_killed_anywhere(start_server, connect, tmp_path):
    listen = (f"unix:{tmp_path}/trackd.sock",)
    server = start_server(listen=listen)
    shop = Shop(connect(server.address), environments=4, tracks=5, images=3)
    chance = random.Random(3)
    with loaded(server.address, shop) as loaders:
        for _ in range(KILLS):
            time.sleep(chance.random() * 0.3)
            server.kill()
            server = start_server(listen=listen)

    shop.client = connect(server.address, OPTIONS)
    histories = shop.settled(120)
    stored = {one.id: one for history in histories.values() for one in history}
    acknowledged = [one for loader in loaders for one in loader.acknowledged]
    assert len(acknowledged) > KILLS
    assert not [
        one for one in acknowledged if one not in stored], "an acknowledged deployment is lost"
    final = (SUCCEEDED, api.DEPLOYMENT_STATE_SUPERSEDED)
    assert not [one for one in stored.values() if one.state not in final]
    assert sum(one.state == SUCCEEDED for one in stored.values()) > KILLS
    agree(Repository(server.data / "gitops.git"), histories, shop.component)


def test_asked_to_stop_anywhere(start_server, connect, tmp_path):
    """SIGTERM during deployments: trackd ends cleanly each time, and the next process finishes the
    work."""
    listen = (f"unix:{tmp_path}/trackd.sock",)
    server = start_server(listen=listen)
    shop = Shop(connect(server.address), environments=4, tracks=5, images=3)
    with loaded(server.address, shop) as loaders:
        for _ in range(5):
            time.sleep(0.3)
            server.stop()
            server = start_server(listen=listen)
    shop.client = connect(server.address, OPTIONS)
    histories = shop.settled()
    stored = {one.id for history in histories.values() for one in history}
    assert not [one for loader in loaders for one in loader.acknowledged if one not in stored]
    agree(Repository(server.data / "gitops.git"), histories, shop.component)


def test_a_repository_that_hangs_does_not_hold_up_the_end(start_server, connect):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = start_server("data", "--grace", "1")
        shop = Shop(connect(server.address))
        (track,), (environment,) = shop.tracks, shop.environments
        shop.client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id=environment, project_id=shop.project, name=environment,
            gitops_repository_url=f"https://127.0.0.1:{silent.getsockname()[1]}/gitops.git")),
            timeout=10)
        hanging = shop.deploy(track, environment, shop.images[track][0])
        silent.settimeout(20)
        peer, _ = silent.accept()
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 10
        peer.close()
    # The host no longer listens: the next process tries again, and the deployment can be cancelled.
    shop.client = connect(start_server().address)
    assert shop.get(track, hanging.id).state == api.DEPLOYMENT_STATE_IN_PROGRESS
    cancelled = shop.client.tracks.CancelDeployment(api.CancelDeploymentRequest(
        component_id=shop.component, deployment_track_id=track,
        deployment_id=hanging.id), timeout=10).deployment
    assert cancelled.state == api.DEPLOYMENT_STATE_CANCELLED
