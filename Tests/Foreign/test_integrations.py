"""Deployments, images and deletions with remote services that answer well, badly, late or not at
all."""

import signal
import threading
import time

import grpc
import pytest

from support.errors import refused
from support.services import Services, changes, crashes, fails, loses_answer, never, says
from support.shop import Shop
from support.stubs import api
from support.waiting import until

SUCCEEDED, FAILED = api.DEPLOYMENT_STATE_SUCCEEDED, api.DEPLOYMENT_STATE_FAILED
TOLD_SUCCEEDED = api.RELEASE_DEPLOYMENT_STATUS_SUCCEEDED
TOLD_FAILED = api.RELEASE_DEPLOYMENT_STATUS_FAILED
QUICK = ("--step-timeout", "2s", "--step-attempts", "3")
PATIENT = ("--step-timeout", "2s", "--step-attempts", "6")


@pytest.fixture
def shop(start_server, connect, services):
    """A component of a trackd with remote release management and a remote deployer."""
    server = start_server("data", *services.flags("--release-management", "--deployer"), *PATIENT)
    shop = Shop(connect(server.address))
    shop.server = server
    return shop


def deploy(shop, number=0, seconds=60):
    """Deploys an image and waits for the end. Returns the deployment."""
    (track,), (environment,) = shop.tracks, shop.environments
    return shop.ended(track, shop.deploy(track, environment, shop.images[track][number]).id,
                      seconds)


def test_a_deployment_that_all_agree_on(shop, services):
    (track,), (environment,) = shop.tracks, shop.environments
    one = deploy(shop)
    assert one.state == SUCCEEDED and not one.error
    assert (one.release_mgt_release_id, one.release_mgt_deployment_id) == services.releases[one.id]
    assert one.gitops_hash == services.published[one.id]
    until(lambda: services.told(one.id) == [TOLD_SUCCEEDED])
    calls = dict(services.calls)
    (release,) = calls["CreateReleases"].releases
    assert release.organization_id == shop.organization and release.project_id == shop.project
    assert release.component_id == shop.component and release.deployment_track_id == track
    assert release.environment_id == environment and list(release.image_ports) == [8080]
    assert release.image.image_id == one.image_id and release.image.images[0].name == "app"
    (order,) = calls["Deploy"].orders
    assert order.deployment.id == one.id and order.environment.id == environment
    assert order.component.id == shop.component and order.deployment_track.id == track
    assert order.image == release.image and order.organization_id == shop.organization
    (update,) = calls["UpdateDeploymentStatuses"].updates
    assert update.release_mgt_release_id == one.release_mgt_release_id


@pytest.mark.parametrize("method", ["CreateReleases", "Deploy", "UpdateDeploymentStatuses"])
@pytest.mark.parametrize("behaviour", [
    fails("UNAVAILABLE"), fails("INTERNAL"), fails("DEADLINE_EXCEEDED"), fails("ABORTED"),
    fails("RESOURCE_EXHAUSTED"), crashes, loses_answer, never, says(b"\xff"), says(b""),
    changes(lambda answer: answer.ClearField("results")),
    changes(lambda answer: [setattr(one, "deployment_id", "another") for one in answer.results]),
    changes(lambda answer: answer.results.add().CopyFrom(answer.results[0])),
    says(b"\x7a\x80\x80\x80\x05" + b"x" * (10 << 20)),
], ids=["unavailable", "internal", "deadline", "aborted", "exhausted", "crashes", "loses", "never",
        "malformed", "empty", "missing", "wrong-id", "twice", "huge"])
def test_one_bad_answer_is_made_good(shop, services, method, behaviour):
    services.next[method] = [behaviour]
    one = deploy(shop)
    assert one.state == SUCCEEDED, one.error
    assert (one.release_mgt_release_id, one.release_mgt_deployment_id) == services.releases[one.id]
    assert one.gitops_hash == services.published[one.id]
    # After Deploy, trackd may ask whether the deployment was published.
    again = {"Deploy": ("Deploy", "GetReceipt")}.get(method, (method,))
    until(lambda: sum(services.count(name) for name in again) > 1)
    until(lambda: TOLD_SUCCEEDED in services.told(one.id))
    assert len(services.published) == 1


@pytest.mark.parametrize("code", ["FAILED_PRECONDITION", "INVALID_ARGUMENT", "NOT_FOUND",
                                  "PERMISSION_DENIED", "UNIMPLEMENTED"])
