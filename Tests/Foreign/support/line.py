"""A component whose environments are its default pipeline, as CI and operators use it."""

import itertools
import socket

from . import store
from .client import Client, unique
from .shop import Shop
from .stubs import api

HOUR = 3600
#: The time of the first made-up commit.
EPOCH = 1_700_000_000

_runs = itertools.count(1)


def commit_hash(number: int) -> str:
    return f"{number:040x}"


def closed_address() -> str:
    """A local address without a listener."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


class Line(Shop):
    """A shop with a pipeline over all its environments, the default one of its component.

    Environments that are `stuck` have a GitOps repository that does not answer: their deployments
    stay in progress as long as trackd tries again.
    """

    def __init__(self, client: Client, environments: int = 2, tracks: int = 1, *, auto_deploy=False,
                 stuck=False, **component):
        super().__init__(client, environments=environments, tracks=tracks, images=0)
        if stuck:
            for environment in self.environments:
                self.put_environment(
                    environment, gitops_repository_url=f"https://{closed_address()}/config.git",
                    gitops_branch="main")
        self.pipeline = self.put_pipeline(self.environments)
        self.put(default_pipeline_id=self.pipeline, **component)
        if auto_deploy:
            for track in self.tracks:
                self.update(track, auto_deploy_enabled=True)

    @property
    def track(self) -> str:
        return self.tracks[0]

    def put(self, *, type="SERVICE", image_source="BUILD", **fields) -> None:
        """Replaces the component."""
        self.client.catalog.PutComponent(api.PutComponentRequest(component=api.Component(
            id=self.component, project_id=self.project, type=getattr(api, f"COMPONENT_TYPE_{type}"),
            image_source=getattr(api, f"IMAGE_SOURCE_{image_source}"), **fields)), timeout=10)

    def put_environment(self, environment: str, **fields) -> str:
        self.client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id=environment, project_id=self.project, name=environment,
            **{**store.gitops(self.client), **fields})), timeout=10)
        return environment

    def put_pipeline(self, environments) -> str:
        pipeline = unique("line")
        self.client.catalog.PutDeploymentPipeline(api.PutDeploymentPipelineRequest(
            deployment_pipeline=api.DeploymentPipeline(
                id=pipeline, project_id=self.project, environment_ids=environments)), timeout=10)
        return pipeline

    def update(self, track: str, **fields):
        return self.client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
            component_id=self.component, deployment_track_id=track,
            **fields), timeout=10).deployment_track

    # Calls of CI.

    def request(self, track: str | None, commit: int,
                **fields) -> api.SaveDeploymentTrackImageRequest:
        """A save of made-up commit number `commit`, which is that many hours after the first
        one."""
        fields = {
            "organization_id": self.organization, "project_id": self.project,
            "component_id": self.component,
            "deployment_track_id": self.track if track is None else track,
            "run_id": f"run-{next(_runs)}", "git_hash": commit_hash(commit),
            "git_hash_commit_timestamp": {"seconds": EPOCH + commit * HOUR},
            "images": [api.ContainerImage(
                name="app", reference=f"registry.example/team/app:{commit}")],
            **fields,
        }
        return api.SaveDeploymentTrackImageRequest(**fields)

    def ci(self, commit: int, track: str | None = None, metadata=None, **fields):
        """Saves an image. Returns the response."""
        return self.send(self.request(track, commit, **fields), metadata=metadata)

    def send(self, request, **options):
        return self.client.tracks.SaveDeploymentTrackImage(request, timeout=10, **options)

    def pages(self, track: str | None = None, page_size: int = 0, timeout: float = 10):
        """The pages of a track's images, the newest first."""
        token = ""
        while True:
            page = self.client.tracks.GetDeploymentTrackImages(api.GetDeploymentTrackImagesRequest(
                component_id=self.component,
                deployment_track_id=self.track if track is None else track, page_size=page_size,
                page_token=token), timeout=timeout)
            yield page
            token = page.next_page_token
            if not token:
                return

    def listed(self, track: str | None = None, **options) -> list:
        """All images of a track, the newest first."""
        return [image for page in self.pages(track, **options) for image in page.images]

    # Calls of operators.

    def run(self, image: str, environment: int = 0, track: str | None = None, **fields):
        """Deploys an image into the environment with this index, and waits for the end."""
        track = self.track if track is None else track
        accepted = self.deploy(track, self.environments[environment], image, **fields)
        return self.succeeded(accepted, track)

    def undo(self, environment: int = 0, track: str | None = None, **fields):
        """Rolls the environment with this index back, and waits for the end."""
        track = self.track if track is None else track
        return self.succeeded(self.roll_back(track, self.environments[environment], **fields),
                              track)

    def succeeded(self, deployment, track: str | None = None):
        one = self.ended(self.track if track is None else track, deployment.id)
        assert one.state == api.DEPLOYMENT_STATE_SUCCEEDED, one
        return one

    def resume(self, environment: str, track: str | None = None, **fields) -> bool:
        return self.client.tracks.ResumeAutoDeploy(api.ResumeAutoDeployRequest(
            component_id=self.component, deployment_track_id=self.track if track is None else track,
            environment_id=environment, **fields), timeout=10).resumed

    def cancel(self, deployment: str, track: str | None = None, **fields):
        return self.client.tracks.CancelDeployment(api.CancelDeploymentRequest(
            component_id=self.component, deployment_track_id=self.track if track is None else track,
            deployment_id=deployment, **fields), timeout=10).deployment
