"""The requests of trackctl's commands: each flag arrives, conditions are kept, and checks have no
effect."""

import json
import time
import uuid

import pytest

from support import trackctl, waiting
from support.client import Client, unique
from support.line import Line, closed_address
from support.source_repository import SourceRepository
from support.stubs import api

OK, FAILED, USAGE, NOT_FOUND, REFUSED, UNAVAILABLE = range(6)


@pytest.fixture
def run(server):
    def one(*words: str, code: int = OK, stdin=None):
        ran = trackctl.run(*words, server=server.address, stdin=stdin)
        assert ran.code == code, ran
        return ran
    return one


@pytest.fixture
def owners(client):
    """An organization, a project and environments that no other test uses."""
    line = Line(client, environments=2)
    return {"organization": line.organization, "project": line.project,
            "environments": line.environments}


# The catalog.

KINDS = ("organization", "project", "component", "environment", "pipeline")


def flags_of(kind: str, owners: dict) -> tuple[list[str], dict]:
    """Every flag of a kind, and the resource that the server must have then."""
    first, second = owners["environments"]
    project = ["--project", owners["project"]], {"project_id": owners["project"]}
    # Every environment needs its own folder.
    folder = f"clusters/{unique('dev')}"
    flags, fields = {
        "organization": (["--tier", "paid"], {"tier": "ORGANIZATION_TIER_PAID"}),
        "project": (["--organization", owners["organization"]],
                    {"organization_id": owners["organization"]}),
        "component": (
            ["--type", "web-app", "--image-source", "registry", "--repository",
             "https://git.example/a.git", "--source-path", "src/a", "--registry",
             "registry.example", "--image", "registry.example/a:1", "--auto-build", "off"],
            {"type": "COMPONENT_TYPE_WEB_APP", "image_source": "IMAGE_SOURCE_REGISTRY",
             "repository_url": "https://git.example/a.git", "source_path": "src/a",
             "image_registry": "registry.example", "image": "registry.example/a:1",
             "auto_build_on_commit": False}),
        "environment": (
            ["--name", "Development", "--gitops-url", "https://git.example/ops.git",
             "--gitops-branch", "live", "--gitops-path", folder],
            {"name": "Development", "gitops_repository_url": "https://git.example/ops.git",
             "gitops_branch": "live", "gitops_path": folder}),
        "pipeline": (["--environment", first, "--environment", second],
                     {"environment_ids": [first, second]}),
    }[kind]
    if kind in ("component", "environment", "pipeline"):
        return flags + project[0], {**fields, **project[1]}
    return flags, fields


