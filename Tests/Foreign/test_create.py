"""CreateDeploymentTrack."""

import time

import pytest

from support.client import unique
from support.errors import refused
from support.stubs import api

pytestmark = pytest.mark.store


def test_everything_a_new_track_says(client):
    component = client.put_component()
    before = time.time()
    track = client.create(component, "v1.2", branch="feature%2Fx", description="Größe",
                          auto_deploy_enabled=True)
    assert (track.component_id, track.api_version, track.branch, track.description) == (
        component, "v1.2", "feature/x", "Größe")
    assert track.auto_deploy_enabled and track.latest
    assert track.version_strategy == api.VERSION_STRATEGY_MAJOR_MINOR
    assert track.config_revision == 0 and not track.endpoints
    assert track.etag.startswith('"') and track.etag.endswith('"') and len(track.etag) > 2
    assert abs(track.created_at.seconds - before) <= 5 and track.updated_at == track.created_at
    assert len(track.id) == 36
    assert client.get(component, track.id) == track


@pytest.mark.parametrize("version", ["v0.0", "v0.1", "v1.0", "v10.20", "v2147483647.2147483647"])
def test_good_versions(client, version):
    assert client.create(client.put_component(), version).api_version == version


@pytest.mark.parametrize("sent, stored", [
    ("main", "main"), ("feature/x", "feature/x"), ("feature%2Fx", "feature/x"), ("a%20b", "a b"),
    ("a b", "a b"), ("a%2520b", "a%20b"), ("100%25", "100%"), ("a+b", "a+b"), ("a%2Bb", "a+b"),
    ("%C3%BC", "ü"), ("ü", "ü"), ("", ""), ("a" * 255, "a" * 255), ("%61" * 255, "a" * 255),
    ("a@b", "a@b"), ("a.b", "a.b"), ("v1.x", "v1.x"),
])
def test_the_branch_is_decoded_once(client, sent, stored):
    component = client.put_component()
    track = client.create(component, "v1.0", branch=sent)
    assert track.branch == stored
    assert client.get(component, track.id).branch == stored


def test_a_branch_may_feed_two_tracks(client):
    component = client.put_component()
    for version in ("v1.0", "v2.0"):
        client.create(component, version, branch="main")
    assert [t.branch for t in client.list(component)] == ["main", "main"]


@pytest.mark.parametrize("id", ["a", "my-track", "a" * 63, "0d9c1f3a-5b71-4e0a-9f0e-4b570f7f3c2e"])
def test_a_client_may_choose_the_id(client, id):
    component = client.put_component()
    assert client.create(component, "v1.0", id=id).id == id
    with refused("ALREADY_EXISTS", "TRACK_ID_EXISTS"):
        client.create(component, "v1.1", id=id)
    assert client.create(client.put_component(), "v1.0", id=id).id == id


def test_the_new_track_is_the_latest_even_if_its_version_is_lower(client):
    component = client.put_component()
    first = client.create(component, "v2.0")
    second = client.create(component, "v1.0")
    assert second.latest
    now = client.get(component, first.id)
    assert (not now.latest and now.etag != first.etag
            and now.updated_at.ToNanoseconds() >= first.updated_at.ToNanoseconds())


def test_a_version_exists_once(client):
    component = client.put_component()
    first = client.create(component, "v1.0")
    with refused("ALREADY_EXISTS", "API_VERSION_EXISTS") as refusal:
        client.create(component, "v1.0")
    assert "v1.0" in refusal.metadata.values() and first.id in refusal.metadata.values()
    assert client.list(component) == [first]


def test_a_service_needs_a_version(client):
    with refused("INVALID_ARGUMENT", "API_VERSION_REQUIRED"):
        client.create(client.put_component(), "")


@pytest.mark.parametrize("type", ["WEB_APP", "TASK", "API_PROXY"])
def test_other_components_may_go_without_one_and_are_unique_by_branch(client, type):
    component = client.put_component(type=type)
    client.create(component, "", branch="main")
    client.create(component, "", branch="next")
    client.create(component, "v1.0", branch="main")
    with refused("ALREADY_EXISTS", "BRANCH_EXISTS"):
        client.create(component, "", branch="main")
    assert len(client.list(component)) == 3


def test_the_component_has_to_exist(client):
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND") as refusal:
        client.create("nothing-here", "v1.0")
    assert refusal.details["ResourceInfo"].resource_name.endswith("nothing-here")


