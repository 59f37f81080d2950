"""Who did what: AuditService with grpcio, trackctl audit, `--audit-log`, and the chain."""

import array
import base64
import collections
import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import resource
import shutil
import signal
import socket
import sqlite3
import termios
import threading
import time

import grpc
import pytest

from support import metrics, raw_h2, tokens, trackctl, waiting
from support.client import Client, unique
from support.errors import refused
from support.policies import binding, guarded, token_of
from support.server import Server, run_to_end
from support.shop import Shop
from support.stubs import api

pytestmark = pytest.mark.store

TRACKS = "deploymenttrack.v1.DeploymentTrackService"
CATALOG = "deploymenttrack.v1.CatalogService"


@contextlib.contextmanager
def running(folder, *arguments: str):
    """A trackd, and a client of it."""
    server = Server(folder / "data", *arguments)
    client = Client(server.address)
    try:
        yield server, client
    finally:
        client.close()
        if not server.is_ended:
            server.stop()


def run_ctl(server, *words: str):
    return trackctl.run(*words, server=server.address)


def audit_of(client):
    return api.AuditServiceStub(getattr(client, "raw", client.channel))


def events(client, page_size=1000, **filters) -> list:
    """All events, the newest first."""
    found, token = [], ""
    while True:
        page = audit_of(client).ListEvents(api.ListEventsRequest(
            page_size=page_size, page_token=token, **filters), timeout=20)
        assert len(page.events) <= page_size
        found += page.events
        token = page.next_page_token
        if not token:
            return found


def put_organization(client) -> str:
    id = unique("org")
    client.catalog.PutOrganization(api.PutOrganizationRequest(
        organization=api.Organization(id=id, tier=api.ORGANIZATION_TIER_FREE)))
    return id


def lines_of(path) -> list:
    return [json.loads(line) for line in path.read_text().splitlines()]


def sequences(path) -> list[int]:
    return [int(line["sequence"]) for line in lines_of(path)]


def short(event) -> tuple:
    return event.method.rsplit("/", 1)[1], event.resource, list(event.changed_fields)


def test_every_mutation_is_one_event(tmp_path):
    with running(tmp_path) as (server, client):
        shop = Shop(client, environments=2, images=1)
        track, image = shop.tracks[0], next(iter(shop.images.values()))[0]
        organization, project, component, env = (
            shop.organization, shop.project, shop.component, shop.environments[0])
        made = [short(event) for event in reversed(events(client))]
        path = f"components/{component}/deploymentTracks/{track}"
        assert made == [
            ("PutOrganization", f"organizations/{organization}", []),
            ("PutProject", f"projects/{project}", []),
            ("PutComponent", f"components/{component}", []),
            *(("PutEnvironment", f"environments/{id}", []) for id in shop.environments),
            ("CreateDeploymentTrack", path, []),
            ("SaveDeploymentTrackImage", f"{path}/images/{image}", [])]
        pipeline = unique("pip")
        put = api.PutDeploymentPipelineRequest(deployment_pipeline=api.DeploymentPipeline(
            id=pipeline, project_id=project, environment_ids=shop.environments))
        client.catalog.PutDeploymentPipeline(put)
        client.catalog.PutDeploymentPipeline(put)
        own = client.catalog.GetComponent(api.GetComponentRequest(component_id=component)).component
        own.default_pipeline_id, own.etag = pipeline, ""
        client.catalog.PutComponent(api.PutComponentRequest(component=own))
        update = api.UpdateDeploymentTrackRequest(
            component_id=component, deployment_track_id=track, description="new",
            request_id="5e0c71d2-0000-4000-8000-000000000001")
        for _ in range(2):
            client.tracks.UpdateDeploymentTrack(
                update, metadata=[("trackd-actor", "somebody")])
        client.tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
            component_id=component, deployment_track_id=track, environment_variables=[
                api.EnvironmentVariable(name="PASSWORD", value="not-to-be-told")]))
        deployed = shop.deploy(track, env, image)
        waiting.until(lambda: shop.get(track, deployed.id).state == api.DEPLOYMENT_STATE_SUCCEEDED)
        other = client.create(component, "v9.0").id
        client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
            component_id=component, deployment_track_id=other))
        found = events(client)[:-len(made)]
        assert [short(event) for event in reversed(found)] == [
            ("PutDeploymentPipeline", f"deploymentPipelines/{pipeline}", []),
            ("PutComponent", f"components/{component}", ["default_pipeline_id"]),
            ("UpdateDeploymentTrack", path, ["description"]),
            ("UpdateDeploymentTrackConfigs", path, ["environment_variables/PASSWORD"]),
            ("DeployDeploymentTrack", f"{path}/deployments/{deployed.id}", []),
            ("CreateDeploymentTrack", f"components/{component}/deploymentTracks/{other}", []),
            ("DeleteDeploymentTrack", f"components/{component}/deploymentTracks/{other}", [])]
        assert "not-to-be-told" not in str(events(client))
        updated = next(event for event in found if event.request_id)
        assert updated.principal == "somebody" and not updated.principal_verified
        assert updated.request_id == update.request_id and updated.outcome == "OK"
        assert updated.peer.startswith("ipv4:127.0.0.1:") and updated.count == 1
        assert updated.method == f"{TRACKS}/UpdateDeploymentTrack"
        assert (updated.organization_id, updated.project_id, updated.component_id) == (
            organization, project, component)
        deploy = next(event for event in found if "deployments/" in event.resource)
        assert deploy.environment_id == env
        # Numbers without holes, and a page after the other.
        everything = events(client)
        assert [event.sequence for event in everything] == list(range(len(everything), 0, -1))
        assert events(client, page_size=3) == everything


