"""Two organizations on one trackd: whoever administers one learns nothing of the other."""

import itertools
import uuid

import pytest
from google.protobuf import timestamp_pb2

from support.client import unique
from support.errors import refused
from support.policies import Guarded, binding
from support.source_repository import SourceRepository
from support.stubs import api
from support.tenants import (COMPONENT, CONFIG, NAMES, Tenant, absent, answer, bring, brought,
                             filled, methods, send)
from support.watch import state, watch

pytestmark = pytest.mark.store

METHODS = {method.name: method for method in methods()}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("apart")
    one = Guarded(folder, ["mine", "theirs", "reader"], (), "--git-allow-file")
    one.repository = SourceRepository(folder / "source")
    one.repository.commit({COMPONENT: CONFIG % "one"})
    one.admin = one.client("admin")
    one.mine, one.theirs = Tenant(one, "mine"), Tenant(one, "theirs")
    one.reader = one.client("reader")
    one.change([
        *(binding("all", tenant.name, organization=id) for tenant in (one.mine, one.theirs)
          for id in (tenant.organization, tenant.other, tenant.last)),
        binding("read", "reader", organization=one.mine.organization)])
    yield one
    one.stop()


def named(of):
    """Parameters of a test, with the names of methods as ids."""
    return pytest.mark.parametrize("name", of)


def told(world, method, request, names: dict[str, str]) -> str:
    """What a call tells me, which is nothing of theirs but what I have named."""
    text = answer(world.mine.client, method, request, names)
    assert not [secret for secret in world.theirs.secrets if secret in text], text
    return text


# Names


@named(METHODS)
def test_what_is_theirs_answers_as_what_is_missing(world, name):
    method, mine, theirs = METHODS[name], world.mine, world.theirs
    if name in ("WhoAmI", "ListOrganizations"):
        told(world, method, filled(method, {}), {})
        return
    if name == "Diagnose":
        found = mine.client.diagnostics.Diagnose(api.DiagnoseRequest(), timeout=10)
        assert not found.checks and not found.HasField("uptime")
        return
    for known in ({}, *({one: mine.names[one]} for one in NAMES)):
        # Everything is theirs, but for what `known` says; then the same with nothing there.
        found, lacking = {**theirs.names, **known}, {**absent(theirs.names), **known}
        text = told(world, method, filled(method, found), found)
        if "ID_TAKEN" in text:
            assert name.startswith("Put") and known
            continue
        assert text == told(world, method, filled(method, lacking), lacking), f"{name} {known}"


def test_a_put_meets_what_is_theirs(world):
    mine, theirs, reader = world.mine, world.theirs, world.reader

    def put(client, id, project):
        return client.catalog.PutComponent(api.PutComponentRequest(component=api.Component(
            id=id, project_id=project, type=api.COMPONENT_TYPE_SERVICE,
            image_source=api.IMAGE_SOURCE_BUILD), validate_only=True), timeout=10)

    messages = []
    for id in (theirs.component, unique("free")):
        # Who may not create is told the same, in a project that is there and in one that is not.
        for project in (mine.project, theirs.project, unique("none")):
            with refused("PERMISSION_DENIED", "NO_RIGHT") as denial:
                put(reader, id, project)
            assert id not in denial.message
            messages.append(denial.message.replace(project, "P"))
    assert len(set(messages)) == 1
    # Who may create learns only that it is taken.
    with refused("ALREADY_EXISTS", "ID_TAKEN") as taken:
        put(mine.client, theirs.component, mine.project)
    assert theirs.project not in str(taken.details) and not taken.fields
    with refused("PERMISSION_DENIED", "NO_RIGHT"):
        mine.client.catalog.PutOrganization(theirs.request("Organization", theirs.organization))


def test_a_folder_is_taken_without_a_name(world):
    mine, theirs = world.mine, world.theirs
    place = {"gitops_repository_url": "https://git.example/x.git", "gitops_branch": "main",
             "gitops_path": "clusters/one"}
    theirs.client.catalog.PutEnvironment(theirs.request("Environment", unique("env"), **place))
    with refused("FAILED_PRECONDITION", "PATH_TAKEN") as taken:
        mine.client.catalog.PutEnvironment(mine.request("Environment", unique("env"), **place))
    assert "env-" not in taken.message.split("clusters/one")[-1]


