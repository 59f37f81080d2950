"""SaveDeploymentTrackImage and GetDeploymentTrackImages: saves by CI, auto-deploy, adoption, and
the build service's answers."""

import concurrent.futures
import os
import socket
import subprocess
import threading
import uuid

import pytest

from support import store
from support.curl import curl
from support.errors import refused
from support.line import EPOCH, HOUR, Line, closed_address, commit_hash
from support.stubs import api

pytestmark = pytest.mark.store

DIGEST = "sha256:" + "0a" * 32
OTHER_DIGEST = "sha256:" + "0b" * 32
TOKEN = "glpat-" + uuid.uuid4().hex


def decision(response) -> str:
    return api.AutoDeployDecision.Name(response.auto_deploy).removeprefix("AUTO_DEPLOY_DECISION_")


# Saved fields


def test_a_save_keeps_every_field(client):
    line = Line(client)
    saved = line.ci(1, run_id="run 1/2", images=[
        api.ContainerImage(name="app", reference="registry.example:5000/team/app:1.2",
                           digest="sha256:" + "0A" * 32),
        api.ContainerImage(name="side-car", reference=f"team/side@{DIGEST}"),
    ], git_hash="AB" * 20, gitops_hash="cd" * 32, api_definition_path="api/openapi.yaml",
        image_ports=[8080, 65535], metadata=[("trackd-actor", "ci")])
    image = saved.image
    assert uuid.UUID(image.image_id).version == 4
    assert image.created_at == image.updated_at == image.built_at
    assert (image.status == "SUCCEEDED" and image.run_id == "run 1/2"
            and image.commit_hash == "ab" * 20)
    assert (image.deployment_track_id == line.track and not image.superseded
            and not image.deployed_in)
    assert [(one.name, one.reference, one.digest) for one in image.images] == [
        ("app", "registry.example:5000/team/app:1.2", DIGEST),
        ("side-car", f"team/side@{DIGEST}", "")]
    assert (list(image.image_ports) == [8080, 65535]
            and image.api_definition_path == "api/openapi.yaml")
    assert (image.gitops_hash == "cd" * 32
            and image.git_hash_commit_timestamp.seconds == EPOCH + HOUR)
    assert image.created_by == "ci" and not image.branch
    assert line.listed() == [image]
    assert decision(saved) == "DISABLED" and not saved.HasField("deployment")
    assert saved.auto_deploy_message and not saved.auto_deploy_reason


@pytest.mark.parametrize("field, reason, fields", [
    ("organization_id", "INVALID_ID", {"organization_id": ""}),
    ("project_id", "INVALID_ID", {"project_id": ""}),
    ("deployment_track_id", "INVALID_ID", {"deployment_track_id": "a_b"}),
    ("environment_id", "INVALID_ID", {"environment_id": "-"}),
    ("images", "INVALID_IMAGE", {"images": []}),
    ("images", "INVALID_IMAGE", {"images": [api.ContainerImage(name=f"a{n}", reference="app")
                                            for n in range(21)]}),
    ("images[1].name", "INVALID_IMAGE", {
        "images": [api.ContainerImage(name="a", reference="app")] * 2}),
    ("images[0].name", "INVALID_IMAGE", {"images": [api.ContainerImage(reference="app")] * 2}),
    ("images[0].digest", "INVALID_IMAGE", {"images": [api.ContainerImage(
        reference="app@" + DIGEST, digest=OTHER_DIGEST)]}),
    ("git_hash", "INVALID_COMMIT_HASH", {"git_hash": ""}),
    ("git_hash_commit_timestamp", "INVALID_COMMIT_HASH", {"git_hash_commit_timestamp": None}),
    ("git_hash_commit_timestamp", "INVALID_COMMIT_HASH",
     {"git_hash_commit_timestamp": {"seconds": -1}}),
    ("git_hash_commit_timestamp", "INVALID_COMMIT_HASH",
     {"git_hash_commit_timestamp": {"seconds": 253402300799}}),
    ("git_hash_commit_timestamp", "INVALID_COMMIT_HASH",
     {"git_hash_commit_timestamp": {"seconds": 1, "nanos": -1}}),
    ("gitops_hash", "INVALID_COMMIT_HASH", {"gitops_hash": "main"}),
    ("run_id", "INVALID_IMAGE", {"run_id": ""}),
    ("api_definition_path", "INVALID_IMAGE", {"api_definition_path": "/etc/passwd"}),
    ("image_ports", "INVALID_IMAGE", {"image_ports": [0]}),
    ("image_ports", "INVALID_IMAGE", {"image_ports": [65536]}),
    ("image_ports", "INVALID_IMAGE", {"image_ports": range(1, 52)}),
    ("branch", "INVALID_BRANCH", {"branch": "main"}),
])
def test_a_bad_field_is_named(client, field, reason, fields):
    line = Line(client)
    request = line.request(None, 1, **{name: value for name, value in fields.items()
                                       if value is not None})
    for name, value in fields.items():
        if value is None:
            request.ClearField(name)
    with refused("INVALID_ARGUMENT", reason, field=field):
        line.send(request)
    assert line.listed() == []


