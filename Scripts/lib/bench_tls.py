"""The figures of TLS: calls over it against calls in cleartext, and full handshakes against nginx's
with the same key."""

import pathlib
import re
import subprocess
import time

from support.certificates import Authority
from support.services import free_port

NGINX = """worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 1000; }}
http {{
  access_log off;
  server {{
    listen 127.0.0.1:{port} ssl http2;
    ssl_certificate {chain};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.3;
    ssl_session_tickets on;
  }}
}}
"""
SECONDS = 3


def server_pair(folder: pathlib.Path):
    """An authority, and a certificate with an ECDSA key of P-256."""
    authority = Authority(folder, "bench")
    return authority, authority.issue("tls", "localhost", "127.0.0.1")


class Nginx:
    """nginx with one worker, on its core."""

    def __init__(self, folder: pathlib.Path, pair, prefix: tuple[str, ...]):
        self.port = free_port()
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, port=self.port, chain=pair.chain_file,
                                       key=pair.key_file))
        self.process = subprocess.Popen([*prefix, "nginx", "-c", str(config)],
                                        stderr=subprocess.DEVNULL)
        self.pid = self._worker()

    def _worker(self) -> int:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            found = pathlib.Path(
                f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            if found:
                return int(found[0])
            time.sleep(0.02)
        raise SystemExit("nginx has no worker")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def handshakes(server, core: str, cpu_ns) -> dict:
    """Microseconds of the server's CPU for a full handshake of TLS 1.3, a ticket and the end."""
    before = cpu_ns(server.pid)
    done = subprocess.run(
        ["taskset", "-c", core, "openssl", "s_time", "-connect", f"127.0.0.1:{server.port}", "-new",
         "-time", str(SECONDS)], capture_output=True, text=True, timeout=60)
    used = cpu_ns(server.pid) - before
    count = int(re.search(r"(\d+) connections in", done.stdout).group(1))
    return {"us": used / count / 1000, "count": count}
