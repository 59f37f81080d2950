"""A client with Debian's gRPC C++, compiled here from stubs of Debian's protoc."""

import hashlib
import pathlib
import shutil
import subprocess

import pytest

from support import paths
from support.client import unique

SOURCE = pathlib.Path(__file__).parent / "cpp" / "client.cc"


def run(*arguments, **options) -> str:
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=170,
                          **options)
    assert done.returncode == 0, f"{arguments[0]}: {done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="session")
def cpp_client():
    """The compiled client; compiled again only when its source or a proto has changed."""
    if not all(map(shutil.which, ("g++", "protoc", "grpc_cpp_plugin", "pkg-config"))):
        pytest.skip("Debian's gRPC C++ is not installed: see Scripts/packages.txt")
    protos = sorted([*(paths.PROTOS / "deploymenttrack" / "v1").rglob("*.proto"),
                     paths.PROTOS / "grpc/health/v1/health.proto"])
    content = b"".join(p.read_bytes() for p in [SOURCE, *protos])
    out = paths.BUILD / "cpp" / hashlib.sha256(content).hexdigest()[:16]
    binary = out / "client"
    if binary.exists():
        return binary
    shutil.rmtree(out.parent, ignore_errors=True)
    out.mkdir(parents=True)
    run("protoc", f"-I{paths.PROTOS}", f"--cpp_out={out}", f"--grpc_out={out}",
        f"--plugin=protoc-gen-grpc={shutil.which('grpc_cpp_plugin')}", *protos)
    own = sorted(p.relative_to(out) for p in (out / "deploymenttrack").rglob("*.h"))
    (out / "deploymenttrack_v1.h").write_text("".join(f'#include "{p}"\n' for p in own))
    flags = run("pkg-config", "--cflags", "--libs", "grpc++", "protobuf").split()
    run("g++", "-std=c++17", "-O0", "-w", f"-I{out}", SOURCE, *sorted(out.rglob("*.cc")), "-o",
        out / "unfinished", *flags)
    (out / "unfinished").rename(binary)
    return binary


@pytest.mark.timeout(400)
def test_health_create_and_get(cpp_client, server):
    lines = run(cpp_client, server.address, unique("cpp")).splitlines()
    assert dict(line.split(": ", 1) for line in lines) == {
        "health": "1", "branch": "feature/x", "version": "v1.2", "description": "über alles",
        "latest": "1", "refusal": "5", "details": "yes"}
