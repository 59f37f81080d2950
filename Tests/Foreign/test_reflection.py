"""Reflection as stock clients use it: a contract that comes from the server alone."""

import json
import pathlib
import subprocess
import sys

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase)

from support.paths import PROTOS, grpcurl
from support.stubs import api

SERVICES = [
    "deploymenttrack.v1.AccessService", "deploymenttrack.v1.AuditService",
    "deploymenttrack.v1.CatalogService", "deploymenttrack.v1.DeploymentTrackService",
    "deploymenttrack.v1.DiagnosticsService",
    "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
]
FILES = [path.relative_to(PROTOS).as_posix()
         for path in sorted(PROTOS.glob("deploymenttrack/v1/*.proto"))]


@pytest.fixture
def pool(client):
    """A pool that knows nothing but what the server tells."""
    return descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(client.channel))


def bare(descriptor) -> descriptor_pb2.FileDescriptorProto:
    """A file's descriptor without the names of JSON, which protoc fills in."""
    proto = descriptor_pb2.FileDescriptorProto()
    descriptor.CopyToProto(proto)
    # Read again, so that options of the project's own are known on both sides.
    proto = descriptor_pb2.FileDescriptorProto.FromString(proto.SerializeToString())
    for extension in proto.extension:
        extension.ClearField("json_name")
    return proto


def test_the_services_are_listed(client):
    assert ProtoReflectionDescriptorDatabase(client.channel).get_services() == SERVICES


def test_a_pool_of_the_server_alone_makes_calls(client, pool):
    component = client.put_component()
    track = client.create(component, "v1.0", branch="main")
    method = pool.FindServiceByName(
        "deploymenttrack.v1.DeploymentTrackService").methods_by_name["GetDeploymentTrack"]
    request, reply = (message_factory.GetMessageClass(kind)
                      for kind in (method.input_type, method.output_type))
    call = client.channel.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=request.SerializeToString, response_deserializer=reply.FromString)
    found = call(
        request(component_id=component, deployment_track_id=track.id), timeout=10).deployment_track
    assert (found.id, found.api_version, found.branch) == (track.id, "v1.0", "main")
    assert (found.SerializeToString(deterministic=True)
            == track.SerializeToString(deterministic=True))


@pytest.mark.parametrize("path", FILES)
def test_each_file_is_what_protoc_makes_of_it(pool, path):
    theirs = pool.FindFileByName(path)
    # The stubs registered what protoc made of the same files.
    ours = descriptor_pool.Default().FindFileByName(path)
    assert bare(theirs) == bare(ours)


def test_the_details_of_errors_are_known(pool):
    assert pool.FindMessageTypeByName("google.rpc.ErrorInfo").file.name == (
        "google/rpc/error_details.proto")


def test_what_is_not_known_is_not_found_and_the_call_goes_on(client):
    asked = [
        reflection_pb2.ServerReflectionRequest(file_by_filename="nothing.proto"),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol="nothing.Type"),
        reflection_pb2.ServerReflectionRequest(
            file_containing_extension={"containing_type": "x.Y", "extension_number": 1}),
        reflection_pb2.ServerReflectionRequest(all_extension_numbers_of_type="nothing.Type"),
        reflection_pb2.ServerReflectionRequest(list_services=""),
    ]
    stub = reflection_pb2_grpc.ServerReflectionStub(client.channel)
    answers = list(stub.ServerReflectionInfo(iter(asked), timeout=10))
    assert [answer.original_request for answer in answers] == asked
    assert [answer.error_response.error_code for answer in answers] == (
        [grpc.StatusCode.NOT_FOUND.value[0]] * 4 + [0])


def curl(*arguments: str) -> str:
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_grpcurl_lists_describes_and_calls_without_files(server, client):
    plain = (str(grpcurl()), "-plaintext")
    assert curl(*plain, server.address, "list").split() == SERVICES
    assert "rpc GetDeploymentTrack (" in curl(
        *plain, server.address, "describe", "deploymenttrack.v1.DeploymentTrackService")
    component = client.put_component()
    track = client.create(component, "v1.0")
    reply = curl(*plain,
                 "-d", json.dumps({"component_id": component, "deployment_track_id": track.id}),
                 server.address, "deploymenttrack.v1.DeploymentTrackService/GetDeploymentTrack")
    assert json.loads(reply)["deployment_track"]["id"] == track.id


def test_buf_curl_calls_without_files(server, client):
    component = client.put_component()
    track = client.create(component, "v1.0")
    buf = str(pathlib.Path(sys.executable).parent / "buf")
    reply = curl(buf, "curl", "--protocol", "grpc", "--http2-prior-knowledge",
                 "-d", json.dumps({"component_id": component, "deployment_track_id": track.id}),
                 f"http://{server.address}"
                 "/deploymenttrack.v1.DeploymentTrackService/GetDeploymentTrack")
    assert json.loads(reply)["deployment_track"]["id"] == track.id
