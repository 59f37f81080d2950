"""WatchDeploymentTracks: the state, then each change once and in order, across all
interruptions."""

import pathlib
import signal
import sqlite3
import threading
import time
import uuid

import grpc
import pytest

from support import paths, raw_h2
from support.client import Client, unique
from support.errors import refused
from support.raw_h2 import RawConnection, message
from support.stubs import api
from support.waiting import until
from support.watch import WATCH, end, request, resume, state, take, watch, words

pytestmark = pytest.mark.store

OPTIONS = [("grpc.use_local_subchannel_pool", 1)]


def project_of(client, component: str) -> str:
    return client.catalog.GetComponent(api.GetComponentRequest(component_id=component),
                                       timeout=10).component.project_id


def put_component_in(client, project: str) -> str:
    component = unique("cmp")
    client.catalog.PutComponent(api.PutComponentRequest(component=api.Component(
        id=component, project_id=project, type=api.COMPONENT_TYPE_SERVICE)), timeout=10)
    return component


def delete(client, component: str, track: str) -> None:
    client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
        component_id=component, deployment_track_id=track), timeout=30)


def describe(client, component: str, track: str, description: str, **fields) -> None:
    client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
        component_id=component, deployment_track_id=track, description=description,
        **fields), timeout=30)


# Messages

def test_the_state_then_every_change(client):
    component = client.put_component()
    one = client.create(component, "v1.0", description="first")
    call = watch(client, component)
    found, token = state(call)
    assert [c.deployment_track for c in found] == [one] and token
    client.create(component, "v1.1")
    describe(client, component, one.id, "second")
    changes = take(call, 3)
    assert [words(c) for c in changes] == ["updated v1.0", "created v1.1", "updated v1.0"]
    assert [c.change.deployment_track.latest for c in changes] == [False, True, False]
    assert [c.change.deployment_track.description for c in changes] == ["first", "", "second"]
    times = [c.change.changed_at.ToNanoseconds() for c in changes]
    assert times == sorted(times) and times[0] > 0
    assert len({token, *(c.resume_token for c in changes)}) == 4
    call.cancel()


def test_a_deletion_has_the_track_as_it_was(client):
    component = client.put_component()
    one = client.create(component, "v1.0", description="mine", branch="main")
    client.create(component, "v1.1")
    call = watch(client, component)
    state(call)
    before = client.get(component, one.id)
    delete(client, component, one.id)
    gone = next(r for r in call if r.change.type == api.CHANGE_TYPE_DELETED)
    assert gone.change.deployment_track == before
    call.cancel()


def test_who_did_it(client):
    component = client.put_component()
    call = watch(client, component)
    assert state(call)[0] == []
    client.tracks.CreateDeploymentTrack(
        api.CreateDeploymentTrackRequest(component_id=component, api_version="v1.0"), timeout=10,
        metadata=[("trackd-actor", "ada")])
    (made,) = take(call, 1)
    assert (made.change.actor, made.change.actor_verified) == ("ada", False)
    call.cancel()


def test_scopes_are_a_component_a_project_or_all(start_server, connect):
    client = connect(start_server().address)
    first = client.put_component()
    project = project_of(client, first)
    second = put_component_in(client, project)
    elsewhere = client.put_component()
    for component in (first, second, elsewhere):
        client.create(component, "v1.0")
    calls = {"one": watch(client, first), "project": watch(client, project=project),
             "all": watch(client)}
    found = {name: [c.deployment_track.component_id for c in state(call)[0]]
             for name, call in calls.items()}
    assert found["one"] == [first]
    assert sorted(found["project"]) == sorted([first, second])
    assert sorted(found["all"]) == sorted([first, second, elsewhere])
    for component in (elsewhere, second, first):
        client.create(component, "v1.1")
    seen = {name: [r.change.deployment_track.component_id for r in take(calls[name], count)]
            for name, count in (("one", 2), ("project", 4), ("all", 6))}
    assert seen["one"] == [first] * 2
    assert seen["project"] == [second] * 2 + [first] * 2
    assert seen["all"] == [elsewhere] * 2 + [second] * 2 + [first] * 2
    for call in calls.values():
        call.cancel()


