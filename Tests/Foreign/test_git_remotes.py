"""Remote GitOps repositories: over https with a password, without a user who could type one."""

import socket
import subprocess
import time

import pytest

from support.client import unique
from support.git_https import PASSWORD
from support.gitops import Repository
from support.shop import Shop
from support.stubs import api
from support.waiting import until


def shop_of(server, connect, url: str, folder: str = "apps") -> Shop:
    """A component whose environments are in one repository."""
    shop = Shop(connect(server.address), tracks=3)
    for environment in shop.environments:
        shop.client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id=environment, project_id=shop.project, name=environment, gitops_repository_url=url,
            gitops_branch="deploy/main", gitops_path=folder)), timeout=10)
    return shop


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_a_push_over_https_with_a_password(start_server, connect, git_https, tmp_path,
                                           object_format):
    path = git_https.create("ops.git", object_format)
    credentials = git_https.credentials(tmp_path / "credentials")
    text = credentials.read_text()
    server = start_server("data", "--git-credentials", str(credentials),
                          environment=git_https.environment())
    shop = shop_of(server, connect, git_https.url("ops.git"))
    (environment,) = shop.environments
    made = [shop.deploy(track, environment, image) for track in shop.tracks
            for image in shop.images[track]]
    ended = [shop.ended(one.deployment_track_id, one.id) for one in made]
    published = dict(Repository(path, "deploy/main").commits())
    succeeded = {one.gitops_hash: one.id for one in ended
                 if one.state == api.DEPLOYMENT_STATE_SUCCEEDED}
    assert succeeded and published == succeeded
    for track in shop.tracks:
        assert Repository(path, "deploy/main").manifest(shop.component, track, environment, "apps")
    Repository(path).check_integrity()
    # The password is in its file, and nowhere else.
    assert credentials.read_text() == text
    assert PASSWORD not in server.log()
    found = subprocess.run(["grep", "-rl", PASSWORD, str(server.data)], capture_output=True,
                           text=True)
    assert found.stdout == ""


@pytest.mark.parametrize("password", [None, "wrong"])
def test_without_the_password_a_deployment_fails_and_says_so(start_server, connect, git_https,
                                                             tmp_path, password):
    git_https.create("ops.git")
    arguments = []
    if password:
        arguments = ["--git-credentials", str(git_https.credentials(
            tmp_path / "credentials", password))]
    server = start_server("data", *arguments, environment=git_https.environment())
    shop = shop_of(server, connect, git_https.url("ops.git"))
    track, (environment,) = shop.tracks[0], shop.environments
    ended = shop.ended(track, shop.deploy(track, environment, shop.images[track][0]).id)
    assert ended.state == api.DEPLOYMENT_STATE_FAILED
    assert ended.error
    assert "localhost" not in ended.error and str(tmp_path) not in ended.error
    assert git_https.requests == [] and git_https.refused > 0


def test_a_certificate_that_nobody_vouches_for_is_not_believed(
        start_server, connect, git_https, tmp_path):
    git_https.create("ops.git")
    credentials = git_https.credentials(tmp_path / "credentials")
    server = start_server("data", "--git-credentials", str(credentials), "--step-attempts", "1")
    shop = shop_of(server, connect, git_https.url("ops.git"))
    track, (environment,) = shop.tracks[0], shop.environments
    ended = shop.ended(track, shop.deploy(track, environment, shop.images[track][0]).id)
    assert ended.state == api.DEPLOYMENT_STATE_FAILED
    assert git_https.requests == [] and git_https.refused == 0


def test_copies_that_nobody_asks_for_are_removed_and_made_again(
        start_server, connect, git_https, tmp_path):
    path = git_https.create("ops.git")
    credentials = git_https.credentials(tmp_path / "credentials")
    server = start_server("data", "--git-credentials", str(credentials), "--git-cache-retention",
                          "1s", environment=git_https.environment())
    shop = shop_of(server, connect, git_https.url("ops.git"))
    (environment,) = shop.environments
    for number, track in enumerate(shop.tracks):
        ended = shop.ended(track, shop.deploy(track, environment, shop.images[track][0]).id)
        assert ended.state == api.DEPLOYMENT_STATE_SUCCEEDED, ended.error
        assert len(Repository(path, "deploy/main").commits()) == number + 1
        deadline = time.monotonic() + 60
        while list((server.data / "git").glob("gitops-*")):
            assert time.monotonic() < deadline, "the copy stays"
            time.sleep(0.05)


