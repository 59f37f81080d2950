"""The content of a GitOps repository as trackd's deployments define it."""

import pathlib
import subprocess
import tempfile


class Repository:
    """A bare repository, read with git."""

    def __init__(self, path: pathlib.Path, branch: str = "main"):
        self.path, self.branch = path, branch

    def git(self, *arguments: str) -> str:
        return subprocess.run(["git", "-C", str(self.path), *arguments], capture_output=True,
                              text=True, check=True).stdout

    def commits(self) -> list[tuple[str, str]]:
        """The hash and the deployment id of each commit of a deployment on the branch, oldest
        first."""
        if not self.path.exists() or not self.git("branch", "--list", self.branch).strip():
            return []
        lines = self.git(
            "log", "--reverse", "--format=%H %(trailers:key=Trackd-Deployment,valueonly,separator=%x2C)",
            self.branch).splitlines()
        return [
            (commit, deployment)
            for commit, _, deployment in (line.partition(" ") for line in lines) if deployment]

    def manifest(self, component: str, track: str, environment: str,
                 root: str | None = None) -> str:
        """The manifest of (component, track, environment), by default in the folder named after the
        environment."""
        root = environment if root is None else root
        return self.git("show", f"{self.branch}:{root}/{component}/{track}/{environment}.yaml")

    def files(self) -> list[str]:
        """The mode and the path of every file on the branch; none without a branch."""
        if not self.git("branch", "--list", self.branch).strip():
            return []
        lines = self.git("ls-tree", "-rz", "--format=%(objectmode) %(path)",
                         self.branch).split("\0")
        return [line for line in lines if line]

    def change(self, script: str) -> None:
        """Commits the result of a shell script on the branch, as another person would."""
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder) / "work"
            self.git("clone", "-q", str(self.path), str(work))
            commands = f"""
                git checkout -q -B {self.branch}
                {script}
                git add -A
                git -c user.name=Ada -c user.email=ada@example.org commit -q -m theirs
                git push -q origin {self.branch}
                """
            subprocess.run(["sh", "-ec", commands], cwd=work, check=True, capture_output=True)

    def check_integrity(self) -> None:
        self.git("fsck", "--full", "--strict")


def make_repository(path: pathlib.Path, branch: str = "main") -> Repository:
    """Makes an empty bare repository whose HEAD names the branch."""
    subprocess.run(["git", "init", "-q", "--bare", "-b", branch, str(path)], check=True)
    return Repository(path, branch)
