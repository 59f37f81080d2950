"""The scripts that judge trackd find the faults that they are for."""

import json
import os
import pathlib
import socket
import struct
import subprocess
import sys

import pytest

from support import waiting
from support.agreement import disagreements
from support.gitops import Repository
from support.paths import ROOT
from support.shop import Shop

LIB = ROOT / "Scripts" / "lib"
EVENT = 'echo \'{"payload": {"kind": "%s", "testID": "%s"}}\' >>"$EVENTS"; '


def within(events: pathlib.Path, seconds: str, script: str):
    return subprocess.run([sys.executable, str(LIB / "within.py"), seconds, str(events), "bash",
                           "-c", script],
                          capture_output=True, text=True, timeout=60,
                          env={**os.environ, "EVENTS": str(events)})


def test_a_run_of_tests_that_hangs_is_ended_and_names_what_was_running(tmp_path):
    script = "".join(EVENT % (kind, name) for kind, name in (
        ("testStarted", "Suite"), ("testStarted", "Suite/one"), ("testStarted", "Suite/two"),
        ("testEnded", "Suite/one"), ("testStarted", "Other"), ("testEnded", "Other")))
    ran = within(tmp_path / "events", "1", script + f"sleep 100 & echo $! >{tmp_path}/child; wait")
    assert ran.returncode == 124
    assert [line.strip() for line in ran.stderr.splitlines()[1:]] == ["Suite/two"]
    # Its child has ended with it; as a zombie, it has no parent here that waits for it.
    child = pathlib.Path("/proc", (tmp_path / "child").read_text().strip())
    assert not child.exists() or "State:\tZ" in (child / "status").read_text()


@pytest.mark.parametrize("code", [0, 3])
def test_a_run_of_tests_that_ends_has_its_own_exit_code(tmp_path, code):
    ran = within(tmp_path / "events", "50", f"exit {code}")
    assert (ran.returncode, ran.stderr) == (code, "")


