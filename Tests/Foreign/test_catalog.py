"""The twenty RPCs of CatalogService."""

import concurrent.futures
import dataclasses
import re
import uuid

import pytest

from support import store
from support.client import unique
from support.errors import refused
from support.stubs import api

pytestmark = pytest.mark.store


@dataclasses.dataclass(frozen=True)
class Kind:
    """One kind of catalog resource: its names, and its RPCs."""
    name: str
    field: str
    plural: str
    parent: str | None

    def call(self, client, verb: str, **fields):
        name = self.name + "s" if verb == "List" else self.name
        request = getattr(api, f"{verb}{name}Request")(**fields)
        return getattr(client.catalog, f"{verb}{name}")(request, timeout=10)

    def put(self, client, message, **fields):
        """The resource in the answer, without its etag."""
        return without_etag(self.put_whole(client, message, **fields))

    def put_whole(self, client, message, **fields):
        return getattr(self.call(client, "Put", **{self.field: message}, **fields), self.field)

    def get(self, client, id: str):
        """The resource without its etag."""
        return without_etag(self.get_whole(client, id))

    def get_whole(self, client, id: str):
        return getattr(self.call(client, "Get", **{f"{self.field}_id": id}), self.field)

    def delete(self, client, id: str, **fields):
        return self.call(client, "Delete", **{f"{self.field}_id": id}, **fields)

    @property
    def missing(self) -> str:
        return f"{self.field.upper()}_NOT_FOUND"

    @property
    def in_use(self) -> str:
        return f"{self.field.upper()}_IN_USE"


def without_etag(resource):
    """Checks the etag. Returns a copy without it."""
    assert re.fullmatch('"[0-9a-f]{32}"', resource.etag), resource
    bare = type(resource)()
    bare.CopyFrom(resource)
    bare.etag = ""
    return bare


ORGANIZATION = Kind("Organization", "organization", "organizations", None)
PROJECT = Kind("Project", "project", "projects", "organization_id")
COMPONENT = Kind("Component", "component", "components", "project_id")
ENVIRONMENT = Kind("Environment", "environment", "environments", "project_id")
PIPELINE = Kind("DeploymentPipeline", "deployment_pipeline", "deployment_pipelines", "project_id")
KINDS = [ORGANIZATION, PROJECT, COMPONENT, ENVIRONMENT, PIPELINE]
IN_PROJECT = [COMPONENT, ENVIRONMENT, PIPELINE]


class World:
    """An organization with a project and an environment, and messages of every kind below them."""

    def __init__(self, client):
        self.organization, self.project, self.environment = (
            unique("org"), unique("prj"), unique("env"))
        ORGANIZATION.put(client, api.Organization(id=self.organization,
                                                  tier=api.ORGANIZATION_TIER_FREE))
        PROJECT.put(client, api.Project(id=self.project, organization_id=self.organization))
        ENVIRONMENT.put(client, api.Environment(
            id=self.environment, project_id=self.project, **store.gitops(client)))

    def message(self, kind: Kind, **changes):
        """A full message of a kind, with a new id."""
        full = {
            ORGANIZATION: lambda: api.Organization(id=unique("org"),
                                                   tier=api.ORGANIZATION_TIER_PAID),
            PROJECT: lambda: api.Project(id=unique("prj"), organization_id=self.organization),
            COMPONENT: lambda: api.Component(
                id=unique("cmp"), project_id=self.project, type=api.COMPONENT_TYPE_SERVICE,
                image_source=api.IMAGE_SOURCE_BUILD,
                repository_url="https://git.example.com/shop/cart.git", source_path="services/cart",
                image_registry="registry.example.com/shop", image="cart",
                auto_build_on_commit=True),
            ENVIRONMENT: lambda: api.Environment(
                id=unique("env"), project_id=self.project, name="Staging – EU",
                gitops_repository_url="https://git.example.com/shop/deploy.git",
                gitops_branch="main", gitops_path=unique("clusters/eu")),
            PIPELINE: lambda: api.DeploymentPipeline(
                id=unique("pip"), project_id=self.project, environment_ids=[self.environment]),
        }[kind]()
        for name, value in changes.items():
            setattr(full, name, value)
        return full

    def scope(self, kind: Kind) -> dict[str, str]:
        return {None: {}, "organization_id": {"organization_id": self.organization},
                "project_id": {"project_id": self.project}}[kind.parent]


