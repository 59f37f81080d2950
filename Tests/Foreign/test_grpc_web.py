"""gRPC-Web, byte by byte over HTTP/2; `test_connect.py` calls it with a stock client."""

import base64
import re

import pytest

from support.curl import curl
from support.envelopes import envelope, envelopes
from support.stubs import api

SERVICE = "/deploymenttrack.v1.DeploymentTrackService/"


def call(server, method: str, body: bytes, content_type: str, *headers: str, http="2"):
    """Makes a request. Returns the header fields and the body of its reply."""
    reply = curl(server.address, "POST", SERVICE + method, body, content_type=content_type,
                 headers=["x-grpc-web: 1", *headers], http=http)
    assert reply.status == 200
    return reply.headers, reply.body


def decoded(text: bytes) -> bytes:
    """A body in base64 whose pieces have padding of their own."""
    assert re.fullmatch(rb"[A-Za-z0-9+/=]*", text) and len(text) % 4 == 0
    return b"".join(base64.b64decode(text[at:at + 4]) for at in range(0, len(text), 4))


@pytest.mark.parametrize("http", ["1.1", "2"])
@pytest.mark.parametrize("text", [False, True])
def test_a_call(server, client, text, http):
    component = client.put_component()
    track = client.create(component, "v1.0")
    request = envelope(api.ListDeploymentTracksRequest(component_id=component).SerializeToString())
    kind = "application/grpc-web-text+proto" if text else "application/grpc-web+proto"
    if text:
        # Two pieces, each with its padding.
        request = base64.b64encode(request[:4]) + base64.b64encode(request[4:])
    head, body = call(server, "ListDeploymentTracks", request, kind, http=http)
    assert head["content-type"] == kind
    (flags, message), end = envelopes(decoded(body) if text else body)
    reply = api.ListDeploymentTracksResponse.FromString(message)
    assert flags == 0 and list(reply.deployment_tracks) == [track]
    assert end == (0x80, b"grpc-status: 0\r\n")


def test_a_stream_ends_with_its_deadline(server, client):
    component = client.put_component()
    track = client.create(component, "v1.0")
    request = envelope(api.WatchDeploymentTracksRequest(component_id=component).SerializeToString())
    _, body = call(server, "WatchDeploymentTracks", request, "application/grpc-web",
                   "accept: application/grpc-web-text", "grpc-timeout: 500m")
    first, second, (flags, trailers) = envelopes(decoded(body))
    message = api.WatchDeploymentTracksResponse.FromString(first[1])
    assert message.change.deployment_track == track
    assert api.WatchDeploymentTracksResponse.FromString(second[1]).resume_token
    assert flags == 0x80 and trailers.startswith(b"grpc-status: 4\r\n")


def test_an_error_is_in_the_header_fields(server):
    request = envelope(api.GetDeploymentTrackRequest(
        component_id="no", deployment_track_id="no").SerializeToString())
    head, body = call(server, "GetDeploymentTrack", request, "application/grpc-web")
    assert head["grpc-status"] == "5" and head["grpc-message"] and body == b""
    assert head["grpc-status-details-bin"]


@pytest.mark.parametrize("body, status", [
    (b"", "12"), (b"!", "13"), (base64.b64encode(envelope(b"", 0x80)), "13"),
    (base64.b64encode(envelope(b"abc")[:-1]), "13"), (b"AAAAA", "13"),
])
def test_a_broken_body(server, body, status):
    head, _ = call(server, "GetDeploymentTrack", body, "application/grpc-web-text")
    assert head["grpc-status"] == status


def test_an_unknown_method(server):
    # Over HTTP/1.1, for Debian's curl waits for ever when a stream of HTTP/2 ends with status 200
    # before the request's body has left.
    head, _ = call(server, "Nothing", envelope(b""), "application/grpc-web+proto", http="1.1")
    assert head["grpc-status"] == "12"
