"""trackctl with connections that break, hang, or cannot be made: how commands go on, and their exit
statuses."""

import concurrent.futures
import socket
import threading
import time

import grpc
import pytest

from support import raw_h2, trackctl
from support.line import Line
from support.stubs import api
from support.vanishing import Proxy, socket_to
from support.watch import WATCH

OK, FAILED, USAGE, NOT_FOUND, REFUSED, UNAVAILABLE = range(6)


@pytest.fixture
def waiting(tmp_path, start_server, connect):
    """A trackctl that waits for a deployment that does not end, and its server."""
    class Case:
        listen = f"unix:{tmp_path}/socket"
        started: list[trackctl.Waiting] = []

        def __init__(self):
            self.start()
            self.line = Line(self.client, environments=1, stuck=True)
            self.image = self.line.ci(1).image.image_id

        def start(self) -> None:
            self.server = start_server("data", listen=(self.listen,))
            self.client = connect(self.server.address, [("grpc.use_local_subchannel_pool", 1)])

        def deploy(self, *flags: str) -> trackctl.Waiting:
            one = trackctl.Waiting(self.listen, "deploy", self.line.component, self.line.track,
                                   self.image,
                          "--environment", self.line.environments[0], *flags)
            self.started.append(one)
            return one

        def cancel(self) -> None:
            self.line.client = self.client
            (one,) = self.line.history(self.line.track)
            self.line.cancel(one.id)

    case = Case()
    yield case
    for one in case.started:
        one.process.kill()
        one.process.communicate()


def test_a_deploy_that_waits_goes_on_after_a_restart(waiting):
    one = waiting.deploy("-o", "json")
    one.until("queued")
    waiting.server.kill()
    one.until("the server cannot be asked now")
    waiting.start()
    waiting.cancel()
    ran = one.end()
    assert (ran.code == REFUSED
            and ran.json["deployment"]["state"] == "DEPLOYMENT_STATE_CANCELLED"), ran
    assert ran.err.rstrip().endswith("cancelled")


def test_a_deploy_that_waits_outlives_a_server_that_hangs(waiting):
    """The server is stopped for longer than a call may take: the wait does not end for that,
    either."""
    one = waiting.deploy("--timeout", "1")
    one.until("queued")
    waiting.server.signal(19)
    try:
        one.until("the server cannot be asked now")
    finally:
        waiting.server.signal(18)
    waiting.cancel()
    assert one.end().code == REFUSED


def test_a_wait_has_an_end(waiting):
    began = time.monotonic()
    ran = waiting.deploy("--wait-timeout", "1").end()
    assert ran.code == UNAVAILABLE and ran.out == "" and "it goes on" in ran.err, ran
    assert 1 <= time.monotonic() - began < 20


def test_a_wait_without_a_server_has_an_end(waiting):
    one = waiting.deploy("--wait-timeout", "2")
    one.until("queued")
    waiting.server.kill()
    ran = one.end()
    assert ran.code == UNAVAILABLE and ran.out == "", ran
    # No other process removes the socket.
    waiting.start()


def test_a_wait_that_is_not_wanted_is_none(waiting):
    ran = waiting.deploy("--no-wait").end()
    assert ran.code == OK and ran.fields["state"] in ("queued", "in progress"), ran


class Peer:
    """A server that accepts connections and runs `what` on each."""

    def __init__(self, what):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.kept = []
        threading.Thread(target=self.serve, args=(what,), daemon=True).start()

    def serve(self, what) -> None:
        try:
            while True:
                one = self.listener.accept()[0]
                self.kept.append(one)
                what(one)
        except OSError:
            pass

    def close(self) -> None:
        self.listener.close()
        for one in self.kept:
            one.close()


def goes_away(one: socket.socket) -> None:
    one.sendall(raw_h2.settings_frame() + raw_h2.frame(raw_h2.GOAWAY, 0, 0, bytes(8)))
    one.close()


