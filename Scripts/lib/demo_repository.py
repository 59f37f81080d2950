"""The Git repositories of the demo: the sources that CI builds, and the GitOps repository that
trackd writes."""

import dataclasses
import pathlib
import re
import subprocess

SOURCE_CONFIG = """\
schemaVersion: "1.2"
endpoints:
  - name: basket-api
    displayName: Basket API
    service:
      basePath: /basket
      port: 8080
    type: REST
    networkVisibilities:
      - Public
    schemaFilePath: openapi.yaml
"""


def git(folder: pathlib.Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(folder), *words], check=True, capture_output=True, text=True,
        timeout=60).stdout.strip()


@dataclasses.dataclass
class Commit:
    hash: str
    branch: str
    time: str
    message: str


class Sources:
    """What the developers work on."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        folder.mkdir()
        git(folder, "init", "--quiet", "--initial-branch", "main")
        git(folder, "config", "user.name", "Mia Berg")
        git(folder, "config", "user.email", "mia@northwind.example")
        self._minute = 0
        (folder / ".choreo").mkdir()
        (folder / ".choreo" / "component.yaml").write_text(SOURCE_CONFIG)
        (folder / "openapi.yaml").write_text("openapi: 3.0.3\n")
        self.first = self.commit("main", "A basket that keeps what is put in")
        git(folder, "branch", "release/1.0")

    def commit(self, branch: str, message: str) -> Commit:
        """A commit, a minute after the one before it."""
        self._minute += 1
        time = f"2026-03-02T08:{self._minute:02d}:00Z"
        if git(self.folder, "branch", "--show-current") != branch:
            git(self.folder, "checkout", "--quiet", branch)
        (self.folder / "CHANGES").write_text(f"{message}\n")
        git(self.folder, "add", "--all")
        subprocess.run(
            ["git", "-C", str(self.folder), "commit", "--quiet", "--message", message], check=True,
            timeout=60, env={"GIT_AUTHOR_DATE": time, "GIT_COMMITTER_DATE": time,
                             "PATH": "/usr/bin:/bin", "HOME": str(self.folder)})
        return Commit(git(self.folder, "rev-parse", "HEAD"), branch, time, message)


@dataclasses.dataclass
class Published:
    """A commit of the GitOps repository."""
    hash: str
    trailers: dict[str, str]


class GitOps:
    """What Argo CD or Flux would follow."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        folder.mkdir()
        git(folder, "init", "--quiet", "--bare", "--initial-branch", "main")

    def commits(self) -> list[Published]:
        """The first one first."""
        log = git(self.folder, "log", "--reverse", "--format=%H%x01%(trailers:only,unfold)%x02",
                  "main")
        found = []
        for entry in filter(str.strip, log.split("\x02")):
            hash, _, trailers = entry.strip().partition("\x01")
            found.append(Published(hash, dict(re.findall(r"^Trackd-(\w+): (.*)$", trailers,
                                                         re.MULTILINE))))
        return found

    def files(self) -> list[str]:
        return git(self.folder, "ls-tree", "-r", "--name-only", "main").splitlines()

    def manifest(self, path: str, commit: str = "main") -> str:
        return git(self.folder, "show", f"{commit}:{path}")
