"""GetDeploymentTrack shows the active deployment of each environment, its objects and its
addresses."""

import pytest
import yaml

from support.gitops import Repository
from support.line import Line
from support.services import Services
from support.stubs import api

pytestmark = pytest.mark.store

ENDPOINTS = [
    api.Endpoint(name="api", type=api.ENDPOINT_TYPE_REST, port=8080),
    api.Endpoint(name="feed", type=api.ENDPOINT_TYPE_UDP, port=9090,
                 network_visibilities=[api.NETWORK_VISIBILITY_PROJECT]),
]


@pytest.fixture
def own(start_server, connect):
    """Makes lines on a server of its own, whose repository the test can read."""
    server = start_server()
    client = connect(server.address)

    def make(**fields):
        line = Line(client, **fields)
        line.repository = Repository(server.data / "gitops.git")
        return line
    return make


def active(line, track=None):
    return line.client.tracks.GetDeploymentTrack(api.GetDeploymentTrackRequest(
        component_id=line.component,
        deployment_track_id=track or line.track), timeout=10).active_deployments


def configure(line, **fields):
    line.client.tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
        component_id=line.component, deployment_track_id=line.track, **fields), timeout=10)


def written(line, environment):
    """The kinds and names of an environment's objects in the repository, and the ports of its
    service."""
    documents = list(yaml.safe_load_all(line.repository.manifest(
        line.component, line.track, environment)))
    ports = {port["port"] for one in documents if one["kind"] == "Service"
             for port in one["spec"]["ports"]}
    return [(one["kind"], one["metadata"]["name"]) for one in documents], ports


def told(one):
    return [(thing.kind, thing.name) for thing in one.objects]


@pytest.mark.parametrize("type, kinds", [
    ("SERVICE", ["Deployment", "Service", "ConfigMap"]),
    ("WEB_APP", ["Deployment", "Service", "ConfigMap"]),
    ("API_PROXY", ["Deployment", "Service", "ConfigMap"]), ("TASK", ["Job", "ConfigMap"]),
])
def test_the_names_are_those_of_the_manifest(start_server, connect, type, kinds):
    server = start_server()
    client = connect(server.address)
    line = Line(client, tracks=0)
    line.put(type=type, default_pipeline_id=line.pipeline)
    line.tracks = [client.create(line.component, "v1.0", branch="main").id]
    line.repository = Repository(server.data / "gitops.git")
    assert not active(line)
    configure(line, endpoints=ENDPOINTS)
    deployment = line.run(line.ci(1).image.image_id)
    (one,) = active(line)
    assert one.deployment == deployment
    objects, ports = written(line, line.environments[0])
    assert told(one) == objects and [kind for kind, _ in objects] == kinds
    if type == "TASK":
        assert not one.endpoint_addresses
    else:
        service = dict(objects)["Service"]
        assert [(each.endpoint, each.address) for each in one.endpoint_addresses] == [
            ("api", f"{service}:8080"), ("feed", f"{service}:9090")]
        assert ports == {8080, 9090}


def test_each_environment_has_what_was_deployed_there(own):
    line = own()
    first = line.run(line.ci(1).image.image_id)
    (one,) = active(line)
    assert (told(one) == written(line, line.environments[0])[0]
            and [kind for kind, _ in told(one)] == ["Deployment"])
    assert not one.endpoint_addresses
    configure(line, endpoints=ENDPOINTS[:1])
    # A new configuration is not active before it is deployed.
    assert list(active(line)) == [one]
    line.run(first.image_id)
    promoted = line.run(first.image_id, 1)
    configure(line, endpoints=[api.Endpoint(name="other", type=api.ENDPOINT_TYPE_REST, port=7070)])
    image = line.ci(2, image_ports=[6060]).image.image_id
    changed = line.run(image, 0)
    found = {each.deployment.environment_id: each for each in active(line)}
    assert list(found) == sorted(line.environments)
    assert found[line.environments[0]].deployment.id == changed.id
    assert found[line.environments[1]].deployment.id == promoted.id
    assert [each.endpoint for each in found[line.environments[0]].endpoint_addresses] == ["other"]
    assert [each.endpoint for each in found[line.environments[1]].endpoint_addresses] == ["api"]
    for environment, each in found.items():
        assert told(each) == written(line, environment)[0]


def test_settings_of_one_deployment_alone_count(own):
    line = own(environments=1)
    line.run(line.ci(1).image.image_id, api_settings=api.ApiSettings(rate_limit_tier="GOLD"))
    (one,) = active(line)
    assert told(one) == written(line, line.environments[0])[0] and "ConfigMap" in dict(told(one))


def test_what_failed_is_not_active(own):
    line = own(environments=1)
    good = line.run(line.ci(1).image.image_id)
    line.put_environment(line.environments[0], gitops_repository_url="/nowhere.git")
    bad = line.deploy(line.track, line.environments[0], line.ci(2).image.image_id)
    assert line.ended(line.track, bad.id).state == api.DEPLOYMENT_STATE_FAILED
    (one,) = active(line)
    assert one.deployment.id == good.id and one.objects


def test_active_deployments_are_no_part_of_the_track(own):
    line = own(environments=1)
    before = line.client.get(line.component, line.track)
    line.run(line.ci(1).image.image_id)
    assert line.client.get(line.component, line.track) == before
    assert line.client.list(line.component) == [before]


def test_other_deployers_name_things_themselves(start_server, connect):
    services = Services()
    try:
        line = Line(connect(start_server("data", *services.flags("--deployer")).address),
                    environments=1)
        configure(line, endpoints=ENDPOINTS)
        deployment = line.run(line.ci(1).image.image_id)
        (one,) = active(line)
        assert one.deployment == deployment and not one.objects and not one.endpoint_addresses
    finally:
        services.stop()
