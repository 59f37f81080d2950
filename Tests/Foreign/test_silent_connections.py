"""The cost of a connection that sends nothing, or too little: no HTTP/2 state is made for it."""

import contextlib
import resource
import socket

import pytest

from support import paths
from support.raw_h2 import PREFACE
from support.steady import settled_rss

#: The second wave is measured: the first one pays for one-time growth, such as the loops' tables.
WAVE = 2_500
MOST_BYTES = 2048


@pytest.mark.skipif(paths.SANITIZED, reason="the sanitizers' own memory is not the server's")
@pytest.mark.parametrize("said", [b"", PREFACE[:-1]], ids=["nothing", "all but a byte"])
def test_memory_of_a_silent_connection(said, start_server):
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most < 3 * WAVE:
        pytest.skip("too few descriptors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    try:
        server = start_server("data", "--max-connections", str(3 * WAVE))
        with contextlib.ExitStack() as open_sockets:
            def wave():
                for _ in range(WAVE):
                    sock = open_sockets.enter_context(socket.create_connection(
                        ("127.0.0.1", server.port), 10))
                    if said:
                        sock.sendall(said)

            files = server.open_files()
            wave()
            before = settled_rss(server)
            wave()
            after = settled_rss(server)
            assert server.open_files() >= files + 2 * WAVE * 0.99, (
                "they were closed before they were counted")
        each = (after - before) * 1024 / WAVE
        print(f"{each:.0f} bytes for each silent connection")
        assert each <= MOST_BYTES
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, most))
