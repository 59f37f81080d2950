"""Manifests for Kubernetes: checked strictly against its published schemas, and against the rules
for names that the schemas lack."""

import json
import re

import pytest
import yaml
from kubernetes_validate.utils import (
    SchemaNotFoundError, ValidationError, all_versions, latest_version, validate)

from support.client import unique
from support.gitops import Repository
from support.shop import Shop
from support.stubs import api

# The oldest and the newest version with schemas, and one in between.
VERSIONS = (all_versions()[0], "1.30", latest_version())
DNS_LABEL = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
QUALIFIED = re.compile(
    r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,13}[a-z0-9])?")
KEY = re.compile(r"[A-Za-z0-9._-]{1,253}")

HOSTILE = [
    "", " ", "null", "true", "1e3", "0x1F", "~", "- a", "a: b", "# no comment", "'", '"', "\\",
    "\\n", "two\nlines", "tab\there", "---\napiVersion: v1", "trackd/deployment: \"x\"",
    "{{ .Values.x }}", "$(HOME)", "$$(HOME)", "$", "$$", "%x &a *b !c |d >e @f `g`",
    "\u00e9\u4e2d\U0001F600", "\u2028\u2029\u0085\ufeff", "x" * 4000,
]


def containers(document: dict) -> list[dict]:
    return document["spec"]["template"]["spec"]["containers"]


def expanded(value: str) -> str:
    """Expands a value as a kubelet does when none of the variables exist."""
    return re.sub(r"\$(\$|\([^)]*\))", lambda match: "$" if match[1] == "$" else match[0], value)


def check(text: str) -> dict[str, dict]:
    """All objects of a manifest, by kind, after all checks."""
    documents = list(yaml.safe_load_all(text))
    for document in documents:
        for version in VERSIONS:
            validate(document, version, strict=True)
        metadata = document["metadata"]
        assert DNS_LABEL.fullmatch(metadata["name"])
        assert "namespace" not in metadata
        described = [metadata]
        if "template" in document.get("spec", {}):
            described.append(document["spec"]["template"]["metadata"])
        for one in described:
            for key, value in one["labels"].items():
                assert QUALIFIED.fullmatch(key) and LABEL_VALUE.fullmatch(value)
            for key in one["annotations"]:
                assert QUALIFIED.fullmatch(key)
    objects = {document["kind"]: document for document in documents}
    assert len(objects) == len(documents)
    workload = objects.get("Deployment") or objects["Job"]
    labels = workload["spec"]["template"]["metadata"]["labels"]
    names = [one["name"] for one in containers(workload)]
    assert len(names) == len(set(names)) and all(DNS_LABEL.fullmatch(name) for name in names)
    for selector in (workload["spec"].get("selector", {}).get("matchLabels", {}),
                     objects.get("Service", {}).get("spec", {}).get("selector", {})):
        assert selector.items() <= labels.items()
    for ports in ([port for one in containers(workload) for port in one.get("ports", [])],
                  objects.get("Service", {}).get("spec", {}).get("ports", [])):
        assert all(PORT_NAME.fullmatch(port["name"]) for port in ports)
        assert len({port["name"] for port in ports}) == len(ports)
    return objects


class Manifests:
    """A component that is deployed once, and its manifest."""

    def __init__(self, server, client, **component):
        self.client = client
        self.shop = Shop.__new__(Shop)
        self.shop.client = client
        self.shop.component = client.put_component(**component)
        self.shop.project = client.catalog.GetComponent(
            api.GetComponentRequest(component_id=self.shop.component),
            timeout=10).component.project_id
        self.shop.organization = client.catalog.GetProject(
            api.GetProjectRequest(project_id=self.shop.project), timeout=10).project.organization_id
        self.environment = unique("env")
        client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id=self.environment, project_id=self.shop.project, name="Production 'eu' \U0001F600",
            gitops_path="clusters/eu west")), timeout=10)
        self.track = client.create(self.shop.component, "v1.0", branch="main").id
        self.repository = Repository(server.data / "gitops.git")

    def configure(self, **fields) -> None:
        self.client.tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
            component_id=self.shop.component, deployment_track_id=self.track, **fields), timeout=10)

    def save(self, images, **fields) -> str:
        return self.client.tracks.SaveDeploymentTrackImage(api.SaveDeploymentTrackImageRequest(
            organization_id=self.shop.organization, project_id=self.shop.project,
            component_id=self.shop.component, deployment_track_id=self.track, run_id=unique("run"),
            git_hash="ab" * 20, git_hash_commit_timestamp={"seconds": 1_700_000_000}, images=images,
            **fields), timeout=10).image.image_id

    def deploy(self, image: str, **fields):
        """Deploys. Returns the successful deployment, and the text of its manifest."""
        made = self.shop.deploy(self.track, self.environment, image, **fields)
        ended = self.shop.ended(self.track, made.id)
        assert ended.state == api.DEPLOYMENT_STATE_SUCCEEDED, ended.error
        return ended, self.repository.manifest(
            self.shop.component, self.track, self.environment, "clusters/eu west")


@pytest.fixture
def manifests(start_server, connect):
    server = start_server()
    client = connect(server.address)
    return lambda **component: Manifests(server, client, **component)


ONE_IMAGE = [api.ContainerImage(reference="registry.example/team/app:1.2")]


@pytest.mark.parametrize("type", ["SERVICE", "WEB_APP", "TASK", "API_PROXY"])
def test_every_type_of_component(manifests, type):
    one = manifests(type=type)
    ended, text = one.deploy(one.save(ONE_IMAGE, image_ports=[8080, 53]))
    objects = check(text)
    assert set(objects) == ({"Job"} if type == "TASK" else {"Deployment", "Service"})
    for document in objects.values():
        assert document["metadata"]["annotations"]["trackd/deployment"] == ended.id
        assert document["metadata"]["labels"]["trackd/component"] == one.shop.component
        assert document["metadata"]["labels"]["trackd/track"] == one.track


