"""`trackctl catalog put` changes the given fields and keeps the others, even if another client
changes the same resource."""

import concurrent.futures
import json
import uuid

import pytest

from support import trackctl
from support.client import unique
from support.curl import curl
from support.line import Line
from support.stubs import api

OK, FAILED, USAGE, NOT_FOUND, REFUSED, UNAVAILABLE = range(6)


@pytest.fixture(scope="module")
def line(client):
    return Line(client, environments=2)


@pytest.fixture
def run(server):
    def one(*words: str, code: int = OK, **options):
        ran = trackctl.run(*words, server=server.address, **options)
        assert ran.code == code, ran
        return ran
    return one


def get(run, kind: str, id: str) -> dict:
    (resource,) = run("catalog", "get", kind, id, "-o", "json").json.values()
    return resource


def differences(old: dict, new: dict) -> set[str]:
    return {name for name in old if old[name] != new[name]} - {"etag"}


COMPONENT = ["--type", "service", "--repository", "https://git.example/a.git", "--source-path",
             "src", "--registry", "registry.example", "--image", "registry.example/a:1",
             "--auto-build", "on"]


@pytest.mark.parametrize("flag, value, field, stored", [
    ("--repository", "https://git.example/b.git", "repository_url", None),
    ("--repository", "", "repository_url", None), ("--source-path", "", "source_path", None),
    ("--registry", "", "image_registry", None), ("--image", "x", "image", None),
    ("--image", "", "image", None), ("--auto-build", "off", "auto_build_on_commit", False),
    ("--pipeline", "", "default_pipeline_id", None),
    ("--type", "web-app", "type", "COMPONENT_TYPE_WEB_APP"),
    ("--image-source", "registry", "image_source", "IMAGE_SOURCE_REGISTRY")])
def test_a_flag_changes_what_it_names(run, line, flag, value, field, stored):
    component = unique("cmp")
    run("catalog", "put", "component", component, "--project", line.project, "--pipeline",
        line.pipeline, *COMPONENT)
    before = get(run, "component", component)
    run("catalog", "put", "component", component, flag, value)
    after = get(run, "component", component)
    assert (differences(before, after) == {field}
            and after[field] == (value if stored is None else stored))


def test_what_may_be_unknown_can_be_again(run, line):
    component = unique("cmp")
    run("catalog", "put", "component", component, "--project", line.project, *COMPONENT)
    run("catalog", "put", "component", component, "--auto-build", "", "--image-source", "")
    after = get(run, "component", component)
    assert "auto_build_on_commit" not in after and after["image_source"] == "IMAGE_SOURCE_BUILD"
    # The error for a missing required field names it.
    assert "component.project_id" in run("catalog", "put", "component", component, "--project", "",
                                         code=USAGE).err
    assert "component.type" in run("catalog", "put", "component", unique("cmp"), "--project",
                                   line.project, code=USAGE).err
    assert "environment_ids" in run("catalog", "put", "pipeline", line.pipeline, "--environment",
                                    "", code=USAGE).err


def test_an_environment_keeps_its_place(run, line):
    environment = unique("env")
    run("catalog", "put", "environment", environment, "--project", line.project, "--gitops-url",
        "https://git.example/a.git", "--gitops-branch", "live", "--gitops-path",
        "clusters/" + environment)
    before = get(run, "environment", environment)
    run("catalog", "put", "environment", environment, "--name", "Other")
    assert differences(before, get(run, "environment", environment)) == {"name"}
    run("catalog", "put", "environment", environment, "--name", "", "--gitops-path", "")
    after = get(run, "environment", environment)
    assert after["name"] == after["gitops_path"] == environment and after["gitops_branch"] == "live"
    # The branch stays as long as the repository does: trackctl says that it cannot be emptied.
    assert "live" in run("catalog", "put", "environment", environment, "--gitops-branch", "",
                         code=USAGE).err
    run("catalog", "put", "environment", environment, "--gitops-url", "https://git.example/a")
    assert get(run, "environment", environment)["gitops_branch"] == "live", (
        "the same repository by another name")
    run("catalog", "put", "environment", environment, "--gitops-url", "https://git.example/b.git")
    assert get(
        run, "environment", environment)["gitops_branch"] == "", "another one has a HEAD of its own"


def test_the_other_kinds_are_changed_alike(run, line):
    run("catalog", "put", "organization", line.organization)
    assert get(run, "organization", line.organization)["tier"] == "ORGANIZATION_TIER_PAID"
    run("catalog", "put", "pipelines", line.pipeline, "--environment", line.environments[1])
    assert get(run, "pipeline", line.pipeline)["environment_ids"] == [line.environments[1]]
    run("catalog", "put", "project", line.project)
    assert get(run, "projects", line.project)["organization_id"] == line.organization