def test_release_management_refuses(shop, services, code):
    services.now["CreateReleases"] = fails(code, "no release today")
    one = deploy(shop)
    assert one.state == FAILED and code in one.error and "no release today" in one.error
    assert services.count("CreateReleases") == 1 and services.count("Deploy") == 0
    # Release management does not know the deployment, so it gets no report.
    assert not services.told(one.id)


@pytest.mark.parametrize("code", ["FAILED_PRECONDITION", "PERMISSION_DENIED", "UNIMPLEMENTED"])
def test_the_deployer_refuses_and_release_management_is_told(shop, services, code):
    services.now["Deploy"] = fails(code, "not in\nthis cluster")
    one = deploy(shop)
    assert one.state == FAILED and "not in this cluster" in one.error
    until(lambda: services.told(one.id) == [TOLD_FAILED])
    # The deployment does not block the next one.
    del services.now["Deploy"]
    assert deploy(shop, 1).state == SUCCEEDED


def test_an_error_of_one_item(shop, services):
    def refuse(answer):
        one = answer.results[0]
        one.error.code, one.error.message = 9, "this one not"
    services.next["Deploy"] = [changes(refuse)]
    one = deploy(shop)
    assert one.state == FAILED and "this one not" in one.error
    until(lambda: services.told(one.id) == [TOLD_FAILED])


@pytest.mark.parametrize("method", ["CreateReleases", "Deploy"])
def test_down_for_good(start_server, connect, services, method):
    server = start_server("data", *services.flags("--release-management", "--deployer"), *QUICK)
    shop = Shop(connect(server.address))
    services.now[method] = fails("UNAVAILABLE", "closed for today")
    one = deploy(shop)
    assert one.state == FAILED and one.error and "closed for today" in one.error
    assert services.count(method) <= 4 * 3
    if method == "Deploy":
        until(lambda: services.told(one.id) == [TOLD_FAILED])
    del services.now[method]
    assert deploy(shop, 1).state == SUCCEEDED


def test_release_management_does_not_answer_when_it_is_to_be_told_of_a_failure(shop, services):
    services.now["Deploy"] = fails("FAILED_PRECONDITION")
    services.next["UpdateDeploymentStatuses"] = [fails("INTERNAL"), never, fails("UNAVAILABLE")]
    one = deploy(shop)
    assert one.state == FAILED
    until(lambda: services.told(one.id) == [TOLD_FAILED])


def test_a_service_that_dies_between_two_calls(shop, services):
    def dies(answer, context):
        threading.Thread(target=services.stop).start()
        return answer().SerializeToString()

    services.next["CreateReleases"] = [dies]
    (track,), (environment,) = shop.tracks, shop.environments
    accepted = shop.deploy(track, environment, shop.images[track][0])
    until(lambda: services.server is None)
    services.start()
    one = shop.ended(track, accepted.id, 60)
    assert one.state == SUCCEEDED, one.error
    until(lambda: services.told(one.id) == [TOLD_SUCCEEDED])
    assert len(services.published) == 1


def test_a_slow_service_does_not_hold_the_others_up(start_server, connect, services):
    slow = Services()
    slow.now["CreateReleases"] = never
    try:
        server = start_server(
            "data", *services.flags("--deployer"), "--release-management", slow.address,
            "--step-timeout", "3600s")
        client = connect(server.address)
        shop = Shop(client)
        (track,), (environment,) = shop.tracks, shop.environments
        accepted = shop.deploy(track, environment, shop.images[track][0])
        until(lambda: slow.count("CreateReleases") > 0)
        # All other calls are served meanwhile.
        for number in range(20):
            shop.save(track, f"more-{number}")
        shop.client.tracks.CancelDeployment(api.CancelDeploymentRequest(
            component_id=shop.component, deployment_track_id=track,
            deployment_id=accepted.id), timeout=10)
        assert shop.ended(track, accepted.id).state == api.DEPLOYMENT_STATE_CANCELLED
    finally:
        slow.stop()


def test_mediation_components_have_no_release(start_server, connect, services):
    server = start_server("data", *services.flags("--release-management", "--deployer"), *QUICK)
    client = connect(server.address)
    original = client.put_component
    client.put_component = lambda **fields: original(type="API_PROXY", **fields)
    shop = Shop(client)
    one = deploy(shop)
    assert one.state == SUCCEEDED and not one.release_mgt_release_id
    assert services.count("CreateReleases") == services.count("UpdateDeploymentStatuses") == 0


