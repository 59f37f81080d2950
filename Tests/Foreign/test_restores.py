"""A store that is put back to an earlier state, while the GitOps repositories keep what came later:
what was under way in the backup is not brought over that, and whoever operates trackd is told."""

import pytest

from support import metrics, postgresql, trackctl, waiting
from support.client import Client
from support.errors import refused
from support.gitops import make_repository
from support.server import Server, run_to_end
from support.shop import Shop
from support.stubs import api
from support.watch import resume, state, watch

FLAGS = ("--git-allow-file", "--admin-listen", "127.0.0.1:0")


def tool(*words: str, environment=None) -> str:
    """Runs `trackd store`, which has to work. Returns what it says."""
    code, _, said = run_to_end("store", *words, environment=environment, seconds=120)
    assert code == 0, said
    return said


class OnSQLite:
    """A store in the data folder."""

    def __init__(self, folder):
        self.folder, self.environment = folder, {"TRACKD_STORE": ""}

    def back_up(self):
        tool("backup", str(self.folder / "backup"), "--data", str(self.folder / "data"))

    def restore(self):
        tool("restore", str(self.folder / "backup"), "--data", str(self.folder / "data"))

    def end(self, server) -> str:
        """Ends the restore. A server that has the folder keeps others away."""
        code, _, said = run_to_end("store", "restored", "--end", "--data", str(server.data),
                                   environment=self.environment)
        assert code == 1 and "in use by another trackd" in said, said
        server.stop()
        return tool("restored", "--end", "--data", str(server.data), environment=self.environment)


class OnPostgreSQL:
    """A store in a cluster of its own."""

    def __init__(self, folder):
        self.folder, self.cluster = folder, postgresql.Cluster()
        self.environment = {"TRACKD_STORE": self.cluster.make_database()}

    def back_up(self):
        self.cluster.back_up("backup")

    def restore(self):
        self.cluster.stop()
        self.cluster.put_back("backup")
        self.cluster.start()
        said = tool("restored", environment=self.environment)
        assert "the restore is noted" in said and self.environment["TRACKD_STORE"] not in said

    def end(self, server) -> str:
        """Ends the restore, while the server runs."""
        return tool("restored", "--end", environment=self.environment)


@pytest.fixture(params=[OnSQLite, OnPostgreSQL])
def place(request, tmp_path):
    one = request.param(tmp_path)
    yield one
    if isinstance(one, OnPostgreSQL):
        one.cluster.close()


class History:
    """A deployment in two environments; a second one in the first of them, which was about to be
    published when the backup was made; a third one that came after it."""

    def __init__(self, place, tmp_path, start_server):
        self.place, self.start_server = place, start_server
        self.repository = make_repository(tmp_path / "ops.git")
        server = self.start()
        self.shop = Shop(self.client, environments=0, images=4)
        [self.track] = self.shop.tracks
        self.images = self.shop.images[self.track]
        self.shop.environments = [f"{self.shop.project}-{name}" for name in ("drifting", "steady")]
        for environment in self.shop.environments:
            self.client.catalog.PutEnvironment(api.PutEnvironmentRequest(
                environment=api.Environment(
                    id=environment, project_id=self.shop.project, name=environment,
                    gitops_repository_url=self.repository.path.as_uri())), timeout=10)
        self.drifting, self.steady = self.shop.environments
        first = [self.deploy(0, environment) for environment in self.shop.environments]
        for one in first:
            assert self.shop.ended(self.track, one.id).state == api.DEPLOYMENT_STATE_SUCCEEDED
        call = watch(self.client, self.shop.component)
        _, self.known = state(call)
        call.cancel()
        self.stop(server)

        doomed = self.start(environment={"TRACKD_TEST_KILL_AT": "committed"})
        self.under_way = self.deploy(1, self.drifting)
        doomed.process.wait(60)
        doomed.is_ended = True
        self.place.back_up()

        server = self.start()
        assert self.ended(self.under_way.id).state == api.DEPLOYMENT_STATE_SUCCEEDED
        self.later = self.deploy(2, self.drifting)
        assert self.ended(self.later.id).state == api.DEPLOYMENT_STATE_SUCCEEDED
        call = watch(self.client, self.shop.component)
        _, self.lost = state(call)
        call.cancel()
        self.stop(server)
        self.published = self.repository.git("rev-parse", "main")
        self.place.restore()

    def start(self, environment=None):
        server = self.start_server(
            "data", *FLAGS, environment={**self.place.environment, **(environment or {})})
        self.client = Client(server.address)
        if hasattr(self, "shop"):
            self.shop.client = self.client
        return server

    def stop(self, server):
        self.client.close()
        server.stop()

    def deploy(self, image: int, environment: str):
        return self.shop.deploy(
            self.track, environment, self.images[image], bypass_reason="to see it")

    def ended(self, deployment: str):
        return self.shop.ended(self.track, deployment, seconds=60)

    def standing(self, environment: str) -> str:
        return self.repository.manifest(self.shop.component, self.track, environment)


