"""Requests over HTTP/2 with prior knowledge, and over HTTP/1.1 and 1.0, by Debian's curl."""

import dataclasses
import json
import subprocess


@dataclasses.dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self):
        assert self.headers["content-type"] == "application/json", self
        return json.loads(self.text)

    @property
    def error(self) -> dict:
        """The error of the reply; checks that its parts agree."""
        error = self.json["error"]
        assert error["code"] == self.status, self
        assert error["message"] or error["status"] == "UNIMPLEMENTED", self
        details = {detail["@type"].rsplit(".", 1)[1]: detail for detail in error.get("details", [])}
        if "reason" in error:
            assert details["ErrorInfo"]["reason"] == error["reason"]
            assert details["ErrorInfo"]["domain"] == "trackd"
        assert ("field_violations" in error) == ("BadRequest" in details), self
        return error


#: The flag of each version; without one curl speaks HTTP/1.1.
VERSIONS = {"2": ["--http2-prior-knowledge"], "1.1": [], "1.0": ["--http1.0"]}


def curl(address: str, method: str, path: str, body=None, *, content_type="application/json",
         headers=(), arguments=(), http="2") -> Reply:
    """Makes one request over a version of HTTP. A body that is neither a string nor bytes is sent
    as JSON."""
    argv = ["curl", "--silent", "--show-error", "--include", "--max-time", "20",
            *VERSIONS[http], "--globoff", "--path-as-is", *arguments]
    argv += ["--head"] if method == "HEAD" else ["--request", method]
    if body is not None:
        argv += ["--header", f"content-type:{' ' + content_type if content_type else ''}",
                 "--data-binary", "@-"]
        if not isinstance(body, (str, bytes)):
            body = json.dumps(body)
    for header in headers:
        argv += ["--header", header]
    done = subprocess.run(
        [*argv, f"http://{address}{path}"], capture_output=True, timeout=30,
        input=body.encode() if isinstance(body, str) else body or b"")
    assert done.returncode == 0, done.stderr
    head, _, got = done.stdout.partition(b"\r\n\r\n")
    first, *lines = head.decode().splitlines()
    version, status = first.split()[:2]
    # A server answers with its own version.
    assert version == {"2": "HTTP/2", "1.1": "HTTP/1.1", "1.0": "HTTP/1.1"}[http]
    return Reply(int(status), dict(line.lower().split(": ", 1) for line in lines), got)
