"""A data folder of trackd 0.1.0: all of its content stays, and stays in its place."""

import pathlib
import tarfile

import pytest
import yaml

from support.errors import refused
from support.gitops import Repository
from support.stubs import api
from support.waiting import until

FOLDER = pathlib.Path(__file__).parent / "inputs" / "trackd-0.1.0.tar.gz"
#: Environments with the place that each had in 0.1.0, although not all of them named one.
PLACES = {"dev": ("main", "."), "stage": ("main", "."), "prod": ("release", "clusters/prod"),
          "unused": ("main", "."), "broken": ("main", ".")}


def path(track: str, environment: str) -> str:
    return "/".join(part for part in (PLACES[environment][1].strip("."), "cart", track,
                                      f"{environment}.yaml") if part)


class Upgraded:
    """A trackd of today on that folder."""

    def __init__(self, start_server, connect, tmp_path):
        with tarfile.open(FOLDER) as archive:
            archive.extractall(tmp_path, filter="data")
        self.server = start_server("data")
        self.client = connect(self.server.address)
        self.repositories = {branch: Repository(self.server.data / "gitops.git", branch)
                             for branch in ("main", "release")}

    def environment(self, id: str):
        return self.client.catalog.GetEnvironment(api.GetEnvironmentRequest(environment_id=id),
                                                  timeout=10).environment

    def put(self, id: str, **fields):
        return self.client.catalog.PutEnvironment(api.PutEnvironmentRequest(
            environment=api.Environment(
                id=id, project_id="shop", **fields)), timeout=10).environment

    def history(self, track: str):
        return self.client.tracks.ListDeployments(api.ListDeploymentsRequest(
            component_id="cart", deployment_track_id=track), timeout=10).deployments[::-1]

    def again(self, track: str, environment: str):
        """Deploys the active image once more. Returns the deployment once it has ended."""
        image = next(one.image_id for one in reversed(self.history(track))
                     if one.environment_id == environment
                     and one.state == api.DEPLOYMENT_STATE_SUCCEEDED)
        made = self.client.tracks.DeployDeploymentTrack(api.DeployDeploymentTrackRequest(
            component_id="cart", deployment_track_id=track, environment_id=environment,
            image_id=image, bypass_reason="to see where it goes"), timeout=10).deployment
        while made.state in (api.DEPLOYMENT_STATE_QUEUED, api.DEPLOYMENT_STATE_IN_PROGRESS):
            made = self.client.tracks.GetDeployment(api.GetDeploymentRequest(
                component_id="cart", deployment_track_id=track,
                deployment_id=made.id), timeout=10).deployment
        return made


@pytest.fixture
def upgraded(start_server, connect, tmp_path):
    return Upgraded(start_server, connect, tmp_path)


def test_every_track_deployment_and_place_is_kept(upgraded):
    tracks = upgraded.client.list("cart")
    assert [(one.id, one.api_version, one.latest, len(one.endpoints)) for one in tracks] == [
        ("two", "v1.1", True, 0), ("one", "v1.0", False, 1)]
    states = [(one.environment_id, api.DeploymentKind.Name(one.kind)[16:],
               api.DeploymentState.Name(one.state)[17:])
              for one in upgraded.history("one")]
    assert states == [
        ("dev", "DEPLOY", "SUCCEEDED"), ("dev", "DEPLOY", "SUCCEEDED"),
        ("prod", "DEPLOY", "SUCCEEDED"), ("broken", "DEPLOY", "FAILED"),
        ("dev", "ROLLBACK", "SUCCEEDED")]
    for id, place in PLACES.items():
        one = upgraded.environment(id)
        assert (one.gitops_branch, one.gitops_path) == place
    main, release = upgraded.repositories["main"], upgraded.repositories["release"]
    before = (main.files(), release.files())
    assert before == ([f"100644 {path('one', 'dev')}", f"100644 {path('two', 'stage')}"],
                      [f"100644 {path('one', 'prod')}"])
    for track, environment in (("one", "dev"), ("two", "stage"), ("one", "prod")):
        ended = upgraded.again(track, environment)
        assert ended.state == api.DEPLOYMENT_STATE_SUCCEEDED, ended.error
        branch = upgraded.repositories[PLACES[environment][0]]
        assert ended.id in branch.git("show", f"{branch.branch}:{path(track, environment)}")
        # Changes that trackd 0.1.0 made do not count as edits by hand.
        assert "by hand" not in branch.git("log", "-1", "--format=%B", branch.branch)
    assert (main.files(), release.files()) == before


def test_configurations_and_what_is_active_are_read(upgraded):
    for track, number in (("one", 1), ("two", 0)):
        found = upgraded.client.tracks.GetDeploymentTrackConfigs(
            api.GetDeploymentTrackConfigsRequest(
                component_id="cart", deployment_track_id=track), timeout=10)
        assert found.configs.config_revision == number and len(found.configs.endpoints) == number
        listed = upgraded.client.tracks.ListDeploymentTrackConfigRevisions(
            api.ListDeploymentTrackConfigRevisionsRequest(
                component_id="cart", deployment_track_id=track), timeout=10).config_revisions
        assert [one.config_revision for one in listed] == ([1] if number else [])
        active = upgraded.client.tracks.GetDeploymentTrack(api.GetDeploymentTrackRequest(
            component_id="cart", deployment_track_id=track), timeout=10).active_deployments
        assert [one.deployment.environment_id for one in active] == (["dev", "prod"] if number
                                                                     else ["stage"])
        for one in active:
            environment = one.deployment.environment_id
            branch = upgraded.repositories[PLACES[environment][0]]
            text = branch.git("show", f"{branch.branch}:{path(track, environment)}")
            documents = list(yaml.safe_load_all(text))
            assert [(thing.kind, thing.name) for thing in one.objects] == [
                (document["kind"], document["metadata"]["name"]) for document in documents]


def test_a_script_that_runs_again_moves_nothing(upgraded):
    for id, place in PLACES.items():
        fields = {"gitops_repository_url": "/nowhere.git"} if id == "broken" else {}
        one = upgraded.put(id, **fields)
        assert (one.gitops_branch, one.gitops_path) == place
    assert upgraded.put("prod", gitops_path="clusters/prod").gitops_branch == "release"
    # A new environment needs its own folder, which must not be below a root that is in use.
    with refused("FAILED_PRECONDITION", "PATH_TAKEN"):
        upgraded.put("new")
    assert upgraded.put("new", gitops_branch="elsewhere").gitops_path == "new"


def test_folders_that_are_shared_are_told_at_the_start(upgraded):
    def told():
        return [one for one in upgraded.server.log_records() if "share a folder" in one["message"]]
    until(lambda: "dev" in {one["environment"] for one in told()})
    assert len(told()) <= 3


def test_what_0_1_0_deployed_goes_from_where_it_is(upgraded):
    for id in ("dev", "stage", "prod"):
        upgraded.put(id, gitops_branch="moved", gitops_path=id)
    upgraded.again("one", "dev")
    reply = upgraded.client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
        component_id="cart", deployment_track_id="one", force=True), timeout=30)
    assert list(reply.abandoned_places) == []
    assert upgraded.repositories["main"].files() == [f"100644 {path('two', 'stage')}"]
    assert upgraded.repositories["release"].files() == []