# Page tokens and tokens of streams

#: What is not as `filled` has it in a request that has a second page, or goes on.
PAGES = {
    "ListOrganizations": {}, "ListProjects": {}, "ListComponents": {}, "ListEnvironments": {},
    "ListDeploymentPipelines": {}, "ListDeploymentTracks": {},
    "ListDeploymentTrackConfigRevisions": {}, "GetDeploymentTrackImages": {},
    "ListDeployments": {}, "ListEvents": {"principal": ""}}
STREAMS = {"WatchDeploymentTracks": {}, "FollowEvents": {"principal": ""}}


def wanted(name: str, names: dict[str, str]):
    request = filled(METHODS[name], {**names, **{**PAGES, **STREAMS}[name]})
    if name in PAGES:
        request.page_size = 1
    return request


def token_of(client, name: str, request) -> str:
    """The token with which a list or a stream goes on."""
    response = send(client, METHODS[name], request)
    if name in PAGES:
        return response.next_page_token
    token = next(message.resume_token for message in response if message.resume_token)
    response.cancel()
    return token


@named([*PAGES, *STREAMS])
def test_a_token_is_for_whom_it_was_made(world, name):
    mine, theirs, method = world.mine, world.theirs, METHODS[name]
    field, reason = (("page_token", "INVALID_PAGE_TOKEN") if name in PAGES
                     else ("resume_token", "INVALID_RESUME_TOKEN"))
    token = token_of(theirs.client, name, wanted(name, theirs.names))
    assert token
    # It is a good one, for them; for somebody else it is none, who may see all that they see.
    answered = answer(theirs.client, method, bring(wanted(name, theirs.names), field, token), {})
    assert "StatusCode" not in answered
    with refused("INVALID_ARGUMENT", reason):
        response = send(world.admin, method, bring(wanted(name, theirs.names), field, token))
        next(response)
    # I am told what a token would tell me that nobody has made.
    broken = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    of_admin = token_of(world.admin, name, wanted(name, theirs.names))
    for names in (mine.names, theirs.names, absent(theirs.names)):
        texts = {told(world, method, bring(wanted(name, names), field, one), names)
                 for one in (token, of_admin, broken)}
        assert len(texts) == 1, texts
        assert names is not mine.names or reason in texts.pop()


def test_a_list_holds_what_is_mine(world):
    mine = world.mine
    found, request = [], api.ListOrganizationsRequest(page_size=1)
    while not found or request.page_token:
        page = mine.client.catalog.ListOrganizations(request)
        found += [one.id for one in page.organizations]
        request.page_token = page.next_page_token
    assert {*found, mine.last} == {mine.organization, mine.other, mine.last}
    assert len(set(found)) == len(found)


def test_a_watch_tells_what_is_mine(world):
    mine, theirs = world.mine, world.theirs
    call, their_call = watch(mine.client), watch(theirs.client)
    found, token = state(call)
    assert mine.component in {one.deployment_track.component_id for one in found}
    assert {one.deployment_track.component_id or one.deployment.component_id
            for one in found} == {mine.component}
    state(their_call)
    for tenant in (theirs, mine):
        tenant.client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
            component_id=tenant.component, deployment_track_id=tenant.track,
            description=unique("text")))
    assert next(call).change.deployment_track.component_id == mine.component
    assert next(their_call).change.deployment_track.component_id == theirs.component
    call.cancel()
    their_call.cancel()
    again = watch(mine.client, token=token)
    assert next(again).resume_token
    assert next(again).change.deployment_track.component_id == mine.component
    again.cancel()


# Request ids


def of_track(tenant, track: str = "") -> dict[str, str]:
    return {"component_id": tenant.component, "deployment_track_id": track or tenant.track}


def save(world, tenant):
    # The next commit is later than those before.
    tenant.commit = getattr(tenant, "commit", 10) + 1
    return tenant.line.request(None, tenant.commit)