@pytest.fixture
def world(client):
    return World(client)


def per_kind(kinds=KINDS):
    return pytest.mark.parametrize("kind", kinds, ids=lambda kind: kind.name)


@per_kind()
def test_put_makes_and_get_reads(client, world, kind):
    message = world.message(kind)
    assert kind.put(client, message) == message
    assert kind.get(client, message.id) == message


@per_kind()
def test_put_replaces_the_whole_resource(client, world, kind):
    message = world.message(kind)
    kind.put(client, message)
    bare = type(message)(id=message.id)
    if kind is ORGANIZATION:
        bare.tier = api.ORGANIZATION_TIER_FREE
    else:
        setattr(bare, kind.parent, getattr(message, kind.parent))
    if kind is COMPONENT:
        bare.type, bare.image_source = api.COMPONENT_TYPE_WEB_APP, api.IMAGE_SOURCE_REGISTRY
    if kind is ENVIRONMENT:
        bare.gitops_repository_url = store.gitops(client).get("gitops_repository_url", "")
    if kind is PIPELINE:
        other = world.message(ENVIRONMENT)
        ENVIRONMENT.put(client, other)
        bare.environment_ids.extend([other.id, world.environment])
    stored = kind.put(client, bare)
    if kind is ENVIRONMENT:
        assert stored.name in ("", stored.id)
        # Running a script again leaves fields alone that it does not set.
        assert stored.gitops_path == message.gitops_path
        stored.name = stored.gitops_path = ""
    assert stored == bare
    assert kind.get(client, message.id).id == message.id


@per_kind()
def test_get_of_nothing(client, kind):
    with refused("NOT_FOUND", kind.missing) as refusal:
        kind.get(client, "nothing-here")
    assert refusal.details["ResourceInfo"].resource_name.endswith("nothing-here")


@per_kind()
def test_delete_removes_and_repeats_find_nothing(client, world, kind):
    message = world.message(kind)
    kind.put(client, message)
    kind.delete(client, message.id)
    for again in (lambda: kind.get(client, message.id), lambda: kind.delete(client, message.id)):
        with refused("NOT_FOUND", kind.missing):
            again()


@per_kind([PROJECT, COMPONENT, ENVIRONMENT, PIPELINE])
def test_list_goes_page_by_page_in_the_order_of_ids(client, world, kind):
    messages = [world.message(kind) for _ in range(7)]
    for message in messages:
        kind.put(client, message)
    found, token, pages = [], "", 0
    for _ in range(20):
        page = kind.call(client, "List", page_size=3, page_token=token, **world.scope(kind))
        assert len(getattr(page, kind.plural)) <= 3
        found += getattr(page, kind.plural)
        pages += 1
        token = page.next_page_token
        if not token:
            break
    ids = [one.id for one in found]
    assert ids == sorted(ids) and len(set(ids)) == len(ids)
    expected = {m.id: m for m in messages}
    assert {one.id: without_etag(one) for one in found if one.id in expected} == expected
    assert len(found) == 7 + (kind in (PROJECT, ENVIRONMENT)) and pages >= 3


def test_list_of_organizations_reaches_every_one(client, world):
    messages = [world.message(ORGANIZATION) for _ in range(5)]
    for message in messages:
        ORGANIZATION.put(client, message)
    found, token = {}, ""
    for _ in range(10_000):
        page = ORGANIZATION.call(client, "List", page_size=100, page_token=token)
        found.update({one.id: without_etag(one) for one in page.organizations})
        token = page.next_page_token
        if not token:
            break
    assert {m.id: found.get(m.id) for m in messages} == {m.id: m for m in messages}


@per_kind()
def test_list_refuses_bad_pages(client, world, kind):
    with refused("INVALID_ARGUMENT", "INVALID_PAGE_SIZE", field="page_size"):
        kind.call(client, "List", page_size=-1, **world.scope(kind))
    with refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN", field="page_token"):
        kind.call(client, "List", page_token="nonsense", **world.scope(kind))