def shown(ran) -> dict:
    (resource,) = ran.json.values()
    return resource


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_is_what_its_flags_say(run, owners, kind, tmp_path):
    flags, fields = flags_of(kind, owners)
    one, other = unique("one"), unique("other")
    run("catalog", "put", kind, one, *flags)
    got = run("catalog", "get", kind, one, "-o", "json")
    made = shown(got)
    assert {name: made[name] for name in fields} == fields and made["id"] == one
    # A file has the same effect; it holds the resource alone.
    file = tmp_path / "resource.json"
    file.write_text(json.dumps(made))
    assert "is about" in run("catalog", "put", kind, other, "--file", str(file), code=USAGE).err
    run("catalog", "put", kind, one, "--file", str(file), *flags[:2], code=USAGE)
    # The output of get is accepted as it is, and its etag guards the put.
    file.write_text(got.out)
    assert shown(run("catalog", "put", kind, one, "--file", str(file), "-o", "json")) == made
    file.write_text(json.dumps({**made, "etag": '"other"'}))
    assert "ETAG_MISMATCH" in run("catalog", "put", kind, one, "--file", str(file),
                                  code=REFUSED).err
    if kind == "environment":
        made["gitops_path"] += "-other"
    del made["etag"]
    file.write_text(json.dumps({**made, "id": ""}))
    run("catalog", "put", kind, other, "--file", str(file))
    copy = shown(run("catalog", "get", kind, other, "-o", "json"))
    assert copy.pop("etag") and copy == {**made, "id": other}


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_that_is_only_checked_stays_as_it_is(run, owners, kind):
    flags, _ = flags_of(kind, owners)
    one, put, delete = unique("one"), str(uuid.uuid4()), str(uuid.uuid4())
    run("catalog", "put", kind, one, *flags, "--validate-only")
    run("catalog", "get", kind, one, code=NOT_FOUND)
    for _ in range(2):
        run("catalog", "put", kind, one, *flags, "--request-id", put)
    assert "REQUEST_ID_REUSED" in run("catalog", "put", kind, unique("x"), *flags, "--request-id",
                                      put, code=USAGE).err
    run("catalog", "delete", kind, one, "--validate-only")
    run("catalog", "get", kind, one)
    # Repeating the command is the same deletion, not a second one.
    for _ in range(2):
        assert run("catalog", "delete", kind, one, "--request-id", delete).out == "deleted\n"
    run("catalog", "delete", kind, one, code=NOT_FOUND)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_lists_of_each_kind_have_every_page_and_no_more_than_the_limit(run, client, owners, kind):
    owner, prefix = owners["organization" if kind == "project" else "project"], unique("many")
    method, request, resource = {
        "project": (client.catalog.PutProject, api.PutProjectRequest, lambda id: {
            "project": api.Project(id=id, organization_id=owner)}),
        "component": (client.catalog.PutComponent, api.PutComponentRequest, lambda id: {
            "component": api.Component(id=id, project_id=owner, type=api.COMPONENT_TYPE_TASK)}),
        "environment": (client.catalog.PutEnvironment, api.PutEnvironmentRequest, lambda id: {
            "environment": api.Environment(id=id, project_id=owner, name="x")}),
        "pipeline": (client.catalog.PutDeploymentPipeline, api.PutDeploymentPipelineRequest,
                     lambda id: {
                         "deployment_pipeline": api.DeploymentPipeline(
                             id=id, project_id=owner, environment_ids=owners["environments"])}),
    }[kind]
    ids = [f"{prefix}-{number:04}" for number in range(1002)]
    for call in [method.future(request(**resource(id)), timeout=60) for id in ids]:
        call.result()
    rows = run("catalog", "list", kind + "s", owner).rows
    assert [row[0] for row in rows if row[0].startswith(prefix)] == ids
    for limit in (1, 1001):
        assert len(run("catalog", "list", kind + "s", owner, "--limit", str(limit)).rows) == limit


# Deployments.

def test_a_cancellation_that_is_only_checked_is_none(run, client):
    line = Line(client, environments=1, stuck=True)
    one = line.deploy(line.track, line.environments[0], line.ci(1).image.image_id).id
    words = ("cancel", line.component, "v1.0", one)
    run(*words, "--validate-only")
    assert line.get(line.track, one).state != api.DEPLOYMENT_STATE_CANCELLED
    key = str(uuid.uuid4())
    for _ in range(2):
        assert run(*words, "--request-id", key).fields["state"] == "cancelled"
    run(*words, code=REFUSED)


def test_a_resumption_that_is_only_checked_is_none(run, client):
    line = Line(client, environments=1)
    for number in (1, 2):
        line.run(line.ci(number).image.image_id)
    line.undo()
    words = ("resume", line.component, "v1.0", line.environments[0])
    key = str(uuid.uuid4())
    assert run(*words, "--validate-only").out.startswith("would let auto-deploy ")
    for _ in range(2):
        assert "goes on" in run(*words, "--request-id", key).out
    assert "nothing held" in run(*words).out


def test_an_image_is_saved_as_its_flags_say(run, client):
    line = Line(client, environments=2, auto_deploy=True)
    saved = run("images", "save", line.component, "--run", "r-1", "--commit", "ab" * 20,
                "--commit-time", "2026-01-31T09:30:00Z", "--image",
                "app=registry.example/app@sha256:" + "cd" * 32, "--image",
                "side=registry.example/side:1", "--port", "8080", "--port", "9090", "--branch",
                "main", "--api-definition", "api/open.yaml", "--gitops-hash", "ef" * 20, "-o",
                "json").json["image"]
    (listed,) = line.listed()
    assert listed.image_id == saved["image_id"] and listed.run_id == "r-1"
    assert [(one.name, one.reference, one.digest) for one in listed.images] == [
        ("app", "registry.example/app", "sha256:" + "cd" * 32),
        ("side", "registry.example/side:1", "")]
    for flag, value in ("--api-definition", "/etc/passwd"), ("--port", "0"), ("--gitops-hash",
                                                                              "x" * 2000):
        run("images", "save", line.component, "v1.0", "--run", "r-2", "--commit", "ab" * 20,
            "--commit-time", "2026-01-31T09:30:00Z", "--image", "registry.example/app:2", flag,
            value, code=USAGE)
    # Auto-deploy goes to the environment of the flag.
    ran = run("images", "save", line.component, "v1.0", "--run", "r-3", "--commit", "cd" * 20,
              "--commit-time", "2026-02-01T09:30:00Z", "--image", "registry.example/app:3",
              "--environment", line.environments[0])
    assert ran.fields["environment"] == line.environments[0]
    ran = run("images", "save", line.component, "v1.0", "--run", "r-4", "--commit", "ef" * 20,
              "--commit-time", "2026-02-02T09:30:00Z", "--image", "registry.example/app:4",
              "--environment", "nowhere")
    assert ran.fields["auto-deploy"] == "refused" and "nowhere" in ran.fields["because"]


