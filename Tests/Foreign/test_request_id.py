"""request_id: the same request, the same response, and only one effect."""

import uuid

import pytest

from support.errors import refused
from support.stubs import api

pytestmark = pytest.mark.store


def new_id() -> str:
    return str(uuid.uuid4())


def create(client, component, version="v1.0", metadata=None, **fields):
    return client.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
        component_id=component, api_version=version,
        **fields), timeout=10, metadata=metadata).deployment_track


def test_a_repeated_create_answers_as_the_first_did(client):
    component, id = client.put_component(), new_id()
    first = create(client, component, request_id=id)
    create(client, component, "v1.1")
    assert create(client, component, request_id=id) == first
    assert first.latest and not client.get(component, first.id).latest
    assert len(client.list(component)) == 2


def test_upper_and_lower_case_are_one_id(client):
    component, id = client.put_component(), new_id()
    first = create(client, component, request_id=id.lower())
    assert create(client, component, request_id=id.upper()) == first


def test_another_request_with_that_id_is_refused(client):
    component, id = client.put_component(), new_id()
    create(client, component, request_id=id)
    with refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED", field="request_id"):
        create(client, component, "v1.1", request_id=id)
    with refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED"):
        create(client, component, request_id=id, description="other")
    assert len(client.list(component)) == 1


def test_it_is_looked_up_before_etag_quota_and_uniqueness(client):
    component = client.put_component(tier="FREE")
    ids = [new_id() for _ in range(2)]
    tracks = [create(client, component, f"v1.{n}", request_id=ids[n]) for n in range(2)]
    assert create(client, component, "v1.0", request_id=ids[0]) == tracks[0]
    update = api.UpdateDeploymentTrackRequest(
        component_id=component, deployment_track_id=tracks[1].id, description="new",
        etag=tracks[1].etag, request_id=new_id())
    first = client.tracks.UpdateDeploymentTrack(update, timeout=10)
    assert client.tracks.UpdateDeploymentTrack(update, timeout=10) == first
    delete = api.DeleteDeploymentTrackRequest(
        component_id=component, deployment_track_id=tracks[1].id, request_id=new_id())
    first = client.tracks.DeleteDeploymentTrack(delete, timeout=10)
    assert client.tracks.DeleteDeploymentTrack(delete, timeout=10) == first


def test_configs_repeat_too(client):
    component = client.put_component()
    track = create(client, component)
    request = api.UpdateDeploymentTrackConfigsRequest(
        component_id=component, deployment_track_id=track.id, request_id=new_id(), etag=track.etag,
        endpoints=[api.Endpoint(name="e", type=api.ENDPOINT_TYPE_REST, port=8080)])
    first = client.tracks.UpdateDeploymentTrackConfigs(request, timeout=10)
    assert client.tracks.UpdateDeploymentTrackConfigs(request, timeout=10) == first
    assert client.get(component, track.id).config_revision == 1


def test_failures_are_not_remembered(client):
    component, id = client.put_component(tier="FREE"), new_id()
    tracks = [create(client, component, f"v1.{n}") for n in range(2)]
    with refused("RESOURCE_EXHAUSTED", "TRACK_LIMIT_REACHED"):
        create(client, component, "v1.2", request_id=id)
    client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
        component_id=component, deployment_track_id=tracks[0].id), timeout=10)
    assert create(client, component, "v1.2", request_id=id).api_version == "v1.2"


def test_validate_only_ignores_it(client):
    component, id = client.put_component(), new_id()
    create(client, component, request_id=id, validate_only=True)
    assert client.list(component) == []
    first = create(client, component, request_id=id)
    with refused("ALREADY_EXISTS", "API_VERSION_EXISTS"):
        create(client, component, request_id=id, validate_only=True)
    assert create(client, component, request_id=id) == first


def test_it_is_scoped_to_method_and_caller(client):
    component, id = client.put_component(), new_id()
    track = create(client, component, request_id=id)
    client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
        component_id=component, deployment_track_id=track.id, description="x",
        request_id=id), timeout=10)
    other = create(client, component, "v1.1", request_id=id,
                   metadata=[("trackd-actor", "somebody-else")])
    assert other.id != track.id


def test_it_survives_a_restart(start_server, connect):
    server = start_server()
    client = connect(server.address)
    component, id = client.put_component(), new_id()
    first = create(client, component, request_id=id)
    server.kill()
    client = connect(start_server().address)
    assert create(client, component, request_id=id) == first
    assert len(client.list(component)) == 1


@pytest.mark.parametrize("bad", ["nonsense", "00000000-0000-0000-0000-000000000000"])
def test_it_is_a_uuid(client, bad):
    with refused("INVALID_ARGUMENT", field="request_id"):
        create(client, client.put_component(), request_id=bad)
