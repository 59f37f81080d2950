"""The flags and the environment of trackd, before it serves."""

import contextlib
import os
import pathlib
import socket
import sqlite3
import subprocess
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from support import raw_h2
from support.paths import trackd_binary
from support.raw_h2 import RawConnection, request_headers
from support.server import run_to_end


def check(address: str) -> int:
    with grpc.insecure_channel(address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        return stub.Check(health_pb2.HealthCheckRequest(), timeout=10, wait_for_ready=True).status


def one_line(stderr: str) -> str:
    """The single line with which trackd refuses to start."""
    lines = stderr.strip().splitlines()
    assert len(lines) == 1, stderr
    return lines[0]


def test_version_is_one_line_on_stdout():
    code, out, err = run_to_end("--version")
    assert (code, err) == (0, "")
    assert out.startswith("trackd ") and len(out.splitlines()) == 1


def test_help_names_the_command_and_its_every_flag():
    code, out, err = run_to_end("--help")
    assert (code, err) == (0, "") and "trackd serve" in out
    code, out, err = run_to_end("serve", "--help")
    assert (code, err) == (0, "")
    for flag in ("--listen", "--data", "--loops", "--log-level", "--log-format",
                 "--change-log-retention", "--request-id-retention",
                 "--superseded-image-retention"):
        assert flag in out


@pytest.mark.parametrize("arguments", [
    ("serve", "--bogus"),
    ("bogus",),
    ("serve", "--listen"),
    ("serve", "--listen", "localhost:70000"),
    ("serve", "--listen", "nonsense"),
    ("serve", "--loops", "0"),
    ("serve", "--loops", "many"),
    ("serve", "--log-level", "loud"),
    ("serve", "--log-format", "xml"),
    ("serve", "--change-log-retention", "30"),
    ("serve", "--request-id-retention", "0s"),
    ("serve", "--superseded-image-retention", "1y"),
], ids=" ".join)
def test_bad_usage_is_one_line_and_exit_code_2(arguments, tmp_path):
    extra = ("--data", str(
        tmp_path / "data")) if arguments[0] == "serve" and arguments[-1] != "--listen" else ()
    code, out, err = run_to_end(*arguments[:1], *extra, *arguments[1:])
    assert (code, out) == (2, "")
    assert arguments[-1] in one_line(err)
    assert not (tmp_path / "data").exists()


def test_a_bad_value_in_the_environment_is_bad_usage_too(tmp_path):
    code, _, err = run_to_end("serve", "--data", str(tmp_path / "data"),
                              environment={"TRACKD_LOOPS": "none"})
    assert code == 2
    assert "TRACKD_LOOPS" in one_line(err)


def test_the_environment_means_the_same_as_the_flags(start_server, tmp_path):
    server = start_server("ignored", listen=(), environment={
        "TRACKD_LISTEN": "127.0.0.1:0", "TRACKD_LOOPS": "1", "TRACKD_LOG_LEVEL": "debug"})
    assert check(server.address) == health_pb2.HealthCheckResponse.SERVING


def test_it_listens_on_several_addresses(start_server, tmp_path):
    path = tmp_path / "trackd.sock"
    name = f"unix-abstract:{tmp_path}/trackd"
    server = start_server(listen=("127.0.0.1:0", "[::1]:0", f"unix:{path}", name))
    four, six, unix, abstract = server.addresses
    assert four.startswith("127.0.0.1:") and not four.endswith(":0")
    assert six.startswith("[::1]:") and not six.endswith(":0")
    assert unix == f"unix:{path}"
    assert abstract == name
    for address in (four, f"ipv6:{six}", unix, abstract):
        assert check(address) == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("umask", ["000", "022", "077"])
@pytest.mark.parametrize("flags, mode", [((), 0o660), (("--unix-mode", "0600"), 0o600),
                                         (("--unix-mode=777",), 0o777)])
def test_who_may_call_over_a_unix_socket_is_a_flag_and_not_the_umask(
        start_server, tmp_path, umask, flags, mode):
    path = tmp_path / "trackd.sock"
    shell = ("sh", "-c", f'umask {umask}; exec "$@"', "trackd")
    server = start_server("data", *flags, listen=(f"unix:{path}",), prefix=shell)
    assert path.stat().st_mode & 0o777 == mode
    assert check(f"unix:{path}") == health_pb2.HealthCheckResponse.SERVING
    server.stop()


def test_a_unix_socket_left_behind_by_a_killed_server_is_taken_over(start_server, tmp_path):
    path = tmp_path / "trackd.sock"
    start_server(listen=(f"unix:{path}",)).kill()
    assert path.exists()
    server = start_server(listen=(f"unix:{path}",))
    assert check(f"unix:{path}") == health_pb2.HealthCheckResponse.SERVING
    server.stop()
    assert not path.exists()


def test_a_port_in_use_ends_it_with_code_1(start_server, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        code, out, err = run_to_end("serve", "--listen", address, "--data", str(tmp_path / "data"))
    assert (code, out) == (1, "")
    assert address in one_line(err) and "in use" in err


def test_a_data_folder_that_cannot_be_made_ends_it_with_code_1(tmp_path):
    (tmp_path / "file").write_text("")
    data = tmp_path / "file" / "data"
    code, out, err = run_to_end("serve", "--listen", "127.0.0.1:0", "--data", str(data))
    assert (code, out) == (1, "")
    assert str(data) in one_line(err)


def test_a_data_folder_on_a_read_only_file_system_ends_it_with_code_1(tmp_path):
    data = pathlib.Path("/proc/trackd-data")
    code, out, err = run_to_end("serve", "--listen", "127.0.0.1:0", "--data", str(data))
    assert (code, out) == (1, "")
    assert str(data) in one_line(err)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_data_folder_without_permission_ends_it_with_code_1(tmp_path):
    data = tmp_path / "data"
    data.mkdir(mode=0o555)
    code, _, err = run_to_end("serve", "--listen", "127.0.0.1:0", "--data", str(data))
    assert code == 1
    assert str(data) in one_line(err)


def test_a_data_folder_held_by_another_trackd_ends_it_and_names_the_holder(start_server):
    holder = start_server()
    code, out, err = run_to_end("serve", "--listen", "127.0.0.1:0", "--data", str(holder.data))
    assert (code, out) == (1, "")
    assert str(holder.pid) in one_line(err) and str(holder.data) in err
    assert check(holder.address) == health_pb2.HealthCheckResponse.SERVING


def test_a_data_folder_is_free_again_after_kill_9(start_server):
    start_server().kill()
    assert check(start_server().address) == health_pb2.HealthCheckResponse.SERVING


def database_of(server) -> pathlib.Path:
    """The one SQLite database in the data folder."""
    (found,) = [p for p in server.data.rglob("*")
                if p.is_file() and p.read_bytes()[:6] == b"SQLite"]
    return found


def test_a_database_of_a_newer_trackd_ends_it_with_code_1_and_is_left_alone(start_server):
    server = start_server()
    server.stop()
    path = database_of(server)
    with sqlite3.connect(path) as database:
        newer = database.execute("PRAGMA user_version").fetchone()[0] + 1
        database.execute(f"PRAGMA user_version = {newer}")
    before = path.read_bytes()
    code, out, err = run_to_end("serve", "--listen", "127.0.0.1:0", "--data", str(server.data))
    assert (code, out) == (1, "")
    assert "newer" in one_line(err)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_ends_it_with_code_1(start_server):
    server = start_server()
    server.stop()
    path = database_of(server)
    path.write_bytes(b"this is not a database" * 1000)
    code, out, err = run_to_end("serve", "--listen", "127.0.0.1:0", "--data", str(server.data))
    assert (code, out) == (1, "")
    assert str(path) in one_line(err)


def test_closed_standard_streams_are_not_taken_for_other_files(tmp_path):
    """The log of a server without stderr must not go to the file or connection that gets descriptor
    2."""
    data = tmp_path / "data"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", str(trackd_binary()), "serve", "--data",
         str(data), "--listen", address])
    try:
        assert check(address) == health_pb2.HealthCheckResponse.SERVING
        for number in range(3):
            assert os.readlink(f"/proc/{process.pid}/fd/{number}") == "/dev/null"
        assert (data / "trackd.lock").read_text() == f"{process.pid}\n"
    finally:
        process.terminate()
        assert process.wait(20) == 0
    assert (data / "trackd.lock").read_text() == f"{process.pid}\n"


