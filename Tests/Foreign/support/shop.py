"""A component with environments, a pipeline, tracks and images, ready for deployments."""

import time

from . import store
from .client import Client, unique
from .stubs import api

UNFINISHED = (api.DEPLOYMENT_STATE_QUEUED, api.DEPLOYMENT_STATE_IN_PROGRESS)


class Shop:
    """The ids of one component, and calls about it. `client` may be replaced after a restart."""

    def __init__(self, client: Client, environments: int = 1, tracks: int = 1, images: int = 2):
        self.client = client
        self.component = client.put_component()
        component = client.catalog.GetComponent(
            api.GetComponentRequest(component_id=self.component), timeout=10).component
        self.project = component.project_id
        self.organization = client.catalog.GetProject(
            api.GetProjectRequest(project_id=self.project), timeout=10).project.organization_id
        self.environments = [unique("env") for _ in range(environments)]
        for environment in self.environments:
            client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
                id=environment, project_id=self.project, name=environment,
                **store.gitops(client))), timeout=10)
        self.tracks = [client.create(self.component, f"v1.{number}", branch="main").id
                       for number in range(tracks)]
        self.images = {track: [self.save(track, f"{track}-{number}") for number in range(images)]
                       for track in self.tracks}

    def save(self, track: str, run: str) -> str:
        """Saves an image of a track. Returns its id."""
        return self.client.tracks.SaveDeploymentTrackImage(api.SaveDeploymentTrackImageRequest(
            organization_id=self.organization, project_id=self.project, component_id=self.component,
            deployment_track_id=track, run_id=run, git_hash="ab" * 20,
            git_hash_commit_timestamp={"seconds": 1_700_000_000},
            images=[api.ContainerImage(name="app", reference=f"registry.example/app:{run}")],
            image_ports=[8080]), timeout=10).image.image_id

    def deploy(self, track: str, environment: str, image: str, **fields):
        return self.client.tracks.DeployDeploymentTrack(api.DeployDeploymentTrackRequest(
            component_id=self.component, deployment_track_id=track, environment_id=environment,
            image_id=image, **fields), timeout=10).deployment

    def roll_back(self, track: str, environment: str, **fields):
        return self.client.tracks.RollBackDeploymentTrack(api.RollBackDeploymentTrackRequest(
            component_id=self.component, deployment_track_id=track, environment_id=environment,
            **fields), timeout=10).deployment

    def get(self, track: str, deployment: str):
        return self.client.tracks.GetDeployment(api.GetDeploymentRequest(
            component_id=self.component, deployment_track_id=track,
            deployment_id=deployment), timeout=10).deployment

    def history(self, track: str) -> list:
        """All deployments of a track, the oldest first."""
        found, token = [], ""
        while True:
            page = self.client.tracks.ListDeployments(api.ListDeploymentsRequest(
                component_id=self.component, deployment_track_id=track, page_size=1000,
                page_token=token), timeout=30)
            found += page.deployments
            token = page.next_page_token
            if not token:
                return found[::-1]

    def ended(self, track: str, deployment: str, seconds: float = 30):
        """Waits until the state of a deployment is final. Returns the deployment."""
        deadline = time.monotonic() + seconds
        while (one := self.get(track, deployment)).state in UNFINISHED:
            assert time.monotonic() < deadline, f"it does not end: {one}"
            time.sleep(0.01)
        return one

    def settled(self, seconds: float = 60) -> dict[str, list]:
        """Waits until all deployments have ended. Returns the history of every track."""
        deadline = time.monotonic() + seconds
        while True:
            histories = {track: self.history(track) for track in self.tracks}
            open_ones = [one for history in histories.values() for one in history
                         if one.state in UNFINISHED]
            if not open_ones:
                return histories
            assert (time.monotonic()
                    < deadline), f"{len(open_ones)} do not end, such as {open_ones[0]}"
            time.sleep(0.05)
