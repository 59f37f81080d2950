"""nghttp, Debian's HTTP/2 client, which does not know gRPC."""

import re
import shutil
import subprocess

import pytest
from grpc_health.v1 import health_pb2

from support.envelopes import envelopes
from support.raw_h2 import message
from support.stubs import api

pytestmark = pytest.mark.skipif(not shutil.which("nghttp"), reason="nghttp is not installed")
TRACKS = "/deploymenttrack.v1.DeploymentTrackService/"


def nghttp(server, tmp_path, path: str, request, *options) -> tuple[bytes, dict[str, str]]:
    """The message of the reply, and the header fields and trailers that nghttp reports."""
    body = tmp_path / "body"
    body.write_bytes(message(request.SerializeToString()))
    argv = ["nghttp", "-d", str(body), "-H", "te: trailers", "-H", "content-type: application/grpc",
            *options]
    url = f"http://{server.address}{path}"
    plain = subprocess.run([*argv, url], capture_output=True, timeout=30, check=True)
    verbose = subprocess.run([*argv, "-nv", url], capture_output=True, text=True, timeout=30,
                             check=True)
    text = re.sub(r"\x1b\[[0-9;]*m", "", verbose.stdout)
    fields = dict(re.findall(r"recv \(stream_id=\d+\) ([a-z:][a-z0-9-]*): (.*)", text))
    ((flags, reply),) = envelopes(plain.stdout)
    assert flags == 0
    return reply, fields


def test_health(server, tmp_path):
    reply, fields = nghttp(server, tmp_path, "/grpc.health.v1.Health/Check",
                           health_pb2.HealthCheckRequest())
    assert (health_pb2.HealthCheckResponse.FromString(reply).status
            == health_pb2.HealthCheckResponse.SERVING)
    assert fields[":status"] == "200" and fields["grpc-status"] == "0"
    assert fields["content-type"].startswith("application/grpc")


def test_create_and_get(server, client, tmp_path):
    component = client.put_component()
    request = api.CreateDeploymentTrackRequest(component_id=component, api_version="v1.0",
                                               branch="a%20b", request_id="0f7f3c2e-4b57-4e0a-9f0e-0d9c1f3a5b71")
    reply, fields = nghttp(server, tmp_path, TRACKS + "CreateDeploymentTrack", request)
    created = api.CreateDeploymentTrackResponse.FromString(reply).deployment_track
    assert fields["grpc-status"] == "0" and created.branch == "a b"
    reply, fields = nghttp(server, tmp_path, TRACKS + "GetDeploymentTrack",
                           api.GetDeploymentTrackRequest(
                               component_id=component, deployment_track_id=created.id))
    assert fields["grpc-status"] == "0"
    assert api.GetDeploymentTrackResponse.FromString(reply).deployment_track == created


@pytest.mark.parametrize("window_bits", [8, 12, 16, 20])
def test_a_long_list_arrives_whole_through_any_window(server, client, tmp_path, window_bits):
    component = client.put_component()
    for number in range(60):
        client.create(component, f"v1.{number}", description="d" * 200)
    request = api.ListDeploymentTracksRequest(component_id=component)
    reply, fields = nghttp(server, tmp_path, TRACKS + "ListDeploymentTracks", request,
                           f"-w{window_bits}", f"-W{window_bits}")
    assert fields["grpc-status"] == "0"
    assert (list(api.ListDeploymentTracksResponse.FromString(reply).deployment_tracks)
            == client.list(component))
