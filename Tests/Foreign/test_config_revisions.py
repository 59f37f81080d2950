"""The current and earlier configurations of a track can be read, and single variables changed."""

import concurrent.futures
import uuid

import pytest

from support.client import unique
from support.errors import refused
from support.line import Line
from support.stubs import api

pytestmark = pytest.mark.store

ADDED, UPDATED, REMOVED = (getattr(api, f"CONFIG_CHANGE_ACTION_{name}")
                           for name in ("ADDED", "UPDATED", "REMOVED"))
REST = dict(name="api", type=api.ENDPOINT_TYPE_REST, port=8080)


@pytest.fixture
def track(client):
    return client.create(client.put_component(), "v1.0")


def change(client, track, mask=None, metadata=None, **fields):
    """Updates the configuration. Returns the response."""
    request = api.UpdateDeploymentTrackConfigsRequest(
        component_id=track.component_id, deployment_track_id=track.id, **fields)
    if mask is not None:
        request.update_mask.paths.extend(mask)
    return client.tracks.UpdateDeploymentTrackConfigs(request, timeout=10, metadata=metadata)


def read(client, track, revision=0):
    return client.tracks.GetDeploymentTrackConfigs(api.GetDeploymentTrackConfigsRequest(
        component_id=track.component_id, deployment_track_id=track.id,
        config_revision=revision), timeout=10)


def revisions(client, track, **fields):
    return client.tracks.ListDeploymentTrackConfigRevisions(
        api.ListDeploymentTrackConfigRevisionsRequest(
            component_id=track.component_id, deployment_track_id=track.id, **fields), timeout=10)


def variables(**values):
    return [api.EnvironmentVariable(name=name, value=value) for name, value in values.items()]


def values(configs) -> dict[str, str]:
    return {one.name: one.value for one in configs.environment_variables}


# Reading.

def test_a_track_without_a_configuration_has_an_empty_one(client, track):
    found = read(client, track)
    assert (found.configs == api.TrackConfigs() and not found.HasField("revision")
            and not found.warnings)
    assert found.etag == track.etag
    assert not revisions(client, track).config_revisions


def test_what_was_written_is_read(client, track):
    written = change(
        client, track, endpoints=[api.Endpoint(**REST)],
        api_settings=api.ApiSettings(rate_limit_tier="GOLD"),
        environment_variables=variables(A="1", B=""), metadata=[("trackd-actor", "ann")])
    found = read(client, track)
    assert found.configs == written.configs and found.configs.config_revision == 1
    assert found.etag == written.deployment_track.etag
    assert (found.revision.config_revision, found.revision.actor,
            found.revision.actor_verified) == (1, "ann", False)
    assert found.revision.created_at == written.deployment_track.updated_at


def test_each_revision_is_kept_and_listed_with_what_it_changed(client, track):
    written = [
        change(client, track, endpoints=[api.Endpoint(**REST)]),
        change(client, track, api_settings=api.ApiSettings(rate_limit_tier="GOLD")),
        change(client, track, environment_variables=variables(A="1", B="1")),
        change(client, track, environment_variables=variables(A="2"),
               api_settings=api.ApiSettings()),
        change(client, track, mask=["*"]),
    ]
    for number, one in enumerate(written, 1):
        assert read(client, track, number).configs == one.configs
        assert read(client, track, number).etag == written[-1].deployment_track.etag
    listed = revisions(client, track).config_revisions
    assert [one.config_revision for one in listed] == [5, 4, 3, 2, 1]
    assert [[(change.action, change.target) for change in one.changes] for one in listed] == [
        [(REMOVED, "endpoints/api"), (REMOVED, "environment_variables/A")],
        [(REMOVED, "api_settings"), (UPDATED, "environment_variables/A"),
         (REMOVED, "environment_variables/B")],
        [(ADDED, "environment_variables/A"), (ADDED, "environment_variables/B")],
        [(ADDED, "api_settings")],
        [(ADDED, "endpoints/api")],
    ]
    assert [read(client, track, number).revision for number in range(5, 0, -1)] == list(listed)