def full_pipe() -> tuple[int, int]:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x" * 4096)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"x")
    os.set_blocking(writer, True)
    return reader, writer


@pytest.mark.parametrize("signals", [1, 2])
def test_a_log_that_nobody_reads_keeps_no_call_and_no_exit_waiting(tmp_path, signals):
    reader, writer = full_pipe()
    process = subprocess.Popen(
        [str(trackd_binary()), "serve", "--data", str(tmp_path / "data"), "--listen",
         "127.0.0.1:0"],
        stdout=subprocess.PIPE, stderr=writer, text=True)
    try:
        address = process.stdout.readline().split()[-1]
        with grpc.insecure_channel(address) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            for _ in range(100):
                stub.Check(health_pb2.HealthCheckRequest(), timeout=10, wait_for_ready=True)
            with pytest.raises(grpc.RpcError):
                channel.unary_unary("/x/y")(b"", timeout=10)
            if signals == 2:
                # A call in flight keeps the drain from ending.
                with RawConnection(socket.create_connection(tuple_of(address))) as raw:
                    raw.headers(1, request_headers("/grpc.health.v1.Health/Check"))
                    raw.send(raw_h2.ping())
                    assert raw.read_until(lambda: raw.pings == 1)
                    process.terminate()
                    assert raw.read_until(lambda: raw.goaway is not None)
                    process.terminate()
                    assert process.wait(10) == 1
        if signals == 1:
            process.terminate()
            assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()
        os.close(reader)
        os.close(writer)


def tuple_of(address: str) -> tuple[str, int]:
    host, port = address.rsplit(":", 1)
    return host, int(port)


def test_connections_leave_the_store_its_descriptors(start_server):
    """With few descriptors there are few connections, and all of them get answers from the
    store."""
    server = start_server("few", "--loops", "2", prefix=("sh", "-c", 'ulimit -n 256; exec "$@"',
                                                         "sh"))
    with contextlib.ExitStack() as opened:
        silent = [opened.enter_context(RawConnection(server.connect())) for _ in range(300)]
        # The connections that were idle longest make room for later ones, after a GOAWAY.
        deadline = time.monotonic() + 10
        while server.open_files() >= 256 - 16 and time.monotonic() < deadline:
            time.sleep(0.02)
        for raw in silent:
            raw.read_until(lambda raw=raw: raw.closed, 0.005)
        late = [raw for raw in silent if not raw.closed and raw.acks > 0]
        assert 10 <= len(late) < 256
        for raw in late[-4:]:
            raw.request(1, "/deploymenttrack.v1.CatalogService/ListOrganizations",
                        raw_h2.message(b""))
            assert raw.answer(1) == "OK"
