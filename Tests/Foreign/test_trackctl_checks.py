"""--validate-only: every command that has it prints its would-be effect, claims nothing, and
changes nothing."""

import json
import re
import uuid

import pytest

from support import trackctl
from support.client import unique
from support.line import Line, closed_address
from support.source_repository import SourceRepository

OK, FAILED, USAGE, NOT_FOUND, REFUSED, UNAVAILABLE = range(6)
#: Words that claim an effect. `would be added` is no claim, nor is the name of a field.
CLAIM = re.compile(
    r"\b(?:creat|delet|chang|sav|cancell|updat|add|remov|appli|accept|queu|start|resum|deploy|publish|stor)ed\b"
    r"|\bgoes\b|\bcomes\b|\bsucceeded\b|\bin progress\b|\bdone\b|\brolled back\b|\bsent\b")
CONDITIONAL = re.compile(
    r"\bwould(?: be)? \w+|nothing is changed|^(?:created|created by|updated)  .*$", re.MULTILINE)


def claims(text: str) -> list[str]:
    return CLAIM.findall(CONDITIONAL.sub("", text))


def commands() -> dict[str, str]:
    """The help of every command that has the flag."""
    overview = trackctl.run("--help").out
    table = overview[overview.index("Commands"):overview.index("Options of")]
    names = re.findall(r"^  (\S+(?: \S+)?)(?:  |$)", table, re.MULTILINE)
    texts = {name: trackctl.run("help", *name.split()).out for name in names}
    return {name: text for name, text in texts.items() if "--validate-only" in text}


class World:
    """A component on which every command can work."""

    def __init__(self, server, client, folder):
        self.server = server.address
        repository = SourceRepository(folder / "source")
        repository.commit({".choreo/component.yaml": "schemaVersion: \"1.2\"\nendpoints:\n"
                           "  - name: api\n    service:\n      port: 8080\n    type: REST\n"})
        self.line = Line(client, environments=2, tracks=2, repository_url=repository.url)
        self.component = self.line.component
        self.line.update(self.line.track, branch="main")
        for number in (1, 2, 3):
            self.line.run(self.line.ci(number).image.image_id)
        # Auto-deploy is on hold, and another rollback is possible.
        self.line.undo()
        broken = self.line.put_environment(
            unique("env"), gitops_repository_url=f"https://{closed_address()}/x.git",
            gitops_branch="main")
        self.waiting = self.line.deploy(self.line.track, broken, self.line.ci(4).image.image_id).id
        self.lonely = self.line.put_environment(unique("env"))
        self.configs = folder / "configs.json"
        self.configs.write_text(json.dumps({"endpoints": [{
            "name": "x", "type": "ENDPOINT_TYPE_REST", "port": 9090}]}))

    def run(self, *words):
        return trackctl.run(*words, server=self.server, TRACKCTL_ACTOR="ann")

    def state(self) -> list:
        """The state that commands could have changed."""
        asked = [["tracks", "list", self.component],
                 ["images", "list", self.component, "v1.0", "--all"],
                 ["history", self.component, "v1.0"],
                 ["catalog", "get", "component", self.component],
                 ["catalog", "list", "environments", self.line.project],
                 ["catalog", "list", "pipelines", self.line.project],
                 ["configs", "show", self.component, "v1.0"]]
        found = [self.run(*words, "-o", "json").json for words in asked]
        for deployment in found[2]["deployments"]:
            # The waiting deployment is tried again and again.
            for name in ("attempts", "last_error", "next_attempt_at", "state", "started_at"):
                deployment.pop(name, None)
        return found


@pytest.fixture(scope="module")
def world(git_server, git_client, tmp_path_factory):
    return World(git_server, git_client, tmp_path_factory.mktemp("checks"))


def cases(world) -> dict[str, list[list[str]]]:
    """Command lines of each command that has the flag; all of them would succeed."""
    track = [world.component, "v1.0"]
    return {
        "tracks create": [[world.component, "v7.7", "--branch", "main"],
                          [world.component, "v7.7", "--id", "mine"]],
        "tracks update": [[*track, "--description", "other"]],
        "tracks configure": [[*track, str(world.configs)]],
        "tracks delete": [[world.component, world.line.tracks[1]]],
        "configs set": [[*track, "LEVEL=debug"]],
        "configs unset": [[*track, "LEVEL"]],
        "images save": [[*track, "--run", "r", "--commit", "ab" * 20, "--commit-time",
                         "2026-01-31T09:30:00Z", "--image", "registry.example/app:1"]],
        "deploy": [[*track, "@newest"], [*track, "@newest", "--no-wait"]],
        "promote": [track],
        "rollback": [track],
        "cancel": [[*track, world.waiting]],
        "resume": [[*track, world.line.environments[0]], [*track, world.line.environments[1]]],
        "apply": [track],
        "catalog put": [
            ["component", world.component, "--image", "other"], ["component", world.component],
            ["environment", unique("env"), "--project", world.line.project],
            ["environment", world.line.environments[0], "--name", "other"]],
        "catalog delete": [["environment", world.lonely]],
    }


@pytest.mark.parametrize("command", sorted(commands()))
def test_what_is_only_checked_is_told_in_the_conditional(world, command):
    assert command in cases(world), f"'{command}' has --validate-only, and no case here"
    before = world.state()
    for words in cases(world)[command]:
        shown = world.run(*command.split(), *words, "--validate-only")
        assert shown.code == OK, shown
        assert (shown.out.startswith("would ")
                and "nothing is changed" in shown.out.splitlines()[0]), shown
        assert not claims(shown.out) and not claims(shown.err), (
            (claims(shown.out), claims(shown.err), shown))
        as_json = world.run(*command.split(), *words, "--validate-only", "-o", "json",
                            "--request-id", str(uuid.uuid4()))
        assert as_json.code == OK and isinstance(as_json.json, dict), as_json
        assert "--validate-only: nothing is changed\n" in as_json.err and not claims(as_json.err), (
            as_json)
        assert world.state() == before


def test_the_words_that_are_looked_for_are_those_of_what_is_done(world):
    """Without the flag, the messages count as claims."""
    for words in (["resume", world.component, "v1.0", world.line.environments[0]],
                  ["catalog", "delete", "environment", world.lonely],
                  ["deploy", world.component, "v1.0", "@newest"],
                  ["rollback", world.component, "v1.0"],
                  ["tracks", "delete", world.component, world.line.tracks[1]]):
        ran = world.run(*words)
        assert ran.code == OK and claims(ran.out + ran.err), ran


def test_every_command_that_changes_something_can_be_checked():
    assert set(commands()) >= {"tracks create", "tracks update", "tracks configure",
                               "tracks delete", "images save", "deploy", "promote", "rollback",
                               "cancel", "resume", "apply", "catalog put", "catalog delete"}