def test_revisions_come_by_pages(client, track):
    for number in range(7):
        change(client, track, set_environment_variables=variables(A=str(number)))
    found, token = [], ""
    while True:
        page = revisions(client, track, page_size=3, page_token=token)
        found.append([one.config_revision for one in page.config_revisions])
        token = page.next_page_token
        if not token:
            break
    assert found == [[7, 6, 5], [4, 3, 2], [1]]
    token = revisions(client, track, page_size=1).next_page_token
    assert [
        one.config_revision for one
        in revisions(client, track, page_size=2, page_token=token).config_revisions] == [6, 5]
    other = client.create(track.component_id, "v1.1")
    with refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN", "page_token"):
        revisions(client, other, page_token=token)
    with refused("INVALID_ARGUMENT", "INVALID_PAGE_SIZE", "page_size"):
        revisions(client, track, page_size=-1)


def test_a_page_of_large_revisions_is_no_larger_than_a_client_takes(client, track):
    for number in range(6):
        change(client, track, environment_variables=[
            api.EnvironmentVariable(name=f"{'A' * 200}{number}_{one}", value="x" * 4096)
            for one in range(200)])
    found, token, pages = [], "", 0
    while pages == 0 or token:
        page = revisions(client, track, page_size=1000, page_token=token)
        assert page.ByteSize() < 4 << 20
        found += [one.config_revision for one in page.config_revisions]
        token, pages = page.next_page_token, pages + 1
    assert found == [6, 5, 4, 3, 2, 1] and pages > 1


def test_what_is_not_there(client, track):
    change(client, track, set_environment_variables=variables(A="1"))
    for number in (2, 2**31 - 1):
        with refused("NOT_FOUND", "CONFIG_REVISION_NOT_FOUND") as refusal:
            read(client, track, number)
        assert refusal.metadata["config_revision"] == str(number)
    for number in (-1, -2**31):
        with refused("INVALID_ARGUMENT", "INVALID_CONFIG_REVISION", "config_revision"):
            read(client, track, number)
    for call in (read, revisions):
        with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
            call(client, api.DeploymentTrack(component_id=track.component_id, id="nothing-here"))
        with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
            call(client, api.DeploymentTrack(component_id="nothing-here", id="nothing-here"))
        with refused("INVALID_ARGUMENT", "INVALID_ID"):
            call(client, api.DeploymentTrack(component_id="A", id="-"))


# Single variables.

def test_single_variables_change_and_the_others_stay(client, track):
    change(client, track, endpoints=[api.Endpoint(**REST)],
           environment_variables=variables(A="1", B="1", C="1"))
    after = change(client, track, set_environment_variables=[
        api.EnvironmentVariable(name="D", connection_ref={"name": "db", "key": "URL"}),
        *variables(A="2")], remove_environment_variables=["B", "NOT_THERE"])
    assert [one.name for one in after.configs.environment_variables] == ["A", "C", "D"]
    assert values(after.configs)["A"] == "2" and values(after.configs)["C"] == "1"
    assert after.configs.environment_variables[2].connection_ref.key == "URL"
    assert len(after.configs.endpoints) == 1 and after.configs.config_revision == 2
    assert read(client, track).configs == after.configs


def test_what_changes_nothing_keeps_the_etag(client, track):
    first = change(client, track, environment_variables=variables(A="1"))
    for fields in (dict(set_environment_variables=variables(A="1")),
                   dict(remove_environment_variables=["B"]),
                   dict(api_settings=api.ApiSettings(), mask=["api_settings.cors"])):
        assert change(client, track, **fields) == first


def test_a_list_still_replaces_all(client, track):
    change(client, track, set_environment_variables=variables(A="1", B="1"))
    assert values(
        change(client, track, environment_variables=variables(C="1")).configs) == {"C": "1"}


def test_two_who_change_different_variables_both_do(client, track):
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(change, client, track, set_environment_variables=variables(**{
            f"V{number}": "x"}))
                 for number in range(40)]
        for call in calls:
            call.result()
        calls = [pool.submit(change, client, track, remove_environment_variables=[f"V{number}"])
                 for number in range(0, 40, 2)]
        for call in calls:
            call.result()
    found = read(client, track)
    assert set(values(found.configs)) == {f"V{number}" for number in range(1, 40, 2)}
    assert found.configs.config_revision == 60