def test_an_image_that_another_one_replaced_is_listed_as_that(run, client):
    line = Line(client, environments=1)
    replaced, current = (line.ci(1).image.image_id for _ in range(2))
    line.run(current)
    rows = run("images", "list", line.component, "v1.0").rows
    assert [row[:3] for row in rows] == [[current[:8], "00000000", "succeeded"],
                                         [replaced[:8], "00000000", "superseded"]]
    assert line.environments[0] in rows[0] and line.environments[0] not in rows[1]


def test_images_say_who_did_not_answer(start_server, connect):
    server = start_server("data", "--build-service", closed_address())
    line = Line(connect(server.address), environments=1)
    line.ci(1)
    ran = trackctl.run("images", "list", line.component, "v1.0", server=server.address)
    assert ran.code == OK and len(ran.rows) == 1
    assert ran.err == "some fields may be missing: build-service did not answer\n"


@pytest.fixture
def deployed(server):
    """Three images; each environment of the pipeline but the last has had all of them."""
    client = Client(server.address)
    line = Line(client, environments=3)
    line.saved = [line.ci(number).image.image_id for number in (1, 2, 3)]
    for image in line.saved:
        for place in (0, 1):
            line.run(image, place)
    yield line
    client.close()


@pytest.mark.parametrize("flags, code, reason", [
    (["--pipeline", "nowhere"], NOT_FOUND, "DEPLOYMENT_PIPELINE_NOT_FOUND"),
    (["--release", "r"], USAGE, "INVALID_RELEASE"),
    (["--release-deployment", "d"], USAGE, "INVALID_RELEASE"),
    (["--api-settings", "FILE"], USAGE, "INVALID_API_SETTINGS"),
    (["--reason", "x" * 1025], USAGE, "INVALID_REASON"),
    (["--request-id", "x"], USAGE, "INVALID_REQUEST_ID"),
], ids=lambda value: value[0] if isinstance(value, list) else "")
@pytest.mark.parametrize("command", ["deploy", "rollback", "promote"])
def test_what_is_wrong_with_a_deployment_is_refused_by_the_server(
        run, deployed, tmp_path, command, flags, code, reason):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"cors": {"allow_origins": [f"https://{number}.example"
                                                           for number in range(51)]}}))
    words = [command, deployed.component, "v1.0",
             *([deployed.saved[0]] if command == "deploy" else [])]
    ran = run(*words, *(str(file) if flag == "FILE" else flag for flag in flags), code=code)
    assert reason in ran.err, ran


def test_a_rollback_goes_to_the_image_that_is_named(run, deployed):
    words = ("rollback", deployed.component, "v1.0", "--environment", deployed.environments[0])
    assert run(*words, "--image", deployed.saved[0]).fields["image"] == deployed.saved[0]
    assert run(*words).fields["image"] == deployed.saved[1]
    rows = run("history", deployed.component, "v1.0", "--environment", deployed.environments[0],
               "-o", "wide").rows
    newest, named, *_ = [one.id for one in deployed.history(deployed.track)[::-1]]
    assert f"undoes {named[:8]}" in rows[0][-1] and f"rolled back by {newest[:8]}" in rows[1][-1]


def test_a_promotion_goes_by_the_pipeline_that_is_named(run, deployed):
    first, _, last = deployed.environments
    short = deployed.put_pipeline([first, last])
    ran = run("promote", deployed.component, "v1.0", "--pipeline", short)
    assert ran.fields["environment"] == last and f"from {first} into {last}" in ran.err


# Tracks.

