"""Packed replies that trackd keeps are never older than an answered write."""

import threading

import pytest

from support.client import unique
from support.errors import refused
from support.stubs import api

pytestmark = pytest.mark.store


@pytest.fixture
def clients(start_server, connect):
    """Separate connections to a server with two event loops, each of which keeps its own
    replies."""
    server = start_server("data", "--loops", "2")
    return [connect(server.address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(4)]


def describe(client, component, track, text):
    client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
        component_id=component, deployment_track_id=track, description=text), timeout=10)


def listed(client, component, **fields):
    """One page."""
    request = api.ListDeploymentTracksRequest(component_id=component, **fields)
    return client.tracks.ListDeploymentTracks(request, timeout=10)


def is_missing(client, component, track, reason="TRACK_NOT_FOUND"):
    with refused("NOT_FOUND", reason):
        client.get(component, track)


def test_a_write_is_seen_by_the_next_read_on_every_loop(clients):
    component = clients[0].put_component()
    track = clients[0].create(component, "v1.0").id
    for number in range(100):
        describe(clients[number % 4], component, track, f"n{number}")
        for client in clients:
            for _ in range(2):
                assert client.get(component, track).description == f"n{number}"
                assert [found.description for found in listed(
                    client, component).deployment_tracks] == [f"n{number}"]


def test_what_was_not_there_is_there_when_it_was_created(clients):
    component = unique("cmp")
    for client in clients * 2:
        is_missing(client, component, "t", "COMPONENT_NOT_FOUND")
        with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
            listed(client, component)
    project = clients[0].put_component()
    clients[0].catalog.PutComponent(api.PutComponentRequest(component=api.Component(
        id=component, project_id=clients[0].catalog.GetComponent(
            api.GetComponentRequest(component_id=project), timeout=10).component.project_id,
        type=api.COMPONENT_TYPE_SERVICE, image_source=api.IMAGE_SOURCE_BUILD)), timeout=10)
    for client in clients * 2:
        is_missing(client, component, "t")
        assert not listed(client, component).deployment_tracks
    first = clients[1].create(component, "v1.0").id
    second = clients[2].create(component, "v2.0").id
    for client in clients * 2:
        assert not client.get(component, first).latest and client.get(component, second).latest
    clients[3].tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
        component_id=component, deployment_track_id=second), timeout=30)
    for client in clients * 2:
        is_missing(client, component, second)
        assert client.get(component, first).latest


def test_readers_beside_a_writer_never_see_less_than_was_answered(clients):
    component = clients[0].put_component()
    track = clients[0].create(component, "v1.0", description="0").id
    answered, faults, done = [0], [], threading.Event()

    def read(client):
        while not done.is_set():
            least = answered[0]
            got = client.get(component, track)
            seen = [got, *listed(client, component).deployment_tracks]
            faults.extend(
                (found.description, least) for found in seen if int(found.description) < least)

    readers = [threading.Thread(target=read, args=(client,)) for client in clients[1:]]
    for reader in readers:
        reader.start()
    for number in range(1, 301):
        describe(clients[0], component, track, str(number))
        answered[0] = number
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []


def test_more_tracks_are_read_than_are_kept(clients):
    component = clients[0].put_component()
    tracks = {clients[0].create(component, f"v1.{number}").id: f"v1.{number}"
              for number in range(40)}
    missing = [f"nothing-{number}" for number in range(2200)]
    for client in clients[:2]:
        for track in missing:
            is_missing(client, component, track)
        for track, version in tracks.items():
            assert client.get(component, track).api_version == version


def test_each_page_filter_and_order_of_a_list_has_a_reply_of_its_own(clients):
    component = clients[0].put_component()
    for number in range(4):
        clients[0].create(component, f"v1.{number}", description=f"d{number}")
    for client in clients * 2:
        whole = [track.api_version for track in listed(client, component).deployment_tracks]
        assert whole == ["v1.3", "v1.2", "v1.1", "v1.0"]
        first = listed(client, component, page_size=3)
        assert [track.api_version for track in first.deployment_tracks] == whole[:3]
        rest = listed(client, component, page_size=3, page_token=first.next_page_token)
        assert [track.api_version for track in rest.deployment_tracks] == whole[3:]
        turned = listed(client, component, order_by="api_version asc")
        assert [track.api_version for track in turned.deployment_tracks] == whole[::-1]
        one = listed(client, component, filter='api_version = "v1.2"')
        assert [track.api_version for track in one.deployment_tracks] == ["v1.2"]
        with refused("INVALID_ARGUMENT"):
            listed(client, component, page_size=-1)
