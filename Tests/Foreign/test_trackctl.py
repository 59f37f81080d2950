"""trackctl against a real server: the output and the exit status of each command."""

import json
import pathlib
import re
import shutil
import subprocess
import uuid

import pytest

from support import trackctl
from support.client import unique
from support.paths import trackctl_binary
from support.stubs import api

OK, FAILED, USAGE, NOT_FOUND, REFUSED, UNAVAILABLE = range(6)
COMMITS = ["%040x" % number for number in range(1, 10)]


class Shop:
    """A component with two environments in a pipeline, made by trackctl."""

    def __init__(self, server):
        self.server = server.address
        self.organization, self.project, self.component = (
            unique("org"), unique("prj"), unique("cmp"))
        self.development, self.production, self.pipeline = (
            unique("dev"), unique("prod"), unique("pipe"))
        self.ok("catalog", "put", "organization", self.organization, "--tier", "paid")
        self.ok("catalog", "put", "project", self.project, "--organization", self.organization)
        for environment in (self.development, self.production):
            self.ok("catalog", "put", "environment", environment, "--project", self.project)
        self.ok("catalog", "put", "pipeline", self.pipeline, "--project", self.project,
                "--environment", self.development, "--environment", self.production)
        self.ok("catalog", "put", "component", self.component, "--project", self.project, "--type",
                "service", "--pipeline", self.pipeline, "--auto-build", "on")

    def run(self, *words, **options):
        return trackctl.run(*words, server=self.server, **options)

    def ok(self, *words, **options):
        ran = self.run(*words, **options)
        assert ran.code == OK, ran
        return ran

    def refused(self, code, *words, **options):
        ran = self.run(*words, **options)
        assert ran.code == code, ran
        assert ran.out == "" and ran.err.startswith("trackctl: "), ran
        return ran

    def track(self, version="v1.0", *flags):
        return self.ok("tracks", "create", self.component, version, "--branch", "main",
                       *flags).fields["track"]

    def save(self, commit=0, *flags, track="v1.0"):
        return self.ok(
            "images", "save", self.component, track, "--run", str(uuid.uuid4()), "--commit",
            COMMITS[commit], "--commit-time", f"2026-01-31T09:3{commit}:00Z", "--image",
            f"registry.example/app@sha256:{commit:064x}", *flags)


@pytest.fixture
def shop(server):
    return Shop(server)


# Tracks.

def test_tracks(shop):
    shop.ok("tracks", "create", shop.component, "v1.9", "--branch", "feature/a b%", "--actor",
            "ann")
    track = shop.ok("tracks", "get", shop.component, "v1.9").fields
    assert (track["branch"] == "feature/a b%" and track["created by"] == "ann"
            and track["latest"] == "yes")
    shop.ok("tracks", "create", shop.component, "v1.10", "--description", "ten",
            TRACKCTL_ACTOR="bob")
    rows = shop.ok("tracks", "list", shop.component).rows
    assert [row[0] for row in rows] == ["v1.10*", "v1.9"]
    latest = shop.ok("tracks", "get", shop.component, "@latest", "-o",
                     "json").json["deployment_track"]
    assert (latest["apiVersion"] == "v1.10" and latest["created_by"] == "bob"
            and latest["latest"] is True)
    assert shop.ok("tracks", "get", shop.component, latest["id"]).fields["version"] == "v1.10"
    listed = shop.ok("tracks", "list", shop.component, "--filter", "api_version = v1.9", "-o",
                     "json").json
    assert [t["apiVersion"] for t in listed["deployment_tracks"]] == ["v1.9"]
    assert len(shop.ok("tracks", "list", shop.component, "--limit", "1").rows) == 1
    shop.ok("tracks", "update", shop.component, "v1.10", "--branch", "main", "--auto-deploy", "on")
    unlinked = shop.ok("tracks", "update", shop.component, "v1.10", "--unlink", "--description",
                       "").fields
    assert unlinked["branch"] == "(none: unlinked)" and unlinked["auto-deploy"] == "off"
    assert "description" not in unlinked
    assert "the latest track is" in shop.ok("tracks", "delete", shop.component, "v1.10").out
    assert len(shop.ok("tracks", "list", shop.component).rows) == 1