def test_tests_that_failed_are_named_with_their_first_fault(tmp_path):
    def event(kind, name, **more):
        return json.dumps({"payload": {"kind": kind, "testID": name, **more}}) + "\n"

    def issue(name, text, known=False):
        return event("issueRecorded", name, issue={"isKnown": known}, messages=[{"text": text}])

    (tmp_path / "events").write_text(
        event("testStarted", "Suite/one") + issue("Suite/one", "first") + issue("Suite/one", "more")
        + issue("Suite/two", "is known", known=True) + issue("Suite/three", "it too")
        + '{"payload": {"kind": "issueRec')
    ran = subprocess.run([sys.executable, str(LIB / "failed_tests.py"), str(tmp_path / "events")],
                         capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["  Suite/one: first", "  Suite/three: it too"]


LIMIT = "(.timeLimit(.minutes(2)))"


@pytest.mark.parametrize("source, named", [
    ("struct ATests {\n  @Test func a() {}\n}\n", "ATests"),
    ("@Suite struct ATests {\n  @Test func a() {}\n}\n", "ATests"),
    ("@Suite(.timeLimit(.minutes(10))) struct ATests {\n  @Test func a() {}\n}\n", "ATests"),
    ("@Test func a() {}\n", "outside of any type"),
    (f"@Suite{LIMIT} struct ATests {{}}\nstruct BTests {{\n  @Test func b() {{}}\n}}\n", "BTests"),
    (f"@Suite{LIMIT} struct ATests {{\n  @Test func a() {{}}\n}}\n", None),
    (f'@Suite("words", .timeLimit(.minutes(1)))\nstruct ATests {{\n  @Test func a() {{}}\n}}\n',
     None),
    (f"@Suite{LIMIT} struct ATests {{\n  struct Inner {{\n    @Test func a() {{}}\n  }}\n}}\n",
     None),
    (f"@Suite{LIMIT} struct ATests {{}}\nextension ATests {{\n  @Test func a() {{}}\n}}\n", None),
    ("struct Helper {}\n", None),
])
def test_a_suite_without_a_time_limit_is_found(tmp_path, source, named):
    (tmp_path / "XTests").mkdir()
    (tmp_path / "XTests" / "XTests.swift").write_text(source)
    ran = subprocess.run([sys.executable, str(LIB / "lint_suites.py"), str(tmp_path)],
                         capture_output=True, text=True)
    assert ran.returncode == (1 if named else 0)
    assert (named in ran.stderr) if named else ran.stderr == ""


@pytest.mark.parametrize("module, text, named", [
    ("Sources/TLS", "import COpenSSL", "Sources/TLS/A.swift:1: TLS imports COpenSSL"),
    ("Sources/Crypto", "import COpenSSL", ""),
    ("Tests/CryptoTests", "@testable import Crypto\nimport COpenSSL", ""),
    ("Tests/TLSTests", "import Crypto\n@preconcurrency import COpenSSL", "A.swift:2: TLSTests"),
    ("Sources/trackd", "internal import struct CYAML.yaml_parser_t", "trackd imports CYAML"),
    ("Sources/Protobuf", "public import CProtobufC", "which is for other C modules alone"),
    ("Sources/trackd", "import CMystery", "CMystery has no owner"),
    ("Sources/trackd", "import CollectorMessages\nimport Crypto", ""),
])
def test_a_c_module_that_another_imports_is_found(tmp_path, module, text, named):
    folder = tmp_path / module
    folder.mkdir(parents=True)
    (folder / "A.swift").write_text(text + "\n")
    ran = subprocess.run([sys.executable, str(LIB / "lint_imports.py"), str(tmp_path)],
                         capture_output=True, text=True)
    assert ran.returncode == (1 if named else 0)
    assert (named in ran.stderr) if named else ran.stderr == ""


@pytest.mark.parametrize("text, named", [
    ("x" * 101, "README.md:1: has 101 characters"),
    ("see [this](Sources/none.md)", "README.md:1: there is no Sources/none.md"),
    ("[a](README.md), [b](README.md#part), [c](https://git.example/x), [d](doc:Page)", ""),
    ("| " + "x" * 101 + " |", ""),
])
def test_a_page_with_a_long_line_or_a_dead_link_is_found(tmp_path, text, named):
    (tmp_path / "README.md").write_text(text + "\n")
    ran = subprocess.run([sys.executable, str(LIB / "lint_pages.py"), str(tmp_path)],
                         capture_output=True, text=True)
    assert ran.returncode == (1 if named else 0)
    assert (named in ran.stderr) if named else ran.stderr == ""


def test_what_does_not_agree_is_found(start_server, connect):
    server = start_server()
    shop = Shop(connect(server.address), environments=2)
    (track,) = shop.tracks
    for image in shop.images[track]:
        for environment in shop.environments:
            shop.ended(track, shop.deploy(track, environment, image).id)
    repository = Repository(server.data / "gitops.git")
    history = shop.history(track)
    key = (shop.component, track)
    assert len(history) == 4 and disagreements(repository, {key: history}) == []
    assert "did not succeed" in disagreements(repository, {key: history[:-1]})[0]
    assert disagreements(repository, {key: history[1:]}, gone={history[0].id}) == []
    # The older deployment of one environment, as if it were the last.
    assert "which is active" in disagreements(repository, {key: [
        history[2], history[0], history[3], history[1]]})[0]
    first, last = history[0], history[-1]
    first.gitops_hash, last.gitops_hash = last.gitops_hash, first.gitops_hash
    assert len([text for text in disagreements(repository, {key: history})
                if "its history says" in text]) == 2
    last.id = "00000000-0000-4000-8000-000000000000"
    assert [text for text in disagreements(repository, {key: history}) if "have no commit" in text]


def test_the_clock_that_chaos_moves_is_the_time_of_day_alone(tmp_path):
    library, offset = tmp_path / "clock.so", tmp_path / "clock"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", str(library),
                    str(ROOT / "Scripts/chaos-data/clock.c"), "-ldl"], check=True)
    offset.write_bytes(struct.pack("=q", 0))
    script = f"""
import json, struct, time
def clocks(): return [time.time(), time.clock_gettime(7), time.monotonic()]
before = clocks()
open({str(offset)!r}, "r+b").write(struct.pack("=q", -86400))
print(json.dumps([after - before for before, after in zip(before, clocks())]))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True,
                          check=True, env={**os.environ, "LD_PRELOAD": str(library),
                                           "CHAOS_CLOCK": str(offset)})
    day, boot, monotonic = json.loads(done.stdout)
    assert -86401 < day < -86300 and 0 <= boot < 60 and 0 <= monotonic < 60


def test_the_network_of_chaos_holds_back_loses_and_resets(monkeypatch):
    monkeypatch.syspath_prepend(str(LIB))
    from chaos_cluster import Network, free_port
    with socket.create_server(("127.0.0.1", 0)) as target:
        network = Network({"way": (free_port(), target.getsockname()[1])})
        try:
            here, there = opened(network, target)
            here.sendall(b"1")
            assert there.recv(1) == b"1"
            network.turn("hold", "way")
            here.sendall(b"2")
            network.turn("pass", "way")
            assert there.recv(1) == b"2"

            def has_lost() -> bool:
                """Whether the proxy had read what was sent before it was to go on."""
                network.turn("drop", "way")
                here.sendall(b"3")
                network.turn("pass", "way")
                here.setblocking(False)
                try:
                    here.recv(1)
                except BlockingIOError:
                    return False
                except ConnectionResetError:
                    return True
                finally:
                    here.setblocking(True)

            waiting.until(lambda: attempt(has_lost, OSError), 60)
            here, there = opened(network, target)
            network.turn("cut", "way")
            for one in (here, there):
                assert attempt(lambda: one.recv(1), ConnectionResetError)
        finally:
            network.close()


def opened(network, target: socket.socket) -> tuple[socket.socket, socket.socket]:
    """Both ends of a new connection over a proxy."""
    here = socket.create_connection(("127.0.0.1", network.ports["way"]), 60)
    there, _ = target.accept()
    there.settimeout(60)
    return here, there


def attempt(what, expected) -> bool:
    """Whether it fails as expected, or is true."""
    try:
        return bool(what())
    except expected:
        return True


#: Has libFuzzer's flags and words. `bad` finds something at once, `mute` dies without a word.
FUZZERS = """\
#!/bin/bash
[ "$1" = --list ] && { printf 'good 10\\nbad 20\\nmute 30\\n'; exit 0; }
printf '%s\\n' "$TRACKD_FUZZ_TARGET $*" >>"$CALLS"
for word; do case $word in -artifact_prefix=*) prefix=${word#*=} ;; esac; done
[ "$TRACKD_FUZZ_TARGET" = mute ] && exit 1
echo '#7 DONE cov: 12 ft: 34 corp: 5/6b'
if [ "$TRACKD_FUZZ_TARGET" = bad ] && [ -n "$prefix" ]; then
  echo x >"${prefix}crash-1"
  echo "artifact_prefix='$prefix'; Test unit written to ${prefix}crash-1"
fi
echo 'stat::number_of_executed_units: 7'
[ "$TRACKD_FUZZ_TARGET" = good ] || exit 77
"""


@pytest.fixture
def fuzz(tmp_path):
    """Runs Scripts/lib/fuzz.py on made-up fuzzers. Gives what it said, and their calls."""
    binary, calls = tmp_path / "fuzz", tmp_path / "calls"
    binary.write_text(FUZZERS)
    binary.chmod(0o755)

    def run(*words: str):
        calls.write_text("")
        done = subprocess.run(
            [sys.executable, str(LIB / "fuzz.py"), str(binary), "--folder", str(tmp_path), *words],
            capture_output=True, text=True, timeout=60, env={**os.environ, "CALLS": str(calls)})
        return done, calls.read_text().splitlines()
    return run


def test_a_fuzzer_without_a_finding_is_a_line(fuzz):
    done, (call,) = fuzz("--seconds", "3", "good")
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["good", "7", "runs", "12", "edges", "ok"]
    assert call.startswith("good ") and " -max_total_time=3 -max_len=10 " in call


def test_what_a_fuzzer_finds_is_named_and_fails_the_run(fuzz, tmp_path):
    done, calls = fuzz("--seconds", "3")
    found = tmp_path / "fuzz-findings" / "bad" / "crash-1"
    log = tmp_path / "fuzz-findings" / "mute" / "log"
    assert done.returncode == 1 and len(calls) == 3
    assert f"Scripts/fuzz --input {found} bad" in done.stdout and found.exists()
    # One that ended without an input has its log.
    assert f"FOUND {log}" in done.stdout and log.exists()
    again, (call,) = fuzz("--input", str(found), "bad")
    assert again.returncode == 77 and call.endswith(str(found))


def test_fuzzers_that_do_not_exist_are_bad_usage(fuzz):
    done, calls = fuzz("good", "none")
    assert done.returncode == 2 and "there is no fuzzer none" in done.stderr and not calls