def restores(server, **expected: int):
    """Waits until the metrics of the restore are these."""
    metrics.until(server, lambda found: {
        name: found.get(f"trackd_restore_{name}") for name in expected} == expected, seconds=60)


def doctor(server) -> dict:
    ran = trackctl.run("doctor", "-o", "json", server=server.address)
    assert ran.json["well"], ran.json
    return next(check for check in ran.json["checks"] if check["name"] == "trackd: restore")


def test_what_was_under_way_in_the_backup_is_not_brought_over_what_came_later(
        place, tmp_path, start_server):
    history = History(place, tmp_path, start_server)
    server = history.start()
    restores(server, pending=0, differing_places=1, held_operations=1)
    # Nothing was pushed: neither what was under way nor anything else.
    assert history.repository.git("rev-parse", "main") == history.published
    assert history.later.id in history.standing(history.drifting)
    held = history.shop.get(history.track, history.under_way.id)
    assert held.state == api.DEPLOYMENT_STATE_IN_PROGRESS
    assert "restored from a backup" in held.last_error, held
    # The operator is told, and the server is as ready as ever.
    check = doctor(server)
    assert check["state"] == "warning" and "1 places differ" in check["explanation"], check
    assert history.drifting in check["explanation"] and "--end" in check["advice"], check
    differing = [one for one in server.log_records()
                 if one["message"] == "a place does not hold what the restored store believes"]
    assert [(one["environment"], one["found"]) for one in differing] == [
        (history.drifting, history.later.id)]
    # A place that is as the store believes goes on as usual.
    steady = history.deploy(3, history.steady)
    assert history.ended(steady.id).state == api.DEPLOYMENT_STATE_SUCCEEDED
    # Watches go on from what the backup has, and nowhere else.
    with refused("OUT_OF_RANGE", "RESYNC"):
        for _ in watch(history.client, history.shop.component, token=history.lost):
            pass
    resume(history.client, history.shop.component, token=history.known).cancel()
    # A person decides: that deployment takes the place, also of what was under way.
    new = history.deploy(3, history.drifting)
    assert history.ended(new.id).state == api.DEPLOYMENT_STATE_SUCCEEDED
    assert new.id in history.standing(history.drifting)
    over = history.shop.get(history.track, history.under_way.id)
    assert over.state == api.DEPLOYMENT_STATE_SUPERSEDED and "restored" in over.error, over
    restores(server, pending=0, differing_places=0, held_operations=0)
    with refused("OUT_OF_RANGE", "RESYNC"):
        for _ in watch(history.client, history.shop.component, token=history.lost):
            pass
    history.client.close()


def test_an_operator_lets_go_on_what_is_held(place, tmp_path, start_server):
    history = History(place, tmp_path, start_server)
    server = history.start()
    restores(server, pending=0, differing_places=1, held_operations=1)
    said = place.end(server)
    assert "1 operations go on, and 1 places that differed" in said, said
    if not server.running:
        history.client.close()
        server = history.start()
    # It was published already: it is not published over what came later.
    assert history.ended(history.under_way.id).state == api.DEPLOYMENT_STATE_SUCCEEDED
    assert history.repository.git("rev-parse", "main") == history.published
    restores(server, pending=0, differing_places=0, held_operations=0)
    check = doctor(server)
    assert (check["state"], check["explanation"]) == ("ok", "settled")
    history.client.close()


def test_what_nothing_contradicts_goes_on_and_the_restore_is_over(place, tmp_path, start_server):
    history = History(place, tmp_path, start_server)
    # Somebody takes back what came later.
    before = history.repository.commits()
    history.repository.git("update-ref", "refs/heads/main", before[1][0])
    server = history.start()
    assert history.ended(history.under_way.id).state == api.DEPLOYMENT_STATE_SUCCEEDED
    assert history.under_way.id in history.standing(history.drifting)
    restores(server, pending=0, differing_places=0, held_operations=0)
    waiting.until(lambda: doctor(server)["explanation"] == "settled", 60)
    history.client.close()


def test_only_a_store_can_have_been_restored(tmp_path):
    empty = {"TRACKD_STORE": postgresql.shared().make_database()}
    for words, environment, reason in (
            (("--data", str(tmp_path / "none")), {"TRACKD_STORE": ""}, "there is no database"),
            ((), empty, "holds no store of trackd")):
        code, _, said = run_to_end("store", "restored", *words, environment=environment)
        assert code == 1 and reason in said, said
    tables = postgresql.shared().run(
        "SELECT count(*) FROM pg_class WHERE relname = 'store_schema'", empty["TRACKD_STORE"])
    assert tables.strip() == "0"