def test_tracks_are_listed_in_the_order_that_is_named(run, client):
    component = client.put_component()
    for version in ("v1.1", "v1.0", "v2.0"):
        client.create(component, version)

    def versions(*flags: str) -> list[str]:
        return [row[0].rstrip("*") for row in run("tracks", "list", component, *flags).rows]
    assert versions() == ["v2.0", "v1.1", "v1.0"]
    assert versions("--order-by", "api_version asc") == ["v1.0", "v1.1", "v2.0"]
    assert versions("--order-by", "created_at asc") == ["v1.1", "v1.0", "v2.0"]
    run("tracks", "list", component, "--order-by", "nonsense", code=USAGE)


# Configuration.

def test_configuration_is_changed_on_the_conditions_that_are_named(run, client):
    line = Line(client, environments=1)
    words = ("tracks", "configure", line.component, "v1.0", "-")
    content = json.dumps({
        "endpoints": [{"name": "api", "type": "ENDPOINT_TYPE_REST", "port": 8080}]})
    run(*words, "--validate-only", stdin=content)
    assert "ETAG_MISMATCH" in run(*words, "--etag", '"0"', code=REFUSED, stdin=content).err
    assert not client.get(line.component, line.track).endpoints
    etag, key = client.get(line.component, line.track).etag, str(uuid.uuid4())
    for _ in range(2):
        run(*words, "--etag", etag, "--request-id", key, stdin=content)
    assert len(client.get(line.component, line.track).endpoints) == 1


def test_a_source_config_is_applied_on_the_conditions_that_are_named(
        start_server, connect, tmp_path):
    server = start_server("data", "--git-allow-file")
    client, repository = connect(server.address), SourceRepository(tmp_path / "source")
    repository.commit({".choreo/component.yaml": "schemaVersion: \"1.2\"\nendpoints:\n"
                       "  - name: api\n    service:\n      port: 8080\n    type: REST\n"})
    component = client.put_component(repository_url=repository.url)
    track = client.create(component, "v1.0", branch="main")

    def run(*flags: str, code: int = OK):
        ran = trackctl.run("apply", component, "v1.0", *flags, server=server.address)
        assert ran.code == code, ran
        return ran

    run("--validate-only")
    assert "ETAG_MISMATCH" in run("--etag", '"0"', code=REFUSED).err
    assert not client.get(component, track.id).endpoints
    key = str(uuid.uuid4())
    answers = [run("--etag", track.etag, "--request-id", key).out for _ in range(2)]
    assert answers[0] == answers[1] and len(client.get(component, track.id).endpoints) == 1


# Watching.

def test_a_watch_lasts_longer_than_a_call_may_take(start_server, connect):
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    watching = trackctl.Waiting(server.address, "watch", component, "--timeout", "0.5")
    try:
        client.create(component, "v1.0")
        assert "v1.0" in watching.process.stdout.readline()
        began = time.monotonic()
        number = 0
        while time.monotonic() - began < 2:
            number += 1
            client.create(component, f"v1.{number}")
            told = [watching.process.stdout.readline() for _ in range(2)]
            assert f"v1.{number}" in told[1], told
    finally:
        watching.process.kill()
        assert watching.end().err == ""


def test_a_watch_of_a_project_says_who_did_what(start_server, connect):
    server = start_server()
    line = Line(connect(server.address), environments=1)
    elsewhere = line.client.put_component()
    watching = trackctl.Waiting(server.address, "watch", "--project", line.project, "--changes")
    try:
        told = []
        while not told:
            line.update(line.track, description=str(time.monotonic()))
            if waiting.is_readable(watching.process.stdout, 0.1):
                told.append(watching.process.stdout.readline())
        line.client.create(elsewhere, "v7.7")
        saved = trackctl.run("images", "save", line.component, "v1.0", "--run", "r", "--commit",
                             "ab" * 20, "--commit-time", "2026-01-31T09:30:00Z", "--image",
                             "registry.example/app:1", "--actor", "ada",
                             server=server.address).fields["image"]
        one = line.run(saved)
        for text in (f" created image {saved} of commit abababab in track {line.track} by ada\n",
                     f" into {line.environments[0]}: deploy, queued",
                     f": deploy, succeeded as commit {one.gitops_hash[:8]}"):
            while text not in told[-1]:
                told.append(watching.process.stdout.readline())
                assert told[-1], f"'{text}' is not told"
        assert not any("v7.7" in one for one in told)
    finally:
        watching.process.kill()
        watching.process.communicate()
