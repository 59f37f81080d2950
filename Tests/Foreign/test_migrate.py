"""GetMigratedSrcConfigContent: older source configs as component.yaml of the newest schema."""

import pytest

from support.errors import refused
from support.source_repository import apply
from support.stubs import api

COMPONENT = ".choreo/component.yaml"
ENDPOINTS = ".choreo/endpoints.yaml"
CONFIG = ".choreo/component-config.yaml"


@pytest.fixture
def client(git_client):
    return git_client


@pytest.fixture
def track(sourced_track):
    return sourced_track


def migrate(client, track, commit=""):
    return client.tracks.GetMigratedSrcConfigContent(api.GetMigratedSrcConfigContentRequest(
        component_id=track.component_id, deployment_track_id=track.id,
        commit_hash=commit), timeout=30)


def test_endpoints_yaml(client, repository, track):
    head = repository.commit({ENDPOINTS: """\
version: 0.1
endpoints:
  - name: Greeting Service  # shown to people
    port: 9090
    type: REST
    networkVisibility: Organization
    context: /greeting
    schemaFilePath: greeting_openapi.yaml
  - name: "1e3"
    port: 9091
    type: GRPC
    networkVisibility: Public
"""})
    migrated = migrate(client, track)
    assert migrated.file_content == """\
schemaVersion: 1.2
endpoints:
  - name: greeting-service
    displayName: Greeting Service
    service:
      basePath: /greeting
      port: 9090
    type: REST
    networkVisibilities:
      - Organization
    schemaFilePath: greeting_openapi.yaml
  - name: ep-1e3
    displayName: "1e3"
    service:
      port: 9091
    type: GRPC
    networkVisibilities:
      - Project
"""
    assert (migrated.file_name, migrated.migrated_from) == ("component.yaml", "endpoints.yaml")
    assert migrated.resolved_commit == head
    assert len(migrated.warnings) == 4
    assert migrate(client, track, head) == migrated


def test_component_config_yaml(client, repository, track):
    repository.commit({ENDPOINTS: "x", CONFIG: """\
apiVersion: core.choreo.dev/v1beta1
kind: ComponentConfig
metadata: {name: x}
spec:
  inbound:
    - {name: User Store, port: 8080, type: GraphQL, context: /, networkVisibility: Project}
    - {name: user-store, port: 8081, type: WS, context: /ws, networkVisibility: Public}
  outbound:
    serviceReferences:
      - name: choreo:///apifirst/mttm/mmvhxd/ad088/v1.0/PUBLIC
        connectionConfig: 19d2648b-d29c-4452-afdd-1b9311e81412
        env: [{from: ServiceURL, to: SERVICE_URL}]
"""})
    migrated = migrate(client, track)
    assert migrated.migrated_from == "component-config.yaml"
    assert migrated.file_content == """\
schemaVersion: 1.2
endpoints:
  - name: user-store-2
    displayName: User Store
    service:
      basePath: /
      port: 8080
    type: GraphQL
    networkVisibilities:
      - Project
  - name: user-store
    service:
      basePath: /ws
      port: 8081
    type: WS
    networkVisibilities:
      - Public
dependencies:
  serviceReferences:
    - name: choreo:///apifirst/mttm/mmvhxd/ad088/v1.0/PUBLIC
      connectionConfig: 19d2648b-d29c-4452-afdd-1b9311e81412
      env:
        - from: ServiceURL
          to: SERVICE_URL
"""
    assert any(warning.startswith("metadata:") for warning in migrated.warnings)


def test_component_config_yaml_of_the_oldest_version(client, repository, track):
    repository.commit({CONFIG: """\
apiVersion: core.choreo.dev/v1alpha1
kind: ComponentConfig
metadata: {name: Travel booking, projectName: Travel, annotations: {componentType: Service}}
spec:
  build: {branch: main}
  inbound:
    - {name: Bookings, port: 9091, type: REST, visibility: Public, context: /}
    - {name: admin, port: 9092, type: REST, context: /admin}
  outbound:
    serviceReferences:
      - name: choreo:///org/proj/comp/proxy/1.44.0/PUBLIC
        connectionConfig: 01eeb694-b00b-1270-afd5-85bbd9d740ba
        env: [{from: ServiceURL, to: SERVICE_URL}]
"""})
    before = apply(client, track)
    assert [list(endpoint.network_visibilities) for endpoint in before.configs.endpoints] == [
        [api.NETWORK_VISIBILITY_PROJECT], [api.NETWORK_VISIBILITY_PUBLIC]]
    migrated = migrate(client, track)
    assert migrated.migrated_from == "component-config.yaml"
    assert "choreo:///org/proj/comp/proxy/v1.44/PUBLIC\n" in migrated.file_content
    assert any("admin did not say its visibility and gets Project" in warning
               for warning in migrated.warnings)
    repository.commit({CONFIG: None, COMPONENT: migrated.file_content})
    assert not apply(client, track).changes