def test_who_deleted_it_is_known_when_it_is_gone(tmp_path):
    with running(tmp_path) as (server, client):
        component = client.put_component()
        project = client.catalog.GetComponent(
            api.GetComponentRequest(component_id=component)).component.project_id
        client.catalog.DeleteComponent(
            api.DeleteComponentRequest(component_id=component),
            metadata=[("trackd-actor", "the culprit")])
        client.catalog.DeleteProject(api.DeleteProjectRequest(project_id=project))
        (deleted,) = events(client, method="DeleteComponent", resource=f"components/{component}")
        assert deleted.principal == "the culprit" and deleted.project_id == project
        ran = run_ctl(server, "audit", "list", "--method", "DeleteComponent", "--resource",
                           f"components/{component}", "-o", "wide")
        assert ran.code == 0 and "the culprit (not verified)" in ran.out
        assert f"components/{component}" in ran.out


def test_filters(tmp_path):
    with running(tmp_path) as (server, client):
        for name in ("ada", "bob"):
            for _ in range(3):
                client.catalog.PutOrganization(
                    api.PutOrganizationRequest(organization=api.Organization(
                        id=unique("org"), tier=api.ORGANIZATION_TIER_FREE)),
                    metadata=[("trackd-actor", name)])
        assert len(events(client, principal="ada")) == 3
        assert not events(client, principal="ad")
        assert len(events(client, method="PutOrganization", page_size=2)) == 6
        assert len(events(client, method=f"{CATALOG}/PutOrganization", principal="bob")) == 3
        assert not events(client, outcome="ABORTED")
        fourth = events(client)[2].time
        assert len(events(client, since=fourth)) == 3 and len(events(client, until=fourth)) == 3
        with refused("INVALID_ARGUMENT", "INVALID_FILTER") as refusal:
            events(client, since=fourth, until={"seconds": 1})
        assert refusal.fields == ["until"]
        page = audit_of(client).ListEvents(api.ListEventsRequest(page_size=1))
        with refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN"):
            audit_of(client).ListEvents(api.ListEventsRequest(
                page_token=page.next_page_token, principal="ada"))
        with refused("INVALID_ARGUMENT", "INVALID_PAGE_SIZE"):
            audit_of(client).ListEvents(api.ListEventsRequest(page_size=-1))


def restart(one):
    """Stops a guarded server, and starts it again: what it has counted is written then."""
    arguments = one.server.process.args[1:]
    data = one.server.data
    for client in one.clients:
        client.close()
    one.clients.clear()
    one.server.stop()
    kept = [word for index, word in enumerate(arguments[1:], 1)
            if word not in ("--data", "--listen") and arguments[index - 1] not in (
                "--data", "--listen")]
    one.server = Server(data, *kept)


def test_refused_calls_are_counted(tmp_path):
    with guarded(tmp_path, ["viewer"]) as one:
        admin, viewer = one.client("admin"), one.client("viewer")
        shop = Shop(admin, images=0)
        one.change([binding("read", "viewer", component=shop.component)])
        before = len(events(admin))
        for _ in range(5):
            with refused("PERMISSION_DENIED", "NO_RIGHT"):
                viewer.create(shop.component, "v7.0")
        with grpc.insecure_channel(one.server.address) as stranger:
            stub = api.DeploymentTrackServiceStub(stranger)
            for _ in range(3):
                with refused("UNAUTHENTICATED"):
                    stub.ListDeploymentTracks(api.ListDeploymentTracksRequest(
                        component_id=shop.component), metadata=tokens.bearer("trackd_no-token"))
        with refused("NOT_FOUND"):
            viewer.tracks.ListDeploymentTracks(
                api.ListDeploymentTracksRequest(component_id="guessed"))
        with refused("INVALID_ARGUMENT"):
            admin.create(shop.component, "no version")
        with refused("PERMISSION_DENIED", "NO_RIGHT"):
            audit_of(viewer).ListEvents(api.ListEventsRequest())
        # A read that somebody gets wrong is nobody's business.
        with refused("INVALID_ARGUMENT"):
            admin.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
                component_id=shop.component, page_size=-1))
        restart(one)
        admin = one.client("admin")
        new = events(admin)[:-before]
        found = collections.Counter()
        for event in new:
            found[event.principal, event.method.rsplit("/", 1)[1], event.outcome,
                  event.reason] += event.count
        assert found == {
            ("token:viewer", "CreateDeploymentTrack", "PERMISSION_DENIED", "NO_RIGHT"): 5,
            ("", "ListDeploymentTracks", "UNAUTHENTICATED", "TOKEN_UNKNOWN"): 3,
            ("token:viewer", "ListDeploymentTracks", "NOT_FOUND", "COMPONENT_NOT_FOUND"): 1,
            ("token:admin", "CreateDeploymentTrack", "INVALID_ARGUMENT", "INVALID_API_VERSION"): 1,
            ("token:viewer", "ListEvents", "PERMISSION_DENIED", "NO_RIGHT"): 1}
        assert {event.peer for event in new} == {"ipv4:127.0.0.1"}
        assert not any(event.resource for event in new)
        data = b"".join(path.read_bytes() for path in one.server.data.glob("trackd.db*"))
        assert b"no-token" not in data and token_of("viewer").encode() not in data


def test_a_flood_of_refused_calls_is_few_events(tmp_path):
    methods = [f"/{service.full_name}/{method.name}"
               for name in ("catalog_service", "deployment_track_service")
               for service in api.DESCRIPTORS[name].services_by_name.values()
               for method in service.methods]
    assert len(methods) > 30
    faults = ["Bearer trackd_unknown", "Basic YTpi", "Bearer !", "Bearer a.b.c"]
    with guarded(tmp_path, ["ann"], [], "--loops", "2") as one:
        count = 0
        for number in range(8):
            # A channel has one connection, and a connection one loop.
            options = [("grpc.use_local_subchannel_pool", 1)]
            with grpc.insecure_channel(one.server.address, options) as stranger:
                for method in methods:
                    for fault in faults:
                        with pytest.raises(grpc.RpcError) as error:
                            stranger.unary_unary(method)(b"", metadata=[("authorization", fault)])
                        assert error.value.code() == grpc.StatusCode.UNAUTHENTICATED
                        count += 1
        with refused("NOT_FOUND"):
            one.client("ann").create("hidden", "v1.0")
        restart(one)
        found = events(one.client("admin"), outcome="UNAUTHENTICATED")
        assert sum(event.count for event in found) == count
        assert len(found) <= 2 * 17, "two minutes at most"
        # Who is known is told apart, whatever strangers do at the same address.
        (own,) = events(one.client("admin"), principal="token:ann")
        assert own.method == f"{TRACKS}/CreateDeploymentTrack" and own.outcome == "NOT_FOUND"


