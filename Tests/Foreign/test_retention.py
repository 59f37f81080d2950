"""The rows that a server drops after the times in its flags, and those that it keeps."""

import contextlib
import time
import uuid

import grpc
import pytest

from support.client import unique
from support.errors import Refusal
from support.stubs import api

pytestmark = pytest.mark.store

FLAGS = ("--change-log-retention=1s", "--request-id-retention", "1s",
         "--superseded-image-retention=1s")


@contextlib.contextmanager
def within(seconds: float):
    """Makes a function that returns true, and fails once the time is over."""
    end = time.monotonic() + seconds

    def left() -> bool:
        assert time.monotonic() < end, "nothing was forgotten"
        return True
    yield left


@pytest.fixture
def client(start_server, connect):
    return connect(start_server("data", *FLAGS).address)


def reason_of(error: grpc.RpcError) -> str:
    refusal = Refusal()
    refusal.fill(error)
    return refusal.reason


def component_with_track(client) -> dict:
    names = {"organization_id": unique("org"), "project_id": unique("prj"),
             "component_id": unique("cmp")}
    client.catalog.PutOrganization(api.PutOrganizationRequest(organization=api.Organization(
        id=names["organization_id"], tier=api.ORGANIZATION_TIER_PAID)), timeout=10)
    client.catalog.PutProject(api.PutProjectRequest(project=api.Project(
        id=names["project_id"], organization_id=names["organization_id"])), timeout=10)
    client.catalog.PutComponent(api.PutComponentRequest(component=api.Component(
        id=names["component_id"], project_id=names["project_id"],
        type=api.COMPONENT_TYPE_SERVICE)), timeout=10)
    track = client.create(names["component_id"], "v1.0", branch="main")
    return {**names, "deployment_track_id": track.id}


def write(client, owner: dict) -> None:
    """Changes a track: the server drops rows together with writes."""
    client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
        component_id=owner["component_id"], deployment_track_id=owner["deployment_track_id"],
        description=uuid.uuid4().hex), timeout=10)


def test_a_request_id_can_be_used_again(client):
    owner, id = component_with_track(client), str(uuid.uuid4())
    client.create(owner["component_id"], "v2.0", request_id=id)
    with within(20) as left:
        while left():
            try:
                other = client.create(owner["component_id"], "v3.0", request_id=id)
                break
            except grpc.RpcError as error:
                assert reason_of(error) == "REQUEST_ID_REUSED"
    assert other.api_version == "v3.0"


def test_superseded_images_go_and_the_current_one_stays(client):
    owner = component_with_track(client)

    def save(run: str, commit: str):
        return client.tracks.SaveDeploymentTrackImage(api.SaveDeploymentTrackImageRequest(
            **owner, run_id=run, git_hash=commit * 40,
            git_hash_commit_timestamp={"seconds": 1_700_000_000},
            images=[api.ContainerImage(reference=f"registry.example/app:{run}")]), timeout=10).image

    def runs() -> dict:
        page = client.tracks.GetDeploymentTrackImages(api.GetDeploymentTrackImagesRequest(
            component_id=owner["component_id"],
            deployment_track_id=owner["deployment_track_id"]), timeout=10)
        return {image.run_id: image.superseded for image in page.images}

    for run, commit in (("r1", "a"), ("r2", "a"), ("r3", "b")):
        save(run, commit)
    assert runs() == {"r1": True, "r2": False, "r3": False}
    with within(20) as left:
        while left() and "r1" in runs():
            write(client, owner)
    assert runs() == {"r2": False, "r3": False}
    # The run of a dropped image may be saved again.
    assert save("r1", "c").run_id == "r1"


def test_a_watch_that_was_away_for_longer_starts_anew(client):
    owner = component_with_track(client)
    scope = {"component_id": owner["component_id"]}
    watch = client.tracks.WatchDeploymentTracks(api.WatchDeploymentTracksRequest(**scope),
                                                timeout=20)
    token = next(message.resume_token for message in watch if message.resume_token)
    watch.cancel()
    write(client, owner)
    with within(20) as left:
        while left():
            write(client, owner)
            again = client.tracks.WatchDeploymentTracks(
                api.WatchDeploymentTracksRequest(**scope, resume_token=token), timeout=20)
            try:
                next(again)
                again.cancel()
            except grpc.RpcError as error:
                assert (error.code().name, reason_of(error)) == ("OUT_OF_RANGE", "RESYNC")
                break
