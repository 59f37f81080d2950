"""Restoring a backup undoes later changes, and watches learn of it."""

import shutil
import sqlite3

import pytest

from support.errors import refused
from support.watch import resume, state, take, watch, words


class Folder:
    """A copy of the whole data folder, made while trackd is stopped."""

    def __init__(self, restart, data, copy):
        self.data, self.copy = data, copy
        restart(lambda: shutil.copytree(data, copy))

    def put_back(self) -> None:
        shutil.rmtree(self.data)
        shutil.copytree(self.copy, self.data)


class Database:
    """A copy of the database alone, made by SQLite while trackd runs."""

    def __init__(self, restart, data, copy):
        self.data, self.copy = data, copy
        with sqlite3.connect(data / "trackd.db") as source, sqlite3.connect(copy) as target:
            source.backup(target)
        source.close()
        target.close()

    def put_back(self) -> None:
        for name in ("trackd.db", "trackd.db-wal", "trackd.db-shm"):
            (self.data / name).unlink(missing_ok=True)
        shutil.copy(self.copy, self.data / "trackd.db")


class Case:
    """A server that is stopped and started, a component, and a watch of its tracks."""

    def __init__(self, start_server, connect):
        self.start_server, self.connect = start_server, connect
        self.start()
        self.component = self.client.put_component()
        call = watch(self.client, self.component)
        _, self.token = state(call)
        call.cancel()
        self.version = 0

    def start(self) -> None:
        self.server = self.start_server()
        self.client = self.connect(self.server.address, [("grpc.use_local_subchannel_pool", 1)])

    def restart(self, meanwhile) -> None:
        self.server.stop()
        meanwhile()
        self.start()

    def create(self, count: int) -> list[str]:
        """Creates tracks. Returns the changes that a watch must send for them."""
        told = []
        for _ in range(count):
            self.client.create(self.component, f"v1.{self.version}")
            told += [f"updated v1.{self.version - 1}"] if self.version else []
            told.append(f"created v1.{self.version}")
            self.version += 1
        return told

    def follow(self, token: str, told: list[str]) -> str:
        """Resumes after a token and expects exactly these changes. Returns the last token."""
        call = resume(self.client, self.component, token=token)
        changes = take(call, len(told))
        call.cancel()
        assert [words(one) for one in changes] == told
        return changes[-1].resume_token


@pytest.mark.parametrize("way", [Folder, Database])
def test_a_watch_goes_on_from_before_the_backup_and_not_from_what_was_undone(
        start_server, connect, tmp_path, way):
    case = Case(start_server, connect)
    kept = case.follow(case.token, case.create(3))
    backup = way(case.restart, case.server.data, tmp_path / "backup")
    undone = case.follow(kept, case.create(3))
    case.restart(backup.put_back)
    # First the log is shorter than the token's place, then it has another change there, then more.
    case.version -= 3
    told = []
    for _ in range(5):
        with refused("OUT_OF_RANGE", "RESYNC"):
            next(watch(case.client, case.component, token=undone))
        told += case.create(1)
        assert case.follow(kept, told)
    with refused("OUT_OF_RANGE", "RESYNC"):
        next(watch(case.client, case.component, token=undone))
    # A new watch gets the state, and goes on from there.
    call = watch(case.client, case.component)
    found, token = state(call)
    call.cancel()
    assert {one.deployment_track.api_version for one in found} == {
        f"v1.{number}" for number in range(8)}
    case.follow(token, case.create(1))
    case.server.stop()
    assert "the database was put back to an earlier state" in case.server.log()
