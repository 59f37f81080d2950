"""`trackd store`: a store moves from SQLite to PostgreSQL with everything in it, and the database of a
data folder is backed up while a server runs, and put back."""

import os
import signal
import subprocess
import threading
import uuid

import grpc
import pytest

from support import paths, postgresql, waiting
from support.client import Client
from support.gitops import make_repository
from support.server import Server, run_to_end
from support.shop import Shop
from support.stubs import api
from support.watch import resume, state, take, watch, words

FILES = "--git-allow-file"


def run(*words: str, environment=None):
    """Runs `trackd store`, which has to work. Returns what it says."""
    code, _, said = run_to_end("store", *words, environment=environment, seconds=120)
    assert code == 0, said
    return said


def fails(*words: str, environment=None) -> str:
    code, _, said = run_to_end("store", *words, environment=environment, seconds=120)
    assert code == 1, said
    return said


class OnSQLite:
    """A server with its store in the data folder, whatever the others have."""

    def __init__(self, folder):
        self.server = Server(folder / "data", FILES, logs=folder, environment={"TRACKD_STORE": ""})
        self.data = self.server.data
        self.client = Client(self.server.address)

    def stop(self):
        self.client.close()
        self.server.stop()


class History:
    """A rich history: tracks, deployments, rollbacks, a deletion, configurations, requests."""

    def __init__(self, client, folder):
        self.client = client
        repository = make_repository(folder / "ops.git")
        self.shop = Shop(client, environments=0, tracks=3, images=3)
        self.shop.environments = [f"env-{uuid.uuid4().hex[:8]}" for _ in range(2)]
        for environment in self.shop.environments:
            client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
                id=environment, project_id=self.shop.project, name="\u00e9 e\u0301 \U0001F600",
                gitops_repository_url=repository.path.as_uri())), timeout=10)
        self.call = watch(client, self.shop.component)
        _, self.token = state(self.call)
        for track in self.shop.tracks:
            for image in self.shop.images[track]:
                for environment in self.shop.environments:
                    self.shop.deploy(track, environment, image, bypass_reason="to see it")
                self.shop.settled()
        self.shop.roll_back(self.shop.tracks[0], self.shop.environments[0], reason="worse")
        self.shop.settled()
        doomed = client.create(self.shop.component, "v9.9")
        client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
            component_id=self.shop.component, deployment_track_id=doomed.id), timeout=30)
        self.request_id = str(uuid.uuid4())
        self.made = self.create(client)

    def create(self, client):
        return client.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
            component_id=self.shop.component, api_version="v5.0", request_id=self.request_id),
            timeout=10).deployment_track

    def pages(self, call, request, field: str) -> list:
        """All pages of a list, and the token of the first one."""
        found = []
        while True:
            page = call(request, timeout=30)
            found.append(list(getattr(page, field)))
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    def answers(self, client) -> list:
        """All that can be asked for."""
        component, organization = self.shop.component, self.shop.organization
        tracks = client.list(component)
        audit = api.AuditServiceStub(client.channel)
        answers = [
            tracks, [client.get(component, one.id) for one in tracks],
            client.catalog.GetOrganization(api.GetOrganizationRequest(
                organization_id=organization), timeout=10),
            client.catalog.GetProject(api.GetProjectRequest(
                project_id=self.shop.project), timeout=10),
            client.catalog.GetComponent(api.GetComponentRequest(
                component_id=component), timeout=10),
            self.pages(client.catalog.ListEnvironments, api.ListEnvironmentsRequest(
                project_id=self.shop.project, page_size=1), "environments"),
            self.pages(client.tracks.ListDeploymentTracks, api.ListDeploymentTracksRequest(
                component_id=component, page_size=2), "deployment_tracks"),
        ]
        for one in tracks:
            place = {"component_id": component, "deployment_track_id": one.id}
            answers += [
                self.pages(client.tracks.ListDeployments,
                           api.ListDeploymentsRequest(**place, page_size=2), "deployments"),
                self.pages(client.tracks.GetDeploymentTrackImages,
                           api.GetDeploymentTrackImagesRequest(**place, page_size=2), "images"),
                client.tracks.GetDeploymentTrackConfigs(
                    api.GetDeploymentTrackConfigsRequest(**place), timeout=10),
                client.tracks.ListDeploymentTrackConfigRevisions(
                    api.ListDeploymentTrackConfigRevisionsRequest(**place), timeout=10)]
        # Events of reads and of servers that start come on top of these.
        events = [event for page in self.pages(
            audit.ListEvents, api.ListEventsRequest(page_size=7), "events") for event in page]
        answers.append([event for event in events if component in event.resource])
        return answers