def test_a_state_of_many_pages(start_server, connect):
    client = connect(start_server().address)
    component = client.put_component()
    calls = [client.tracks.CreateDeploymentTrack.future(api.CreateDeploymentTrackRequest(
        component_id=component, id=f"t{number:04}",
        api_version=f"v1.{number}"), timeout=30) for number in range(350)]
    for call in calls:
        call.result()
    for scope in ({"component": component}, {"project": project_of(client, component)}, {}):
        call = watch(client, **scope)
        found, token = state(call)
        assert [c.deployment_track.id for c in found] == [f"t{number:04}" for number in range(350)]
        call.cancel()
        call = resume(client, **scope, token=token)
        describe(client, component, "t0007", str(scope))
        assert next(call).change.deployment_track.description == str(scope)
        call.cancel()


# Refusals

def test_what_cannot_be_watched(client):
    component = client.put_component()
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        next(watch(client, "no-such-component"))
    with refused("NOT_FOUND", "PROJECT_NOT_FOUND"):
        next(watch(client, project="no-such-project"))
    with refused("INVALID_ARGUMENT", "INVALID_ID", field="project_id"):
        next(watch(client, component, project_of(client, component)))
    with refused("INVALID_ARGUMENT", "INVALID_ID", field="component_id"):
        next(watch(client, "Not an id"))


def test_tokens_that_are_none(client, start_server, connect):
    component = client.put_component()
    _, token = state(watch(client, component))
    other = client.put_component()
    for wrong in ("x", token[:-1], token + "A", "A" * 5000, token.swapcase()):
        with refused("INVALID_ARGUMENT", "INVALID_RESUME_TOKEN", field="resume_token"):
            next(watch(client, component, token=wrong))
    with refused("INVALID_ARGUMENT", "INVALID_RESUME_TOKEN"):
        next(watch(client, other, token=token))
    with refused("INVALID_ARGUMENT", "INVALID_RESUME_TOKEN"):
        next(watch(client, token=token))
    stranger = connect(start_server().address)
    _, theirs = state(watch(stranger))
    with refused("INVALID_ARGUMENT", "INVALID_RESUME_TOKEN"):
        next(watch(client, token=theirs))


def database(data: pathlib.Path) -> sqlite3.Connection:
    (found,) = [p for p in data.iterdir() if p.is_file() and p.read_bytes()[:6] == b"SQLite"]
    return sqlite3.connect(found)


@pytest.mark.sqlite
def test_a_token_older_than_the_log_asks_for_a_new_beginning(start_server, connect):
    server = start_server()
    client = connect(server.address, OPTIONS)
    component = client.put_component()
    call = watch(client, component)
    _, old = state(call)
    client.create(component, "v1.0")
    (made,) = take(call, 1)
    call.cancel()
    server.stop()
    with database(server.data) as log:
        log.execute(
            "DELETE FROM change_log WHERE sequence < (SELECT max(sequence) FROM change_log)")
    again = connect(start_server().address, OPTIONS)
    with refused("OUT_OF_RANGE", "RESYNC"):
        next(watch(again, component, token=old))
    # After the newest change, nothing is missing.
    call = resume(again, component, token=made.resume_token)
    again.create(component, "v1.1")
    assert [words(r) for r in take(call, 2)] == ["updated v1.0", "created v1.1"]
    call.cancel()