def test_events_are_told_to_who_administers_their_place(tmp_path):
    with guarded(tmp_path, ["ann", "ben", "reader"]) as one:
        admin = one.client("admin")
        shops = [Shop(admin, images=0) for _ in range(2)]
        one.change([binding("all", "ann", organization=shops[0].organization),
                    binding("administer", "ben", component=shops[1].component),
                    binding("read", "reader")])
        everything = events(admin)
        mine = events(one.client("ann"), page_size=2)
        assert mine and {event.organization_id for event in mine} == {shops[0].organization}
        assert len(mine) == sum(event.organization_id == shops[0].organization
                                for event in everything)
        # Numbers and codes would tell how much others do.
        assert not any(event.sequence or event.code for event in mine)
        own = events(one.client("ben"))
        assert {event.component_id for event in own} == {shops[1].component}
        assert not events(one.client("ben"), resource=f"components/{shops[0].component}")
        for call in (lambda stub: stub.ListEvents(api.ListEventsRequest()),
                     lambda stub: next(stub.FollowEvents(api.FollowEventsRequest())),
                     lambda stub: stub.VerifyEvents(api.VerifyEventsRequest())):
            with refused("PERMISSION_DENIED", "NO_RIGHT"):
                call(audit_of(one.client("reader")))
        with refused("PERMISSION_DENIED", "NO_RIGHT"):
            audit_of(one.client("ann")).VerifyEvents(api.VerifyEventsRequest())
        # A page token belongs to its caller.
        token = audit_of(admin).ListEvents(api.ListEventsRequest(page_size=1)).next_page_token
        with refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN"):
            audit_of(one.client("ann")).ListEvents(api.ListEventsRequest(page_token=token))


class Follower:
    """Reads a stream of events until it ends."""

    def __init__(self, client, **request):
        self.messages, self.error = [], None
        self.call = audit_of(client).FollowEvents(api.FollowEventsRequest(**request))
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        try:
            for message in self.call:
                self.messages.append(message)
        except grpc.RpcError as error:
            self.error = error

    @property
    def events(self):
        return [message.event for message in self.messages if message.HasField("event")]

    def ended(self) -> grpc.StatusCode:
        self.thread.join(30)
        return self.error.code()


def test_what_is_followed(tmp_path):
    """Every filter, and a time before now: what there is comes first, in its order."""
    with running(tmp_path) as (server, client):
        component, other = client.put_component(), client.put_component()
        client.create(component, "v1.0")
        middle = events(client)[0]
        # Times are those of a clock: the next events have a later one.
        waiting.until(lambda: time.time() > middle.time.seconds + middle.time.nanos / 1e9 + 0.01)
        client.create(component, "v2.0")
        client.create(other, "v1.0")
        since = events(client, method="CreateDeploymentTrack")[1].time
        wanted = {
            "all": {},
            "resource": {"resource": f"components/{component}"},
            "method": {"method": "CreateDeploymentTrack"},
            "principal": {"principal": "token:nobody"},
            "outcome": {"outcome": "NOT_FOUND"},
        }
        followers = {name: Follower(client, since=since, **more) for name, more in wanted.items()}
        late = Follower(client, resource=f"components/{component}")
        waiting.until(lambda: late.messages)
        client.create(component, "v3.0")
        for name, more in wanted.items():
            listed = events(client, since=since, **more)[::-1]
            assert bool(listed) == (name not in ("principal", "outcome"))
            waiting.until(lambda name=name, listed=listed: followers[name].events == listed)
        assert len(followers["all"].events) == 3 and len(followers["resource"].events) == 2
        waiting.until(lambda: len(late.events) == 1)
        # A token is for the same events.
        token = followers["all"].messages[-1].resume_token
        again = Follower(client, resume_token=token, since=since)
        waiting.until(lambda: again.messages)
        assert not again.events
        assert Follower(client, resume_token=token).ended() == grpc.StatusCode.INVALID_ARGUMENT
        shown = trackctl.Waiting(server.address, "audit", "follow", "--since",
                                 "2020-01-01T00:00:00Z", "--resource", f"components/{other}")
        assert any("CreateDeploymentTrack" in line for line in shown.process.stdout)
        shown.process.terminate()
        shown.end()


def test_following(tmp_path):
    with guarded(tmp_path, ["ann", "gone"]) as one:
        admin = one.client("admin")
        shop, other = Shop(admin, images=0), Shop(admin, images=0)
        rights = [binding("all", name, organization=shop.organization) for name in ("ann", "gone")]
        one.change(rights)
        ann, gone = one.client("ann"), one.client("gone")
        follower, second = Follower(ann), Follower(gone)
        for one_of in (follower, second):
            waiting.until(lambda one_of=one_of: one_of.messages)
        admin.create(other.component, "v2.0")
        first = admin.create(shop.component, "v2.0").id
        last = admin.create(shop.component, "v3.0").id
        waiting.until(lambda: len(follower.events) == 2)
        assert [event.resource.rsplit("/", 1)[1] for event in follower.events] == [first, last]
        # It goes on behind the message whose token comes back, for this caller alone.
        token = next(message.resume_token for message in follower.messages
                     if message.event.resource.endswith(first))
        again = Follower(ann, resume_token=token)
        waiting.until(lambda: again.events)
        assert [event.resource for event in again.events] == [follower.events[1].resource]
        with refused("INVALID_ARGUMENT", "INVALID_RESUME_TOKEN"):
            next(audit_of(admin).FollowEvents(api.FollowEventsRequest(resume_token=token)))
        assert not again.messages[0].HasField("event")
        # The right goes, and a token goes: the streams end.
        lines = one.tokens.read_text().splitlines(keepends=True)
        one.tokens.write_text("".join(line for line in lines if not line.startswith("gone ")))
        os.kill(one.server.pid, signal.SIGHUP)
        assert second.ended() == grpc.StatusCode.UNAUTHENTICATED
        one.change([])
        assert follower.ended() == grpc.StatusCode.PERMISSION_DENIED
        assert again.ended() == grpc.StatusCode.PERMISSION_DENIED


