"""Every JSON route and every class of error, by curl."""

import json
import time
import uuid

import pytest

from support.client import unique
from support.curl import curl
from support.paths import SANITIZED
from support.raw_h2 import RawConnection, request_headers

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture(params=["2", "1.1"], ids=["http2", "http1"])
def http(request):
    """The version of HTTP: the routes are the same."""
    return request.param


@pytest.fixture
def call(server, http):
    """Makes a request that must succeed. Returns its JSON."""
    def make(method, path, body=None, **options):
        reply = curl(server.address, method, path, body, http=http, **options)
        assert reply.status == 200, reply
        return reply.json
    return make


@pytest.fixture
def refused(server, http):
    """Makes a request that must fail as expected."""
    def make(status, reason, method, path, body=None, **options):
        reply = curl(server.address, method, path, body, http=http, **options)
        assert reply.status == status, reply
        assert reply.error.get("reason") == reason, reply
        return reply
    return make


class World:
    """An organization with a component, and two environments in a pipeline, made by the catalog's
    routes."""

    def __init__(self, call, **component):
        self.call = call
        self.organization, self.project, self.component = (
            unique("org"), unique("prj"), unique("cmp"))
        self.environments = [unique("dev"), unique("prod")]
        self.pipeline = unique("pipe")
        call("PUT", f"/organizations/{self.organization}",
             {"organization": {"tier": "ORGANIZATION_TIER_PAID"}})
        call("PUT", f"/projects/{self.project}",
             {"project": {"organization_id": self.organization}})
        for environment in self.environments:
            call("PUT", f"/environments/{environment}",
                 {"environment": {"project_id": self.project}})
        call("PUT", f"/deployment_pipelines/{self.pipeline}", {
            "deployment_pipeline": {"project_id": self.project,
                                    "environment_ids": self.environments}})
        call("PUT", f"/components/{self.component}", {"component": {
            "project_id": self.project, "type": "COMPONENT_TYPE_SERVICE",
            "default_pipeline_id": self.pipeline, **component}})
        self.tracks = f"/components/{self.component}/deployment_tracks"

    def create(self, version="v1.0", **fields) -> str:
        """Creates a track. Returns its path."""
        body = {"apiVersion": version, "branch": "main", **fields}
        return self.tracks + "/" + self.call("POST", self.tracks, body)["deployment_track"]["id"]

    def image(self, **fields) -> dict:
        return {
            "organization_id": self.organization, "project_id": self.project,
            "run_id": str(uuid.uuid4()), "git_hash": COMMIT,
            "git_hash_commit_timestamp": "2026-01-31T09:30:00Z",
            "images": [{"reference": "registry.example/app", "digest": "sha256:" + "a" * 64}],
            **fields}

    def save(self, track: str, **fields) -> str:
        return self.call("POST", track + "/images", self.image(**fields))["image"]["image_id"]

    def ended(self, track: str, deployment: str) -> dict:
        """Waits until the state of a deployment is final. Returns the deployment."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = self.call("GET", f"{track}/deployments/{deployment}")["deployment"]
            if found["state"] not in ("DEPLOYMENT_STATE_QUEUED", "DEPLOYMENT_STATE_IN_PROGRESS"):
                return found
            time.sleep(0.02)
        raise AssertionError(f"the deployment does not end: {found}")


@pytest.fixture
def world(call):
    return World(call)


# The routes of the specification.

def test_create_a_track(world, call):
    track = call("POST", world.tracks, {
        "id": "first", "apiVersion": "v1.2", "branch": "feature%2Fx", "description": "d",
        "auto_deploy_enabled": True,
    }, headers=["trackd-actor: ann"])["deployment_track"]
    assert track["id"] == "first" and track["component_id"] == world.component
    assert (track["apiVersion"] == "v1.2" and track["branch"] == "feature/x"
            and track["description"] == "d")
    assert (track["auto_deploy_enabled"] is True and track["latest"] is True
            and track["created_by"] == "ann")
    assert track["version_strategy"] == "VERSION_STRATEGY_MAJOR_MINOR"
    assert track["config_revision"] == 0 and track["endpoints"] == []
    assert "apiVersion" in track and "api_version" not in track


def test_create_takes_both_spellings_of_the_version(world, call):
    assert call(
        "POST", world.tracks, {"api_version": "v3.0"})["deployment_track"]["apiVersion"] == "v3.0"


def test_list_tracks_by_pages(world, call):
    for minor in range(3):
        world.create(f"v1.{minor}")
    first = call("GET", world.tracks + "?page_size=2")
    assert [t["apiVersion"] for t in first["deployment_tracks"]] == ["v1.2", "v1.1"]
    rest = call("GET", f"{world.tracks}?page_size=2&page_token={first['next_page_token']}")
    assert ([t["apiVersion"] for t in rest["deployment_tracks"]] == ["v1.0"]
            and rest["next_page_token"] == "")
    for query in ("filter=latest%20%3D%20true", "filter=latest+=+true",
                  "filter=api_version+%3E+v1.1"):
        assert [
            t["apiVersion"] for t
            in call("GET", f"{world.tracks}?{query}")["deployment_tracks"]] == ["v1.2"]
    ascending = call("GET", world.tracks + "?order_by=api_version%20asc")["deployment_tracks"]
    assert [t["apiVersion"] for t in ascending] == ["v1.0", "v1.1", "v1.2"]


def test_an_empty_list_is_there(world, call):
    assert call("GET", world.tracks) == {"deployment_tracks": [], "next_page_token": ""}


def test_update_a_track_by_the_members_of_the_body(world, call):
    track = world.create(description="old", auto_deploy_enabled=True)
    changed = call("PUT", track, {"description": "new"})["deployment_track"]
    assert (changed["description"], changed["branch"],
            changed["auto_deploy_enabled"]) == ("new", "main", True)
    changed = call("PUT", track, {"auto_deploy_enabled": False, "branch": ""})["deployment_track"]
    assert (changed["description"], changed["branch"],
            changed["auto_deploy_enabled"]) == ("new", "", False)
    assert call("PUT", track, {"description": None})["deployment_track"]["description"] == ""
    before = call("GET", track)
    for body in ({}, {"validate_only": False}, {"component_id": world.component}, None):
        assert call("PUT", track, body)["deployment_track"] == before["deployment_track"]


@pytest.mark.parametrize("branch", ["main", "a%2Fb", "50%25", "a%2520b"])
def test_what_a_get_answers_can_be_put(world, call, refused, branch):
    path = world.create(branch=branch)
    call("PUT", path + "/configs", {"endpoints": [{"name": "api", "type": "ENDPOINT_TYPE_REST",
                                                   "port": 8080}]})
    got = call("GET", path)
    for body in (got, got["deployment_track"]):
        assert call(
            "PUT", path, body)["deployment_track"] == got["deployment_track"], "nothing changes"
    got["deployment_track"]["description"] = "edited"
    changed = call("PUT", path, got)["deployment_track"]
    assert (changed["description"] == "edited"
            and changed["branch"] == got["deployment_track"]["branch"])
    # The track has changed since it was read.
    refused(409, "ETAG_MISMATCH", "PUT", path, got)
    for field, value in [("apiVersion", "v9.9"), ("latest", False), ("endpoints", []),
                         ("created_by", "eve")]:
        reply = refused(400, "IMMUTABLE_FIELD", "PUT", path,
                        {**changed, "description": "", field: value})
        assert reply.error["field_violations"][0]["field"] == field
    assert call("GET", path)["deployment_track"] == changed


def test_delete_a_track(world, call):
    first, second = world.create("v1.0"), world.create("v1.1")
    assert call("DELETE", second + "?validate_only=true") == {
        "latest_deployment_track_id": first.rsplit("/", 1)[1], "abandoned_places": []}
    etag = call("GET", second)["deployment_track"]["etag"].strip('"')
    call("DELETE", f"{second}?etag=%22{etag}%22&request_id={uuid.uuid4()}&force=false")
    assert [t["apiVersion"] for t in call("GET", world.tracks)["deployment_tracks"]] == ["v1.0"]


def test_deploy_and_roll_back(world, call):
    track = world.create()
    images = [world.save(track) for _ in range(2)]
    for image in images:
        accepted = call("POST", track + "/deploy", {"image_id": image, "reason": "r"},
                        headers=["trackd-actor: ann"])
        done = world.ended(track, accepted["deployment"]["id"])
        assert done["state"] == "DEPLOYMENT_STATE_SUCCEEDED", done
        assert (done["environment_id"] == world.environments[0] and done["actor"] == "ann"
                and done["reason"] == "r")
    back = call(
        "POST", track + "/rollback", {"environment_id": world.environments[0]})["deployment"]
    assert back["kind"] == "DEPLOYMENT_KIND_ROLLBACK" and back["image_id"] == images[0]
    assert world.ended(track, back["id"])["state"] == "DEPLOYMENT_STATE_SUCCEEDED"


# The other routes.

def test_get_a_track(world, call):
    track = world.create()
    assert call("GET", track)["deployment_track"]["id"] == track.rsplit("/", 1)[1]


def test_images_of_a_track(world, call):
    track = world.create()
    saved = call("POST", track + "/images",
                 world.image(image_ports=[8080], registry_token="secret"))
    assert saved["auto_deploy"] == "AUTO_DEPLOY_DECISION_DISABLED"
    assert "secret" not in json.dumps(saved)
    page = call("GET", track + "/images?page_size=10")
    assert [i["image_id"] for i in page["images"]] == [saved["image"]["image_id"]]
    assert page["images"][0]["commit_hash"] == COMMIT


def test_an_image_without_a_track(world, call):
    saved = call("POST", f"/components/{world.component}/images", world.image(branch="main"))
    assert saved["image"]["deployment_track_id"] == ""
    assert saved["auto_deploy"] == "AUTO_DEPLOY_DECISION_UNVERSIONED"
    track = world.create()
    assert [i["image_id"] for i in call("GET", track + "/images")["images"]] == [
        saved["image"]["image_id"]]


def test_configs_of_a_track(world, call):
    track = world.create()
    endpoint = {"name": "api", "type": "ENDPOINT_TYPE_REST", "port": 8080}
    changed = call("PUT", track + "/configs", {"endpoints": [endpoint]})
    assert changed["deployment_track"]["endpoints"][0]["port"] == 8080
    changed = call("PUT", track + "/configs",
                   {"environment_variables": [{"name": "A", "value": "1"}]})
    assert (changed["configs"]["endpoints"]
            and changed["configs"]["environment_variables"][0]["value"] == "1")
    changed = call("PUT", track + "/configs", {"endpoints": []})
    assert changed["configs"]["endpoints"] == [] and changed["configs"]["environment_variables"]


def test_configs_of_a_track_are_read_and_changed_one_by_one(world, call, refused):
    track = world.create()
    settings = {"rate_limit_tier": "GOLD"}
    call("PUT", track + "/configs", {"environment_variables": [{"name": "A", "value": "1"}],
                                     "api_settings": settings})
    changed = call("PUT", track + "/configs", {
        "set_environment_variables": [{"name": "B", "value": "2"}],
        "remove_environment_variables": ["A"]})
    assert [v["name"] for v in changed["configs"]["environment_variables"]] == ["B"]
    assert changed["configs"]["api_settings"]["rate_limit_tier"] == "GOLD"
    found = call("GET", track + "/configs")
    assert (found["configs"] == changed["configs"]
            and found["etag"] == changed["deployment_track"]["etag"])
    assert found["revision"]["config_revision"] == 2 and found["warnings"] == []
    first = call("GET", track + "/configs?config_revision=1")["configs"]
    assert [v["name"] for v in first["environment_variables"]] == ["A"]
    page = call("GET", track + "/config_revisions?page_size=1")
    assert page["config_revisions"][0]["changes"] == [
        {"action": "CONFIG_CHANGE_ACTION_REMOVED", "target": "environment_variables/A"},
        {"action": "CONFIG_CHANGE_ACTION_ADDED", "target": "environment_variables/B"}]
    rest = call("GET", f"{track}/config_revisions?page_token={page['next_page_token']}")
    assert ([one["config_revision"] for one in rest["config_revisions"]] == [1]
            and rest["next_page_token"] == "")
    # A list and single variables together, in one body.
    body = {"environment_variables": [], "set_environment_variables": [{"name": "C", "value": "3"}]}
    refused(400, "INVALID_ENVIRONMENT_VARIABLE", "PUT", track + "/configs", body)
    refused(404, "CONFIG_REVISION_NOT_FOUND", "GET", track + "/configs?config_revision=3")
    refused(400, "INVALID_CONFIG_REVISION", "GET", track + "/configs?config_revision=-1")
    refused(400, "INVALID_PARAMETER", "GET", track + "/configs?config_revision=x")
    refused(404, "TRACK_NOT_FOUND", "GET", world.tracks + "/nothing/configs")


def test_what_a_get_answers_of_a_deployed_track_can_be_put(world, call):
    path = world.create()
    done = world.ended(
        path, call("POST", path + "/deploy", {"image_id": world.save(path)})["deployment"]["id"])
    got = call("GET", path)
    (active,) = got["active_deployments"]
    assert active["deployment"] == done and active["objects"][0]["kind"] == "Deployment"
    got["deployment_track"]["description"] = "edited"
    assert call("PUT", path, got)["deployment_track"]["description"] == "edited"


def test_the_history_of_a_track(world, call):
    track = world.create()
    image = world.save(track)
    ids = []
    for _ in range(2):
        ids.append(call("POST", track + "/deploy", {"image_id": image})["deployment"]["id"])
        world.ended(track, ids[-1])
    page = call("GET", f"{track}/deployments?environment_id={world.environments[0]}&page_size=1")
    assert [d["id"] for d in page["deployments"]] == [ids[1]] and page["next_page_token"]
    assert call(
        "GET", f"{track}/deployments?environment_id={world.environments[1]}")["deployments"] == []


def test_cancel_and_resume(world, call, refused):
    track = world.create()
    image = world.save(track)
    id = call("POST", track + "/deploy", {"image_id": image})["deployment"]["id"]
    world.ended(track, id)
    refused(400, "DEPLOYMENT_ENDED", "POST", f"{track}/deployments/{id}/cancel", {})
    path = f"{track}/environments/{world.environments[0]}/resume_auto_deploy"
    assert call("POST", path) == {"resumed": False}


def test_source_configs(world, refused):
    track = world.create()
    refused(400, "NO_REPOSITORY", "POST", track + "/apply_config", {"validate_only": True})
    refused(400, "NO_REPOSITORY", "GET", f"{track}/migrated_config?commit_hash={COMMIT}")


@pytest.mark.parametrize("plural, id, owner", [
    ("organizations", "organization", None),
    ("projects", "project", "organizations/{0.organization}"),
    ("components", "component", "projects/{0.project}"),
    ("environments", "environment", "projects/{0.project}"),
    ("deployment_pipelines", "deployment_pipeline", "projects/{0.project}"),
])
def test_catalog_resources(world, call, refused, plural, id, owner):
    attribute = {"environment": "environments", "deployment_pipeline": "pipeline"}.get(id, id)
    value = getattr(world, attribute)
    value = value[0] if isinstance(value, list) else value
    found = call("GET", f"/{plural}/{value}")[id]
    assert found["id"] == value
    path = f"/{owner.format(world)}/{plural}" if owner else f"/{plural}"
    page = call("GET", f"{path}?page_size=1000")
    while found not in page[plural]:
        page = call("GET", f"{path}?page_size=1000&page_token={page['next_page_token']}")
    assert call("PUT", f"/{plural}/{value}", {id: found, "validate_only": True})[id] == found
    refused(404, f"{id.upper()}_NOT_FOUND", "GET", f"/{plural}/nothing")
    refused(404, f"{id.upper()}_NOT_FOUND", "DELETE", f"/{plural}/nothing?validate_only=true")


def test_catalog_resources_go(world, call):
    call("DELETE", f"/components/{world.component}")
    call("DELETE", f"/deployment_pipelines/{world.pipeline}?request_id={uuid.uuid4()}")
    for environment in world.environments:
        call("DELETE", f"/environments/{environment}")
    call("DELETE", f"/projects/{world.project}")
    call("DELETE", f"/organizations/{world.organization}")


# Features of gRPC calls.

def test_a_request_id_counts_here_too(world, call, client):
    body = {"apiVersion": "v1.0", "request_id": str(uuid.uuid4())}
    assert call("POST", world.tracks, body) == call("POST", world.tracks, body)
    (track,) = client.list(world.component)
    assert track.api_version == "v1.0"


def test_head_is_get_without_the_body(world, server, http):
    reply = curl(server.address, "HEAD", world.tracks, http=http)
    assert reply.status == 200 and reply.text == ""
    assert int(reply.headers["content-length"]) == len(json.dumps(
        {"deployment_tracks": [], "next_page_token": ""}, separators=(",", ":")))


def test_each_route_is_one_line_in_the_log(start_server, http):
    one = start_server()
    curl(one.address, "GET", "/organizations?page_size=1", http=http)
    curl(one.address, "GET", "/organizations/nothing", http=http)
    curl(one.address, "GET", "/nothing", http=http)
    one.stop()
    calls = [r for r in one.log_records() if r["message"] == "call"]
    assert [(r["http_method"], r["method"], r["http_status"], r.get("code")) for r in calls] == [
        ("GET", "/organizations?page_size=1", 200, "OK"),
        ("GET", "/organizations/nothing", 404, "NOT_FOUND"), ("GET", "/nothing", 404, None)]


# Errors.

def test_every_class_of_error_has_its_status(world, call, refused):
    track = world.create(id="t")
    refused(400, "INVALID_API_VERSION", "POST", world.tracks, {"apiVersion": "1.0"})
    refused(404, "TRACK_NOT_FOUND", "GET", world.tracks + "/nothing")
    refused(404, "COMPONENT_NOT_FOUND", "GET", "/components/nothing/deployment_tracks")
    refused(409, "API_VERSION_EXISTS", "POST", world.tracks, {"apiVersion": "v1.0"})
    refused(409, "ETAG_MISMATCH", "PUT", track, {"description": "x", "etag": '"77"'})
    refused(400, "LAST_TRACK", "DELETE", track)
    refused(400, "BRANCH_UNLINKED", "POST", world.tracks,
            {"apiVersion": "v2.0", "auto_deploy_enabled": True})
    call("PUT", f"/organizations/{world.organization}",
         {"organization": {"tier": "ORGANIZATION_TIER_FREE"}})
    world.create("v1.1")
    refused(429, "TRACK_LIMIT_REACHED", "POST", world.tracks, {"apiVersion": "v1.2"})


def test_an_error_names_its_fields(world, refused):
    reply = refused(400, "INVALID_ENDPOINT", "PUT", world.create() + "/configs", {
        "endpoints": [{"name": "A", "type": "ENDPOINT_TYPE_REST", "port": 80}]})
    fields = {violation["field"] for violation in reply.error["field_violations"]}
    assert {"endpoints[0].name", "endpoints[0].port"} <= fields
    assert reply.error["status"] == "INVALID_ARGUMENT"


BAD_REQUESTS = [
    (404, "ROUTE_NOT_FOUND", "GET", "/", None, {}),
    (404, "ROUTE_NOT_FOUND", "GET", "/components/c/deployment_tracks/", None, {}),
    (404, "ROUTE_NOT_FOUND", "GET", "/../etc/passwd", None, {}),
    (400, "INVALID_URL", "GET", "/components/%zz", None, {}),
    (400, "INVALID_URL", "GET", "/components/%ff", None, {}),
    (400, "INVALID_ID", "GET", "/components/A%2Fb/deployment_tracks", None, {}),
    (400, "INVALID_ID", "GET", "/components/%2e%2e/deployment_tracks", None, {}),
    (405, "METHOD_NOT_ALLOWED", "PATCH", "/components/c/deployment_tracks/t", "{}", {}),
    (405, "METHOD_NOT_ALLOWED", "OPTIONS", "/components/c/deployment_tracks", None, {}),
    (400, "INVALID_PARAMETER", "GET", "/components/c/deployment_tracks?page_size=x", None, {}),
    (400, "INVALID_PARAMETER", "GET", "/components/c/deployment_tracks?nonsense=1", None, {}),
    (400, "INVALID_PARAMETER", "DELETE", "/components/c/deployment_tracks/t?force=1", None, {}),
    (400, "INVALID_PARAMETER", "POST", "/components/c/deployment_tracks?id=x", "{}", {}),
    (400, "INVALID_PAGE_SIZE", "GET", "/organizations?page_size=-1", None, {}),
    (400, "INVALID_PAGE_TOKEN", "GET", "/organizations?page_token=x", None, {}),
    (400, "INVALID_BODY", "POST", "/components/c/deployment_tracks", "{", {}),
    (400, "INVALID_BODY", "POST", "/components/c/deployment_tracks", "[]", {}),
    (400, "INVALID_BODY", "POST", "/components/c/deployment_tracks", '{"nonsense":1}', {}),
    (400, "INVALID_BODY", "POST", "/components/c/deployment_tracks", '{"apiVersion":1}', {}),
    (400, "INVALID_BODY", "POST", "/components/c/deployment_tracks", '{"component_id":"d"}', {}),
    (400, "INVALID_BODY", "POST", "/components/c/deployment_tracks", b'{"branch":"\xff"}', {}),
    (400, "INVALID_BODY", "PUT", "/components/c/deployment_tracks/t", '{"update_mask":"branch"}',
     {}),
    (400, "INVALID_BODY", "PUT", "/projects/p", '{"project":{"id":"q"}}', {}),
    (400, "INVALID_BODY", "DELETE", "/projects/p", "{}", {}),
    (400, "INVALID_BODY", "POST", "/components/c/deployment_tracks", "[" * 500_000, {}),
    (415, "UNSUPPORTED_BODY", "POST", "/components/c/deployment_tracks", "{}",
     {"content_type": "text/plain"}),
    (415, "UNSUPPORTED_BODY", "POST", "/components/c/deployment_tracks", "{}",
     {"content_type": ""}),
    (415, "UNSUPPORTED_BODY", "POST", "/components/c/deployment_tracks", "{}",
     {"headers": ["content-encoding: gzip"]}),
    (413, "BODY_TOO_LARGE", "POST", "/components/c/deployment_tracks", b" " * (1 << 20) + b"{}",
     {}),
]


@pytest.mark.parametrize("status, reason, method, path, body, options", BAD_REQUESTS,
                         ids=[f"{number}-{bad[1]}" for number, bad in enumerate(BAD_REQUESTS)])
def test_a_bad_request_has_its_answer(refused, status, reason, method, path, body, options):
    reply = refused(status, reason, method, path, body, **options)
    if status == 405:
        assert reply.headers["allow"]


def test_the_paths_of_methods_are_no_routes(server):
    path = "/deploymenttrack.v1.CatalogService/GetOrganization"
    for method, kind, status in (("POST", "text/plain", "415"),
                                 ("GET", "application/json", "405"),
                                 ("GET", "application/grpc", "405")):
        with server.connect() as sock, RawConnection(sock) as connection:
            connection.headers(1, request_headers(path, method=method, content_type=kind),
                               end_stream=True)
            assert connection.answer(1) == f"HTTP {status}"


@pytest.mark.skipif(SANITIZED, reason="its memory is the sanitizer's")
def test_bad_bodies_leave_nothing_behind(server, world):
    for _ in range(20):
        curl(server.address, "POST", world.tracks, b"[" * (1 << 20))
    before = server.rss_kb()
    for _ in range(30):
        curl(server.address, "POST", world.tracks, b'{"id":"' + b"x" * ((1 << 20) - 100) + b'"}')
        curl(server.address, "PUT", world.tracks + "/t/configs",
             '{"endpoints":[' + "{}," * 340_000 + "{}]}")
    assert server.rss_kb() < before + 32_000
