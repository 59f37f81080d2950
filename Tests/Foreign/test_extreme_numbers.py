"""Valid requests with one extreme number: every number, time and enum of every method at the ends
of its type."""

import importlib

import grpc
import pytest
from google.protobuf.descriptor import FieldDescriptor

from support.client import Client
from support.server import Server
from support.shop import Shop
from support.stubs import api

EXTREMES = {
    FieldDescriptor.CPPTYPE_INT32: [-2**31, -1, 0, 1, 2**31 - 1],
    FieldDescriptor.CPPTYPE_UINT32: [0, 1, 2**32 - 1],
    FieldDescriptor.CPPTYPE_INT64: [-2**63, -9_223_372_036_855, -9_223_372_036_854, -62_135_596_801,
                                    -1, 0, 253_402_300_799, 253_402_300_800, 9_223_372_036_854,
                                    2**63 - 1],
    FieldDescriptor.CPPTYPE_UINT64: [0, 2**64 - 1],
    FieldDescriptor.CPPTYPE_ENUM: [-2**31, -1, 0, 99, 2**31 - 1],
}
#: The answers that concern the request, not a failure of the server.
ANSWERS = {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "FAILED_PRECONDITION",
           "ABORTED", "OUT_OF_RANGE", "RESOURCE_EXHAUSTED"}


def numbers(descriptor, path=(), depth=0):
    """The paths of all numbers of a message."""
    for field in descriptor.fields:
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            if depth < 4:
                yield from numbers(field.message_type, (*path, field), depth + 1)
        elif field.cpp_type in EXTREMES:
            yield (*path, field)


def put(message, path, value):
    for field in path[:-1]:
        there = getattr(message, field.name)
        if field.is_repeated:
            message = there[0] if len(there) else there.add()
        else:
            there.SetInParent()
            message = there
    last = path[-1]
    if last.is_repeated:
        del getattr(message, last.name)[:]
        getattr(message, last.name).append(value)
    else:
        setattr(message, last.name, value)


def right(shop, name):
    """A valid request of the method, as far as possible."""
    request = getattr(api, f"{name}Request")()
    track = shop.tracks[0]
    for field, value in {
        "organization_id": shop.organization, "project_id": shop.project,
        "component_id": shop.component, "deployment_track_id": track,
        "environment_id": shop.environments[0], "image_id": shop.images[track][0],
        "deployment_id": shop.deployment, "run_id": "extreme", "git_hash": "cd" * 20,
        "api_version": "v7.0",
    }.items():
        if field in request.DESCRIPTOR.fields_by_name:
            setattr(request, field, value)
    if name == "SaveDeploymentTrackImage":
        request.images.add(name="app", reference="registry.example/app:1")
        request.git_hash_commit_timestamp.seconds = 1_700_000_000
    if name == "UpdateDeploymentTrackConfigs":
        request.endpoints.add(name="api", type=api.ENDPOINT_TYPE_REST, port=8080)
    kind = name.removeprefix("Put").lower()
    if name.startswith("Put"):
        resource = getattr(request, [f.name for f in request.DESCRIPTOR.fields
                                     if f.name.replace("_", "") == kind][0])
        resource.id = "extreme"
        for field, value in {"organization_id": shop.organization,
                             "project_id": shop.project}.items():
            if field in resource.DESCRIPTOR.fields_by_name:
                setattr(resource, field, value)
    if "validate_only" in request.DESCRIPTOR.fields_by_name and name.startswith("Delete"):
        request.validate_only = True
    return request


def methods():
    for module in ("catalog_service", "deployment_track_service"):
        descriptor = importlib.import_module(f"deploymenttrack.v1.{module}_pb2").DESCRIPTOR
        for service in descriptor.services_by_name.values():
            for method in service.methods:
                yield module.split("_")[0], method


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("extreme") / "data")
    client = Client(server.address)
    shop = Shop(client)
    track = shop.tracks[0]
    shop.deployment = shop.deploy(track, shop.environments[0], shop.images[track][0]).id
    shop.server = server
    yield shop
    server.stop()


@pytest.mark.parametrize("side, method", [pytest.param(*one, id=one[1].name) for one in methods()])
def test_every_number_of_a_request_may_be_anything(shop, side, method):
    stub = shop.client.catalog if side == "catalog" else shop.client.tracks
    for path in numbers(method.input_type):
        for value in EXTREMES[path[-1].cpp_type]:
            request = right(shop, method.name)
            put(request, path, value)
            try:
                answer = getattr(stub, method.name)(request,
                                                    timeout=0.3 if method.server_streaming else 20)
                code = "OK"
                if method.server_streaming:
                    next(iter(answer))
                    answer.cancel()
            except grpc.RpcError as error:
                code = error.code().name
            names = ".".join(field.name for field in path)
            # A valid watch may have nothing to send yet.
            assert code in ANSWERS or method.server_streaming and code == "DEADLINE_EXCEEDED", (
                (names, value, code))
    assert shop.get(shop.tracks[0], shop.deployment).id == shop.deployment
