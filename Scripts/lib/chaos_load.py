"""The mixed load of Scripts/chaos: clients that repeat what had no answer until it has one, and
note what was acknowledged."""

import random
import threading
import time
import uuid

import grpc

from support.client import Client
from support.shop import Shop
from support.stubs import api
from support.watch import watch

OPTIONS = [("grpc.use_local_subchannel_pool", 1), ("grpc.initial_reconnect_backoff_ms", 50),
           ("grpc.max_reconnect_backoff_ms", 200)]
#: It may have happened, or could not happen now: the same request again, with the same id.
REPEATED = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED,
            grpc.StatusCode.RESOURCE_EXHAUSTED)
PATIENCE = 120


class Worker(threading.Thread):
    """One client that does a step after the other until it is told to stop. Where one server does
    not answer, it asks the next."""

    def __init__(self, world, name: str):
        super().__init__(name=name, daemon=True)
        self.world, self.model = world, world.model
        self.chance = random.Random(f"{world.seed} {name}")
        self.clients: list[Client] = []

    @property
    def client(self) -> Client:
        return self.clients[0]

    def connect(self) -> None:
        self.clients = [Client(server.address, OPTIONS) for server in self.world.harm.servers]
        self.chance.shuffle(self.clients)

    def turn(self) -> None:
        """Goes on at another server."""
        self.clients.append(self.clients.pop(0))

    def close(self) -> None:
        for one in self.clients:
            one.close()

    def run(self) -> None:
        self.connect()
        try:
            while not self.world.stopping.wait(self.chance.uniform(0, 0.03)):
                self.step()
        except Exception as error:  # noqa: BLE001: whatever it is, the run tells
            self.model.trouble(f"{self.name}: {describe(error)}")
        finally:
            self.close()

    def step(self) -> None:
        raise NotImplementedError

    def call(self, name: str, request, but=(), but_repeated=()):
        """The answer, however often it takes; None for a code of `but`, or of `but_repeated` when
        it is not the first."""
        if not request.request_id:
            request.request_id = str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        deadline, is_repeated = time.monotonic() + PATIENCE, False
        while True:
            try:
                answer = getattr(self.client.tracks, name)(request, timeout=5)
                self.model.acknowledge(name)
                return answer
            except grpc.RpcError as error:
                if error.code() in but:
                    return None
                if error.code() in but_repeated and is_repeated:
                    self.model.count(f"{name}: {error.code().name} when it was repeated")
                    return None
                if error.code() not in REPEATED:
                    raise
                if time.monotonic() > deadline:
                    raise TimeoutError(
                        f"{name} has no answer for {PATIENCE} s: {describe(error)}") from error
                is_repeated = True
                self.turn()
                time.sleep(0.02)


def describe(error: BaseException) -> str:
    if isinstance(error, grpc.RpcError):
        return f"{error.code().name}: {error.details()}"
    return repr(error)


class Maker(Worker):
    """Creates, describes and deletes the tracks of a component that is its own."""

    def __init__(self, world, name: str, component: str):
        super().__init__(world, name)
        self.component, self.number = component, 0

    def step(self) -> None:
        tracks = self.model.tracks[self.component]
        chance = self.chance.random()
        if len(tracks) < 2 or chance < 0.4:
            self.number += 1
            made = self.call("CreateDeploymentTrack", api.CreateDeploymentTrackRequest(
                component_id=self.component, api_version=f"v1.{self.number}",
                description="0")).deployment_track
            tracks[made.id] = (made.api_version, "0")
        elif chance < 0.85:
            id = self.chance.choice(sorted(tracks))
            text = str(self.chance.randrange(1 << 32))
            self.call("UpdateDeploymentTrack", api.UpdateDeploymentTrackRequest(
                component_id=self.component, deployment_track_id=id, description=text))
            tracks[id] = (tracks[id][0], text)
        else:
            id = self.chance.choice(sorted(tracks))
            self.call("DeleteDeploymentTrack", api.DeleteDeploymentTrackRequest(
                component_id=self.component, deployment_track_id=id))
            del tracks[id]


class Deployer(Worker):
    """Deploys, rolls back and cancels in one environment."""

    def __init__(self, world, shop: Shop, environment: str, tracks: list[str], pause: float = 0):
        super().__init__(world, f"deployer {environment}")
        self.shop, self.environment, self.tracks, self.pause = shop, environment, tracks, pause

    def step(self) -> None:
        track = self.chance.choice(self.tracks)
        fields = dict(component_id=self.shop.component, deployment_track_id=track,
                      environment_id=self.environment)
        if self.chance.random() < 0.2:
            answer = self.call(
                "RollBackDeploymentTrack", api.RollBackDeploymentTrackRequest(**fields),
                but=(grpc.StatusCode.FAILED_PRECONDITION,))
        else:
            answer = self.call("DeployDeploymentTrack", api.DeployDeploymentTrackRequest(
                image_id=self.chance.choice(self.shop.images[track]), **fields))
        if answer:
            self.model.deployments[answer.deployment.id] = track
            if self.chance.random() < 0.15:
                self.cancel(track, answer.deployment.id)
        self.world.stopping.wait(self.pause)

    def cancel(self, track: str, deployment: str) -> None:
        # It may have ended, or be on its way to the repository.
        if self.call("CancelDeployment", api.CancelDeploymentRequest(
                component_id=self.shop.component, deployment_track_id=track,
                deployment_id=deployment), but=(grpc.StatusCode.FAILED_PRECONDITION,)):
            self.model.cancelled.add(deployment)


