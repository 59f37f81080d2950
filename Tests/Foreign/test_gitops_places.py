"""The places of manifests in GitOps repositories that others use, too."""

import pytest

from support.client import unique
from support.errors import refused
from support.gitops import Repository, make_repository
from support.kustomize import kustomize
from support.shop import Shop
from support.stubs import api
from support.waiting import until


class Place(Shop):
    """A shop with one environment in a bare repository of this machine."""

    def __init__(self, client, repository, **fields):
        super().__init__(client)
        self.repository = repository
        self.put(**fields)

    @property
    def track(self) -> str:
        return self.tracks[0]

    @property
    def environment(self) -> str:
        return self.environments[0]

    def put(self, **fields):
        """Replaces the environment. Returns the stored one."""
        return self.client.catalog.PutEnvironment(api.PutEnvironmentRequest(
            environment=api.Environment(**{
                "id": self.environment, "project_id": self.project,
                "gitops_repository_url": str(self.repository.path),
                **fields})), timeout=10).environment

    def deployed(self, image: int = 0):
        """Deploys. Returns the deployment once it has ended."""
        made = self.deploy(self.track, self.environment, self.images[self.track][image])
        return self.ended(self.track, made.id)

    def succeeded(self, image: int = 0):
        ended = self.deployed(image)
        assert ended.state == api.DEPLOYMENT_STATE_SUCCEEDED, ended.error
        return ended

    def path(self, folder: str) -> str:
        return f"{folder}/{self.component}/{self.track}/{self.environment}.yaml"


@pytest.fixture
def repository(tmp_path):
    return make_repository(tmp_path / "ops.git")


SUBMODULE = "160000,1111111111111111111111111111111111111111"


@pytest.mark.parametrize("obstacle", [
    "echo precious > place", "mkdir real; echo 'a: b' > real/keep.yaml; ln -s real place",
    f"mkdir place; git update-index --add --cacheinfo {SUBMODULE},place",
], ids=["file", "link", "submodule"])
def test_what_is_somebody_elses_stays_and_fails_the_deployment(git_client, repository, obstacle):
    repository.change(obstacle)
    before = repository.git("ls-tree", "-r", "main")
    place = Place(git_client, repository, gitops_path="place")
    ended = place.deployed()
    assert ended.state == api.DEPLOYMENT_STATE_FAILED
    assert "'place'" in ended.error
    assert repository.git("ls-tree", "-r", "main") == before


def test_changes_by_hand_are_discarded_and_told(git_client, repository):
    place = Place(git_client, repository, gitops_path="place")
    place.succeeded()
    path = place.path("place")
    repository.change(f"sed -i 's/registry.example/elsewhere.example/' {path}")
    ended = place.succeeded(1)
    assert "elsewhere" not in repository.git("show", f"main:{path}")
    message = repository.git("log", "-1", "--format=%B", ended.gitops_hash)
    assert "changes that were made by hand" in message and path in message


@pytest.mark.parametrize("field, reason, value", [
    ("gitops_branch", "INVALID_BRANCH", "HEAD"),
    ("gitops_branch", "INVALID_BRANCH", "refs/heads/main"),
    ("gitops_path", "INVALID_RESOURCE", "a/.git/b"),
    ("gitops_path", "INVALID_RESOURCE", ".gitmodules"),
    ("gitops_path", "INVALID_RESOURCE", "x" * 256),
    ("gitops_path", "INVALID_RESOURCE", "a\\b"),
    ("gitops_path", "INVALID_RESOURCE", "clusters/dev.yaml"),
])
def test_what_git_refuses_later_is_refused_at_once(git_client, repository, field, reason, value):
    with refused("INVALID_ARGUMENT", reason, field=f"environment.{field}"):
        Place(git_client, repository, **{field: value})


# Moving


def delete(place, **fields):
    """Deletes the track; another one becomes the latest instead."""
    place.client.create(place.component, "v9.0", branch="next")
    return place.client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
        component_id=place.component, deployment_track_id=place.track, **fields), timeout=30)


@pytest.mark.parametrize("move", [
    {"gitops_path": "new"}, {"gitops_branch": "other"},
    {"gitops_path": "new", "gitops_branch": "other"}, {"gitops_repository_url": "another"},
], ids=["path", "branch", "both", "repository"])
def test_what_moves_leaves_nothing_behind(git_client, repository, tmp_path, move):
    another = make_repository(tmp_path / "another.git")
    if "gitops_repository_url" in move:
        move = {"gitops_repository_url": str(another.path)}
    place = Place(git_client, repository, gitops_path="old")
    place.succeeded()
    place.put(**{"gitops_path": "old", **move})
    assert repository.files(), "what runs stays until its successor runs"
    place.succeeded(1)
    until(lambda: f"100644 {place.path('old')}" not in repository.files())
    moved = Repository(another.path if "gitops_repository_url" in move else repository.path,
                       move.get("gitops_branch", "main"))
    assert moved.files() == [f"100644 {place.path(move.get('gitops_path', 'old'))}"]
    assert not delete(place, force=True).abandoned_places
    assert moved.files() == [] == repository.files()