def test_a_free_organization_has_two_tracks_per_component(client):
    component = client.put_component(tier="FREE")
    for version in ("v1.0", "v1.1"):
        client.create(component, version)
    with refused("RESOURCE_EXHAUSTED", "TRACK_LIMIT_REACHED") as refusal:
        client.create(component, "v1.2")
    assert refusal.details["QuotaFailure"].violations
    assert "2" in refusal.metadata.values()


def test_quota_comes_before_uniqueness(client):
    component = client.put_component(tier="FREE")
    tracks = [client.create(component, version) for version in ("v1.0", "v1.1")]
    with refused("RESOURCE_EXHAUSTED", "TRACK_LIMIT_REACHED"):
        client.create(component, "v1.0")
    client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
        component_id=component, deployment_track_id=tracks[0].id), timeout=10)
    with refused("ALREADY_EXISTS", "API_VERSION_EXISTS"):
        client.create(component, "v1.1")
    client.create(component, "v1.2")


def test_the_form_comes_before_existence(client):
    with refused("INVALID_ARGUMENT", "INVALID_API_VERSION", field="api_version"):
        client.create("nothing-here", "1.0")
    with refused("INVALID_ARGUMENT", "INVALID_BRANCH", field="branch"):
        client.create("nothing-here", "v1.0", branch="a..b")


def test_auto_deploy_needs_a_branch_and_automatic_builds(client):
    component = client.put_component()
    with refused("FAILED_PRECONDITION", "BRANCH_UNLINKED"):
        client.create(component, "v1.0", auto_deploy_enabled=True)
    manual = client.put_component(auto_build_on_commit=False)
    with refused("FAILED_PRECONDITION", "AUTO_BUILD_DISABLED"):
        client.create(manual, "v1.0", branch="main", auto_deploy_enabled=True)
    automatic = client.put_component(auto_build_on_commit=True)
    assert client.create(automatic, "v1.0", branch="main",
                         auto_deploy_enabled=True).auto_deploy_enabled


def test_a_component_that_brings_its_image_gets_tracks_too(client):
    component = client.put_component(image_source="REGISTRY",
                                     image="registry.example.com/shop/cart:1")
    assert client.create(component, "v1.0").latest


def test_user_endpoints_of_the_former_latest_are_copied(client):
    component = client.put_component()
    first = client.create(component, "v1.0")
    endpoint = api.Endpoint(name="cart", type=api.ENDPOINT_TYPE_REST, port=8080, base_path="/cart")
    first = client.tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
        component_id=component, deployment_track_id=first.id,
        endpoints=[endpoint]), timeout=10).deployment_track
    second = client.create(component, "v1.1")
    assert list(second.endpoints) == list(first.endpoints) and len(second.endpoints) == 1
    assert second.config_revision == 1
    client.tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
        component_id=component, deployment_track_id=second.id,
        update_mask={"paths": ["*"]}), timeout=10)
    assert list(client.get(component, first.id).endpoints) == list(first.endpoints)
    assert not client.create(component, "v1.2").endpoints


def test_validate_only_checks_everything_and_changes_nothing(client):
    component = client.put_component(tier="FREE")
    first = client.create(component, "v1.0")
    would_be = client.create(component, "v1.1", branch="a%20b", validate_only=True)
    assert (would_be.api_version, would_be.branch, would_be.latest) == ("v1.1", "a b", True)
    assert client.list(component) == [first]
    with refused("ALREADY_EXISTS", "API_VERSION_EXISTS"):
        client.create(component, "v1.0", validate_only=True)
    client.create(component, "v1.1")
    with refused("RESOURCE_EXHAUSTED", "TRACK_LIMIT_REACHED"):
        client.create(component, "v1.2", validate_only=True)


def test_the_actor_is_kept(client):
    component = client.put_component()
    track = client.tracks.CreateDeploymentTrack(
        api.CreateDeploymentTrackRequest(component_id=component, api_version="v1.0"), timeout=10,
        metadata=[("trackd-actor", "ada@example.com")]).deployment_track
    assert "ada@example.com" in track.created_by
    assert client.get(component, track.id).created_by == track.created_by


def test_long_text_that_is_allowed(client):
    component = client.put_component()
    text = "é" * 1024
    track = client.create(component, "v1.0", description=text)
    assert client.get(component, track.id).description == text
    with refused("INVALID_ARGUMENT", "INVALID_DESCRIPTION", field="description"):
        client.create(component, "v1.1", description="é" * 1025)


def test_ids_may_repeat_in_other_components_only(client):
    id = unique("trk")
    one, other = client.put_component(), client.put_component()
    client.create(one, "v1.0", id=id, description="one")
    client.create(other, "v1.0", id=id, description="other")
    assert client.get(one, id).description == "one"
    assert client.get(other, id).description == "other"