@pytest.mark.parametrize("before, after", [
    ("# kept\r\nschemaVersion: 1.0   # here too\r\nendpoints: []",
     "# kept\nschemaVersion: 1.2   # here too\nendpoints: []\n"),
    ("schemaVersion: '1.1'\nconfiguration:\n  env: [{name: A, value: no}]\n",
     "schemaVersion: 1.2\nconfigurations:\n  env: [{name: A, value: no}]\n"),
    ("\ufeff{schemaVersion: 1.1}\n", "{schemaVersion: 1.2}\n"),
])
def test_component_yaml_keeps_its_text(client, repository, track, before, after):
    repository.commit({COMPONENT: before})
    migrated = migrate(client, track)
    assert migrated.file_content == after and migrated.migrated_from == "component.yaml"


def test_the_newest_is_returned_unchanged(client, repository, track):
    text = "\ufeff# a\r\nschemaVersion: '1.2'"
    repository.commit({COMPONENT: text})
    migrated = migrate(client, track)
    assert migrated.file_content == text
    assert (migrated.file_name, migrated.migrated_from,
            list(migrated.warnings)) == ("component.yaml", "", [])


def test_what_comes_out_can_be_committed_and_changes_nothing(client, repository, track):
    repository.commit({ENDPOINTS: "version: 1\nendpoints: [{name: A b, port: 8080, type: UDP}]\n"})
    before = apply(client, track)
    migrated = migrate(client, track)
    repository.commit({ENDPOINTS: None, COMPONENT: migrated.file_content})
    after = apply(client, track)
    assert not after.changes and after.configs == before.configs
    again = migrate(client, track)
    assert again.file_content == migrated.file_content and again.migrated_from == ""


def test_the_track_does_not_change(client, repository, track):
    repository.commit({ENDPOINTS: "version: 1\nendpoints: []\n"})
    migrate(client, track)
    assert client.get(track.component_id, track.id) == track


@pytest.mark.parametrize("content, fields", [
    ("version: 1\nendpoints: [{name: a, port: 80, type: REST}]\n",
     ["endpoints[0].context", "endpoints[0].port"]),
    ("version: 1\nversion: 2\nendpoints: []\n", ["version"]),
    ("version: 1\n---\nendpoints: []\n", [ENDPOINTS]),
    ("version: 1\nendpoints:\n\t- a\n", [ENDPOINTS]),
    ("a: &a [*a]", [ENDPOINTS]),
    ("#" * ((1 << 20) + 1), [".choreo"]),
], ids=["rules", "twice", "documents", "tab", "alias", "long"])
def test_bad_files_are_refused(client, repository, track, content, fields):
    repository.commit({ENDPOINTS: content})
    with refused("FAILED_PRECONDITION", "SOURCE_CONFIG_INVALID") as refusal:
        migrate(client, track)
    assert refusal.fields == fields


def test_what_is_not_there(client, repository, track):
    repository.commit({"README": ""})
    with refused("NOT_FOUND", "SOURCE_CONFIG_NOT_FOUND"):
        migrate(client, track)
    with refused("NOT_FOUND", "COMMIT_NOT_FOUND"):
        migrate(client, track, "f" * 40)
    with refused("INVALID_ARGUMENT", "INVALID_COMMIT_HASH"):
        migrate(client, track, "HEAD")
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        migrate(client, api.DeploymentTrack(component_id=track.component_id, id="nothing-here"))
    with refused("FAILED_PRECONDITION", "BRANCH_UNLINKED"):
        migrate(client, client.create(track.component_id, "v3.0"))