def test_all_bad_fields_are_named_at_once(client):
    line = Line(client)
    with refused("INVALID_ARGUMENT") as refusal:
        line.ci(1, run_id="", git_hash="x", image_ports=[0],
                images=[api.ContainerImage(reference=" ")])
    assert set(refusal.fields) == {"run_id", "git_hash", "image_ports", "images[0].reference"}


def test_a_commit_may_be_a_day_ahead_and_no_more(client):
    line = Line(client)
    now = int(line.ci(1).image.created_at.seconds)
    line.ci(2, git_hash_commit_timestamp={"seconds": now + 23 * HOUR})
    with refused("INVALID_ARGUMENT", "INVALID_COMMIT_HASH", field="git_hash_commit_timestamp"):
        line.ci(3, git_hash_commit_timestamp={"seconds": now + 25 * HOUR})


def test_what_is_part_of_something_else_does_not_exist(client):
    line, other = Line(client), Line(client)
    for reason, fields in [
        ("ORGANIZATION_NOT_FOUND", {"organization_id": "nobody"}),
        ("PROJECT_NOT_FOUND", {"organization_id": other.organization}),
        ("PROJECT_NOT_FOUND", {"project_id": other.project}),
        ("PROJECT_NOT_FOUND", {"project_id": "nothing"}),
        ("COMPONENT_NOT_FOUND", {"component_id": other.component,
                                 "deployment_track_id": other.track}),
        ("COMPONENT_NOT_FOUND", {"component_id": "nothing"}),
        ("TRACK_NOT_FOUND", {"deployment_track_id": other.track}),
        ("TRACK_NOT_FOUND", {"deployment_track_id": "nothing"}),
    ]:
        with refused("NOT_FOUND", reason):
            line.ci(1, **fields)
    # The errors for a resource of others and for a missing one are alike.
    messages = []
    for project in (other.project, "nothing"):
        with refused("NOT_FOUND", "PROJECT_NOT_FOUND") as refusal:
            line.ci(1, project_id=project)
        messages.append(refusal.message.replace(project, "*"))
    assert messages[0] == messages[1]


def test_the_token_for_the_registry_is_nowhere(start_server, connect):
    server = start_server("data", "--log-level", "debug")
    line = Line(connect(server.address), auto_deploy=True)
    responses = [line.ci(1, registry_token=TOKEN, request_id=str(uuid.uuid4())),
                 line.ci(2, registry_token=TOKEN, validate_only=True)]
    line.succeeded(responses[0].deployment)
    with refused("INVALID_ARGUMENT") as refusal:
        line.ci(3, registry_token=TOKEN, run_id="")
    with refused("NOT_FOUND"):
        line.ci(3, registry_token=TOKEN, deployment_track_id="nothing")
    responses += list(line.pages())
    assert not any(TOKEN in str(response) for response in [*responses, refusal.message,
                                                           refusal.details])

    def places(token: str) -> list[str]:
        found = [str(path) for path in server.data.rglob("*")
                 if path.is_file() and token.encode() in path.read_bytes()]
        found += ["the log"] * (token in server.log())
        rows = store.dump(server.data)
        return found + ["the database"] * (token in rows or token.encode().hex() in rows)
    assert places("registry.example/team/app:1"), "the search finds nothing at all"
    assert places(TOKEN) == []
    server.kill()
    assert places(TOKEN) == []