@pytest.mark.sqlite
def test_a_token_of_a_change_that_a_restore_has_undone_asks_for_a_new_beginning(
        start_server, connect):
    server = start_server()
    client = connect(server.address, OPTIONS)
    component = client.put_component()
    call = watch(client, component)
    state(call)
    for number in range(3):
        client.create(component, f"v1.{number}")
    token = take(call, 5)[-1].resume_token
    call.cancel()
    server.stop()
    with database(server.data) as log:
        log.execute("DELETE FROM change_log WHERE sequence > 4")
        log.execute("UPDATE sqlite_sequence SET seq = 4 WHERE name = 'change_log'")
    again = connect(start_server().address, OPTIONS)
    with refused("OUT_OF_RANGE", "RESYNC"):
        next(watch(again, component, token=token))


# Ends of watches

def test_cancelled_watches_free_their_streams(start_server, connect):
    """Twice as many watches on one connection as it may have at once."""
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    client.create(component, "v1.0")
    for _ in range(20):
        calls = [watch(client, component) for _ in range(100)]
        for call in calls:
            state(call)
        for call in calls:
            call.cancel()
    # No watch is left.
    client.create(component, "v1.1")
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        ends = [r for r in server.log_records() if r.get("method") == WATCH]
        if len(ends) == 2000:
            break
        time.sleep(0.05)
    assert {r["code"] for r in ends} == {"CANCELLED"} and len(ends) == 2000


def test_a_deadline_ends_a_watch(client):
    component = client.put_component()
    call = watch(client, component, timeout=1)
    state(call)
    assert end(call).code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_a_drain_ends_watches_at_once(start_server, connect):
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    calls = [watch(client), watch(client, component),
             watch(client, project=project_of(client, component))]
    for call in calls:
        state(call)
    server.signal(signal.SIGTERM)
    for call in calls:
        with refused("UNAVAILABLE", "SERVER_DRAINING") as refusal:
            next(call)
        assert "RetryInfo" in refusal.details
    assert server.wait(10) == 0


def slow_watcher(server, component: str) -> RawConnection:
    """A watch that gets its state, and then opens its windows no further."""
    raw = RawConnection(server.connect(), settings={raw_h2.INITIAL_WINDOW_SIZE: 600})
    raw.request(1, WATCH, message(request(component).SerializeToString()))
    assert raw.read_until(lambda: len(raw.reply(1).data) > 0)
    return raw


def test_a_watcher_that_does_not_read_is_told_to_begin_anew(start_server, connect):
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    one = client.create(component, "v1.0")
    with slow_watcher(server, component) as raw:
        quick = watch(client, component)
        state(quick)
        for number in range(400):
            describe(client, component, one.id, f"{number} " + "x" * 1000)
        # The slow watch has not held up the other.
        assert [r.change.deployment_track.description.split()[0] for r in take(quick, 400)] == [
            str(number) for number in range(400)]
        quick.cancel()
        raw.send(raw_h2.window_update(1, 1 << 20) + raw_h2.window_update(0, 1 << 20))
        assert raw.answer(1) == "OUT_OF_RANGE"


def test_slow_watchers_share_what_waits_for_them(start_server, connect):
    """A thousand watches that read nothing cost far less than a thousand separate queues."""
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    one = client.create(component, "v1.0")
    slow = []
    for _ in range(10):
        raw = RawConnection(server.connect(), settings={raw_h2.INITIAL_WINDOW_SIZE: 600})
        for number in range(100):
            raw.request(2 * number + 1, WATCH, message(request(component).SerializeToString()))
        assert raw.read_until(lambda: all(raw.reply(2 * n + 1).data for n in range(100)))
        slow.append(raw)
    before = server.rss_kb()
    for number in range(300):
        describe(client, component, one.id, f"{number} " + "x" * 1000)
    if not paths.SANITIZED:
        assert server.rss_kb() - before < 64 << 10
    for raw in slow:
        raw.sock.close()
    # The server goes on.
    assert client.get(component, one.id).description.startswith("299 ")


# Resuming

