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


def programs() -> pathlib.Path | None:
    """Of the versions that are installed, the newest."""
    found = [path.parent for path in ROOT.glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


class Cluster:
    """A server that listens on a Unix socket in its folder, which is made in `parent`: an empty one,
    or one that follows another, which knows it by `name`. Of `settings` each is `name=value`."""

    def __init__(self, parent="/tmp", settings=("fsync=off", "max_connections=300"),
                 standby_of: "Cluster | None" = None, name: str = "standby"):
        self.settings = settings
        self.programs = programs()
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
        if standby_of:
            self._do("pg_basebackup", "-D", "data", "-R", "-X", "stream", "-c", "fast", "-d",
                     f"host={standby_of.folder} user=trackd application_name={name}")
        else:
            self._do("initdb", "-D", "data", "-U", "trackd", "-A", "trust", "-E", "UTF8",
                     "--locale=C", "--no-sync")
        self.start()

    def _do(self, program: str, *arguments: str) -> None:
        subprocess.run([*self.privileges, self.programs / program, *arguments], cwd=self.folder,
                       check=True, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

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

    def kill(self) -> None:
        """Kills its main process, which the others notice."""
        self.process.kill()
        self.process.wait(60)

    def back_up(self, name: str) -> None:
        """Copies what it has, while it runs, to a folder beside its own."""
        self._do("pg_basebackup", "-D", name, "-X", "stream", "-c", "fast", "-d",
                 f"host={self.folder} user=trackd")

    def put_back(self, name: str) -> None:
        """Puts a backup in the place of what it has, while it does not run."""
        (self.folder / "data").rename(self.folder / "former")
        (self.folder / name).rename(self.folder / "data")

    def promote(self) -> None:
        """Makes a standby the primary, and waits until it is."""
        self._do("pg_ctl", "promote", "-w", "-D", "data")

    def set(self, name: str, value: str) -> None:
        """Changes a setting. Sessions learn of it between two commands."""
        self.run(f"ALTER SYSTEM SET {name} = '{value}'")
        self.run("SELECT pg_reload_conf()")

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

    def url(self, database: str, *others: "Cluster") -> str:
        """The URL of a database; with `others`, of whichever of them all takes writes."""
        hosts = ",".join(urllib.parse.quote(str(one.folder)) for one in (self, *others))
        wanted = "&target_session_attrs=read-write" if others else ""
        return f"postgresql://trackd@/{database}?host={hosts}{wanted}"

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