@pytest.fixture
def moved(tmp_path):
    """A history on SQLite, what its server answered, and a database that has a copy."""
    on_sqlite = OnSQLite(tmp_path)
    history = History(on_sqlite.client, tmp_path)
    history.first_page = on_sqlite.client.tracks.ListDeploymentTracks(
        api.ListDeploymentTracksRequest(component_id=history.shop.component, page_size=2),
        timeout=10)
    history.before = history.answers(on_sqlite.client)
    assert len(history.before[-1]) > 10
    history.changes = [next(history.call)]
    while words(history.changes[-1]) != "created v5.0":
        history.changes.append(next(history.call))
    history.call.cancel()
    on_sqlite.stop()
    url = postgresql.shared().make_database()
    yield on_sqlite.data, url, history


def test_a_server_on_the_copy_answers_everything_the_same(moved, start_server, connect):
    data, url, history = moved
    said = run("copy", "--data", str(data), environment={"TRACKD_STORE": url})
    assert "the copy is done" in said and "compared change_log" in said
    assert url not in said
    server = start_server("postgresql", FILES, environment={"TRACKD_STORE": url})
    client = connect(server.address)
    assert history.answers(client) == history.before
    # Tokens of pages and watches go on.
    page = client.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
        component_id=history.shop.component, page_size=2,
        page_token=history.first_page.next_page_token), timeout=10)
    assert (list(history.first_page.deployment_tracks) + list(page.deployment_tracks)
            == client.list(history.shop.component)[:4])
    call = resume(client, history.shop.component, token=history.token)
    seen = take(call, len([one for one in history.changes if one.HasField("change")]))
    call.cancel()
    assert [one.change for one in seen] == [
        one.change for one in history.changes if one.HasField("change")]
    # A retry of a request gets the answer of then.
    assert history.create(client) == history.made
    # The audit is one chain, and goes on.
    verified = api.AuditServiceStub(client.channel).VerifyEvents(
        api.VerifyEventsRequest(), timeout=30)
    assert verified.fault == api.AUDIT_FAULT_UNSPECIFIED and not verified.next, verified
    # Everything goes on, the numbers too.
    history.shop.client = client
    call = resume(client, history.shop.component, token=seen[-1].resume_token)
    made = client.create(history.shop.component, "v6.0")
    assert "created v6.0" in [words(one) for one in take(call, 2)]
    call.cancel()
    track = history.shop.tracks[0]
    image = history.shop.save(track, "after-the-copy")
    done = history.shop.ended(track, history.shop.deploy(
        track, history.shop.environments[0], image, bypass_reason="goes on").id)
    assert done.state == api.DEPLOYMENT_STATE_SUCCEEDED, done.error
    assert history.shop.history(track)[-1].id == done.id
    assert client.get(history.shop.component, made.id).latest


def test_a_copy_that_is_killed_again_and_again_is_finished_by_the_next_one(moved, start_server,
                                                                           connect):
    data, url, history = moved
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TRACKD_")}
    for line in ("copying", "copied track", "copied deployment", "copied change_log",
                 "compared image"):
        process = subprocess.Popen(
            [str(paths.trackd_binary()), "store", "copy", "--data", str(data)],
            stderr=subprocess.PIPE, text=True, env={**environment, "TRACKD_STORE": url})
        for said in process.stderr:
            if said.startswith(f"trackd: {line}") or "going on" in said and line == "copying":
                break
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stderr.close()
    code, _, said = run_to_end(
        "serve", "--data", str(data.parent / "early"), "--listen", "127.0.0.1:0",
        environment={"TRACKD_STORE": url})
    assert code == 1 and "unfinished copy" in said and "trackd store copy" in said
    assert "going on with an earlier copy" in run(
        "copy", "--data", str(data), environment={"TRACKD_STORE": url})
    server = start_server("postgresql", FILES, environment={"TRACKD_STORE": url})
    assert history.answers(connect(server.address)) == history.before


