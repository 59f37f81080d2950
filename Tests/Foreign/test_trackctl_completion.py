"""Completion in real shells: trackctl's own words, and names on the server."""

import os
import pathlib
import pty
import shutil
import socket
import subprocess
import threading
import time

import pytest

from support import paths, trackctl, waiting
from support.line import Line, closed_address
from support.paths import trackctl_binary
from support.stubs import api

#: trackctl waits for the server for a second at most.
pytestmark = pytest.mark.skipif(
    paths.SANITIZED, reason="checked code needs longer than a shell waits")
needs_zsh = pytest.mark.skipif(not shutil.which("zsh"), reason="there is no zsh")


@pytest.fixture(scope="module")
def line(client):
    """A component with names with which no other name begins."""
    line = Line(client, environments=2, tracks=1)
    line.images_saved = [line.ci(number).image.image_id for number in (1, 2)]
    line.deployed = [line.run(image).id for image in line.images_saved]
    client.tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
        component_id=line.component, deployment_track_id=line.track,
        set_environment_variables=[{"name": "LONG_NAME", "value": "x"},
                                   {"name": "ONE", "value": "x"}]), timeout=10)
    return line


class Terminal:
    """A shell at a terminal, in which a user types."""

    def __init__(self, shell: str, folder: pathlib.Path, **variables: str):
        path = f"{trackctl_binary().parent}:{trackctl.environment()['PATH']}"
        words = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            words, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, start_new_session=True,
            env=trackctl.environment(PATH=path, TERM="dumb", PS1="$ ", HISTFILE="",
                                     INPUTRC="/dev/null", COLUMNS="400", LC_ALL="C.UTF-8",
                                     **variables))
        os.close(theirs)
        script = {
            "bash": "bind 'set enable-bracketed-paste off'; bind 'set bell-style none'; source <(trackctl completion bash)",
            "zsh": "unsetopt zle_bracketed_paste BEEP; autoload -Uz compinit; compinit -D -u; "
                         "source <(trackctl completion zsh)"}[shell]
        self.type(f"{script}; echo prepare''d\n")
        self.until("prepared")

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def until(self, word: str, seconds: float = 30) -> str:
        told, limit = "", time.monotonic() + seconds
        while word not in told:
            left = limit - time.monotonic()
            assert left > 0 and waiting.is_readable(self.ours, left), (
                f"'{word}' does not come: {told!r}")
            told += os.read(self.ours, 65536).decode(errors="replace")
        return told

    def completes(self, line: str, last: str) -> bool:
        """Whether pressing the tab key makes this the last word; on a busy machine it may take
        several tries."""
        return any(self.completed(line)[-1] == last for _ in range(5))

    def completed(self, line: str) -> list[str]:
        """The words of a command line after a press of the tab key, as the shell would run them."""
        # `show` prints the words that the shell makes of the line.
        self.type(
            f"show() {{ printf '<%s>' \"$@\"; echo ' EN''D'; }}; compdef _trackctl show 2>/dev/null"
            "; complete -F _trackctl show 2>/dev/null\n")
        self.type(f"{line}\t")
        time.sleep(0.2)
        self.type("\x01show \x05\n")
        told = self.until("END")
        answer = told[told.rindex("<trackctl>") if "<trackctl>" in told else 0:]
        return [word.split(">")[0] for word in answer.split("<")[1:]]

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.ours)


@pytest.fixture(params=["bash", pytest.param("zsh", marks=needs_zsh)])
def terminal(request, tmp_path, server):
    one = Terminal(request.param, tmp_path, TRACKCTL_SERVER=server.address)
    yield one
    one.close()


def test_a_tab_completes_words_and_names(terminal, line, client):
    track = client.get(line.component, line.track)
    cut = len(line.component) - 3
    for typed, last in (
            ("trackctl trac", "tracks"), ("trackctl tracks li", "list"), ("trackctl -o wi", "wide"),
            (f"trackctl tracks get {line.component[:cut]}", line.component),
            (f"trackctl tracks get {line.component} v1", track.api_version),
            (f"trackctl tracks get {line.component} @la", "@latest"),
            (f"trackctl deploy {line.component} @latest {line.images_saved[0][:10]}",
             line.images_saved[0]),
            (f"trackctl deploy {line.component} @latest @ne", "@newest"),
            (f"trackctl history {line.component} v1.0 {line.deployed[1][:10]}", line.deployed[1]),
            (f"trackctl resume {line.component} v1.0 {line.environments[1][:-3]}",
             line.environments[1]),
            (f"trackctl configs unset {line.component} v1.0 ONE LONG_", "LONG_NAME"),
            (f"trackctl configs diff {line.component} v1.0 ", "1"),
            (f"trackctl catalog get pipelines {line.pipeline[:-3]}", line.pipeline),
            (f"trackctl catalog list components {line.project[:-3]}", line.project),
            (f"trackctl deploy {line.component} v1.0 @newest --pipeline {line.pipeline[:-3]}",
             line.pipeline)):
        assert terminal.completes(typed, last), typed


