"""Three trackd on two PostgreSQL that Patroni keeps, and what is done to all of them. See
Scripts/chaos."""

import bisect
import pathlib
import shutil
import signal
import threading
import time

import grpc
from grpc_health.v1 import health_pb2

from chaos_cluster import PATIENCE, TTL, Cluster, Node, send, stop_all
from chaos_harm import DAY, Clock, Harms, Trackd
from chaos_world import World, rows_of_all
from support import waiting
from support.client import Client
from support.gitops import make_repository
from support.stubs import api

NAMES = "abc"
#: For how long a server may say nothing before others do its work, in seconds.
LEASE = 30


class Several:
    """The servers, the database, the GitOps repositories, and the harms that are done to them at
    the same time."""

    def __init__(self, folder: pathlib.Path, seed: int, model):
        self.folder, self.seed, self.model = folder, seed, model
        self.cluster = Cluster(NAMES)
        self.clocks = {name: Clock(folder / f"{name}.clock") for name in NAMES}
        made = [make_repository(folder / f"gitops-{number}.git") for number in range(2)]
        self.repositories = {one.path.as_uri(): one for one in made}
        # One of them writes only while a standby has what it writes.
        self.servers = [
            Trackd(f"trackd {name}", folder / name, folder, model, "--git-allow-file",
                   *(["--require-sync-standby"] if name == "c" else []),
                   environment={"TRACKD_STORE": self.cluster.url(name),
                                **self.clocks[name].environment},
                   starts_later=self.is_without_database)
            for name in NAMES]
        self.harms = [ServerHarms(self), NetworkHarms(self), DatabaseHarms(self)]

    def begin(self) -> None:
        self.cluster.start()
        for server in self.servers:
            server.again()

    def is_without_database(self, error: str) -> bool:
        """Whether a server that has not started may say so: something is done to the database, or
        to the way there. Its service manager would start it again."""
        if "the database cannot be used" not in error:
            return False
        self.model.count("starts without a database")
        time.sleep(0.5)
        return True

    def run(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=self.harm, args=(one, until), daemon=True)
                   for one in self.harms]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    def harm(self, harms: Harms, until: float) -> None:
        try:
            harms.run(until)
        except Exception as error:  # noqa: BLE001: whatever it is, the run tells
            self.model.trouble(f"{type(harms).__name__}: {error!r}")

    def close(self, keep: pathlib.Path | None) -> None:
        for server in self.servers:
            server.close()
        if keep:
            shutil.copytree(self.folder, keep)
        self.cluster.close(keep / "cluster" if keep else None)


class ServerHarms(Harms):
    """What is done to the servers."""

    def __init__(self, several: Several):
        super().__init__("servers", several.seed, several.model)
        self.several = several

    def things(self) -> list:
        return [self.kill, self.kill_two, self.terminate, self.pause, self.pause_beyond_a_lease,
                self.clock_jumps, self.clock_jumps, self.clock_jumps_while_it_is_down]

    def one(self) -> Trackd:
        return self.chance.choice(self.several.servers)

    def kill(self) -> None:
        self.one().kill()

    def kill_two(self) -> None:
        two = self.chance.sample(self.several.servers, 2)
        for one in two:
            one.server.kill()
        for one in two:
            one.again()

    def terminate(self) -> None:
        # Without its database it does not end what it has begun: 1 says so.
        self.one().terminate(allowed=(0, 1))

    def stop(self, seconds: float) -> None:
        """Stops a server and its git; they wake up in any order."""
        stopped = stop_all([self.one().server.pid])
        time.sleep(seconds)
        self.chance.shuffle(stopped)
        send(signal.SIGCONT, stopped)

    def pause(self) -> None:
        self.stop(self.chance.uniform(1, 10))

    def pause_beyond_a_lease(self) -> None:
        self.stop(LEASE + self.chance.uniform(1, 10))

    def clock_jumps(self) -> None:
        self.several.clocks[self.chance.choice(NAMES)].move(
            self.chance.choice((2, -2, 60, -60, 3600, -3600, 40 * DAY, -40 * DAY, 0)))
        time.sleep(self.chance.uniform(0.5, 2))

    def clock_jumps_while_it_is_down(self) -> None:
        number = self.chance.randrange(len(NAMES))
        self.several.servers[number].server.kill()
        self.several.clocks[NAMES[number]].move(
            self.chance.choice((-3600, 40 * DAY, -40 * DAY, 0)))
        self.several.servers[number].again()

    def look(self) -> None:
        for server in self.several.servers:
            if server.died():
                server.again()

    def recover(self) -> None:
        for clock in self.several.clocks.values():
            clock.move(0)


class NetworkHarms(Harms):
    """What is done to the network between the servers and the database, and between its nodes."""

    def __init__(self, several: Several):
        super().__init__("network", several.seed, several.model)
        self.cluster = several.cluster

    def things(self) -> list:
        return [self.hold_a_server, self.drop_a_server, self.cut_a_server,
                self.drop_all_of_a_node, self.hold_a_node, self.rest]

    def way(self) -> str:
        return f"{self.chance.choice(NAMES)} to {self.chance.choice(sorted(self.cluster.nodes))}"

    def turn(self, mode: str, seconds: float, *ways: str) -> None:
        self.cluster.network.turn(mode, *ways)
        time.sleep(seconds)
        self.cluster.network.turn("pass", *ways)

    def hold_a_server(self) -> None:
        self.turn("hold", self.chance.uniform(0.2, 8), self.way())

    def drop_a_server(self) -> None:
        self.turn("drop", self.chance.uniform(1, 12), self.way())

    def cut_a_server(self) -> None:
        self.turn("cut", self.chance.uniform(0, 5), self.way())

    def drop_all_of_a_node(self) -> None:
        node = self.chance.choice(sorted(self.cluster.nodes))
        self.turn("drop", self.chance.uniform(1, 8), *(f"{name} to {node}" for name in NAMES))

    def hold_a_node(self) -> None:
        node = self.chance.choice(sorted(self.cluster.nodes))
        self.turn("hold", self.chance.uniform(0.2, 5), *(f"{name} to {node}" for name in NAMES))

    def rest(self) -> None:
        time.sleep(self.chance.uniform(3, 10))


