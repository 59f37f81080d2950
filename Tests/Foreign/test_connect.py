"""The Connect protocol, by its own client for Python and by curl."""

import base64
import gzip
import json

import pytest
from connectrpc.code import Code
from connectrpc.errors import ConnectError
from google.rpc import error_details_pb2

from support.client import unique
from support.connect import GET, LIST, WATCH, connected
from support.curl import curl
from support.envelopes import envelope, envelopes
from support.stubs import api

SERVICE = "/deploymenttrack.v1.DeploymentTrackService/"
LIST_PATH, GET_PATH, WATCH_PATH = (
    SERVICE + name for name in
    ("ListDeploymentTracks", "GetDeploymentTrack", "WatchDeploymentTracks"))
CLIENTS = [(protocol, codec, http) for protocol in ("connect", "grpc-web")
           for codec in ("proto", "json") for http in ("1.1", "2")]


@pytest.fixture(params=[*CLIENTS, ("grpc", "proto", "2")], ids="-".join)
def connect_client(request, server):
    """Connect's client in each protocol that it speaks."""
    with connected(server.address, *request.param) as client:
        yield client


def test_a_call(connect_client, client):
    component = client.put_component()
    track = client.create(component, "v1.0", description="größer")
    reply = connect_client.execute_unary(
        request=api.ListDeploymentTracksRequest(component_id=component), method=LIST,
        timeout_ms=10_000)
    assert list(reply.deployment_tracks) == [track]


def test_a_large_reply_is_compressed_and_whole(connect_client, client):
    component = client.put_component()
    for number in range(60):
        client.create(component, f"v1.{number}", description="x" * 200)
    reply = connect_client.execute_unary(
        request=api.ListDeploymentTracksRequest(component_id=component), method=LIST,
        timeout_ms=10_000)
    assert len(reply.deployment_tracks) == 60


def test_an_error_has_its_code_and_details(connect_client):
    with pytest.raises(ConnectError) as raised:
        connect_client.execute_unary(
            request=api.GetDeploymentTrackRequest(component_id="no", deployment_track_id="no"),
            method=GET, timeout_ms=10_000)
    assert raised.value.code == Code.NOT_FOUND
    reasons = [error_details_pb2.ErrorInfo.FromString(detail.message_bytes).reason
               for detail in raised.value.details if detail.type_name == "google.rpc.ErrorInfo"]
    assert len(reasons) == 1 and reasons[0].endswith("NOT_FOUND")


def test_a_watch_brings_changes_as_they_come(connect_client, client):
    component = client.put_component()
    track = client.create(component, "v1.0")
    watch = connect_client.execute_server_stream(
        request=api.WatchDeploymentTracksRequest(component_id=component), method=WATCH,
        timeout_ms=60_000)
    assert next(watch).change.deployment_track == track
    assert next(watch).resume_token
    created = client.create(component, "v1.1")
    changes = [next(watch), next(watch)]
    assert created.id in [change.change.deployment_track.id for change in changes]
    watch.close()


def test_an_error_ends_a_stream(connect_client):
    watch = connect_client.execute_server_stream(
        request=api.WatchDeploymentTracksRequest(component_id="none"),
        method=WATCH, timeout_ms=10_000)
    with pytest.raises(ConnectError) as raised:
        next(watch)
    assert raised.value.code == Code.NOT_FOUND
    assert raised.value.details


# By curl

def test_a_deadline_ends_a_stream(server, client):
    request = json.dumps({"component_id": client.put_component()}).encode()
    reply = curl(server.address, "POST", WATCH_PATH, envelope(request),
                 content_type="application/connect+json", headers=["connect-timeout-ms: 300"])
    flags, end = envelopes(reply.body)[-1]
    assert flags == 2 and json.loads(end)["error"]["code"] == "deadline_exceeded"


def test_json_by_curl(server, client):
    component = client.put_component()
    track = client.create(component, "v1.0")
    reply = curl(server.address, "POST", LIST_PATH, {"component_id": component})
    assert reply.status == 200
    assert [one["id"] for one in reply.json["deployment_tracks"]] == [track.id]
    compressed = curl(server.address, "POST", LIST_PATH,
                      gzip.compress(json.dumps({"component_id": component}).encode()),
                      headers=["content-encoding: gzip", "accept-encoding: identity"])
    assert compressed.json == reply.json


