"""A server that shares its database is stopped between the steps of a deployment, or its git is, or
both, for longer than its leases last; another one takes over, and then they wake up: nothing is
published twice, nor after it was cancelled, nor after it failed."""

import os
import pathlib
import shutil
import signal
import threading

import pytest

from support import postgresql, waiting
from support.client import Client
from support.gitops import Repository
from support.server import Server
from support.shop import Shop
from support.stubs import api

BOUNDARIES = ("accepted", "leased", "committed", "pushed", "recorded")
# Longer than a lease, and than the look for leases that are over.
PATIENCE = 120


class Case:
    """A server `a` that is stopped once, with a repository and a database of its own, and a server
    `b` that takes over."""

    def __init__(self, name: str, folder: pathlib.Path, git_https, *, boundary: str = "",
                 stops_git: bool = False, stops_server: bool = False,
                 wanted=api.DEPLOYMENT_STATE_SUCCEEDED):
        self.name, self.wanted, self.stops_git = name, wanted, stops_git
        self.folder = folder / f"case-{name}"
        self.folder.mkdir()
        self.repository = Repository(git_https.create(f"{name}.git"), "main")
        self.git_pid = self.folder / "git.pid"
        url = postgresql.shared().make_database()
        environment = git_https.environment() | {"TRACKD_STORE": url}
        flags = ["--git-credentials", str(git_https.credentials(self.folder / "credentials")),
                 "--step-timeout", "10s"]
        stopping = {"TRACKD_TEST_STOP_AT": boundary} if boundary else {}
        if stops_git:
            server = "kill -STOP $PPID" if stops_server else ":"
            stopping |= self._git("stopping", f"""
                if mkdir {self.folder}/once 2>/dev/null; then
                    echo $$ > {self.git_pid}
                    {server}
                    kill -STOP $$
                fi""")
        failing, once = {}, []
        if wanted == api.DEPLOYMENT_STATE_FAILED:
            # One attempt makes three pushes of whose end nobody knows.
            failing, once = self._git("failing", f"""
                for number in 1 2 3; do
                    if mkdir {self.folder}/failed-$number 2>/dev/null; then
                        echo "fatal: the remote end hung up unexpectedly" >&2
                        exit 128
                    fi
                done"""), ["--step-attempts", "1"]
        self.b = Server(self.folder / "b", *flags, logs=self.folder, environment=environment)
        self.clients = [Client(self.b.address)]
        # What is there before is made by a server that is not stopped.
        self.shop = Shop(self.clients[0], environments=0, images=2)
        self.track = self.shop.tracks[0]
        self.environment = f"env-{name}"
        self.shop.client.catalog.PutEnvironment(api.PutEnvironmentRequest(
            environment=api.Environment(
                id=self.environment, project_id=self.shop.project,
                gitops_repository_url=git_https.url(f"{name}.git"), gitops_branch="main")),
            timeout=20)
        self.b.stop()
        self.a = Server(self.folder / "a", *flags, logs=self.folder,
                        environment=environment | stopping)
        self.clients.append(Client(self.a.address))
        self.shop.client = self.clients[-1]
        self.again = lambda: Server(self.folder / "b", *flags, *once, logs=self.folder,
                                    environment=environment | failing)

    def _git(self, name: str, push: str) -> dict[str, str]:
        """An environment with a `git` that runs a script before it pushes."""
        folder = self.folder / name
        folder.mkdir()
        (folder / "git").write_text(
            f'#!/bin/sh\ncase " $* " in\n*" push "*)\n{push};;\nesac\n'
            f'exec {shutil.which("git")} "$@"\n')
        (folder / "git").chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}"}

    def run(self) -> None:
        image = self.shop.images[self.track][0]
        call = self.shop.client.tracks.DeployDeploymentTrack.future(
            api.DeployDeploymentTrackRequest(
                component_id=self.shop.component, deployment_track_id=self.track,
                environment_id=self.environment, image_id=image), timeout=2 * PATIENCE)
        if self.stops_git:
            waiting.until(lambda: self.git_pid.exists() and is_stopped(self._pushing()), PATIENCE)
        else:
            waiting.until(lambda: is_stopped(self.a.process.pid), PATIENCE)
        self.b = self.again()
        self.shop.client = Client(self.b.address)
        self.clients.append(self.shop.client)
        (made,) = self._history()
        if self.wanted == api.DEPLOYMENT_STATE_CANCELLED:
            self.shop.client.tracks.CancelDeployment(api.CancelDeploymentRequest(
                component_id=self.shop.component, deployment_track_id=self.track,
                deployment_id=made.id), timeout=20)
        waiting.until(lambda: self._history()[0].state == self.wanted, PATIENCE)
        # They wake up, git first: its push is what nobody expects any more.
        if self.git_pid.exists():
            wake(self._pushing())
            waiting.until(lambda: is_over(self._pushing()), PATIENCE)
        wake(self.a.process.pid)
        assert call.result().deployment.id == made.id
        waiting.until(lambda: self.answers(self.clients[1]), PATIENCE)
        second = self.shop.deploy(self.track, self.environment,
                                  self.shop.images[self.track][1])
        ended = self.shop.ended(self.track, second.id, seconds=PATIENCE)
        assert ended.state == api.DEPLOYMENT_STATE_SUCCEEDED, ended
        # What the one that woke up began is done when it has stopped as it should.
        self.a.stop()
        assert self._history()[0].state == self.wanted
        published = [made.id] if self.wanted == api.DEPLOYMENT_STATE_SUCCEEDED else []
        assert self._published() == published + [second.id]
        self.b.stop()

    def _history(self) -> list:
        return self.shop.history(self.track)

    def answers(self, client) -> bool:
        return client.get(self.shop.component, self.track).id == self.track

    def _published(self) -> list[str]:
        return [deployment for _, deployment in self.repository.commits() if deployment]

    def _pushing(self) -> int:
        return int(self.git_pid.read_text().strip() or 0)

    def close(self) -> None:
        for pid in [self._pushing()] if self.git_pid.exists() else []:
            wake(pid)
        for server in (self.a, self.b):
            server.kill()
        for client in self.clients:
            client.close()


