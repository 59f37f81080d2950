"""UpdateDeploymentTrackConfigs: the endpoints of a track."""

import pytest

from support.errors import refused
from support.stubs import api

REST = dict(name="cart", display_name="Cart – public", type=api.ENDPOINT_TYPE_REST, port=8080, base_path="/api/v1",
            schema_file_path="openapi/cart.yaml",
            network_visibilities=[api.NETWORK_VISIBILITY_PUBLIC, api.NETWORK_VISIBILITY_ORGANIZATION])
GRPC = dict(name="internal", type=api.ENDPOINT_TYPE_GRPC, port=9090,
            network_visibilities=[api.NETWORK_VISIBILITY_PROJECT])


def endpoint(base=REST, **changes):
    return api.Endpoint(**{**base, **changes})


def configure(client, track, endpoints=(), mask=None, **fields):
    request = api.UpdateDeploymentTrackConfigsRequest(
        component_id=track.component_id, deployment_track_id=track.id, endpoints=endpoints, **fields)
    if mask is not None:
        request.update_mask.paths.extend(mask)
    return client.tracks.UpdateDeploymentTrackConfigs(request, timeout=10).deployment_track


@pytest.fixture
def track(client):
    return client.create(client.put_component(), "v1.0")


def test_endpoints_are_kept_as_given_and_by_name(client, track):
    after = configure(client, track, [endpoint(GRPC), endpoint()])
    assert [e.name for e in after.endpoints] == ["cart", "internal"]
    for got, given in zip(after.endpoints, (REST, GRPC)):
        assert got == endpoint(given, origin=api.ENDPOINT_ORIGIN_USER)
    assert after.config_revision == 1 and after.etag != track.etag
    assert client.get(track.component_id, track.id) == after


@pytest.mark.parametrize("kind", ["REST", "GRAPHQL", "WS"])
def test_http_endpoints_are_public_unless_they_say_otherwise(client, track, kind):
    after = configure(client, track, [api.Endpoint(name="e", type=getattr(api, f"ENDPOINT_TYPE_{kind}"), port=8080)])
    assert list(after.endpoints[0].network_visibilities) == [api.NETWORK_VISIBILITY_PUBLIC]


def test_the_same_endpoints_again_make_no_new_revision(client, track):
    after = configure(client, track, [endpoint(), endpoint(GRPC)])
    assert configure(client, track, [endpoint(GRPC), endpoint()]) == after


def test_each_change_replaces_all_and_counts(client, track):
    configure(client, track, [endpoint(), endpoint(GRPC)])
    after = configure(client, track, [endpoint(port=8081)])
    assert [(e.name, e.port) for e in after.endpoints] == [("cart", 8081)]
    assert after.config_revision == 2


@pytest.mark.parametrize("mask", [["endpoints"], ["*"]])
def test_removing_all_takes_a_mask(client, track, mask):
    full = configure(client, track, [endpoint()])
    assert configure(client, track) == full
    empty = configure(client, track, mask=mask)
    assert not empty.endpoints and empty.config_revision == 2
    assert configure(client, track, mask=mask) == empty


@pytest.mark.parametrize("mask, reason", [(["nonsense"], "INVALID_UPDATE_MASK"), (["branch"], None)])
def test_other_masks_are_refused(client, track, mask, reason):
    with refused("INVALID_ARGUMENT", reason):
        configure(client, track, [endpoint()], mask=mask)


@pytest.mark.parametrize("changes, field", [
    (dict(name=""), "name"), (dict(name="Cart"), "name"), (dict(name="1a"), "name"), (dict(name="a" * 51), "name"),
    (dict(display_name="d" * 51), "display_name"),
    (dict(type=api.ENDPOINT_TYPE_UNSPECIFIED), "type"), (dict(type=99), "type"),
    (dict(port=0), "port"), (dict(port=1000), "port"), (dict(port=65535), "port"), (dict(port=-1), "port"),
    (dict(base_path="cart"), "base_path"), (dict(base_path="/a b"), "base_path"), (dict(base_path="/" + "a" * 255), "base_path"),
    (dict(schema_file_path="/etc/passwd"), "schema_file_path"), (dict(schema_file_path="a/../../b"), "schema_file_path"),
    (dict(schema_file_path="a" * 1025), "schema_file_path"),
    (dict(network_visibilities=[api.NETWORK_VISIBILITY_UNSPECIFIED]), "network_visibilities"),
    (dict(network_visibilities=[1, 1]), "network_visibilities"), (dict(network_visibilities=[99]), "network_visibilities"),
    (dict(origin=api.ENDPOINT_ORIGIN_SOURCE_CONFIG), "origin"),
])
def test_a_bad_endpoint_is_refused_at_its_path(client, track, changes, field):
    with refused("INVALID_ARGUMENT", "INVALID_ENDPOINT") as refusal:
        configure(client, track, [endpoint(GRPC), endpoint(**changes)])
    assert any(path.startswith(f"endpoints[1].{field}") for path in refusal.fields), refusal.fields
    assert client.get(track.component_id, track.id) == track


@pytest.mark.parametrize("changes", [dict(network_visibilities=[]),
                                     dict(network_visibilities=[api.NETWORK_VISIBILITY_PUBLIC])])
def test_what_is_not_http_stays_in_the_project(client, track, changes):
    with refused("INVALID_ARGUMENT", "INVALID_ENDPOINT"):
        configure(client, track, [endpoint(GRPC, **changes)])


def test_every_violation_is_named(client, track):
    with refused("INVALID_ARGUMENT", "INVALID_ENDPOINT") as refusal:
        configure(client, track, [endpoint(port=1), endpoint(name="B")])
    assert {"endpoints[0].port", "endpoints[1].name"} <= set(refusal.fields)


def test_names_are_unique_and_fifty_are_the_most(client, track):
    with refused("INVALID_ARGUMENT", "INVALID_ENDPOINT"):
        configure(client, track, [endpoint(), endpoint()])
    with refused("INVALID_ARGUMENT", "INVALID_ENDPOINT"):
        configure(client, track, [endpoint(name=f"e{n}") for n in range(51)])
    assert len(configure(client, track, [endpoint(name=f"e{n}") for n in range(50)]).endpoints) == 50


@pytest.mark.parametrize("port", [1001, 65534])
def test_ports_at_the_edge(client, track, port):
    assert configure(client, track, [endpoint(port=port)]).endpoints[0].port == port


def test_the_etag_is_checked(client, track):
    after = configure(client, track, [endpoint()], etag=track.etag)
    with refused("ABORTED", "ETAG_MISMATCH"):
        configure(client, track, [endpoint(port=8081)], etag=track.etag)
    configure(client, track, [endpoint(port=8081)], etag=after.etag)


def test_nothing_to_configure(client, track):
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        configure(client, api.DeploymentTrack(component_id=track.component_id, id="nothing-here"), [endpoint()])
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        configure(client, api.DeploymentTrack(component_id="nothing-here", id="nothing-here"), [endpoint()])


def test_validate_only_changes_nothing(client, track):
    assert len(configure(client, track, [endpoint()], validate_only=True).endpoints) == 1
    assert client.get(track.component_id, track.id) == track
    with refused("INVALID_ARGUMENT", "INVALID_ENDPOINT"):
        configure(client, track, [endpoint(port=1)], validate_only=True)


def test_other_tracks_keep_their_endpoints(client, track):
    configure(client, track, [endpoint()])
    other = client.create(track.component_id, "v1.1")
    before = client.get(track.component_id, track.id)
    configure(client, other, [endpoint(GRPC)])
    assert client.get(track.component_id, track.id) == before