def deploy(world, tenant):
    return api.DeployDeploymentTrackRequest(
        **of_track(tenant), environment_id=tenant.environment, image_id=tenant.images[0])


def roll_back(world, tenant):
    tenant.line.run(tenant.images[0])
    tenant.line.run(tenant.images[1])
    return api.RollBackDeploymentTrackRequest(**of_track(tenant), environment_id=tenant.environment)


def resume(world, tenant):
    world.admin.tracks.ResumeAutoDeploy(api.ResumeAutoDeployRequest(
        **of_track(tenant), environment_id=tenant.environment))
    tenant.line.succeeded(world.admin.tracks.RollBackDeploymentTrack(
        roll_back(world, tenant)).deployment)
    return api.ResumeAutoDeployRequest(**of_track(tenant), environment_id=tenant.environment)


def cancel(world, tenant):
    running = tenant.line.deploy(tenant.track, tenant.stuck, tenant.images[0],
                                 deployment_pipeline_id=tenant.stuck_pipeline)
    return api.CancelDeploymentRequest(**of_track(tenant), deployment_id=running.id)


def delete_track(world, tenant):
    track = tenant.line.client.create(tenant.component, f"v2.{uuid.uuid4().int % 100_000}")
    return api.DeleteDeploymentTrackRequest(**of_track(tenant, track.id))


def apply(world, tenant):
    world.repository.commit({COMPONENT: CONFIG % unique("level")})
    return api.ApplyComponentConfigRequest(**of_track(tenant))


def putting(kind: str):
    return lambda world, tenant: tenant.request(kind, unique("put"))


def deleting(kind: str, field: str):
    return lambda world, tenant: getattr(api, f"Delete{kind}Request")(
        **{field: tenant.make(kind, world.admin)})


def put_organization(world, tenant):
    """The tier of the other organization becomes another one."""
    now = world.admin.catalog.GetOrganization(
        api.GetOrganizationRequest(organization_id=tenant.other)).organization
    now.tier, now.etag = 3 - now.tier, ""
    return api.PutOrganizationRequest(organization=now)


#: A call of each method that changes something in a tenant's organization.
CALLS = {
    "PutOrganization": put_organization,
    "PutProject": putting("Project"),
    "PutComponent": putting("Component"),
    "PutEnvironment": putting("Environment"),
    "PutDeploymentPipeline": putting("DeploymentPipeline"),
    "DeleteProject": deleting("Project", "project_id"),
    "DeleteComponent": deleting("Component", "component_id"),
    "DeleteEnvironment": deleting("Environment", "environment_id"),
    "DeleteDeploymentPipeline": deleting("DeploymentPipeline", "deployment_pipeline_id"),
    "CreateDeploymentTrack": lambda world, tenant: api.CreateDeploymentTrackRequest(
        component_id=tenant.component, api_version="v5.0", branch="main"),
    "UpdateDeploymentTrack": lambda world, tenant: api.UpdateDeploymentTrackRequest(
        **of_track(tenant), description=unique("text")),
    "DeleteDeploymentTrack": delete_track,
    "UpdateDeploymentTrackConfigs": lambda world, tenant: api.UpdateDeploymentTrackConfigsRequest(
        **of_track(tenant), environment_variables=[{"name": "TEXT", "value": unique("text")}]),
    "ApplyComponentConfig": apply,
    "SaveDeploymentTrackImage": save,
    "DeployDeploymentTrack": deploy,
    "RollBackDeploymentTrack": roll_back,
    "ResumeAutoDeploy": resume,
    "CancelDeployment": cancel,
    "DeleteOrganization": lambda world, tenant: api.DeleteOrganizationRequest(
        organization_id=tenant.last)}


def events_of(world, id: str) -> list[str]:
    """Who has changed something with this request id, the first one first."""
    found = world.admin.audit.ListEvents(api.ListEventsRequest(page_size=1000)).events
    return [event.principal for event in reversed(found) if event.request_id == id]


