"""Two PostgreSQL that Patroni keeps, an etcd, and the proxies between all of them and trackd. See
Scripts/chaos."""

import json
import os
import pathlib
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from support import waiting
from support.postgresql import programs

SCRIPTS = pathlib.Path(__file__).resolve().parent
#: For how long a leader is one that says nothing any more, in seconds.
TTL = 10
#: What a cluster has for becoming whole, in seconds.
PATIENCE = 90


def free_port(chance=random.Random()) -> int:
    """A port that nobody listens on, and that no connection of this machine is given as its own."""
    while True:
        port = chance.randrange(20_000, 30_000)
        with socket.socket() as one:
            try:
                one.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


def descendants(pid: int) -> list[int]:
    """The processes below one."""
    children: dict[int, list[int]] = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found[1:]


def send(number: int, pids: list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def stop_all(roots: list[int]) -> list[int]:
    """Stops processes and all below them. Returns them: SIGCONT wakes them."""
    stopped: list[int] = []
    while True:
        found = [pid for root in roots for pid in (root, *descendants(root))]
        # One that was running meanwhile may have started others.
        if not (new := [pid for pid in found if pid not in stopped]):
            return stopped
        send(signal.SIGSTOP, new)
        stopped += new


def ask(url: str) -> dict:
    """The JSON that is there; nothing when nobody answers."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return {}


class Network:
    """The proxies, by the name of the way that leads over them."""

    def __init__(self, ways: dict[str, tuple[int, int]]):
        self.ports = {name: port for name, (port, _) in ways.items()}
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPTS / "chaos_proxies.py"),
             *(f"{port}:{target}" for port, target in ways.values())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def turn(self, mode: str, *names: str) -> None:
        self.process.stdin.write(" ".join((mode, *(str(self.ports[one]) for one in names))) + "\n")
        self.process.stdin.flush()
        self.process.stdout.readline()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


class Program:
    """A program of the database's side, which runs as PostgreSQL's user."""

    def __init__(self, folder: pathlib.Path, name: str, *command: str):
        self.folder, self.name, self.command = folder, name, command
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        privileges = (["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
                      if os.geteuid() == 0 else [])
        with open(self.folder / f"{self.name}.log", "ab") as log:
            self.process = subprocess.Popen(
                [*privileges, *self.command], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env={"PATH": os.environ["PATH"], "HOME": str(self.folder)})

    def kill(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()


class Node:
    """A PostgreSQL and the Patroni that keeps it."""

    def __init__(self, cluster: "Cluster", name: str):
        self.name, self.cluster = name, cluster
        self.port, self.rest = free_port(), free_port()
        self.folder = cluster.folder / name
        self.patroni = Program(cluster.folder, name, "patroni", str(cluster.folder / f"{name}.yml"))

    def configure(self) -> None:
        network = self.cluster.network
        sockets = str(self.cluster.folder)
        (self.cluster.folder / f"{self.name}.yml").write_text(json.dumps({
            "scope": "chaos", "name": self.name,
            "restapi": {"listen": f"127.0.0.1:{self.rest}",
                        "connect_address": f"127.0.0.1:{self.rest}"},
            # With etcd's version 3 this Patroni (3.0) takes the leader's lock when it wakes up,
            # whoever has it; with version 2 only while it is its own.
            "etcd": {"hosts": f"127.0.0.1:{network.ports[f'{self.name} to etcd']}",
                     "use_proxies": True},
            "bootstrap": {
                "dcs": {"ttl": TTL, "loop_wait": 1, "retry_timeout": 3,
                        "maximum_lag_on_failover": 1 << 30, "synchronous_mode": True,
                        # A primary that has died is not waited for.
                        "primary_start_timeout": 0, "master_start_timeout": 0,
                        "postgresql": {"use_pg_rewind": True, "parameters": {
                            "max_connections": 200, "shared_buffers": "64MB",
                            # What dies here are processes: what was written is there.
                            "fsync": "off", "wal_keep_size": "512MB",
                            "wal_sender_timeout": "5s", "wal_receiver_timeout": "5s",
                        }}},
                "initdb": [{"encoding": "UTF8"}, {"locale": "C"}, "no-sync"]},
            "postgresql": {
                "listen": f"127.0.0.1:{self.port}",
                "connect_address": f"127.0.0.1:{network.ports[f'to {self.name}']}",
                "data_dir": str(self.folder), "bin_dir": str(programs()),
                "pgpass": f"{self.folder}.pgpass", "use_unix_socket": True,
                "authentication": {"superuser": {"username": "postgres"},
                                   "replication": {"username": "replicator"}},
                "pg_hba": ["local all all trust", "host all all 127.0.0.1/32 trust",
                           "host replication all 127.0.0.1/32 trust"],
                "parameters": {"unix_socket_directories": sockets},
                "basebackup": [{"checkpoint": "fast"}, "no-sync"],
                "remove_data_directory_on_rewind_failure": True,
                "remove_data_directory_on_diverged_timelines": True,
            }}))

    def start(self) -> None:
        self.patroni.start()

    @property
    def postmaster(self) -> int:
        """The process id of PostgreSQL's main process; 0 when it does not run."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split()[0])
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError, IndexError):
            return 0

    def postgres(self) -> list[int]:
        """PostgreSQL's processes."""
        return [pid, *descendants(pid)] if (pid := self.postmaster) else []

    def kill_postgres(self) -> None:
        send(signal.SIGKILL, self.postgres())

    def kill(self) -> None:
        """As if the machine had lost its power."""
        self.patroni.kill()
        self.kill_postgres()

    def sql(self, command: str) -> str:
        return subprocess.run(
            [programs() / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres",
             "-h", str(self.cluster.folder), "-p", str(self.port), "-d", "postgres", "-c", command],
            check=True, capture_output=True, text=True).stdout


