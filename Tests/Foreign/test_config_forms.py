"""Forms of source configs: required values, secrets, numbers and booleans."""

import pytest

from support.errors import refused
from support.line import Line
from support.stubs import api

COMPONENT = ".choreo/component.yaml"
FORMS = """\
schemaVersion: 1.2
configurations:
  env:
    - name: PASSWORD
      valueFrom: {configForm: {displayName: Password, type: secret}}
    - name: SIZE
      valueFrom: {configForm: {type: number, required: false}}
    - name: TRACE
      valueFrom: {configForm: {type: boolean, required: false}}
"""


@pytest.fixture
def line(git_client, repository):
    """A component that is built from the test's repository."""
    return Line(git_client, repository_url=repository.url)


def apply(line):
    return line.client.tracks.ApplyComponentConfig(api.ApplyComponentConfigRequest(
        component_id=line.component, deployment_track_id=line.track), timeout=10)


def configure(line, **variables):
    """Sets all variables of users: a text is a value, a pair is the name and the key of a
    connection."""
    request = api.UpdateDeploymentTrackConfigsRequest(component_id=line.component,
                                                      deployment_track_id=line.track)
    for name, value in variables.items():
        if isinstance(value, str):
            request.environment_variables.add(name=name, value=value)
        else:
            request.environment_variables.add(name=name, connection_ref={
                "name": value[0], "key": value[1]})
    return line.client.tracks.UpdateDeploymentTrackConfigs(request, timeout=10)


def deploy(line, image, **fields):
    """Deploys. Returns the response."""
    return line.client.tracks.DeployDeploymentTrack(api.DeployDeploymentTrackRequest(
        component_id=line.component, deployment_track_id=line.track, image_id=image,
        **fields), timeout=10)


def test_a_required_form_without_a_value_holds_up_deployments(line, repository):
    repository.commit({COMPONENT: FORMS})
    assert any("PASSWORD" in warning for warning in apply(line).warnings)
    image = line.ci(1).image.image_id
    with refused("FAILED_PRECONDITION", "CONFIG_INCOMPLETE") as refusal:
        deploy(line, image)
    assert refusal.metadata["environment_variables"] == "PASSWORD"
    line.update(line.track, auto_deploy_enabled=True)
    saved = line.ci(2)
    assert saved.auto_deploy == api.AUTO_DEPLOY_DECISION_REFUSED
    assert (saved.auto_deploy_reason == "CONFIG_INCOMPLETE"
            and "PASSWORD" in saved.auto_deploy_message)
    # A caller may give a reason; a rollback to it needs none.
    for number in (image, saved.image.image_id):
        bypassed = deploy(line, number, bypass_reason="a demo")
        assert any("PASSWORD" in warning for warning in bypassed.warnings)
        assert line.succeeded(bypassed.deployment).bypass_reason == "a demo"
    back = line.client.tracks.RollBackDeploymentTrack(api.RollBackDeploymentTrackRequest(
        component_id=line.component, deployment_track_id=line.track), timeout=10)
    assert (any("PASSWORD" in warning for warning in back.warnings)
            and not back.deployment.bypass_reason)
    line.succeeded(back.deployment)
    assert not configure(line, PASSWORD=("vault", "password")).warnings
    complete = deploy(line, image)
    assert not complete.warnings
    line.succeeded(complete.deployment)


def test_a_secret_takes_no_plain_value(line, repository):
    repository.commit({COMPONENT: FORMS})
    apply(line)
    for text in ("hunter2", "********", ""):
        with refused("INVALID_ARGUMENT", "INVALID_ENVIRONMENT_VARIABLE",
                     field="environment_variables[1].value"):
            configure(line, OTHER="x", PASSWORD=text)


def test_a_plain_secret_of_before_is_masked_and_told(line, repository):
    configure(line, PASSWORD="hunter2", OTHER="x")
    repository.commit({COMPONENT: FORMS})
    image = line.ci(1).image.image_id
    answers = [apply(line), configure(line, PASSWORD="********", OTHER="y"), deploy(line, image)]
    for answer in answers:
        assert any("PASSWORD" in warning for warning in answer.warnings)
        assert "hunter2" not in str(answer)
    values = {one.name: one.value for one in answers[1].configs.environment_variables if one.origin
              == api.ENDPOINT_ORIGIN_USER}
    assert values == {"PASSWORD": "********", "OTHER": "y"}
    line.succeeded(answers[2].deployment)


@pytest.mark.parametrize("name, good, bad", [
    ("SIZE", ("0", "-1.5", "2e3"), ("", "many", "01", "+1", "0x1")),
    ("TRACE", ("true", "false"), ("", "True", "yes", "1")),
])
def test_numbers_and_booleans_are_checked(line, repository, name, good, bad):
    repository.commit({COMPONENT: FORMS})
    apply(line)
    for text in good:
        configure(line, **{name: text})
    for text in bad:
        with refused("INVALID_ARGUMENT", "INVALID_ENVIRONMENT_VARIABLE",
                     field="environment_variables[0].value"):
            configure(line, **{name: text})


def test_automatic_builds_stay_on_while_a_track_deploys_by_itself(client):
    line = Line(client, tracks=2)
    line.update(line.tracks[0], auto_deploy_enabled=True)
    with refused("FAILED_PRECONDITION", "AUTO_DEPLOY_ENABLED") as refusal:
        line.put(default_pipeline_id=line.pipeline, auto_build_on_commit=False)
    assert refusal.metadata["deployment_track"] == line.tracks[0]
    line.update(line.tracks[0], auto_deploy_enabled=False)
    line.put(default_pipeline_id=line.pipeline, auto_build_on_commit=False)
    with refused("FAILED_PRECONDITION", "AUTO_BUILD_DISABLED"):
        line.update(line.tracks[0], auto_deploy_enabled=True)
