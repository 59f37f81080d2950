"""The figure of deployments: accepted, carried out and recorded, over many pairs of track and
environment and into one repository."""

import contextlib
import subprocess
import time

import grpc

from support.stubs import api

TRACKS, ENVIRONMENTS = 10, 10


def prepare(channel, repository: str) -> list[tuple[str, str, list[str]]]:
    """The catalog, and two images for each track. Returns (track, environment, image ids) of every
    pair. `repository` is the URL of the one to deploy into; empty: trackd's own."""
    catalog, tracks = api.CatalogServiceStub(channel), api.DeploymentTrackServiceStub(channel)
    catalog.PutOrganization(api.PutOrganizationRequest(
        organization=api.Organization(id="acme", tier=api.ORGANIZATION_TIER_PAID)), timeout=10)
    catalog.PutProject(
        api.PutProjectRequest(project=api.Project(id="shop", organization_id="acme")), timeout=10)
    catalog.PutComponent(api.PutComponentRequest(component=api.Component(
        id="cart", project_id="shop", type=api.COMPONENT_TYPE_SERVICE)), timeout=10)
    environments = [f"env-{number}" for number in range(ENVIRONMENTS)]
    for name in environments:
        catalog.PutEnvironment(api.PutEnvironmentRequest(
            environment=api.Environment(id=name, project_id="shop",
                                        gitops_path=f"live/{name}",
                                        gitops_repository_url=repository)), timeout=10)
    pairs = []
    for number in range(TRACKS):
        track = f"t-{number}"
        tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
            component_id="cart", id=track, api_version=f"v1.{number}", branch="main"), timeout=10)
        images = []
        for build in ("a", "b"):
            saved = tracks.SaveDeploymentTrackImage(api.SaveDeploymentTrackImageRequest(
                component_id="cart", deployment_track_id=track, organization_id="acme",
                project_id="shop", run_id=build, git_hash=build * 40,
                git_hash_commit_timestamp={"seconds": 1_700_000_000},
                images=[api.ContainerImage(reference=f"registry.example/cart:{build}",
                                           digest="sha256:" + build * 64)],
                image_ports=[8080]), timeout=10)
            images.append(saved.image.image_id)
        pairs += [(track, environment, images) for environment in environments]
    return pairs


class Load:
    """Keeps one deployment of every pair under way, by turns on each channel's server, and counts
    those that end."""

    def __init__(self, channels, pairs):
        self.servers = [api.DeploymentTrackServiceStub(channel) for channel in channels]
        self.accepted = 0
        self.images = {(track, environment): images for track, environment, images in pairs}
        self.turns = dict.fromkeys(self.images, 0)
        self.calls: dict[tuple[str, str], grpc.Future] = {}
        self.ended: list[float] = []

    def deploy(self, pair) -> None:
        track, environment = pair
        self.turns[pair] += 1
        self.accepted += 1
        tracks = self.servers[self.accepted % len(self.servers)]
        # Kept: a call whose future nobody holds is cancelled.
        self.calls[pair] = tracks.DeployDeploymentTrack.future(
            api.DeployDeploymentTrackRequest(
                component_id="cart", deployment_track_id=track, environment_id=environment,
                image_id=self.images[pair][self.turns[pair] % 2]), timeout=60)

    def run(self, seconds: float) -> None:
        watch = self.servers[0].WatchDeploymentTracks(
            api.WatchDeploymentTracksRequest(component_id="cart"), timeout=seconds + 120)
        while not next(watch).resume_token:
            pass
        began = time.monotonic()
        for pair in self.images:
            self.deploy(pair)
        waiting = len(self.images)
        for message in watch:
            if message.change.WhichOneof("resource") != "deployment":
                continue
            deployment = message.change.deployment
            # Changes of a deployment that has ended: its rollback, which nobody does here.
            if deployment.state in (api.DEPLOYMENT_STATE_QUEUED, api.DEPLOYMENT_STATE_IN_PROGRESS):
                continue
            if deployment.state != api.DEPLOYMENT_STATE_SUCCEEDED:
                raise SystemExit(f"a deployment has not succeeded: {deployment}")
            now = time.monotonic() - began
            self.ended.append(now)
            if now < seconds:
                self.deploy((deployment.deployment_track_id, deployment.environment_id))
            else:
                waiting -= 1
                if waiting == 0:
                    break
        watch.cancel()


def commits(repository) -> int:
    done = subprocess.run(["git", "-C", str(repository), "rev-list", "--count", "main"],
                          capture_output=True, text=True, check=True)
    return int(done.stdout)


def measure(servers, repository, seconds: float = 60, remote=False) -> tuple[str, str, str]:
    """One row: what, reach, got. `repository` is where the deployments are found: trackd's own or,
    of `remote`, one that they are pushed to."""
    with contextlib.ExitStack() as stack:
        channels = [stack.enter_context(grpc.insecure_channel(one.address)) for one in servers]
        load = Load(channels, prepare(channels[0], repository.as_uri() if remote else ""))
        load.run(seconds)
    during = [at for at in load.ended if at < seconds]
    first, last = (sum(1 for at in during if low <= at < low + seconds / 3)
                   for low in (0, seconds * 2 / 3))
    made = commits(repository)
    # A first commit may hold no deployment, nor does one that a server makes which takes over.
    if not len(load.ended) <= made or (made > len(load.ended) + 1 and not remote):
        raise SystemExit(f"{len(load.ended)} deployments, {made} commits")
    return (f"deployments over {len(load.images)} pairs, {seconds:.0f} s", "200/s or more, flat",
            f"{len(during) / seconds:.0f}/s; the last third {last / first:.2f} of the first; "
            f"{made:,} commits")