def test_places_out_of_reach_are_given_up_by_force_alone_and_named(
        git_client, repository, tmp_path):
    another = make_repository(tmp_path / "another.git")
    place = Place(git_client, repository, gitops_path="old")
    place.succeeded()
    place.repository = another
    place.put(gitops_path="new")
    repository.path.rename(tmp_path / "away.git")
    place.succeeded(1)
    assert another.files() == [f"100644 {place.path('new')}"]
    with refused("FAILED_PRECONDITION", "TRACK_HAS_ACTIVE_DEPLOYMENTS"):
        delete(place)
    reply = place.client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
        component_id=place.component, deployment_track_id=place.track, force=True), timeout=30)
    assert list(reply.abandoned_places) == [
        f"{place.path('old')} on branch main of {repository.path}"]
    assert another.files() == []


# Branches


def test_no_branch_means_the_one_that_head_names(git_client, tmp_path):
    repository = make_repository(tmp_path / "ops.git", "master")
    repository.change("echo here > README")
    place = Place(git_client, repository, gitops_path="a")
    place.succeeded()
    assert repository.git("branch", "--format=%(refname:short)").split() == ["master"]
    assert f"100644 {place.path('a')}" in repository.files()
    # The branch stays, even if HEAD names another one later.
    repository.git("branch", "other", "master")
    repository.git("symbolic-ref", "HEAD", "refs/heads/other")
    assert place.put(gitops_path="a").gitops_branch == "master"
    assert place.client.catalog.GetEnvironment(api.GetEnvironmentRequest(
        environment_id=place.environment), timeout=10).environment.gitops_branch == "master"
    place.succeeded(1)
    assert len(repository.commits()) == 2


def test_no_branch_means_main_in_an_empty_repository(git_client, tmp_path):
    repository = make_repository(tmp_path / "ops.git", "master")
    place = Place(git_client, repository, gitops_path="a")
    place.succeeded()
    assert repository.git("branch", "--format=%(refname:short)").split() == ["main"]
    place.succeeded(1)


def test_nobody_guesses_a_branch(git_client, tmp_path):
    repository = make_repository(tmp_path / "ops.git", "one")
    repository.change("echo here > README")
    repository.git("symbolic-ref", "HEAD", "refs/heads/nowhere")
    ended = Place(git_client, repository, gitops_path="a").deployed()
    assert ended.state == api.DEPLOYMENT_STATE_FAILED and "(one)" in ended.error


# Separate folders


def names(objects) -> set[tuple[str, str]]:
    return {(one["kind"], one["metadata"]["name"]) for one in objects}


@pytest.fixture
def shared(git_client, repository):
    """A shop with environments in one repository, and two tracks that are deployed into all of
    them."""
    shop = Shop(git_client, environments=3, tracks=2)
    for environment in shop.environments:
        git_client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id=f"{environment}-x", project_id=shop.project,
            gitops_repository_url=str(repository.path))), timeout=10)
    shop.environments = [f"{environment}-x" for environment in shop.environments]
    for track in shop.tracks:
        for environment in shop.environments:
            ended = shop.ended(track, shop.deploy(track, environment, shop.images[track][0]).id)
            assert ended.state == api.DEPLOYMENT_STATE_SUCCEEDED, ended.error
    return shop


def test_flux_applies_the_folder_of_each_environment(shared, repository):
    found = [kustomize(repository, environment) for environment in shared.environments]
    assert all(len(objects) == 4 for objects in found), "a Deployment and a Service of each track"
    # They have the same names, so that two of them cannot be applied together.
    assert len({frozenset(names(objects)) for objects in found}) == 1
    with pytest.raises(RuntimeError, match="already"):
        kustomize(repository, ".")


def put(client, id: str, project: str, **fields):
    return client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
        id=id, project_id=project, **fields)), timeout=10).environment


def test_a_folder_is_one_environments_alone(git_client, repository):
    shop = Shop(git_client)
    url = f"file://{repository.path}"
    one, other = unique("one"), unique("other")
    put(git_client, one, shop.project, gitops_repository_url=url, gitops_branch="main",
        gitops_path="a/b")
    for place in ("a/b", "./a//b/", "a", "a/b/c", "."):
        with refused("FAILED_PRECONDITION", "PATH_TAKEN") as refusal:
            put(git_client, other, shop.project, gitops_repository_url=str(repository.path),
                gitops_branch="main", gitops_path=place)
        assert refusal.metadata["environment"] == one and one in refusal.message
    # An environment without a branch may be on any branch.
    with refused("FAILED_PRECONDITION", "PATH_TAKEN"):
        put(git_client, other, shop.project, gitops_repository_url=url, gitops_path="a")
    for fields in ({"gitops_branch": "else", "gitops_path": "a"},
                   {"gitops_branch": "main", "gitops_path": "a/bc"},
                   {"gitops_branch": "main", "gitops_path": "a/a"}, {"gitops_branch": "main"}):
        assert put(git_client, other, shop.project, gitops_repository_url=url, **fields)
    # The error does not name an environment of another organization.
    stranger = Shop(git_client)
    with refused("FAILED_PRECONDITION", "PATH_TAKEN") as refusal:
        put(git_client, unique("env"), stranger.project, gitops_repository_url=url,
            gitops_branch="main", gitops_path="a/b")
    assert "environment" not in refusal.metadata and one not in refusal.message


def test_a_folder_is_by_default_the_environments_id_and_stays(git_client):
    shop = Shop(git_client)
    (environment,) = shop.environments
    assert put(git_client, environment, shop.project).gitops_path == environment
    assert put(git_client, environment, shop.project,
               gitops_path="x-" + environment).gitops_path == "x-" + environment
    assert put(git_client, environment, shop.project).gitops_path == "x-" + environment
