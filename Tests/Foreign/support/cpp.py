"""Programs on Debian's gRPC C++, compiled here from stubs of Debian's protoc."""

import hashlib
import pathlib
import shutil
import subprocess

import pytest

from . import paths


def run(*arguments, **options) -> str:
    """Runs a program that has to succeed. Returns its output."""
    done = subprocess.run([str(a) for a in arguments], capture_output=True, text=True, timeout=170,
                          **options)
    assert done.returncode == 0, f"{arguments[0]}: {done.stdout}{done.stderr}"
    return done.stdout


def compiled(source: pathlib.Path, root: pathlib.Path, protos: list[pathlib.Path],
             headers=()) -> pathlib.Path:
    """Compiles a program with the stubs of protos in `root`; again only when its source or a proto
    has changed. Each of `headers`, NAME and FOLDER, includes all headers of a folder of stubs."""
    if not all(map(shutil.which, ("g++", "protoc", "grpc_cpp_plugin", "pkg-config"))):
        pytest.skip("Debian's gRPC C++ is not installed: see Scripts/packages.txt")
    content = b"".join(p.read_bytes() for p in [source, *protos])
    out = paths.BUILD / "cpp" / source.stem / hashlib.sha256(content).hexdigest()[:16]
    binary = out / "program"
    if binary.exists():
        return binary
    shutil.rmtree(out.parent, ignore_errors=True)
    out.mkdir(parents=True)
    run("protoc", f"-I{root}", f"--cpp_out={out}", f"--grpc_out={out}",
        f"--plugin=protoc-gen-grpc={shutil.which('grpc_cpp_plugin')}", *protos)
    for name, folder in headers:
        own = sorted(p.relative_to(out) for p in (out / folder).rglob("*.h"))
        (out / name).write_text("".join(f'#include "{p}"\n' for p in own))
    flags = run("pkg-config", "--cflags", "--libs", "grpc++", "protobuf").split()
    run("g++", "-std=c++17", "-O0", "-w", f"-I{out}", source, *sorted(out.rglob("*.cc")), "-o",
        out / "unfinished", *flags)
    (out / "unfinished").rename(binary)
    return binary
