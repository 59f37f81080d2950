"""A Git server over https with its own certificate and password: `git http-backend` behind Python's
web server."""

import base64
import http.server
import os
import pathlib
import ssl
import subprocess
import threading

USER, PASSWORD = "robot", "s3cret-p4ssword"


class GitServer:
    """Serves the bare repositories of a folder. `requests` holds every path that was requested with
    the password. `redirect` is a status and a place that it answers with instead, and `at_request`
    is called for each request."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.requests: list[str] = []
        self.refused = 0
        self.connections = 0
        self.redirect: tuple[int, str] | None = None
        self.at_request = lambda: None
        self.certificate = folder / "server.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
             "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
             self.certificate, "-out", folder / "cert.pem"],
            check=True, capture_output=True)
        with open(self.certificate, "a") as both:
            both.write((folder / "cert.pem").read_text())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self.server = self._listener()(("127.0.0.1", 0), self._handler())
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def authority(self) -> pathlib.Path:
        """The certificate that vouches for the server: its own."""
        return self.folder / "cert.pem"

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    def url(self, name: str) -> str:
        return f"https://localhost:{self.port}/{name}"

    def create(self, name: str, object_format: str = "sha1") -> pathlib.Path:
        """Makes a bare repository."""
        path = self.folder / name
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main",
                        f"--object-format={object_format}", path], check=True)
        subprocess.run(["git", "-C", path, "config", "http.receivepack", "true"], check=True)
        return path

    def credentials(self, path: pathlib.Path, password: str = PASSWORD) -> pathlib.Path:
        """Writes a file for git-credential-store(1)."""
        path.write_text(f"https://{USER}:{password}@localhost:{self.port}\n")
        return path

    def environment(self) -> dict[str, str]:
        return {"GIT_SSL_CAINFO": str(self.folder / "cert.pem")}

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _listener(self):
        owner = self

        class Listener(http.server.ThreadingHTTPServer):
            def get_request(self):
                # Before the handshake.
                owner.connections += 1
                return super().get_request()

        return Listener

    def _handler(self):
        owner = self
        wanted = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def _body(self) -> bytes:
                if self.headers.get("Transfer-Encoding") == "chunked":
                    body = b""
                    while size := int(self.rfile.readline(), 16):
                        body += self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                    return body
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))

            def _serve(self):
                body = self._body()
                if self.headers.get("Authorization") != wanted:
                    owner.refused += 1
                    self.send_response(401)
                    self.send_header("WWW-Authenticate", 'Basic realm="git"')
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                owner.at_request()
                if owner.redirect:
                    status, place = owner.redirect
                    self.send_response(status)
                    self.send_header("Location", place)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                path, _, query = self.path.partition("?")
                owner.requests.append(path)
                environment = {
                    "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(owner.folder),
                    "GIT_HTTP_EXPORT_ALL": "1", "PATH_INFO": path, "QUERY_STRING": query,
                    "REQUEST_METHOD": self.command, "REMOTE_USER": USER,
                    "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                    "CONTENT_LENGTH": str(len(body)),
                    "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                    "GIT_PROTOCOL": self.headers.get("Git-Protocol", "")}
                answer = subprocess.run(["git", "http-backend"], input=body, capture_output=True,
                                        env=environment).stdout
                head, _, content = answer.partition(b"\r\n\r\n")
                fields = [line.decode().split(": ", 1) for line in head.split(b"\r\n")]
                status = next((int(value.split()[0]) for name, value in fields if name == "Status"),
                              200)
                self.send_response(status)
                for name, value in fields:
                    if name != "Status":
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _serve

        return Handler
