"""The data folder with lost and foreign files, other processes, and a disk that hangs."""

import grp
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import threading
import time

import grpc
import pytest

from support import paths
from test_store_failure import failing_sync_library


def start_and_fail(data, *arguments) -> str:
    result = subprocess.run(
        [str(paths.trackd_binary()), "serve", "--listen", "127.0.0.1:0", "--data", str(data),
         *arguments],
        capture_output=True, text=True, timeout=60)
    assert result.returncode == 1, result.stderr
    assert "ready" not in result.stdout
    return result.stderr.strip().splitlines()[-1]


@pytest.fixture
def killed(start_server, connect):
    """The data folder of a trackd that was killed, with its log, and its component and tracks."""
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    tracks = {client.create(component, f"v1.{number}").id for number in range(20)}
    server.kill()
    assert (server.data / "trackd.db-wal").stat().st_size > 20 * 4096
    return server.data, component, tracks


def expect_told(server, words: str) -> None:
    """Waits for a log line, which may come a little later than its event."""
    deadline = time.monotonic() + 20
    while not any(words in record["message"] for record in server.log_records()):
        assert time.monotonic() < deadline, words
        time.sleep(0.05)


def damage_header(data) -> None:
    with open(data / "trackd.db-wal", "r+b") as log:
        log.write(b"damaged!")


@pytest.mark.parametrize("damage", [
    lambda data: (data / "trackd.db").unlink(),
    lambda data: (data / "trackd.db").write_bytes(b""),
    damage_header,
], ids=["missing", "empty", "header"])
def test_acknowledged_writes_are_not_lost_without_a_word(killed, start_server, damage):
    data, _, _ = killed
    damage(data)
    before = (data / "trackd.db-wal").read_bytes()
    for _ in range(2):
        assert "--accept-data-loss" in start_and_fail(data)
    assert (data / "trackd.db-wal").read_bytes() == before
    server = start_server(data.name, "--accept-data-loss")
    expect_told(server, "lost")
    assert [path.read_bytes() for path in data.glob("trackd.db-wal.lost-*")] == [before]
    server.stop()


def test_what_a_kill_left_is_there(killed, start_server, connect):
    data, component, tracks = killed
    server = start_server(data.name)
    assert {track.id for track in connect(server.address).list(component)} == tracks


def test_a_log_that_is_removed_takes_nothing_with_it(start_server, connect):
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    tracks = {client.create(component, f"v1.{number}").id for number in range(20)}
    (server.data / "trackd.db-wal").unlink()
    expect_told(server, "store has failed")
    with pytest.raises(grpc.RpcError):
        client.create(component, "v2.0")
    server.kill()
    server = start_server()
    assert {track.id for track in connect(server.address).list(component)} == tracks


def held(data) -> sqlite3.Connection:
    other = sqlite3.connect(data / "trackd.db", isolation_level=None, timeout=20)
    other.execute("BEGIN IMMEDIATE")
    return other


def writers(client, component, count) -> list[threading.Thread]:
    def write(number):
        try:
            client.create(component, f"v1.{number}")
        except grpc.RpcError:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_a_drain_ends_in_time_while_another_process_has_the_database_locked(start_server, connect):
    server = start_server("data", "--grace", "3")
    client = connect(server.address)
    component = client.put_component()
    other = held(server.data)
    threads = writers(client, component, 64)
    time.sleep(0.3)
    begin = time.monotonic()
    server.signal(signal.SIGTERM)
    server.wait(30)
    # A second, more for a busy machine, and some for code with a sanitizer.
    assert time.monotonic() - begin < (10 if paths.SANITIZED else 5)
    for thread in threads:
        thread.join()
    other.close()


def test_a_drain_ends_in_time_while_the_disk_hangs(failing_sync_library, start_server, connect,
                                                   tmp_path):
    flag = tmp_path / "hang"
    environment = {"LD_PRELOAD": str(failing_sync_library), "HANGING_SYNC": str(flag)}
    server = start_server("data", "--grace", "1", environment=environment)
    client = connect(server.address)
    component = client.put_component()
    flag.touch()
    threads = writers(client, component, 4)
    time.sleep(0.3)
    begin = time.monotonic()
    server.signal(signal.SIGTERM)
    assert server.wait(30) == 1
    assert time.monotonic() - begin < 3
    for thread in threads:
        thread.join()


def test_files_are_private_and_a_group_may_read_what_is_for_it(start_server):
    server = start_server()
    for name in ["", "trackd.db", "trackd.db-wal", "trackd.lock"]:
        assert stat.S_IMODE((server.data / name).stat().st_mode) & 0o077 == 0, name
    server.stop()
    group = grp.getgrgid(os.getegid()).gr_name
    server = start_server("data", "--data-group", group)
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o710
    assert stat.S_IMODE((server.data / "gitops.git").stat().st_mode) & 0o057 == 0o050
    assert stat.S_IMODE((server.data / "trackd.db").stat().st_mode) == 0o600
    server.stop()
    result = subprocess.run(
        [str(paths.trackd_binary()), "serve", "--data", str(server.data), "--data-group",
         "no such group"],
        capture_output=True, text=True, timeout=60)
    assert result.returncode == 2 and "--data-group" in result.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="giving files away takes root")
def test_what_others_own_is_told_and_refused_where_everybody_can_write(start_server):
    server = start_server()
    server.stop()
    shutil.chown(server.data / "trackd.db", 65534)
    server = start_server()
    expect_told(server, "another user")
    server.stop()
    (server.data / "trackd.db").chmod(0o666)
    assert "everybody can write" in start_and_fail(server.data)


def test_the_lock_is_never_a_link(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "precious").write_text("precious")
    (data / "trackd.lock").symlink_to(tmp_path / "precious")
    assert "symbolic link" in start_and_fail(data)
    assert (tmp_path / "precious").read_text() == "precious"
