"""Two organizations on one trackd: whoever administers one learns nothing of the other."""

import uuid

import grpc
import pytest
from google.protobuf import text_format
from grpc_status import rpc_status

from support.client import unique
from support.errors import refused
from support.policies import Guarded, binding
from support.shop import Shop
from support.stubs import api
from support.watch import state, watch

SERVICES = {"catalog": "CatalogService", "tracks": "DeploymentTrackService",
            "access": "AccessService", "diagnostics": "DiagnosticsService"}
#: Fields of requests by what they name.
NAMES = ("organization_id", "project_id", "component_id", "environment_id",
         "deployment_pipeline_id", "default_pipeline_id", "deployment_track_id", "deployment_id",
         "image_id", "expected_current_deployment_id", "rollback_of")


class Tenant:
    """An organization with something of each kind, and its administrator."""

    def __init__(self, world, name: str):
        admin = world.admin
        self.shop = Shop(admin, environments=2, images=2)
        shop = self.shop
        self.pipeline = unique("pip")
        admin.catalog.PutDeploymentPipeline(api.PutDeploymentPipelineRequest(
            deployment_pipeline=api.DeploymentPipeline(
                id=self.pipeline, project_id=shop.project, environment_ids=shop.environments)))
        track = shop.tracks[0]
        self.deployment = shop.deploy(track, shop.environments[0], shop.images[track][0]).id
        shop.ended(track, self.deployment)
        self.names = {
            "organization_id": shop.organization, "project_id": shop.project,
            "component_id": shop.component, "environment_id": shop.environments[0],
            "deployment_pipeline_id": self.pipeline, "default_pipeline_id": self.pipeline,
            "deployment_track_id": track, "deployment_id": self.deployment,
            "image_id": shop.images[track][0],
            "expected_current_deployment_id": self.deployment, "rollback_of": self.deployment}
        self.client = world.client(name)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    one = Guarded(tmp_path_factory.mktemp("apart"), ["mine", "theirs", "reader"])
    one.admin = one.client("admin")
    one.mine, one.theirs = Tenant(one, "mine"), Tenant(one, "theirs")
    one.reader = one.client("reader")
    one.change([
        binding("all", "mine", organization=one.mine.shop.organization),
        binding("all", "theirs", organization=one.theirs.shop.organization),
        binding("read", "reader", organization=one.mine.shop.organization)])
    yield one
    one.stop()


def missing(name: str) -> str:
    """An id of nothing, in the form of `name`."""
    return str(uuid.uuid4()) if len(name) == 36 else unique("none")


def filled(method, names: dict[str, str]):
    """A request of the method that names these things."""
    request = getattr(api, method.input_type.name)()
    for field in request.DESCRIPTOR.fields:
        if field.name in names:
            setattr(request, field.name, names[field.name])
    kind = method.name.removeprefix("Put")
    if method.name.startswith("Put"):
        resource = getattr(request, "".join(
            "_" + c.lower() if c.isupper() else c for c in kind).lstrip("_"))
        fill(resource, kind, names)
    if method.name == "SaveDeploymentTrackImage":
        request.run_id, request.git_hash = "7", "ab" * 20
        request.git_hash_commit_timestamp.seconds = 1_700_000_000
        request.images.add(name="app", reference="registry.example/app:7")
    if method.name == "CreateDeploymentTrack":
        request.api_version, request.branch = "v1.0", "main"
    if method.name == "UpdateDeploymentTrack":
        request.description = "new"
    if "validate_only" in request.DESCRIPTOR.fields_by_name:
        request.validate_only = True
    if method.name == "CheckAccess":
        request.verb = api.VERB_READ
    if method.name == "WatchDeploymentTracks" and request.component_id:
        request.project_id = ""
    return request


