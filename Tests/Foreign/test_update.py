"""UpdateDeploymentTrack."""

import pytest

from support.errors import refused
from support.stubs import api

pytestmark = pytest.mark.store


def update(client, track, *, mask=None, **fields):
    request = api.UpdateDeploymentTrackRequest(
        component_id=track.component_id, deployment_track_id=track.id, **fields)
    if mask is not None:
        request.update_mask.paths.extend(mask)
    return client.tracks.UpdateDeploymentTrack(request, timeout=10).deployment_track


@pytest.fixture
def track(client):
    return client.create(client.put_component(), "v1.0", branch="main", description="before",
                         auto_deploy_enabled=True)


def told(track) -> tuple[str, str, bool]:
    return track.branch, track.description, track.auto_deploy_enabled


@pytest.mark.parametrize("mask, fields, expected", [
    (None, {"description": "after"}, ("main", "after", True)),
    (None, {"description": ""}, ("main", "", True)),
    (None, {"branch": "a%20b"}, ("a b", "before", True)),
    (None, {"auto_deploy_enabled": False}, ("main", "before", False)),
    (None, {"branch": "", "auto_deploy_enabled": False}, ("", "before", False)),
    (["description"], {"description": "after", "branch": "ignored"}, ("main", "after", True)),
    (["description"], {}, ("main", "", True)),
    (["auto_deploy_enabled"], {}, ("main", "before", False)),
    (["branch", "auto_deploy_enabled"], {"branch": "x%2Fy"}, ("x/y", "before", False)),
    (["*"], {"branch": "next"}, ("next", "", False)),
    (["*"], {}, ("", "", False)),
])
def test_the_mask_says_what_changes(client, track, mask, fields, expected):
    after = update(client, track, mask=mask, **fields)
    assert told(after) == expected
    assert after.etag != track.etag
    assert after.updated_at.ToNanoseconds() > track.updated_at.ToNanoseconds()
    assert after.created_at == track.created_at
    assert (after.id, after.api_version, after.latest, after.config_revision) == (track.id, "v1.0",
                                                                                  True, 0)
    assert client.get(track.component_id, track.id) == after


@pytest.mark.parametrize("mask, fields", [
    (None, {}), ([], {}), (None, {"description": "before"}),
    (["*"], {"branch": "main", "description": "before",
                                                                    "auto_deploy_enabled": True})])
def test_a_change_that_changes_nothing_keeps_the_etag(client, track, mask, fields):
    assert update(client, track, mask=mask, **fields) == track
    assert client.get(track.component_id, track.id) == track


def test_other_tracks_stay_as_they_are(client, track):
    other = client.create(track.component_id, "v1.1")
    before = client.get(track.component_id, track.id)
    update(client, other, description="changed")
    assert client.get(track.component_id, track.id) == before


def test_an_etag_is_checked(client, track):
    after = update(client, track, etag=track.etag, description="after")
    with refused("ABORTED", "ETAG_MISMATCH"):
        update(client, track, etag=track.etag, description="again")
    assert update(client, track, etag=after.etag, description="again").description == "again"


@pytest.mark.parametrize("etag", ['""', "nonsense", 'W/"1"', "*"])
def test_other_etags_match_nothing(client, track, etag):
    with refused("ABORTED", "ETAG_MISMATCH"):
        update(client, track, etag=etag, description="after")


def test_latest_moving_away_changes_the_etag(client, track):
    client.create(track.component_id, "v1.1")
    with refused("ABORTED", "ETAG_MISMATCH"):
        update(client, track, etag=track.etag, description="after")


def test_the_etag_comes_before_other_rules_and_after_existence_and_form(client, track):
    with refused("ABORTED", "ETAG_MISMATCH"):
        update(client, track, etag='"stale"', branch="")
    with refused("INVALID_ARGUMENT", "INVALID_BRANCH", field="branch"):
        update(client, track, etag='"stale"', branch="a..b")
    missing = api.DeploymentTrack(component_id=track.component_id, id="nothing-here")
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        update(client, missing, etag='"stale"', description="x")
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        update(client, api.DeploymentTrack(component_id="nothing-here", id="nothing-here"),
               description="x")


def test_unlinking_needs_auto_deploy_off(client, track):
    with refused("FAILED_PRECONDITION", "BRANCH_UNLINKED"):
        update(client, track, branch="")
    unlinked = update(client, track, branch="", auto_deploy_enabled=False)
    with refused("FAILED_PRECONDITION", "BRANCH_UNLINKED"):
        update(client, unlinked, auto_deploy_enabled=True)
    assert told(update(client, unlinked, branch="next",
                       auto_deploy_enabled=True)) == ("next", "before", True)


def test_auto_deploy_needs_automatic_builds(client):
    track = client.create(client.put_component(auto_build_on_commit=False), "v1.0", branch="main")
    with refused("FAILED_PRECONDITION", "AUTO_BUILD_DISABLED"):
        update(client, track, auto_deploy_enabled=True)


def test_tracks_without_a_version_keep_their_branches_apart(client):
    component = client.put_component(type="WEB_APP")
    client.create(component, "", branch="main")
    other = client.create(component, "", branch="next")
    with refused("ALREADY_EXISTS", "BRANCH_EXISTS"):
        update(client, other, branch="main")


def test_validate_only_changes_nothing(client, track):
    would_be = update(client, track, description="after", validate_only=True)
    assert would_be.description == "after"
    assert client.get(track.component_id, track.id) == track
    with refused("FAILED_PRECONDITION", "BRANCH_UNLINKED"):
        update(client, track, branch="", validate_only=True)
