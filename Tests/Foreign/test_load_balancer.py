"""nginx before three servers on one database, which are killed and started again one after the
other: a stock client with a retry policy sees nothing of it."""

import json
import re
import threading
import time
import uuid

import pytest

from support import paths, postgresql
from support.proxies import DOCUMENTED, Proxy
from support.stubs import api

CLIENTS = 8
#: Twice for each server.
KILLS = 6
#: For calls and kills to fall on each other anyhow; nothing depends on it.
PAUSE_SECONDS = 1.5

pytestmark = pytest.mark.timeout(300)


def service_config() -> str:
    """The retry policy of the page."""
    page = (paths.ROOT / "Sources/trackd/trackd.docc/PostgreSQL.md").read_text()
    (text,) = re.findall(r"```json\n(.*?methodConfig.*?)```", page, re.DOTALL)
    return json.dumps(json.loads(text))


class Caller(threading.Thread):
    """Creates, gets and lists the tracks of a component without a pause, until it is stopped."""

    def __init__(self, client, component: str):
        super().__init__(daemon=True)
        self.client, self.component = client, component
        self.made: dict[str, str] = {}
        self.failure: Exception | None = None
        self.stopped = threading.Event()

    def run(self) -> None:
        try:
            while not self.stopped.is_set():
                self.round()
        except Exception as error:  # Whatever it is, the test is to say so.
            self.failure = error

    def round(self) -> None:
        version = f"v1.{len(self.made)}"
        track = self.client.create(self.component, version, request_id=str(uuid.uuid4()))
        assert track.api_version == version and track.id not in self.made
        self.made[track.id] = version
        assert self.client.get(self.component, track.id).api_version == version
        page = self.client.tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
            component_id=self.component, page_size=20), timeout=10).deployment_tracks
        assert {one.id for one in page} <= self.made.keys()
        assert len(page) == min(len(self.made), 20)


def test_no_call_fails_while_servers_are_killed(start_server, connect, tmp_path):
    environment = {"TRACKD_STORE": postgresql.shared().make_database()}
    servers = [start_server(name, environment=environment) for name in "abc"]
    proxy = Proxy(DOCUMENTED, tmp_path / "proxy", [server.port for server in servers])
    options = [("grpc.service_config", service_config()), ("grpc.use_local_subchannel_pool", 1)]
    callers = []
    for _ in range(CLIENTS):
        client = connect(proxy.address, options)
        callers.append(Caller(client, client.put_component()))
    try:
        for caller in callers:
            caller.start()
        for number in range(KILLS):
            time.sleep(PAUSE_SECONDS)
            old = servers[number % 3]
            old.kill()
            time.sleep(PAUSE_SECONDS)
            servers[number % 3] = start_server(
                old.data.name, listen=(old.address,), environment=environment)
        time.sleep(PAUSE_SECONDS)
    finally:
        for caller in callers:
            caller.stopped.set()
        for caller in callers:
            caller.join(60)
        proxy.stop()
    log = proxy.log.read_text()
    assert [caller.failure for caller in callers if caller.failure] == [], log[-4000:]
    # The kills were no secret to nginx.
    assert "upstream" in log
    direct = connect(servers[0].address)
    for caller in callers:
        assert not caller.is_alive() and caller.made
        found = direct.list(caller.component)
        assert sorted(one.id for one in found) == sorted(caller.made)
        assert {one.id: one.api_version for one in found} == caller.made