class Builder(Worker):
    """Saves images into a track that deploys them by itself."""

    def __init__(self, world, shop: Shop, track: str):
        super().__init__(world, "builder")
        self.shop, self.track, self.number = shop, track, 0

    def step(self) -> None:
        self.number += 1
        commit = f"{self.number:040x}"
        answer = self.call("SaveDeploymentTrackImage", api.SaveDeploymentTrackImageRequest(
            organization_id=self.shop.organization, project_id=self.shop.project,
            component_id=self.shop.component, deployment_track_id=self.track,
            run_id=f"run-{self.number}", git_hash=commit,
            git_hash_commit_timestamp={"seconds": 1_700_000_000 + self.number},
            images=[api.ContainerImage(
                name="app", reference=f"registry.example/app:{self.number}")], image_ports=[8080]))
        self.model.images[answer.image.image_id] = self.track
        if answer.HasField("deployment"):
            self.model.count("  of them deployed by themselves")
            self.model.deployments[answer.deployment.id] = self.track


class Remover(Worker):
    """Deletes tracks that are deployed, or are about to be."""

    def __init__(self, world, name: str, shop: Shop, environment: str):
        super().__init__(world, name)
        self.shop, self.environment, self.number = shop, environment, 0
        self.component = shop.component

    def step(self) -> None:
        self.number += 1
        track = self.call("CreateDeploymentTrack", api.CreateDeploymentTrackRequest(
            component_id=self.component, api_version=f"v2.{self.number}",
            branch="main")).deployment_track.id
        image = self.call("SaveDeploymentTrackImage", api.SaveDeploymentTrackImageRequest(
            organization_id=self.shop.organization, project_id=self.shop.project,
            component_id=self.component, deployment_track_id=track, run_id=track,
            git_hash="cd" * 20, git_hash_commit_timestamp={"seconds": 1_700_000_000},
            images=[api.ContainerImage(name="app", reference="registry.example/app:1")],
            image_ports=[8080])).image.image_id
        for _ in range(self.chance.randrange(1, 4)):
            answer = self.call("DeployDeploymentTrack", api.DeployDeploymentTrackRequest(
                component_id=self.component, deployment_track_id=track,
                environment_id=self.environment, image_id=image))
            self.model.gone.add(answer.deployment.id)
        self.world.stopping.wait(self.chance.uniform(0, 0.2))
        # One that goes on when its call has ended may be over when it is asked for again.
        self.call("DeleteDeploymentTrack", api.DeleteDeploymentTrackRequest(
            component_id=self.component, deployment_track_id=track,
            force=True), but_repeated=(grpc.StatusCode.NOT_FOUND,))


class Watcher(Worker):
    """Follows a project over every break, and replays what it is told."""

    def __init__(self, world, name: str, project: str, component: str):
        super().__init__(world, name)
        self.project, self.component, self.token = project, component, ""
        self.made: set[str] = set()
        self.view = self.model.watched[name, component]

    def run(self) -> None:
        self.connect()
        try:
            while (not (self.world.written.is_set() and self.has_all())
                   and not self.world.over.is_set()):
                self.follow()
                self.turn()
        except Exception as error:  # noqa: BLE001: whatever it is, the run tells
            self.model.trouble(f"{self.name}: {describe(error)}")
            self.model.watched.pop((self.name, self.component))
        finally:
            self.close()

    def has_all(self) -> bool:
        return self.view == self.model.tracks[self.component]

    def follow(self) -> None:
        if not self.token:
            self.view.clear()
        try:
            for response in watch(self.client, project=self.project, token=self.token, timeout=3):
                self.token = response.resume_token or self.token
                if response.change.WhichOneof("resource") == "deployment_track":
                    self.take(response.change)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.OUT_OF_RANGE:
                # RESYNC: the server cannot go on behind this change.
                self.model.count("watches that began anew")
                self.token = ""
            elif error.code() not in REPEATED:
                raise
            if error.code() != grpc.StatusCode.DEADLINE_EXCEEDED:
                time.sleep(0.05)

    def take(self, change) -> None:
        track = change.deployment_track
        if track.component_id != self.component:
            return
        self.model.count("changes watched")
        if change.type == api.CHANGE_TYPE_DELETED:
            self.view.pop(track.id, None)
            return
        if change.type == api.CHANGE_TYPE_CREATED:
            if track.id in self.made:
                self.model.trouble(f"the watch says twice that {track.id} was created")
            self.made.add(track.id)
        self.view[track.id] = (track.api_version, track.description)
