"""trackctl on a deployment that is tried again: the attempts so far, the reason, and the time of
the next one."""

import re
import subprocess
import time

import pytest

from support import trackctl
from support.line import Line
from support.paths import trackctl_binary

OK, FAILED = range(2)
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


class Case:
    """A component whose environment has a GitOps repository that refuses connections."""

    def __init__(self, server, client):
        self.server = server.address
        self.line = Line(client, environments=1, stuck=True)
        self.image = self.line.ci(1).image.image_id

    def run(self, command: str, *words: str, code: int = OK) -> trackctl.Ran:
        ran = trackctl.run(command, self.line.component, "v1.0", *words, server=self.server)
        assert ran.code == code, ran
        return ran

    def get(self, deployment: str):
        return self.line.get(self.line.track, deployment)

    def while_it_waits(self, deployment: str,
                       *commands: tuple[str, ...]) -> tuple[object, list[trackctl.Ran]]:
        """The deployment between two attempts, and the output of commands at that time."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            before = self.get(deployment)
            if not before.HasField("next_attempt_at") or before.attempts < 2:
                time.sleep(0.02)
                continue
            said = [self.run(*command) for command in commands]
            if self.get(deployment) == before:
                return before, said
        raise AssertionError(f"it does not wait: {before}")


def start(start_server, connect, attempts: int) -> Case:
    server = start_server("data", "--step-attempts", str(attempts))
    return Case(server, connect(server.address))


def seconds_of(timestamp) -> str:
    return timestamp.ToDatetime().strftime("%Y-%m-%dT%H:%M:%SZ")


def test_the_history_tells_why_a_deployment_waits_and_until_when(start_server, connect):
    case = start(start_server, connect, 6)
    accepted = case.run("deploy", case.image, "--no-wait", "-o", "json").json["deployment"]["id"]
    one, (table, shown, listed, got) = case.while_it_waits(
        accepted, ("history", "-o", "wide"), ("history", accepted), ("history", "-o", "json"),
        ("history", accepted, "-o", "json"))
    assert one.last_error and not one.error
    fields = shown.fields
    assert fields["state"] == "in progress" and "error" not in fields and "ended" not in fields
    assert fields["failed attempts"] == str(one.attempts)
    assert fields["last error"] == one.last_error
    assert fields["next attempt"] == seconds_of(one.next_attempt_at)
    note = table.rows[0][-1]
    assert note.startswith(
        f"attempt {one.attempts} failed, again at {seconds_of(one.next_attempt_at)}: "), note
    assert note[-20:].rstrip(".") in one.last_error
    for json in (got.json["deployment"], listed.json["deployments"][0]):
        assert (json["attempts"], json["last_error"], json["error"]) == (one.attempts,
                                                                         one.last_error, "")
        assert json["next_attempt_at"] == one.next_attempt_at.ToJsonString()


def test_a_watch_tells_of_every_attempt(start_server, connect):
    case = start(start_server, connect, 6)
    watching = subprocess.Popen(
        [str(trackctl_binary()), "watch", case.line.component, "--server", case.server],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=trackctl.environment())
    try:
        accepted = case.run("deploy", case.image, "--no-wait", "-o",
                            "json").json["deployment"]["id"]
        lines = (line for line in watching.stdout if f" deployment {accepted} " in line)
        for attempt in (1, 2):
            told = re.compile(
                rf"deploy, in progress \(attempt {attempt} failed, again at {TIME}: \S.*\)")
            assert any(told.search(line) for line in lines), f"attempt {attempt} is not told"
    finally:
        watching.kill()
        watching.communicate()


@pytest.mark.parametrize("flags", [[], ["-o", "json"]])
def test_deploying_tells_of_every_attempt_and_then_of_the_failure(start_server, connect, flags):
    case = start(start_server, connect, 3)
    ran = case.run("deploy", case.image, *flags, code=FAILED)
    (one,) = case.line.history(case.line.track)
    assert one.error and not one.last_error and not one.HasField("next_attempt_at")
    first, *_, last = [line.split(": ", 1)[1] for line in ran.err.splitlines()]
    assert first == "queued" and last == f"failed: {one.error}"
    for attempt in (1, 2):
        assert re.search(rf"in progress \(attempt {attempt} failed, again at {TIME}: \S",
                         ran.err), ran.err
    if flags:
        json = ran.json["deployment"]
        assert (json["state"], json["error"]) == ("DEPLOYMENT_STATE_FAILED", one.error)
        assert ((json["attempts"], json["last_error"]) == (one.attempts, "")
                and "next_attempt_at" not in json)
    else:
        assert (ran.fields["state"], ran.fields["error"]) == ("failed", one.error)
        assert "last error" not in ran.fields and "next attempt" not in ran.fields
