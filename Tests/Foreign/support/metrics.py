"""Reads /metrics, and has Debian's Prometheus scrape it."""

import contextlib
import json
import pathlib
import re
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from . import waiting
from .curl import curl

SAMPLE = re.compile(r'^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


class Metrics:
    """One scrape: numbers by name and labels, and what `# TYPE` says of each family."""

    def __init__(self, text: str):
        self.text = text
        self.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
        self.numbers: dict[tuple, float] = {}
        for line in text.splitlines():
            if line.startswith("#"):
                continue
            name, labels, value = SAMPLE.match(line).groups()
            key = name, frozenset(LABEL.findall(labels or ""))
            assert key not in self.numbers, line
            self.numbers[key] = float(value)

    def get(self, name: str, **labels: str) -> float:
        """The number with these labels and no others; 0 where there is none."""
        return self.numbers.get((name, frozenset(labels.items())), 0)

    def sum(self, name: str, **labels: str) -> float:
        """The sum of all numbers that have these labels."""
        return sum(value for (found, all_labels), value in self.numbers.items()
                   if found == name and labels.items() <= dict(all_labels).items())


def scrape(server, headers=()) -> Metrics:
    reply = curl(server.admin, "GET", "/metrics", http="1.1", headers=headers)
    assert reply.status == 200, reply
    return Metrics(reply.text)


def until(server, condition, seconds: float = 20) -> Metrics:
    """Scrapes until the condition holds for what comes."""
    found = []

    def holds():
        found[:] = [scrape(server)]
        return condition(found[0])
    waiting.until(holds, seconds)
    return found[0]


class Prometheus:
    """A Prometheus that scrapes one target every second."""

    def __init__(self, folder: pathlib.Path, target: str):
        with socket.socket() as chosen:
            chosen.bind(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % chosen.getsockname()[1]
        config = folder / "prometheus.yml"
        config.write_text(
            "global: {scrape_interval: 1s, scrape_timeout: 1s}\nscrape_configs:\n"
            f"  - job_name: trackd\n    static_configs: [{{targets: ['{target}']}}]\n")
        with open(folder / "prometheus.log", "wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}",
                 f"--web.listen-address={self.address}"], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL)
        self.log = folder / "prometheus.log"

    def ask(self, path: str, **parameters: str) -> dict:
        query = urllib.parse.urlencode(parameters)
        try:
            with urllib.request.urlopen(
                    f"http://{self.address}{path}?{query}", timeout=10) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            return json.load(error)

    def query(self, expression: str) -> list[tuple[dict, float]]:
        """The labels and the value of each series of an instant query."""
        answer = self.ask("/api/v1/query", query=expression)
        assert answer["status"] == "success", (expression, answer)
        return [(one["metric"], float(one["value"][1])) for one in answer["data"]["result"]]

    def wait_until_up(self) -> None:
        def is_up():
            # It answers with text until it is ready.
            with contextlib.suppress(OSError, ValueError):
                return self.query("up") and self.query("up")[0][1] == 1
            return False
        waiting.until(is_up)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
