"""Rules that hold for any number of simultaneous clients."""

import concurrent.futures
import threading

import pytest

from support.client import Client
from support.errors import answer_of
from support.stubs import api

pytestmark = pytest.mark.store

CLIENTS = 64


@pytest.fixture(scope="module")
def crowd(server):
    """64 clients, each with its own connection."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    clients = [Client(server.address, options) for _ in range(CLIENTS)]
    for one in clients:
        one.put_component()
    yield clients
    for one in clients:
        one.close()


def all_at_once(crowd, call) -> list[str]:
    """The answers of call(client, number), which all clients begin at the same moment."""
    barrier = threading.Barrier(len(crowd))

    def one(number: int) -> str:
        barrier.wait(30)
        return answer_of(lambda: call(crowd[number], number))

    with concurrent.futures.ThreadPoolExecutor(len(crowd)) as pool:
        return list(pool.map(one, range(len(crowd))))


def count(answers: list[str]) -> dict[str, int]:
    return {answer: answers.count(answer) for answer in set(answers)}


def one_latest(tracks) -> bool:
    return [t.latest for t in tracks].count(True) == 1


def test_of_64_creates_of_one_version_one_wins(crowd, client):
    component = client.put_component()
    answers = all_at_once(crowd, lambda c, n: c.create(component, "v1.0"))
    assert count(answers) == {"OK": 1, "ALREADY_EXISTS API_VERSION_EXISTS": CLIENTS - 1}
    assert len(client.list(component)) == 1


def test_64_creates_of_64_versions_leave_one_latest(crowd, client):
    component = client.put_component()
    assert count(all_at_once(crowd, lambda c, n: c.create(component, f"v1.{n}"))) == {"OK": CLIENTS}
    tracks = client.list(component)
    assert [t.api_version for t in tracks] == [f"v1.{n}" for n in reversed(range(CLIENTS))]
    assert one_latest(tracks)


def test_a_free_organization_gets_two_tracks_and_no_more(crowd, client):
    component = client.put_component(tier="FREE")
    answers = all_at_once(crowd, lambda c, n: c.create(component, f"v1.{n}"))
    assert count(answers) == {"OK": 2, "RESOURCE_EXHAUSTED TRACK_LIMIT_REACHED": CLIENTS - 2}
    assert one_latest(client.list(component))


def test_one_request_id_makes_one_track(crowd, client):
    component = client.put_component()
    ids = set()

    def create(c, n):
        ids.add(c.create(component, "v1.0", request_id="5b1f3c2e-4b57-4e0a-9f0e-0d9c1f3a5b71").id)

    assert count(all_at_once(crowd, create)) == {"OK": CLIENTS}
    assert len(ids) == 1 and [t.id for t in client.list(component)] == list(ids)


def test_deletes_of_all_tracks_leave_one(crowd, client):
    component = client.put_component()
    tracks = [client.create(component, f"v1.{n}") for n in range(CLIENTS)]
    answers = all_at_once(crowd, lambda c, n: c.tracks.DeleteDeploymentTrack(
        api.DeleteDeploymentTrackRequest(
            component_id=component, deployment_track_id=tracks[n].id), timeout=30))
    assert count(answers) == {"OK": CLIENTS - 1, "FAILED_PRECONDITION LAST_TRACK": 1}
    assert one_latest(client.list(component))


@pytest.mark.parametrize("attempt", range(5))
def test_deletes_of_the_last_two_leave_one(crowd, client, attempt):
    component = client.put_component()
    tracks = [client.create(component, f"v1.{n}") for n in range(2)]
    answers = all_at_once(crowd[:2], lambda c, n: c.tracks.DeleteDeploymentTrack(
        api.DeleteDeploymentTrackRequest(
            component_id=component, deployment_track_id=tracks[n].id), timeout=30))
    assert count(answers) == {"OK": 1, "FAILED_PRECONDITION LAST_TRACK": 1}
    assert one_latest(client.list(component))


def test_of_64_updates_with_one_etag_one_wins(crowd, client):
    component = client.put_component()
    track = client.create(component, "v1.0")
    answers = all_at_once(crowd, lambda c, n: c.tracks.UpdateDeploymentTrack(
        api.UpdateDeploymentTrackRequest(
            component_id=component, deployment_track_id=track.id, description=f"by {n}",
            etag=track.etag), timeout=30))
    assert count(answers) == {"OK": 1, "ABORTED ETAG_MISMATCH": CLIENTS - 1}
    assert client.get(component, track.id).description == f"by {answers.index('OK')}"


def test_reads_among_writes_see_whole_states(crowd, client):
    """A list always shows exactly one latest track, whatever is written meanwhile."""
    component = client.put_component()
    client.create(component, "v0.0")
    bad = []

    def call(c, n):
        for round_ in range(5):
            if n % 4 == 0:
                c.create(component, f"v{n + 1}.{round_}")
            else:
                tracks = c.list(component)
                if not one_latest(tracks):
                    bad.append(tracks)

    assert count(all_at_once(crowd, call)) == {"OK": CLIENTS}
    assert not bad