def test_a_right_that_goes_in_the_middle_of_a_batch_ends_nothing_else(tmp_path):
    """Who reads slowly is told the rest: nothing twice, and nothing that is not theirs any more."""
    with guarded(tmp_path, ["ann"]) as one:
        admin = one.client("admin")
        kept, lost = put_organization(admin), put_organization(admin)
        rights = [binding("all", "ann", organization=kept)]
        one.change([*rights, binding("all", "ann", organization=lost)])
        place = next(audit_of(one.client("ann")).FollowEvents(
            api.FollowEventsRequest())).resume_token
        mine, others = [], []
        for _ in range(300):
            for organization, made in ((kept, mine), (lost, others)):
                id = unique("project")
                admin.catalog.PutProject(api.PutProjectRequest(
                    project=api.Project(id=id, organization_id=organization)))
                made.append(f"projects/{id}")
        with raw_h2.RawConnection(
                one.server.connect(), settings={raw_h2.INITIAL_WINDOW_SIZE: 2000}) as raw:
            raw.request(1, "/deploymenttrack.v1.AuditService/FollowEvents", raw_h2.message(
                api.FollowEventsRequest(resume_token=place).SerializeToString()),
                extra=[("authorization", f"Bearer {token_of('ann')}")])
            told = []

            def is_all_told() -> bool:
                reply, told[:] = raw.reply(1), []
                data = reply.data
                while len(data) >= 5 and len(data) >= 5 + int.from_bytes(data[1:5], "big"):
                    size = int.from_bytes(data[1:5], "big")
                    message = api.FollowEventsResponse.FromString(data[5:5 + size])
                    data = data[5 + size:]
                    if message.HasField("event"):
                        told.append(message.event.resource)
                return mine[-1] in told or reply.ended

            raw.read_until(lambda: len(raw.reply(1).data) == 2000)
            one.change(rights)
            for stream in (0, 1):
                raw.send(raw_h2.window_update(stream, 10_000_000))
            assert raw.read_until(is_all_told, 60) and not raw.reply(1).ended
        assert [resource for resource in told if resource in set(mine)] == mine
        rest = [resource for resource in told if resource not in set(mine)]
        assert rest == others[:len(rest)] and 0 < len(rest) < len(others)


def test_a_follower_that_is_cut_off_in_the_middle_goes_on_where_it_was(tmp_path):
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        address = "127.0.0.1:%d" % chosen.getsockname()[1]
    server = Server(tmp_path / "data", listen=(address,))
    client = Client(server.address)
    place = next(audit_of(client).FollowEvents(api.FollowEventsRequest())).resume_token
    for _ in range(600):
        put_organization(client)
    follow = trackctl.Waiting(
        server.address, "audit", "follow", "--resume", place, "-o", "json")
    try:
        # Nobody reads what it writes: both sides are stuck in the middle, and the server dies.
        waiting.until(lambda: unread(follow.process.stdout) > 4096)
        server.kill()
        client.close()
        server = Server(tmp_path / "data", listen=(address,))
        client = Client(server.address)
        reader = threading.Thread(target=follow.until, args=("goes on",), daemon=True)
        reader.start()
        last = put_organization(client)
        told = []
        for line in follow.process.stdout:
            event = json.loads(line).get("event")
            if event:
                told.append(int(event["sequence"]))
                if event["resource"].endswith(last):
                    break
        assert told == list(range(1, 602))
        reader.join(60)
        assert any("interrupted" in line for line in follow.said)
    finally:
        follow.process.kill()
        follow.process.communicate()
        client.close()
        server.stop()