@per_kind([PROJECT, COMPONENT, ENVIRONMENT, PIPELINE])
def test_a_page_token_is_bound_to_its_parent(client, world, kind):
    other = World(client)
    for _ in range(3):
        kind.put(client, world.message(kind))
    token = kind.call(client, "List", page_size=1, **world.scope(kind)).next_page_token
    assert token
    with refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN"):
        kind.call(client, "List", page_size=1, page_token=token, **other.scope(kind))
    assert kind.call(client, "List", page_size=2, page_token=token, **world.scope(kind))


@per_kind([PROJECT, COMPONENT, ENVIRONMENT, PIPELINE])
def test_the_parent_has_to_exist(client, world, kind):
    missing = PROJECT.missing if kind in IN_PROJECT else ORGANIZATION.missing
    with refused("NOT_FOUND", missing):
        kind.put(client, world.message(kind, **{kind.parent: "nothing-here"}))
    with refused("NOT_FOUND", missing):
        kind.call(client, "List", **{kind.parent: "nothing-here"})


@per_kind([PROJECT, COMPONENT, ENVIRONMENT, PIPELINE])
def test_the_parent_cannot_change(client, world, kind):
    other = World(client)
    message = world.message(kind)
    kind.put(client, message)
    setattr(message, kind.parent, other.organization if kind is PROJECT else other.project)
    if kind is PIPELINE:
        message.environment_ids[:] = [other.environment]
    with refused("INVALID_ARGUMENT", "IMMUTABLE_FIELD"):
        kind.put(client, message)


@per_kind()
@pytest.mark.parametrize("bad", ["", "A", "-a", "a-", "a_b", "a" * 64, "1a", "é"])
def test_a_bad_id_is_refused(client, world, kind, bad):
    with refused("INVALID_ARGUMENT", "INVALID_ID") as refusal:
        kind.put(client, world.message(kind, id=bad))
    assert any(field.endswith("id") for field in refusal.fields)


@per_kind()
@pytest.mark.parametrize("good", ["a", "a" * 63, "a-1", "0d9c1f3a-5b71-4e0a-9f0e-4b570f7f3c2e"])
def test_good_ids_are_taken(client, world, kind, good):
    assert kind.put(client, world.message(kind, id=good), validate_only=True).id == good


@per_kind()
def test_a_request_without_a_resource_is_refused(client, kind):
    with refused("INVALID_ARGUMENT"):
        kind.call(client, "Put")
    with refused("INVALID_ARGUMENT", "INVALID_ID"):
        kind.get(client, "")
    with refused("INVALID_ARGUMENT", "INVALID_ID"):
        kind.delete(client, "")


def test_enums_are_required(client, world):
    with refused("INVALID_ARGUMENT", "INVALID_RESOURCE", field="organization.tier"):
        ORGANIZATION.put(client, api.Organization(id=unique("org")))
    with refused("INVALID_ARGUMENT", "INVALID_RESOURCE", field="component.type"):
        COMPONENT.put(client, world.message(COMPONENT, type=api.COMPONENT_TYPE_UNSPECIFIED))
    with refused("INVALID_ARGUMENT", "INVALID_RESOURCE", field="component.type"):
        COMPONENT.put(client, world.message(COMPONENT, type=77))


def test_every_violation_is_named(client, world):
    with refused("INVALID_ARGUMENT", "INVALID_RESOURCE") as refusal:
        COMPONENT.put(client, world.message(
            COMPONENT, repository_url="x" * 3000, source_path="../up",
            type=api.COMPONENT_TYPE_UNSPECIFIED))
    assert {"component.repository_url", "component.source_path", "component.type"} <= set(
        refusal.fields)


def test_presence_of_auto_build_is_kept(client, world):
    for value in (None, False, True):
        message = world.message(COMPONENT)
        message.ClearField("auto_build_on_commit")
        if value is not None:
            message.auto_build_on_commit = value
        kind = COMPONENT
        kind.put(client, message)
        stored = kind.get(client, message.id)
        assert (stored.auto_build_on_commit if stored.HasField(
            "auto_build_on_commit") else None) is value


