"""trackctl with more than one page: limits are exact, and names are found behind the first page."""

import pytest

from support import store, trackctl
from support.line import Line, closed_address, commit_hash
from support.stubs import api

pytestmark = pytest.mark.store

OK, FAILED, USAGE, NOT_FOUND, REFUSED, UNAVAILABLE = range(6)
#: More than the 100 items of a page in searches.
MANY = 112


@pytest.fixture(scope="module")
def many(client):
    """A track with many images and many deployments."""
    line = Line(client, environments=2, stuck=True)
    line.images_saved = [line.ci(number).image.image_id for number in range(MANY)]
    line.deployed = [line.deploy(line.track, line.environments[0], image).id
                     for image in line.images_saved]
    return line


@pytest.fixture
def run(server, many):
    def one(*words: str, code: int = OK):
        ran = trackctl.run(*words, server=server.address)
        assert ran.code == code, ran
        return ran
    return one


@pytest.mark.parametrize("flags, count", [
    ([], 20), (["--limit", "1"], 1), (["--limit", "100"], 100), (["--limit", "101"], 101),
    (["--limit", "1500"], MANY)])
def test_limits_of_lists_are_exact(run, many, flags, count):
    history = run("history", many.component, "v1.0", *flags).rows
    assert [row[0] for row in history] == [one[:8] for one in many.deployed[::-1][:count]]
    images = run("images", "list", many.component, "v1.0", *flags).rows
    assert [row[0] for row in images] == [one[:8] for one in many.images_saved[::-1][:count]]


def test_all_images_are_all(run, many):
    assert len(run("images", "list", many.component, "v1.0", "--all").rows) == MANY


def test_what_is_named_is_found_behind_the_first_page(run, many):
    oldest, track = many.deployed[0], "v1.0"
    assert run("history", many.component, track, oldest[:13].upper()).fields["deployment"] == oldest
    run("history", many.component, track, oldest[:3], code=NOT_FOUND)
    # By the beginning of its commit's hash, and by that of its id.
    for name in (commit_hash(0), many.images_saved[0][:12]):
        ran = run("deploy", many.component, track, name, "--environment", many.environments[0],
                  "--no-wait", "-o", "json")
        assert ran.json["deployment"]["image_id"] == many.images_saved[0]
    run("deploy", many.component, track, many.images_saved[0][:5], "--environment",
        many.environments[0], "--no-wait", code=NOT_FOUND)
    newest = run("deploy", many.component, track, "@newest", "--environment", many.environments[1],
                 "--no-wait", "--bypass-reason", "test", "-o", "json")
    assert newest.json["deployment"]["image_id"] == many.images_saved[-1]


def test_lists_of_the_catalog_go_over_pages(run, client, many):
    project = many.project
    for number in range(120):
        client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id=f"{project}-{number:03}", project_id=project, name="x",
            **store.gitops(client))), timeout=10)
    rows = run("catalog", "list", "environments", project).rows
    assert len(rows) == 120 + 2
    assert len(run("catalog", "list", "environments", project, "--limit", "101").rows) == 101


def test_a_promotion_does_not_skip_an_environment(server, client):
    """A promotion does not begin at an image that was deployed into a later environment
    directly."""
    line = Line(client, environments=3)
    image = line.ci(1).image.image_id

    def promote(code: int, *flags: str):
        ran = trackctl.run("promote", line.component, "v1.0", *flags, server=server.address)
        assert ran.code == code, ran
        return ran

    line.run(image, 1, bypass_reason="urgent")
    assert f"nothing of the track is active in {line.environments[0]}" in promote(NOT_FOUND).err
    assert f"nothing comes before '{line.environments[0]}'" in promote(
        USAGE, "--to", line.environments[0]).err
    line.run(image, 0)
    # Both have it: the third environment is next.
    assert promote(OK).fields["environment"] == line.environments[2]
    assert "every environment of the pipeline has the same image" in promote(NOT_FOUND).err


def test_what_is_active_is_the_last_that_succeeded(server, client):
    """More attempts since then than the twenty of a page."""
    line = Line(client, environments=2)
    first, second = (line.ci(number).image.image_id for number in (1, 2))
    line.run(first, 0)
    line.put_environment(
        line.environments[0], gitops_repository_url=f"https://{closed_address()}/ops.git",
        gitops_branch="main")
    for _ in range(25):
        line.deploy(line.track, line.environments[0], second)
    ran = trackctl.run("promote", line.component, "v1.0", server=server.address)
    assert (ran.code == OK and ran.fields["image"] == first
            and ran.fields["environment"] == line.environments[1]), ran


def test_a_limit_of_more_than_a_page_is_exact(server, client):
    """The server returns a thousand at most."""
    component = client.put_component()
    calls = [client.tracks.CreateDeploymentTrack.future(api.CreateDeploymentTrackRequest(
        component_id=component, api_version=f"v1.{number}"), timeout=60) for number in range(1105)]
    for call in calls:
        call.result()
    for flags, count in (["--limit", "1001"], 1001), ([], 1105):
        ran = trackctl.run("tracks", "list", component, *flags, server=server.address)
        assert ran.code == OK and len(ran.rows) == count
