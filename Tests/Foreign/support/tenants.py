"""Organizations on one trackd with something of each kind, and requests that name what is in
them."""

import re
import uuid

import grpc
from google.protobuf import text_format
from grpc_status import rpc_status

from . import store
from .client import unique
from .line import Line, closed_address
from .stubs import api

PACKAGE = "deploymenttrack.v1"
COMPONENT = ".choreo/component.yaml"
CONFIG = """\
schemaVersion: 1.2
configurations:
  env:
    - {name: LEVEL, value: "%s"}
"""
#: Fields of requests by what they name.
NAMES = ("organization_id", "project_id", "component_id", "environment_id",
         "deployment_pipeline_id", "default_pipeline_id", "deployment_track_id", "deployment_id",
         "image_id", "expected_current_deployment_id", "rollback_of", "resource", "principal")
#: Fields in which callers bring back what the server has told them, or what it is to remember.
BROUGHT = re.compile(r"(token|request_id|etag|cursor|behind|head)$")
#: Such fields that hold nothing of trackd's.
FOREIGN = {"registry_token"}


class Tenant:
    """An organization with at least two of each kind of thing, and its administrator."""

    def __init__(self, world, name: str):
        admin = world.admin
        self.name = name
        self.line = line = Line(admin, environments=2, tracks=2,
                                repository_url=world.repository.url)
        self.organization, self.project = line.organization, line.project
        self.component, self.track, self.pipeline = line.component, line.track, line.pipeline
        self.environment = line.environments[0]
        #: Other organizations, with nothing in them; the last one may be deleted.
        self.other, self.last = (self.put_organization(admin) for _ in range(2))
        self.stuck = line.put_environment(
            unique("env"), gitops_repository_url=f"https://{closed_address()}/config.git",
            gitops_branch="main")
        self.stuck_pipeline = line.put_pipeline([self.stuck])
        self.text = unique("text")
        line.update(self.track, description=self.text)
        for number in range(2):
            admin.tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
                component_id=self.component, deployment_track_id=self.track,
                environment_variables=[{"name": "TEXT", "value": f"{self.text}-{number}"}]))
        self.images = [line.ci(number).image.image_id for number in (1, 2)]
        for image in self.images:
            self.deployment = line.run(image).id
        self.more = [self.make(kind, admin) for kind in ("Project", "Component")]
        self.names = {
            "organization_id": self.organization, "project_id": self.project,
            "component_id": self.component, "environment_id": self.environment,
            "deployment_pipeline_id": self.pipeline, "default_pipeline_id": self.pipeline,
            "deployment_track_id": self.track, "deployment_id": self.deployment,
            "image_id": self.images[0], "expected_current_deployment_id": self.deployment,
            "rollback_of": self.deployment, "resource": f"components/{self.component}",
            "principal": f"token:{name}"}
        #: What nobody else is to be told.
        self.secrets = {*self.names.values(), *self.images, *line.tracks, *line.environments,
                        *self.more, self.other, self.last, self.stuck, self.stuck_pipeline,
                        self.text}
        self.client = world.client(name)

    @staticmethod
    def put_organization(client) -> str:
        id = unique("org")
        client.catalog.PutOrganization(api.PutOrganizationRequest(
            organization=api.Organization(id=id, tier=api.ORGANIZATION_TIER_PAID)))
        return id

    def request(self, kind: str, id: str, **fields):
        """A request that puts a resource into the organization."""
        places = {"Project": {"organization_id": self.organization}}
        own = {"Organization": {"tier": api.ORGANIZATION_TIER_PAID},
               "Component": {"type": api.COMPONENT_TYPE_SERVICE,
                             "image_source": api.IMAGE_SOURCE_BUILD},
               "Environment": {"name": id, **store.gitops(self.line.client)},
               "DeploymentPipeline": {"environment_ids": [self.environment]}}
        place = {} if kind == "Organization" else places.get(kind, {"project_id": self.project})
        resource = getattr(api, kind)(id=id, **place, **{**own.get(kind, {}), **fields})
        return getattr(api, f"Put{kind}Request")(**{field_of(kind): resource})

    def make(self, kind: str, client) -> str:
        """Puts a new resource into the organization. Returns its id."""
        id = unique("new")
        getattr(client.catalog, f"Put{kind}")(self.request(kind, id), timeout=10)
        return id