def state_of(pid: int) -> str:
    """As proc(5) has it; empty when there is no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return ""


def is_stopped(pid: int) -> bool:
    """Whether the process waits for SIGCONT."""
    return state_of(pid) == "T"


def is_over(pid: int) -> bool:
    """Whether the process has ended; its parent, which may be stopped, need not have noticed."""
    return state_of(pid) in ("", "Z")


def wake(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        pass


def cases(folder: pathlib.Path, git_https) -> list[Case]:
    made = [Case(boundary, folder, git_https, boundary=boundary) for boundary in BOUNDARIES]
    made += [Case(f"{boundary}-cancelled", folder, git_https, boundary=boundary,
                  wanted=api.DEPLOYMENT_STATE_CANCELLED)
             for boundary in ("accepted", "leased")]
    made.append(Case("git", folder, git_https, stops_git=True))
    made.append(Case("both", folder, git_https, stops_git=True, stops_server=True))
    made.append(Case("failed", folder, git_https, stops_git=True, stops_server=True,
                     wanted=api.DEPLOYMENT_STATE_FAILED))
    return made


def test_stopped_for_a_minute_and_woken_up(tmp_path, git_https):
    """All at once, because most of it is waiting for leases to be over."""
    failures: list[str] = []

    def run(case: Case) -> None:
        try:
            case.run()
        except BaseException as error:  # noqa: BLE001 - told below, with the case's name
            failures.append(f"{case.name}: {type(error).__name__}: {error}")

    all_cases = cases(tmp_path, git_https)
    try:
        threads = [threading.Thread(target=run, args=(case,)) for case in all_cases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for case in all_cases:
            case.close()
    assert not failures, "\n".join(failures)