def test_the_token_is_in_no_answer_to_bad_json(start_server, connect):
    server = start_server("data", "--log-level", "debug")
    line = Line(connect(server.address))
    path = f"/components/{line.component}/deployment_tracks/{line.track}/images"
    bodies = [f'{{"registry_token": "{TOKEN}"', f'{{"registry_token": {{"a": "{TOKEN}"}}}}',
              f'{{"registry_token": ["{TOKEN}"]}}', f'{{"registry_token": {TOKEN}}}',
              f'{{"registry_token": "{TOKEN}", "registry_token": "{TOKEN}"}}',
              f'{{"registry_token": "{TOKEN}", "run_id": 1}}',
              f'{{"registry_token": "{TOKEN}", "images": [7]}}', f'{{"image_ports": ["{TOKEN}"]}}',
              f'{{"registryToken": "{TOKEN}"}}']
    for body in bodies:
        reply = curl(server.address, "POST", path, body)
        assert reply.status == 400, (body, reply)
        assert TOKEN not in str(reply), body
    assert TOKEN not in server.log()


def test_another_token_is_the_same_request(client):
    """CI gets a new token for each try."""
    line = Line(client)
    request = line.request(None, 1, request_id=str(uuid.uuid4()), registry_token="one")
    first = line.send(request)
    request.registry_token = "two"
    assert line.send(request) == first


# Repeated saves


def test_the_same_run_is_the_same_save(client):
    line = Line(client)
    request = line.request(None, 1, images=[
        api.ContainerImage(name="a", reference="app:1", digest=DIGEST),
        api.ContainerImage(name="b", reference="app:2")])
    first = line.send(request)
    images = list(request.images)
    del request.images[:]
    request.images.extend(reversed(images))
    request.images[1].reference = "mirror.example/app:1"
    assert line.send(request) == first
    for change in [{"digest": OTHER_DIGEST}, {"name": "c"}]:
        other = api.SaveDeploymentTrackImageRequest()
        other.CopyFrom(request)
        other.images[1].MergeFrom(api.ContainerImage(**change))
        with refused("ALREADY_EXISTS", "RUN_ID_CONFLICT") as refusal:
            line.send(other)
        assert refusal.metadata["image"] == first.image.image_id
        assert "runs again keeps the id of its run" in refusal.message, refusal.message
        assert "ResourceInfo" in refusal.details
    del request.images[1:]
    with refused("ALREADY_EXISTS", "RUN_ID_CONFLICT"):
        line.send(request)
    assert line.listed() == [first.image]


def test_many_tries_of_one_run_make_one_image_and_one_deployment(client):
    line = Line(client, auto_deploy=True)
    request = line.request(None, 1)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: line.send(request), range(32)))
    assert len({answer.image.image_id for answer in answers}) == 1
    assert {decision(answer) for answer in answers} == {"STARTED"}
    assert len({answer.deployment.id for answer in answers}) == 1
    assert len(line.history(line.track)) == 1


def test_a_run_may_save_for_several_tracks(client):
    line = Line(client, tracks=2)
    ids = {line.ci(1, track=track, run_id="matrix").image.image_id for track in [*line.tracks, ""]}
    assert len(ids) == 3


def test_a_request_id_answers_as_then_with_the_deployment_as_it_is_now(client):
    line = Line(client, auto_deploy=True)
    request = line.request(None, 1, request_id=str(uuid.uuid4()))
    first = line.send(request)
    done = line.succeeded(first.deployment)
    line.ci(1, run_id="later")
    again = line.send(request)
    assert (again.deployment.id == done.id
            and again.deployment.state == api.DEPLOYMENT_STATE_SUCCEEDED)
    assert again.auto_deploy == first.auto_deploy
    assert not again.image.superseded and again.image.image_id == first.image.image_id
    request.run_id = "other"
    with refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED"):
        line.send(request)


def test_a_check_saves_nothing(client):
    line = Line(client, auto_deploy=True)
    request = line.request(None, 1, validate_only=True, request_id=str(uuid.uuid4()))
    checked = line.send(request)
    assert (decision(checked) == "STARTED"
            and checked.deployment.environment_id == line.environments[0])
    assert line.listed() == [] and line.history(line.track) == []
    request.validate_only = False
    saved = line.send(request)
    assert saved.image.image_id != checked.image.image_id
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        line.ci(1, deployment_track_id="nothing", validate_only=True)


def test_a_later_run_supersedes_the_image_of_its_commit(client):
    line = Line(client)
    first, other, second = line.ci(1).image, line.ci(2).image, line.ci(1).image
    assert [(image.image_id, image.superseded) for image in line.listed()] == [
        (second.image_id, False), (other.image_id, False), (first.image_id, True)]
    # The image can still be deployed.
    done = line.run(first.image_id)
    assert done.image_id == first.image_id
    assert [list(image.deployed_in) for image in line.listed()] == [[], [], [line.environments[0]]]