class Counter(threading.Thread):
    """Counts up in the description of its own track, across restarts: each number is written
    once."""

    def __init__(self, address: str, component: str, track: str, stop: threading.Event):
        super().__init__(daemon=True)
        self.address, self.component, self.track, self.stop = address, component, track, stop
        self.last = 0
        self.trouble: BaseException | None = None

    def run(self) -> None:
        client = Client(self.address, [*OPTIONS, ("grpc.initial_reconnect_backoff_ms", 50),
                                       ("grpc.max_reconnect_backoff_ms", 200)])
        try:
            while not self.stop.is_set():
                self.write(client, self.last + 1)
                self.last += 1
        except BaseException as error:
            self.trouble = error
        finally:
            client.close()

    def write(self, client, number: int) -> None:
        key = str(uuid.uuid4())
        for _ in range(500):
            try:
                return describe(client, self.component, self.track, str(number), request_id=key)
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE:
                    raise
                time.sleep(0.05)
        raise AssertionError("the server does not come back")


class Follower(threading.Thread):
    """Watches a project across all interruptions, and records the numbers of each track in their
    order."""

    def __init__(self, address: str, project: str, token: str, breaks: int):
        super().__init__(daemon=True)
        self.address, self.project, self.token, self.breaks = address, project, token, breaks
        self.seen: dict[str, list[int]] = {}
        self.wanted: dict[str, int] | None = None
        self.resumed = 0
        self.trouble: BaseException | None = None

    def run(self) -> None:
        client = Client(self.address, [*OPTIONS, ("grpc.initial_reconnect_backoff_ms", 50),
                                       ("grpc.max_reconnect_backoff_ms", 200)])
        try:
            while not self.done():
                self.follow(client)
                self.resumed += 1
        except BaseException as error:
            self.trouble = error
        finally:
            client.close()

    def done(self) -> bool:
        return self.wanted is not None and all(
            self.seen.get(track, [0])[-1] >= last for track, last in self.wanted.items())

    def follow(self, client) -> None:
        call = watch(client, project=self.project, token=self.token, timeout=2)
        try:
            for count, response in enumerate(call):
                self.token = response.resume_token or self.token
                if response.HasField("change"):
                    track = response.change.deployment_track
                    self.seen.setdefault(track.id, []).append(int(track.description))
                if count == self.breaks or self.done():
                    call.cancel()
                    return
        except grpc.RpcError as error:
            wanted = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED,
                      grpc.StatusCode.CANCELLED)
            if error.code() not in wanted:
                raise
            time.sleep(0.05)


@pytest.mark.parametrize("kills", [0, 3])
def test_nothing_is_left_out_or_repeated(start_server, connect, kills):
    """16 writers; watches that disconnect all the time; and a server that is killed under all of
    them."""
    server = start_server()
    port = server.port
    client = connect(server.address, OPTIONS)
    component = client.put_component()
    project = project_of(client, component)
    tracks = [client.create(component, f"v1.{number}", description="0").id for number in range(16)]
    _, token = state(watch(client, project=project))
    stop = threading.Event()
    counters = [Counter(server.address, component, track, stop) for track in tracks]
    followers = [Follower(server.address, project, token, breaks)
                 for breaks in (3, 50, 1000, 1_000_000)]
    for thread in (*counters, *followers):
        thread.start()
    for _ in range(kills):
        time.sleep(1)
        server.kill()
        server = start_server(listen=(f"127.0.0.1:{port}",))
    time.sleep(1)
    until(lambda: sum(counter.last for counter in counters) > 100 and followers[0].resumed > 10,
          seconds=60)
    stop.set()
    for counter in counters:
        counter.join(60)
        assert counter.trouble is None, counter.trouble
    for follower in followers:
        follower.wanted = {counter.track: counter.last for counter in counters}
    for follower in followers:
        follower.join(60)
        assert follower.trouble is None, follower.trouble
        assert not follower.is_alive(), "a follower waits for what does not come"
        for counter in counters:
            assert follower.seen[counter.track] == list(range(1, counter.last + 1))
