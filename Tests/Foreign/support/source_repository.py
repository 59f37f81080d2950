"""A Git repository with source configs to which a test commits."""

import pathlib
import subprocess

from .stubs import api


class SourceRepository:
    """A repository with a work tree at `path`. Commits have fixed times, so that equal files have
    equal hashes."""

    def __init__(self, path: pathlib.Path, object_format: str = "sha1"):
        self.path = path
        path.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", f"--object-format={object_format}")
        self._commits = 0

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def git(self, *arguments: str) -> str:
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.path.parent),
                       "GIT_CONFIG_NOSYSTEM": "1"}
        for who in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{who}_NAME": "Ada", f"GIT_{who}_EMAIL": "ada@example.org",
                            f"GIT_{who}_DATE": f"{1_700_000_000 + getattr(self, '_commits', 0)} +0000"}
        done = subprocess.run(["git", "-C", str(self.path), *arguments], capture_output=True,
                              text=True, env=environment, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, files: dict[str, str | bytes | None], branch: str | None = None,
               links: dict[str, str] | None = None) -> str:
        """Commits files by path (None removes one) and symbolic links, on a branch that is made if
        needed. Returns the hash."""
        if branch is not None:
            known = self.git("branch", "--list", branch)
            self.git("checkout", "-q", *([] if known else ["-b"]), branch)
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        for name, target in (links or {}).items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.symlink_to(target)
        self._commits += 1
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", f"commit {self._commits}")
        return self.git("rev-parse", "HEAD")


def apply(client, track, commit="", **fields):
    """Applies the source config at a commit, or at the head of the track's branch."""
    return client.tracks.ApplyComponentConfig(api.ApplyComponentConfigRequest(
        component_id=track.component_id, deployment_track_id=track.id, commit_hash=commit,
        **fields), timeout=30)
