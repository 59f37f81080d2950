"""Who may do what: `--policy`, with grpcio, curl and trackctl."""

import importlib
import os
import signal
import stat
import uuid

import pytest
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from support import store, stubs, trackctl, waiting
from support.client import unique
from support.curl import curl
from support.errors import refused
from support.policies import Guarded, binding, guarded, token_of
from support.server import run_to_end
from support.shop import Shop
from support.stubs import api
from support.watch import state, watch

pytestmark = pytest.mark.store

NAMES = ["ci", "viewer", "oncall", "dev", "bypasser", "writer", "nobody", "owner", "keeper"]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A shop with two environments, and callers with one right each."""
    one = Guarded(tmp_path_factory.mktemp("policy"), NAMES, (), "--channelz")
    admin = one.client("admin")
    one.shop = Shop(admin, environments=2, images=2)
    shop = one.shop
    admin.catalog.PutDeploymentPipeline(api.PutDeploymentPipelineRequest(
        deployment_pipeline=api.DeploymentPipeline(
            id=unique("pip"), project_id=shop.project, environment_ids=shop.environments)))
    one.bindings = [
        binding("ci", "ci", component=shop.component),
        binding("read", "viewer", project=shop.project),
        {**binding("operator", "oncall"), "scope": {"component": shop.component}},
        binding("read", "dev", project=shop.project),
        binding("deploy", "dev", environment=shop.environments[0]),
        binding("operator", "bypasser", project=shop.project),
        binding("bypass", "bypasser", environment=shop.environments[0]),
        binding("write", "writer", component=shop.component),
        binding("all", "owner", organization=shop.organization),
        binding("administer", "keeper", component=shop.component),
        binding("read", "keeper", component=shop.component),
    ]
    one.bindings[2]["role"] = "rollback"
    one.change(one.bindings)
    yield one
    one.stop()


def save(client, shop, track, run, **fields):
    request = api.SaveDeploymentTrackImageRequest(
        organization_id=shop.organization, project_id=shop.project, component_id=shop.component,
        deployment_track_id=track, run_id=run, git_hash="cd" * 20,
        git_hash_commit_timestamp={"seconds": 1_700_000_000},
        images=[api.ContainerImage(name="app", reference=f"registry.example/app:{run}")])
    for name, value in fields.items():
        setattr(request, name, value)
    return client.tracks.SaveDeploymentTrackImage(request, timeout=10)


def deploy(client, shop, number=0, **fields):
    track = shop.tracks[0]
    return client.tracks.DeployDeploymentTrack(api.DeployDeploymentTrackRequest(
        component_id=shop.component, deployment_track_id=track,
        environment_id=shop.environments[number], image_id=shop.images[track][0],
        validate_only=True, **fields), timeout=10)


def test_a_ci_job_saves_for_its_component_alone(world):
    shop, ci = world.shop, world.client("ci")
    other = Shop(world.client("admin"), images=0)
    assert save(ci, shop, shop.tracks[0], unique("run")).image.image_id
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        save(ci, other, other.tracks[0], "1")
    with refused("PERMISSION_DENIED", "NO_RIGHT") as denial:
        deploy(ci, shop)
    assert denial.metadata == {
        "verb": "deploy",
        "scope": f"component {shop.component} in environment {shop.environments[0]}"}
    with refused("NOT_FOUND", "PROJECT_NOT_FOUND"):
        ci.catalog.GetProject(api.GetProjectRequest(project_id=shop.project))


def test_a_save_into_an_environment_needs_the_right_to_deploy_there(world):
    shop, admin = world.shop, world.client("admin")
    track = admin.create(shop.component, "v3.0", branch="auto", auto_deploy_enabled=False).id
    admin.catalog.PutComponent(api.PutComponentRequest(component=api.Component(
        id=shop.component, project_id=shop.project, type=api.COMPONENT_TYPE_SERVICE,
        image_source=api.IMAGE_SOURCE_BUILD, auto_build_on_commit=True)))
    update = api.UpdateDeploymentTrackRequest(
        component_id=shop.component, deployment_track_id=track, auto_deploy_enabled=True)
    with refused("PERMISSION_DENIED", "NO_RIGHT") as denial:
        world.client("writer").tracks.UpdateDeploymentTrack(update)
    assert denial.metadata["verb"] == "deploy"
    world.client("owner").tracks.UpdateDeploymentTrack(update)
    saved = save(world.client("ci"), shop, track, unique("run"),
                 environment_id=shop.environments[1])
    assert saved.auto_deploy == api.AUTO_DEPLOY_DECISION_REFUSED
    assert saved.auto_deploy_reason == "NO_RIGHT" and saved.image.image_id
    saved = save(world.client("owner"), shop, track, unique("run"),
                 environment_id=shop.environments[0])
    assert saved.auto_deploy == api.AUTO_DEPLOY_DECISION_STARTED


def test_deploying_to_one_environment_and_not_to_another(world):
    shop, dev = world.shop, world.client("dev")
    deploy(dev, shop, 0)
    with refused("PERMISSION_DENIED", "NO_RIGHT"):
        deploy(dev, shop, 1)
    with refused("PERMISSION_DENIED", "NO_RIGHT") as denial:
        deploy(dev, shop, 0, bypass_reason="in a hurry")
    assert denial.metadata["verb"] == "bypass"
    deploy(world.client("bypasser"), shop, 0, bypass_reason="in a hurry")
    with refused("PERMISSION_DENIED", "NO_RIGHT"):
        deploy(world.client("bypasser"), shop, 1, bypass_reason="in a hurry")


def test_rolling_back_without_deploying(world):
    shop, oncall = world.shop, world.client("oncall")
    track = shop.tracks[0]
    for image in shop.images[track]:
        shop.ended(track, shop.deploy(track, shop.environments[0], image).id)
    with refused("PERMISSION_DENIED", "NO_RIGHT"):
        deploy(oncall, shop)
    # Nor with settings or a release of one's own, which would be a deployment in disguise.
    for extra in ({"api_settings": api.ApiSettings(authorization_header="x-own")},
                  {"release_mgt_release_id": "r", "release_mgt_deployment_id": "d"}):
        with refused("PERMISSION_DENIED", "NO_RIGHT"):
            oncall.tracks.RollBackDeploymentTrack(api.RollBackDeploymentTrackRequest(
                component_id=shop.component, deployment_track_id=track,
                environment_id=shop.environments[0], **extra))
    back = oncall.tracks.RollBackDeploymentTrack(api.RollBackDeploymentTrackRequest(
        component_id=shop.component, deployment_track_id=track,
        environment_id=shop.environments[0]))
    assert back.deployment.kind == api.DEPLOYMENT_KIND_ROLLBACK
    assert back.deployment.actor == "token:oncall" and back.deployment.actor_verified
    with refused("PERMISSION_DENIED", "NO_RIGHT"):
        oncall.tracks.ResumeAutoDeploy(api.ResumeAutoDeployRequest(
            component_id=shop.component, deployment_track_id=track,
            environment_id=shop.environments[0]))


def test_where_auto_deploy_goes_is_no_matter_of_the_component_alone(world):
    """A pipeline that begins elsewhere sends saves there."""
    shop, keeper = world.shop, world.client("keeper")
    admin = world.client("admin")
    pipeline = unique("pip")
    admin.catalog.PutDeploymentPipeline(api.PutDeploymentPipelineRequest(
        deployment_pipeline=api.DeploymentPipeline(
            id=pipeline, project_id=shop.project, environment_ids=[shop.environments[1]])))
    component = admin.catalog.GetComponent(api.GetComponentRequest(
        component_id=shop.component)).component
    keeper.catalog.PutComponent(api.PutComponentRequest(component=component))
    component.default_pipeline_id = pipeline
    with refused("PERMISSION_DENIED", "NO_RIGHT"):
        keeper.catalog.PutComponent(api.PutComponentRequest(component=component))


@pytest.mark.parametrize("kind", ["environment", "pipeline"])
def test_what_decides_on_deployments_needs_rights_at_both_ends(tmp_path, kind):
    """Environments and pipelines: their old project and their new one have to be administered,
    before anybody is told that nothing moves."""
    names = ["both", "old", "new", "itself"]
    with guarded(tmp_path, names) as one:
        admin = one.client("admin")
        organization, old, new = (unique(word) for word in ("org", "prj", "prj"))
        admin.catalog.PutOrganization(api.PutOrganizationRequest(organization=api.Organization(
            id=organization, tier=api.ORGANIZATION_TIER_PAID)))
        for project in (old, new):
            admin.catalog.PutProject(api.PutProjectRequest(project=api.Project(
                id=project, organization_id=organization)))
        moved, there = unique("mov"), {old: unique("env"), new: unique("env")}

        def put_environment(client, environment, project):
            client.catalog.PutEnvironment(api.PutEnvironmentRequest(
                environment=api.Environment(
                    id=environment, project_id=project, **store.gitops(admin))))

        def put(client, project):
            if kind == "environment":
                return put_environment(client, moved, project)
            return client.catalog.PutDeploymentPipeline(api.PutDeploymentPipelineRequest(
                deployment_pipeline=api.DeploymentPipeline(
                    id=moved, project_id=project, environment_ids=[there[project]])))

        for project, environment in there.items():
            put_environment(admin, environment, project)

        put(admin, old)
        every = {"old": [old], "new": [new], "both": [old, new], "itself": []}
        bindings = [binding(role, name, project=project) for name, projects in every.items()
                    for project in projects for role in ("administer", "read")]
        if kind == "environment":
            bindings.append(binding("administer", "itself", environment=moved))
        one.change(bindings)
        for name in ("old", "itself"):
            with refused("PERMISSION_DENIED"):
                put(one.client(name), new)
        # Who may create there, and know nothing of it, learns that the id is taken.
        with refused("ALREADY_EXISTS", "ID_TAKEN"):
            put(one.client("new"), new)
        with refused("INVALID_ARGUMENT"):
            put(one.client("both"), new)
        put(one.client("old"), old)
        with refused("PERMISSION_DENIED"):
            put(one.client("itself"), old)


def test_a_viewer_reads_and_changes_nothing(world):
    shop, viewer = world.shop, world.client("viewer")
    assert viewer.get(shop.component, shop.tracks[0]).id == shop.tracks[0]
    with refused("PERMISSION_DENIED", "NO_RIGHT"):
        viewer.create(shop.component, "v9.0")
    with refused("PERMISSION_DENIED", "NO_RIGHT") as denial:
        viewer.catalog.DeleteProject(api.DeleteProjectRequest(project_id=shop.project))
    assert denial.metadata == {"verb": "administer", "scope": f"project {shop.project}"}


def test_who_may_nothing_finds_nothing(world):
    shop, nobody = world.shop, world.client("nobody")
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        nobody.get(shop.component, shop.tracks[0])
    assert not nobody.catalog.ListOrganizations(api.ListOrganizationsRequest()).organizations
    with refused("PERMISSION_DENIED", "NO_RIGHT"):
        next(watch(nobody))


def test_conflicts_name_nothing_to_who_may_not_read(world):
    shop = world.shop
    request = api.CreateDeploymentTrackRequest(
        component_id=shop.component, api_version="v1.0", branch="main")
    with refused("ALREADY_EXISTS", "API_VERSION_EXISTS") as told:
        world.client("owner").tracks.CreateDeploymentTrack(request)
    assert shop.tracks[0] in told.message
    with refused("ALREADY_EXISTS", "API_VERSION_EXISTS") as told:
        world.client("writer").tracks.CreateDeploymentTrack(request)
    assert shop.tracks[0] not in told.message and not told.metadata


def test_a_deletion_is_repeated_to_its_caller_alone(world):
    shop, owner = world.shop, world.client("owner")
    component = unique("gone")
    owner.catalog.PutComponent(api.PutComponentRequest(component=api.Component(
        id=component, project_id=shop.project, type=api.COMPONENT_TYPE_SERVICE,
        image_source=api.IMAGE_SOURCE_BUILD)))
    request = api.DeleteComponentRequest(component_id=component, request_id=str(uuid.uuid4()))
    for _ in range(2):
        owner.catalog.DeleteComponent(request, timeout=10)
    for name in ("keeper", "viewer", "nobody"):
        with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
            world.client(name).catalog.DeleteComponent(request, timeout=10)
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        owner.catalog.DeleteComponent(
            api.DeleteComponentRequest(component_id=component), timeout=10)


def test_the_json_routes_ask_for_the_same_rights(world):
    shop = world.shop
    path = f"/components/{shop.component}/deployment_tracks/{shop.tracks[0]}"

    def get(name):
        return curl(world.server.address, "GET", path,
                    headers=[f"authorization: Bearer {token_of(name)}"])

    assert get("viewer").status == 200
    assert get("nobody").status == 404
    assert get("writer").status == 403
    answer = curl(world.server.address, "POST", "/deploymenttrack.v1.AccessService/WhoAmI", "{}",
                  headers=[f"authorization: Bearer {token_of('viewer')}"])
    assert answer.json["principal"] == "token:viewer"


def test_other_services_have_a_table_of_their_own(world):
    def channelz(client):
        stub = channelz_pb2_grpc.ChannelzStub(client.raw)
        return stub.GetServers(channelz_pb2.GetServersRequest())

    def reflection(client):
        stub = reflection_pb2_grpc.ServerReflectionStub(client.channel)
        request = reflection_pb2.ServerReflectionRequest(list_services="")
        return next(stub.ServerReflectionInfo(
            iter([request]), metadata=[("authorization", f"Bearer {client.token}")]))

    assert channelz(world.client("admin")).server
    with refused("PERMISSION_DENIED", "NO_RIGHT"):
        channelz(world.client("owner"))
    assert reflection(world.client("nobody")).list_services_response.service


def test_a_watch_ends_when_its_right_goes(world):
    shop = world.shop
    track = api.UpdateDeploymentTrackRequest(
        component_id=shop.component, deployment_track_id=shop.tracks[0], description=unique("d"))
    calls = {name: watch(world.client(name), project=shop.project) for name in ("viewer", "owner")}
    for call in calls.values():
        state(call)
    world.change([one for one in world.bindings if "token:viewer" not in one["principals"]])
    with refused("PERMISSION_DENIED", "NO_RIGHT"):
        next(calls["viewer"])
    world.client("admin").tracks.UpdateDeploymentTrack(track)
    assert next(calls["owner"]).change.deployment_track.description == track.description
    calls["owner"].cancel()
    world.change(world.bindings)


def test_lists_hold_what_their_reader_may_read(world):
    shop, admin = world.shop, world.client("admin")
    for number in range(3):
        admin.catalog.PutComponent(api.PutComponentRequest(component=api.Component(
            id=f"a{number}-{unique('c')}", project_id=shop.project,
            type=api.COMPONENT_TYPE_SERVICE, image_source=api.IMAGE_SOURCE_BUILD)))
    page = world.client("ci").catalog.ListComponents(
        api.ListComponentsRequest(project_id=shop.project, page_size=1))
    assert [one.id for one in page.components] == [shop.component] and not page.next_page_token
    environments = world.client("dev").catalog.ListEnvironments(
        api.ListEnvironmentsRequest(project_id=shop.project, page_size=1))
    assert environments.next_page_token
    with refused("INVALID_ARGUMENT", "INVALID_PAGE_TOKEN"):
        world.client("viewer").catalog.ListEnvironments(api.ListEnvironmentsRequest(
            project_id=shop.project, page_size=1, page_token=environments.next_page_token))


def test_trackctl_says_who_calls_and_what_they_may_do(world, tmp_path):
    shop = world.shop
    token = tmp_path / "token"
    token.write_text(token_of("dev"))
    token.chmod(0o600)

    def run(*words):
        return trackctl.run(*words, server=world.server.address, TRACKCTL_TOKEN_FILE=str(token))

    who = run("auth", "whoami")
    assert who.code == 0 and who.out.startswith("token:dev\n") and "deploy" in who.out
    for number, code, answer in ((0, 0, "yes"), (1, 1, "no: ")):
        asked = run("auth", "can-i", "deploy", shop.component, "v1.0", "--environment",
                    shop.environments[number])
        assert asked.code == code and asked.out.startswith(answer), asked
    hidden = run("auth", "can-i", "read", "no-such-component")
    other = Shop(world.client("admin"), images=0)
    found = run("auth", "can-i", "read", other.component)
    assert hidden.code == found.code == 1
    assert hidden.out.replace("no-such-component", "X") == found.out.replace(other.component, "X")
    assert run("auth", "can-i", "fly", shop.component).code == 2


def test_a_policy_is_checked_without_a_server(tmp_path):
    good = tmp_path / "good.yaml"
    good.write_text("roles: {viewer: [read]}\n"
                    "bindings: [{role: viewer, principals: [token:ann], scope: {project: shop}}]\n")
    checked = trackctl.run("policy", "check", str(good))
    assert checked.code == 0 and checked.rows == [["token:ann", "viewer", "read", "project shop"]]
    bad = tmp_path / "bad.yaml"
    bad.write_text("roles: {viewer: [look]}\nbindings: [{role: view, principals: [ann], scope: {}}]\n")
    checked = trackctl.run("policy", "check", str(bad))
    assert checked.code == 1 and not checked.out
    assert [line.split(": ")[0] for line in checked.err.splitlines()] == [
        f"{bad}:1:18", f"{bad}:2:19", f"{bad}:2:38", f"{bad}:2:51"]
    as_json = trackctl.run("policy", "check", str(bad), "-o", "json")
    assert as_json.code == 1 and as_json.json["problems"][0]["line"] == 1
    assert trackctl.run("policy", "check", str(tmp_path / "none")).code == 2


def test_a_broken_policy_does_not_start_and_does_not_count(tmp_path):
    bad = tmp_path / "policy.yaml"
    bad.write_text("roles: {a: [fly]}\nbindings: []\n")
    code, _, err = run_to_end("serve", "--data", str(tmp_path / "data"), "--policy", str(bad))
    assert code == 1
    assert f"{bad}:1:13: roles.a[0]: must be one of" in err
    assert f"{bad}:2:11: bindings: must not be empty" in err
    with guarded(tmp_path, ["ann"], [binding("read", "ann")]) as one:
        ann = one.client("ann")
        ann.catalog.ListOrganizations(api.ListOrganizationsRequest())
        one.policy.write_text("roles: 7\n")
        os.kill(one.server.pid, signal.SIGHUP)
        waiting.until(lambda: "the policy cannot be read again" in one.server.log())
        ann.catalog.ListOrganizations(api.ListOrganizationsRequest())
        one.change([])
        who = ann.access.WhoAmI(api.WhoAmIRequest())
        assert who.principal == "token:ann" and who.policy_in_force and not who.roles
        one.policy.chmod(0o666)
        os.kill(one.server.pid, signal.SIGHUP)
        waiting.until(lambda: "may be written by others" in one.server.log())


def test_a_policy_follows_the_links_of_a_config_map(tmp_path):
    with guarded(tmp_path, ["ann"]) as one:
        for version in ("one", "two"):
            (tmp_path / version).mkdir()
        one.policy.rename(tmp_path / "one" / "policy.yaml")
        (tmp_path / "now").symlink_to("one")
        one.policy.symlink_to("now/policy.yaml")
        real, one.policy = one.policy, tmp_path / "two" / "policy.yaml"
        one.write([binding("read", "ann")])
        assert not one.client("ann").access.WhoAmI(api.WhoAmIRequest()).roles
        (tmp_path / "next").symlink_to("two")
        (tmp_path / "next").rename(tmp_path / "now")
        waiting.until(lambda: one.client("ann").access.WhoAmI(api.WhoAmIRequest()).roles)
        assert real.is_symlink() and stat.S_ISLNK(real.lstat().st_mode)


def test_every_method_says_what_it_needs():
    from deploymenttrack.v1 import access_pb2
    folder = stubs.OUT / "deploymenttrack" / "v1"
    names = sorted(path.stem for path in folder.glob("*_service_pb2.py"))
    assert len(names) >= 4
    for name in names:
        file = importlib.import_module(f"deploymenttrack.v1.{name}")
        for service in file.DESCRIPTOR.services_by_name.values():
            for method in service.methods:
                options = method.GetOptions()
                verb = options.Extensions[access_pb2.required_verb]
                assert bool(verb) != options.Extensions[access_pb2.open_to_all], method.full_name