# Auto-deploy


def test_started(client):
    line = Line(client, auto_deploy=True)
    saved = line.ci(1)
    assert (decision(saved) == "STARTED" and not saved.auto_deploy_message
            and not saved.auto_deploy_reason)
    deployment = saved.deployment
    assert (deployment.kind == api.DEPLOYMENT_KIND_AUTO
            and deployment.environment_id == line.environments[0])
    assert (deployment.image_id == saved.image.image_id
            and deployment.deployment_track_id == line.track)
    line.succeeded(deployment)
    assert list(line.listed()[0].deployed_in) == [line.environments[0]]
    elsewhere = line.put_environment(line.environments[0] + "-b")
    assert line.ci(2, environment_id=elsewhere).deployment.environment_id == elsewhere


def test_disabled(client):
    line = Line(client)
    saved = line.ci(1, environment_id=line.environments[0])
    assert (decision(saved) == "DISABLED" and not saved.HasField("deployment")
            and saved.auto_deploy_message)
    assert line.history(line.track) == []


def test_held_until_resumed(client):
    line = Line(client, auto_deploy=True)
    for commit in (1, 2):
        line.succeeded(line.ci(commit).deployment)
    back = line.undo()
    request = line.request(None, 3)
    held = line.send(request)
    assert (decision(held) == "HELD" and back.id in held.auto_deploy_message
            and not held.HasField("deployment"))
    assert line.resume(line.environments[0])
    assert not line.resume(line.environments[0])
    # The save that was held gets the same answer again, and deploys nothing.
    assert line.send(request) == held
    assert decision(line.ci(4)) == "STARTED"


def test_stale_against_what_is_active_and_what_is_on_its_way(client):
    line = Line(client, auto_deploy=True, stuck=True)
    pending = line.ci(10)
    stale = line.ci(9)
    assert decision(stale) == "STALE_COMMIT" and pending.image.image_id in stale.auto_deploy_message
    assert decision(line.ci(10)) == "STARTED", "a tie deploys"

    line = Line(client, auto_deploy=True)
    line.succeeded(line.ci(10).deployment)
    assert decision(line.ci(9)) == "STALE_COMMIT"
    assert decision(line.ci(10)) == "STARTED"
    other = line.put_environment(line.environments[0] + "-b")
    assert decision(line.ci(8, environment_id=other)) == "STARTED", "nothing newer is there"


def test_older_commits_never_go_over_newer_ones_whatever_the_order_of_their_saves(client):
    line = Line(client, auto_deploy=True)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda commit: line.ci(commit), [5, 3, 8, 1, 9, 2, 7, 4, 6, 0] * 2))
    line.settled()
    (active,) = [image for image in line.listed() if image.deployed_in]
    assert active.commit_hash == commit_hash(9)


def test_branch_unlinked(client):
    line = Line(client, image_source="REGISTRY")
    # Auto-deploy without a branch is for images of a registry; now they are built.
    line.update(line.track, branch="", auto_deploy_enabled=True)
    line.put(default_pipeline_id=line.pipeline)
    saved = line.ci(1)
    assert decision(saved) == "BRANCH_UNLINKED" and not saved.HasField("deployment")


def test_unversioned(client):
    line = Line(client, auto_deploy=True)
    saved = line.ci(1, track="", branch="main")
    assert decision(saved) == "UNVERSIONED" and not saved.image.deployment_track_id
    assert saved.image.branch == "main"


def test_no_environment(client):
    line = Line(client, auto_deploy=True)
    line.put()
    saved = line.ci(1)
    assert decision(saved) == "NO_ENVIRONMENT" and not saved.HasField("deployment")
    assert decision(line.ci(2, environment_id=line.environments[0])) == "STARTED"


def test_refused_by_the_rules_of_deployments(client):
    line, other = Line(client, auto_deploy=True), Line(client)
    for environment, reason in [(line.environments[1], "NOT_PROMOTED"),
                                ("nowhere", "ENVIRONMENT_NOT_FOUND"),
                                (other.environments[0], "ENVIRONMENT_NOT_FOUND")]:
        saved = line.ci(1, environment_id=environment)
        assert (decision(saved) == "REFUSED" and saved.auto_deploy_reason == reason
                and saved.auto_deploy_message)
        assert saved.image.image_id and not saved.HasField("deployment")
    assert line.history(line.track) == []


