"""DeleteDeploymentTrack."""

import subprocess
import time

import pytest

from support.errors import refused
from support.gitops import Repository
from support.shop import Shop
from support.stubs import api

pytestmark = pytest.mark.store


def delete(client, component, track, **fields):
    return client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
        component_id=component, deployment_track_id=track, **fields), timeout=10)


def latest(client, component) -> str:
    (one,) = [t for t in client.list(component) if t.latest]
    return one.api_version


def test_a_deleted_track_is_gone(client):
    component = client.put_component()
    first, second = (client.create(component, v) for v in ("v1.0", "v1.1"))
    reply = delete(client, component, first.id)
    assert reply.latest_deployment_track_id == second.id
    for again in (lambda: client.get(component, first.id),
                  lambda: delete(client, component, first.id)):
        with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
            again()
    assert client.list(component) == [second]


def test_the_last_track_stays(client):
    component = client.put_component()
    track = client.create(component, "v1.0")
    with refused("FAILED_PRECONDITION", "LAST_TRACK") as refusal:
        delete(client, component, track.id)
    assert refusal.details["PreconditionFailure"].violations
    assert client.list(component) == [track]


def test_deleting_the_latest_elects_the_highest_version(client):
    component = client.put_component()
    tracks = {v: client.create(component, v) for v in ("v1.9", "v1.10", "v0.1", "v1.2")}
    assert latest(client, component) == "v1.2"
    reply = delete(client, component, tracks["v1.2"].id)
    assert reply.latest_deployment_track_id == tracks["v1.10"].id
    elected = client.get(component, tracks["v1.10"].id)
    assert elected.latest and elected.etag != tracks["v1.10"].etag
    assert latest(client, component) == "v1.10"


def test_without_versions_the_newest_is_elected(client):
    component = client.put_component(type="TASK")
    tracks = [client.create(component, "", branch=f"b{n}") for n in range(4)]
    reply = delete(client, component, tracks[3].id)
    assert reply.latest_deployment_track_id == tracks[2].id


def test_deleting_another_keeps_the_latest(client):
    component = client.put_component()
    tracks = [client.create(component, v) for v in ("v3.0", "v2.0", "v1.0")]
    assert delete(client, component, tracks[0].id).latest_deployment_track_id == tracks[2].id
    assert client.get(component, tracks[2].id) == tracks[2]


def test_a_deleted_version_and_id_are_free_again(client):
    component = client.put_component()
    client.create(component, "v1.0")
    delete(client, component, client.create(component, "v1.1", id="one").id)
    again = client.create(component, "v1.1", id="one")
    assert again.latest and not again.endpoints


def test_deletes_are_checked_against_the_etag(client):
    component = client.put_component()
    first, second = (client.create(component, v) for v in ("v1.0", "v1.1"))
    with refused("ABORTED", "ETAG_MISMATCH"):
        delete(client, component, first.id, etag=first.etag)
    delete(client, component, first.id, etag=client.get(component, first.id).etag)
    with refused("ABORTED", "ETAG_MISMATCH"):
        delete(client, component, second.id, etag='"stale"')
    with refused("FAILED_PRECONDITION", "LAST_TRACK"):
        delete(client, component, second.id, etag=second.etag)


def test_nothing_to_delete(client):
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        delete(client, "nothing-here", "nothing-here")
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        delete(client, client.put_component(), "nothing-here")
    for component, track, field in (("", "a", "component_id"), ("a", "", "deployment_track_id")):
        with refused("INVALID_ARGUMENT", "INVALID_ID", field=field):
            delete(client, component, track)


@pytest.mark.parametrize("which", [0, 1])
def test_validate_only_deletes_nothing(client, which):
    component = client.put_component()
    tracks = [client.create(component, v) for v in ("v1.0", "v1.1")]
    before = client.list(component)
    reply = delete(client, component, tracks[which].id, validate_only=True)
    assert reply.latest_deployment_track_id == tracks[1 - which].id
    assert client.list(component) == before


def test_validate_only_says_that_the_last_cannot_go(client):
    component = client.put_component()
    track = client.create(component, "v1.0")
    with refused("FAILED_PRECONDITION", "LAST_TRACK"):
        delete(client, component, track.id, validate_only=True)


def test_what_is_deployed_goes_by_force_only(start_server, connect):
    server = start_server()
    shop = Shop(connect(server.address), tracks=2)
    track, other = shop.tracks
    (environment,) = shop.environments
    shop.ended(track, shop.deploy(track, environment, shop.images[track][0]).id)
    shop.ended(other, shop.deploy(other, environment, shop.images[other][0]).id)
    repository = Repository(server.data / "gitops.git")
    assert repository.manifest(shop.component, track, environment)
    with refused("FAILED_PRECONDITION", "TRACK_HAS_ACTIVE_DEPLOYMENTS") as refusal:
        delete(shop.client, shop.component, track)
    assert refusal.metadata["environments"] == environment
    with refused("FAILED_PRECONDITION", "TRACK_HAS_ACTIVE_DEPLOYMENTS"):
        delete(shop.client, shop.component, track, validate_only=True)

    assert delete(shop.client, shop.component, track,
                  force=True).latest_deployment_track_id == other
    with pytest.raises(subprocess.CalledProcessError):
        repository.manifest(shop.component, track, environment)
    assert repository.manifest(shop.component, other, environment)
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        shop.history(track)
    repository.check_integrity()


@pytest.mark.sqlite  # On a store that servers share a lease outlives its server, for 30 s.
def test_a_deletion_goes_on_in_the_next_process(start_server, connect):
    server = start_server()
    shop = Shop(connect(server.address), tracks=2)
    track, environment = shop.tracks[0], shop.environments[0]
    shop.ended(track, shop.deploy(track, environment, shop.images[track][0]).id)
    call = shop.client.tracks.DeleteDeploymentTrack.future(api.DeleteDeploymentTrackRequest(
        component_id=shop.component, deployment_track_id=track, force=True), timeout=10)
    time.sleep(0.005)
    server.kill()
    call.exception()
    shop.client = connect(start_server().address)
    if track in [t.id for t in shop.client.list(shop.component)]:
        delete(shop.client, shop.component, track, force=True)
    assert [t.id for t in shop.client.list(shop.component)] == [shop.tracks[1]]
    Repository(server.data / "gitops.git").check_integrity()