def fill(resource, kind: str, names: dict[str, str]) -> None:
    own = {"Organization": "organization_id", "Project": "project_id", "Component": "component_id",
           "Environment": "environment_id", "DeploymentPipeline": "deployment_pipeline_id"}[kind]
    resource.id = names[own]
    for field in resource.DESCRIPTOR.fields:
        if field.name in names:
            setattr(resource, field.name, names[field.name])
    if kind == "Organization":
        resource.tier = api.ORGANIZATION_TIER_PAID
    if kind == "Component":
        resource.type, resource.image_source = api.COMPONENT_TYPE_SERVICE, api.IMAGE_SOURCE_BUILD
    if kind == "Environment":
        resource.name = "x"
    if kind == "DeploymentPipeline":
        resource.environment_ids.append(names["environment_id"])


def answer(client, service: str, method, request, names: dict[str, str]) -> str:
    """All that a call tells, with placeholders for the names in the request."""
    call = getattr(getattr(client, service), method.name)
    try:
        response = call(request, timeout=10)
        if method.server_streaming:
            response = next(response)
        text = text_format.MessageToString(response)
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        text = f"{error.code()} {error.details()} " + "".join(
            text_format.MessageToString(detail) for detail in (status.details if status else ()))
    for placeholder, name in sorted(names.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(name, f"<{placeholder}>")
    return text


def methods():
    from deploymenttrack.v1 import access_service_pb2, catalog_service_pb2
    from deploymenttrack.v1 import deployment_track_service_pb2, diagnostics_service_pb2
    files = (access_service_pb2, catalog_service_pb2, deployment_track_service_pb2,
             diagnostics_service_pb2)
    for attribute, name in SERVICES.items():
        for file in files:
            if name in file.DESCRIPTOR.services_by_name:
                for method in file.DESCRIPTOR.services_by_name[name].methods:
                    yield attribute, method


@pytest.mark.parametrize("service, method", methods(), ids=lambda value: getattr(
    value, "name", ""))
def test_what_is_theirs_answers_as_what_is_missing(world, service, method):
    mine, theirs = world.mine, world.theirs
    if method.name in ("WhoAmI", "ListOrganizations"):
        return
    if method.name == "Diagnose":
        told = mine.client.diagnostics.Diagnose(api.DiagnoseRequest(), timeout=10)
        assert not told.checks and not told.HasField("uptime")
        return
    for known in ({}, *({name: mine.names[name]} for name in NAMES)):
        # Everything is theirs, but for what `known` says; then the same with nothing there.
        absent = {name: missing(value) for name, value in theirs.names.items()}
        for other in ("environment_id", "deployment_pipeline_id"):
            absent.setdefault(other, unique("none"))
        absent["default_pipeline_id"] = absent["deployment_pipeline_id"]
        found, lacking = {**theirs.names, **known}, {**absent, **known}
        told = answer(mine.client, service, method, filled(method, found), found)
        control = answer(mine.client, service, method, filled(method, lacking), lacking)
        if "ID_TAKEN" in told:
            assert method.name.startswith("Put") and known
            continue
        assert told == control, f"{method.name} {known}"


def test_a_put_meets_what_is_theirs(world):
    mine, theirs, reader = world.mine.shop, world.theirs.shop, world.reader

    def put(client, id, project):
        return client.catalog.PutComponent(api.PutComponentRequest(component=api.Component(
            id=id, project_id=project, type=api.COMPONENT_TYPE_SERVICE,
            image_source=api.IMAGE_SOURCE_BUILD), validate_only=True), timeout=10)

    told = []
    for id in (theirs.component, unique("free")):
        # Who may not create is told the same, in a project that is there and in one that is not.
        for project in (mine.project, theirs.project, unique("none")):
            with refused("PERMISSION_DENIED", "NO_RIGHT") as denial:
                put(reader, id, project)
            assert id not in denial.message
            told.append(denial.message.replace(project, "P"))
    assert len(set(told)) == 1
    # Who may create learns only that it is taken.
    with refused("ALREADY_EXISTS", "ID_TAKEN") as taken:
        put(world.mine.client, theirs.component, mine.project)
    assert theirs.project not in str(taken.details) and not taken.fields
    etag = world.theirs.client.catalog.GetComponent(
        api.GetComponentRequest(component_id=theirs.component)).component.etag
    for tag in (etag, '""', '"00"'):
        with refused("ALREADY_EXISTS", "ID_TAKEN"):
            world.mine.client.catalog.PutComponent(api.PutComponentRequest(component=api.Component(
                id=theirs.component, project_id=mine.project, etag=tag,
                type=api.COMPONENT_TYPE_SERVICE, image_source=api.IMAGE_SOURCE_BUILD)))
    with refused("PERMISSION_DENIED", "NO_RIGHT"):
        world.mine.client.catalog.PutOrganization(api.PutOrganizationRequest(
            organization=api.Organization(id=theirs.organization,
                                          tier=api.ORGANIZATION_TIER_FREE)))


def test_lists_tokens_and_request_ids(world):
    mine, theirs = world.mine, world.theirs
    listed = mine.client.catalog.ListOrganizations(api.ListOrganizationsRequest(page_size=1))
    assert [one.id for one in listed.organizations] == [mine.shop.organization]
    assert not listed.next_page_token
    track = theirs.shop.tracks[0]
    page = theirs.client.tracks.GetDeploymentTrackImages(api.GetDeploymentTrackImagesRequest(
        component_id=theirs.shop.component, deployment_track_id=track, page_size=1))
    assert page.next_page_token
    request = api.GetDeploymentTrackImagesRequest(
        component_id=mine.shop.component, deployment_track_id=mine.shop.tracks[0],
        page_token=page.next_page_token)
    with refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN") as foreign:
        mine.client.tracks.GetDeploymentTrackImages(request)
    request.page_token = page.next_page_token[:-4] + "AAAA"
    with refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN") as broken:
        mine.client.tracks.GetDeploymentTrackImages(request)
    assert foreign.message == broken.message
    # A request id belongs to its caller: theirs means nothing to me.
    id = str(uuid.uuid4())
    for tenant in (theirs, mine):
        made = tenant.client.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
            component_id=tenant.shop.component, api_version="v5.0", branch="main", request_id=id))
        assert made.deployment_track.component_id == tenant.shop.component
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        mine.client.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
            component_id=theirs.shop.component, api_version="v5.0", branch="main", request_id=id))


