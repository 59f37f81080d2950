"""trackctl as people and scripts run it."""

import dataclasses
import json
import os
import pty
import subprocess
import threading

from . import paths


@dataclasses.dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def fields(self) -> dict[str, str]:
        """The names and values in the output of a command that shows one resource."""
        pairs = (line.split("  ", 1) for line in self.out.splitlines() if "  " in line)
        return {name: value.strip() for name, value in pairs}

    @property
    def rows(self) -> list[list[str]]:
        """The cells of a table, without headings and empty cells."""
        return [[cell.strip() for cell in line.split("  ") if cell.strip()]
                for line in self.out.splitlines()[1:]]


def environment(**variables: str) -> dict[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TRACKCTL_") and k != "USER"}
    return {**clean, **variables}


def run(*words: str, server: str = "", stdin: str | None = None, seconds: float = 60,
        **variables: str) -> Ran:
    """Runs trackctl to its end."""
    if server:
        variables = {"TRACKCTL_SERVER": server, **variables}
    done = subprocess.run(
        [str(paths.trackctl_binary()), *words], capture_output=True, text=True, timeout=seconds,
        input=stdin if stdin is not None else "", env=environment(**variables))
    return Ran(done.returncode, done.stdout, done.stderr)


class Waiting:
    """A running trackctl, with its stderr so far."""

    def __init__(self, server: str, *words: str):
        self.process = subprocess.Popen([str(paths.trackctl_binary()), *words, "--server", server],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env=environment())
        self.said: list[str] = []
        # The callers that wait for a line then get none.
        limit = threading.Timer(90, self.process.kill)
        limit.daemon = True
        limit.start()

    def until(self, word: str) -> None:
        for line in self.process.stderr:
            self.said.append(line)
            if word in line:
                return
        raise AssertionError(f"it has ended, and has not said '{word}': {self.said}")

    def end(self) -> Ran:
        out, err = self.process.communicate(timeout=60)
        return Ran(self.process.returncode, out, "".join(self.said) + err)


def shown(*words: str, server: str, seconds: float = 60) -> str:
    """The output of trackctl with a terminal as stdout."""
    screen, terminal = pty.openpty()
    written = []
    try:
        process = subprocess.Popen(
            [str(paths.trackctl_binary()), *words], stdin=subprocess.DEVNULL, stdout=terminal,
            stderr=subprocess.PIPE, env=environment(TRACKCTL_SERVER=server))
        os.close(terminal)
        try:
            while chunk := os.read(screen, 4096):
                written.append(chunk)
        except OSError:
            pass  # no process has the terminal open any more
        assert process.wait(seconds) == 0, process.stderr.read()
    finally:
        os.close(screen)
    return b"".join(written).decode()


def run_at_terminal(*words: str, answer: str, server: str, seconds: float = 60,
                    **variables: str) -> Ran:
    """Runs trackctl with a terminal as stdin, at which a user types `answer`."""
    keyboard, terminal = pty.openpty()
    try:
        os.write(keyboard, f"{answer}\n".encode())
        done = subprocess.run(
            [str(paths.trackctl_binary()), *words], capture_output=True, text=True, timeout=seconds,
            stdin=terminal, env=environment(TRACKCTL_SERVER=server, **variables))
    finally:
        os.close(keyboard)
        os.close(terminal)
    return Ran(done.returncode, done.stdout, done.stderr)