def test_tracks_configure_from_a_file_or_stdin(shop, tmp_path):
    shop.track()
    file = tmp_path / "configs.json"
    file.write_text(json.dumps({"endpoints": [{"name": "api", "type": "ENDPOINT_TYPE_REST",
                                               "port": 8080}]}))
    out = shop.ok("tracks", "configure", shop.component, "v1.0", str(file)).out
    assert "ENDPOINT" in out and "8080" in out
    shop.ok("tracks", "configure", shop.component, "v1.0", "-", stdin='{"endpoints": []}')
    assert "ENDPOINT" not in shop.ok("tracks", "get", shop.component, "v1.0").out


# Images and deployments.

def test_a_rollback_says_what_goes_and_comes_and_asks_after_a_failed_deployment(shop, client):
    def at(url):
        client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id=shop.development, project_id=shop.project, gitops_repository_url=url)), timeout=10)
    shop.track()
    deployed = []
    for commit in range(3):
        shop.save(commit)
        if commit == 2:
            at("/nowhere.git")
            assert shop.run("deploy", shop.component, "v1.0", "@newest").code == FAILED
            at("")
        else:
            deployed.append(shop.ok("deploy", shop.component, "v1.0", "@newest").fields)
    first, second = deployed

    def check(ran, code, *, goes="goes", comes="comes"):
        assert ran.code == code, ran
        old, new = (f"image {one['image'][:8]}, deployment {one['deployment'][:8]}"
                    for one in (second, first))
        assert f"{goes}: {old}" in ran.err and f"{comes}: {new}" in ran.err, ran
        return ran
    words = ("rollback", shop.component, "v1.0")
    asked = check(shop.run(*words), REFUSED)
    assert ("failed, and nothing of it is active" in asked.err and "--yes" in asked.err
            and asked.out == "")
    for answer in ("n", "", "never"):
        assert "[y/N]" in check(trackctl.run_at_terminal(*words, answer=answer, server=shop.server),
                                REFUSED).err
    assert len(shop.ok("history", shop.component, "v1.0").rows) == 3
    # A check undoes nothing, and does not ask the user.
    check(shop.run(*words, "--validate-only"), OK, goes="would go", comes="would come")
    back = check(trackctl.run_at_terminal(*words, answer="y", server=shop.server), OK).fields
    assert back["rolls back"] == second["deployment"] and back["restores"] == first["deployment"]
    assert back["holds auto-deploy"] == "yes"


def test_a_rollback_does_not_ask_with_yes_nor_when_nothing_failed(shop, client):
    def at(url):
        client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id=shop.development, project_id=shop.project, gitops_repository_url=url)), timeout=10)
    shop.track()
    for commit in range(3):
        shop.save(commit)
        shop.ok("deploy", shop.component, "v1.0", "@newest")
    request = ("rollback", shop.component, "v1.0", "--request-id", str(uuid.uuid4()))
    assert shop.ok(*request).fields == shop.ok(*request).fields, "the second one is a retry"
    at("/nowhere.git")
    assert shop.run("deploy", shop.component, "v1.0", "@newest").code == FAILED
    at("")
    oldest = shop.ok("images", "list", shop.component, "v1.0").rows[-1][0]
    assert shop.ok("rollback", shop.component, "v1.0", "--yes").fields["image"].startswith(oldest)


def test_a_release_goes_through_the_pipeline_and_back(shop):
    shop.track()
    assert shop.save(0).fields["auto-deploy"] == "disabled"
    shop.save(1)
    rows = shop.ok("images", "list", shop.component, "v1.0").rows
    assert [row[1] for row in rows] == [COMMITS[1][:8], COMMITS[0][:8]]

    first = shop.ok("deploy", shop.component, "v1.0", COMMITS[0], "--reason", "first", "--actor",
                    "ann")
    assert first.fields["state"] == "succeeded" and first.fields["environment"] == shop.development
    assert first.fields["actor"] == "ann" and first.fields["reason"] == "first"
    assert "succeeded" in first.err.splitlines()[-1] and "queued" in first.err.splitlines()[0]

    promoted = shop.ok("promote", shop.component, "v1.0")
    assert promoted.fields["environment"] == shop.production
    assert promoted.fields["image"] == first.fields["image"]
    shop.ok("deploy", shop.component, "v1.0", "@newest")
    again = shop.ok("promote", shop.component, "v1.0", "--to", shop.production, "-o",
                    "json").json["deployment"]
    assert (again["state"] == "DEPLOYMENT_STATE_SUCCEEDED"
            and again["environment_id"] == shop.production)
    shop.refused(NOT_FOUND, "promote", shop.component, "v1.0")
    shop.refused(USAGE, "promote", shop.component, "v1.0", "--to", shop.development)

    back = shop.ok("rollback", shop.component, "v1.0", "--environment", shop.production, "--reason",
                   "errors")
    assert back.fields["kind"] == "rollback" and back.fields["image"] == first.fields["image"]
    assert back.fields["rolls back"] == again["id"]
    rows = shop.ok("history", shop.component, "v1.0", "--environment", shop.production).rows
    assert [row[2] for row in rows] == ["rollback", "deploy", "deploy"]
    assert len(shop.ok("history", shop.component, "v1.0", "--limit", "1").rows) == 1
    one = shop.ok("history", shop.component, "v1.0", again["id"][:8])
    assert one.fields["rolled back by"] == back.fields["deployment"]
    assert "goes on" in shop.ok("resume", shop.component, "v1.0", shop.production).out
    assert "nothing held" in shop.ok("resume", shop.component, "v1.0", shop.production).out
    shop.refused(REFUSED, "cancel", shop.component, "v1.0", again["id"][:8])


