"""Debian's nginx and HAProxy before a trackd, configured as usual, with short times for tests."""

import pathlib
import re
import socket
import subprocess
import time

from . import paths

#: Of every nginx, up to its upstream.
NGINX_MAIN = """\
daemon off; master_process off; pid nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
"""

#: Of an nginx before one trackd, or several, up to its server.
NGINX_HEAD = NGINX_MAIN + """\
  upstream trackd {{ {servers} keepalive 16; }}
"""

NGINX = NGINX_HEAD + """\
  server {{
    listen 127.0.0.1:{port} http2;
    location / {{ grpc_pass grpc://trackd; grpc_read_timeout {quiet}s; }}
  }}
}}
"""

HAPROXY = """\
global
  log stderr format raw daemon
defaults
  mode http
  timeout connect 5s
  timeout client {quiet}s
  timeout server {quiet}s
frontend front
  bind 127.0.0.1:{port} proto h2
  default_backend back
backend back
  server trackd 127.0.0.1:{backends[0]} proto h2
"""

#: As for any HTTP server: HTTP/1.1 on both sides.
NGINX_HTTP1 = NGINX_HEAD + """\
  server {{
    listen 127.0.0.1:{port};
    client_max_body_size 0;
    location / {{
      proxy_pass http://trackd;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_request_buffering off;
      proxy_read_timeout {quiet}s;
    }}
  }}
}}
"""

HAPROXY_HTTP1 = HAPROXY.replace(" proto h2", "")

#: Before several servers, as the page about them has it.
DOCUMENTED = "nginx as documented"


def documented(port: int, backends: list[int]) -> str:
    """The nginx of the page, in cleartext on this machine."""
    page = (paths.ROOT / "Sources/trackd/trackd.docc/PostgreSQL.md").read_text()
    (text,) = re.findall(r"```\n(upstream trackd .*?)```", page, re.DOTALL)
    hosts = re.findall(r"[\w-]+\.example:50051", text)
    assert len(hosts) == len(backends)
    for host, backend in zip(hosts, backends):
        text = text.replace(host, f"127.0.0.1:{backend}")
    text = re.sub(r"listen [^;]*;", f"listen 127.0.0.1:{port} http2;", text)
    return NGINX_MAIN.format() + re.sub(r"ssl_\w+ [^;]*;", "", text) + "}\n"


#: Before gRPC.
KINDS = ("nginx", "haproxy")
#: Before the JSON routes, over HTTP/1.1.
HTTP1_KINDS = ("nginx over HTTP/1.1", "haproxy over HTTP/1.1")
TEMPLATES = {"nginx": NGINX, "haproxy": HAPROXY, "nginx over HTTP/1.1": NGINX_HTTP1,
             "haproxy over HTTP/1.1": HAPROXY_HTTP1}
#: Each program, as it is given its configuration. Both run in the folder of the test.
COMMANDS = {"nginx": ["/usr/sbin/nginx", "-p", ".", "-e", "stderr", "-c"],
            "haproxy": ["/usr/sbin/haproxy", "-db", "-f"]}


class Proxy:
    """One proxy process before one trackd, nginx before any number of them.

    It ends a call after `quiet` seconds without data, but for the documented one, which has its own
    time.
    """

    def __init__(self, kind: str, folder: pathlib.Path, backends: list[int], quiet: int = 60):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        folder.mkdir()
        path = folder / "proxy.conf"
        servers = " ".join(f"server 127.0.0.1:{backend};" for backend in backends)
        path.write_text(
            documented(self.port, backends) if kind == DOCUMENTED else TEMPLATES[kind].format(
                port=self.port, backends=backends, servers=servers, quiet=quiet))
        self.log = folder / "log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*COMMANDS[kind.split()[0]], str(path)], cwd=folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except ConnectionRefusedError:
                assert self.process.poll() is None and time.monotonic() < deadline, (
                    self.log.read_text())
                time.sleep(0.02)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
