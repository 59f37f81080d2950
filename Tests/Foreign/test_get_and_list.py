"""GetDeploymentTrack and ListDeploymentTracks."""

import datetime

import pytest

from support.errors import refused
from support.stubs import api

pytestmark = pytest.mark.store

VERSIONS = ["v1.0", "v1.9", "v1.10", "v2.0", "v0.5", "v10.0", "v2.1"]
NEWEST_FIRST = ["v10.0", "v2.1", "v2.0", "v1.10", "v1.9", "v1.0", "v0.5"]


@pytest.fixture(scope="module")
def component(client):
    """A component with seven tracks: odd ones on `main`, the others on `next` with auto-deploy."""
    one = client.put_component()
    for number, version in enumerate(VERSIONS):
        odd = number % 2 == 1
        client.create(one, version, branch="main" if odd else "next", auto_deploy_enabled=not odd)
    return one


def versions(client, component, **fields) -> list[str]:
    return [t.api_version for t in client.list(component, **fields)]


def test_get_finds_nothing_where_nothing_is(client, component):
    with refused("NOT_FOUND", "TRACK_NOT_FOUND") as refusal:
        client.get(component, "nothing-here")
    assert refusal.details["ResourceInfo"].resource_name.endswith("nothing-here")
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        client.get("nothing-here", "nothing-here")


def test_get_does_not_find_a_track_of_another_component(client, component):
    track = client.list(component)[0]
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        client.get(client.put_component(), track.id)


@pytest.mark.parametrize("component_id, track_id, field", [
    ("", "a", "component_id"), ("a", "", "deployment_track_id"), ("A!", "a", "component_id"),
    ("a", "A!", "deployment_track_id")])
def test_get_refuses_bad_ids(client, component_id, track_id, field):
    with refused("INVALID_ARGUMENT", "INVALID_ID", field=field):
        client.get(component_id, track_id)


def test_list_is_by_version_newest_first(client, component):
    assert versions(client, component) == NEWEST_FIRST


def test_list_and_get_say_the_same(client, component):
    for track in client.list(component):
        assert client.get(component, track.id) == track


def test_list_of_no_tracks_is_empty(client):
    assert client.list(client.put_component()) == []


def test_list_of_no_component(client):
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        client.list("nothing-here")


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 1000, 100_000])
def test_pages_join_to_the_whole(client, component, size):
    assert versions(client, component, page_size=size) == NEWEST_FIRST


@pytest.mark.parametrize("order, expected", [
    ("", NEWEST_FIRST), ("api_version", NEWEST_FIRST), ("api_version desc", NEWEST_FIRST),
    ("api_version asc", NEWEST_FIRST[::-1]), ("created_at", VERSIONS[::-1]),
    ("created_at desc", VERSIONS[::-1]), ("created_at asc", VERSIONS)])
@pytest.mark.parametrize("size", [0, 2])
def test_order(client, component, order, expected, size):
    assert versions(client, component, order_by=order, page_size=size) == expected


def test_order_by_updated_at(client):
    component = client.put_component()
    tracks = [client.create(component, f"v1.{n}") for n in range(4)]
    for number in (2, 0, 3, 1):
        client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
            component_id=component, deployment_track_id=tracks[number].id,
            description="touched"), timeout=10)
    assert versions(client, component, order_by="updated_at") == ["v1.1", "v1.3", "v1.0", "v1.2"]
    assert versions(client, component, order_by="updated_at asc", page_size=1) == [
        "v1.2", "v1.0", "v1.3", "v1.1"]


