"""ApplyComponentConfig applies the source config of a real Git repository to a track."""

import concurrent.futures
import uuid

import pytest

from support.errors import refused
from support.source_repository import SourceRepository, apply
from support.stubs import api

pytestmark = pytest.mark.store

COMPONENT = ".choreo/component.yaml"
ADDED, UPDATED, REMOVED = (getattr(api, f"CONFIG_CHANGE_ACTION_{kind}")
                           for kind in ("ADDED", "UPDATED", "REMOVED"))

FULL = """\
schemaVersion: 1.2
endpoints:
  - name: cart
    displayName: Cart
    service: {basePath: /cart, port: 8080}
    type: REST
    networkVisibilities: [Public, Organization]
    schemaFilePath: api/cart.yaml
  - name: events
    service: {port: 9090}
    type: TCP
    networkVisibilities: [Project]
configurations:
  env:
    - {name: LEVEL, value: no}
    - name: TOKEN
      valueFrom: {configForm: {displayName: The token, type: secret}}
    - name: URL
      valueFrom: {connectionRef: {name: HR Connection, key: ServiceURL}}
"""


@pytest.fixture
def client(git_client):
    return git_client


@pytest.fixture
def track(sourced_track):
    return sourced_track


def configure(client, track, mask=(), **fields):
    request = api.UpdateDeploymentTrackConfigsRequest(
        component_id=track.component_id, deployment_track_id=track.id, **fields)
    request.update_mask.paths.extend(mask)
    return client.tracks.UpdateDeploymentTrackConfigs(request, timeout=10)


def changes(response):
    return [(change.action, change.target) for change in response.changes]


def test_the_head_of_the_branch_is_applied(client, repository, track):
    head = repository.commit({COMPONENT: FULL, "api/cart.yaml": "openapi: 3.0.0\n"})
    after = apply(client, track)
    assert after.resolved_commit == head and after.file_name == COMPONENT
    assert changes(after) == [(ADDED, "endpoints/cart"), (ADDED, "endpoints/events"),
                              (ADDED, "environment_variables/LEVEL"),
                              (ADDED, "environment_variables/TOKEN"),
                              (ADDED, "environment_variables/URL")]
    cart, events = after.configs.endpoints
    assert cart == api.Endpoint(
        name="cart", display_name="Cart", type=api.ENDPOINT_TYPE_REST, port=8080, base_path="/cart",
        schema_file_path="api/cart.yaml", origin=api.ENDPOINT_ORIGIN_SOURCE_CONFIG,
        network_visibilities=[api.NETWORK_VISIBILITY_PUBLIC, api.NETWORK_VISIBILITY_ORGANIZATION])
    assert (events.name, events.port) == ("events", 9090)
    level, token, url = after.configs.environment_variables
    assert level.value == "no" and level.origin == api.ENDPOINT_ORIGIN_SOURCE_CONFIG
    assert token.config_form == api.ConfigForm(display_name="The token", required=True,
                                               type="secret")
    assert (url.connection_ref.name, url.connection_ref.key) == ("hr-connection", "ServiceURL")
    assert any("hr-connection" in warning for warning in after.warnings)
    assert after.deployment_track == client.get(track.component_id, track.id)
    assert after.configs.config_revision == after.deployment_track.config_revision == 1


def test_another_commit_replaces_what_the_one_before_defined(client, repository, track):
    first = repository.commit({COMPONENT: FULL, "api/cart.yaml": ""})
    apply(client, track)
    repository.commit({COMPONENT: "schemaVersion: 1.2\nendpoints:\n"
                                  "  - {name: cart, type: REST, service: {port: 8081}}\n"
                                  "  - {name: new, type: WS, service: {port: 8082}}\n"})
    after = apply(client, track)
    assert changes(after) == [(UPDATED, "endpoints/cart"), (REMOVED, "endpoints/events"),
                              (ADDED, "endpoints/new"), (REMOVED, "environment_variables/LEVEL"),
                              (REMOVED, "environment_variables/TOKEN"),
                              (REMOVED, "environment_variables/URL")]
    assert after.configs.config_revision == 2
    back = apply(client, track, first[:10].upper())
    assert back.resolved_commit == first
    assert [e.name for e in back.configs.endpoints] == ["cart", "events"]