@pytest.mark.parametrize("fields, field", [
    (dict(set_environment_variables=variables(A="1"), remove_environment_variables=["A"]),
     "remove_environment_variables[0]"),
    (dict(set_environment_variables=variables(A="1") * 2), "set_environment_variables[1].name"),
    (dict(remove_environment_variables=["A", "A"]), "remove_environment_variables[1]"),
    (dict(set_environment_variables=[api.EnvironmentVariable(value="x")]),
     "set_environment_variables[0].name"),
    (dict(set_environment_variables=[api.EnvironmentVariable(name="A")]),
     "set_environment_variables[0]"),
    (dict(set_environment_variables=variables(A="x" * 4097)), "set_environment_variables[0].value"),
    (dict(set_environment_variables=[api.EnvironmentVariable(name="A", value="x", origin=2)]),
     "set_environment_variables[0].origin"),
    (dict(remove_environment_variables=[""]), "remove_environment_variables[0]"),
    (dict(remove_environment_variables=["ok", "a-b"]), "remove_environment_variables[1]"),
    (dict(remove_environment_variables=["A" * 256]), "remove_environment_variables[0]"),
    (dict(set_environment_variables=[api.EnvironmentVariable(name=f"A{n}", value="")
                                     for n in range(201)]),
     "set_environment_variables"),
    (dict(remove_environment_variables=[f"A{n}" for n in range(201)]),
     "remove_environment_variables"),
    (dict(set_environment_variables=variables(A="1"), environment_variables=variables(B="1")),
     "set_environment_variables"),
    (dict(remove_environment_variables=["A"], mask=["environment_variables"]),
     "remove_environment_variables"),
    (dict(remove_environment_variables=["A"], mask=["*"]), "remove_environment_variables"),
])
def test_single_changes_that_make_no_sense_are_refused(client, track, fields, field):
    change(client, track, set_environment_variables=variables(A="0"))
    before = read(client, track)
    with refused("INVALID_ARGUMENT", "INVALID_ENVIRONMENT_VARIABLE") as refusal:
        change(client, track, **fields)
    assert refusal.fields == [field]
    assert read(client, track) == before


def test_two_hundred_variables_are_the_most_one_by_one_too(client, track):
    change(client, track, environment_variables=[api.EnvironmentVariable(name=f"A{n}", value="")
                                                 for n in range(200)])
    with refused("INVALID_ARGUMENT", "INVALID_ENVIRONMENT_VARIABLE", "set_environment_variables"):
        change(client, track, set_environment_variables=variables(B="1"))
    after = change(client, track, set_environment_variables=variables(B="1", A0="1"),
                   remove_environment_variables=["A1"])
    assert len(after.configs.environment_variables) == 200


def test_single_changes_are_guarded_checked_and_repeated_like_others(client, track):
    first = change(client, track, set_environment_variables=variables(A="1"), etag=track.etag)
    with refused("ABORTED", "ETAG_MISMATCH"):
        change(client, track, set_environment_variables=variables(B="1"), etag=track.etag)
    checked = change(client, track, set_environment_variables=variables(A="2"), validate_only=True)
    assert values(checked.configs) == {"A": "2"} and read(client, track).configs == first.configs
    request = str(uuid.uuid4())
    made = change(client, track, set_environment_variables=variables(B="1"), request_id=request)
    change(client, track, remove_environment_variables=["B"])
    assert change(client, track, set_environment_variables=variables(B="1"),
                  request_id=request) == made
    assert values(read(client, track).configs) == {"A": "1"}
    for other in (dict(set_environment_variables=variables(B="2")),
                  dict(remove_environment_variables=["B"])):
        with refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED"):
            change(client, track, request_id=request, **other)


# Below the API settings.

