"""The Swift protobuf runtime as a process: Tests/protobuf-echo recodes messages."""

import functools
import importlib
import struct
import subprocess
import sys

from support.paths import ROOT


def everything_module(folder):
    """Generates testing/v1/everything_pb2 into `folder` with Google's own compiler."""
    from grpc_tools import protoc

    protos = ROOT / "Tests" / "Protos"
    files = ["testing/v1/everything.proto", "testing/other/v1/imported.proto"]
    status = protoc.main(
        ["protoc", f"-I{protos}", f"-I{ROOT / 'Protos'}", f"--python_out={folder}", *files])
    assert status == 0
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module("testing.v1.everything_pb2")
    finally:
        sys.path.remove(str(folder))


@functools.cache
def binary() -> str:
    """Builds protobuf-echo as the Swift tests are built. Returns its path."""
    build = ["swift", "build", "-c", "debug", "--explicit-target-dependency-import-check", "error"]
    subprocess.run([*build, "--product", "protobuf-echo", "--quiet"], cwd=ROOT, check=True)
    path = subprocess.run(
        [*build, "--show-bin-path"], cwd=ROOT, check=True, capture_output=True, text=True)
    return path.stdout.strip() + "/protobuf-echo"


class Refused(Exception):
    """The Swift runtime refused a message, for this reason."""


class Echo:
    """One protobuf-echo process; see its Main.swift for the protocol."""

    def __init__(self):
        self._process = subprocess.Popen([binary()], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self):
        self._process.stdin.close()
        assert self._process.wait(10) == 0

    def memory(self, figure: str) -> int:
        """A value of /proc/PID/status in bytes: VmRSS, or VmHWM (the highest VmRSS so far)."""
        with open(f"/proc/{self._process.pid}/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith(figure))
        return int(line.split()[1]) << 10

    def recode(self, forms: str, payload: bytes) -> bytes:
        """Recodes a message. `forms` has the form of the input and of the output: "bb", "bj", "jb"
        or "jj"."""
        self._process.stdin.write(forms.encode() + struct.pack(">I", len(payload)) + payload)
        self._process.stdin.flush()
        mark = self._process.stdout.read(1)
        assert mark, "protobuf-echo ended"
        (length,) = struct.unpack(">I", self._process.stdout.read(4))
        answer = self._process.stdout.read(length)
        if mark == b"-":
            raise Refused(answer.decode())
        return answer
