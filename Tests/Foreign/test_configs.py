"""UpdateDeploymentTrackConfigs: endpoints, API settings and environment variables of a track."""

import uuid

import pytest

from support.errors import refused
from support.stubs import api

pytestmark = pytest.mark.store

REST = dict(name="cart", display_name="Cart – public", type=api.ENDPOINT_TYPE_REST, port=8080,
            base_path="/api/v1", schema_file_path="openapi/cart.yaml",
            network_visibilities=[api.NETWORK_VISIBILITY_PUBLIC,
                                  api.NETWORK_VISIBILITY_ORGANIZATION])
GRPC = dict(name="internal", type=api.ENDPOINT_TYPE_GRPC, port=9090,
            network_visibilities=[api.NETWORK_VISIBILITY_PROJECT])


def endpoint(base=REST, **changes):
    return api.Endpoint(**{**base, **changes})


def configure(client, track, endpoints=(), mask=None, **fields):
    request = api.UpdateDeploymentTrackConfigsRequest(
        component_id=track.component_id, deployment_track_id=track.id, endpoints=endpoints,
        **fields)
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
    after = configure(client, track, [api.Endpoint(name="e", type=getattr(
        api, f"ENDPOINT_TYPE_{kind}"), port=8080)])
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


@pytest.mark.parametrize(
    "mask, reason", [(["nonsense"], "INVALID_UPDATE_MASK"), (["branch"], None)])
def test_other_masks_are_refused(client, track, mask, reason):
    with refused("INVALID_ARGUMENT", reason):
        configure(client, track, [endpoint()], mask=mask)


