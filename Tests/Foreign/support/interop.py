"""rpc-interop as a server and as a client, and Python stubs of its protos."""

import contextlib
import functools
import importlib
import shutil
import subprocess

import grpc
from grpc_tools import protoc

from . import paths

PROTOS = paths.ROOT / "Sources" / "InteropMessages" / "Protos"
#: Of the services that all implementations have.
PROTO_FILES = sorted((PROTOS / "grpc" / "testing").glob("*.proto"))


def generate_stubs() -> None:
    """Generates stubs; `grpc.testing.test_pb2` and so on can be imported then."""
    out = paths.BUILD / "interop-stubs"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    arguments = ["protoc", f"-I{PROTOS}", f"--python_out={out}", f"--grpc_python_out={out}",
                 *map(str, PROTO_FILES)]
    assert protoc.main(arguments) == 0
    # The package of the protos lies in grpcio's own.
    grpc.__path__.append(str(out / "grpc"))
    importlib.invalidate_caches()


@functools.cache
def binary() -> str:
    """Builds rpc-interop with the options of Scripts/build. Returns its path."""
    build = ["swift", "build", "-c", "release", "--static-swift-stdlib",
             "--explicit-target-dependency-import-check", "error"]
    subprocess.run([*build, "--product", "rpc-interop", "--quiet"], cwd=paths.ROOT, check=True)
    return str(paths.ROOT / ".build" / "release" / "rpc-interop")


@contextlib.contextmanager
def serving(*command: str):
    """Runs a server that names its address in the first line that it prints. Yields its port."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield int(process.stdout.readline().rpartition(":")[2])
    finally:
        process.terminate()
        try:
            status = process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert status == 0


def run_client(port: int, case: str, *flags: str,
               host: str = "localhost") -> subprocess.CompletedProcess:
    """Runs one test case of rpc-interop."""
    return subprocess.run(
        [binary(), "client", f"--server_host={host}", f"--server_port={port}",
         f"--test_case={case}", *flags], capture_output=True, text=True, timeout=60)
