"""Deploy, roll back, promote, cancel and resume, and the resulting history."""

import concurrent.futures
import time
import uuid

import grpc
import pytest

from support import watch
from support.errors import refused
from support.gitops import Repository
from support.line import Line, closed_address
from support.services import Services, never
from support.stubs import api

pytestmark = pytest.mark.store


def new_id() -> str:
    return str(uuid.uuid4())


def kind(deployment) -> str:
    return api.DeploymentKind.Name(deployment.kind).removeprefix("DEPLOYMENT_KIND_")


def state(deployment) -> str:
    return api.DeploymentState.Name(deployment.state).removeprefix("DEPLOYMENT_STATE_")


def saved(line, *commits, track=None) -> list[str]:
    return [line.ci(commit, track).image.image_id for commit in commits]


def send_deploy(line, image, **fields):
    """A deploy call with exactly these fields."""
    return line.client.tracks.DeployDeploymentTrack(api.DeployDeploymentTrackRequest(**{
        "component_id": line.component, "deployment_track_id": line.track, "image_id": image,
        **fields}), timeout=10).deployment


def send_rollback(line, **fields):
    return line.client.tracks.RollBackDeploymentTrack(api.RollBackDeploymentTrackRequest(**{
        "component_id": line.component, "deployment_track_id": line.track,
        **fields}), timeout=10).deployment


def in_progress(line, deployment):
    """Waits until the executor has begun to work on it."""
    deadline = time.monotonic() + 10
    while state(one := line.get(line.track, deployment.id)) == "QUEUED":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert state(one) == "IN_PROGRESS", one
    return one


# Deploy


def test_a_deployment_keeps_every_field(client):
    line = Line(client)
    (image,) = saved(line, 1)
    call = api.DeployDeploymentTrackRequest(
        component_id=line.component, deployment_track_id=line.track, image_id=image,
        reason="a new day ✓")
    accepted = client.tracks.DeployDeploymentTrack(call, timeout=10,
                                                   metadata=[("trackd-actor", "ada")]).deployment
    assert uuid.UUID(accepted.id).version == 4
    assert state(accepted) == "QUEUED" and kind(accepted) == "DEPLOY"
    assert (accepted.HasField("created_at") and not accepted.HasField("started_at")
            and not accepted.HasField("ended_at"))
    done = line.succeeded(accepted)
    assert (done.component_id, done.deployment_track_id, done.environment_id, done.image_id) == (
        line.component, line.track, line.environments[0], image)
    assert (done.reason, done.actor, done.actor_verified, done.error) == ("a new day ✓", "ada",
                                                                          False, "")
    assert done.release_mgt_release_id and done.release_mgt_deployment_id
    assert len(done.gitops_hash) == 40
    times = [done.created_at, done.started_at, done.ended_at]
    assert times == sorted(times, key=lambda one: (one.seconds, one.nanos))
    assert line.history(line.track) == [done]
    assert list(line.listed()[0].deployed_in) == [line.environments[0]]


def test_the_target_is_chosen(client):
    line = Line(client, environments=3)
    (image,) = saved(line, 1)
    first, second, third = line.environments
    back = line.put_pipeline([third, second])
    only = line.put_pipeline([second])

    def target(**fields) -> str:
        return send_deploy(line, image, validate_only=True, **fields).environment_id
    assert target() == first
    assert target(environment_id=first) == first
    assert target(deployment_pipeline_id=back) == third
    assert target(deployment_pipeline_id=only, environment_id=second) == second
    assert target(deployment_pipeline_id=line.pipeline, environment_id=first) == first
    with refused("INVALID_ARGUMENT", "ENVIRONMENT_NOT_IN_PIPELINE", field="environment_id"):
        target(deployment_pipeline_id=only, environment_id=first)
    with refused("FAILED_PRECONDITION", "NOT_PROMOTED"):
        target(deployment_pipeline_id=back, environment_id=second)
    line.put()
    with refused("FAILED_PRECONDITION", "NO_ENVIRONMENT"):
        target()
    assert target(environment_id=second) == second, "no pipeline, no order"
    assert line.history(line.track) == []