def test_a_tab_completes_what_stands_behind_an_equals_sign(terminal, line):
    for typed, last in (("trackctl --output=js", "--output=json"),
                        (f"trackctl promote {line.component} v1.0 --to={line.environments[1][:-3]}",
                         f"--to={line.environments[1]}")):
        assert terminal.completes(typed, last), typed


def test_a_tab_asks_the_server_that_the_line_names(tmp_path, server, line):
    for shell in ["bash"] + (["zsh"] if shutil.which("zsh") else []):
        one = Terminal(shell, tmp_path, TRACKCTL_SERVER=closed_address())
        try:
            typed = f"trackctl --server {server.address} watch {line.component[:-3]}"
            assert one.completes(typed, line.component)
        finally:
            one.close()


# Results of bash's function, without a terminal.

def complete_in(shell_script: str, **variables: str) -> list[str]:
    path = f"{trackctl_binary().parent}:{trackctl.environment()['PATH']}"
    done = subprocess.run(shell_script, shell=True, executable="/bin/bash", capture_output=True,
                          text=True, timeout=30, env=trackctl.environment(PATH=path, **variables))
    assert done.returncode == 0 and done.stderr == "", done
    return done.stdout.split("\n")[:-1]


def in_bash(words: list[str], **variables: str) -> list[str]:
    """The candidates for a command line that bash has split like this; a word that begins with +
    belongs to the one before it. The last part is the one that bash replaces, unless it is a
    separating mark; an @ is a part of a word's beginning."""
    text = "".join(word[1:] if word.startswith("+") else " " + word
                   for word in ["trackctl", *words])[1:]
    parts = " ".join("'" + word.removeprefix("+") + "'" for word in ["trackctl", *words])
    replaced = "" if words[-1] in ("+=", "+:") else words[-1].removeprefix("+")
    if len(words) > 1 and words[-2] == "@":
        replaced = "@" + replaced
    return complete_in(
        f"set -u; source <(trackctl completion bash); COMP_WORDS=({parts}); COMP_CWORD={len(words)}; COMP_LINE='{text}'; "
        f"COMP_POINT={len(text)}; _trackctl trackctl '{replaced}' ''; "
        "((${#COMPREPLY[@]})) && printf '%s\\n' \"${COMPREPLY[@]}\"; true", **variables)


@pytest.mark.parametrize("words, candidates", [
    (["tra"], ["tracks"]), (["tracks", "de"], ["delete"]), (["-o", ""], ["table", "wide", "json"]),
    (["catalog", "get", "p"], ["project", "pipeline"]),
    (["tracks", "list", "x", "--fil"], ["--filter"]),
    (["--server", "127.0.0.1", "+:", "+50051", "wat"], ["watch"]), (["-o", "+=", "+"], []),
    (["--output", "+=", "+j"], ["json"]), (["--output", "+="], ["table", "wide", "json"]),
    (["tracks", "configure", "a", "b", ""], []), (["nonsense", ""], []),
])
def test_bash_gets_what_stands_behind_the_last_part(words, candidates):
    assert in_bash(words) == candidates


def test_bash_gets_names_of_the_server(server, line):
    def offered(*words):
        return in_bash(list(words), TRACKCTL_SERVER=server.address)
    assert offered("tracks", "list", line.component[:-1]) == [line.component]
    assert offered("tracks", "get", line.component, "") == ["@latest", "v1.0"]
    assert offered("tracks", "get", line.component, "@", "+lat") == ["@latest"]
    assert offered("tracks", "get", line.component, "@") == ["@latest"]
    assert offered("deploy", line.component, "v1.0", "") == ["@newest", *line.images_saved[::-1]]
    assert offered("cancel", line.component, "v1.0", "") == line.deployed[::-1]
    assert offered("resume", line.component, "v1.0", "") == sorted(line.environments)
    assert offered("history", line.component, "v1.0", "--environment", "+=",
                   "+" + line.environments[0][:-1]) == [
                       line.environments[0]]
    for kind, id in (("organizations", line.organization), ("project", line.project),
                     ("component", line.component), ("environment", line.environments[0]),
                     ("pipelines", line.pipeline)):
        assert offered("catalog", "delete", kind, id[:-1]) == [id]
    assert offered("catalog", "put", "component", line.component, "--pipeline", "") == [
        line.pipeline]
    assert offered("catalog", "put", "pipeline", "x", "--project", line.project, "--environment",
                   "") == sorted(line.environments)
    assert (offered("tracks", "get", "nothing-like-it", "") == ["@latest"]
            and offered("tracks", "get", "nothing", "v") == [])