def test_what_has_children_cannot_go(client, world):
    component, pipeline = world.message(COMPONENT), world.message(PIPELINE)
    PIPELINE.put(client, pipeline)
    component.default_pipeline_id = pipeline.id
    COMPONENT.put(client, component)
    track = client.create(component.id, "v1.0")
    assert track.latest
    for kind, id in ((ORGANIZATION, world.organization), (PROJECT, world.project),
                     (COMPONENT, component.id), (ENVIRONMENT, world.environment),
                     (PIPELINE, pipeline.id)):
        with refused("FAILED_PRECONDITION", kind.in_use) as refusal:
            kind.delete(client, id)
        assert refusal.details["PreconditionFailure"].violations
        assert kind.get(client, id).id == id


def test_deleting_from_the_leaves_up_leaves_nothing(client, world):
    component, pipeline = world.message(COMPONENT), world.message(PIPELINE)
    COMPONENT.put(client, component)
    PIPELINE.put(client, pipeline)
    for kind, id in ((COMPONENT, component.id), (PIPELINE, pipeline.id),
                     (ENVIRONMENT, world.environment), (PROJECT, world.project),
                     (ORGANIZATION, world.organization)):
        kind.delete(client, id)
        with refused("NOT_FOUND", kind.missing):
            kind.get(client, id)


def test_pipelines_name_environments_of_their_own_project_once(client, world):
    other = World(client)
    with refused("NOT_FOUND", ENVIRONMENT.missing):
        PIPELINE.put(client, api.DeploymentPipeline(
            id=unique("pip"), project_id=world.project, environment_ids=[other.environment]))
    for environments in ([], [world.environment] * 2, [world.environment] * 51):
        with refused("INVALID_ARGUMENT", "INVALID_RESOURCE"):
            PIPELINE.put(client, api.DeploymentPipeline(
                id=unique("pip"), project_id=world.project, environment_ids=environments))


def test_the_default_pipeline_is_of_the_same_project(client, world):
    other = World(client)
    pipeline = other.message(PIPELINE)
    PIPELINE.put(client, pipeline)
    with refused("NOT_FOUND", PIPELINE.missing):
        COMPONENT.put(client, world.message(COMPONENT, default_pipeline_id=pipeline.id))


def test_the_type_of_a_component_with_tracks_cannot_change(client, world):
    component = world.message(COMPONENT)
    COMPONENT.put(client, component)
    client.create(component.id, "v1.0")
    component.type = api.COMPONENT_TYPE_WEB_APP
    with refused("FAILED_PRECONDITION", "COMPONENT_HAS_TRACKS"):
        COMPONENT.put(client, component)
    component.type = api.COMPONENT_TYPE_SERVICE
    component.image = "other"
    assert COMPONENT.put(client, component).image == "other"


def test_a_paid_organization_that_becomes_free_keeps_its_tracks(client):
    component = client.put_component()
    for number in range(3):
        client.create(component, f"v1.{number}")
    project = COMPONENT.get(client, component).project_id
    organization = PROJECT.get(client, project).organization_id
    ORGANIZATION.put(client, api.Organization(id=organization, tier=api.ORGANIZATION_TIER_FREE))
    assert len(client.list(component)) == 3
    with refused("RESOURCE_EXHAUSTED", "TRACK_LIMIT_REACHED"):
        client.create(component, "v1.3")


@per_kind()
def test_validate_only_changes_nothing(client, world, kind):
    message = world.message(kind)
    assert kind.put(client, message, validate_only=True) == message
    with refused("NOT_FOUND", kind.missing):
        kind.get(client, message.id)
    kind.put(client, message)
    kind.delete(client, message.id, validate_only=True)
    assert kind.get(client, message.id) == message


@per_kind()
def test_a_request_id_makes_put_and_delete_repeatable(client, world, kind):
    message = world.message(kind)
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    assert kind.put(client, message, request_id=first) == kind.put(
        client, message, request_id=first)
    kind.delete(client, message.id, request_id=second)
    kind.delete(client, message.id, request_id=second)
    with refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED"):
        kind.put(client, world.message(kind), request_id=first)


