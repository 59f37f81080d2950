"""A real trackd as a child process, on free ports with its own data folder."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from . import paths, store, waiting

LISTENING = re.compile(r"^trackd (\S+) listening on (\S+)$")
ADMIN = re.compile(r"^trackd \S+ admin listening on (\S+)$")
START_SECONDS = 60 if paths.SANITIZED else 20
STOP_SECONDS = 60 if paths.SANITIZED else 20


class Server:
    """One trackd. `addresses` are the ones that it printed; `address` is the first of them."""

    def __init__(self, data: pathlib.Path, *arguments: str, listen=("127.0.0.1:0",),
                 environment=None, logs: pathlib.Path | None = None, discard_log=False, prefix=(),
                 binary: pathlib.Path | None = None, inherited=()):
        self.data = data
        name = "/dev/null" if discard_log else f"trackd.{time.monotonic_ns()}.log"
        self.log_path = (logs or data.parent) / name
        argv = [*prefix, str(binary or paths.trackd_binary()), "serve", "--data", str(data)]
        if "--log-format" not in arguments and not discard_log:
            argv += ["--log-format", "json"]
        for address in listen:
            argv += ["--listen", address]
        clean = {k: v for k, v in os.environ.items() if not k.startswith("TRACKD_")}
        # The Git servers of tests are on this machine.
        clean["TRACKD_GIT_ALLOW_HOST"] = "localhost,127.0.0.0/8"
        if not names_store(arguments, environment):
            clean |= store.environment(data)
        # A sanitizer makes loops lag that would not.
        if paths.SANITIZED:
            clean["TRACKD_SHED_LAG"] = "0"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [*argv, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                env={**clean, **(environment or {})}, pass_fds=inherited)
        self.pid = self.process.pid
        #: Whether the test has ended it, or waits for its end.
        self.is_ended = False
        self.addresses: list[str] = []
        self.version = ""
        #: The address of the admin listener, with `--admin-listen`.
        self.admin = ""
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        pending = b""
        stdout = self.process.stdout.fileno()
        while time.monotonic() < deadline:
            if waiting.is_readable(stdout, 0.1):
                chunk = os.read(stdout, 4096)
                if not chunk:
                    break
                pending += chunk
                *lines, pending = pending.split(b"\n")
                for line in lines:
                    if line == b"ready":
                        for address in self.addresses:
                            store.serves(address, self.data)
                        return
                    if match := ADMIN.match(line.decode()):
                        self.admin = match.group(1)
                    match = LISTENING.match(line.decode())
                    if match:
                        self.version = match.group(1)
                        self.addresses.append(match.group(2))
        self.process.kill()
        self.process.wait()
        raise AssertionError(f"trackd did not get ready:\n{self.log()}")

    @property
    def address(self) -> str:
        return self.addresses[0]

    @property
    def port(self) -> int:
        return int(self.address.rsplit(":", 1)[1])

    def connect(self, timeout: float = 10) -> socket.socket:
        """Opens a plain TCP connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def wait_until_read(self, count: int, seconds: float = 20) -> None:
        """Returns once it has read all that was sent to it, on this many TCP connections."""
        waiting.until(lambda: self._unread() == [0] * count, seconds)

    def _unread(self) -> list[int]:
        """For each TCP connection, how many bytes are under way to the server or wait for it."""
        rows = [line.split() for line in
                pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        # A row has the local address, the remote one, the state, and tx_queue:rx_queue.
        queues = {(row[1], row[2]): row[4].split(":") for row in rows if row[3] == "01"}
        mine = f":{self.port:04X}"
        return [int(received, 16) + int(queues.get((there, here), "0")[0], 16)
                for (here, there), (_, received) in queues.items() if here.endswith(mine)]

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def log_records(self) -> list[dict]:
        return [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def status(self, key: str) -> int:
        """A number of /proc/PID/status, such as VmRSS in kB."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        raise KeyError(key)

    def cpu_seconds(self) -> float:
        """Time that its threads have taken of the processors."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_kb(self) -> int:
        return self.status("VmRSS")

    def reset_peak(self) -> None:
        """Resets VmHWM to the memory that is resident now."""
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def peak_kb(self) -> int:
        return self.status("VmHWM")

    def open_files(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def signal(self, number: int) -> None:
        self.is_ended = True
        self.process.send_signal(number)

    def wait(self, seconds: float = STOP_SECONDS) -> int:
        """Waits for its end. Returns the exit code."""
        self.is_ended = True
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"trackd did not end within {seconds} s:\n{self.log()[-4000:]}")
        self.process.stdout.close()
        return code

    def kill(self) -> None:
        """kill -9: ends it at once."""
        self.is_ended = True
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self) -> None:
        """Sends SIGTERM; trackd must drain, exit with 0, and have logged no crash or sanitizer
        report."""
        if self.running:
            self.signal(signal.SIGTERM)
        code = self.wait()
        assert code == 0, f"trackd ended with {code}:\n{self.log()[-4000:]}"


def names_store(arguments, environment) -> bool:
    """Whether the test says itself where the store is."""
    return (any(one.startswith("--store") for one in arguments)
            or any(name.startswith("TRACKD_STORE") for name in environment or {}))


def run_to_end(*arguments: str, environment=None, seconds: float = START_SECONDS):
    """Runs trackd with arguments that end it. Returns its exit code, stdout and stderr."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TRACKD_")}
    if "--data" in arguments and not names_store(arguments, environment):
        clean |= store.environment(pathlib.Path(arguments[arguments.index("--data") + 1]))
    done = subprocess.run(
        [str(paths.trackd_binary()), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
        text=True, timeout=seconds, env={**clean, **(environment or {})})
    return done.returncode, done.stdout, done.stderr