def test_deploying_without_waiting(shop):
    shop.track()
    shop.save()
    ran = shop.ok("deploy", shop.component, "v1.0", "@newest", "--no-wait", "-o", "json")
    assert ran.json["deployment"]["state"] in ("DEPLOYMENT_STATE_QUEUED",
                                               "DEPLOYMENT_STATE_IN_PROGRESS")
    shop.ok("deploy", shop.component, "v1.0", "@newest", "--validate-only")


def test_a_deployment_that_fails_is_status_1(shop):
    shop.ok("catalog", "put", "environment", shop.development, "--project", shop.project,
            "--gitops-url", "ftp://127.0.0.1/nothing.git")
    shop.track()
    shop.save()
    ran = shop.run("deploy", shop.component, "v1.0", "@newest")
    assert ran.code == FAILED and ran.fields["state"] == "failed" and ran.fields["error"], ran


def test_saving_says_what_becomes_of_the_image(shop):
    shop.track("v1.0", "--auto-deploy")
    started = shop.save(1).fields
    assert started["auto-deploy"] == "started" and started["environment"] == shop.development
    assert shop.save(0).fields["auto-deploy"] == "stale commit"
    loose = shop.ok("images", "save", shop.component, "--run", "r", "--commit", COMMITS[2],
                    "--commit-time", "2026-01-31T09:30:00+01:00", "--image",
                    "registry.example/app:1", "--branch", "main")
    assert loose.fields["auto-deploy"] == "unversioned"


def test_an_image_is_found_by_what_people_have(shop):
    shop.track()
    image = shop.save().fields["image"]
    for operand in (image, image[:8], COMMITS[0], COMMITS[0][:12], "@newest"):
        ran = shop.ok("deploy", shop.component, "v1.0", operand, "--validate-only", "-o", "json")
        assert ran.json["deployment"]["image_id"] == image
    for operand in ("ffffffff", "12", str(uuid.uuid4())):
        shop.refused(NOT_FOUND, "deploy", shop.component, "v1.0", operand)


# Source configs.

def test_apply_and_migrate_need_a_repository(shop):
    shop.track()
    assert "next: " in shop.refused(REFUSED, "apply", shop.component, "v1.0").err
    shop.refused(REFUSED, "migrate", shop.component, "v1.0")


OLD_CONFIG = """\
version: 0.1
endpoints:
  - name: Orders API
    port: 8080
    type: REST
    networkVisibility: Public
    context: /orders
"""
BAD_CONFIG = """\
schemaVersion: "1.2"
endpoints:
  - name: orders
    service:
      port: 80000
    type: SOAP
"""


def commit(folder: pathlib.Path, name: str, text: str) -> str:
    """Commits this file as the only source config of the repository in `folder`. Returns the
    hash."""
    def git(*words):
        return subprocess.run(["git", "-C", str(folder), "-c", "user.name=a", "-c",
                               "user.email=a@b", *words],
                              check=True, capture_output=True, text=True, timeout=30).stdout.strip()
    if not folder.exists():
        folder.mkdir()
        git("init", "--quiet", "--initial-branch", "main")
    shutil.rmtree(folder / ".choreo", ignore_errors=True)
    (folder / ".choreo").mkdir()
    (folder / ".choreo" / name).write_text(text)
    git("add", "--all")
    git("commit", "--quiet", "--message", name)
    return git("rev-parse", "HEAD")