def test_everything_that_can_be_configured(manifests):
    one = manifests(type="SERVICE")
    types = [("rest", "REST"), ("graph", "GRAPHQL"), ("rpc", "GRPC"), ("tcp", "TCP"),
             ("udp", "UDP"), ("ws", "WS")]
    one.configure(
        endpoints=[api.Endpoint(
            name=f"e_{name}", display_name=HOSTILE[12], type=getattr(api, f"ENDPOINT_TYPE_{type}"),
            port=8080 + (number % 4), base_path="/v1" if name == "rest" else "",
            schema_file_path="api/openapi.yaml",
            network_visibilities=[api.NETWORK_VISIBILITY_PROJECT])
            for number, (name, type) in enumerate(types)],
        api_settings=api.ApiSettings(
            security_schemes=["OAUTH"], authorization_header="X-Auth",
            backend_jwt=api.BackendJwt(enable=True, audiences=["a\"b"]),
            cors=api.Cors(enable=True, allow_origins=["https://example.org"],
                          allow_methods=["GET"])),
        environment_variables=[
            api.EnvironmentVariable(name="SECRET", connection_ref=api.KeyReference(
                name="orders-db", key="PASSWORD")),
            api.EnvironmentVariable(name="GROUP", config_group_ref=api.KeyReference(
                name="flags", key="level")),
        ])
    image = one.save(
        [api.ContainerImage(name="app", reference="registry.example/app:1",
                            digest="sha256:" + "0a" * 32),
         api.ContainerImage(name="side_car", reference="registry.example/side:2")],
        image_ports=[8080, 9090], api_definition_path="api/openapi.yaml")
    ended, text = one.deploy(image)
    objects = check(text)
    assert set(objects) == {"Deployment", "Service", "ConfigMap"}
    app, side = containers(objects["Deployment"])
    assert app["image"] == "registry.example/app:1@sha256:" + "0a" * 32
    assert (side["image"] == "registry.example/side:2" and side["name"] == "side-car"
            and "ports" not in side)
    variables = {variable["name"]: variable for variable in app["env"]}
    assert variables["SECRET"]["valueFrom"]["secretKeyRef"] == {
        "name": "orders-db", "key": "PASSWORD"}
    assert variables["GROUP"]["valueFrom"]["configMapKeyRef"] == {"name": "flags", "key": "level"}
    ports = {(port["port"], port["protocol"]) for port in objects["Service"]["spec"]["ports"]}
    assert ports == {(8080, "TCP"), (8080, "UDP"), (8081, "TCP"), (8082, "TCP"), (8083, "TCP"),
                     (9090, "TCP")}
    annotations = objects["Deployment"]["metadata"]["annotations"]
    assert annotations["trackd/image"] == image
    assert annotations["trackd/config-revision"] == "1"
    assert annotations["trackd/api-definition-path"] == "api/openapi.yaml"
    endpoints = json.loads(objects["ConfigMap"]["data"]["endpoints.json"])
    assert [endpoint["name"] for endpoint in endpoints] == sorted(f"e_{name}" for name, _ in types)
    settings = json.loads(objects["ConfigMap"]["data"]["api-settings.json"])
    assert settings["backend_jwt"] == {"enable": True, "audiences": ["a\"b"]}


def test_texts_arrive_as_they_are(manifests):
    one = manifests(type="SERVICE")
    one.configure(environment_variables=[
        api.EnvironmentVariable(name=f"V{number}", value=value)
        for number, value in enumerate(HOSTILE)])
    _, text = one.deploy(one.save(ONE_IMAGE))
    objects = check(text)
    variables = {variable["name"]: variable
                 for variable in containers(objects["Deployment"])[0]["env"]}
    for number, value in enumerate(HOSTILE):
        assert expanded(variables[f"V{number}"]["value"]) == value


def test_a_rollback_is_what_was_there_but_for_the_id(manifests):
    one = manifests(type="SERVICE")
    one.configure(environment_variables=[api.EnvironmentVariable(name="LEVEL", value="1")])
    first, before = one.deploy(one.save(ONE_IMAGE))
    one.configure(environment_variables=[api.EnvironmentVariable(name="LEVEL", value="2")])
    _, between = one.deploy(one.save(
        [api.ContainerImage(reference="registry.example/team/app:1.3")]))
    made = one.shop.roll_back(one.track, one.environment, reason="broken")
    rollback = one.shop.ended(one.track, made.id)
    after = one.repository.manifest(one.shop.component, one.track, one.environment,
                                    "clusters/eu west")
    assert before != between != after
    assert after.replace(rollback.id, first.id) == before


def test_a_redeployed_task_is_a_new_job(manifests):
    one = manifests(type="TASK")
    image = one.save(ONE_IMAGE)
    names = {check(one.deploy(image)[1])["Job"]["metadata"]["name"] for _ in range(2)}
    assert len(names) == 2


@pytest.mark.parametrize("line, wrong", [
    ("        image:", "        imagee:"), ("kind: Deployment", "kind: Deploy"),
    ("port: 8080", "port: \"http\""), ("    trackd/track:", "    trackd//track:"),
])
def test_the_check_finds_what_is_wrong(manifests, line, wrong):
    one = manifests(type="SERVICE")
    _, text = one.deploy(one.save(ONE_IMAGE, image_ports=[8080]))
    assert line in text
    with pytest.raises((SchemaNotFoundError, ValidationError, AssertionError)):
        check(text.replace(line, wrong))