def test_a_track_that_is_being_deleted_takes_no_images(start_server, connect):
    server = start_server("data", "--resource-deleter", closed_address())
    client = connect(server.address)
    line = Line(client, tracks=2)
    line.ci(1)
    with refused("DEADLINE_EXCEEDED"):
        client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
            component_id=line.component, deployment_track_id=line.track), timeout=1)
    with refused("FAILED_PRECONDITION", "TRACK_DELETING"):
        line.ci(2)
    # An unversioned image goes into the other track.
    line.ci(3, track="", branch="main")
    assert [one.commit_hash for one in line.listed(line.tracks[1])] == [commit_hash(3)]


# Components that bring their image


def test_a_new_track_imports_the_image_of_its_component(client):
    line = Line(client, image_source="REGISTRY", image_registry="registry.example/team",
                image="app:1.2")
    track = client.create(line.component, "v7.0", auto_deploy_enabled=True)
    (image,) = line.listed(track.id)
    assert [one.reference for one in image.images] == ["registry.example/team/app:1.2"]
    assert image.run_id == f"import-{track.id}" and not image.commit_hash
    (deployment,) = line.history(track.id)
    assert deployment.kind == api.DEPLOYMENT_KIND_AUTO and deployment.image_id == image.image_id
    line.succeeded(deployment, track.id)
    quiet = client.create(line.component, "v7.1")
    assert len(line.listed(quiet.id)) == 1 and line.history(quiet.id) == []


def test_components_that_bring_images_need_no_commit(client):
    line = Line(client, image_source="REGISTRY")
    request = line.request(None, 1)
    request.ClearField("git_hash")
    request.ClearField("git_hash_commit_timestamp")
    image = line.send(request).image
    request.run_id = "other"
    line.send(request)
    assert not image.commit_hash and not any(one.superseded for one in line.listed())


# Lists


def test_pages_from_the_newest_to_the_oldest(client):
    line = Line(client)
    saved = [line.ci(commit).image.image_id for commit in range(5)]
    pages = [[image.image_id for image in page.images] for page in line.pages(page_size=2)]
    assert [len(page) for page in pages] == [2, 2, 1] and sum(pages, []) == saved[::-1]


def test_a_list_that_cannot_be_is_refused(client):
    line, other = Line(client, tracks=2), Line(client)
    for commit in range(2):
        line.ci(commit)
    token = next(line.pages(page_size=1)).next_page_token

    def get(**fields):
        return client.tracks.GetDeploymentTrackImages(api.GetDeploymentTrackImagesRequest(**{
            "component_id": line.component, "deployment_track_id": line.track,
            **fields}), timeout=10)
    assert get(page_token=token, page_size=1000).images
    for fields in ({"deployment_track_id": line.tracks[1]}, {"component_id": other.component}):
        with refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN", field="page_token"):
            get(page_token=token, **fields)
    with refused("INVALID_ARGUMENT", "INVALID_PAGE_SIZE", field="page_size"):
        get(page_size=-1)
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        get(component_id="nothing")
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        get(deployment_track_id=other.track)


# Adoption


def test_unversioned_images_are_adopted_by_branch_by_tag_and_by_the_latest(client):
    line = Line(client)
    fix = client.create(line.component, "v3.0", branch="fix%2Flogin").id
    latest = client.create(line.component, "v2.0", branch="next").id

    def brought(tag):
        return [api.ContainerImage(reference=f"app:{tag}")]
    line.ci(1, track="", branch="fix%2Flogin")
    line.ci(2, track="", images=brought("main"))
    line.ci(3, track="", images=brought("fix-login"))
    line.ci(4, track="", branch="gone")
    line.ci(5, track="", branch="main", images=brought("next"))
    for track, commits in [(line.track, [5, 2]), (fix, [3, 1]), (latest, [4])]:
        found = line.listed(track)
        assert [image.commit_hash for image in found] == [commit_hash(commit) for commit in commits]
        assert all(image.deployment_track_id == track for image in found)