def test_the_same_commit_again_changes_nothing(client, repository, track):
    head = repository.commit({COMPONENT: FULL, "api/cart.yaml": ""})
    first = apply(client, track)
    again = apply(client, track, head)
    assert not again.changes
    assert again.deployment_track == first.deployment_track and again.configs == first.configs


def test_what_users_defined_stays(client, repository, track):
    repository.commit({COMPONENT: FULL, "api/cart.yaml": ""})
    mine = api.Endpoint(name="mine", type=api.ENDPOINT_TYPE_WS, port=7070)
    configure(client, track, endpoints=[mine], environment_variables=[
        api.EnvironmentVariable(name="LEVEL", value="user"),
        api.EnvironmentVariable(name="A", value="1")])
    after = apply(client, track)
    assert [(e.name, e.origin) for e in after.configs.endpoints] == [
        ("cart", 2), ("events", 2), ("mine", 1)]
    assert [(v.name, v.origin) for v in after.configs.environment_variables] == [
        ("A", 1), ("LEVEL", 1), ("LEVEL", 2), ("TOKEN", 2), ("URL", 2)]
    with refused("FAILED_PRECONDITION", "ENDPOINT_NAME_TAKEN"):
        configure(client, track, endpoints=[api.Endpoint(name="cart", type=api.ENDPOINT_TYPE_WS,
                                                         port=7070)])
    cleared = configure(client, track, mask=["*"])
    assert [e.name for e in cleared.configs.endpoints] == ["cart", "events"]
    assert all(v.origin == 2 for v in cleared.configs.environment_variables)


def test_a_name_that_a_user_took_is_refused(client, repository, track):
    repository.commit({COMPONENT: FULL, "api/cart.yaml": ""})
    before = configure(client, track, endpoints=[api.Endpoint(
        name="cart", type=api.ENDPOINT_TYPE_WS, port=7070)])
    with refused("FAILED_PRECONDITION", "ENDPOINT_NAME_TAKEN"):
        apply(client, track)
    assert client.get(track.component_id, track.id) == before.deployment_track


def test_validate_only_lints(client, repository, track):
    repository.commit({COMPONENT: FULL, "api/cart.yaml": ""})
    seen = apply(client, track, validate_only=True)
    assert len(seen.changes) == 5 and seen.configs.config_revision == 1
    assert client.get(track.component_id, track.id) == track
    repository.commit({COMPONENT: "schemaVersion: 1.2\nendpoints: x\n"})
    with refused("FAILED_PRECONDITION", "SOURCE_CONFIG_INVALID", "endpoints"):
        apply(client, track, validate_only=True)


def test_every_violation_is_told_with_its_place(client, repository, track):
    head = repository.commit({COMPONENT: """\
schemaVersion: 1.2
endpoints:
  - name: Cart
    service: {basePath: cart, port: 80}
    type: REST
    schemaFilePath: missing.yaml
  - name: events
    service: {port: "8080"}
    type: GRPC
    type: TCP
configurations:
  env:
    - {name: a-b, value: x}
"""})
    with refused("FAILED_PRECONDITION", "SOURCE_CONFIG_INVALID") as refusal:
        apply(client, track)
    assert [(path, text.split(": ")[0]) for path, text in refusal.violations] == [
        ("endpoints[0].name", "line 3, column 11"),
        ("endpoints[0].service.basePath", "line 4, column 25"),
        ("endpoints[0].service.port", "line 4, column 37"),
        ("endpoints[0].schemaFilePath", "line 6, column 21"),
        ("endpoints[1].networkVisibilities", "line 7, column 5"),
        ("endpoints[1].type", "line 10, column 5"),
        ("configurations.env[0].name", "line 13, column 14"),
    ]
    assert refusal.metadata["file"] == COMPONENT and refusal.metadata["commit"] == head
    assert refusal.metadata["violations"] == "7"
    assert client.get(track.component_id, track.id) == track


