"""A trackd among everything that may go wrong around it. See Scripts/chaos."""

import argparse
import collections
import faulthandler
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

from chaos_harm import Harm  # noqa: E402
from chaos_model import Model  # noqa: E402
from chaos_several import Several, run_several  # noqa: E402
from chaos_world import World, rows_of_all  # noqa: E402

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


def database_is_sound(data: pathlib.Path, model: Model) -> None:
    for path in data.iterdir():
        if path.is_file() and path.read_bytes()[:6] == b"SQLite":
            with sqlite3.connect(path) as database:
                if (said := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                    model.trouble(f"the database is damaged: {said}")


def run(world: World, folder: pathlib.Path, seconds: float) -> list[tuple[str, str]]:
    began = time.monotonic()
    seed = world.seed
    calls = folder / "second"
    phases = Phases(calls)
    peers = None
    with open(calls, "wb") as out:
        second = Process("chaos_second.py", world.client.address, world.second.component,
                         world.second.tracks[0], output=out)
    try:
        for worker in world.workers:
            worker.start()
        phases.add("mixed load", lambda: time.sleep(seconds / 5))
        peers = Process("chaos_peers.py", world.harm.trackd.port, seed, world.second.component)
        phases.add("and peers that misbehave", lambda: time.sleep(seconds / 5))
        phases.add("and harm", lambda: world.harm.run(began + seconds))
    finally:
        second.end()
        if peers:
            peers.end()
    world.compare()
    database_is_sound(world.harm.trackd.data, world.model)
    rows = phases.rows(world.model)
    world.close()
    rows += rows_of_all(world.model, world.harm.servers)
    if not world.harm.disk.is_small:
        rows += [("a full disk", "left out: needs root")]
    return rows


def give_up(close, seconds: float) -> None:
    """Ends the run when it does not end by itself: that is a failure of its own."""
    def end() -> None:
        print(f"the run has not ended after {seconds:.0f} s:", file=sys.stderr, flush=True)
        faulthandler.dump_traceback(all_threads=True)
        close(None)
        os._exit(1)
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def main() -> int:
    parser = argparse.ArgumentParser(prog="Scripts/chaos")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 31))
    parser.add_argument("--keep", type=pathlib.Path, help="a new folder: keep logs and data there")
    options = parser.parse_args()
    print(f"== seed {options.seed}, {options.seconds:.0f} s", flush=True)
    model = Model()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if options.store == "postgresql":
            harm = Several(folder, options.seed, model)
        else:
            harm = Harm(folder, options.seed, model)
        give_up(harm.close, options.seconds + 600)
        try:
            harm.begin()
            rows = (run_several(harm, options.seconds) if options.store == "postgresql"
                    else run(World(harm), folder, options.seconds))
        finally:
            harm.close(options.keep)
    print(f"\n| what | seen, seed {options.seed} |\n|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    troubles = model.troubles
    print(
        f"\nThe model, the history and the GitOps repository agree (seed {options.seed})."
        if not troubles
        else f"\n{len(troubles)} things are not as they must be (seed {options.seed}):", flush=True)
    for text in troubles:
        print(f"- {' '.join(text.split())[:400]}")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
