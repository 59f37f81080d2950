"""Fixtures: a trackd that most tests share, servers of a single test, and clients of them."""

import json
import os
import subprocess
import pathlib

import pytest

from support import cpp, paths, store
from support.client import Client
from support.git_https import GitServer
from support.server import Server
from support.services import Services
from support.source_repository import SourceRepository


def tell(kind: str, name: str) -> None:
    """Reports the running test to Scripts/test, which names it when the time is up."""
    if path := os.environ.get("TRACKD_TEST_EVENTS"):
        with open(path, "a") as events:
            events.write(json.dumps({"payload": {"kind": kind, "testID": name}}) + "\n")


def pytest_runtest_logstart(nodeid):
    tell("testStarted", nodeid)


def pytest_runtest_logfinish(nodeid):
    tell("testEnded", nodeid)


def pytest_collection_modifyitems(config, items):
    """On another store than SQLite, only those tests run that are about stores."""
    if not store.IS_POSTGRESQL:
        return
    fit = [one for one in items
           if one.get_closest_marker("store") and not one.get_closest_marker("sqlite")]
    config.hook.pytest_deselected(items=[one for one in items if one not in fit])
    items[:] = fit


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The trackd that tests share; each test uses organizations of its own."""
    started = Server(tmp_path_factory.mktemp("shared") / "data")
    yield started
    started.stop()


@pytest.fixture
def start_server(tmp_path):
    """Starts servers for one test; those that still run at its end must stop cleanly."""
    started = []

    def start(name="data", *arguments, **options):
        one = Server(tmp_path / name, *arguments, logs=tmp_path, **options)
        started.append(one)
        return one

    yield start
    for one in started:
        if one.running:
            one.stop()
        assert one.is_ended, f"a trackd ended by itself:\n{one.log()[-4000:]}"


@pytest.fixture(scope="session")
def client(server):
    one = Client(server.address)
    yield one
    one.close()


@pytest.fixture
def connect():
    """Connects clients to other servers."""
    opened = []

    def open_client(address: str, options=()):
        opened.append(Client(address, options))
        return opened[-1]

    yield open_client
    for one in opened:
        one.close()


@pytest.fixture(scope="session")
def git_server(tmp_path_factory):
    """A trackd that may read repositories of this machine."""
    started = Server(tmp_path_factory.mktemp("git") / "data", "--git-allow-file")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def git_client(git_server):
    one = Client(git_server.address)
    yield one
    one.close()


@pytest.fixture
def git_https(tmp_path):
    """A Git server over https, with a password."""
    folder = tmp_path / "git"
    folder.mkdir()
    one = GitServer(folder)
    yield one
    one.stop()


@pytest.fixture
def services():
    """Remote services that answer well, until a test says otherwise."""
    one = Services()
    yield one
    one.stop()


@pytest.fixture
def repository(tmp_path):
    """A repository to which the test commits source configs."""
    return SourceRepository(tmp_path / "source")


@pytest.fixture
def sourced_track(git_client, repository):
    """A track of the repository's branch `main`."""
    component = git_client.put_component(repository_url=repository.url)
    return git_client.create(component, "v1.0", branch="main")


@pytest.fixture(scope="session")
def cpp_client():
    """The program of cpp/client.cc."""
    protos = sorted([*(paths.PROTOS / "deploymenttrack" / "v1").rglob("*.proto"),
                     paths.PROTOS / "grpc/health/v1/health.proto"])
    return cpp.compiled(pathlib.Path(__file__).parent / "cpp" / "client.cc", paths.PROTOS, protos,
                        headers=[("deploymenttrack_v1.h", "deploymenttrack")])


@pytest.fixture
def run_serve(tmp_path):
    """Runs trackd to its end, which has to come soon."""
    def run(*arguments):
        return subprocess.run(
            [str(paths.trackd_binary()), "serve", "--data", str(tmp_path / "refused"), "--listen",
             "127.0.0.1:0", *arguments], capture_output=True, text=True, timeout=30)
    return run
