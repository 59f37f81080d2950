"""trackctl configs: show, set, unset, history and diff; and the configuration of a deployment."""

import json
import uuid

import pytest

from support import trackctl
from support.line import Line
from support.stubs import api

OK, FAILED, USAGE, NOT_FOUND, REFUSED, UNAVAILABLE = range(6)


class Configs:
    def __init__(self, server, client, **fields):
        self.server, self.client, self.line = server.address, client, Line(client, **fields)

    def run(self, command: str, *words: str, code: int = OK, **options):
        ran = trackctl.run("configs", command, self.line.component, "v1.0", *words,
                           server=self.server, **options)
        assert ran.code == code, ran
        if code != OK:
            assert ran.out == "" and ran.err.startswith("trackctl: "), ran
        return ran

    def read(self, revision: int = 0):
        return self.client.tracks.GetDeploymentTrackConfigs(api.GetDeploymentTrackConfigsRequest(
            component_id=self.line.component, deployment_track_id=self.line.track,
            config_revision=revision), timeout=10)

    @property
    def values(self) -> dict[str, str]:
        return {one.name: one.value for one in self.read().configs.environment_variables}


@pytest.fixture
def configs(server, client):
    return Configs(server, client, environments=2)


def test_variables_are_set_shown_and_unset(configs):
    ran = configs.run("set", "LEVEL=debug", "EMPTY=", "EQUALS=a=b", "--connection",
                      "DB=orders-db/URL", "--config-group", "FLAG=flags/a_b", "--actor", "ann")
    assert ran.fields["config revision"] == "1" and ran.fields["LEVEL"] == "value debug"
    assert (ran.fields["DB"] == "connection orders-db/URL"
            and ran.fields["FLAG"] == "config group flags/a_b")
    assert configs.values == {"LEVEL": "debug", "EMPTY": "", "EQUALS": "a=b", "DB": "", "FLAG": ""}
    shown = configs.run("show")
    assert shown.fields["config revision"] == "1" and shown.fields["actor"] == "ann"
    assert shown.fields["track's etag"] == configs.read().etag
    for words in (["LEVEL", "value", "debug", "user"],
                  ["DB", "connection", "orders-db/URL", "user"]):
        assert any(all(word in line for word in words) for line in shown.out.splitlines()), shown
    assert configs.run(
        "show", "-o", "json").json["configs"]["environment_variables"][0]["name"] == "DB"
    ran = configs.run("unset", "LEVEL", "NOTHING")
    assert ran.fields["LEVEL"] == "(none)" and ran.fields["config revision"] == "2"
    assert set(configs.values) == {"EMPTY", "EQUALS", "DB", "FLAG"}
    assert ("LEVEL" in configs.run("show", "--revision", "1").out
            and "LEVEL" not in configs.run("show").out)


def test_settings_are_set_and_unset_one_by_one(configs, tmp_path):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"rate_limit_tier": "GOLD", "cors": {
        "enable": True, "allow_origins": ["*"]}}))
    assert configs.run("set", "--api-settings", str(file)).fields["cors.allow_origins"] == "*"
    file.write_text(json.dumps({"rate_limit_tier": "BRONZE", "security_schemes": ["OAUTH"]}))
    configs.run("set", "A=1", "--api-settings", str(file))
    settings = configs.read().configs.api_settings
    assert (settings.rate_limit_tier, list(settings.security_schemes),
            settings.cors.enable) == ("BRONZE", ["OAUTH"], True)
    shown = configs.run("show").out
    assert "cors.allow_origins" in shown and "BRONZE" in shown
    ran = configs.run("unset", "A", "--api-setting", "cors.allow_origins", "--api-setting",
                      "rate_limit_tier")
    assert ran.fields["rate_limit_tier"] == "(none)"
    settings = configs.read().configs.api_settings
    assert settings.cors.enable and not settings.cors.allow_origins and not settings.rate_limit_tier
    assert "INVALID_UPDATE_MASK" in configs.run("unset", "--api-setting", "nonsense",
                                                code=USAGE).err
    configs.run("set", "--api-settings", "-", stdin='{"authorization_header": "X-A"}')
    assert configs.read().configs.api_settings.authorization_header == "X-A"


@pytest.mark.parametrize("words", [
    ("set",), ("set", "LEVEL"), ("set", "=x"), ("set", "--connection", "A=b"),
    ("set", "--config-group", "b/c"), ("set", "--api-settings", "/nowhere"), ("unset",),
    ("show", "--revision", "0"), ("show", "--revision", "x"),
    ("show", "--revision", "1", "--deployment", "00000000"), ("diff", "x"), ("diff", "-1"),
    ("diff", "1", "2", "3"), ("diff", "1", "--environment", "dev"), ("set", "a-b=1"),
    ("set", "A=1", "A=2"), ("unset", "A", "A"),
])
def test_what_makes_no_sense_is_refused(configs, words):
    configs.run(*words, code=USAGE)
    assert configs.read().configs.config_revision == 0


def test_changes_are_guarded_checked_and_repeated(configs):
    etag, key = configs.read().etag, str(uuid.uuid4())
    configs.run("set", "A=1", "--validate-only")
    assert configs.values == {}
    for _ in range(2):
        configs.run("set", "A=1", "--etag", etag, "--request-id", key)
    assert configs.values == {"A": "1"} and configs.read().configs.config_revision == 1
    assert "ETAG_MISMATCH" in configs.run("set", "A=2", "--etag", etag, code=REFUSED).err
    assert "ETAG_MISMATCH" in configs.run("unset", "A", "--etag", etag, code=REFUSED).err


