"""Auto-deploy with commits of one second or dated ahead, and the size of copies of repositories."""

import os
import pathlib
import socket
import subprocess
import time

import pytest

from support.line import Line
from support.source_repository import apply
from support.stubs import api

SECOND = 1_790_000_000


def decision(saved) -> str:
    return api.AutoDeployDecision.Name(saved.auto_deploy).removeprefix("AUTO_DEPLOY_DECISION_")


def git(path: pathlib.Path, *words: str, at: int = SECOND) -> str:
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"),
                               ("DATE", f"@{at} +0000"))}
    done = subprocess.run(["git", "-C", str(path), *words], capture_output=True, text=True,
                          timeout=60, env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent",
                                           "GIT_CONFIG_NOSYSTEM": "1", **who})
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commits(path: pathlib.Path, *times: int) -> list[str]:
    """Makes a repository with commits of these times, one upon the other."""
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    hashes = []
    for at in times:
        git(path, "commit", "-q", "--allow-empty", "-m", f"commit {len(hashes)}", at=at)
        hashes.append(git(path, "rev-parse", "HEAD"))
    return hashes


def line(client, url: str) -> Line:
    return Line(client, environments=1, auto_deploy=True, repository_url=url)


def test_of_two_commits_of_one_second_the_ancestor_does_not_replace_its_child(git_client, tmp_path):
    older, newer = commits(tmp_path / "app", SECOND, SECOND)
    shop = line(git_client, f"file://{tmp_path}/app")
    saved = shop.ci(2, git_hash=newer, git_hash_commit_timestamp={"seconds": SECOND})
    assert decision(saved) == "STARTED"
    shop.succeeded(saved.deployment)
    stale = shop.ci(1, git_hash=older, git_hash_commit_timestamp={"seconds": SECOND})
    assert decision(stale) == "STALE_COMMIT" and not stale.HasField("deployment")
    assert saved.image.image_id in stale.auto_deploy_message
    assert [one.image_id for one in shop.history(shop.track)] == [saved.image.image_id]


def test_a_commit_dated_ahead_does_not_keep_its_descendants_out(git_client, tmp_path):
    ahead = int(time.time()) + 23 * 3600
    wrong, right = commits(tmp_path / "app", ahead, SECOND)
    shop = line(git_client, f"file://{tmp_path}/app")
    shop.succeeded(
        shop.ci(1, git_hash=wrong, git_hash_commit_timestamp={"seconds": ahead}).deployment)
    saved = shop.ci(2, git_hash=right, git_hash_commit_timestamp={"seconds": SECOND})
    assert decision(saved) == "STARTED"
    shop.succeeded(saved.deployment)


def test_without_the_repository_commit_times_decide(git_client, tmp_path):
    older, newer = commits(tmp_path / "app", SECOND, SECOND + 1)
    shop = line(git_client, f"file://{tmp_path}/nothing")
    shop.succeeded(
        shop.ci(2, git_hash=newer, git_hash_commit_timestamp={"seconds": SECOND + 1}).deployment)
    for at, wanted in ((SECOND, "STALE_COMMIT"), (SECOND + 1, "STARTED")):
        saved = shop.ci(at, git_hash=older, git_hash_commit_timestamp={"seconds": at})
        assert decision(saved) == wanted


def test_a_repository_that_hangs_costs_a_save_two_seconds_and_the_next_ones_nothing(
        start_server, connect, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = start_server("data")
        shop = line(connect(server.address), f"https://127.0.0.1:{silent.getsockname()[1]}/app.git")
        shop.succeeded(shop.ci(5).deployment)
        began = time.monotonic()
        assert decision(shop.ci(4)) == "STALE_COMMIT"
        assert 1.5 < time.monotonic() - began < 4
        # From then on no save waits, and no other one is held up.
        time.sleep(2.5)
        began = time.monotonic()
        assert [decision(shop.ci(number)) for number in (1, 2, 3)] == ["STALE_COMMIT"] * 3
        assert time.monotonic() - began < 1.5


def test_a_caller_with_little_time_gets_its_answer_in_it(start_server, connect):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = start_server("data")
        shop = line(connect(server.address), f"https://127.0.0.1:{silent.getsockname()[1]}/app.git")
        shop.succeeded(shop.ci(5).deployment)
        saved = shop.client.tracks.SaveDeploymentTrackImage(shop.request(None, 4), timeout=1.5)
        assert decision(saved) == "STALE_COMMIT"


def large(bare: pathlib.Path, tmp_path: pathlib.Path) -> str:
    """Fills a bare repository with 12 MB of files besides a source config. Returns its commit."""
    work = tmp_path / f"work-{bare.name}"
    work.mkdir()
    git(work, "init", "-q", "-b", "main")
    for number in range(12):
        (work / str(number)).write_bytes(os.urandom(1_000_000))
    (work / ".choreo").mkdir()
    (work / ".choreo" / "component.yaml").write_text(
        "schemaVersion: 1.2\nendpoints:\n- name: web\n  service: {port: 8080}\n  type: REST\n")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "all")
    git(work, "push", "-q", str(bare), "main")
    return git(work, "rev-parse", "HEAD")


def held(data: pathlib.Path) -> int:
    """The bytes of all copies of repositories; copies may be removed meanwhile."""
    total = 0
    for folder, _, names in os.walk(data / "git"):
        for name in names:
            try:
                total += os.lstat(os.path.join(folder, name)).st_size
            except FileNotFoundError:
                pass
    return total


def test_one_file_of_a_large_repository_is_all_that_comes(start_server, connect, git_https,
                                                          tmp_path):
    bare = git_https.create("app.git")
    git(bare, "config", "uploadpack.allowFilter", "true")
    commit = large(bare, tmp_path)
    server = start_server("data", "--git-credentials", str(git_https.credentials(
        tmp_path / "credentials")),
                          environment=git_https.environment())
    client = connect(server.address)
    track = client.create(client.put_component(repository_url=git_https.url("app.git")), "v1.0",
                          branch="main")
    applied = apply(client, track, commit)
    assert [one.name for one in applied.deployment_track.endpoints] == ["web"]
    assert held(server.data) < 500_000


def test_copies_take_no_more_room_than_allowed(start_server, connect, tmp_path):
    repositories = [tmp_path / f"app{number}.git" for number in range(4)]
    server = start_server("data", "--git-cache-size", "30MiB", "--git-allow-file")
    client = connect(server.address)
    for bare in repositories:
        bare.mkdir()
        git(bare, "init", "-q", "--bare", "-b", "main")
        commit = large(bare, tmp_path)
        track = client.create(client.put_component(repository_url=f"file://{bare}"), "v1.0",
                              branch="main")
        assert apply(client, track, commit).deployment_track.endpoints
        assert held(server.data) <= 30 << 20
    assert held(server.data) > 20_000_000
    # The copies count from the start on, too.
    server.stop()
    again = start_server("data", "--git-cache-size", "15MiB", "--git-allow-file")
    deadline = time.monotonic() + 20
    while held(again.data) > 15 << 20:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert held(again.data) > 10_000_000