def test_many_violations_fit_into_the_trailers(client, repository, track):
    repository.commit({COMPONENT: "schemaVersion: 1.2\nendpoints:\n" + "  - {}\n" * 200})
    with refused("FAILED_PRECONDITION", "SOURCE_CONFIG_INVALID") as refusal:
        apply(client, track)
    told = refusal.violations
    assert refusal.metadata["violations"] == "600"
    assert len(told) > 30 and told[-1][1] == f"has {600 - len(told) + 1} violations more"


@pytest.mark.parametrize("files, read", [
    ({COMPONENT: "schemaVersion: 1.2\n", ".choreo/endpoints.yaml": "x"}, COMPONENT),
    ({".choreo/component-config.yaml": "apiVersion: core.choreo.dev/v1beta1\nkind: ComponentConfig\n",
      ".choreo/endpoints.yaml": "x"}, ".choreo/component-config.yaml"),
    ({".choreo/endpoints.yaml": "version: 0.1\nendpoints: []\n"}, ".choreo/endpoints.yaml"),
])
def test_the_newest_kind_of_file_goes_before_the_others(client, repository, track, files, read):
    repository.commit(files)
    after = apply(client, track)
    assert after.file_name == read
    assert any("not looked at" in warning for warning in after.warnings) == (len(files) > 1)
    assert any("OUTDATED_SOURCE_CONFIG" in warning
               for warning in after.warnings) == (read != COMPONENT)


def test_old_files_are_applied_with_legal_names(client, repository, track):
    repository.commit({".choreo/endpoints.yaml": """\
version: 0.1
endpoints:
  - {name: User Store, port: 8080, type: REST, context: /users}
  - {name: user-store, port: 8081, type: UDP, networkVisibility: Public}
"""})
    after = apply(client, track)
    assert [(e.name, e.display_name, list(e.network_visibilities))
            for e in after.configs.endpoints] == [
                ("user-store", "", [api.NETWORK_VISIBILITY_PROJECT]),
                ("user-store-2", "User Store", [api.NETWORK_VISIBILITY_PUBLIC])]
    assert len(after.warnings) == 4


def test_a_misspelled_visibility_is_told_with_its_line_and_the_nearest_key(
        client, repository, track):
    repository.commit({COMPONENT: """\
schemaVersion: 1.2
endpoints:
  - name: admin
    service: {basePath: /admin, port: 8080}
    type: REST
    networkVisibility: Project
"""})
    after = apply(client, track, validate_only=True)
    assert after.configs.endpoints[0].network_visibilities == [api.NETWORK_VISIBILITY_PUBLIC]
    key, default = after.warnings
    assert key.startswith("endpoints[0].networkVisibility: line 6, column 5: is not known")
    assert key.endswith("the nearest known key is networkVisibilities")
    assert (default.startswith("endpoints[0]: line 3, column 5: ")
            and default.endswith("means Public"))


@pytest.mark.parametrize("version, keys", [("1.0", ["spec", "apiVersion", "kind"]),
                                           ("1.2", ["spec"])])
def test_a_file_that_says_nothing_in_its_schema_is_not_applied_in_silence(
        client, repository, track, version, keys):
    lines = {"spec": "spec: {inbound: [{name: core, port: 8080, type: REST, context: /api}]}",
             "apiVersion": "apiVersion: core.choreo.dev/v1beta1", "kind": "kind: ComponentConfig"}
    repository.commit({COMPONENT: "\n".join([f"schemaVersion: {version}",
                                             *(lines[key] for key in keys)])})
    after = apply(client, track)
    told = [warning for warning in after.warnings if "OUTDATED_SOURCE_CONFIG" not in warning]
    assert [warning.split(", ")[0] for warning in told] == [f"{key}: line {n}"
                                                            for n, key in enumerate(keys, start=2)]
    assert all("is not applied; known there: schemaVersion, endpoints, " in warning
               for warning in told)
    assert not after.changes


def test_a_form_of_a_type_that_tracks_do_not_have_is_taken_with_a_warning(
        client, repository, track):
    repository.commit({COMPONENT: """\
schemaVersion: 1.2
configurations:
  env:
    - {name: LIST, valueFrom: {configForm: {displayName: List, type: array}}}
    - {name: TOKEN, valueFrom: {configForm: {type: Secret}}}
"""})
    after = apply(client, track)
    assert [(v.name, v.config_form.type) for v in after.configs.environment_variables] == [
        ("LIST", "string"), ("TOKEN", "secret")]
    assert [warning.split(", ")[0] for warning in after.warnings
            if warning.startswith("configurations")] == [
                f"configurations.env[{n}].valueFrom.configForm.type: line {n + 4}"
                for n in range(2)]


