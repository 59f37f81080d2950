"""Under a service manager that speaks systemd's protocols: sockets handed on, and notices."""

import signal
import socket
import subprocess

import pytest

from support import paths
from support.client import Client
from support.raw_h2 import RawConnection, message
from support.server import Server

CHECK = "/grpc.health.v1.Health/Check"


class Manager:
    """Hands listening sockets to a trackd, and hears what it says."""

    def __init__(self, folder, sockets):
        self.folder, self.sockets = folder, sockets
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(folder / "notify"))
        self.notices.settimeout(20)

    def start(self, *arguments, listen=()) -> Server:
        # The number of the process is known in its shell only, before that becomes trackd.
        moved = " ".join(f"{3 + at}<&{one.fileno()}" for at, one in enumerate(self.sockets))
        script = f'LISTEN_PID=$$ LISTEN_FDS={len(self.sockets)} exec "$@" {moved}'
        for one in self.sockets:
            one.set_inheritable(True)
        return Server(
            self.folder / "data", *arguments, listen=listen, prefix=("bash", "-c", script, "-"),
            environment={"NOTIFY_SOCKET": str(self.folder / "notify")},
            inherited=[one.fileno() for one in self.sockets])

    def heard(self) -> list[str]:
        return self.notices.recv(1000).decode().split("\n")

    def close(self):
        self.notices.close()
        for one in self.sockets:
            one.close()


@pytest.fixture
def manager(tmp_path):
    tcp = socket.create_server(("127.0.0.1", 0))
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(str(tmp_path / "trackd.sock"))
    unix.listen()
    one = Manager(tmp_path, [tcp, unix])
    yield one
    one.close()


def test_its_sockets_are_served_and_it_hears_of_the_beginning_and_the_end(manager):
    server = manager.start()
    port, path = manager.sockets[0].getsockname()[1], manager.sockets[1].getsockname()
    assert server.addresses == [f"127.0.0.1:{port}", f"unix:{path}"]
    assert manager.heard() == ["READY=1", "STATUS=serving"]
    for address in server.addresses:
        client = Client(address)
        assert client.create(client.put_component(), "v1.0").latest
        client.close()
    server.signal(signal.SIGTERM)
    assert manager.heard() == ["STOPPING=1", "STATUS=draining"]
    assert server.wait() == 0


def test_a_connection_that_comes_between_two_processes_is_served(manager):
    first = manager.start()
    first.signal(signal.SIGTERM)
    assert first.wait() == 0
    with RawConnection(socket.create_connection(manager.sockets[0].getsockname())) as raw:
        raw.request(1, CHECK, message(b""))
        second = manager.start()
        assert raw.answer(1) == "OK"
    second.stop()


def test_addresses_of_its_own_come_on_top(manager):
    server = manager.start(listen=("127.0.0.1:0",))
    assert len(server.addresses) == 3
    server.stop()


@pytest.mark.skipif(paths.SANITIZED, reason="nothing in it depends on memory or threads")
def test_a_descriptor_that_does_not_listen_is_told_of(tmp_path):
    one = Manager(tmp_path, [socket.socket()])
    with pytest.raises(AssertionError, match="descriptor 3 of LISTEN_FDS is not a stream socket"):
        one.start()
    one.close()


@pytest.mark.parametrize("count, pid", [("-1", "$$"), ("abc", "$$"), ("99999999999", "$$"),
                                        ("1", "abc")], ids=["less", "word", "more", "pid"])
def test_sockets_that_cannot_be_counted_end_the_start(tmp_path, count, pid):
    script = f'LISTEN_PID={pid} LISTEN_FDS={count} exec "$@"'
    ended = subprocess.run(
        ["bash", "-c", script, "-", paths.trackd_binary(), "serve", "--data", tmp_path / "data"],
        capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2 and ended.stdout == ""
    assert f"'{count if pid == '$$' else pid}' is not valid" in ended.stderr