def test_what_is_of_others_does_not_exist(client):
    line, other = Line(client), Line(client)
    (image,), (foreign,) = saved(line, 1), saved(other, 1)
    for reason, fields in [
        ("COMPONENT_NOT_FOUND", {"component_id": "nothing"}),
        ("TRACK_NOT_FOUND", {"deployment_track_id": other.track}),
        ("IMAGE_NOT_FOUND", {"image_id": new_id()}),
        ("IMAGE_NOT_FOUND", {"image_id": foreign}),
        ("ENVIRONMENT_NOT_FOUND", {"environment_id": other.environments[0]}),
        ("ENVIRONMENT_NOT_FOUND", {"environment_id": "nothing"}),
        ("DEPLOYMENT_PIPELINE_NOT_FOUND", {"deployment_pipeline_id": other.pipeline}),
        ("DEPLOYMENT_PIPELINE_NOT_FOUND", {"deployment_pipeline_id": "nothing"}),
    ]:
        with refused("NOT_FOUND", reason) as refusal:
            send_deploy(line, **{"image": fields.pop("image_id", image), **fields})
        assert "ResourceInfo" in refusal.details
        with refused("NOT_FOUND", reason):
            send_rollback(line, **{"image_id": refusal.metadata.get("image", image), **fields})


@pytest.mark.parametrize("field, reason, fields", [
    ("image_id", "INVALID_ID", {"image": ""}),
    ("environment_id", "INVALID_ID", {"environment_id": "-"}),
    ("deployment_pipeline_id", "INVALID_ID", {"deployment_pipeline_id": "A"}),
    ("expected_current_deployment_id", "INVALID_ID", {"expected_current_deployment_id": "-"}),
    ("release_mgt_deployment_id", "INVALID_RELEASE", {"release_mgt_release_id": "r"}),
    ("release_mgt_release_id", "INVALID_RELEASE", {"release_mgt_deployment_id": "d"}),
    ("reason", "INVALID_REASON", {"reason": "r" * 1025}),
    ("reason", "INVALID_REASON", {"reason": "a\0b"}),
    ("bypass_reason", "INVALID_REASON", {"bypass_reason": "r" * 1025}),
    ("api_settings.rate_limit_tier", "INVALID_API_SETTINGS",
     {"api_settings": {"rate_limit_tier": "LEAD"}}),
    ("api_settings.security_schemes[0]", "INVALID_API_SETTINGS",
     {"api_settings": {"security_schemes": ["BASIC"]}}),
])
def test_a_bad_field_is_named(client, field, reason, fields):
    line = Line(client)
    (image,) = saved(line, 1)
    with refused("INVALID_ARGUMENT", reason, field=field):
        send_deploy(line, **{"image": image, **fields})
    fields.pop("image", None)
    if fields:
        with refused("INVALID_ARGUMENT", reason, field=field):
            send_rollback(line, **fields)
    assert line.history(line.track) == []


def test_tracks_are_isolated(client):
    line = Line(client, tracks=2)
    (one,), (two,) = saved(line, 1), saved(line, 2, track=line.tracks[1])
    with refused("FAILED_PRECONDITION", "IMAGE_NOT_IN_TRACK") as refusal:
        send_deploy(line, two)
    assert "PreconditionFailure" in refusal.details
    first = line.run(one)
    second = line.run(two, track=line.tracks[1])
    assert line.history(line.tracks[0]) == [first] and line.history(line.tracks[1]) == [second]
    assert list(line.listed(line.tracks[0])[0].deployed_in) == [line.environments[0]]
    with refused("FAILED_PRECONDITION", "NO_ROLLBACK_TARGET"):
        send_rollback(line)
    for call in (line.get, line.ended):
        with refused("NOT_FOUND", "DEPLOYMENT_NOT_FOUND"):
            call(line.track, second.id)
    with refused("NOT_FOUND", "DEPLOYMENT_NOT_FOUND"):
        line.cancel(second.id)


def test_an_unversioned_image_belongs_to_no_track(client):
    line = Line(client)
    image = line.ci(1, "", branch="main").image.image_id
    with refused("FAILED_PRECONDITION", "IMAGE_NOT_IN_TRACK"):
        send_deploy(line, image)
    line.listed()
    line.run(image)


def test_an_image_is_promoted_step_by_step(client):
    line = Line(client, environments=3)
    one, two = saved(line, 1, 2)
    line.run(one)
    with refused("FAILED_PRECONDITION", "NOT_PROMOTED") as refusal:
        line.deploy(line.track, line.environments[2], one)
    assert line.environments[1] in refusal.message
    promoted = line.run(one, 1)
    assert not promoted.bypass_reason
    line.run(one, 2)
    with refused("FAILED_PRECONDITION", "NOT_PROMOTED"):
        line.deploy(line.track, line.environments[1], two)
    line.run(two)
    with refused("FAILED_PRECONDITION", "NOT_PROMOTED"):
        # The image was active there, but is no longer.
        line.deploy(line.track, line.environments[1], one)
    assert [list(image.deployed_in) for image in line.listed()] == [
        [line.environments[0]], sorted(line.environments[1:])]