def test_watches(world):
    mine, theirs = world.mine, world.theirs
    call = watch(mine.client)
    found, token = state(call)
    assert {one.deployment_track.component_id or one.deployment.component_id
            for one in found} == {mine.shop.component}
    their_call = watch(theirs.client)
    _, their_token = state(their_call)
    for tenant in (theirs, mine):
        tenant.client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
            component_id=tenant.shop.component, deployment_track_id=tenant.shop.tracks[0],
            description=unique("text")))
    change = next(call).change
    assert change.deployment_track.component_id == mine.shop.component
    assert next(their_call).change.deployment_track.component_id == theirs.shop.component
    call.cancel()
    their_call.cancel()
    for bad in (their_token, token[:-4] + "AAAA"):
        with refused("INVALID_ARGUMENT", "INVALID_RESUME_TOKEN"):
            next(watch(mine.client, token=bad))
    again = watch(mine.client, token=token)
    assert next(again).resume_token
    assert next(again).change.deployment_track.component_id == mine.shop.component
    again.cancel()


def test_a_folder_is_taken_without_a_name(world):
    mine, theirs = world.mine.shop, world.theirs.shop
    place = {"gitops_repository_url": "https://git.example/x.git", "gitops_branch": "main",
             "gitops_path": "clusters/one"}
    world.theirs.client.catalog.PutEnvironment(api.PutEnvironmentRequest(
        environment=api.Environment(id=unique("env"), project_id=theirs.project, name="x",
                                    **place)))
    with refused("FAILED_PRECONDITION", "PATH_TAKEN") as taken:
        world.mine.client.catalog.PutEnvironment(api.PutEnvironmentRequest(
            environment=api.Environment(id=unique("env"), project_id=mine.project, name="x",
                                        **place)))
    assert "env-" not in taken.message.split("clusters/one")[-1]
