"""The figures of `Scripts/bench --store postgresql`: trackd and a PostgreSQL of default durability on
the disk of .build, which share the machine's cores with the client."""

import concurrent.futures
import contextlib
import json
import pathlib
import re
import subprocess
import time
import urllib.parse

import grpc

import bench_deployments
import bench_sizes
import bench_watch
from support import postgresql, waiting
from support.gitops import make_repository
from support.server import Server
from support.stubs import api

CLIENTS = 64
GROUP = 64
GETS = 20_000
#: Each of a track of its own component: creates in one component wait for each other.
CREATES = 4_000
#: Creates that are recorded and run by hand.
RECORDED = 1_920
DELAY_US = 1_000
SERVERS = 3
SETTINGS = ("max_connections=300", "logging_collector=on", "log_destination=jsonlog",
            "log_filename=postgresql.log", "log_rotation_age=0", "log_rotation_size=0",
            "log_lock_waits=on", "deadlock_timeout=50ms")

BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
VALUE = re.compile(r"\$\d+ = (?:(NULL)|'((?:[^']|'')*)')")


class Statement:
    """One of PostgreSQL's log: its text, and its values; those of a command are None."""

    def __init__(self, record: dict):
        kind, _, self.text = record["message"].partition(": ")
        self.values = None if kind == "execute <unnamed>" else [
            None if null else value.replace("''", "'")
            for null, value in VALUE.findall(record.get("detail", ""))]


class Record:
    """Statements for bench-data/pgbare.c."""

    def __init__(self):
        self.numbers: dict[str, int] = {}
        self.lines: list[bytes] = []

    def add(self, statement: Statement) -> None:
        if statement.values is None:
            self.command(statement.text)
            return
        number = self.numbers.setdefault(statement.text, len(self.numbers))
        self.lines.append(b"E %d %d\n" % (number, len(statement.values)))
        for value in statement.values:
            self.lines.append(b"-1\n" if value is None else self.text(value.encode()))

    def command(self, text: str) -> None:
        self.lines.append(b"C " + self.text(text.encode()))

    def wait(self) -> None:
        self.lines.append(b"W\n")

    @staticmethod
    def text(value: bytes) -> bytes:
        return b"%d\n%s\n" % (len(value), value)

    def write(self, path: pathlib.Path) -> None:
        prepared = [b"P %d " % number + self.text(text.encode())
                    for text, number in self.numbers.items()]
        path.write_bytes(b"".join([*prepared, *self.lines]))


def is_of_group(statement: Statement) -> bool:
    """Whether one is enough, however many creates a transaction has, and comes before them."""
    return is_of_components(statement) or ("pg_advisory_xact_lock_shared" in statement.text or "SET LOCAL" in statement.text
            or "current_setting('synchronous_commit')" in statement.text)


def is_of_components(statement: Statement) -> bool:
    """Whether its value is a list of components: a transaction has that of all its creates."""
    return "json_array_elements_text($1)" in statement.text


def is_of_head(statement: Statement) -> bool:
    """The same for what comes behind them: the last one has the state after all of them."""
    return any(text in statement.text for text in
               ("UPDATE commit_mark", "FROM store_head", "UPDATE store_head"))


def by_hand(first: list[Statement], transactions: list[list[Statement]]) -> Record:
    """The statements of recorded creates, GROUP of them with a savepoint each in one transaction,
    behind one of the statements that come first."""
    record = Record()
    for statement in first:
        record.add(statement)
    record.wait()
    for start in range(0, len(transactions), GROUP):
        group = transactions[start:start + GROUP]
        record.command(BEGIN)
        ids = {id for one in group for statement in filter(is_of_components, one)
               for id in json.loads(statement.values[0])}
        for statement in filter(is_of_group, group[0]):
            if is_of_components(statement):
                statement.values[0] = json.dumps(sorted(ids))
            record.add(statement)
        for one in group:
            record.command("SAVEPOINT s")
            for statement in one:
                if not is_of_group(statement) and not is_of_head(statement):
                    record.add(statement)
            record.command("RELEASE s")
        for statement in filter(is_of_head, group[-1]):
            record.add(statement)
        record.command("COMMIT")
        record.wait()
    return record


