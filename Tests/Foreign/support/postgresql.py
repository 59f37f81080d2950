"""A PostgreSQL of the tests' own: a cluster in a folder of its own, which goes with them."""

import atexit
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import urllib.parse

import pytest

from . import waiting

ROOT = pathlib.Path("/usr/lib/postgresql")


def _programs() -> pathlib.Path | None:
    """Of the versions that are installed, the newest."""
    found = [path.parent for path in ROOT.glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


class Cluster:
    """A server that listens on a Unix socket in its folder, which is made in `parent`. Of `settings`
    each is `name=value`."""

    def __init__(self, parent="/tmp", settings=("fsync=off", "max_connections=300")):
        self.settings = settings
        self.programs = _programs()
        if not self.programs:
            missing = "PostgreSQL is not installed: see Scripts/packages.txt"
            if os.environ.get("TRACKD_NEED_POSTGRESQL"):
                pytest.fail(missing)
            pytest.skip(missing)
        # The path of a socket has at most 107 bytes, and the server's user goes in.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="trackd-postgresql-", dir=parent))
        atexit.register(self.close)
        self.privileges = ["setpriv", "--pdeathsig", "QUIT"]
        # PostgreSQL does not run as root.
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
            self.privileges += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.process: subprocess.Popen | None = None
        self._databases = 0
        self.log = open(self.folder / "log", "ab")
        subprocess.run(
            [*self.privileges, self.programs / "initdb", "-D", "data", "-U", "trackd", "-A",
             "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            cwd=self.folder, check=True, stdout=self.log, stderr=self.log)
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [*self.privileges, self.programs / "postgres", "-D", "data", "-c",
             "listen_addresses=", "-c", f"unix_socket_directories={self.folder}",
             *(word for setting in self.settings for word in ("-c", setting))],
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        waiting.until(self._answers, 60)

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
        return subprocess.run([self.programs / "pg_isready", "-q", "-h", self.folder]
                              ).returncode == 0

    def stop(self) -> None:
        """Ends it at once, as a machine that loses its power."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)

    def run(self, command: str, url: str = "") -> str:
        """Runs SQL in a database. Returns what it prints."""
        return subprocess.run(
            [self.programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", command,
             url or self.url("postgres")],
            check=True, capture_output=True, text=True).stdout

    def make_database(self, template="template1") -> str:
        """Makes an empty database, or a copy of one. Returns its URL."""
        self._databases += 1
        name = f"test{self._databases}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def url(self, database: str) -> str:
        return f"postgresql://trackd@/{database}?host={urllib.parse.quote(str(self.folder))}"

    def dump(self, url: str) -> str:
        """The rows of a database."""
        return subprocess.run([self.programs / "pg_dump", "--data-only", "--inserts", url],
                              check=True, capture_output=True, text=True).stdout

    def close(self) -> None:
        if self.process and self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


_shared: list[Cluster] = []


def shared() -> Cluster:
    """The cluster that tests share, each with databases of its own."""
    if not _shared:
        _shared.append(Cluster())
    return _shared[0]