def test_history_says_who_changed_what(configs):
    configs.run("set", "A=1", "B=1", "--actor", "ann")
    configs.run("set", "A=2", "--actor", "bob")
    configs.run("unset", "B", "--actor", "eve")
    rows = configs.run("history", "-o", "wide").rows
    assert [(row[0], row[2], row[3]) for row in rows] == [
        ("3", "eve", "-environment_variables/B"), ("2", "bob", "~environment_variables/A"),
        ("1", "ann", "+environment_variables/A, +environment_variables/B")]
    assert len(configs.run("history", "--limit", "2").rows) == 2
    assert len(configs.run("history", "-o", "json").json["config_revisions"]) == 3


def changes(ran) -> list[str]:
    return ran.out.splitlines()[2:]


def test_diff_compares_any_two(configs):
    configs.run("set", "A=1", "B=1")
    configs.run("set", "A=2")
    configs.run("unset", "B")
    b_goes = "- environment_variables/B: value 1 (user)"
    a_changes = ["- environment_variables/A: value 1 (user)",
                 "+ environment_variables/A: value 2 (user)"]
    last = configs.run("diff")
    assert (last.out.splitlines()[:2] == ["--- config revision 2", "+++ config revision 3"]
            and changes(last) == [b_goes])
    assert changes(configs.run("diff", "1")) == a_changes + [b_goes]
    assert changes(configs.run("diff", "1", "2")) == a_changes
    assert changes(configs.run("diff", "2", "1")) == [
        "- environment_variables/A: value 2 (user)", "+ environment_variables/A: value 1 (user)"]
    assert changes(configs.run("diff", "3", "3")) == []
    assert len(changes(configs.run("diff", "0", "1"))) == 2
    compared = configs.run("diff", "1", "-o", "json").json
    assert (compared["from"]["config_revision"], compared["to"]["config_revision"]) == (1, 3)
    assert compared["changes"] == [
        {"action": "CONFIG_CHANGE_ACTION_UPDATED", "target": "environment_variables/A"},
        {"action": "CONFIG_CHANGE_ACTION_REMOVED", "target": "environment_variables/B"}]
    assert "CONFIG_REVISION_NOT_FOUND" in configs.run("diff", "7", code=NOT_FOUND).err
    assert "CONFIG_REVISION_NOT_FOUND" in configs.run("show", "--revision", "7", code=NOT_FOUND).err


def test_a_track_without_a_configuration(configs):
    assert configs.run("show").fields["config revision"] == "0"
    assert changes(configs.run("diff")) == [] and configs.run("history").rows == []


def test_deployments_show_what_they_have(configs):
    line = configs.line
    image = line.ci(1).image.image_id
    bare = line.run(image)
    configs.run("set", "A=1")
    deployed = line.run(image, api_settings=api.ApiSettings(rate_limit_tier="GOLD"))
    configs.run("set", "A=2", "B=1")
    shown = configs.run("show", "--deployment", deployed.id[:8])
    assert shown.fields["config revision"] == "1" and "GOLD" in shown.out
    assert configs.run("show", "--deployment", bare.id).fields["config revision"] == "0"
    one = trackctl.run("history", line.component, "v1.0", deployed.id, server=configs.server)
    assert (one.fields["config revision"] == "1"
            and "rate_limit_tier GOLD" in one.fields["its own api settings"])
    none = trackctl.run("history", line.component, "v1.0", bare.id, server=configs.server)
    assert none.fields["config revision"] == "(none)"
    # The changes that the next deployment would make there.
    waiting = configs.run("diff", "--environment", line.environments[0])
    assert changes(waiting) == [
        "- api_settings.rate_limit_tier: GOLD", "- environment_variables/A: value 1 (user)",
        "+ environment_variables/A: value 2 (user)", "+ environment_variables/B: value 1 (user)"]
    configs.run("diff", "--environment", line.environments[1], code=NOT_FOUND)


def test_a_track_shows_what_is_active_and_how_it_is_reached(start_server, connect):
    server = start_server()
    configs = Configs(server, connect(server.address), environments=2)
    line = configs.line

    def shown():
        ran = trackctl.run("tracks", "get", line.component, "v1.0", server=server.address)
        assert ran.code == OK, ran
        return ran.out
    assert "ADDRESS" not in shown()
    trackctl.run("tracks", "configure", line.component, "v1.0", "-", server=server.address,
                 stdin=json.dumps(
                     {"endpoints": [{"name": "api", "type": "ENDPOINT_TYPE_REST", "port": 8080}]}))
    deployment = line.run(line.ci(1).image.image_id)
    (active,) = configs.client.tracks.GetDeploymentTrack(api.GetDeploymentTrackRequest(
        component_id=line.component, deployment_track_id=line.track), timeout=10).active_deployments
    text = shown()
    assert active.endpoint_addresses[0].address in text and deployment.id[:8] in text
    assert (all(f"{one.kind}" in text and one.name in text for one in active.objects)
            and len(active.objects) == 3)


def test_what_is_secret_is_not_shown_nor_compared(start_server, connect, tmp_path):
    from support.source_repository import SourceRepository
    server = start_server("data", "--git-allow-file")
    repository = SourceRepository(tmp_path / "source")
    configs = Configs(server, connect(server.address), repository_url=repository.url)
    configs.run("set", "PASSWORD=hunter2")
    repository.commit({
        ".choreo/component.yaml": "schemaVersion: 1.2\nconfigurations:\n  env:\n    - name: PASSWORD\n"
        "      valueFrom: {configForm: {type: secret}}\n"})
    assert trackctl.run("apply", configs.line.component, "v1.0", server=server.address).code == OK
    for words in (["show"], ["show", "--revision", "1"], ["diff"], ["history"], ["set", "A=1"],
                  ["diff", "1", "-o", "json"]):
        ran = configs.run(*words)
        assert "hunter2" not in ran.out + ran.err, ran
    assert "PASSWORD" in configs.run("diff").err