SETTINGS = dict(
    security_schemes=["OAUTH"], authorization_header="X-Token",
    backend_jwt=api.BackendJwt(enable=True, audiences=["orders"]),
    operation_policies=[api.OperationPolicy(target="GET /orders", authentication_type="NONE")],
    cors=api.Cors(enable=True, allow_origins=["https://app.example"], allow_methods=["GET"],
                  allow_headers=["X-A"], expose_headers=["X-B"]),
    rate_limit_tier="GOLD")
PATHS = ["security_schemes", "authorization_header", "backend_jwt", "backend_jwt.enable",
         "backend_jwt.audiences", "operation_policies", "cors", "cors.enable", "cors.allow_origins",
         "cors.allow_methods", "cors.allow_headers", "cors.expose_headers", "rate_limit_tier"]


def without(settings, path: str):
    """The settings without the field at this path."""
    left = api.ApiSettings()
    left.CopyFrom(settings)
    *above, last = path.split(".")
    holder = left
    for name in above:
        holder = getattr(holder, name)
    holder.ClearField(last)
    return left


@pytest.mark.parametrize("path", PATHS)
def test_a_path_below_the_settings_changes_that_alone(client, track, path):
    full = api.ApiSettings(**SETTINGS)
    change(client, track, api_settings=full)
    # The other fields of the request are ignored, valid or not.
    cleared = change(client, track, mask=[f"api_settings.{path}"], api_settings=without(
        api.ApiSettings(**{**SETTINGS, "rate_limit_tier": "x"}),
        path) if path != "rate_limit_tier" else None)
    assert cleared.configs.api_settings == without(full, path)
    back = change(client, track, mask=[f"api_settings.{path}"], api_settings=full)
    assert back.configs.api_settings == full and back.configs.config_revision == 3


def test_paths_are_taken_together(client, track):
    change(client, track, api_settings=api.ApiSettings(**SETTINGS),
           environment_variables=variables(A="1"))
    after = change(client, track, mask=["api_settings.cors.allow_origins",
                                        "api_settings.rate_limit_tier", "endpoints"],
                   endpoints=[api.Endpoint(**REST)], set_environment_variables=variables(B="1"),
                   api_settings=api.ApiSettings(rate_limit_tier="BRONZE",
                                                cors=api.Cors(allow_origins=["*"])))
    settings = after.configs.api_settings
    assert settings.rate_limit_tier == "BRONZE" and list(settings.cors.allow_origins) == ["*"]
    assert (settings.cors.enable and list(settings.cors.allow_methods) == ["GET"]
            and settings.backend_jwt.enable)
    assert values(after.configs) == {"A": "1", "B": "1"} and len(after.configs.endpoints) == 1


def test_settings_that_lose_all_are_none(client, track):
    change(client, track, api_settings=api.ApiSettings(rate_limit_tier="GOLD"))
    after = change(client, track, mask=["api_settings.rate_limit_tier"])
    assert not after.configs.HasField("api_settings")


def test_what_is_given_below_the_settings_has_to_be_valid(client, track):
    with refused("INVALID_ARGUMENT", "INVALID_API_SETTINGS") as refusal:
        change(client, track, mask=["api_settings.cors.allow_methods",
                                    "api_settings.rate_limit_tier"],
               api_settings=api.ApiSettings(rate_limit_tier="x", authorization_header="a b",
                                            cors=api.Cors(allow_methods=["GET", "get"])))
    assert sorted(refusal.fields) == ["api_settings.cors.allow_methods[1]",
                                      "api_settings.rate_limit_tier"]


@pytest.mark.parametrize("mask", [
    ["api_settings.nonsense"], ["api_settings."], ["api_settings.cors.nonsense"],
    ["api_settings.operation_policies.target"], ["api_settings.cors.allow_origins.x"],
    ["endpoints.port"], ["environment_variables.A"], ["*", "api_settings.cors"],
    ["set_environment_variables"], ["remove_environment_variables"], ["configs.api_settings"],
])
def test_masks_go_below_the_settings_alone(client, track, mask):
    with refused("INVALID_ARGUMENT", "INVALID_UPDATE_MASK", "update_mask"):
        change(client, track, mask=mask, api_settings=api.ApiSettings(**SETTINGS))