@pytest.mark.parametrize("filter, expected", [
    ("", NEWEST_FIRST),
    ("branch = main", ["v2.0", "v1.9", "v10.0"]),
    ('branch = "main"', ["v2.0", "v1.9", "v10.0"]),
    ("branch != main", ["v2.1", "v1.10", "v1.0", "v0.5"]),
    ("latest = true", ["v2.1"]),
    ("latest = false", ["v10.0", "v2.0", "v1.10", "v1.9", "v1.0", "v0.5"]),
    ("auto_deploy_enabled = true", ["v2.1", "v1.10", "v1.0", "v0.5"]),
    ("api_version = v1.10", ["v1.10"]),
    ("api_version >= v1.9", ["v10.0", "v2.1", "v2.0", "v1.10", "v1.9"]),
    ("api_version > v1.9 AND api_version < v10.0", ["v2.1", "v2.0", "v1.10"]),
    ("auto_deploy_enabled = true AND api_version >= v1.2", ["v2.1", "v1.10"]),
    ("branch=main AND latest=false", ["v2.0", "v1.9", "v10.0"]),
    ('branch = "nothing"', []),
    ("created_at > 2000-01-01T00:00:00Z", NEWEST_FIRST),
    ("created_at < 2000-01-01T00:00:00Z", []),
    ("updated_at <= 2999-12-31T23:59:59.999Z", NEWEST_FIRST),
    ('created_at >= "2000-01-01T02:00:00+02:00"', NEWEST_FIRST),
])
@pytest.mark.parametrize("size", [0, 2])
def test_filter(client, component, filter, expected, size):
    found = versions(client, component, filter=filter, page_size=size)
    assert found == [v for v in NEWEST_FIRST if v in expected]


def test_filter_by_an_exact_time(client):
    component = client.put_component()
    tracks = [client.create(component, f"v1.{n}") for n in range(3)]
    at = tracks[1].created_at.ToJsonString()
    assert "v1.1" in versions(client, component, filter=f"created_at = {at}")
    assert "v1.1" not in versions(client, component, filter=f"created_at > {at}")


def test_filter_values_may_be_quoted(client):
    component = client.put_component()
    client.create(component, "v1.0", branch='a "b" AND c'.replace(" ", "%20").replace('"', "%22"))
    client.create(component, "v1.1", branch="other")
    assert versions(client, component, filter=r'branch = "a \"b\" AND c"') == ["v1.0"]


def test_tracks_without_a_version_come_last(client):
    component = client.put_component(type="WEB_APP")
    for branch, version in (("a", ""), ("b", "v1.0"), ("c", ""), ("d", "v0.0")):
        client.create(component, version, branch=branch)
    assert versions(client, component) == ["v1.0", "v0.0", "", ""]
    assert versions(client, component, filter='api_version = ""') == ["", ""]
    assert versions(client, component, page_size=1) == ["v1.0", "v0.0", "", ""]


def test_a_track_made_between_pages_neither_repeats_nor_hides_others(client):
    component = client.put_component()
    for number in range(0, 10, 2):
        client.create(component, f"v1.{number}")
    first = client.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
        component_id=component, page_size=2), timeout=10)
    client.create(component, "v1.9")
    client.create(component, "v1.3")
    rest, token = [], first.next_page_token
    for _ in range(20):
        page = client.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
            component_id=component, page_size=2, page_token=token), timeout=10)
        rest += [t.api_version for t in page.deployment_tracks]
        token = page.next_page_token
        if not token:
            break
    assert [t.api_version for t in first.deployment_tracks] == ["v1.8", "v1.6"]
    assert rest == ["v1.4", "v1.3", "v1.2", "v1.0"]


def test_the_page_before_may_have_lost_its_last_track(client):
    component = client.put_component()
    tracks = {f"v1.{n}": client.create(component, f"v1.{n}") for n in range(5)}
    page = client.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
        component_id=component, page_size=2), timeout=10)
    client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
        component_id=component, deployment_track_id=tracks["v1.3"].id), timeout=10)
    page = client.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
        component_id=component, page_size=2, page_token=page.next_page_token), timeout=10)
    assert [t.api_version for t in page.deployment_tracks] == ["v1.2", "v1.1"]


def test_the_default_page_holds_a_thousand(client):
    component = client.put_component()
    for number in range(1003):
        client.create(component, f"v1.{number}")
    for size in (0, 1000, 5000):
        page = client.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
            component_id=component, page_size=size), timeout=30)
        assert len(page.deployment_tracks) == 1000 and page.next_page_token
    assert versions(client, component) == [f"v1.{n}" for n in reversed(range(1003))]


def test_times_are_in_order(client, component):
    tracks = client.list(component, order_by="created_at asc")
    times = [t.created_at.ToNanoseconds() for t in tracks]
    assert times == sorted(times)
    assert all(t.updated_at.ToNanoseconds() >= t.created_at.ToNanoseconds() for t in tracks)
    year = datetime.datetime.fromtimestamp(tracks[0].created_at.seconds, datetime.UTC).year
    assert year == datetime.datetime.now(datetime.UTC).year