def field_of(kind: str) -> str:
    """`deployment_pipeline` of `DeploymentPipeline`."""
    return re.sub("(?<!^)([A-Z])", r"_\1", kind).lower()


def methods() -> list:
    """The descriptors of all methods of trackd's own services."""
    return [method for file in api.DESCRIPTORS.values() if file.package == PACKAGE
            for service in file.services_by_name.values() for method in service.methods]


def brought(method) -> list[str]:
    """The fields of a method's request in which callers bring something back: `component.etag`."""
    def within(message, prefix: str):
        for field in message.fields:
            if field.message_type and field.message_type.file.package == PACKAGE:
                yield from within(field.message_type, f"{prefix}{field.name}.")
            elif BROUGHT.search(field.name) and field.name not in FOREIGN:
                yield prefix + field.name
    return list(within(method.input_type, ""))


def bring(request, path: str, value: str):
    """Sets the field with this path. Returns the request."""
    *messages, field = path.split(".")
    message = request
    for name in messages:
        message = getattr(message, name)
    setattr(message, field, value)
    return request


def missing(name: str) -> str:
    """The name of nothing, in the form of `name`."""
    for before in ("components/", "token:"):
        if name.startswith(before):
            return before + unique("none")
    return str(uuid.uuid4()) if len(name) == 36 else unique("none")


def absent(names: dict[str, str]) -> dict[str, str]:
    """Names of nothing in place of these."""
    found = {name: missing(value) for name, value in names.items()}
    found["default_pipeline_id"] = found["deployment_pipeline_id"]
    return found


def filled(method, names: dict[str, str]):
    """A request of the method that names these things and, where that can be said, only checks."""
    request = getattr(api, method.input_type.name)()
    for field in request.DESCRIPTOR.fields:
        if field.name in names:
            setattr(request, field.name, names[field.name])
    kind = method.name.removeprefix("Put")
    if method.name.startswith("Put"):
        fill(getattr(request, field_of(kind)), kind, names)
    if method.name == "SaveDeploymentTrackImage":
        request.run_id, request.git_hash = "7", "ab" * 20
        request.git_hash_commit_timestamp.seconds = 1_700_000_000
        request.images.add(name="app", reference="registry.example/app:7")
    if method.name == "CreateDeploymentTrack":
        request.api_version, request.branch = "v1.0", "main"
    if method.name == "UpdateDeploymentTrack":
        request.description = "new"
    if method.name == "UpdateDeploymentTrackConfigs":
        request.environment_variables.add(name="TEXT", value="new")
    if "validate_only" in request.DESCRIPTOR.fields_by_name:
        request.validate_only = True
    if method.name == "CheckAccess":
        request.verb = api.VERB_READ
    if method.name == "WatchDeploymentTracks" and request.component_id:
        request.project_id = ""
    return request


def fill(resource, kind: str, names: dict[str, str]) -> None:
    resource.id = names[field_of(kind) + "_id"]
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


def send(client, method, request):
    """The response of a call; of a stream, an iterator of them."""
    stub = getattr(api, method.containing_service.name + "Stub")(client.raw)
    return getattr(stub, method.name)(request, timeout=20)


def answer(client, method, request, names: dict[str, str]) -> str:
    """All that a call tells, or the first message of a stream, with placeholders for the names in
    the request and for sealed tokens, of which no two are alike."""
    try:
        response = send(client, method, request)
        if method.server_streaming:
            call, response = response, next(response)
            call.cancel()
        text = text_format.MessageToString(response)
    except grpc.RpcError as error:
        status = rpc_status.from_call(error)
        text = f"{error.code()} {error.details()} " + "".join(
            text_format.MessageToString(detail) for detail in (status.details if status else ()))
    for placeholder, name in sorted(names.items(), key=lambda pair: -len(pair[1])):
        text = text.replace(name, f"<{placeholder}>") if name else text
    return re.sub(r'(_token: )"(.*)"', lambda found: f"{found[1]}<{len(found[2])}>", text)