@pytest.mark.parametrize("changes, field", [
    (dict(name=""), "name"), (dict(name="Cart"), "name"), (dict(name="1a"), "name"),
    (dict(name="a" * 51), "name"), (dict(display_name="d" * 51), "display_name"),
    (dict(type=api.ENDPOINT_TYPE_UNSPECIFIED), "type"), (dict(type=99), "type"),
    (dict(port=0), "port"), (dict(port=1000), "port"), (dict(port=65535), "port"),
    (dict(port=-1), "port"), (dict(base_path="cart"), "base_path"),
    (dict(base_path="/a b"), "base_path"), (dict(base_path="/" + "a" * 255), "base_path"),
    (dict(schema_file_path="/etc/passwd"), "schema_file_path"),
    (dict(schema_file_path="a/../../b"), "schema_file_path"),
    (dict(schema_file_path="a" * 1025), "schema_file_path"),
    (dict(network_visibilities=[api.NETWORK_VISIBILITY_UNSPECIFIED]), "network_visibilities"),
    (dict(network_visibilities=[1, 1]), "network_visibilities"),
    (dict(network_visibilities=[99]), "network_visibilities"),
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
    assert len(
        configure(client, track, [endpoint(name=f"e{n}") for n in range(50)]).endpoints) == 50


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
        configure(client, api.DeploymentTrack(component_id=track.component_id, id="nothing-here"),
                  [endpoint()])
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        configure(client, api.DeploymentTrack(component_id="nothing-here", id="nothing-here"),
                  [endpoint()])


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


# API settings and environment variables.

SETTINGS = dict(
    security_schemes=["OAUTH", "API_KEY"], authorization_header="X-Token",
    backend_jwt=api.BackendJwt(enable=True, audiences=["orders"]),
    operation_policies=[api.OperationPolicy(target="GET /orders", authentication_type="NONE")],
    cors=api.Cors(enable=True, allow_origins=["https://app.example", "*"],
                  allow_methods=["GET", "PATCH"], allow_headers=["X-A"], expose_headers=["X-B"]),
    rate_limit_tier="GOLD")
VARIABLES = [
    api.EnvironmentVariable(name="LEVEL", value=""),
    api.EnvironmentVariable(name="DB", connection_ref=api.KeyReference(name="db.main", key="URL")),
    api.EnvironmentVariable(
        name="GROUP", config_group_ref=api.KeyReference(name="group", key="a_b")),
]


def configs(client, track, mask=None, **fields):
    request = api.UpdateDeploymentTrackConfigsRequest(
        component_id=track.component_id, deployment_track_id=track.id, **fields)
    if mask is not None:
        request.update_mask.paths.extend(mask)
    return client.tracks.UpdateDeploymentTrackConfigs(request, timeout=10).configs


def test_all_parts_are_kept_as_given(client, track):
    after = configs(client, track, endpoints=[endpoint()], api_settings=api.ApiSettings(**SETTINGS),
                    environment_variables=VARIABLES)
    assert after.config_revision == 1
    assert after.api_settings == api.ApiSettings(**SETTINGS)
    assert [v.name for v in after.environment_variables] == ["DB", "GROUP", "LEVEL"]
    for variable in after.environment_variables:
        assert variable.origin == api.ENDPOINT_ORIGIN_USER
        variable.origin = api.ENDPOINT_ORIGIN_UNSPECIFIED
        assert variable in VARIABLES


def test_each_part_changes_alone(client, track):
    configs(client, track, endpoints=[endpoint()])
    configs(client, track, api_settings=api.ApiSettings(**SETTINGS))
    full = configs(client, track, environment_variables=VARIABLES)
    assert full.config_revision == 3 and len(full.endpoints) == 1 and full.HasField("api_settings")
    assert configs(client, track) == full
    assert configs(client, track, mask=["endpoints"]).api_settings == full.api_settings
    less = configs(client, track, mask=["api_settings"])
    assert not less.HasField("api_settings") and len(less.environment_variables) == 3
    none = configs(client, track, mask=["*"])
    assert not none.endpoints and not none.environment_variables and none.config_revision == 6


def test_settings_in_another_order_are_the_same(client, track):
    first = configs(client, track, api_settings=api.ApiSettings(**SETTINGS),
                    environment_variables=VARIABLES)
    other = dict(SETTINGS, security_schemes=["API_KEY", "OAUTH"])
    assert configs(client, track, api_settings=api.ApiSettings(**other),
                   environment_variables=VARIABLES[::-1]) == first


def test_settings_that_say_nothing_are_none(client, track):
    assert configs(client, track, api_settings=api.ApiSettings()).config_revision == 0
    configs(client, track, api_settings=api.ApiSettings(**SETTINGS))
    assert not configs(client, track, api_settings=api.ApiSettings()).HasField("api_settings")


@pytest.mark.parametrize("changes, field", [
    (dict(security_schemes=["BASIC"]), "security_schemes[0]"),
    (dict(security_schemes=["OAUTH", "OAUTH"]), "security_schemes[1]"),
    (dict(authorization_header="a b"), "authorization_header"),
    (dict(backend_jwt=api.BackendJwt(audiences=["a"] * 21)), "backend_jwt.audiences"),
    (dict(backend_jwt=api.BackendJwt(audiences=["a", ""])), "backend_jwt.audiences[1]"),
    (dict(operation_policies=[api.OperationPolicy(authentication_type="NONE")]),
     "operation_policies[0].target"),
    (dict(operation_policies=[api.OperationPolicy(target="GET /")]),
     "operation_policies[0].authentication_type"),
    (dict(operation_policies=[api.OperationPolicy(target="GET /", authentication_type="NONE")] * 2),
     "operation_policies[1].target"),
    (dict(cors=api.Cors(allow_origins=["app.example"])), "cors.allow_origins[0]"),
    (dict(cors=api.Cors(allow_methods=["GET", "get"])), "cors.allow_methods[1]"),
    (dict(cors=api.Cors(allow_headers=[""])), "cors.allow_headers[0]"),
    (dict(cors=api.Cors(expose_headers=["a"] * 51)), "cors.expose_headers"),
    (dict(rate_limit_tier="gold"), "rate_limit_tier"),
])
def test_bad_settings_are_refused_at_their_path(client, track, changes, field):
    with refused("INVALID_ARGUMENT", "INVALID_API_SETTINGS") as refusal:
        configs(client, track, api_settings=api.ApiSettings(**changes))
    assert refusal.fields == [f"api_settings.{field}"]


@pytest.mark.parametrize("changes, field", [
    (dict(name="a-b", value="x"), ".name"), (dict(name="", value="x"), ".name"),
    (dict(name="good", value="x"), ".name"), (dict(name="A"), ""),
    (dict(name="A", value="x" * 4097), ".value"), (dict(name="A", value="\0"), ".value"),
    (dict(name="A", config_form=api.ConfigForm(type="string")), ".config_form"),
    (dict(name="A", connection_ref=api.KeyReference(name="A", key="k")), ".connection_ref.name"),
    (dict(name="A", config_group_ref=api.KeyReference(name="a")), ".config_group_ref.key"),
    (dict(name="A", value="x", origin=api.ENDPOINT_ORIGIN_SOURCE_CONFIG), ".origin"),
    (dict(name="A", value="x", origin=9), ".origin"),
])
def test_bad_variables_are_refused_at_their_path(client, track, changes, field):
    good = api.EnvironmentVariable(name="good", value="x")
    with refused("INVALID_ARGUMENT", "INVALID_ENVIRONMENT_VARIABLE") as refusal:
        configs(client, track, environment_variables=[good, api.EnvironmentVariable(**changes)])
    assert refusal.fields == [f"environment_variables[1]{field}"]


def test_two_hundred_variables_are_the_most(client, track):
    many = [api.EnvironmentVariable(name=f"A{n:03}", value="x" * 4096) for n in range(201)]
    with refused("INVALID_ARGUMENT", "INVALID_ENVIRONMENT_VARIABLE", "environment_variables"):
        configs(client, track, environment_variables=many)
    assert len(configs(client, track, environment_variables=many[1:]).environment_variables) == 200


def test_violations_of_all_parts_are_named_at_once(client, track):
    with refused("INVALID_ARGUMENT") as refusal:
        configs(client, track, endpoints=[endpoint(port=1)],
                api_settings=api.ApiSettings(rate_limit_tier="x"),
                environment_variables=[api.EnvironmentVariable(name="1")])
    assert refusal.fields == ["endpoints[0].port", "api_settings.rate_limit_tier",
                              "environment_variables[0].name", "environment_variables[0]"]


def test_a_repeated_request_gets_the_configuration_it_made(client, track):
    request = str(uuid.uuid4())
    first = configs(client, track, environment_variables=VARIABLES, request_id=request)
    configs(client, track, mask=["*"])
    assert configs(client, track, environment_variables=VARIABLES, request_id=request) == first


def test_new_tracks_copy_the_endpoints_alone(client, track):
    configs(client, track, endpoints=[endpoint()], api_settings=api.ApiSettings(**SETTINGS),
            environment_variables=VARIABLES)
    other = client.create(track.component_id, "v1.1")
    assert len(other.endpoints) == 1
    full = configs(client, other, endpoints=[endpoint(port=8081)])
    assert not full.HasField("api_settings") and not full.environment_variables
