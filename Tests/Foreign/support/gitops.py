"""What a GitOps repository says of the deployments of a trackd."""

import pathlib
import subprocess


class Repository:
    """A bare repository, read with git."""

    def __init__(self, path: pathlib.Path, branch: str = "main"):
        self.path, self.branch = path, branch

    def git(self, *arguments: str) -> str:
        return subprocess.run(["git", "-C", str(self.path), *arguments], capture_output=True, text=True,
                              check=True).stdout

    def commits(self) -> list[tuple[str, str]]:
        """(hash, deployment id) of every commit of the branch that is one of a deployment, oldest first."""
        if not self.path.exists() or not self.git("branch", "--list", self.branch).strip():
            return []
        lines = self.git("log", "--reverse", "--format=%H %(trailers:key=Trackd-Deployment,valueonly,separator=%x2C)",
                         self.branch).splitlines()
        return [(commit, deployment) for commit, _, deployment in (line.partition(" ") for line in lines) if deployment]

    def manifest(self, component: str, track: str, environment: str, root: str = "") -> str:
        """The file of (component, track, environment)."""
        path = "/".join(part for part in (root, component, track, f"{environment}.yaml") if part)
        return self.git("show", f"{self.branch}:{path}")

    def check_integrity(self) -> None:
        self.git("fsck", "--full", "--strict")