class PostgreSQLBench:
    """`bench` is the module with what the figures of all stores have in common."""

    def __init__(self, bench, rows, folder: pathlib.Path):
        self.bench, self.rows, self.folder = bench, rows, folder
        self.cluster = postgresql.Cluster(bench.OUT, SETTINGS)
        self.log = self.cluster.folder / "data" / "log" / "postgresql.json"
        self.made = 0
        self.templates: dict[str, str] = {}

    def close(self) -> None:
        self.cluster.close()

    # Databases and servers

    @contextlib.contextmanager
    def database(self, template="template1"):
        url = self.cluster.make_database(template)
        yield url
        self.cluster.run(f"DROP DATABASE {name(url)} WITH (FORCE)")

    def server(self, url: str, **environment: str) -> Server:
        self.made += 1
        return Server(self.folder / f"server-{self.made}", discard_log=True, environment={
            "TRACKD_STORE": url, "TRACKD_GIT_ALLOW_FILE": "true",
            "TRACKD_WATCH_HEARTBEAT": "1h", **environment})

    def template(self, what: str, fill) -> str:
        """The name of a database that `fill`, given a server, has filled once."""
        if what not in self.templates:
            url = self.cluster.make_database()
            server = self.server(url)
            fill(server)
            server.stop()
            self.templates[what] = name(url)
        return self.templates[what]

    def components(self) -> str:
        return self.template("components", lambda server: self.bench.put_catalog(
            server, self.bench.components((0, 1), CREATES)))

    def recorded(self, template: str, run) -> list[tuple[str, Statement]]:
        """What a server has its database do while `run` has it: pairs of session and statement."""
        with self.database(template) as url:
            self.cluster.run(f"ALTER DATABASE {name(url)} SET log_statement = 'all'")
            server = self.server(url)
            run(server)
            server.stop()
            found = [record for record in self.logged()
                     if record.get("dbname") == name(url)
                     and record["message"].startswith("execute ")]
        found.sort(key=lambda record: record["timestamp"])
        return [(record["session_id"], Statement(record)) for record in found]

    def logged(self) -> list[dict]:
        # The collector is a process of its own, and may be behind.
        marker = f"mark {time.monotonic_ns()}"
        self.cluster.run(f"DO $$ BEGIN RAISE LOG '{marker}'; END $$")
        waiting.until(lambda: marker in self.log.read_text()[-10_000:], 60)
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def bare(self, url: str, record: pathlib.Path, calls: int) -> dict:
        done = subprocess.run([self.bench.OUT / "pgbare", url, record], capture_output=True,
                              text=True, timeout=600)
        if done.returncode != 0:
            raise SystemExit(f"pgbare: {done.stderr}")
        _, seconds, cpu = done.stdout.split()
        return {"rate": calls / float(seconds), "us": float(cpu) / calls * 1e6}

    # Get

    def get(self) -> None:
        def fill(server) -> None:
            self.bench.put_catalog(server, ["bench-big"])
            self.bench.load(server, "create", 1, 1, 100, 0, (100, 1))

        template = self.template("track", fill)
        body = self.bench.body("get", api.GetDeploymentTrackRequest(
            component_id="bench-big", deployment_track_id="t-42"))
        path = self.folder / "get"
        found = [statement for _, statement in self.recorded(
            template, lambda server: self.bench.h2load(server, self.bench.GET, body, 1, 1, 1))
            if statement.values and "t-42" in statement.values]
        record = Record()
        for number in range(GETS):
            record.add(found[0])
            if number % GROUP == GROUP - 1 or number == GETS - 1:
                record.wait()
        record.write(path)
        with self.database(template) as url:
            server = self.server(url)
            got = self.rows.compared(("trackd", "bare"), lambda which: self.bare(
                url, path, GETS) if which == "bare" else self.bench.h2load(
                    server, self.bench.GET, body, 1, 100, GETS))
            server.stop()
        own, bare = got["trackd"], got["bare"]
        self.rows.row("GetDeploymentTrack, 1 connection x 100 streams, trackd's own CPU",
                      "15 us or less", f"{own['us']:.1f} us")
        self.rows.row(
            f"the same against its select by a bare libpq loop, {GROUP} for each sync point",
            "0.6 or more", f"{own['rate'] / bare['rate']:.2f}: {own['rate']:,.0f}/s against "
            f"{bare['rate']:,.0f}/s")

    # Creates

    def run_creates(self, servers: int = 1, delay_us: int = 0) -> dict:
        """CREATES creates by CLIENTS clients in all, in a database of their own."""
        with self.database(self.components()) as url, self.reached(url, delay_us) as reached:
            running = [self.server(reached) for _ in range(servers)]
            each, clients = CREATES // servers, CLIENTS // servers

            def load(number: int) -> dict:
                return self.bench.load(running[number], "create", clients, 1, each, number * each,
                                       (0, 1))

            before = len(self.lock_waits()) if servers > 1 else 0
            began = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(servers) as threads:
                done = list(threads.map(load, range(servers)))
            seconds = time.monotonic() - began
            for server in running:
                server.stop()
            return {"rate": each * servers / seconds, "us": sum(one["us"] for one in done) / servers,
                    "p50": max(one["p50"] for one in done), "p99": max(one["p99"] for one in done),
                    "waits": len(self.lock_waits()) - before if servers > 1 else 0,
                    "transactions": self.transactions(url)}

    def lock_waits(self) -> list[dict]:
        """Those of more than `deadlock_timeout`."""
        return [record for record in self.logged() if " still waiting for " in record["message"]]

    def transactions(self, url: str) -> int:
        """How many transactions have written; each marks itself once. After the servers' end."""
        return int(self.cluster.run(
            "SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'commit_mark'", url))

    @contextlib.contextmanager
    def reached(self, url: str, delay_us: int):
        """The URL by which the database is reached so much later, in each direction."""
        if not delay_us:
            yield url
            return
        # Its name is that of a port of PostgreSQL.
        self.made += 1
        folder = self.cluster.folder / f"far-{self.made}"
        folder.mkdir()
        socket = ".s.PGSQL.5432"
        proxy = subprocess.Popen([self.bench.OUT / "delay", folder / socket,
                                  self.cluster.folder / socket, str(delay_us)])
        try:
            waiting.until(lambda: (folder / socket).exists(), 60)
            yield url.replace(quoted(self.cluster.folder), quoted(folder))
        finally:
            proxy.kill()
            proxy.wait()

    def creates(self) -> None:
        path = self.folder / "creates"

        def record() -> None:
            found = self.recorded(self.components(), lambda server: self.bench.load(
                server, "create", 1, 1, RECORDED, 0, (0, 1)))
            open_ones: dict[str, list[Statement]] = {}
            marks, creates = [], []
            for session, statement in found:
                if statement.text.startswith("BEGIN"):
                    open_ones[session] = []
                elif statement.text != "COMMIT":
                    open_ones.setdefault(session, []).append(statement)
                elif one := open_ones.pop(session, []):
                    # A writer's row has to be there before: see CommitMark.
                    if any("INSERT INTO commit_mark" in inner.text for inner in one):
                        marks += one
                    if any("INSERT INTO track " in inner.text for inner in one):
                        creates.append(one)
            if len(creates) != RECORDED:
                raise SystemExit(f"{len(creates)} creates were recorded, not {RECORDED}")
            by_hand(marks, creates).write(path)

        record()

        def hand() -> dict:
            with self.database(self.components()) as url:
                return self.bare(url, path, RECORDED)

        got = self.bench.interleaved(self.rows.runs, {"served": self.run_creates, "hand": hand})
        own, bare = got["served"], got["hand"]
        self.rows.row(
            f"durable creates, {CLIENTS} clients on 1 server, against the same statements by hand, "
            f"pipelined, {GROUP} for each COMMIT", "0.5 or more",
            f"{own['rate'] / bare['rate']:.2f}: {own['rate']:,.0f}/s against {bare['rate']:,.0f}/s; "
            f"{own['us']:.0f} us of trackd's CPU against {bare['us']:.0f} us; "
            f"{CREATES / own['transactions']:.0f} for each COMMIT; "
            f"p50 {own['p50'] / 1000:.1f} ms, p99 {own['p99'] / 1000:.1f} ms")

    def delay(self) -> None:
        got = self.bench.interleaved(self.rows.runs, {
            "near": self.run_creates, "far": lambda: self.run_creates(delay_us=DELAY_US)})
        near, far = got["near"], got["far"]
        self.rows.row(
            f"the same with {DELAY_US / 1000:.0f} ms of delay in each direction between trackd and "
            "PostgreSQL, against without", "0.5 or more",
            f"{far['rate'] / near['rate']:.2f}: {far['rate']:,.0f}/s against {near['rate']:,.0f}/s; "
            f"{CREATES / far['transactions']:.0f} for each COMMIT against "
            f"{CREATES / near['transactions']:.0f}; p99 {far['p99'] / 1000:.1f} ms against "
            f"{near['p99'] / 1000:.1f} ms")

    def servers(self) -> None:
        got = self.bench.interleaved(self.rows.runs, {
            "one": self.run_creates, "more": lambda: self.run_creates(servers=SERVERS)})
        one, more = got["one"], got["more"]
        self.rows.row(
            f"the same over {SERVERS} servers, {CLIENTS} clients in all, against 1", "0.8 or more",
            f"{more['rate'] / one['rate']:.2f}: {more['rate']:,.0f}/s against {one['rate']:,.0f}/s; "
            f"{more['us']:.0f} us of trackd's CPU against {one['us']:.0f} us")
        share = more["waits"] / more["transactions"]
        self.rows.row(
            "waits for a lock over 50 ms there", "1% of the transactions or less",
            f"{more['waits']:.0f} in {more['transactions']:.0f} transactions ({share:.2%})")

    # What takes several servers

    def deployments(self) -> None:
        repository = self.folder / "deployments.git"
        make_repository(repository)
        with self.database() as url:
            running = [self.server(url) for _ in range(SERVERS)]
            what, _, got = bench_deployments.measure(running, repository, remote=True)
            self.rows.row(f"{what}, on {SERVERS} servers, one repository that is pushed to",
                          "100/s or more", got)
            for server in running:
                server.stop()

    def watch(self) -> None:
        with self.database() as url:
            first, second = self.server(url), self.server(url)
            self.bench.put_catalog(first, ["bench-big"])
            with grpc.insecure_channel(first.address) as channel:
                track = api.DeploymentTrackServiceStub(channel).CreateDeploymentTrack(
                    api.CreateDeploymentTrackRequest(
                        component_id="bench-big", api_version="v1.0"), timeout=10
                ).deployment_track.id
            _, (what, _, got) = bench_watch.measure(
                second, "bench-big", track, self.bench.rss_kb, writing=first)
            self.rows.row(f"{what}, made on another server", "100 ms or less after the commit", got)
            first.stop()
            second.stop()


    # A large store

    def sizes(self) -> None:
        bench_sizes.Sizes(self, self.rows.stored).measure()


#: In the order in which they run.
PARTS = ("get", "creates", "delay", "servers", "deployments", "watch", "sizes")


def name(url: str) -> str:
    """Of a database."""
    return urllib.parse.urlsplit(url).path[1:]


def quoted(path: pathlib.Path) -> str:
    return urllib.parse.quote(str(path))


def measure(bench, rows, folder: pathlib.Path, wanted) -> None:
    """Rows of the parts that are wanted."""
    one = PostgreSQLBench(bench, rows, folder)
    try:
        for part in PARTS:
            if part in wanted:
                getattr(one, part)()
    finally:
        one.close()
