"""A trackd among everything that may go wrong around it. See Scripts/chaos."""

import argparse
import collections
import faulthandler
import json
import os
import pathlib
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Foreign"))
sys.dont_write_bytecode = True

import grpc  # noqa: E402

from chaos_harm import GRACE, Harm, HangingRemote  # noqa: E402
from chaos_load import Builder, Deployer, Maker, Remover, Watcher, Worker  # noqa: E402
from chaos_model import Check, Model  # noqa: E402
from support.client import Client, unique  # noqa: E402
from support.line import Line  # noqa: E402
from support.shop import UNFINISHED, Shop  # noqa: E402
from support.stubs import api  # noqa: E402

SCRIPTS = pathlib.Path(__file__).resolve().parent
#: What a call of the second client may end with: the server is away for a moment.
EXCUSED = ("OK", "UNAVAILABLE", "CANCELLED")


class Process:
    """A script of this folder that ends when its stdin does."""

    def __init__(self, name: str, *arguments, output=subprocess.DEVNULL):
        self.process = subprocess.Popen([sys.executable, str(SCRIPTS / name), *map(str, arguments)],
                                        stdin=subprocess.PIPE, stdout=output,
                                        stderr=subprocess.DEVNULL)

    def end(self) -> None:
        self.process.stdin.close()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class World:
    """What the parts of a run share: the server, the load on it, and what it has acknowledged."""

    def __init__(self, harm: Harm):
        self.harm, self.seed, self.model = harm, harm.seed, harm.model
        self.stopping, self.over = threading.Event(), threading.Event()
        self.address = self.harm.server.address
        self.client = Client(self.address)
        self.remote = HangingRemote()
        self.shop = Shop(self.client, environments=3, tracks=4, images=3)
        self.line = Line(self.client, environments=1, tracks=1, auto_deploy=True)
        self.doomed = Shop(self.client, environments=1, tracks=1, images=0)
        self.stuck = Shop(self.client, environments=0, tracks=1, images=0)
        self.second = Shop(self.client, environments=1, tracks=20, images=1)
        self.workers = self.make_workers()

    def put_hanging(self, shop: Shop) -> str:
        """An environment whose repository never answers."""
        id = unique("hanging")
        self.client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id=id, project_id=shop.project, name=id,
            gitops_repository_url=self.remote.url)), timeout=10)
        return id

    def make_workers(self) -> list[Worker]:
        components = [self.shop.client.put_component() for _ in range(2)]
        projects = [self.client.catalog.GetComponent(api.GetComponentRequest(component_id=one),
                                                     timeout=10)
                    .component.project_id for one in components]
        return [
            *(Maker(self, f"maker {number}", one) for number, one in enumerate(components)),
            *(Watcher(self, project, [one]) for project, one in zip(projects, components)),
            *(Deployer(self, self.shop, one, self.shop.tracks[1:])
              for one in self.shop.environments),
            Deployer(self, self.shop, self.put_hanging(self.shop), self.shop.tracks[:1], pause=1),
            Builder(self, self.line, self.line.tracks[0]),
            Remover(self, "remover", self.doomed, self.doomed.environments[0]),
            Remover(self, "remover of what hangs", self.stuck, self.put_hanging(self.stuck)),
        ]

    def end_load(self) -> None:
        """Lets what has begun have its answer; the remote that hung is away now."""
        self.stopping.set()
        self.remote.close()
        until = time.monotonic() + 180
        for worker in self.workers:
            if isinstance(worker, Watcher):
                until = min(until, time.monotonic() + 60)
            worker.join(max(0, until - time.monotonic()))
            if worker.is_alive():
                self.model.trouble(f"{worker.name} waits for what does not come")
        self.over.set()

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


