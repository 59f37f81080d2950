"""What is done to the server of Scripts/chaos: kills, clock jumps, a full disk, a lock holder, and
a Git remote that hangs."""

import os
import pathlib
import random
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time

from support.gitops import Repository
from support.server import Server

GRACE = 2
DAY = 24 * 3600
HOLD_LOCK = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)
database.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(float(sys.argv[2]))
database.execute("ROLLBACK")
"""


class Clock:
    """The time of day of trackd: that of the machine and so many seconds; see
    chaos-data/clock.c."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        path.write_bytes(struct.pack("=q", 0))

    @property
    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": os.environ["CHAOS_CLOCK_LIBRARY"], "CHAOS_CLOCK": str(self.path)}

    def move(self, seconds: int) -> None:
        # In place: the file is mapped.
        with open(self.path, "r+b") as file:
            file.write(struct.pack("=q", seconds))


class Disk:
    """A small file system that can be filled; a plain folder where none can be mounted."""

    def __init__(self, at: pathlib.Path):
        self.at, self.filler = at, at / "filler"
        at.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(at)]
        self.is_small = os.geteuid() == 0 and subprocess.run(
            mount, capture_output=True).returncode == 0

    def fill(self) -> None:
        with open(self.filler, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 20))
            except OSError:
                pass
            try:
                while True:
                    file.write(bytes(512))
            except OSError:
                pass

    def empty(self) -> None:
        self.filler.unlink(missing_ok=True)

    def close(self) -> None:
        if self.is_small:
            subprocess.run(["umount", "-l", str(self.at)], check=False)