@pytest.mark.parametrize("what", [
    pytest.param(lambda one: None, id="says nothing"),
    pytest.param(lambda one: one.close(), id="closes"),
    pytest.param(lambda one: one.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"), id="is no HTTP/2"),
    pytest.param(lambda one: one.sendall(raw_h2.settings_frame()), id="answers no call"),
    pytest.param(goes_away, id="goes away at once"),
])
def test_a_server_that_is_none(what):
    peer = Peer(what)
    began = time.monotonic()
    ran = trackctl.run("tracks", "list", "x", "--timeout", "1", server=peer.address)
    assert ran.code == UNAVAILABLE and ran.out == "" and ran.err.startswith("trackctl: "), ran
    assert time.monotonic() - began < 20
    peer.close()


def test_a_list_that_never_comes_has_an_end(start_server, connect):
    """The server is stopped: the command waits no longer than a call may take."""
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    client.create(component, "v1.0")
    server.signal(19)
    try:
        ran = trackctl.run("tracks", "list", component, "--timeout", "1", server=server.address)
        assert ran.code == UNAVAILABLE, ran
    finally:
        server.signal(18)
    assert trackctl.run("tracks", "list", component, server=server.address).code == OK


@pytest.mark.parametrize("what", [
    pytest.param(lambda one: None, id="says nothing"),
    pytest.param(lambda one: one.close(), id="closes"),
    pytest.param(goes_away, id="goes away at once"),
])
def test_a_watch_of_a_server_that_is_none_ends(what):
    peer = Peer(what)
    ran = trackctl.run("watch", "x", server=peer.address, seconds=40)
    assert ran.code == UNAVAILABLE and ran.out == "" and ran.err.startswith("trackctl: "), ran
    peer.close()


def test_a_watch_notices_a_server_that_has_vanished_and_goes_on(start_server, connect):
    """No FIN, no answer, and nothing to send: the kernel probes the connection, because trackctl
    asked for that."""
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    proxy = Proxy("127.0.0.1", server.port)
    watching = trackctl.Waiting(proxy.address, "watch", component)
    try:
        client.create(component, "v1.0")
        assert "v1.0" in watching.process.stdout.readline()
        with socket_to(watching.process.pid, proxy.port) as mine:
            assert mine.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            idle, interval, most = (mine.getsockopt(socket.IPPROTO_TCP, option) for option in (
                socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_USER_TIMEOUT))
            assert idle + interval <= 100 and most <= 100_000
            # The same with shorter times.
            for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1),
                                  (socket.TCP_USER_TIMEOUT, 1000)):
                mine.setsockopt(socket.IPPROTO_TCP, option, value)
        assert proxy.vanish() == 1
        client.create(component, "v1.1")
        # Over another connection, from the place of the first one.
        told = [watching.process.stdout.readline() for _ in range(2)]
        assert "updated track" in told[0] and "v1.0" in told[0]
        assert "created track" in told[1] and "v1.1" in told[1]
    finally:
        watching.process.kill()
        watching.process.communicate()
        proxy.close()


class Watched:
    """A service whose watches a test ends: `ends` does it, and gets the number of the watch."""

    def __init__(self, ends):
        self.tokens: list[str] = []
        self.ends = ends
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
            WATCH.split("/")[1], {WATCH.split("/")[2]: grpc.unary_stream_rpc_method_handler(
                self.watch, request_deserializer=api.WatchDeploymentTracksRequest.FromString,
                response_serializer=api.WatchDeploymentTracksResponse.SerializeToString)})])
        self.address = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()

    def watch(self, request, context):
        self.tokens.append(request.resume_token)
        yield from self.ends(len(self.tokens), context)


@pytest.fixture
def watched():
    started = []

    def start(ends) -> Watched:
        started.append(Watched(ends))
        return started[-1]

    yield start
    for one in started:
        one.server.stop(None).wait()


def token(number: int):
    return api.WatchDeploymentTracksResponse(resume_token=f"t{number}")


def ends_with(code):
    """Sends a token, and then this status; OK ends the stream."""
    def ends(number, context):
        yield token(number)
        if code != grpc.StatusCode.OK:
            context.abort(code, "as it was told to")
    return ends


@pytest.mark.parametrize("code", ["OK", "CANCELLED", "UNKNOWN", "DEADLINE_EXCEEDED",
                                  "RESOURCE_EXHAUSTED", "ABORTED", "INTERNAL", "UNAVAILABLE",
                                  "DATA_LOSS"])
def test_a_watch_goes_on_behind_what_others_did_wrong(watched, code):
    service = watched(ends_with(grpc.StatusCode[code]))
    watching = trackctl.Waiting(service.address, "watch", "x")
    for _ in range(3):
        watching.until("the watch was interrupted and goes on")
    watching.process.kill()
    watching.process.communicate()
    assert service.tokens[:3] == ["", "t1", "t2"]


@pytest.mark.parametrize("code, status", [
    ("INVALID_ARGUMENT", USAGE), ("NOT_FOUND", NOT_FOUND), ("PERMISSION_DENIED", REFUSED),
    ("UNAUTHENTICATED", REFUSED), ("FAILED_PRECONDITION", REFUSED), ("OUT_OF_RANGE", REFUSED),
    ("UNIMPLEMENTED", FAILED)])
def test_a_watch_ends_where_asking_again_makes_no_sense(watched, code, status):
    service = watched(ends_with(grpc.StatusCode[code]))
    ran = trackctl.run("watch", "x", server=service.address)
    assert ran.code == status and service.tokens == [""], ran


def test_a_watch_that_never_began_ends(watched):
    def ends(number, context):
        context.abort(grpc.StatusCode.INTERNAL, "as it was told to")
        yield token(number)
    service = watched(ends)
    ran = trackctl.run("watch", "x", server=service.address)
    assert ran.code == FAILED and service.tokens == [""], ran


def test_a_watch_cut_within_the_state_begins_anew(watched):
    def ends(number, context):
        if number == 1:
            yield api.WatchDeploymentTracksResponse(change=api.Change(
                type=api.CHANGE_TYPE_EXISTING,
                deployment_track=api.DeploymentTrack(id="one", component_id="x")))
            context.abort(grpc.StatusCode.INTERNAL, "as it was told to")
        yield token(number)
    service = watched(ends)
    watching = trackctl.Waiting(service.address, "watch", "x")
    watching.until("the watch was interrupted and begins anew")
    watching.until("the watch was interrupted and goes on")
    watching.process.kill()
    out, _ = watching.process.communicate()
    assert service.tokens[:2] == ["", ""] and out.count("existing track x/one") == 1