# Etags.

def changed(kind, message):
    """The resource with another value in some field."""
    other = type(message)()
    other.CopyFrom(message)
    if kind is ORGANIZATION:
        other.tier = (api.ORGANIZATION_TIER_PAID if message.tier != api.ORGANIZATION_TIER_PAID
                      else api.ORGANIZATION_TIER_FREE)
    elif kind is COMPONENT:
        other.image += "x"
    elif kind is ENVIRONMENT:
        other.name += "x"
    return other


@per_kind()
def test_every_answer_has_the_etag_of_the_resource(client, world, kind):
    message = world.message(kind)
    etag = kind.put_whole(client, message, validate_only=True).etag
    key = str(uuid.uuid4())
    for _ in range(2):
        assert kind.put_whole(client, message, request_id=key).etag == etag
    assert kind.get_whole(client, message.id).etag == etag
    page = kind.call(client, "List", page_size=1000, **world.scope(kind))
    if kind is not ORGANIZATION:
        assert {one.etag for one in getattr(page, kind.plural) if one.id == message.id} == {etag}
    # A put that changes nothing keeps the etag, and another resource has another one.
    assert kind.put_whole(client, message).etag == etag
    message.etag = etag
    assert kind.put_whole(client, message).etag == etag
    assert kind.put_whole(client, world.message(kind)).etag != etag


@per_kind([ORGANIZATION, COMPONENT, ENVIRONMENT])
def test_an_etag_guards_a_put(client, world, kind):
    read = kind.put_whole(client, world.message(kind))
    other = kind.put_whole(client, changed(kind, read))
    assert other.etag != read.etag
    with refused("ABORTED", "ETAG_MISMATCH") as refusal:
        kind.put(client, read)
    assert refusal.metadata["etag"] == other.etag
    assert refusal.details["ResourceInfo"].resource_name.endswith(read.id)
    with refused("ABORTED", "ETAG_MISMATCH"):
        kind.put(client, read, validate_only=True)
    assert kind.get_whole(client, read.id) == other
    # After the change was undone, the etag is the first one again.
    read.etag = other.etag
    assert kind.put(client, read) == without_etag(read)
    read.etag = ""
    assert kind.put(client, read) == read


@per_kind()
def test_an_etag_of_what_does_not_exist_creates(client, world, kind):
    message = world.message(kind)
    message.etag = '"0123456789abcdef0123456789abcdef"'
    with refused("ABORTED", "ETAG_MISMATCH") as refusal:
        kind.put(client, message)
    assert refusal.metadata["etag"] == '""'
    message.etag = '""'
    made = kind.put_whole(client, message)
    with refused("ABORTED", "ETAG_MISMATCH"):
        kind.put(client, message)
    kind.delete(client, made.id)
    with refused("ABORTED", "ETAG_MISMATCH"):
        kind.put(client, made)


def test_of_puts_with_one_etag_one_succeeds(client, world):
    read = COMPONENT.put_whole(client, world.message(COMPONENT))

    def put(number):
        mine = type(read)()
        mine.CopyFrom(read)
        mine.image = f"image-{number}"
        try:
            return COMPONENT.put_whole(client, mine)
        except Exception as error:
            assert error.code().name == "ABORTED", error
            return None
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        done = [one for one in pool.map(put, range(8)) if one]
    assert len(done) == 1 and COMPONENT.get_whole(client, read.id) == done[0]


def test_an_etag_belongs_to_the_request_that_a_request_id_stands_for(client, world):
    message, key = world.message(COMPONENT), str(uuid.uuid4())
    COMPONENT.put(client, message, request_id=key)
    message.etag = COMPONENT.get_whole(client, message.id).etag
    with refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED"):
        COMPONENT.put(client, message, request_id=key)


def test_tracks_do_not_change_the_etag_of_their_component(client, world):
    made = COMPONENT.put_whole(client, world.message(COMPONENT))
    client.create(made.id, "v1.0")
    assert COMPONENT.get_whole(client, made.id) == made