def test_source_configs_are_checked_applied_and_migrated(start_server, tmp_path):
    shop = Shop(start_server("data", "--git-allow-file"))
    sources = tmp_path / "sources"
    old = commit(sources, "endpoints.yaml", OLD_CONFIG)
    bad = commit(sources, "component.yaml", BAD_CONFIG)
    shop.ok("catalog", "put", "component", shop.component, "--project", shop.project, "--type",
            "service", "--pipeline", shop.pipeline, "--repository", f"file://{sources}")
    shop.track()

    wrong = shop.refused(REFUSED, "apply", shop.component, "v1.0", "--validate-only")
    assert "SOURCE_CONFIG_INVALID" in wrong.err and "next: " in wrong.err
    assert "endpoints[0].service.port" in wrong.err and "endpoints[0].type" in wrong.err
    shop.refused(REFUSED, "apply", shop.component, "v1.0", "--commit", bad[:8])
    shop.refused(NOT_FOUND, "apply", shop.component, "v1.0", "--commit", "f" * 40)

    linted = shop.ok("apply", shop.component, "v1.0", "--commit", old, "--validate-only")
    assert "endpoints/" in linted.out and "warning: " in linted.err
    assert shop.ok("tracks", "get", shop.component, "v1.0", "-o",
                   "json").json["deployment_track"]["endpoints"] == []
    applied = shop.ok("apply", shop.component, "v1.0", "--commit", old[:10])
    assert applied.fields["commit"] == old and applied.fields["file"].endswith("endpoints.yaml")
    assert shop.ok("apply", shop.component, "v1.0", "--commit", old).fields["changes"] == "none"
    assert "8080" in shop.ok("tracks", "get", shop.component, "v1.0").out

    migrated = shop.ok("migrate", shop.component, "v1.0", "--commit", old)
    assert "schemaVersion" in migrated.out and "from endpoints.yaml" in migrated.err
    new = commit(sources, "component.yaml", migrated.out)
    again = shop.ok("migrate", shop.component, "v1.0")
    assert again.out == migrated.out and "unchanged" in again.err and new in again.err


STEERING = 'schemaVersion: "1.2"\n# not \u202eneddih\u202c, no mark \u200b, end\u2028\nendpoints: []\n'


def test_a_server_steers_no_terminal_and_files_are_what_they_are(start_server, tmp_path):
    shop = Shop(start_server("data", "--git-allow-file"))
    sources = tmp_path / "sources"
    commit(sources, "component.yaml", STEERING)
    shop.ok("catalog", "put", "component", shop.component, "--project", shop.project, "--type",
            "service", "--pipeline", shop.pipeline, "--repository", f"file://{sources}")
    shop.track()
    words = ("migrate", shop.component, "v1.0")
    assert shop.ok(*words).out == STEERING
    on_terminal = trackctl.shown(*words, server=shop.server).replace("\r\n", "\n")
    assert on_terminal == re.sub("[\u202e\u202c\u200b\u2028]", "\ufffd", STEERING)
    as_json = shop.ok(*words, "-o", "json")
    assert as_json.json["file_content"] == STEERING
    assert "\\u202e" in as_json.out and not set(as_json.out) & set("\u202e\u202c\u200b\u2028")


# The catalog.

def test_the_catalog(shop, tmp_path):
    got = shop.ok("catalog", "get", "component", shop.component, "-o", "json").json["component"]
    assert got["type"] == "COMPONENT_TYPE_SERVICE" and got["auto_build_on_commit"] is True
    file = tmp_path / "component.json"
    file.write_text(json.dumps({**got, "source_path": "src"}))
    put = shop.ok("catalog", "put", "component", shop.component, "--file", str(file))
    assert put.fields["source path"] == "src"
    for kind, owner in (("projects", shop.organization), ("components", shop.project),
                        ("environments", shop.project), ("pipelines", shop.project)):
        assert shop.ok("catalog", "list", kind, owner).rows
    assert shop.ok("catalog", "list", "organizations", "-o", "json").json["organizations"]
    for kind, id in (("organization", shop.organization), ("project", shop.project),
                     ("environment", shop.development), ("pipeline", shop.pipeline)):
        assert shop.ok("catalog", "get", kind, id).fields[kind] == id
        shop.refused(REFUSED, "catalog", "delete", kind, id)
    shop.ok("catalog", "delete", "component", shop.component)
    shop.refused(NOT_FOUND, "catalog", "get", "component", shop.component)
    shop.refused(USAGE, "catalog", "put", "organization", shop.organization, "--project", "x")
    shop.refused(USAGE, "catalog", "put", "project", "other", "--file", str(file))