@pytest.mark.parametrize("boundary", ["leased", "committed", "pushed", "recorded"])
def test_a_trackd_that_dies_asks_for_the_receipt(start_server, connect, services, boundary):
    flags = [*services.flags("--release-management", "--deployer"), *PATIENT]
    doomed = start_server("data", *flags, environment={"TRACKD_TEST_KILL_AT": boundary})
    shop = Shop(connect(doomed.address))
    (track,), (environment,) = shop.tracks, shop.environments
    try:
        shop.deploy(track, environment, shop.images[track][0])
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAVAILABLE
    assert doomed.wait() == -signal.SIGKILL
    shop.client = connect(start_server("data", *flags).address,
                          [("grpc.use_local_subchannel_pool", 1)])
    (one,) = shop.settled()[track]
    assert one.state == SUCCEEDED, one.error
    assert one.gitops_hash == services.published[one.id] and len(services.published) == 1
    until(lambda: TOLD_SUCCEEDED in services.told(one.id))
    if boundary in ("committed", "pushed"):
        assert services.count("GetReceipt") > 0
    if boundary == "pushed":
        assert services.count("Deploy") == 1


# Images

def images_of(shop):
    (track,) = shop.tracks
    return shop.client.tracks.GetDeploymentTrackImages(api.GetDeploymentTrackImagesRequest(
        component_id=shop.component, deployment_track_id=track), timeout=10)


@pytest.fixture
def built(start_server, connect, services):
    """A component, with a repository, of a trackd that asks a build service."""
    client = connect(start_server("data", *services.flags("--build-service")).address)
    original = client.put_component
    client.put_component = lambda **fields: original(repository_url="https://git.example/app.git",
                                                     **fields)
    return Shop(client)


def test_the_build_service_knows_commits_of_a_component_without_a_repository(
        start_server, connect, services):
    shop = Shop(connect(start_server("data", *services.flags("--build-service")).address))
    page = images_of(shop)
    assert not page.unreachable
    assert [one.commit_msg for one in page.images] == ["what abab does"] * 2
    (request,) = [r for name, r in services.calls if name == "GetCommitHistory"]
    assert request.component.id == shop.component and not request.component.repository_url


def test_the_build_service_knows_builds_and_commits(built, services):
    (track,) = built.tracks
    services.builds[f"{track}-1"] = "FLAKY"
    page = images_of(built)
    assert not page.unreachable
    by_run = {one.run_id: one for one in page.images}
    assert (by_run[f"{track}-1"].status == "FLAKY"
            and by_run[f"{track}-1"].built_at.seconds == 1_700_000_500)
    # The image was saved, although the service does not know its run.
    assert by_run[f"{track}-0"].status == "SUCCEEDED"
    for one in page.images:
        assert (one.commit_msg == "what abab does" and one.author.name == "Ada"
                and one.author.avatar_url)
    (request,) = [r for name, r in services.calls if name == "GetBuildStatusByDeploymentTrack"]
    assert (request.deployment_track_id == track
            and sorted(request.run_ids) == [f"{track}-0", f"{track}-1"])


@pytest.mark.parametrize("behaviour", [
    fails("UNAVAILABLE"), fails("PERMISSION_DENIED"), crashes, never, says(b"\xff"),
    changes(lambda answer: (answer.builds if hasattr(answer, "builds") else answer.commits).add()),
    says(b"\x7a\x80\x80\x80\x05" + b"x" * (10 << 20)),
], ids=["unavailable", "denied", "crashes", "never", "malformed", "wrong-id", "huge"])
def test_a_build_service_that_does_not_answer_leaves_a_partial_page(built, services, behaviour):
    services.now["GetBuildStatusByDeploymentTrack"] = services.now["GetCommitHistory"] = behaviour
    began = time.monotonic()
    page = images_of(built)
    assert time.monotonic() - began < 8
    assert list(page.unreachable) == ["build-service"]
    assert (len(page.images) == 2
            and not any(one.commit_msg or one.HasField("author") for one in page.images))
    services.now.clear()

    def complete():
        page = images_of(built)
        return not page.unreachable and all(one.commit_msg for one in page.images)
    until(complete, 40)