def test_tags_and_files_are_no_commits(client, repository, track):
    head = repository.commit({COMPONENT: FULL, "api/cart.yaml": ""})
    repository.git("tag", "-a", "-m", "one", "v1")
    for name, words in [("v1", f"is an annotated tag: name the commit that it is of, {head}"),
                        (f"HEAD:{COMPONENT}", "is a file of the repository"),
                        ("HEAD:api", "is a folder of the repository")]:
        object = repository.git("rev-parse", name)
        with refused("INVALID_ARGUMENT", "NOT_A_COMMIT", field="commit_hash") as refusal:
            apply(client, track, object)
        assert refusal.message.startswith(f"commit_hash: {object} {words}"), refusal.message
    assert apply(client, track, head).resolved_commit == head


def test_files_are_looked_for_below_the_source_path(client, repository):
    component = client.put_component(repository_url=repository.url, source_path="services/cart")
    track = client.create(component, "v1.0", branch="main")
    repository.commit({COMPONENT: FULL})
    with refused("NOT_FOUND", "SOURCE_CONFIG_NOT_FOUND"):
        apply(client, track)
    repository.commit({f"services/cart/{COMPONENT}": FULL, "services/cart/api/cart.yaml": ""})
    assert apply(client, track).file_name == f"services/cart/{COMPONENT}"


def test_what_is_not_there(client, repository, track):
    with refused("NOT_FOUND", "COMMIT_NOT_FOUND"):
        apply(client, track)
    head = repository.commit({"README": ""})
    with refused("NOT_FOUND", "SOURCE_CONFIG_NOT_FOUND"):
        apply(client, track)
    with refused("NOT_FOUND", "COMMIT_NOT_FOUND"):
        apply(client, track, "f" * 40)
    with refused("NOT_FOUND", "COMMIT_NOT_FOUND"):
        apply(client, api.DeploymentTrack(component_id=track.component_id, id=client.create(
            track.component_id, "v1.1", branch="nothing").id))
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        apply(client, api.DeploymentTrack(component_id=track.component_id, id="nothing-here"), head)
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        apply(client, api.DeploymentTrack(component_id="nothing-here", id="nothing-here"), head)


@pytest.mark.parametrize("commit", ["abc", "HEAD", "main", "--upload-pack=touch /tmp/x", "g" * 40,
                                    "a" * 65, "a b c d e f"])
def test_commits_are_hashes(client, repository, track, commit):
    with refused("INVALID_ARGUMENT", "INVALID_COMMIT_HASH", "commit_hash"):
        apply(client, track, commit)


def test_the_state_of_the_track_comes_first(client, repository, track):
    repository.commit({COMPONENT: FULL, "api/cart.yaml": ""})
    with refused("ABORTED", "ETAG_MISMATCH"):
        apply(client, track, etag='"77"')
    after = apply(client, track, etag=track.etag)
    assert after.deployment_track.etag != track.etag
    unlinked = client.create(track.component_id, "v2.0")
    with refused("FAILED_PRECONDITION", "BRANCH_UNLINKED"):
        apply(client, unlinked)
    assert apply(client, unlinked, after.resolved_commit).changes


@pytest.mark.parametrize("url, code, reason", [
    ("", "FAILED_PRECONDITION", "NO_REPOSITORY"),
    ("ext::sh -c touch% /tmp/x", "FAILED_PRECONDITION", "NO_REPOSITORY"),
    ("http://localhost/x.git", "FAILED_PRECONDITION", "NO_REPOSITORY"),
    ("https://127.0.0.1:9/x.git", "UNAVAILABLE", "GIT_UNAVAILABLE"),
])
def test_repositories_that_cannot_be_read(client, url, code, reason):
    component = client.put_component(repository_url=url)
    track = client.create(component, "v1.0", branch="main")
    with refused(code, reason) as refusal:
        apply(client, track)
    assert ("RetryInfo" in refusal.details) == (code == "UNAVAILABLE")