@named(CALLS)
def test_a_request_id_is_for_who_made_it(world, name):
    mine, theirs, method, id = world.mine, world.theirs, METHODS[name], str(uuid.uuid4())
    request = bring(CALLS[name](world, theirs), "request_id", id)
    first = answer(theirs.client, method, request, {})
    assert "StatusCode" not in first and events_of(world, id) == ["token:theirs"], first
    # Their request is as new to me with their id as with another one.
    texts = {told(world, method, bring(type(request).FromString(request.SerializeToString()),
                                       "request_id", one), {**theirs.names, **requested(request)})
             for one in (id, str(uuid.uuid4()))}
    assert len(texts) == 1 and "StatusCode" in texts.pop()
    # And my own request is done.
    text = told(world, method, bring(CALLS[name](world, mine), "request_id", id), {})
    assert "StatusCode" not in text and events_of(world, id) == ["token:theirs", "token:mine"], text
    # They may repeat theirs.
    assert "StatusCode" not in answer(theirs.client, method, request, {})
    assert len(events_of(world, id)) == 2


def requested(message) -> dict[str, str]:
    """The texts of a message, each with its field, also of messages in it."""
    found = {}
    for field, value in message.ListFields():
        if isinstance(value, str):
            found[f"own {field.name}"] = value
        elif field.message_type and not hasattr(value, "append"):
            found |= requested(value)
    return found


# Etags


def etag_of(client, kind: str, id: str) -> str:
    field = {"DeploymentPipeline": "deployment_pipeline"}.get(kind, kind.lower())
    response = getattr(client.catalog, f"Get{kind}")(
        getattr(api, f"Get{kind}Request")(**{f"{field}_id": id}))
    return getattr(response, field).etag


def track_etag(tenant) -> str:
    return tenant.client.get(tenant.component, tenant.track).etag


#: The etag that a method compares, by its tenant.
ETAGS = {
    "PutOrganization": lambda of: etag_of(of.client, "Organization", of.organization),
    "PutProject": lambda of: etag_of(of.client, "Project", of.project),
    "PutComponent": lambda of: etag_of(of.client, "Component", of.component),
    "PutEnvironment": lambda of: etag_of(of.client, "Environment", of.environment),
    "PutDeploymentPipeline": lambda of: etag_of(of.client, "DeploymentPipeline", of.pipeline),
    "UpdateDeploymentTrack": track_etag,
    "DeleteDeploymentTrack": track_etag,
    "UpdateDeploymentTrackConfigs": track_etag,
    "ApplyComponentConfig": track_etag}


@named(ETAGS)
def test_an_etag_tells_nothing(world, name):
    mine, theirs, method = world.mine, world.theirs, METHODS[name]
    (path,) = [path for path in brought(method) if path.endswith("etag")]
    right = ETAGS[name](theirs)
    wrong = right[:1] + ("1" if right[1] != "1" else "2") + right[2:]
    assert right and wrong != right

    def text_of(client, etag, names):
        return answer(client, method, bring(filled(method, names), path, etag), names)
    # It is the right one, and looked at.
    assert "ETAG_MISMATCH" not in text_of(theirs.client, right, theirs.names)
    assert "ETAG_MISMATCH" in text_of(theirs.client, wrong, theirs.names)
    for known in ({}, *({one: mine.names[one]} for one in NAMES)):
        found, lacking = {**theirs.names, **known}, {**absent(theirs.names), **known}
        texts = {told(world, method, bring(filled(method, names), path, etag), names)
                 for names in (found, lacking) for etag in (right, wrong)}
        if any("ID_TAKEN" in text for text in texts):
            texts = {told(world, method, bring(filled(method, found), path, etag), found)
                     for etag in (right, wrong, "")}
        assert len(texts) == 1, f"{known}: {texts}"


# Heads of the audit


def test_a_head_of_the_audit_tells_nothing(world):
    method = METHODS["VerifyEvents"]
    head = world.admin.audit.VerifyEvents(api.VerifyEventsRequest()).head
    for field in HEADS["VerifyEvents"]:
        assert "StatusCode" not in answer(
            world.admin, method, bring(filled(method, {}), field, head), {})
        texts = {told(world, method, bring(filled(method, {}), field, one), {})
                 for one in ("", head, "1:" + "ab" * 32)}
        assert len(texts) == 1 and "NO_RIGHT" in texts.pop()