def test_the_actor_is_a_header_field_and_the_log_names_the_protocol(start_server):
    server = start_server()
    reply = curl(server.address, "POST", "/deploymenttrack.v1.CatalogService/PutOrganization",
                 {"organization": {"id": unique("org"), "tier": "ORGANIZATION_TIER_FREE"}},
                 headers=["trackd-actor: ada"])
    assert reply.status == 200 and reply.json["organization"]["etag"]
    server.stop()
    calls = [one for one in server.log_records() if one.get("message") == "call"]
    assert [(one["protocol"], one["code"]) for one in calls] == [("connect", "OK")]


def test_an_error_by_curl(server):
    reply = curl(server.address, "POST", GET_PATH,
                 {"component_id": "no", "deployment_track_id": "no"})
    assert reply.status == 404
    assert reply.json["code"] == "not_found" and reply.json["message"]
    detail = next(one for one in reply.json["details"]
                  if one["type"] == "google.rpc.ErrorInfo")
    value = base64.b64decode(detail["value"] + "==")
    info = error_details_pb2.ErrorInfo.FromString(value)
    assert info.domain == "trackd" == detail["debug"]["domain"]
    assert info.reason == detail["debug"]["reason"]


@pytest.mark.parametrize("status, code, body, headers", [
    (400, "invalid_argument", "{", []),
    (400, "invalid_argument", "[]", []),
    (400, "invalid_argument", '{"component_id":1}', []),
    (400, "invalid_argument", "{}", ["connect-timeout-ms: soon"]),
    (400, "invalid_argument", "{}", ["connect-timeout-ms: 12345678901"]),
    (400, "invalid_argument", "{}", ["connect-protocol-version: 2"]),
    (504, "deadline_exceeded", "{}", ["connect-timeout-ms: 0"]),
    (501, "unimplemented", "{}", ["content-encoding: br"]),
    pytest.param(429, "resource_exhausted", b'"' + b"x" * (5 << 20) + b'"', [], id="large"),
])
def test_a_bad_request_has_its_answer(server, status, code, body, headers):
    reply = curl(server.address, "POST", LIST_PATH, body, headers=headers)
    assert reply.status == status, reply
    assert reply.json["code"] == code


@pytest.mark.parametrize("path, content_type, body, headers, field", [
    (LIST_PATH, "application/json", b"no gzip", ["content-encoding: gzip"], "content-encoding"),
    (WATCH_PATH, "application/connect+json", b"\1\0\0\0\3abc", ["connect-content-encoding: gzip"],
     "connect-content-encoding"),
    (WATCH_PATH, "application/connect+json", b"\1\0\0\0\3abc", [], "connect-content-encoding")])
def test_errors_name_the_fields_of_connect(server, path, content_type, body, headers, field):
    reply = curl(server.address, "POST", path, body, content_type=content_type, headers=headers)
    assert field.encode() in reply.body and b"grpc-encoding" not in reply.body, reply


def test_errors_name_nothing_of_the_program(server):
    for size in (5 << 20, 3 << 20):
        reply = curl(server.address, "POST", LIST_PATH, b'{"page_token":"' + b"x" * size + b'"}')
        assert reply.status >= 400 and b"RPCLimits" not in reply.body, reply.body[:200]


@pytest.mark.parametrize("status, method, path, content_type, header", [
    (415, "POST", LIST_PATH, "text/plain", ("accept-post", "application/proto, application/json")),
    (415, "POST", LIST_PATH, "application/connect+proto",
     ("accept-post", "application/proto, application/json")),
    (415, "POST", WATCH_PATH, "application/json",
     ("accept-post", "application/connect+proto, application/connect+json")),
    (405, "GET", LIST_PATH + "?encoding=json&message=%7B%7D", "", ("allow", "post")),
    (405, "PUT", LIST_PATH, "application/json", ("allow", "post")),
    (404, "POST", SERVICE + "Nothing", "application/proto", ("content-type", "application/json")),
])
def test_what_no_method_takes(server, status, method, path, content_type, header):
    body = None if method == "GET" else "{}"
    reply = curl(server.address, method, path, body, content_type=content_type)
    assert reply.status == status, reply
    assert reply.headers[header[0]].startswith(header[1]), reply