def test_a_build_service_that_is_gone_and_comes_back(built, services):
    assert not images_of(built).unreachable
    services.stop()
    page = images_of(built)
    # The commits are known from earlier answers.
    assert (list(page.unreachable) == ["build-service"]
            and all(one.commit_msg for one in page.images))
    services.start()
    until(lambda: not images_of(built).unreachable, 40)


def test_an_image_whose_build_failed_is_not_deployed(built, services):
    (track,), (environment,) = built.tracks, built.environments
    good, bad = built.images[track]
    services.builds.update({f"{track}-0": "SUCCEEDED", f"{track}-1": "Failed", "next": "CANCELLED"})
    with refused("FAILED_PRECONDITION", "IMAGE_NOT_READY") as refusal:
        built.deploy(track, environment, bad, bypass_reason="please")
    assert refusal.metadata == {"image": bad, "status": "Failed"}
    assert built.ended(track, built.deploy(track, environment, good).id).state == SUCCEEDED
    # Without an answer, the image counts as built.
    services.now["GetBuildStatusByDeploymentTrack"] = fails("PERMISSION_DENIED")
    assert built.ended(track, built.deploy(track, environment, bad).id).state == SUCCEEDED


# Deletion

def delete(client, component, track, **fields):
    return client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
        component_id=component, deployment_track_id=track, **fields), timeout=30)


STEPS = [api.RESOURCE_DELETION_STEP_GATEWAY_CONFIGS, api.RESOURCE_DELETION_STEP_KEY_SETS,
         api.RESOURCE_DELETION_STEP_EXTERNAL_RESOURCES]


@pytest.fixture
def deleting(start_server, connect, services):
    """A client of a trackd with a remote resource deleter, and its component with two tracks."""
    client = connect(start_server("data", *services.flags("--resource-deleter"), "--step-timeout",
                                  "2s").address)
    component = client.put_component()
    return client, component, client.create(component, "v1.0").id, client.create(
        component, "v1.1").id


def test_what_a_track_has_outside_is_deleted_in_its_steps(deleting, services):
    client, component, first, _ = deleting
    delete(client, component, first)
    assert services.deleted == [(first, step) for step in STEPS]
    operations = {request.operation_id for _, request in services.calls}
    assert len(operations) == 1 and operations.pop()
    assert [t.api_version for t in client.list(component)] == ["v1.1"]


@pytest.mark.parametrize("behaviour", [fails("UNAVAILABLE"), fails("INTERNAL"), crashes,
                                       loses_answer, says(b"\xff")],
                         ids=["unavailable", "internal", "crashes", "loses", "malformed"])
def test_a_step_that_fails_once_is_done_again(deleting, services, behaviour):
    client, component, first, _ = deleting
    services.next["DeleteComponentResources"] = [behaviour]
    delete(client, component, first)
    assert [step for _, step in dict.fromkeys(services.deleted)] == STEPS


@pytest.mark.parametrize("how", ["stopped", "silent"])
def test_a_deletion_waits_for_a_deleter_that_is_down(deleting, services, how):
    client, component, first, second = deleting
    if how == "stopped":
        services.stop()
    else:
        services.now["DeleteComponentResources"] = never
    with refused("UNAVAILABLE", "CLEANUP_PENDING") as refusal:
        delete(client, component, first)
    assert refusal.details["RetryInfo"].retry_delay.seconds > 0
    assert len(client.list(component)) == 2
    with refused("FAILED_PRECONDITION", "TRACK_DELETING"):
        client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
            component_id=component, deployment_track_id=first,
            description="still there?"), timeout=10)
    services.now.clear()
    if how == "stopped":
        services.start()
    # The deletion goes on by itself.
    until(lambda: [t.id for t in client.list(component)] == [second], 60)
    assert [step for _, step in dict.fromkeys(services.deleted)] == STEPS


def test_a_deleter_that_refuses_leaves_the_track(deleting, services):
    client, component, first, second = deleting
    services.now["DeleteComponentResources"] = fails("FAILED_PRECONDITION", "keys are in use")
    with refused("FAILED_PRECONDITION", "CLEANUP_REFUSED") as refusal:
        delete(client, component, first)
    assert "keys are in use" in refusal.message
    services.now.clear()

    def deleted():
        try:
            delete(client, component, first)
        except grpc.RpcError as error:
            return error.code() == grpc.StatusCode.NOT_FOUND
        return True
    until(deleted, 60)
    assert [t.id for t in client.list(component)] == [second]