class DatabaseHarms(Harms):
    """What is done to the nodes of the database. Before the next thing both are well again."""

    def __init__(self, several: Several):
        super().__init__("database", several.seed, several.model)
        self.cluster = several.cluster
        #: Of each thing that gave the database another primary: its name, and when.
        self.failovers: list[tuple[str, float, float]] = []

    def things(self) -> list:
        return [self.kill_the_primary, self.kill_its_postgresql, self.pause_the_primary,
                self.pause_the_primary_for_a_moment, self.switch_over, self.kill_the_standby,
                self.primary_without_etcd, self.nodes_apart, self.pause_etcd]

    def look(self) -> None:
        self.cluster.wait_until_whole()

    def fail_over(self, name: str, primary: Node, began: float | None = None) -> None:
        """Waits until another node leads."""
        began = began or time.monotonic()
        waiting.until(lambda: self.cluster.primary() not in (None, primary), PATIENCE)
        self.failovers.append((name, began, time.monotonic()))

    def kill_the_primary(self) -> None:
        primary = self.cluster.wait_for_primary()
        primary.kill()
        self.fail_over("the primary and its Patroni killed", primary)
        time.sleep(self.chance.uniform(0, 3))
        primary.start()

    def kill_its_postgresql(self) -> None:
        primary = self.cluster.wait_for_primary()
        primary.kill_postgres()
        self.fail_over("the primary killed", primary)

    def pause_the_primary(self) -> None:
        primary = self.cluster.wait_for_primary()
        stopped = stop_all([primary.patroni.process.pid, primary.postmaster])
        self.fail_over("the primary and its Patroni paused", primary)
        time.sleep(self.chance.uniform(0, 5))
        send(signal.SIGCONT, stopped)

    def pause_the_primary_for_a_moment(self) -> None:
        primary = self.cluster.wait_for_primary()
        stopped = stop_all([primary.patroni.process.pid, primary.postmaster])
        time.sleep(self.chance.uniform(0.5, TTL / 2))
        send(signal.SIGCONT, stopped)

    def switch_over(self) -> None:
        began = time.monotonic()
        primary = self.cluster.switch_over()
        self.fail_over("a planned switch-over", primary, began)

    def kill_the_standby(self) -> None:
        standby = self.cluster.other(self.cluster.wait_for_primary())
        standby.kill()
        time.sleep(self.chance.uniform(0.5, 5))
        standby.start()

    def primary_without_etcd(self) -> None:
        primary = self.cluster.wait_for_primary()
        way = f"{primary.name} to etcd"
        self.cluster.network.turn("drop", way)
        self.fail_over("the primary cut off from etcd", primary)
        self.cluster.network.turn("pass", way)

    def nodes_apart(self) -> None:
        ways = [f"to {name}" for name in self.cluster.nodes]
        self.cluster.network.turn("drop", *ways)
        time.sleep(self.chance.uniform(1, 8))
        self.cluster.network.turn("pass", *ways)

    def pause_etcd(self) -> None:
        stopped = stop_all([self.cluster.etcd.process.pid])
        time.sleep(self.chance.uniform(1, TTL + 5))
        send(signal.SIGCONT, stopped)


def silences(
        times: list[float], failovers: list[tuple[str, float, float]]) -> list[tuple[str, str]]:
    """For how long no write was acknowledged around each change of the primary: from the last
    answer before to the first after."""
    found: dict[str, list[float]] = {}
    for name, began, ended in failovers:
        # The first write after may be answered some time after the change.
        first, last = bisect.bisect(times, began) - 1, bisect.bisect(times, ended) + 1
        some = times[max(0, first):last + 1]
        found.setdefault(name, []).append(
            max((after - before for before, after in zip(some, some[1:])), default=0))
    return [(f"no write acknowledged, {name}", ", ".join(f"{one:.1f} s" for one in sorted(ones)))
            for name, ones in found.items()]


def audit_is_whole(world: World) -> None:
    """Each server finds the audit, which all of them wrote, without a gap."""
    for client in world.clients:
        behind = ""
        while True:
            answer = api.AuditServiceStub(client.channel).VerifyEvents(
                api.VerifyEventsRequest(behind=behind), timeout=30)
            if answer.fault:
                world.model.trouble(f"the audit: {answer}")
            if not (behind := answer.next):
                break


def reaches_its_store(client: Client) -> bool:
    try:
        return client.health.Check(health_pb2.HealthCheckRequest(
            service="deploymenttrack.v1.DeploymentTrackService"), timeout=10
        ).status == health_pb2.HealthCheckResponse.SERVING
    except grpc.RpcError:
        return False


def run_several(several: Several, seconds: float) -> list[tuple[str, str]]:
    world = World(several, makers=4, watchers=3)
    for worker in world.workers:
        worker.start()
    print("== mixed load", flush=True)
    time.sleep(min(10, seconds / 5))
    print("== and harm", flush=True)
    several.run(seconds - min(10, seconds / 5))
    for client in world.clients:
        waiting.until(lambda client=client: reaches_its_store(client), PATIENCE)
    world.compare()
    audit_is_whole(world)
    world.close()
    rows = silences(sorted(several.model.acknowledged), several.harms[-1].failovers)
    return rows + rows_of_all(several.model, several.servers)