def test_adoption_happens_once_however_many_ask(client):
    line = Line(client, tracks=2)
    line.update(line.tracks[1], branch="next")
    saved = [line.ci(commit, track="", branch=["main", "next"][commit % 2]) for commit in range(40)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        counts = list(pool.map(lambda number: len(line.listed(line.tracks[number % 2])), range(32)))
    assert counts == [20] * 32
    before = {track: line.listed(track) for track in line.tracks}
    # The adopting track keeps the images, whatever its branch is now.
    line.update(line.tracks[0], branch="other")
    assert {track: line.listed(track) for track in line.tracks} == before
    # A repeated save finds its image in the track that adopted it.
    request = line.request("", 0, branch="main", run_id=saved[0].image.run_id)
    assert line.send(request).image.deployment_track_id == line.tracks[0]


def test_adoption_keeps_the_newest_of_a_commit_and_deploys_nothing(client):
    line = Line(client, auto_deploy=True)
    oldest = line.ci(1, track="", branch="main").image.image_id
    newer = line.ci(1, track="", branch="main").image.image_id
    assert [(one.image_id, one.superseded) for one in line.listed()] == [
        (newer, False), (oldest, True)]
    assert line.history(line.track) == []
    line.run(newer)


# Other systems' knowledge


class Git:
    """A repository in which the tests make commits."""

    def __init__(self, path):
        self.path = path
        self("init", "-q", "-b", "main", str(path), at=None)

    def __call__(self, *arguments, at=True) -> str:
        base = ["git", "-C", str(self.path)] if at else ["git"]
        author = {"GIT_AUTHOR_NAME": "Ada Lovelace", "GIT_AUTHOR_EMAIL": "ada@example.com",
                  "GIT_COMMITTER_NAME": "CI", "GIT_COMMITTER_EMAIL": "ci@example.com",
                  "GIT_AUTHOR_DATE": "1700000123 +0100", "GIT_COMMITTER_DATE": "1700000456 +0000"}
        return subprocess.run([*base, *arguments], check=True, capture_output=True, text=True,
                              env={**os.environ, **author}).stdout.strip()

    def commit(self, message: str) -> str:
        self("commit", "-q", "--allow-empty", "-m", message)
        return self("rev-parse", "HEAD")


def test_commits_come_from_the_repository_of_the_component(start_server, connect, tmp_path):
    server = start_server("data", "--git-allow-file")
    git = Git(tmp_path / "source")
    first = git.commit("Größe\n\nWhy it is so.")
    second = git.commit("Second")
    line = Line(connect(server.address), repository_url=f"file://{git.path}")
    for number, one in enumerate([first, second, second, "ab" * 20]):
        line.ci(number, git_hash=one)
    (page,) = line.pages()
    assert list(page.unreachable) == []
    assert [image.commit_msg.strip() for image in page.images] == [
        "", "Second", "Second", "Größe\n\nWhy it is so."]
    author = page.images[3].author
    assert (author.name, author.email, author.date.seconds) == ("Ada Lovelace", "ada@example.com",
                                                                1700000123)
    assert not page.images[0].HasField("author")
    # Known commits stay known when the repository is gone; unknown ones are reported as
    # unreachable.
    git.path.rename(tmp_path / "gone")
    assert list(line.pages()) == [page]
    third = line.ci(9, git_hash="cd" * 20).image
    (page,) = line.pages()
    assert list(page.unreachable) == ["repository"]
    assert page.images[0].image_id == third.image_id and page.images[0].status == "SUCCEEDED"
    assert [image.commit_msg.strip() for image in page.images[2:4]] == ["Second", "Second"]


@pytest.mark.parametrize("url", ["https://{closed}/x.git", "file:///etc", "ext::sh -c id",
                                 "--upload-pack=id", "/etc"])
def test_a_repository_that_cannot_be_read_is_named_and_no_error(client, url):
    line = Line(client, repository_url=url.format(closed=closed_address()))
    line.ci(1)
    (page,) = line.pages()
    assert list(page.unreachable) == ["repository"]
    assert (len(page.images) == 1 and page.images[0].status == "SUCCEEDED"
            and not page.images[0].HasField("author"))


def test_a_component_without_a_repository_misses_nothing(client):
    line = Line(client)
    line.ci(1)
    (page,) = line.pages()
    assert list(page.unreachable) == [] and not page.images[0].HasField("author")


@pytest.mark.parametrize("deadline", [1, 10])
def test_a_repository_that_never_answers_is_not_waited_for(client, deadline):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        held = []
        threading.Thread(target=lambda: held.append(silent.accept()), daemon=True).start()
        line = Line(client, repository_url=f"https://127.0.0.1:{silent.getsockname()[1]}/x.git")
        line.ci(1)
        (page,) = line.pages(timeout=deadline)
        assert list(page.unreachable) == ["repository"] and len(page.images) == 1
