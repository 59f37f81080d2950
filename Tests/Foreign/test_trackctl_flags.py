"""Flags of trackctl whose effect only the server shows."""

import socket
import subprocess
import uuid

import pytest

from support import trackctl, waiting
from support.line import Line
from support.paths import trackctl_binary

OK, FAILED, USAGE, NOT_FOUND, REFUSED, UNAVAILABLE = range(6)


class Case:
    def __init__(self, server, client):
        self.server, self.client = server.address, client
        self.line = Line(client, environments=2)
        self.images = [self.line.ci(number).image.image_id for number in (1, 2)]

    def run(self, *words: str, code: int = OK):
        ran = trackctl.run(*words, server=self.server)
        assert ran.code == code, ran
        return ran

    def deployed(self, *words: str):
        """Runs a command about deployments of the track."""
        command, *rest = words
        return self.run(command, self.line.component, "v1.0", *rest, "-o",
                        "json").json["deployment"]

    def history(self) -> list:
        return self.line.history(self.line.track)


@pytest.fixture
def case(server, client):
    return Case(server, client)


@pytest.mark.parametrize("command", ["deploy", "rollback", "promote"])
def test_deploying_commands_pass_their_flags_on(case, command):
    first, second = case.line.environments
    ended = [case.line.run(image, 0).id for image in case.images]
    words = {"deploy": ["deploy", case.images[0], "--environment", second, "--bypass-reason",
                        "urgent"],
             "rollback": ["rollback", "--environment", first],
             "promote": ["promote", "--to", second]}[command]
    case.deployed(*words, "--validate-only")
    assert [one.id for one in case.history()] == ended
    ran = case.run(words[0], case.line.component, "v1.0", *words[1:], "--expect-current", ended[0],
                   code=REFUSED)
    assert "CURRENT_DEPLOYMENT_CHANGED" in ran.err
    key = str(uuid.uuid4())
    done = case.deployed(*words, "--reason", "why not", "--request-id", key)
    assert done["reason"] == "why not"
    assert done["bypass_reason"] == ("urgent" if command == "deploy" else "")
    # The same request again returns the same deployment.
    assert case.deployed(*words, "--reason", "why not", "--request-id", key)["id"] == done["id"]


@pytest.mark.parametrize("words, variables, actor", [
    (("--actor", " zoe "), {}, "zoe"), ((), {"USER": "bob "}, "bob"),
    ((), {"TRACKCTL_ACTOR": "\tann"}, "ann"), (("--actor", " "), {"USER": "bob"}, "")])
def test_a_name_is_what_is_between_the_blanks(case, words, variables, actor):
    ran = trackctl.run("deploy", case.line.component, "v1.0", case.images[0], "-o", "json", *words,
                       server=case.server, **variables)
    assert ran.code == OK and ran.json["deployment"]["actor"] == actor, ran


def test_an_image_that_is_only_checked_is_not_saved(case):
    words = ("images", "save", case.line.component, "v1.0", "--commit", "ab" * 20, "--commit-time",
             "2026-01-31T09:30:00Z", "--image", "registry.example/app:1")
    count = len(case.line.listed())
    case.run(*words, "--run", "one", "--validate-only")
    assert len(case.line.listed()) == count
    key = str(uuid.uuid4())
    saved = [
        case.run(*words, "--run", "one", "--request-id", key, "-o",
                 "json").json["image"]["image_id"]
        for _ in range(2)]
    assert saved[0] == saved[1] and len(case.line.listed()) == count + 1
    case.run(*words, "--run", "two", "--port", "2147483648", code=USAGE)
    case.run(*words, "--run", "two", "--port", "x", code=USAGE)


def test_tracks_that_are_only_checked_stay_as_they_are(case):
    component = case.line.component
    case.run("tracks", "create", component, "v1.1", "--validate-only")
    assert [one.api_version for one in case.client.list(component)] == ["v1.0"]
    made = case.run("tracks", "create", component, "v1.1", "--id", "named", "--auto-deploy",
                    "--branch", "100%", "-o", "json")
    track = made.json["deployment_track"]
    assert (track["id"], track["auto_deploy_enabled"], track["branch"]) == ("named", True, "100%")
    case.run("tracks", "update", component, "named", "--description", "x", "--validate-only")
    assert case.client.get(component, "named").description == ""
    case.run("tracks", "delete", component, "named", "--etag", '"0"', code=REFUSED)
    case.run("tracks", "delete", component, "named", "--validate-only")
    assert case.client.get(component, "named").id == "named"
    case.run("tracks", "delete", component, "named", "--etag",
             case.client.get(component, "named").etag)
    assert len(case.client.list(component)) == 1


def test_a_track_that_is_deployed_is_deleted_by_force_alone(case):
    case.client.create(case.line.component, "v1.1")
    case.line.run(case.images[0], 0)
    case.run("tracks", "delete", case.line.component, "v1.0", code=REFUSED)
    case.run("tracks", "delete", case.line.component, "v1.0", "--force")


def test_a_watch_of_changes_leaves_out_what_there_is(case):
    watching = subprocess.Popen([str(trackctl_binary()), "watch", case.line.component, "--changes",
                                 "--server", case.server],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=trackctl.environment())
    try:
        # Changes the track until the watch shows a change: only then has the watch begun.
        seen = []
        for number in range(200):
            case.line.update(case.line.track, description=str(number))
            if waiting.is_readable(watching.stdout, 0.1):
                seen.append(watching.stdout.readline())
                break
        assert seen and " updated track " in seen[0]
    finally:
        watching.kill()
        watching.communicate()


def test_a_watch_of_a_server_that_was_never_there_ends():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        ran = trackctl.run("watch", "x", "--server", address)
    assert ran.code == UNAVAILABLE and ran.out == "", ran