class Phases:
    """The times of the run, and the second client's calls in each of them."""

    def __init__(self, log: pathlib.Path):
        self.log = log
        self.spans: list[tuple[str, float, float]] = []

    def add(self, name: str, what) -> None:
        print(f"== {name}", flush=True)
        began = time.monotonic()
        what()
        self.spans.append((name, began, time.monotonic()))

    def rows(self, model: Model) -> list[tuple[str, str]]:
        calls = [(float(at), float(took), code) for at, took, code in
                 (line.split() for line in self.log.read_text().splitlines()
                  if line.count(" ") == 2)]
        rows, first = [], None
        for name, began, ended in self.spans:
            within = [(took, code) for at, took, code in calls if began <= at < ended]
            good = sorted(took for took, code in within if code == "OK")
            if len(good) < 10:
                model.trouble(f"the second client had {len(good)} answers in '{name}'")
                continue
            p99 = good[int(len(good) * 0.99)]
            first = first or p99
            others = collections.Counter(code for _, code in within if code != "OK")
            for code in others:
                if code not in EXCUSED:
                    model.trouble(
                        f"{others[code]} calls of the second client ended with {code} in '{name}'")
            rows.append(
                (f"second client, {name}",
                 f"p50 {statistics.median(good) * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms "
                 f"({p99 / first:.1f} of the first), {len(good)} calls"
                 + "".join(f", {count} {code}" for code, count in others.items())))
        return rows


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


def database_is_sound(data: pathlib.Path, model: Model) -> None:
    for path in data.iterdir():
        if path.is_file() and path.read_bytes()[:6] == b"SQLite":
            with sqlite3.connect(path) as database:
                if (said := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                    model.trouble(f"the database is damaged: {said}")


def run(world: World, folder: pathlib.Path, seconds: float) -> list[str]:
    began = time.monotonic()
    seed = world.seed
    calls = folder / "second"
    phases = Phases(calls)
    peers = None
    with open(calls, "wb") as out:
        second = Process("chaos_second.py", world.address, world.second.component,
                         world.second.tracks[0], output=out)
    try:
        for worker in world.workers:
            worker.start()
        phases.add("mixed load", lambda: time.sleep(seconds / 5))
        peers = Process("chaos_peers.py", world.harm.port, seed, world.second.component)
        phases.add("and peers that misbehave", lambda: time.sleep(seconds / 5))
        phases.add("and harm", lambda: world.harm.run(began + seconds))
    finally:
        second.end()
        if peers:
            peers.end()
    print("== comparing", flush=True)
    world.end_load()
    world.settle()
    Check(world.model, [world.shop, world.line], world.harm.data).run(
        removed_from=world.doomed.component)
    database_is_sound(world.harm.data, world.model)
    rows = phases.rows(world.model)
    world.client.close()
    world.harm.end()
    harm = world.harm
    rows += [(name, f"{count:,}") for name, count in world.model.counts.items()]
    rows += [("starts", f"{len(harm.starts)}, {max(harm.starts):.2f} s at most")]
    if harm.drains:
        rows += [
            ("drains",
             f"{len(harm.drains)}, {max(harm.drains):.2f} s at most, grace time {GRACE} s")]
    if not harm.disk.is_small:
        rows += [("a full disk", "left out: needs root")]
    rows += [(f"error in the log: {text}", f"{count:,}")
             for text, count in error_lines(harm.logs).most_common(10)]
    print(f"\n| what | seen, seed {seed} |\n|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    return world.model.troubles


def give_up(harm: Harm, seconds: float) -> None:
    """Ends the run when it does not end by itself: that is a failure of its own."""
    def end() -> None:
        print(f"the run has not ended after {seconds:.0f} s:", file=sys.stderr, flush=True)
        faulthandler.dump_traceback(all_threads=True)
        harm.server.process.kill()
        os._exit(1)
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def main() -> int:
    parser = argparse.ArgumentParser(prog="Scripts/chaos")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 31))
    parser.add_argument("--keep", type=pathlib.Path, help="a new folder: keep logs and data there")
    options = parser.parse_args()
    print(f"== seed {options.seed}, {options.seconds:.0f} s", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        harm = Harm(folder, options.seed, Model())
        give_up(harm, options.seconds + 600)
        try:
            troubles = run(World(harm), folder, options.seconds)
        finally:
            harm.close(options.keep)
    print(
        f"\nThe model, the history and the GitOps repository agree (seed {options.seed})."
        if not troubles
        else f"\n{len(troubles)} things are not as they must be (seed {options.seed}):", flush=True)
    for text in troubles:
        print(f"- {' '.join(text.split())[:400]}")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