def unread(pipe) -> int:
    """How many bytes a pipe has."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe.fileno(), termios.FIONREAD, count)
    return count[0]


def test_one_caller_does_not_take_all_places_and_a_drain_ends_them(tmp_path):
    with guarded(tmp_path, ["ann"]) as one:
        one.change([binding("all", "ann")])
        ann = one.client("ann")
        followers = [Follower(ann) for _ in range(17)]
        waiting.until(lambda: any(one_of.error for one_of in followers))
        (error,) = [one_of.error for one_of in followers if one_of.error]
        assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        admin = Follower(one.client("admin"))
        waiting.until(lambda: admin.messages)
        one.server.signal(signal.SIGTERM)
        assert admin.ended() == grpc.StatusCode.UNAVAILABLE
        assert one.server.wait() == 0


def test_the_log_file(tmp_path):
    path = tmp_path / "audit.jsonl"

    def lines(file=path):
        return [json.loads(line) for line in file.read_text().splitlines()]

    with running(tmp_path, "--audit-log", str(path)) as (server, client):
        component = client.put_component()
        client.create(component, "v1.0")
        waiting.until(lambda: len(lines()) == 4)
        assert path.stat().st_mode & 0o777 == 0o600
        last = lines()[-1]
        assert last["method"].endswith("/CreateDeploymentTrack") and last["sequence"] == "4"
        assert last == json.loads(run_ctl(
            server, "audit", "list", "--limit", "1", "-o", "json").out)["events"][0]
        # Moved away, it is made anew at SIGHUP.
        path.rename(tmp_path / "old.jsonl")
        os.kill(server.pid, signal.SIGHUP)
        waiting.until(path.exists)
        client.create(component, "v2.0")
        waiting.until(lambda: lines())
        assert [line["sequence"] for line in lines()] == ["5"]
        client.create(component, "v3.0")
        waiting.until(lambda: len(lines()) == 2)
        server.kill()
    # Half a line of a crash goes, and what is missing comes.
    with open(path, "a") as file:
        file.write('{"time":"20')
    for number in range(2):
        with running(tmp_path, "--audit-log", str(path)) as (server, client):
            client.create(component, f"v4.{number}")
            waiting.until(lambda: len(lines()) == 3 + number)
    assert [line["sequence"] for line in lines()] == ["5", "6", "7", "8"]
    # Rotated while trackd does not run: nothing comes twice.
    path.rename(tmp_path / "older.jsonl")
    with running(tmp_path, "--audit-log", str(path)) as (server, client):
        client.create(component, "v5.0")
        waiting.until(lambda: path.exists() and lines())
    assert [line["sequence"] for line in lines()] == ["9"]


def test_a_log_file_that_takes_nothing_stops_no_call(tmp_path):
    with running(tmp_path, "--audit-log", "/dev/full") as (server, client):
        client.put_component()
        waiting.until(lambda: "the audit log cannot be written" in server.log())
        component = client.put_component()
        client.create(component, "v1.0")
        assert len(events(client)) == 7
        assert server.log().count("the audit log cannot be written") == 1
    code, _, errors = run_to_end(
        "serve", "--data", str(tmp_path / "other"), "--audit-log",
        str(tmp_path / "none" / "audit.jsonl"), "--listen", "127.0.0.1:0")
    assert code == 1 and "none/audit.jsonl" in errors
    # Nor does trackd touch what is no log of the audit.
    other = tmp_path / "notes.txt"
    other.write_text("one line\nhalf a line")
    os.mkfifo(tmp_path / "pipe")
    for path, words in ((other, "something else"), (tmp_path / "pipe", "is no file")):
        code, _, errors = run_to_end("serve", "--data", str(tmp_path / "other"), "--audit-log",
                                     str(path), "--listen", "127.0.0.1:0")
        assert code == 1 and words in errors
    assert other.read_text() == "one line\nhalf a line"


def test_a_log_file_that_cannot_be_opened_anew_is_tried_again(tmp_path):
    folder, moved = tmp_path / "logs", tmp_path / "moved"
    folder.mkdir()
    path = folder / "audit.jsonl"
    with running(tmp_path, "--audit-log", str(path)) as (server, client):
        for _ in range(3):
            put_organization(client)
        waiting.until(lambda: len(lines_of(path)) == 3)
        folder.rename(moved)
        os.kill(server.pid, signal.SIGHUP)
        waiting.until(lambda: "the audit log cannot be written" in server.log())
        for _ in range(3):
            put_organization(client)
        # What was moved away is as it was: somebody may have read it to its end.
        assert len(events(client)) == 6 and sequences(moved / "audit.jsonl") == [1, 2, 3]
        folder.mkdir()
        waiting.until(lambda: path.exists() and len(lines_of(path)) == 3)
        waiting.until(lambda: "the audit log is written again" in server.log())
        put_organization(client)
        waiting.until(lambda: len(lines_of(path)) == 4)
        assert sequences(path) == [4, 5, 6, 7]
        assert server.log().count("the audit log cannot be written") == 1
        # The last moment of a server has room for it, too.
        shutil.move(path, moved / "second.jsonl")
        os.kill(server.pid, signal.SIGHUP)
        put_organization(client)
    assert [*sequences(moved / "second.jsonl"), *(sequences(path) if path.exists() else [])] == [
        4, 5, 6, 7, 8]


def test_a_full_disk_loses_no_event_and_an_operator_sees_it(tmp_path):
    path = tmp_path / "audit.jsonl"
    flags = ("--audit-log", str(path), "--admin-listen", "127.0.0.1:0")
    with running(tmp_path, *flags) as (server, client):
        for _ in range(3):
            put_organization(client)
        waiting.until(lambda: len(lines_of(path)) == 3)
        found = metrics.until(server, lambda now: now.get("trackd_audit_events_total",
                                                          outcome="OK") == 3)
        assert found.get("trackd_audit_log_missing_events") == 0
        assert found.get("trackd_audit_log_failures_total") == 0
    # A file that is larger than those of the store, and may grow by half a line.
    last = path.read_bytes().splitlines(keepends=True)[-1]
    with open(path, "wb") as file:
        file.truncate(64 << 20)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + last)
    size = path.stat().st_size

    def written() -> list[int]:
        with open(path, "rb") as file:
            file.seek(size)
            return [int(json.loads(line)["sequence"]) for line in file]

    with running(tmp_path, *flags) as (server, client):
        soft, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size + 100, hard))
        for _ in range(2):
            put_organization(client)
        waiting.until(lambda: "the audit log cannot be written" in server.log())
        found = metrics.until(
            server, lambda now: now.get("trackd_audit_log_missing_events") == 2
            and now.get("trackd_audit_log_failures_total") >= 2, 60)
        assert found.get("trackd_audit_events_total", outcome="OK") == 2
        waiting.until(lambda: path.stat().st_size == size)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (soft, hard))
        waiting.until(lambda: "the audit log is written again" in server.log())
        put_organization(client)
        waiting.until(lambda: len(written()) == 3)
        metrics.until(server, lambda now: now.get("trackd_audit_log_missing_events") == 0)
    assert written() == [4, 5, 6]


def test_a_start_that_fails_ends_and_leaves_the_log_file_to_the_next_one(tmp_path):
    path = tmp_path / "audit.jsonl"
    with running(tmp_path) as (server, client):
        for _ in range(3):
            put_organization(client)
        server.kill()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        for flags in (("--listen", address),
                      ("--listen", "127.0.0.1:0", "--admin-listen", address)):
            code, out, errors = run_to_end(
                "serve", "--data", str(tmp_path / "data"), "--audit-log", str(path), *flags)
            assert code == 1 and address in errors and "ready" not in out
    with running(tmp_path, "--audit-log", str(path)) as (server, client):
        put_organization(client)
        waiting.until(lambda: len(lines_of(path)) == 4)
        # A second trackd on the folder ends before it touches the file.
        with open(path, "a") as file:
            file.write('{"time":"20')
        code, _, errors = run_to_end("serve", "--data", str(tmp_path / "data"), "--audit-log",
                                     str(path), "--listen", "127.0.0.1:0")
        assert code == 1 and path.read_text().endswith('{"time":"20')
        with open(path, "r+") as file:
            file.truncate(path.stat().st_size - len('{"time":"20'))
    assert sequences(path) == [1, 2, 3, 4]


def test_the_right_to_act_for_others_is_looked_at_again_for_a_late_message(tmp_path):
    """Headers alone keep no right: that of a portal goes before its call's message is there."""
    with guarded(tmp_path, ["portal", "kept"]) as one:
        rights = [binding("all", name) for name in ("portal", "kept")]
        one.change(rights, acting=["portal", "kept"])
        path = f"/{CATALOG}/PutOrganization"

        def body():
            return raw_h2.message(api.PutOrganizationRequest(organization=api.Organization(
                id=unique("org"), tier=api.ORGANIZATION_TIER_FREE)).SerializeToString())

        def headers(name, *, actor=True):
            return raw_h2.request_headers(path, extra=[
                ("authorization", f"Bearer {token_of(name)}"),
                *([("trackd-actor", "somebody")] if actor else [])])

        with raw_h2.RawConnection(one.server.connect()) as raw:
            raw.headers(1, headers("portal"))
            raw.headers(3, headers("kept"))
            raw.headers(5, headers("portal", actor=False))
            raw.send(raw_h2.ping())
            assert raw.read_until(lambda: raw.pings == 1)
            opened = time.monotonic()
            one.change(rights, acting=["kept"])
            waiting.until(lambda: time.monotonic() > opened + 1.5)
            for stream in (1, 3, 5):
                raw.data(stream, body(), end_stream=True)
            assert [raw.answer(stream) for stream in (1, 3, 5)] == [
                "PERMISSION_DENIED", "OK", "OK"]
            trailers = raw.reply(1).headers[-1]
            assert "token:portal may not act for others" in trailers["grpc-message"]
            details = base64.b64decode(trailers["grpc-status-details-bin"] + "==")
            assert b"ACTING_FOR_OTHERS_REFUSED" in details
        made = events(one.client("admin"), method="PutOrganization")
        # They were under way at the same time.
        assert sorted((event.principal, event.on_behalf_of) for event in made) == [
            ("token:kept", "somebody"), ("token:portal", "")]