def test_changes_of_several_at_once_are_all_kept(run, line):
    component = unique("cmp")
    run("catalog", "put", "component", component, "--project", line.project, "--type", "service")
    changes = {"--repository": "https://git.example/a.git", "--source-path": "src",
               "--registry": "registry.example", "--image": "registry.example/a:1",
               "--auto-build": "on", "--pipeline": line.pipeline}
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda change: run("catalog", "put", "component", component, *change),
                      changes.items()))
    after = get(run, "component", component)
    assert (after["repository_url"], after["source_path"], after["image_registry"], after["image"],
            after["auto_build_on_commit"], after["default_pipeline_id"]) == (
                "https://git.example/a.git", "src", "registry.example", "registry.example/a:1",
                True, line.pipeline)


def test_of_several_that_create_none_undoes_another(run, line):
    environment = unique("env")
    flags = [["--name", "Other"], ["--gitops-url", "https://git.example/x.git"],
             ["--gitops-path", "at/" + environment]]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda words: run("catalog", "put", "environment", environment, "--project",
                                        line.project, *words), flags))
    after = get(run, "environment", environment)
    assert (after["name"], after["gitops_repository_url"], after["gitops_path"]) == (
        "Other", "https://git.example/x.git", "at/" + environment)


def test_a_repeated_change_is_none(run, line):
    component, key = unique("cmp"), str(uuid.uuid4())
    run("catalog", "put", "component", component, "--project", line.project, "--type", "task")
    words = ("catalog", "put", "component", component, "--image", "x", "--request-id", key)
    first = run(*words).out
    run("catalog", "put", "component", component, "--registry", "registry.example")
    assert run(*words).fields["image"] == "x" and first
    assert get(run, "component", component)["image_registry"] == "registry.example"
    assert "REQUEST_ID_REUSED" in run(*words[:-3], "y", "--request-id", key, code=USAGE).err
    told = run("catalog", "put", "component", component, "--image", "x", "--validate-only").out
    assert told.startswith(f"would change nothing of component {component} ")


def test_a_file_replaces_everything_but_what_others_have_changed(run, line, tmp_path):
    component, file = unique("cmp"), tmp_path / "component.json"
    run("catalog", "put", "component", component, "--project", line.project, *COMPONENT)
    file.write_text(run("catalog", "get", "component", component, "-o", "json").out)
    run("catalog", "put", "component", component, "--image", "newer")
    assert "ETAG_MISMATCH" in run("catalog", "put", "component", component, "--file", str(file),
                                  code=REFUSED).err
    assert get(run, "component", component)["image"] == "newer"
    file.write_text(json.dumps({"project_id": line.project, "type": "COMPONENT_TYPE_TASK"}))
    run("catalog", "put", "component", component, "--file", str(file))
    after = get(run, "component", component)
    assert (after["repository_url"], after["image"],
            after["type"]) == ("", "", "COMPONENT_TYPE_TASK")
    assert "auto_build_on_commit" not in after


def test_a_put_of_what_get_answered_works_in_json_and_its_etag_guards(server, client, line):
    def call(method, path, body=None):
        return curl(server.address, method, path, body)
    for path, change in (
            (f"/organizations/{line.organization}",
             lambda: client.catalog.PutOrganization(api.PutOrganizationRequest(
                 organization=api.Organization(id=line.organization,
                                               tier=api.ORGANIZATION_TIER_FREE)), timeout=10)),
            (f"/projects/{line.project}", None),
            (f"/components/{line.component}", lambda: line.put(image="x")),
            (f"/environments/{line.environments[0]}",
             lambda: line.put_environment(line.environments[0], gitops_path="elsewhere")),
            (f"/deployment_pipelines/{line.pipeline}", lambda: client.catalog.PutDeploymentPipeline(
                api.PutDeploymentPipelineRequest(deployment_pipeline=api.DeploymentPipeline(
                    id=line.pipeline, project_id=line.project,
                    environment_ids=line.environments[:1])), timeout=10))):
        got = call("GET", path).json
        assert call("PUT", path, got).json == got
        if change:
            client_side = change()
            reply = call("PUT", path, got)
            assert reply.status == 409 and reply.error["reason"] == "ETAG_MISMATCH", (
                (reply, client_side))
            (resource,) = got.values()
            del resource["etag"]
            assert call("PUT", path, got).status == 200


def test_nouns_are_singular_or_plural(run, line):
    for noun in ("track", "tracks"):
        assert run(noun, "list", line.component).rows
    for noun in ("image", "images"):
        run(noun, "list", line.component, "v1.0")
    for kind in ("organization", "project", "component", "environment", "pipeline"):
        owner = {"organization": [], "project": [line.organization]}.get(kind, [line.project])
        assert run("catalog", "list", kind, *owner).out == run(
            "catalog", "list", kind + "s", *owner).out
    assert run("catalog", "get", "components", line.component).fields["component"] == line.component
    assert "singular or plural" in run("catalog", "get", "--help").out
