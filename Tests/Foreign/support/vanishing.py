"""Peers that vanish without a FIN: a proxy whose packets get no answer any more, and sockets of
other processes."""

import contextlib
import ctypes
import os
import socket
import struct
import threading

import pytest

_SO_ATTACH_FILTER = 26
_PIDFD_GETFD = 438
#: BPF: return 0, which drops the packet before TCP sees it.
_DROP = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0), 8)


class Proxy:
    """Forwards connections to an address. Open ones can vanish; later ones are forwarded again."""

    def __init__(self, host: str, port: int):
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []
        self._vanished: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def vanish(self) -> int:
        """Drops all packets of open connections from now on. Returns their number."""
        with self._lock:
            for client in self._open[::2]:
                self._vanished.add(client)
                client.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER,
                                  struct.pack("HP", 1, ctypes.addressof(_DROP)))
            return len(self._open) // 2

    def close(self) -> None:
        # shutdown wakes the thread that accepts.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client = self._listener.accept()[0]
                server = socket.create_connection(self._target)
                with self._lock:
                    self._open += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._forward, args=ends, daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65536):
                if target not in self._vanished:
                    target.sendall(chunk)


def socket_to(pid: int, port: int) -> socket.socket:
    """A process's socket that is connected to a local port: the socket itself, not a copy."""
    process = os.pidfd_open(pid)
    try:
        for name in os.listdir(f"/proc/{pid}/fd"):
            descriptor = ctypes.CDLL(None, use_errno=True).syscall(
                _PIDFD_GETFD, process, int(name), 0)
            if descriptor < 0:
                pytest.skip(
                    f"sockets of other processes are out of reach: {os.strerror(ctypes.get_errno())}")
            try:
                one = socket.socket(fileno=descriptor)
            except OSError:
                os.close(descriptor)
                continue
            with contextlib.suppress(OSError):
                if one.family == socket.AF_INET and one.getpeername()[1] == port:
                    return one
            one.close()
    finally:
        os.close(process)
    raise AssertionError(f"process {pid} has no connection to port {port}")
