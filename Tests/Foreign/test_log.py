"""Attacks by log lines: the lines that peers cause are bounded, and every line that is left out is
counted."""

import contextlib
import json
import signal
import threading
import time
import uuid

import grpc

from support import raw_h2, waiting
from support.attacks import CHECK, open_stream
from support.client import Client
from support.curl import curl
from support.line import closed_address
from support.raw_h2 import RawConnection, message
from support.stubs import api

RATE, CLIENTS, SECONDS = 100, 20, 3
BURST = 5 * RATE
#: No hosts of Git repositories, of which the log would begin with a warning.
NO_WARNING = {"TRACKD_GIT_ALLOW_HOST": ""}
LIST = "/deploymenttrack.v1.DeploymentTrackService/ListDeploymentTracks"


class Resetting(threading.Thread):
    """Opens streams and resets them as fast as the server takes them; a new connection every two
    hundred."""

    def __init__(self, server, until: float):
        super().__init__(daemon=True)
        self.server, self.until = server, until
        self.resets = 0
        self.trouble: str | None = None

    def run(self) -> None:
        try:
            while time.monotonic() < self.until:
                with RawConnection(self.server.connect()) as raw:
                    for batch in range(10):
                        self.reset(raw, range(20 * batch, 20 * batch + 20), batch + 1)
        except Exception as error:  # noqa: BLE001: the test reports any error
            self.trouble = repr(error)

    def reset(self, raw: RawConnection, numbers: range, settings: int) -> None:
        raw.send(b"".join(open_stream(raw, n) + raw_h2.rst(2 * n + 1) for n in numbers)
                 + raw_h2.settings_frame())
        # The answer comes after the resets: the server has taken all of them.
        assert raw.read_until(lambda: raw.acks == settings + 1), raw.connection_answer(0)
        self.resets += len(numbers)


def left_out(records: list[dict], kind: str, **fields) -> int:
    return sum(one["count"] for one in records
               if one["message"] == "log lines left out" and one["kind"] == kind
               and all(one.get(name) == value for name, value in fields.items()))