HEADS = {"VerifyEvents": ("behind", "expected_head")}


def test_every_field_that_callers_bring_back_has_an_entry():
    tables = {"page_token": PAGES, "resume_token": STREAMS, "request_id": CALLS, "etag": ETAGS,
              "behind": HEADS, "expected_head": HEADS}
    found = [(path.rsplit(".", 1)[-1], name) for name, method in METHODS.items()
             for path in brought(method)]
    assert sorted(found) == sorted((field, name) for field, table in tables.items()
                                   for name in table)


# The audit


def filters_of(world):
    """Filters by each field and by several, of things that are mine and theirs."""
    events = world.admin.audit.ListEvents(api.ListEventsRequest(page_size=1000)).events
    middle = events[len(events) // 2].time
    choices = {
        "principal": ["", "token:theirs", "token:mine"],
        "resource": ["", f"components/{world.theirs.component}",
                     f"components/{world.theirs.component}/deploymentTracks/{world.theirs.track}",
                     f"organizations/{world.theirs.organization}",
                     f"components/{world.mine.component}"],
        "method": ["", "UpdateDeploymentTrack"], "outcome": ["", "PERMISSION_DENIED"],
        "since": [None, timestamp_pb2.Timestamp(), middle], "until": [None, middle]}
    for values in itertools.product(*choices.values()):
        yield {field: value for field, value in zip(choices, values) if value is not None}


def all_events(client, page_size=1000, **filters) -> list:
    found, token = [], ""
    while True:
        page = client.audit.ListEvents(api.ListEventsRequest(
            page_size=page_size, page_token=token, **filters), timeout=20)
        found += page.events
        token = page.next_page_token
        if not token:
            return found


def untold(event):
    """The event as it is told to who may not administer everything."""
    event.sequence, event.code = 0, ""
    return event


def test_the_audit_tells_what_is_mine(world):
    mine = world.mine
    # Something that both have, and refusals, which are nobody's.
    for tenant in (world.mine, world.theirs):
        tenant.client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
            **of_track(tenant), description=unique("text")))
    for filters in filters_of(world):
        expected = [untold(event) for event in all_events(world.admin, **filters)
                    if event.organization_id in (mine.organization, mine.other, mine.last)]
        assert all_events(mine.client, **filters) == expected, filters
        request = api.ListEventsRequest(**filters)
        with refused("PERMISSION_DENIED", "NO_RIGHT"):
            world.reader.audit.ListEvents(request)
    paged = all_events(mine.client, page_size=3)
    assert paged and paged == all_events(mine.client)
    assert not any(secret in str(paged) for secret in world.theirs.secrets)


def test_followed_events_are_mine(world):
    mine, past = world.mine, timestamp_pb2.Timestamp()
    for filters in filters_of(world):
        if filters.pop("until", None) or filters.pop("since", past) != past:
            continue
        request = api.FollowEventsRequest(**filters, since=past)
        with refused("PERMISSION_DENIED", "NO_RIGHT"):
            next(world.reader.audit.FollowEvents(request))
        expected = all_events(mine.client, **filters)[::-1]
        call, found = mine.client.audit.FollowEvents(request, timeout=60), []
        first = next(call)
        assert first.resume_token and not first.HasField("event")
        while len(found) < len(expected):
            message = next(call)
            found += [message.event] if message.HasField("event") else []
        assert found == expected, filters
        call.cancel()


def test_a_follower_gets_what_is_new_of_mine(world):
    mine, theirs = world.mine, world.theirs
    call = mine.client.audit.FollowEvents(api.FollowEventsRequest(), timeout=60)
    assert next(call).resume_token
    for tenant in (theirs, mine, theirs, mine):
        tenant.client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
            **of_track(tenant), description=unique("text")))
    for _ in range(2):
        event = next(message.event for message in call if message.HasField("event"))
        assert event.component_id == mine.component and event.principal == "token:mine"
    call.cancel()
