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


class Harm:
    """Starts the server, and does one thing after the other to it; each thing once before one is
    repeated."""

    def __init__(self, folder: pathlib.Path, seed: int, model):
        self.folder, self.seed, self.model = folder, seed, model
        self.chance = random.Random(f"{seed} harm")
        self.clock = Clock(folder / "clock")
        self.disk = Disk(folder / "disk")
        self.data = self.disk.at / "data"
        self.port = 0
        self.starts: list[float] = []
        self.drains: list[float] = []
        self.server: Server | None = None
        self.logs: list[pathlib.Path] = []
        self.begin()

    def begin(self) -> None:
        """Starts it; it has to get ready whatever was done to it before."""
        began = time.monotonic()
        self.server = Server(self.data, "--grace", str(GRACE), "--step-timeout", "5s",
                             logs=self.folder, listen=(f"127.0.0.1:{self.port}",),
                             environment=self.clock.environment)
        self.starts.append(time.monotonic() - began)
        self.port = self.server.port
        self.logs.append(self.server.log_path)

    def again(self) -> None:
        try:
            self.begin()
        except AssertionError as error:
            self.model.trouble(f"{error}")
            self.disk.empty()
            self.begin()

    def died(self) -> bool:
        """Whether it ended though nobody asked it to."""
        if self.server.running:
            return False
        self.model.trouble(
            f"trackd ended by itself with {self.server.wait()}:\n{self.server.log()[-1500:]}")
        return True

    # Things

    def kill(self) -> None:
        self.server.kill()
        self.again()

    def kill_twice(self) -> None:
        self.kill()
        time.sleep(self.chance.uniform(0, 0.1))
        self.kill()

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
                    f"after SIGTERM trackd ended with {code}:\n{self.server.log()[-1500:]}")
            # A second more than promised, for a machine that has other things to do.
            if self.drains[-1] > GRACE + 2:
                self.model.trouble(
                    f"SIGTERM took {self.drains[-1]:.1f} s with a grace time of {GRACE} s")
        self.again()

    def clock_jumps(self) -> None:
        self.clock.move(self.chance.choice((2, -2, 3600, -3600, 40 * DAY, -40 * DAY, 400 * DAY, 0)))
        time.sleep(self.chance.uniform(0.5, 2))

    def clock_jumps_while_it_is_down(self) -> None:
        self.server.kill()
        self.clock.move(self.chance.choice((-3600, 40 * DAY, -40 * DAY, 0)))
        self.again()

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
        (database,) = [one for one in self.data.iterdir()
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

    def run(self, until: float) -> None:
        waiting: list = []
        while time.monotonic() < until:
            if not waiting:
                waiting = self.things()
                self.chance.shuffle(waiting)
            thing = waiting.pop()
            if self.died():
                self.again()
            name = thing.__name__.replace("_", " ")
            print(f"   {name}", flush=True)
            thing()
            self.model.count(name)
            time.sleep(self.chance.uniform(0.2, 1.2))
        self.clock.move(0)
        if self.died():
            self.again()

    def end(self) -> None:
        """Stops the server for good: it has to end well."""
        try:
            self.server.stop()
        except AssertionError as error:
            self.model.trouble(f"{error}")

    def close(self, keep: pathlib.Path | None) -> None:
        """Leaves nothing behind, whatever has happened; `keep` gets a copy of it."""
        if self.server and self.server.running:
            self.server.kill()
        if keep:
            shutil.copytree(self.folder, keep)
        self.disk.close()
