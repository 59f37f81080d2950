"""The figures of streams and of the client stub: rpc-bench, whose handlers do next to nothing."""

import pathlib
import re
import subprocess
import sys

MESSAGES, IN_FLIGHT, BYTES = 300_000, 100, 64
GIBIBYTE, CHUNK = 1 << 30, 64 << 10
CALLS = 100_000
BARE_SOCKET = """
import os, socket, sys, time
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen()
if os.fork() == 0:
    os.sched_setaffinity(0, {int(sys.argv[2])})
    peer, buffer = socket.create_connection(listener.getsockname()), bytearray(65536)
    while peer.recv_into(buffer):
        pass
    os._exit(0)
os.sched_setaffinity(0, {int(sys.argv[1])})
peer, chunk = listener.accept()[0], bytes(int(sys.argv[3]))
before = time.process_time()
for _ in range((1 << 30) // len(chunk)):
    peer.sendall(chunk)
print(time.process_time() - before)
peer.close()
os.wait()
"""


class StreamServer:
    """rpc-bench server on its core."""

    def __init__(self, binary: pathlib.Path, prefix: tuple[str, ...]):
        self.process = subprocess.Popen([*prefix, str(binary), "server"], stdout=subprocess.PIPE,
                                        text=True)
        self.port = int(self.process.stdout.readline())
        self.pid = self.process.pid

    def peak_kb(self) -> int:
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1))

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


class Streams:
    """One server, and what is measured of it."""

    def __init__(self, binary, chat, server_core: str, client_core: str, cpu_ns):
        self.binary, self.chat = str(binary), str(chat)
        self.cores, self.cpu_ns = (server_core, client_core), cpu_ns
        self.server = StreamServer(binary, ("taskset", "-c", server_core))

    def _run(self, *argv) -> tuple[float, list[str]]:
        """Seconds of the server's CPU, and what the client prints."""
        before = self.cpu_ns(self.server.pid)
        done = subprocess.run(["taskset", "-c", self.cores[1], *map(str, argv)],
                              capture_output=True, text=True, timeout=300)
        used = (self.cpu_ns(self.server.pid) - before) / 1e9
        if done.returncode != 0:
            raise SystemExit(f"{argv[0]}: {done.stdout}{done.stderr}")
        return used, done.stdout.split()

    def bidi(self) -> dict:
        used, (answered, seconds) = self._run(
            self.chat, self.server.port, "/grpc.testing.TestService/FullDuplexCall", MESSAGES,
            IN_FLIGHT, BYTES)
        return {"us": used / int(answered) * 1e6, "rate": int(answered) / float(seconds)}

    def download(self) -> dict:
        # The client begins with a tenth as much.
        used, (client_us, client_kb) = self._run(
            self.binary, "client", "download", self.server.port, GIBIBYTE // CHUNK, CHUNK)
        return {"seconds": used / 1.1, "client": int(client_us) / 1e6,
                "kb": self.server.peak_kb(), "client_kb": int(client_kb)}

    def bare_socket(self) -> dict:
        done = subprocess.run([sys.executable, "-c", BARE_SOCKET, *self.cores, str(CHUNK)],
                              capture_output=True, text=True, timeout=120, check=True)
        return {"seconds": float(done.stdout)}

    def stub(self) -> dict:
        """The server's handler runs in a task as each call of the stub does, and once more at
        once."""
        got = {}
        for name, calls in ("task", "task-calls"), ("once", "calls"):
            used, (client_us, _) = self._run(
                self.binary, "client", calls, self.server.port, CALLS, IN_FLIGHT)
            got[f"{name}-server"] = used / (1.1 * CALLS) * 1e6
            got[f"{name}-client"] = int(client_us) / CALLS
        return got


def bidi_row(got: dict) -> tuple[str, str, str]:
    return (f"bidirectional stream of {BYTES}-byte messages, {IN_FLIGHT} in flight, CPU per "
            "message received and answered", "2 us or less",
            f"{got['us']:.2f} us, {got['rate']:,.0f}/s")


def download_row(got: dict, bare: dict, idle_kb: int) -> tuple[str, str, str]:
    return ("1 GiB in 64 KiB messages on one stream, to our own client",
            "0.4 s of CPU, flat memory",
            f"{got['seconds']:.2f} s, {got['seconds'] / bare['seconds']:.2f} of a bare socket's "
            f"({bare['seconds']:.2f} s); memory {got['kb'] / 1024:.1f} MiB at most, "
            f"{idle_kb / 1024:.1f} before; client {got['client']:.2f} s, "
            f"{got['client_kb'] / 1024:.1f} MiB at most")


def stub_row(got: dict) -> tuple[str, str, str]:
    return (f"the client stub, 1 x {IN_FLIGHT}, CPU per call", "no more than the server's",
            ", ".join(
                f"{got[f'{name}-client'] / got[f'{name}-server']:.2f} with a handler {which} "
                f"({got[f'{name}-client']:.2f} us against {got[f'{name}-server']:.2f} us)"
                for name, which in (("task", "in a task"), ("once", "at once"))))