def test_twenty_resetting_clients_write_little_and_all_of_it_is_counted(start_server, tmp_path):
    server = start_server(
        "data", "--log-rate", str(RATE), listen=("127.0.0.1:0", f"unix:{tmp_path}/s"),
        environment=NO_WARNING)
    began = time.monotonic()
    clients = [Resetting(server, began + SECONDS) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    # Lines about others are in the log meanwhile: of another kind, and of another peer.
    for address in server.addresses:
        one = Client(address)
        for _ in range(10):
            try:
                one.tracks.ListDeploymentTracks(
                    api.ListDeploymentTracksRequest(component_id="none"), timeout=20)
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.NOT_FOUND
        one.close()
    for client in clients:
        client.join(60)
        assert client.trouble is None, client.trouble
    seconds = time.monotonic() - began
    # Reported while the server runs, not only at its end.
    deadline = time.monotonic() + 10
    while not left_out(server.log_records(), "call"):
        assert time.monotonic() < deadline, "nobody is told of what was left out"
        time.sleep(0.1)
    server.stop()

    records = [json.loads(line) for line in server.log().splitlines()]
    resets = sum(client.resets for client in clients)
    written = sum(one.get("method") == CHECK for one in records)
    assert resets > 2 * (BURST + RATE * seconds), "the clients were too slow for this to be a test"
    assert written <= BURST + RATE * (seconds + 1)
    assert written + left_out(records, "call", peer="ipv4:127.0.0.1", detail="CANCELLED") == resets
    assert len(server.log()) < 400 * (BURST + RATE * (seconds + 1))
    assert sum(one.get("method") == LIST for one in records) == 20
    assert {one["message"] for one in records} == {"started", "call", "log lines left out",
                                                   "draining", "stopped"}


def test_no_limit_leaves_out_nothing(start_server, connect):
    server = start_server("data", "--log-rate", "0")
    with RawConnection(server.connect()) as raw:
        for batch in range(0, 1200, 400):
            for n in range(batch, batch + 400):
                raw.request(2 * n + 1, LIST, raw_h2.message(b""))
            assert {raw.answer(2 * n + 1) for n in range(batch, batch + 400)} == {
                "INVALID_ARGUMENT"}
    server.stop()
    assert sum(one.get("method") == LIST for one in server.log_records()) == 1200
    assert not left_out(server.log_records(), "call")


# Logged events

def test_what_is_turned_away_is_logged_with_its_reason(start_server):
    server = start_server("data", "--log-rate", "1")
    for _ in range(8):
        with RawConnection(server.connect(), preface=False) as raw:
            raw.send(bytes(64))
            assert raw.connection_answer() != "open"
    server.stop()
    records = server.log_records()
    refused = [one for one in records if one["message"] == "refused"]
    assert 5 <= len(refused) < 8 and {one["level"] for one in refused} == {"info"}
    assert all(one["peer"].startswith("ipv4:127.0.0.1:") for one in refused)
    (reason,) = {one["reason"] for one in refused}
    assert len(refused) + left_out(records, "refused", peer="ipv4:127.0.0.1", detail=reason) == 8


def test_a_call_is_logged_with_its_code_its_level_its_time_and_its_sizes(start_server, connect):
    server = start_server()
    client = connect(server.address)
    component = client.put_component(repository_url=f"https://{closed_address()}/source.git")
    request = api.GetComponentRequest(component_id=component)
    began = time.monotonic()
    response = client.catalog.GetComponent(request, timeout=10)
    took = (time.monotonic() - began) * 1_000_000
    track = client.create(component, "v1.0", branch="main")
    for call, *fields in (client.catalog.GetComponent, api.GetComponentRequest(
            component_id="nothing")), (
                    client.tracks.ApplyComponentConfig, api.ApplyComponentConfigRequest(
                        component_id=component, deployment_track_id=track.id)):
        with contextlib.suppress(grpc.RpcError):
            call(*fields, timeout=60)
    path = "/deploymenttrack.v1.CatalogService/GetComponent"
    with RawConnection(server.connect()) as raw:
        raw.request(1, path, message(b""), extra=[("grpc-timeout", "1X")])
        assert raw.answer(1) == "INTERNAL"
        raw.headers(3, raw_h2.request_headers(path))
        raw.data(3, b"\0\x7f\xff\xff\xff")
        assert raw.answer(3) == "RESOURCE_EXHAUSTED"
    server.stop()
    calls = [one for one in server.log_records() if one["message"] == "call"]
    levels = {(one["method"].rsplit("/", 1)[1], one["code"], one["level"]) for one in calls}
    # The server's own trouble is a warning; the client's is not.
    assert levels >= {("GetComponent", "OK", "info"), ("GetComponent", "NOT_FOUND", "info"),
                      ("GetComponent", "INTERNAL", "info"),
                      ("GetComponent", "RESOURCE_EXHAUSTED", "warning"),
                      ("ApplyComponentConfig", "UNAVAILABLE", "warning")}, levels
    (good,) = [one for one in calls if one["method"] == path and one["code"] == "OK"]
    assert (good["bytes_in"] == 5 + request.ByteSize()
            and good["bytes_out"] == 5 + response.ByteSize())
    assert 0 < good["time_us"] <= took
    assert good["peer"].startswith("ipv4:127.0.0.1:") and "status" not in good
    (missing,) = [one for one in calls if one["code"] == "NOT_FOUND"]
    assert "nothing" in missing["status"]


def test_connections_are_logged_at_debug_alone(start_server):
    quiet = start_server("quiet", environment=NO_WARNING)
    chatty = start_server("chatty", "--log-level", "debug", environment=NO_WARNING)
    for server in (quiet, chatty):
        with RawConnection(server.connect()) as raw:
            raw.send(raw_h2.ping())
            assert raw.read_until(lambda raw=raw: raw.pings == 1)
        server.stop()
    assert [one["message"] for one in quiet.log_records()] == ["started", "draining", "stopped"]
    told = {one["message"]: one for one in chatty.log_records()}
    assert told["connection opened"]["peer"] == told["connection closed"]["peer"]
    assert told["connection closed"]["reason"]


def test_slow_calls_are_warnings(start_server, connect, repository):
    server = start_server("data", "--git-allow-file", "--slow-call", "1ms")
    client = connect(server.address)
    component = client.put_component(repository_url=repository.url)
    track = client.create(component, "v1.0", branch="main")
    # Runs git, which takes longer.
    with contextlib.suppress(grpc.RpcError):
        client.tracks.ApplyComponentConfig(api.ApplyComponentConfigRequest(
            component_id=component, deployment_track_id=track.id), timeout=60)
    watch = client.tracks.WatchDeploymentTracks(
        api.WatchDeploymentTracksRequest(component_id=component), timeout=60)
    next(watch)
    time.sleep(0.01)
    watch.cancel()
    server.stop()
    calls = {one["method"].rsplit("/", 1)[1]: one for one in server.log_records()
             if one["message"] == "call"}
    slow = calls["ApplyComponentConfig"]
    assert slow["slow"] and slow["level"] == "warning" and slow["time_us"] >= 1000
    assert "slow" not in calls["WatchDeploymentTracks"]


def test_calls_are_logged_with_the_ids_of_their_requests_and_traces(start_server, connect):
    server = start_server()
    client = connect(server.address)
    trace = "0af7651916cd43dd8448eb211c80319c"
    header = f"00-{trace}-b7ad6b7169203331-01"
    binary = bytes([0, 0]) + bytes.fromhex(trace) + b"\1" + b"\7" * 8 + b"\2\1"
    ids = [str(uuid.uuid4()) for _ in range(3)]
    for name, id, metadata in (
            ("a", ids[0], [("traceparent", header)]), ("b", ids[1], [("grpc-trace-bin", binary)]),
            ("c", ids[2], [("traceparent", "00-nonsense")]), ("d", "", [])):
        client.catalog.PutOrganization(api.PutOrganizationRequest(
            organization=api.Organization(id=f"logged-{name}", tier=api.ORGANIZATION_TIER_PAID),
            request_id=id), metadata=metadata, timeout=10)
    reply = curl(server.address, "DELETE", f"/organizations/logged-d?request_id={ids[0]}",
                 http="1.1", headers=[f"traceparent: {header}"])
    assert reply.status == 200, reply
    server.stop()
    calls = [one for one in server.log_records() if one["message"] == "call"]
    assert [(one.get("trace_id"), one.get("request_id")) for one in calls[:4]] == [
        (trace, ids[0]), (trace, ids[1]), (None, ids[2]), (None, None)]
    assert calls[4]["trace_id"] == trace and calls[4]["request_id"] == ids[0]


def test_a_signal_turns_debug_lines_on_and_off(start_server):
    server = start_server("data", "--log-level", "warning")

    def ping():
        with RawConnection(server.connect()) as raw:
            raw.send(raw_h2.ping())
            assert raw.read_until(lambda raw=raw: raw.pings == 1)

    def opened() -> int:
        return sum(one["message"] == "connection opened" for one in server.log_records())
    ping()
    server.process.send_signal(signal.SIGUSR1)
    waiting.until(lambda: "for ten minutes" in server.log())
    ping()
    waiting.until(lambda: opened() == 1)
    server.process.send_signal(signal.SIGUSR1)
    waiting.until(lambda: "what it usually does" in server.log())
    ping()
    server.stop()
    assert opened() == 1