def test_a_repeated_request_is_answered_without_the_repository(client, repository, track):
    repository.commit({COMPONENT: FULL, "api/cart.yaml": ""})
    request = str(uuid.uuid4())
    first = apply(client, track, request_id=request)
    repository.commit({COMPONENT: "nonsense"})
    assert apply(client, track, request_id=request) == first
    with refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED"):
        apply(client, track, "abcdef0", request_id=request)


# Hostile files.

def laughs(levels=40):
    lines = ["schemaVersion: 1.2", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


HOSTILE = {
    "laughs": (laughs(), "line 6, column 10"),
    "itself": ("schemaVersion: 1.2\na: &a [*a]\n", "line 2, column 8"),
    "deep": ("[" * 1_000_000, "line 1, column 51"),
    "deep mappings": ("".join(" " * n + "a:\n" for n in range(1000)), "line 51, column 51"),
    "wide": ("[" + "a," * 500_000, "line 1"),
    "directives": ("".join(f"%TAG !a{n}! tag:x\n" for n in range(50_000)), "line 101, column 1"),
    "tab": ("schemaVersion: 1.2\nendpoints:\n\t- name: a\n", "line 3, column 1"),
    "documents": ("schemaVersion: 1.2\n---\nschemaVersion: 1.2\n", "line 2, column 1"),
    "twice": ("schemaVersion: 1.2\nschemaVersion: 1.2\n", "line 2, column 1"),
    "utf-16": ("schemaVersion: 1.2\n".encode("utf-16"), "line 1, column 1"),
    "latin-1": ("schemaVersion: 1.2\n# ü\n".encode("latin-1"), "line 2, column 3"),
    "nul": (b"schemaVersion: 1.2\na: \0\n", "line 2, column 4"),
    "tag": ("schemaVersion: 1.2\na: !!python/object:os.system x\n", "line 2, column 4"),
    "random": (bytes(range(256)) * 100, "line 1, column 1"),
    "nothing": ("", "line 1, column 1"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_refused_with_a_place(client, repository, track, kind):
    content, place = HOSTILE[kind]
    repository.commit({COMPONENT: content})
    with refused("FAILED_PRECONDITION", "SOURCE_CONFIG_INVALID") as refusal:
        apply(client, track)
    (_, text), = refusal.violations
    assert text.startswith(place), text


def test_marks_and_returns_are_no_violation(client, repository, track):
    text = "\ufeffschemaVersion: 1.2\r\nendpoints:\r\n  - {name: a, type: WS, service: {port: 8080}}\r\n"
    repository.commit({COMPONENT: text})
    assert changes(apply(client, track)) == [(ADDED, "endpoints/a")]


def test_a_file_of_100_mb_is_refused_before_it_is_read(client, git_server, repository, track):
    repository.commit({COMPONENT: b"# " + b"x" * 100_000_000})
    git_server.reset_peak()
    before = git_server.rss_kb()
    with refused("FAILED_PRECONDITION", "SOURCE_CONFIG_INVALID"):
        apply(client, track)
    assert git_server.peak_kb() - before < 20_000


def test_a_file_of_just_more_than_a_mebibyte(client, repository, track):
    start = b"schemaVersion: 1.2\n#"
    repository.commit({COMPONENT: start + b"x" * ((1 << 20) - len(start))})
    assert not apply(client, track).changes
    repository.commit({COMPONENT: start + b"x" * ((1 << 20) - len(start) + 1)})
    with refused("FAILED_PRECONDITION", "SOURCE_CONFIG_INVALID"):
        apply(client, track)


def test_a_folder_is_no_source_config(client, repository, track):
    repository.commit({f"{COMPONENT}/file": "x"})
    with refused("NOT_FOUND", "SOURCE_CONFIG_NOT_FOUND"):
        apply(client, track)


@pytest.mark.parametrize("links", [
    {COMPONENT: "../shared/component.yaml", "cart.yaml": "shared/cart.yaml"},
    {".choreo": "shared", "cart.yaml": "shared/first.yaml", "shared/first.yaml": "./second.yaml",
     "shared/second.yaml": "../shared/cart.yaml"},
], ids=["files", "folder"])
def test_links_are_followed_within_the_repository(client, repository, track, links):
    files = {"shared/component.yaml": FULL.replace("api/cart.yaml", "cart.yaml"),
             "shared/cart.yaml": "openapi: 3.0.0\n"}
    repository.commit(files, links=links)
    after = apply(client, track)
    assert after.file_name == COMPONENT
    assert [endpoint.name for endpoint in after.configs.endpoints] == ["cart", "events"]


def test_a_repository_may_name_its_objects_by_sha256(client, tmp_path):
    repository = SourceRepository(tmp_path / "sha256", "sha256")
    track = client.create(client.put_component(repository_url=repository.url), "v1.0",
                          branch="main")
    with refused("NOT_FOUND", "COMMIT_NOT_FOUND"):
        apply(client, track)
    for commit in ["1" * 40, "1" * 64]:
        with refused("NOT_FOUND", "COMMIT_NOT_FOUND"):
            apply(client, track, commit)
    head = repository.commit({COMPONENT: FULL, "api/cart.yaml": ""})
    assert len(head) == 64
    for commit in ["", head, head[:12]]:
        assert apply(client, track, commit).resolved_commit == head
    with refused("NOT_FOUND", "COMMIT_NOT_FOUND"):
        apply(client, track, "1" * 40)


def test_the_source_path_may_be_a_link(client, repository):
    component = client.put_component(repository_url=repository.url, source_path="services/cart")
    track = client.create(component, "v1.0", branch="main")
    repository.commit({f"apps/cart/{COMPONENT}": FULL, "apps/cart/api/cart.yaml": ""},
                      links={"services": "apps"})
    assert apply(client, track).file_name == f"services/cart/{COMPONENT}"


@pytest.mark.parametrize("target, words", [
    ("/etc/passwd", "leads out of the repository"),
    ("../../secret.yaml", "leads out of the repository"),
    ("nothing.yaml", "leads to no file of the commit"),
    ("component.yaml", "leads through more than 8 links"),
])
def test_links_to_nowhere_are_told(client, repository, track, target, words):
    (repository.path.parent / "secret.yaml").write_text("schemaVersion: 1.2\n")
    repository.commit({}, links={COMPONENT: target})
    with refused("FAILED_PRECONDITION", "SOURCE_CONFIG_INVALID") as refusal:
        apply(client, track)
    assert refusal.violations[0][1].endswith(f"{COMPONENT} is a symbolic link that {words}")


def test_a_schema_file_that_is_a_link_to_nowhere_is_told(client, repository, track):
    repository.commit({COMPONENT: FULL}, links={"api/cart.yaml": "/etc/passwd"})
    with refused("FAILED_PRECONDITION", "SOURCE_CONFIG_INVALID",
                 "endpoints[0].schemaFilePath") as refusal:
        apply(client, track)
    assert refusal.violations[0][1].endswith(
        "api/cart.yaml is a symbolic link that leads out of the repository")


def test_a_file_with_another_ending_gets_a_hint(client, repository, track):
    repository.commit({".choreo/component.yml": FULL})
    with refused("NOT_FOUND", "SOURCE_CONFIG_NOT_FOUND") as refusal:
        apply(client, track)
    assert (refusal.metadata["hint"]
            == ".choreo/component.yml would have to be called component.yaml")


def test_of_calls_at_once_the_last_one_counts_as_a_whole(client, repository, track):
    commits = [repository.commit({COMPONENT: "schemaVersion: 1.2\nendpoints:\n" + "".join(
        f"  - {{name: {letter}{n}, type: WS, service: {{port: 8080}}}}\n" for n in range(10))})
        for letter in "abcd"]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        responses = list(pool.map(lambda n: apply(client, track, commits[n % 4]), range(64)))
    after = client.get(track.component_id, track.id)
    for found in [after.endpoints, *(response.configs.endpoints for response in responses)]:
        assert len(found) == 10 and len({e.name[0] for e in found}) == 1
    made = [response for response in responses if response.changes]
    assert len({response.configs.config_revision
                for response in made}) == len(made) == after.config_revision