def test_the_order_can_be_bypassed_for_a_reason(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    done = line.run(one, 1, bypass_reason="the other one burns", reason="fire")
    assert (done.bypass_reason, done.reason) == ("the other one burns", "fire")
    # Without a rule to bypass, the reason is not kept.
    line.run(two, 0, bypass_reason="just in case")
    assert not line.run(two, 1, bypass_reason="just in case").bypass_reason


def test_release_ids_of_the_caller_are_kept(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    done = line.run(one, release_mgt_release_id="rel-1", release_mgt_deployment_id="dep-1")
    assert (done.release_mgt_release_id, done.release_mgt_deployment_id) == ("rel-1", "dep-1")
    made = line.run(two)
    assert (made.release_mgt_release_id not in ("", "rel-1")
            and made.release_mgt_deployment_id not in ("", "dep-1"))


def test_mediation_has_no_releases(client):
    component = client.put_component(type="API_PROXY")
    line = Line(client)
    project = client.catalog.GetComponent(api.GetComponentRequest(component_id=component),
                                          timeout=10).component.project_id
    organization = client.catalog.GetProject(api.GetProjectRequest(project_id=project),
                                             timeout=10).project.organization_id
    line.component, line.project, line.organization = component, project, organization
    line.environments = [line.put_environment(line.environments[0] + "-p")]
    line.tracks = [client.create(component, branch="main").id]
    (image,) = saved(line, 1)
    done = line.run(image)
    assert not done.release_mgt_release_id and not done.release_mgt_deployment_id
    with refused("INVALID_ARGUMENT", "INVALID_RELEASE"):
        line.deploy(line.track, line.environments[0], image, release_mgt_release_id="r",
                    release_mgt_deployment_id="d")


def test_an_unlinked_track_deploys_only_what_it_deployed(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    line.run(one)
    line.update(line.track, branch="")
    with refused("FAILED_PRECONDITION", "BRANCH_UNLINKED"):
        send_deploy(line, two)
    assert kind(line.run(one)) == "REDEPLOY"
    # Images of a registry need no branch.
    line.put(image_source="REGISTRY", default_pipeline_id=line.pipeline)
    line.run(two)


def test_the_active_image_again_is_a_redeployment(client):
    line = Line(client)
    (image,) = saved(line, 1)
    first = line.run(image)
    again = line.run(image)
    assert (kind(first), kind(again)) == ("DEPLOY", "REDEPLOY") and again.id != first.id
    assert again.gitops_hash != first.gitops_hash
    assert line.history(line.track) == [first, again]


def test_a_newer_one_takes_the_place_of_those_that_wait(client):
    line = Line(client, stuck=True)
    one, two, three = saved(line, 1, 2, 3)
    running = in_progress(line, send_deploy(line, one))
    waiting = send_deploy(line, two)
    assert state(line.get(line.track, waiting.id)) == "QUEUED"
    last = send_deploy(line, three)
    history = line.history(line.track)
    assert [(deployment.id, state(deployment)) for deployment in history] == [
        (running.id, "IN_PROGRESS"), (waiting.id, "SUPERSEDED"), (last.id, "QUEUED")]
    assert history[1].HasField("ended_at") and not history[1].HasField("started_at")
    # Another environment does not wait for this one.
    elsewhere = line.put_environment(line.environments[0] + "-b")
    line.succeeded(line.deploy(line.track, elsewhere, one))


def test_a_repeated_request_answers_with_the_deployment_as_it_is_now(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    call = {"request_id": new_id(), "reason": "once"}
    accepted = send_deploy(line, one, **call)
    done = line.succeeded(accepted)
    assert send_deploy(line, one, **call) == done
    assert line.history(line.track) == [done]
    with refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED"):
        send_deploy(line, two, **call)
    with refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED"):
        send_deploy(line, one, request_id=call["request_id"], reason="twice")
    line.run(two)
    back = {"request_id": new_id()}
    undone = line.succeeded(send_rollback(line, **back))
    assert send_rollback(line, **back) == undone
    assert len(line.history(line.track)) == 3


def test_many_tries_make_one_deployment(client):
    line = Line(client)
    (image,) = saved(line, 1)
    id = new_id()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: send_deploy(line, image, request_id=id), range(32)))
    assert len({answer.id for answer in answers}) == 1
    assert len(line.settled()[line.track]) == 1


def test_two_operators_do_not_overrule_each_other(client):
    line = Line(client)
    one, two, three = saved(line, 1, 2, 3)
    first = line.run(one)
    line.run(two, expected_current_deployment_id=first.id)
    with refused("ABORTED", "CURRENT_DEPLOYMENT_CHANGED") as refusal:
        send_deploy(line, three, expected_current_deployment_id=first.id)
    current = line.history(line.track)[-1].id
    assert current in refusal.metadata.values()
    with refused("ABORTED", "CURRENT_DEPLOYMENT_CHANGED"):
        send_rollback(line, expected_current_deployment_id=first.id)
    with refused("ABORTED", "CURRENT_DEPLOYMENT_CHANGED"):
        line.deploy(line.track, line.environments[1], two, expected_current_deployment_id=current)
    line.undo(expected_current_deployment_id=current)


def test_of_many_who_expect_the_same_one_gets_through(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    first = line.run(one)

    def attempt(_):
        try:
            return send_deploy(line, two, expected_current_deployment_id=first.id)
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.ABORTED, error
            return None
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        accepted = [answer for answer in pool.map(attempt, range(8)) if answer]
    assert len(accepted) == 1
    assert [one.id for one in line.settled()[line.track]] == [first.id, accepted[0].id]


def test_what_is_under_way_is_a_change_for_who_expects_something(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    first = line.run(one)
    line.put_environment(
        line.environments[0], gitops_repository_url=f"https://{closed_address()}/config.git")
    pending = in_progress(line, send_deploy(line, two))
    for send in (lambda **fields: send_deploy(line, one, **fields),
                 lambda **fields: send_rollback(line, **fields)):
        with refused("ABORTED", "CURRENT_DEPLOYMENT_CHANGED") as refusal:
            send(expected_current_deployment_id=first.id)
        assert refusal.metadata["pending_deployment"] == pending.id
        assert refusal.metadata["current_deployment"] == first.id


def test_a_promotion_is_cancelled_when_its_image_was_replaced_before_it_got_through(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    line.run(one)
    line.put_environment(
        line.environments[1], gitops_repository_url=f"https://{closed_address()}/config.git")
    promoted = in_progress(line, line.deploy(line.track, line.environments[1], one))
    line.run(two)
    # Its repository answers again.
    line.put_environment(line.environments[1])
    ended = line.ended(line.track, promoted.id)
    assert state(ended) == "CANCELLED" and ended.error.startswith("NOT_PROMOTED: "), ended
    assert line.environments[0] in ended.error and not ended.gitops_hash


def test_the_kind_is_what_it_turns_out_to_be(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    line.run(one)
    line.put_environment(
        line.environments[0], gitops_repository_url=f"https://{closed_address()}/config.git")
    running = in_progress(line, send_deploy(line, two))
    waiting = send_deploy(line, one)
    assert kind(waiting) == "REDEPLOY"
    line.put_environment(line.environments[0])
    assert kind(line.succeeded(running)) == "DEPLOY"
    assert kind(line.succeeded(waiting)) == "DEPLOY"


def test_a_check_deploys_nothing(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    checked = send_deploy(line, one, validate_only=True, request_id="nonsense")
    assert checked.environment_id == line.environments[0] and state(checked) == "QUEUED"
    with refused("NOT_FOUND", "IMAGE_NOT_FOUND"):
        send_deploy(line, new_id(), validate_only=True)
    for image in (one, two):
        line.run(image)
    assert send_rollback(line, validate_only=True).image_id == one
    assert [kind(deployment) for deployment in line.history(line.track)] == ["DEPLOY", "DEPLOY"]
    assert not line.resume(line.environments[0]), "nothing is held"


def test_a_deployment_that_cannot_be_done_fails_and_says_why(start_server, connect):
    server = start_server("data", "--step-attempts", "1")
    line = Line(connect(server.address), stuck=True)
    one, two = saved(line, 1, 2)
    failed = line.ended(line.track, send_deploy(line, one).id)
    assert state(failed) == "FAILED" and failed.error and not failed.gitops_hash
    assert failed.HasField("started_at") and failed.HasField("ended_at")
    assert not line.listed()[1].deployed_in
    # It is the turn of the next one.
    line.put_environment(line.environments[0])
    line.run(two)
    with refused("FAILED_PRECONDITION", "IMAGE_NOT_DEPLOYED"):
        send_rollback(line, image_id=one)
    with refused("FAILED_PRECONDITION", "NO_ROLLBACK_TARGET"):
        send_rollback(line)


# Roll back


def test_a_rollback_goes_to_what_was_there_before(client):
    line = Line(client)
    one, two, three = saved(line, 1, 2, 3)
    first, second, third = [line.run(image) for image in (one, two, three)]
    back = line.undo(reason="it burns")
    assert kind(back) == "ROLLBACK" and back.image_id == two
    assert (back.rollback_of, back.reason) == (third.id, "it burns")
    assert line.get(line.track, third.id).rolled_back_by == back.id
    assert not back.rolled_back_by
    assert [list(image.deployed_in) for image in line.listed()] == [[], [line.environments[0]], []]
    # Again: not to a deployment that was rolled back.
    further = line.undo()
    assert further.image_id == one
    assert line.get(line.track, back.id).rolled_back_by == further.id
    with refused("FAILED_PRECONDITION", "NO_ROLLBACK_TARGET"):
        send_rollback(line)
    history = line.history(line.track)
    assert [deployment.id for deployment in history] == [first.id, second.id, third.id, back.id,
                                                         further.id]


def test_a_rollback_may_name_its_image(client):
    line = Line(client, tracks=2)
    one, two, three, never = saved(line, 1, 2, 3, 4)
    (other,) = saved(line, 5, track=line.tracks[1])
    for image in (one, two, three):
        line.run(image)
    back = line.undo(image_id=one)
    assert back.image_id == one
    with refused("FAILED_PRECONDITION", "ALREADY_CURRENT"):
        send_rollback(line, image_id=one)
    with refused("FAILED_PRECONDITION", "IMAGE_NOT_DEPLOYED"):
        send_rollback(line, image_id=never)
    with refused("FAILED_PRECONDITION", "IMAGE_NOT_IN_TRACK"):
        send_rollback(line, image_id=other)
    with refused("NOT_FOUND", "IMAGE_NOT_FOUND"):
        send_rollback(line, image_id=new_id())
    # A rollback may also go forward again.
    assert line.undo(image_id=three).image_id == three


def test_there_must_be_something_to_go_back_to(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    for fields in ({}, {"image_id": one}):
        with refused("FAILED_PRECONDITION", "NO_ROLLBACK_TARGET"):
            send_rollback(line, **fields)
    line.run(one)
    line.run(one)
    with refused("FAILED_PRECONDITION", "NO_ROLLBACK_TARGET"):
        send_rollback(line)
    line.put()
    with refused("FAILED_PRECONDITION", "NO_ENVIRONMENT"):
        send_rollback(line)


def test_a_rollback_needs_no_promotion(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    for image in (one, two):
        line.run(image, 0)
        line.run(image, 1)
    assert line.undo(1).image_id == one
    assert [list(image.deployed_in) for image in line.listed()] == [[line.environments[0]], [
        line.environments[1]]]


def test_a_rollback_brings_its_configuration_back(start_server, connect):
    server = start_server("data")
    line = Line(connect(server.address))
    repository = Repository(server.data / "gitops.git")

    def configure(port):
        line.client.tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
            component_id=line.component, deployment_track_id=line.track,
            endpoints=[{"name": "main", "type": "ENDPOINT_TYPE_REST", "port": port}]), timeout=10)

    def manifest():
        return repository.manifest(line.component, line.track, line.environments[0])
    (image,) = saved(line, 1)
    configure(8080)
    first = line.run(image)
    before = manifest()
    configure(9090)
    # The same image with another configuration can be rolled back from.
    second = line.run(image)
    assert second.config_revision == first.config_revision + 1 and manifest() != before
    back = line.undo()
    assert back.config_revision == first.config_revision and back.image_id == image
    assert manifest().replace(back.id, first.id) == before.replace(back.id, first.id)
    repository.check_integrity()


def test_auto_deploy_is_held_after_a_rollback_until_somebody_deploys(client):
    line = Line(client, auto_deploy=True)
    one, two = saved(line, 1, 2)
    line.settled()
    for image in (one, two):
        line.run(image)
    line.undo()
    assert line.ci(5).auto_deploy == api.AUTO_DEPLOY_DECISION_HELD
    line.run(two)
    assert line.ci(6).auto_deploy == api.AUTO_DEPLOY_DECISION_STARTED


def test_a_rollback_says_what_goes_and_what_comes_and_what_failed_since(client):
    line = Line(client)
    one, two, three = saved(line, 1, 2, 3)
    first, second = line.run(one), line.run(two)

    def roll_back(**fields):
        return client.tracks.RollBackDeploymentTrack(api.RollBackDeploymentTrackRequest(
            component_id=line.component, deployment_track_id=line.track, **fields), timeout=10)
    checked = roll_back(validate_only=True)
    assert ((checked.rolled_back, checked.restored) == (second, first)
            and not checked.HasField("failed"))
    line.put_environment(line.environments[0], gitops_repository_url="/nowhere.git")
    failed = line.ended(line.track, send_deploy(line, three).id)
    assert state(failed) == "FAILED", failed
    line.put_environment(line.environments[0])
    answer = roll_back(request_id=(id := new_id()))
    assert (answer.rolled_back, answer.restored, answer.failed) == (second, first, failed)
    assert (answer.deployment.rollback_of, answer.deployment.restores) == (second.id, first.id)
    line.succeeded(answer.deployment)
    again = roll_back(request_id=id)
    assert again.rolled_back.rolled_back_by == answer.deployment.id
    assert (again.restored, again.failed) == (first, failed)


def test_a_watch_tells_of_a_hold_and_of_its_end(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    for image in (one, two):
        line.run(image)
    _, token = watch.state(call := watch.watch(client, line.component))
    call.cancel()
    back = line.undo()
    assert back.holds_auto_deploy
    client.tracks.ResumeAutoDeploy(api.ResumeAutoDeployRequest(
        component_id=line.component, deployment_track_id=line.track,
        environment_id=line.environments[0]), timeout=10, metadata=[("trackd-actor", "ann")])
    told = []
    for response in (call := watch.watch(client, line.component, token=token)):
        if response.change.deployment.id == back.id:
            told.append((response.change.deployment.holds_auto_deploy, response.change.actor))
            if not told[-1][0]:
                break
    call.cancel()
    assert told[0] == (True, "") and told[-1] == (False, "ann")
    assert not line.get(line.track, back.id).holds_auto_deploy


# Cancel


def test_what_is_not_published_can_be_cancelled(client):
    line = Line(client, stuck=True)
    one, two = saved(line, 1, 2)
    running = in_progress(line, send_deploy(line, one))
    waiting = send_deploy(line, two)
    cancelled = line.cancel(waiting.id)
    assert state(cancelled) == "CANCELLED" and cancelled.HasField("ended_at")
    assert line.get(line.track, waiting.id) == cancelled
    id = new_id()
    stopped = line.cancel(running.id, request_id=id)
    assert state(stopped) == "CANCELLED" and stopped.started_at == running.started_at
    assert line.cancel(running.id, request_id=id) == line.get(line.track, running.id)
    with refused("FAILED_PRECONDITION", "DEPLOYMENT_ENDED"):
        line.cancel(running.id)
    # Its place is free.
    line.put_environment(line.environments[0])
    line.run(one)


def test_a_check_cancels_nothing(client):
    line = Line(client, stuck=True)
    (image,) = saved(line, 1)
    running = in_progress(line, send_deploy(line, image))
    assert state(line.cancel(running.id, validate_only=True)) == "CANCELLED"
    assert state(line.get(line.track, running.id)) == "IN_PROGRESS"
    assert state(line.cancel(running.id)) == "CANCELLED"


def test_what_is_being_published_cannot_be_cancelled(start_server, connect):
    services = Services()
    try:
        services.now["Deploy"] = never
        server = start_server("data", *services.flags("--deployer"), "--step-timeout", "1s")
        line = Line(connect(server.address))
        (image,) = saved(line, 1)
        running = in_progress(line, send_deploy(line, image))
        deadline = time.monotonic() + 10
        while not services.count("Deploy"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with refused("FAILED_PRECONDITION", "DEPLOYMENT_PUBLISHING"):
            line.cancel(running.id)
        services.now.clear()
        line.succeeded(running)
    finally:
        services.stop()


def test_what_has_ended_or_does_not_exist_cannot_be_cancelled(client):
    line = Line(client)
    (image,) = saved(line, 1)
    done = line.run(image)
    with refused("FAILED_PRECONDITION", "DEPLOYMENT_ENDED") as refusal:
        line.cancel(done.id)
    assert "PreconditionFailure" in refusal.details
    with refused("NOT_FOUND", "DEPLOYMENT_NOT_FOUND"):
        line.cancel(new_id())
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        line.cancel(done.id, track="nothing")
    with refused("INVALID_ARGUMENT", "INVALID_ID", field="deployment_id"):
        line.cancel("")
    assert line.get(line.track, done.id) == done


# Resume


def test_resuming_says_whether_something_was_held(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    for image in (one, two):
        line.run(image)
    environment = line.environments[0]
    assert not line.resume(environment)
    line.undo()
    assert line.resume(environment, validate_only=True)
    id = new_id()
    assert line.resume(environment, request_id=id)
    assert line.resume(environment, request_id=id), "the answer is the one it had"
    assert not line.resume(environment)


def test_resuming_takes_what_is_there(client):
    line, other = Line(client), Line(client)
    with refused("NOT_FOUND", "ENVIRONMENT_NOT_FOUND"):
        line.resume(other.environments[0])
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        line.resume(line.environments[0], track=other.track)
    with refused("INVALID_ARGUMENT", "INVALID_ID", field="environment_id"):
        line.resume("")


# The history


def test_the_history_is_paged_from_the_newest_on(client):
    line = Line(client)
    one, two = saved(line, 1, 2)
    made = [line.run(image, environment) for image in (one, two) for environment in (0, 1)]

    def pages(**fields):
        token, found = "", []
        while True:
            page = client.tracks.ListDeployments(api.ListDeploymentsRequest(
                component_id=line.component, deployment_track_id=line.track, page_token=token,
                **fields), timeout=10)
            found.append(list(page.deployments))
            token = page.next_page_token
            if not token:
                return found
    newest = made[::-1]
    assert sum(pages(page_size=3), []) == newest and len(pages(page_size=3)[0]) == 3
    assert sum(pages(page_size=1), []) == newest
    for number, environment in enumerate(line.environments):
        assert sum(pages(page_size=1, environment_id=environment), []) == newest[1 - number::2]
    assert sum(pages(environment_id="nothing"), []) == []


def test_a_history_that_cannot_be_is_refused(client):
    line, other = Line(client, tracks=2), Line(client)
    (image,) = saved(line, 1)
    for _ in range(2):
        line.run(image)

    def get(**fields):
        return client.tracks.ListDeployments(api.ListDeploymentsRequest(**{
            "component_id": line.component, "deployment_track_id": line.track,
            **fields}), timeout=10)
    token = get(page_size=1).next_page_token
    for fields in ({"deployment_track_id": line.tracks[1]},
                   {"environment_id": line.environments[0]}):
        with refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN", field="page_token"):
            get(page_token=token, **fields)
    with refused("INVALID_ARGUMENT", "INVALID_PAGE_SIZE", field="page_size"):
        get(page_size=-1)
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        get(deployment_track_id=other.track)
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        get(component_id="nothing")
    with refused("NOT_FOUND", "DEPLOYMENT_NOT_FOUND"):
        line.get(line.track, new_id())
    with refused("NOT_FOUND", "TRACK_NOT_FOUND"):
        line.get(other.track, new_id())


def test_a_client_that_goes_away_stops_nothing(client, server, connect):
    line = Line(client)
    (image,) = saved(line, 1)
    passer = connect(server.address, [("grpc.use_local_subchannel_pool", 1)])
    call = passer.tracks.DeployDeploymentTrack.future(api.DeployDeploymentTrackRequest(
        component_id=line.component, deployment_track_id=line.track, image_id=image), timeout=10)
    accepted = call.result().deployment
    passer.close()
    line.succeeded(accepted)


def test_what_is_deployed_keeps_its_environment(client):
    line = Line(client)
    (image,) = saved(line, 1)
    line.run(image)
    with refused("FAILED_PRECONDITION", "ENVIRONMENT_IN_USE") as refusal:
        client.catalog.DeleteEnvironment(
            api.DeleteEnvironmentRequest(environment_id=line.environments[0]), timeout=10)
    assert "used by deployment pipeline " in refusal.message, refusal.message
    assert f"({line.track}) of component {line.component}" in refusal.message, refusal.message