# Watching.

def test_watch_follows_changes(shop):
    watching = subprocess.Popen(
        [str(trackctl_binary()), "watch", shop.component, "-o", "json", "--server", shop.server],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=trackctl.environment())
    try:
        def following():
            for line in watching.stdout:
                yield json.loads(line)
        messages = following()
        token = next(m["resume_token"] for m in messages if m["resume_token"])
        shop.track()
        change = next(messages)["change"]
        assert change["type"] == "CHANGE_TYPE_CREATED"
        assert change["deployment_track"]["apiVersion"] == "v1.0"
    finally:
        watching.kill()
        watching.communicate()
    resumed = subprocess.Popen(
        [str(trackctl_binary()), "watch", shop.component, "--resume", token, "--server",
         shop.server],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=trackctl.environment())
    try:
        line = resumed.stdout.readline()
        assert " created track " in line and "v1.0*" in line
    finally:
        resumed.kill()
        resumed.communicate()


def test_watch_goes_on_after_a_restart(start_server, tmp_path):
    listen = f"unix:{tmp_path}/socket"
    first = start_server("data", listen=(listen,))
    shop = Shop(first)
    watching = subprocess.Popen(
        [str(trackctl_binary()), "watch", shop.component, "-o", "json", "--server", listen],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=trackctl.environment())
    try:
        for line in watching.stdout:
            if json.loads(line)["resume_token"]:
                break
        first.stop()
        shop.server = start_server("data", listen=(listen,)).address
        shop.track()
        messages = (json.loads(line) for line in watching.stdout)
        change = next(message["change"] for message in messages if message.get("change"))
        assert change["deployment_track"]["apiVersion"] == "v1.0"
    finally:
        watching.kill()
        watching.communicate()


# Exit statuses and messages.

def test_every_class_of_error_has_its_status(shop):
    shop.track()
    for code, words in (
        (USAGE, []), (USAGE, ["nonsense"]), (USAGE, ["tracks", "list"]),
        (USAGE, ["tracks", "create", shop.component, "1.0"]),
        (USAGE, ["tracks", "update", shop.component, "v1.0"]),
        (USAGE, ["tracks", "configure", shop.component, "v1.0", "/nothing"]),
        (NOT_FOUND, ["tracks", "list", "nothing"]),
        (NOT_FOUND, ["tracks", "get", shop.component, "v7.7"]),
        (NOT_FOUND, ["history", shop.component, "v1.0", str(uuid.uuid4())]),
        (REFUSED, ["tracks", "create", shop.component, "v1.0"]),
        (REFUSED, ["tracks", "delete", shop.component, "v1.0"]),
        (REFUSED, ["tracks", "update", shop.component, "v1.0", "--description", "x", "--etag",
                   '"77"']),
        (UNAVAILABLE, ["tracks", "list", shop.component, "--server", "127.0.0.1:1"]),
        (UNAVAILABLE, ["tracks", "list", shop.component, "--server", "unix:/nothing"]),
        (UNAVAILABLE, ["tracks", "list", shop.component, "--timeout", "0.000001"]),
    ):
        shop.refused(code, *words)


def test_an_error_says_what_to_do_next(shop):
    shop.track()
    ran = shop.refused(REFUSED, "tracks", "delete", shop.component, "v1.0")
    assert "LAST_TRACK" in ran.err and "next: " in ran.err
    ran = shop.refused(UNAVAILABLE, "tracks", "list", "x", "--server", "127.0.0.1:1")
    assert "Connection refused" in ran.err and "127.0.0.1:1" in ran.err


def test_help_and_version():
    ran = trackctl.run("--help")
    assert ran.code == OK and "Exit status" in ran.out and ran.err == ""
    assert trackctl.run("--version").out.startswith("trackctl ")
    assert "--branch" in trackctl.run("tracks", "create", "--help").out


def test_no_colours_and_no_control_characters(shop):
    shop.ok("tracks", "create", shop.component, "v1.0", "--description", "a")
    assert "\x1b" not in shop.ok("tracks", "list", shop.component).out
