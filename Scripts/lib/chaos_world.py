"""What the parts of a run of Scripts/chaos share."""

import collections
import itertools
import json
import pathlib
import threading
import time

import grpc

from chaos_harm import GRACE, HangingRemote, Trackd
from chaos_load import Builder, Deployer, Maker, Remover, Watcher, Worker
from chaos_model import Check, Model
from support.client import Client, unique
from support.line import Line
from support.shop import UNFINISHED, Shop
from support.stubs import api


class World:
    """What the parts of a run share: the servers, the load on them, and what they have
    acknowledged."""

    def __init__(self, harm, makers: int = 2, watchers: int = 1):
        """Each of the makers has a component of its own, with so many watchers."""
        self.harm, self.seed, self.model = harm, harm.seed, harm.model
        #: Nothing new begins; nothing is written any more; nobody waits any more.
        self.stopping, self.written, self.over = (threading.Event() for _ in range(3))
        self.clients = [Client(server.address) for server in harm.servers]
        self.client = self.clients[0]
        self.remote = HangingRemote()
        self.shop = Shop(self.client, environments=3, tracks=4, images=3)
        self.line = Line(self.client, environments=1, tracks=1, auto_deploy=True)
        self.doomed = Shop(self.client, environments=1, tracks=1, images=0)
        self.stuck = Shop(self.client, environments=0, tracks=1, images=0)
        self.second = Shop(self.client, environments=1, tracks=20, images=1)
        for shop in (self.shop, self.line, self.doomed):
            self.spread(shop)
        self.workers = self.make_workers(makers, watchers)

    def spread(self, shop: Shop) -> None:
        """Gives its environments the repositories that there are, one after the other."""
        for environment, url in zip(shop.environments, itertools.cycle(self.harm.repositories)):
            if url:
                self.client.catalog.PutEnvironment(api.PutEnvironmentRequest(
                    environment=api.Environment(
                        id=environment, project_id=shop.project, name=environment,
                        gitops_repository_url=url)), timeout=10)

    def put_hanging(self, shop: Shop) -> str:
        """An environment whose repository never answers."""
        id = unique("hanging")
        self.client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id=id, project_id=shop.project, name=id,
            gitops_repository_url=self.remote.url)), timeout=10)
        return id

    def make_workers(self, makers: int, watchers: int) -> list[Worker]:
        components = [self.client.put_component() for _ in range(makers)]
        projects = [self.client.catalog.GetComponent(api.GetComponentRequest(component_id=one),
                                                     timeout=10)
                    .component.project_id for one in components]
        return [
            *(Maker(self, f"maker {number}", one) for number, one in enumerate(components)),
            *(Watcher(self, f"watcher {number}", project, one)
              for project, one in zip(projects, components) for number in range(watchers)),
            *(Deployer(self, self.shop, one, self.shop.tracks[1:])
              for one in self.shop.environments),
            Deployer(self, self.shop, self.put_hanging(self.shop), self.shop.tracks[:1], pause=1),
            Builder(self, self.line, self.line.tracks[0]),
            Remover(self, "remover", self.doomed, self.doomed.environments[0]),
            Remover(self, "remover of what hangs", self.stuck, self.put_hanging(self.stuck)),
        ]

    def end_load(self) -> None:
        """Lets what has begun have its answer; the remote that hung is away now. Watchers have to
        be told of all of it."""
        self.stopping.set()
        self.remote.close()
        watchers = [one for one in self.workers if isinstance(one, Watcher)]
        self.join([one for one in self.workers if one not in watchers], 180)
        self.written.set()
        self.join(watchers, 60)
        self.over.set()

    def join(self, workers: list[Worker], seconds: float) -> None:
        until = time.monotonic() + seconds
        for worker in workers:
            worker.join(max(0, until - time.monotonic()))
            if worker.is_alive():
                self.model.trouble(f"{worker.name} waits for what does not come")

    def settle(self) -> None:
        """What can never be done is cancelled, and everything else comes to its end."""
        track = self.shop.tracks[0]
        for one in self.shop.history(track):
            if one.state in UNFINISHED:
                try:
                    self.client.tracks.CancelDeployment(api.CancelDeploymentRequest(
                        component_id=self.shop.component, deployment_track_id=track,
                        deployment_id=one.id), timeout=10)
                except grpc.RpcError as error:
                    # It may have ended meanwhile.
                    if error.code() != grpc.StatusCode.FAILED_PRECONDITION:
                        raise

    def compare(self) -> None:
        """Ends what goes on, and looks whether all of it agrees."""
        print("== comparing", flush=True)
        self.end_load()
        self.settle()
        Check(self.model, [self.shop, self.line], self.clients, self.harm.repositories).run(
            removed_from=self.doomed.component)

    def close(self) -> None:
        for one in self.clients:
            one.close()
        for server in self.harm.servers:
            server.end()


def rows_of_all(model: Model, servers: list[Trackd]) -> list[tuple[str, str]]:
    """What was seen in any run."""
    rows = [(name, f"{count:,}") for name, count in model.counts.items()]
    starts = [one for server in servers for one in server.starts]
    rows += [("starts", f"{len(starts)}, {max(starts):.2f} s at most")]
    if drains := [one for server in servers for one in server.drains]:
        rows += [("drains",
                  f"{len(drains)}, {max(drains):.2f} s at most, grace time {GRACE} s")]
    logs = [log for server in servers for log in server.logs]
    return rows + [(f"error in the log: {text}", f"{count:,}")
                   for text, count in error_lines(logs).most_common(10)]


def error_lines(logs: list[pathlib.Path]) -> collections.Counter:
    """What the server has logged as an error, by message."""
    found: collections.Counter = collections.Counter()
    for path in logs:
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith("{"):
                record = json.loads(line)
                if record["level"] == "error":
                    found[f"{record['message']} {record.get('code', '')} "
                          f"{record.get('error', '')}".strip()[:120]] += 1
            elif line.strip():
                found[f"not a record: {line[:100]}"] += 1
    return found