def test_a_flood_of_names_is_cut(server, client):
    component = client.put_component()
    calls = [client.tracks.CreateDeploymentTrack.future(api.CreateDeploymentTrackRequest(
        component_id=component, api_version=f"v1.{number}"), timeout=60) for number in range(300)]
    for call in calls:
        call.result()
    assert len(in_bash(["tracks", "get", component, ""], TRACKCTL_SERVER=server.address)) == 100
    found = in_bash(["tracks", "get", component, "v1.29"], TRACKCTL_SERVER=server.address)
    assert found == [f"v1.{number}" for number in (*range(299, 289, -1), 29)]


def seconds_of(*words: str, **variables: str) -> tuple[float, trackctl.Ran]:
    began = time.monotonic()
    ran = trackctl.run("__complete", *words, **variables)
    return time.monotonic() - began, ran


@pytest.mark.parametrize("words", [["tracks", "list", ""], ["tracks", "get", "x", "v"],
                                   ["watch", "--project", ""]])
def test_a_dead_server_holds_no_shell_up(words):
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    silent.listen()
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    held = []
    for _ in range(4):
        # The listener does not accept: its queue fills, and the next connection is not even made.
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(full.getsockname())
        held.append(one)
    try:
        for address in (closed_address(), f"127.0.0.1:{silent.getsockname()[1]}",
                        f"127.0.0.1:{full.getsockname()[1]}", "http://x", "unix:/nothing",
                        "192.0.2.1:50051", "no-such-host.invalid:1"):
            seconds, ran = seconds_of(*words, TRACKCTL_SERVER=address)
            assert ran.code == 0 and ran.err == "" and set(ran.out.split()) <= {"@latest"}, (
                (address, ran))
            assert seconds < 4, (address, seconds)
    finally:
        for one in (silent, full, *held):
            one.close()


def test_a_server_that_answers_slowly_holds_no_shell_up(server, line):
    """A proxy that passes the server's bytes on slowly, a few each second."""
    host, port = server.address.split(":")
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()

    def drip():
        theirs, _ = listener.accept()
        ours = socket.create_connection((host, int(port)))
        theirs.settimeout(0.05)
        ours.settimeout(0.05)
        for _ in range(200):
            for source, target, count in ((theirs, ours, 65536), (ours, theirs, 3)):
                try:
                    target.sendall(source.recv(count))
                except TimeoutError:
                    continue
                except OSError:
                    return
    threading.Thread(target=drip, daemon=True).start()
    seconds, ran = seconds_of(
        "tracks", "list", "", TRACKCTL_SERVER=f"127.0.0.1:{listener.getsockname()[1]}")
    assert ran.code == 0 and ran.err == "" and seconds < 4, (seconds, ran)
    listener.close()


def test_names_of_the_server_are_no_commands_of_the_shell():
    """The shell quotes trackctl's words when it inserts them into a command line."""
    script = ("source <(trackctl completion bash); trackctl() { printf '%s\\n' '$(touch x)' 'a;b' 'plain'; }; COMP_WORDS=(trackctl a); "
              "COMP_CWORD=1; COMP_LINE='trackctl a'; COMP_POINT=10; _trackctl trackctl a ''; printf '%s\\n' \"${COMPREPLY[@]}\"")
    assert complete_in(script) == [r"\$\(touch\ x\)", r"a\;b", "plain"]


def test_bash_leaves_files_to_the_shell():
    script = ("source <(trackctl completion bash); COMP_WORDS=(trackctl tracks configure a b ''); COMP_CWORD=5; "
              "COMP_LINE='trackctl tracks configure a b '; COMP_POINT=30; _trackctl; echo ${#COMPREPLY[@]}; complete -p trackctl")
    assert complete_in(script)[0] == "0"


@needs_zsh
def test_zsh_takes_its_script(tmp_path: pathlib.Path):
    script = tmp_path / "_trackctl"
    script.write_text(trackctl.run("completion", "zsh").out)
    assert complete_in(f"zsh -n {script} && echo fine") == ["fine"]