# The chain


def database(folder) -> sqlite3.Connection:
    return sqlite3.connect(folder / "data" / "trackd.db")


def filled(folder, *arguments: str, count=5) -> str:
    """A data folder with events. Returns the head of their chain."""
    with running(folder, *arguments) as (server, client):
        for _ in range(count):
            client.catalog.PutOrganization(api.PutOrganizationRequest(organization=api.Organization(
                id=unique("org"), tier=api.ORGANIZATION_TIER_FREE)))
        ran = run_ctl(server, "audit", "verify", "-o", "json")
        assert ran.code == 0 and ran.json["fault"] == "AUDIT_FAULT_UNSPECIFIED"
        assert ran.json["head"].startswith(f"{count}:")
        return ran.json["head"]


def verified(folder, head, *arguments: str):
    with running(folder, *arguments) as (server, _):
        ran = run_ctl(server, "audit", "verify", *(["--head", head] if head else []),
                           "-o", "json")
        told = run_ctl(server, "audit", "verify", *(["--head", head] if head else []))
        assert told.code == ran.code and told.out
        return ran.code, ran.json["fault"], int(ran.json["fault_sequence"])


TAMPERED = {
    "changed": ("UPDATE audit_event SET principal = 'eve' WHERE sequence = 3", "CHANGED", 3),
    "outcome": ("UPDATE audit_event SET outcome = 'ABORTED' WHERE sequence = 1", "CHANGED", 1),
    "removed": ("DELETE FROM audit_event WHERE sequence = 2", "REMOVED", 3),
    "first": ("DELETE FROM audit_event WHERE sequence = 1", "REMOVED", 2),
    "renumbered": ("DELETE FROM audit_event WHERE sequence = 3;"
                   "UPDATE audit_event SET sequence = 3 WHERE sequence = 4;"
                   "UPDATE audit_event SET sequence = 4 WHERE sequence = 5", "CHANGED", 3),
    "swapped": ("UPDATE audit_event SET sequence = 99 WHERE sequence = 2;"
                "UPDATE audit_event SET sequence = 2 WHERE sequence = 3;"
                "UPDATE audit_event SET sequence = 3 WHERE sequence = 99", "CHANGED", 2),
    "cut": ("DELETE FROM audit_event WHERE sequence > 3", "CUT", 3),
    "all cut": ("DELETE FROM audit_event", "CUT", 0),
    "anchor": ("DELETE FROM audit_event WHERE sequence < 4; UPDATE audit_state SET "
               "dropped_sequence = 3, dropped_code = x'00'", "KEY_UNKNOWN", 3),
    "signed anchor": ("UPDATE audit_state SET dropped_sequence = 3, dropped_code = "
                      "(SELECT code FROM audit_event WHERE sequence = 3), key_id = "
                      "(SELECT key_id FROM audit_event WHERE sequence = 3), signature = "
                      "(SELECT code FROM audit_event WHERE sequence = 3);"
                      "DELETE FROM audit_event WHERE sequence < 4", "ANCHOR_FORGED", 3),
    "kept": ("UPDATE audit_event SET kept_from = -1 WHERE sequence = 4", "CHANGED", 4),
    "far anchor": ("UPDATE audit_state SET dropped_sequence = 2305843009213693955", "KEY_UNKNOWN",
                   2305843009213693955),
    "hidden": ("UPDATE audit_event SET sequence = 2305843009213693952 WHERE sequence = 5",
               "REMOVED", 2305843009213693952),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    return folder, filled(folder)


@pytest.mark.sqlite
@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_done_to_the_rows_is_found(sound, tmp_path, name):
    script, fault, sequence = TAMPERED[name]
    original, head = sound
    os.makedirs(tmp_path / "data")
    os.chmod(tmp_path / "data", 0o700)
    with contextlib.closing(database(original)) as source:
        with contextlib.closing(database(tmp_path)) as copy:
            source.backup(copy)
            copy.executescript(script)
    assert verified(tmp_path, head) == (1, f"AUDIT_FAULT_{fault}", sequence)


@pytest.mark.sqlite
def test_only_a_kept_head_shows_that_the_end_is_there(tmp_path):
    head = filled(tmp_path)
    assert verified(tmp_path, head) == (0, "AUDIT_FAULT_UNSPECIFIED", 0)
    with contextlib.closing(database(tmp_path)) as rows:
        rows.execute("DELETE FROM audit_event WHERE sequence > 3")
        rows.commit()
    assert verified(tmp_path, "")[0] == 0
    assert verified(tmp_path, head)[:2] == (1, "AUDIT_FAULT_CUT")
    # The log has the head, too.
    with running(tmp_path) as (server, client):
        client.put_component()
        waiting.until(lambda: "audit head" in server.log())
        with refused("INVALID_ARGUMENT", "INVALID_RESOURCE") as refusal:
            audit_of(client).VerifyEvents(api.VerifyEventsRequest(expected_head="7"))
        assert refusal.fields == ["expected_head"]


def keys(path, *numbers: int) -> str:
    path.write_text("# keys\n" + "".join(
        base64.b64encode(hashlib.sha256(bytes([number])).digest()).decode() + "\n"
        for number in numbers))
    os.chmod(path, 0o600)
    return str(path)


@pytest.mark.sqlite
def test_a_key_of_the_operator(tmp_path):
    def started(key):
        code, _, errors = run_to_end("serve", "--data", str(tmp_path / "data"), "--audit-key",
                                     str(key), "--listen", "127.0.0.1:0")
        return code, errors

    path = tmp_path / "audit.key"
    filled(tmp_path, count=2)
    # The store's own key signed before there was another one; then the key changes.
    for numbers in ((1,), (2, 1)):
        with running(tmp_path, "--audit-key", keys(path, *numbers)) as (server, client):
            client.put_component()
            assert run_ctl(server, "audit", "verify").code == 0
    assert verified(tmp_path, "", "--audit-key", keys(path, 2)) == (
        1, "AUDIT_FAULT_KEY_UNKNOWN", 3)
    assert verified(tmp_path, "") == (1, "AUDIT_FAULT_KEY_UNKNOWN", 3)
    with contextlib.closing(database(tmp_path)) as rows:
        signed = {row[0] for row in rows.execute("SELECT DISTINCT key_id FROM audit_event")}
        assert len(signed) == 3
        # Each key began with an event that says so.
        taken = rows.execute("SELECT count(*) FROM audit_event WHERE method LIKE '%/ChangeAuditKey'")
        assert taken.fetchone() == (3,)
        text = path.read_text().splitlines()[1]
        assert not any(text in str(row) for row in rows.execute("SELECT * FROM audit_event"))
    for content, words in (("", "has no key"), ("AAEC\n", "in Base64")):
        path.write_text(content)
        code, errors = started(path)
        assert code == 1 and words in errors and "AAEC" not in errors
    keys(path, 1)
    for mode, words in ((0o622, "chmod go-w"), (0o604, "chmod o-r")):
        os.chmod(path, mode)
        code, errors = started(path)
        assert code == 1 and words in errors


def forged(folder, sequence: int) -> None:
    """Signs the rows from that one on with the key in the database, as trackd does without
    `--audit-key`."""
    def number(value: int) -> bytes:
        value = value << 1 ^ value >> 63
        found = bytearray()
        while value >= 0x80:
            found.append(value & 0x7F | 0x80)
            value >>= 7
        return bytes([*found, value])

    def text(value) -> bytes:
        value = value if isinstance(value, bytes) else value.encode()
        size, found = len(value), bytearray()
        while size >= 0x80:
            found.append(size & 0x7F | 0x80)
            size >>= 7
        return bytes([*found, size]) + value

    with contextlib.closing(database(folder)) as rows:
        rows.row_factory = sqlite3.Row
        (key,) = rows.execute("SELECT key FROM audit_state").fetchone()
        name = hashlib.sha256(b"trackd audit key" + key).digest()[:8].hex()
        code = b""
        for row in rows.execute("SELECT * FROM audit_event ORDER BY sequence").fetchall():
            data = (text("trackd audit event 1") + number(row["sequence"]) + text(code)
                    + number(row["kept_from"]) + number(row["at"]) + number(row["count"])
                    + text(row["principal"]) + bytes([row["is_verified"]])
                    + b"".join(text(row[column]) for column in (
                        "on_behalf_of", "peer", "method", "resource", "organization_id",
                        "project_id", "component_id", "environment_id", "request_id", "outcome",
                        "reason", "changed_fields")))
            made = hmac.new(key, data, hashlib.sha256).digest()
            if row["sequence"] >= sequence:
                rows.execute("UPDATE audit_event SET code = ?, key_id = ? WHERE sequence = ?",
                             (made, name, row["sequence"]))
            code = made if row["sequence"] >= sequence else row["code"]
        rows.commit()


@pytest.mark.sqlite
def test_who_has_the_database_alone_forges_nothing_under_a_key_of_the_operator(tmp_path):
    path = tmp_path / "audit.key"
    filled(tmp_path, count=3)
    change = "UPDATE audit_event SET principal = 'eve' WHERE sequence = 2"
    # Without a key of the operator, that is possible.
    with contextlib.closing(database(tmp_path)) as rows:
        rows.execute(change)
        rows.commit()
    forged(tmp_path, 2)
    assert verified(tmp_path, "")[0] == 0
    with running(tmp_path, "--audit-key", keys(path, 1)) as (server, client):
        waiting.until(lambda: "under another key" in server.log())
        client.put_component()
        ran = run_ctl(server, "audit", "verify", "-o", "json")
        assert ran.code == 0 and ran.json["signed_since"] == "4"
        head = ran.json["head"]
        with contextlib.closing(database(tmp_path)) as rows:
            rows.execute(change.replace("'eve'", "'mallory'"))
            rows.commit()
        forged(tmp_path, 2)
        # All rows are signed with the key of the database now, and that is what is found.
        ran = run_ctl(server, "audit", "verify", "-o", "json")
        assert (ran.code, ran.json["fault"]) == (1, "AUDIT_FAULT_KEY_OUTDATED")
    # A start takes the key over again, and says so; the kept head says what that is worth.
    with running(tmp_path, "--audit-key", keys(path, 1)) as (server, client):
        waiting.until(lambda: "under another key" in server.log())
        ran = run_ctl(server, "audit", "verify", "-o", "json")
        assert ran.json["signed_since"] == "8"
        assert run_ctl(server, "audit", "verify", "--head", head).code == 1


@pytest.mark.sqlite
@pytest.mark.parametrize("has_new_key", [False, True])
def test_a_start_while_somebody_has_the_database(tmp_path, has_new_key):
    filled(tmp_path)
    other = sqlite3.connect(tmp_path / "data" / "trackd.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    key = ["--audit-key", keys(tmp_path / "audit.key", 1)] if has_new_key else []
    with running(tmp_path, *key) as (server, client):
        before = len(events(client))
        with refused("UNAVAILABLE"):
            put_organization(client)
        other.execute("ROLLBACK")
        other.close()
        waiting.until(lambda: not raises_unavailable(client), 60)
        # Nothing is written under another key before the event that says so.
        assert [short(event)[0] for event in events(client)[:-before]] == [
            "PutOrganization", *(["ChangeAuditKey"] if has_new_key else [])]
        assert run_ctl(server, "audit", "verify").code == 0
    assert ("under another key" in server.log()) == has_new_key


def raises_unavailable(client) -> bool:
    try:
        put_organization(client)
        return False
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAVAILABLE
        return True


def test_retention_leaves_a_signed_place(tmp_path):
    head = filled(tmp_path)
    with running(tmp_path, "--audit-retention", "1s") as (server, client):
        def dropped():
            client.catalog.PutOrganization(api.PutOrganizationRequest(organization=api.Organization(
                id=unique("org"), tier=api.ORGANIZATION_TIER_FREE)))
            # The last one that was dropped is known by the note: it is to be behind the head.
            return events(client)[-1].sequence > 6
        waiting.until(dropped, 60)
        ran = run_ctl(server, "audit", "verify", "--head", head, "-o", "json")
        assert ran.code == 0 and int(ran.json["dropped"]) > 5
        assert not ran.json["expected_head_compared"] and "could not be compared" in ran.err
        token = audit_of(client).ListEvents(api.ListEventsRequest(page_size=1)).next_page_token
        assert token
    assert verified(tmp_path, head)[0] == 0


def test_what_was_dropped_before_the_file_had_it_is_told(tmp_path):
    log = tmp_path / "audit.jsonl"

    def put(client):
        client.catalog.PutOrganization(api.PutOrganizationRequest(
            organization=api.Organization(id=unique("org"), tier=api.ORGANIZATION_TIER_FREE)))
        return events(client)

    def logged():
        return [int(json.loads(line)["sequence"]) for line in log.read_text().splitlines()]

    with running(tmp_path, "--audit-log", str(log)) as (server, client):
        put(client)
    before = logged()
    with running(tmp_path, "--audit-retention", "1s") as (server, client):
        waiting.until(lambda: put(client)[-1].sequence > before[-1] + 1, 60)
    with running(tmp_path, "--audit-log", str(log)) as (server, client):
        kept = sorted(event.sequence for event in put(client))
        waiting.until(lambda: logged()[-1] >= kept[-1], 60)
        told = "events were dropped after their time that the audit log lacks"
        waiting.until(lambda: told in server.log())
    assert logged() == before + kept


def test_what_was_answered_is_on_record_after_kill_9(tmp_path):
    server = Server(tmp_path / "data")
    client = Client(server.address)
    component = client.put_component()
    made = []

    def create():
        with contextlib.suppress(grpc.RpcError):
            while True:
                made.append(client.create(component, f"v1.{len(made)}").id)

    thread = threading.Thread(target=create)
    thread.start()
    waiting.until(lambda: len(made) > 50)
    server.kill()
    thread.join()
    client.close()
    with running(tmp_path) as (server, client):
        recorded = {event.resource.rsplit("/", 1)[1]
                    for event in events(client, method="CreateDeploymentTrack")}
        assert set(made) <= recorded
        tracks = client.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
            component_id=component, page_size=1000)).deployment_tracks
        assert {track.id for track in tracks} == recorded
        assert run_ctl(server, "audit", "verify").code == 0


def test_trackctl(tmp_path):
    with running(tmp_path) as (server, client):
        component = client.put_component()
        ran = run_ctl(server, "audit", "list", "--limit", "1", "-o", "json")
        (event,) = ran.json["events"]
        assert event["resource"] == f"components/{component}" and event["outcome"] == "OK"
        assert run_ctl(server, "audit", "list", "--since", "2100-01-01T00:00:00Z").rows == []
        assert run_ctl(server, "audit", "list", "--since", "yesterday").code == 2
        assert run_ctl(server, "audit", "verify", "--head", "nothing").code == 2
