"""Scripts/build builds nothing twice, and its binaries run on machines without a toolchain."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

from support.paths import ROOT, trackctl_binary, trackd_binary

#: A fake toolchain: it records its calls, and makes the requested files.
SWIFT = """\
#!/bin/bash
printf '%s\\n' "$*" >>"$CALLS"
for ((n = 1; n <= $#; n++)); do
  if [ "${!n}" = --product ]; then
    next=$((n + 1)) binary=.build/release/${!next}
    mkdir -p .build/release && printf '#!/bin/sh\\necho "ran $0 $*"\\n' >"$binary" && chmod +x "$binary"
  fi
done
"""
PRODUCTS = ["trackd", "trackctl", "protoc-gen-swiftrpc"]


@pytest.fixture
def project(tmp_path):
    """A copy of the scripts with a fake toolchain that records its calls."""
    shutil.copytree(ROOT / "Scripts", tmp_path / "Scripts")
    (tmp_path / "Scripts" / "packages.txt").write_text("")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "swift").write_text(SWIFT)
    (tools / "swift").chmod(0o755)

    def run(script: str, *words: str):
        calls = tmp_path / "calls"
        calls.write_text("")
        done = subprocess.run(
            [str(tmp_path / "Scripts" / script), *words], capture_output=True, text=True,
            timeout=60, env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}",
                             "CALLS": str(calls)})
        return done, calls.read_text().splitlines()
    return run


def test_all_scripts_build_a_product_in_one_way(project):
    built, calls = project("build")
    assert built.returncode == 0, built.stderr
    assert [pathlib.Path(line).name for line in built.stdout.splitlines()] == PRODUCTS
    assert [call.split("--product ")[1] for call in calls] == PRODUCTS
    assert all("-c release" in call and "--static-swift-stdlib" in call for call in calls)
    ran, again = project("run", "--listen", "127.0.0.1:0")
    assert ran.returncode == 0 and "trackd serve --listen 127.0.0.1:0" in ran.stdout, ran.stderr
    # With another flag, SwiftPM would build everything anew.
    assert again == calls[:1]
    some, calls_of_one = project("build", "trackctl")
    assert calls_of_one == calls[1:2] and some.returncode == 0
    # All builds go through the script: in the scripts, and in the documentation.
    for path in [*(ROOT / "Scripts").iterdir(), ROOT / "README.md",
                 *ROOT.glob("Sources/*/*.docc/*.md")]:
        if path.is_file():
            assert not re.search(r"swift build[^\n]*(-c release|--configuration release)",
                                 path.read_text()), path


def test_what_is_no_product_is_not_built(project):
    done, calls = project("build", "trackd", "nonsense")
    assert done.returncode == 2 and "Scripts/build PRODUCT..." in done.stderr and calls == []


def release_binaries() -> list[pathlib.Path]:
    found = [trackd_binary().resolve(), trackctl_binary().resolve()]
    if "release" not in found[0].parts:
        pytest.skip("not a release build")
    return found


def test_the_binaries_need_no_library_of_swift():
    for binary in release_binaries():
        done = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=True)
        assert not re.search(r"libswift|lib_?Foundation|libdispatch|libBlocksRuntime|not found",
                             done.stdout), done.stdout


def test_the_binaries_run_without_the_toolchain(tmp_path):
    binaries = release_binaries()
    swift = shutil.which("swift")
    if swift is None:
        hide = "true"
    else:
        # .../usr/bin/swift
        toolchain = pathlib.Path(swift).resolve().parents[2]
        if toolchain in (pathlib.Path("/"), pathlib.Path("/usr")) or ROOT.is_relative_to(toolchain):
            pytest.skip("the toolchain has no folder of its own")
        hide = f"mount -t tmpfs none {toolchain}"
    alone = ["unshare", "-m", "--propagation", "private"] if os.getuid() == 0 else [
        "unshare", "-rm"]
    if subprocess.run([*alone, "sh", "-c", hide], capture_output=True).returncode != 0:
        pytest.skip("this machine allows no file systems of one's own")
    for binary in binaries:
        copy = tmp_path / binary.name
        shutil.copy(binary, copy)
        done = subprocess.run([
            *alone, "sh", "-ec", f"{hide}; ! command -v swiftc; exec {copy} --version"],
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and done.stdout.startswith(binary.name), done