def test_what_cannot_be_copied_is_refused_before_anything_is(tmp_path):
    on_sqlite = OnSQLite(tmp_path)
    url = postgresql.shared().make_database()
    target = {"TRACKD_STORE": url}
    assert "in use by another trackd" in fails("copy", "--data", str(on_sqlite.data),
                                               environment=target)
    client = on_sqlite.client
    component = client.put_component()
    project = client.catalog.GetComponent(api.GetComponentRequest(
        component_id=component), timeout=10).component.project_id
    client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
        id="without", project_id=project, name="without")), timeout=10)
    on_sqlite.stop()
    said = fails("copy", "--data", str(on_sqlite.data), environment=target)
    assert "without" in said and "gitops_repository_url" in said
    tables = postgresql.shared().run(
        "SELECT count(*) FROM pg_class WHERE relname = 'store_schema'", url)
    assert tables.strip() == "0"
    run("copy", "--data", str(on_sqlite.data), "--deployer", "127.0.0.1:1", environment=target)
    assert "not empty" in fails("copy", "--data", str(on_sqlite.data), "--deployer",
                                "127.0.0.1:1", environment=target)


def test_no_password_is_shown(tmp_path):
    on_sqlite = OnSQLite(tmp_path)
    on_sqlite.stop()
    url = "postgresql://trackd:secret-word@127.0.0.1:1/nowhere"
    for words_, environment in ((("--store", url), {}), ((), {"TRACKD_STORE": url})):
        said = fails("copy", "--data", str(on_sqlite.data), *words_, environment=environment)
        assert "cannot be used" in said and "secret-word" not in said


def test_a_backup_of_a_busy_server_has_all_that_was_acknowledged(tmp_path):
    on_sqlite = OnSQLite(tmp_path)
    component = on_sqlite.client.put_component()
    acknowledged, is_over = [], threading.Event()

    def write(branch: int):
        with grpc.insecure_channel(on_sqlite.server.address) as channel:
            stub = api.DeploymentTrackServiceStub(channel)
            number = 0
            while not is_over.is_set():
                made = stub.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
                    component_id=component, api_version=f"v{branch}.{number}"), timeout=30)
                acknowledged.append(made.deployment_track.id)
                number += 1

    writers = [threading.Thread(target=write, args=(branch,)) for branch in range(1, 5)]
    for one in writers:
        one.start()
    # What is left of a backup that was killed is in nobody's way.
    (tmp_path / "first.unfinished").write_bytes(b"half of it")
    backups = []
    for name in ("first", "second"):
        waiting.until(lambda: len(acknowledged) > 50 * (len(backups) + 1), 60)
        before = list(acknowledged)
        run("backup", str(tmp_path / name), "--data", str(on_sqlite.data))
        backups.append((tmp_path / name, before))
    is_over.set()
    for one in writers:
        one.join()
    assert "it is there already" in fails(
        "backup", str(tmp_path / "first"), "--data", str(on_sqlite.data))
    assert "in use by another trackd" in fails(
        "restore", str(tmp_path / "first"), "--data", str(on_sqlite.data))
    assert len(on_sqlite.client.list(component)) == len(acknowledged)
    on_sqlite.stop()
    for path, before in backups:
        assert path.stat().st_mode & 0o777 == 0o600
        said = run("restore", str(path), "--data", str(on_sqlite.data))
        assert "trackd.db.former-" in said
        restored = OnSQLite(tmp_path)
        there = {one.id for one in restored.client.list(component)}
        assert set(before) <= there <= set(acknowledged)
        restored.stop()
    assert not list(tmp_path.glob("*.unfinished*"))