class HangingRemote:
    """Takes connections, and says nothing, until it is closed."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.taken: list[socket.socket] = []
        threading.Thread(target=self.take, daemon=True).start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.listener.getsockname()[1]}/gitops.git"

    def take(self) -> None:
        try:
            while True:
                self.taken.append(self.listener.accept()[0])
        except OSError:
            pass

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for one in self.taken:
            one.close()


class Trackd:
    """A server that is killed, and starts again with the same data and the same address."""

    def __init__(self, name: str, data: pathlib.Path, logs: pathlib.Path, model, *flags: str,
                 environment: dict[str, str], starts_later=lambda error: False):
        """`starts_later` is asked when it does not start: whether what it says of that excuses it,
        and it is worth another attempt."""
        self.name, self.data, self.folder, self.model = name, data, logs, model
        self.flags, self.environment = flags, environment
        self.starts_later = starts_later
        self.port = 0
        self.starts: list[float] = []
        self.drains: list[float] = []
        self.logs: list[pathlib.Path] = []
        self.server: Server | None = None

    @property
    def address(self) -> str:
        return self.server.address

    def begin(self) -> None:
        """Starts it; it has to get ready whatever was done to it before."""
        began = time.monotonic()
        self.server = Server(self.data, "--grace", str(GRACE), "--step-timeout", "5s", *self.flags,
                             logs=self.folder, listen=(f"127.0.0.1:{self.port}",),
                             environment=self.environment)
        self.starts.append(time.monotonic() - began)
        self.port = self.server.port
        self.logs.append(self.server.log_path)

    def again(self) -> None:
        while True:
            try:
                return self.begin()
            except AssertionError as error:
                if not self.starts_later(f"{error}"):
                    self.model.trouble(f"{error}")
                    return self.begin()

    def died(self) -> bool:
        """Whether it ended though nobody asked it to."""
        if self.server.running:
            return False
        self.model.trouble(f"{self.name} ended by itself with {self.server.wait()}:\n"
                           f"{self.server.log()[-1500:]}")
        return True

    def kill(self) -> None:
        self.server.kill()
        self.again()

    def terminate(self, allowed: tuple[int, ...] = (0,)) -> None:
        self.server.signal(15)
        began = time.monotonic()
        try:
            code = self.server.wait(60)
        except AssertionError as error:
            self.model.trouble(f"SIGTERM: {error}")
        else:
            self.drains.append(time.monotonic() - began)
            if code not in allowed:
                self.model.trouble(
                    f"after SIGTERM {self.name} ended with {code}:\n{self.server.log()[-1500:]}")
            # A second more than promised, for a machine that has other things to do.
            if self.drains[-1] > GRACE + 2:
                self.model.trouble(
                    f"SIGTERM took {self.drains[-1]:.1f} s with a grace time of {GRACE} s")
        self.again()

    def end(self) -> None:
        """Stops the server for good: it has to end well."""
        try:
            self.server.stop()
        except AssertionError as error:
            self.model.trouble(f"{error}")

    def close(self) -> None:
        if self.server and self.server.running:
            self.server.kill()


class Harms:
    """Does one thing after the other; each thing once before one is repeated."""

    def __init__(self, kind: str, seed: int, model):
        self.seed, self.model = seed, model
        self.chance = random.Random(f"{seed} {kind}")

    def things(self) -> list:
        raise NotImplementedError

    def look(self) -> None:
        """Sees whether all is well before the next thing, and after the last."""

    def run(self, until: float) -> None:
        waiting: list = []
        while time.monotonic() < until:
            if not waiting:
                waiting = self.things()
                self.chance.shuffle(waiting)
            thing = waiting.pop()
            self.look()
            name = thing.__name__.replace("_", " ")
            print(f"   {time.strftime('%T')} {name}", flush=True)
            thing()
            self.model.count(name)
            time.sleep(self.chance.uniform(0.2, 1.2))
        self.recover()
        self.look()

    def recover(self) -> None:
        """Undoes what would last."""


class Harm(Harms):
    """The harm that is done to one server on SQLite."""

    def __init__(self, folder: pathlib.Path, seed: int, model):
        super().__init__("harm", seed, model)
        self.folder = folder
        self.clock = Clock(folder / "clock")
        self.disk = Disk(folder / "disk")
        self.trackd = Trackd("trackd", self.disk.at / "data", folder, model,
                             environment=self.clock.environment, starts_later=self.make_room)
        self.begin = self.trackd.begin
        self.kill, self.terminate = self.trackd.kill, self.trackd.terminate

    @property
    def servers(self) -> list[Trackd]:
        return [self.trackd]

    @property
    def repositories(self) -> dict[str, Repository]:
        """By their URL: the one that trackd has itself is the one of environments that name
        none."""
        return {"": Repository(self.trackd.data / "gitops.git")}

    def make_room(self, _: str) -> bool:
        self.disk.empty()
        return False

    def kill_twice(self) -> None:
        self.kill()
        time.sleep(self.chance.uniform(0, 0.1))
        self.kill()

    def clock_jumps(self) -> None:
        self.clock.move(self.chance.choice((2, -2, 3600, -3600, 40 * DAY, -40 * DAY, 400 * DAY, 0)))
        time.sleep(self.chance.uniform(0.5, 2))

    def clock_jumps_while_it_is_down(self) -> None:
        self.trackd.server.kill()
        self.clock.move(self.chance.choice((-3600, 40 * DAY, -40 * DAY, 0)))
        self.trackd.again()

    def full_disk(self) -> None:
        self.disk.fill()
        time.sleep(self.chance.uniform(0.5, 2))
        self.disk.empty()

    def full_disk_and_a_restart(self) -> None:
        self.disk.fill()
        time.sleep(0.3)
        self.kill()
        time.sleep(0.5)
        self.disk.empty()

    def hold_lock(self, seconds: float) -> subprocess.Popen:
        (database,) = [one for one in self.trackd.data.iterdir()
                       if one.is_file() and one.open("rb").read(6) == b"SQLite"]
        holder = subprocess.Popen([sys.executable, "-c", HOLD_LOCK, str(database), str(seconds)],
                                  stdout=subprocess.PIPE)
        if holder.stdout.readline() != b"held\n":
            self.model.trouble("the lock of the database was not to be had for 20 s")
        return holder

    def locked(self) -> None:
        self.hold_lock(self.chance.uniform(0.2, 7)).wait(40)

    def locked_and_terminated(self) -> None:
        holder = self.hold_lock(15)
        time.sleep(0.3)
        # The store does not let go while somebody else has the database: 1 says so.
        self.terminate(allowed=(0, 1))
        holder.kill()
        holder.wait()

    def things(self) -> list:
        always = [self.kill, self.kill_twice, self.terminate, self.clock_jumps, self.clock_jumps,
                  self.clock_jumps_while_it_is_down, self.locked, self.locked_and_terminated]
        return always + ([self.full_disk, self.full_disk_and_a_restart] if self.disk.is_small
                         else [])

    def look(self) -> None:
        if self.trackd.died():
            self.trackd.again()

    def recover(self) -> None:
        self.clock.move(0)

    def close(self, keep: pathlib.Path | None) -> None:
        """Leaves nothing behind, whatever has happened; `keep` gets a copy of it."""
        self.trackd.close()
        if keep:
            shutil.copytree(self.folder, keep)
        self.disk.close()