HOSTILE = [
    "--upload-pack=touch {witness}", "-oProxyCommand=touch {witness}",
    "ext::sh -c touch% {witness}", "ssh://-oProxyCommand=touch%20{witness}/x", "$(touch {witness})",
    "`touch {witness}`", "file://{repository}", "{repository}", "https://user:pass@localhost/x",
]


def test_urls_that_are_commands_are_refused(start_server, connect, git_https, tmp_path):
    server = start_server("data")
    witness = tmp_path / "witness"
    repository = git_https.create("local.git")
    for url in HOSTILE:
        url = url.format(witness=witness, repository=repository)
        shop = shop_of(server, connect, url, folder=unique("apps"))
        track, (environment,) = shop.tracks[0], shop.environments
        ended = shop.ended(track, shop.deploy(track, environment, shop.images[track][0]).id)
        assert ended.state == api.DEPLOYMENT_STATE_FAILED, url
        assert str(tmp_path) not in ended.error and "pass@" not in ended.error
    assert not witness.exists()
    assert not Repository(repository).commits()


def git(path, *words: str) -> str:
    return subprocess.run(["git", "-C", str(path), *words], check=True, capture_output=True,
                          text=True).stdout.strip()


def test_a_lock_in_a_repository_is_named_to_whoever_waits_for_it(start_server, connect, tmp_path):
    path = tmp_path / "ops.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    server = start_server("data", "--git-allow-file")
    shop = shop_of(server, connect, f"file://{path}")
    track, (environment,) = shop.tracks[0], shop.environments
    first, second = shop.images[track]
    assert shop.ended(
        track, shop.deploy(track, environment, first).id).state == api.DEPLOYMENT_STATE_SUCCEEDED
    assert git(path, "for-each-ref", "--format=%(refname)") == "refs/heads/deploy/main"
    lock = path / "refs/heads/deploy/main.lock"
    lock.touch()
    waiting = shop.deploy(track, environment, second).id
    until(lambda: shop.get(track, waiting).last_error)
    assert "'refs/heads/deploy/main.lock'" in shop.get(track, waiting).last_error
    assert ("remove that file" in shop.get(track, waiting).last_error
            and str(tmp_path) not in shop.get(track, waiting).last_error)
    lock.unlink()
    assert shop.ended(track, waiting, 60).state == api.DEPLOYMENT_STATE_SUCCEEDED
    assert git(path, "for-each-ref", "--format=%(refname)") == "refs/heads/deploy/main"


def test_what_a_repository_has_lost_is_why_a_deployment_fails(start_server, connect, tmp_path):
    path = tmp_path / "ops.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    server = start_server("data", "--git-allow-file", "--step-attempts", "1")
    shop = shop_of(server, connect, f"file://{path}")
    track, (environment,) = shop.tracks[0], shop.environments
    first, second = shop.images[track]
    published = shop.ended(track, shop.deploy(track, environment, first).id)
    head = path / "refs/heads/deploy/main"
    head.write_text("1" * 40 + "\n")
    failed = shop.ended(track, shop.deploy(track, environment, second).id)
    assert failed.state == api.DEPLOYMENT_STATE_FAILED and "something is damaged" in failed.error, (
        failed.error)
    assert "git fsck" in failed.error and str(tmp_path) not in failed.error
    head.write_text(published.gitops_hash + "\n")
    assert shop.ended(
        track, shop.deploy(track, environment, second).id).state == api.DEPLOYMENT_STATE_SUCCEEDED


def test_a_step_that_takes_too_long_fails_as_that(start_server, connect):
    # A listener that never answers: no command is cancelled.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = start_server("data", "--step-attempts", "1", "--step-timeout", "1s")
        shop = shop_of(server, connect, f"https://127.0.0.1:{silent.getsockname()[1]}/ops.git")
        track, (environment,) = shop.tracks[0], shop.environments
        failed = shop.ended(track, shop.deploy(track, environment, shop.images[track][0]).id)
    assert failed.state == api.DEPLOYMENT_STATE_FAILED
    assert failed.error == "the deployer did not answer in time, which is 1 s (--step-timeout)", (
        failed.error)