# Source configs and secrets.

COMPONENT = ".choreo/component.yaml"
PLAIN = """\
schemaVersion: 1.2
configurations:
  env:
    - name: LEVEL
      value: info
"""
SECRET = PLAIN + """\
    - name: PASSWORD
      valueFrom: {configForm: {type: secret}}
"""


@pytest.fixture
def line(git_client, repository):
    return Line(git_client, repository_url=repository.url)


def of(line):
    return api.DeploymentTrack(component_id=line.component, id=line.track)


def apply(line):
    return line.client.tracks.ApplyComponentConfig(api.ApplyComponentConfigRequest(
        component_id=line.component, deployment_track_id=line.track), timeout=10)


def test_what_is_secret_now_is_masked_in_what_was_before(line, repository):
    client, track = line.client, of(line)
    change(client, track, set_environment_variables=variables(PASSWORD="hunter2", OTHER="x"))
    assert "hunter2" in str(read(client, track))
    repository.commit({COMPONENT: SECRET})
    apply(line)
    for number in (0, 1, 2):
        found = read(client, track, number)
        assert "hunter2" not in str(found)
        assert values(found.configs)["OTHER"] == "x"
        assert next(one for one in found.configs.environment_variables
                    if one.name == "PASSWORD").value == "********"
    assert any("PASSWORD" in warning for warning in read(client, track).warnings)
    assert "hunter2" not in str(revisions(client, track))
    # Here too the mask stands for the stored value.
    kept = change(client, track, set_environment_variables=variables(PASSWORD="********"))
    assert kept.configs.config_revision == 2 and "hunter2" not in str(kept)
    with refused("INVALID_ARGUMENT", "INVALID_ENVIRONMENT_VARIABLE",
                 "set_environment_variables[1].value"):
        change(client, track, set_environment_variables=variables(A="1", PASSWORD="hunter3"))


def test_a_variable_of_the_source_config_is_overridden_and_comes_back(line, repository):
    client, track = line.client, of(line)
    repository.commit({COMPONENT: PLAIN})
    apply(line)
    over = change(client, track, set_environment_variables=variables(LEVEL="debug"))
    assert [(one.value, one.origin) for one in over.configs.environment_variables] == [
        ("debug", api.ENDPOINT_ORIGIN_USER), ("info", api.ENDPOINT_ORIGIN_SOURCE_CONFIG)]
    (newest, *_) = revisions(client, track).config_revisions
    assert [(one.action, one.target) for one in newest.changes] == [
        (UPDATED, "environment_variables/LEVEL")]
    for _ in range(2):
        back = change(client, track, remove_environment_variables=["LEVEL"])
        assert [(one.value, one.origin) for one in back.configs.environment_variables] == [
            ("info", api.ENDPOINT_ORIGIN_SOURCE_CONFIG)]
        assert back.configs.config_revision == 3


# Deployments.

def test_a_deployment_tells_what_it_has(client):
    line = Line(client, environments=1)
    image, track = line.ci(1).image.image_id, of(line)
    bare = line.run(image)
    assert bare.config_revision == 0 and not bare.HasField("api_settings")
    change(client, track, set_environment_variables=variables(A="1"),
           api_settings=api.ApiSettings(rate_limit_tier="GOLD"))
    own = line.run(image, api_settings=api.ApiSettings(rate_limit_tier="BRONZE"))
    change(client, track, set_environment_variables=variables(A="2"))
    assert own.config_revision == 1 and own.api_settings.rate_limit_tier == "BRONZE"
    assert values(read(client, track, own.config_revision).configs) == {"A": "1"}
    (listed, _) = line.history(line.track)[::-1]
    assert listed.api_settings == own.api_settings


def test_new_tracks_begin_with_a_revision_of_what_they_copy(client, track):
    change(client, track, endpoints=[api.Endpoint(**REST)])
    other = client.create(track.component_id, "v1.1", id=unique("track"))
    (first,) = revisions(client, other).config_revisions
    assert [(one.action, one.target) for one in first.changes] == [(ADDED, "endpoints/api")]
