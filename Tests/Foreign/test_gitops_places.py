"""Where manifests are put in GitOps repositories that belong to others too."""

import pytest

from support.errors import refused
from support.gitops import make_repository
from support.shop import Shop
from support.stubs import api


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
        """Replaces the environment; gives it as it is then."""
        return self.client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(**{
            "id": self.environment, "project_id": self.project,
            "gitops_repository_url": str(self.repository.path), **fields})), timeout=10).environment

    def deployed(self, image: int = 0):
        """A deployment once it has ended."""
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