class Cluster:
    """An etcd and two nodes, with a database for servers of trackd of these names."""

    def __init__(self, servers: str):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="trackd-chaos-"))
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        etcd, peers = free_port(), free_port()
        self.version = f"http://127.0.0.1:{etcd}/version"
        self.etcd = Program(
            self.folder, "etcd", "etcd", "--name", "etcd", "--data-dir", str(self.folder / "etcd"),
            "--listen-client-urls", f"http://127.0.0.1:{etcd}",
            "--advertise-client-urls", f"http://127.0.0.1:{etcd}",
            "--listen-peer-urls", f"http://127.0.0.1:{peers}",
            "--initial-advertise-peer-urls", f"http://127.0.0.1:{peers}",
            "--initial-cluster", f"etcd=http://127.0.0.1:{peers}", "--enable-v2",
            "--logger", "zap", "--log-level", "warn")
        self.nodes = {name: Node(self, name) for name in ("one", "two")}
        ways = {f"{server} to {node.name}": (free_port(), node.port)
                for server in servers for node in self.nodes.values()}
        ways |= {f"{name} to etcd": (free_port(), etcd) for name in self.nodes}
        ways |= {f"to {node.name}": (free_port(), node.port) for node in self.nodes.values()}
        self.network = Network(ways)
        for node in self.nodes.values():
            node.configure()

    def start(self) -> None:
        """Ready when there are two nodes, one of which follows the other."""
        self.etcd.start()
        waiting.until(lambda: ask(self.version).get("etcdcluster", "not_decided") != "not_decided",
                      PATIENCE)
        for node in self.nodes.values():
            node.start()
        self.wait_until_whole()
        primary = self.wait_for_primary()
        primary.sql("CREATE ROLE trackd LOGIN IN ROLE pg_read_all_stats")
        primary.sql("CREATE DATABASE trackd OWNER trackd ENCODING 'UTF8' TEMPLATE template0")

    def url(self, server: str) -> str:
        """The store's address for a server: it has ways of its own to the nodes."""
        hosts = ",".join(f"127.0.0.1:{self.network.ports[f'{server} to {name}']}"
                         for name in self.nodes)
        return f"postgresql://trackd@{hosts}/trackd?target_session_attrs=read-write"

    def roles(self) -> dict[str, str]:
        """Each node's role, as one of the Patronis sees it, of the nodes that run."""
        for node in self.nodes.values():
            if members := ask(f"http://127.0.0.1:{node.rest}/cluster").get("members"):
                return {one["name"]: one["role"] for one in members
                        if one["state"] in ("running", "streaming")}
        return {}

    def primary(self) -> Node | None:
        """The node that leads, if there is one."""
        return next((self.nodes[name] for name, role in self.roles().items() if role == "leader"),
                    None)

    def wait_for_primary(self) -> Node:
        deadline = time.monotonic() + PATIENCE
        while not (node := self.primary()):
            assert time.monotonic() < deadline, "no node leads"
            time.sleep(0.05)
        return node

    def other(self, node: Node) -> Node:
        return next(one for one in self.nodes.values() if one is not node)

    def is_whole(self) -> bool:
        return sorted(self.roles().values()) == ["leader", "sync_standby"]

    def wait_until_whole(self) -> None:
        waiting.until(self.is_whole, PATIENCE)

    def switch_over(self) -> Node:
        """Has Patroni exchange the roles, as for maintenance: at once, or as soon as it agrees.
        Returns the node that was the primary."""
        deadline = time.monotonic() + PATIENCE
        while True:
            primary = self.wait_for_primary()
            body = {"leader": primary.name, "candidate": self.other(primary).name}
            request = urllib.request.Request(
                f"http://127.0.0.1:{primary.rest}/switchover", json.dumps(body).encode(),
                {"Content-Type": "application/json"}, method="POST")
            try:
                urllib.request.urlopen(request, timeout=60).close()
                return primary
            except urllib.error.HTTPError as error:
                # The other one may not follow yet.
                if time.monotonic() > deadline:
                    raise AssertionError(f"no switch-over: {error.read()}") from error
                time.sleep(0.5)

    def close(self, keep: pathlib.Path | None = None) -> None:
        for node in self.nodes.values():
            node.kill()
        self.etcd.kill()
        self.network.close()
        if keep:
            shutil.copytree(self.folder, keep, ignore=shutil.ignore_patterns(".s.*", "*.lock"))
        shutil.rmtree(self.folder, ignore_errors=True)
