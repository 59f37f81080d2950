"""The README and the DocC catalogs: every block is run as it is written, each page from top to
bottom.

The examples' hosts are repositories of this machine, and their server's address is that of the
test's server. A block that cannot be run here has a marker with the reason in the line before it.
"""

import configparser
import json
import os
import pathlib
import subprocess
import sys

import pytest
import yaml

from support import paths
from support.services import free_port
from support.snippets import snippets

PAGES = [paths.README, *sorted(paths.ROOT.glob("Sources/*/*.docc/*.md"))]
#: Languages of blocks that are data: they are parsed.
READ = {"yaml": lambda text: list(yaml.safe_load_all(text)), "json": json.loads,
        "ini": lambda text: configparser.ConfigParser().read_string(text), "proto": None, "": None}
COMPONENT = """schemaVersion: "1.2"
endpoints:
  - name: api
    displayName: API
    service: {basePath: /, port: 8080}
    type: REST
    networkVisibilities: [Public]
"""


def git(folder: pathlib.Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


class World:
    """A server, the repositories of the examples, and the component's checkout to work in."""

    def __init__(self, tmp_path: pathlib.Path, server):
        self.server, self.folder = server, tmp_path / "cart"
        bin_folder, ops, cart = tmp_path / "bin", tmp_path / "ops.git", tmp_path / "cart.git"
        bin_folder.mkdir()
        for binary in (paths.trackd_binary(), paths.trackctl_binary()):
            (bin_folder / binary.name).symlink_to(binary)
        for bare in (ops, cart):
            subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(bare)], check=True)
        subprocess.run(["git", "clone", "-q", str(cart), str(self.folder)], check=True,
                       capture_output=True)
        for key, value in (("user.name", "Ada"), ("user.email", "ada@example.com")):
            git(self.folder, "config", key, value)
        (self.folder / ".choreo").mkdir()
        (self.folder / ".choreo" / "component.yaml").write_text(COMPONENT)
        git(self.folder, "add", ".choreo")
        git(self.folder, "commit", "-q", "-m", "first")
        git(self.folder, "push", "-q", "origin", "HEAD:main")
        (self.folder / "Protos").symlink_to(paths.PROTOS)
        # The guides expect their packages beside trackd.
        (tmp_path / "trackd").symlink_to(paths.ROOT)
        self.names = {
            "127.0.0.1:50051": server.address, "50443": str(free_port()),
            "https://git.example/ops.git": str(ops),
            "https://git.example/cart.git": str(cart)}
        self.environment = {
            **os.environ,
            "PATH": f"{bin_folder}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
            "TRACKCTL_SERVER": server.address, "RUN_ID": "17", "DATA": str(server.data)}
        self.output = ""

    def local(self, text: str) -> str:
        for name, local in self.names.items():
            text = text.replace(name, local)
        return text

    def run(self, snippet) -> None:
        program = {"sh": ["bash", "-euo", "pipefail", "-s"], "python": [sys.executable, "-"]}[
            snippet.language]
        ran = subprocess.run(
            program, input=self.local(snippet.text), cwd=self.folder, env=self.environment,
            text=True, capture_output=True, timeout=900)
        assert ran.returncode == 0, f"{snippet}\n{ran.stdout}{ran.stderr}"
        self.output = ran.stdout

    def play(self, page: pathlib.Path) -> None:
        for snippet in snippets(page):
            if not snippet.is_run:
                continue
            if snippet.is_output:
                assert self.output == snippet.text, snippet
            elif snippet.file:
                file = self.folder / snippet.file
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(self.local(snippet.text))
            elif snippet.language in READ:
                if read := READ[snippet.language]:
                    read(snippet.text)
            else:
                self.run(snippet)


@pytest.fixture
def world(tmp_path, start_server):
    return World(tmp_path, start_server("data", "--git-allow-file"))


#: The page that has to be followed before a page.
FIRST = {"Calling.md": paths.README, "JSON.md": paths.README}
#: The folder in which a page is followed, if not in the component's checkout: relative to the
#: parent of trackd's folder.
FOLDER = {"Calling.md": ".", "ServeYourOwnProtos.md": "greeter"}


def page_parameter(page: pathlib.Path):
    """Pages that build packages take some minutes, and tell a sanitizer nothing."""
    builds = any(one.file.endswith("Package.swift") for one in snippets(page))
    marks = [pytest.mark.timeout(900), pytest.mark.skipif(
        paths.SANITIZED, reason="builds a package")] if builds else []
    return pytest.param(page, id=page.name, marks=marks)


@pytest.mark.parametrize("page", [page_parameter(page) for page in PAGES])
def test_a_page_works_as_written(world, page):
    if page.name in FIRST:
        world.play(FIRST[page.name])
    if page.name in FOLDER:
        world.folder = world.folder.parent / FOLDER[page.name]
        world.folder.mkdir(exist_ok=True)
    world.play(page)


def test_what_is_not_run_says_why():
    skipped = [str(one) for page in PAGES for one in snippets(page) if not one.is_run]
    assert len(skipped) <= 4, skipped
