"""trackd behind proxies: quiet calls, and refused requests."""

import time

import grpc
import pytest

from support import trackctl
from support.proxies import KINDS, Proxy
from support.watch import resume, state, watch, words

#: After this many seconds the proxies of these tests end a quiet call; the usual default is sixty.
QUIET = 2


@pytest.fixture(params=KINDS)
def proxy(request, tmp_path):
    """Starts a proxy before a trackd."""
    started = []

    def start(server) -> Proxy:
        started.append(Proxy(request.param, tmp_path / "proxy", [server.port], QUIET))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_a_quiet_watch_lives_on(proxy, start_server, connect):
    server = start_server("data", "--watch-heartbeat", "1s")
    direct, client = connect(server.address), connect(proxy(server).address)
    component = direct.put_component()
    began = time.monotonic()
    call = watch(client, component)
    _, token = state(call)
    while time.monotonic() - began < 2.5 * QUIET:
        beat = next(call)
        assert not beat.HasField("change") and beat.resume_token
    direct.create(component, "v1.0")
    assert [words(one) for one in call_until_change(call)] == ["created v1.0"]
    call.cancel()
    # A resumed watch without changes goes on, too.
    call = resume(client, component, token=token)
    assert [words(one) for one in call_until_change(call)] == ["created v1.0"]
    call.cancel()


def call_until_change(call) -> list:
    """The next message with a change."""
    for message in call:
        if message.HasField("change"):
            return [message]
    return []


def test_trackctl_goes_on_whatever_the_proxy_ends(proxy, start_server, connect):
    """The heartbeat is longer than the proxy's limit: each watch is cut off, and resumed without a
    gap."""
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    client.create(component, "v1.0")
    watching = trackctl.Waiting(proxy(server).address, "watch", component)
    try:
        assert "existing track" in watching.process.stdout.readline()
        for _ in range(2):
            watching.until("the watch was interrupted and goes on")
        client.create(component, "v1.1")
        told = [watching.process.stdout.readline() for _ in range(2)]
        assert "updated track" in told[0] and "created track" in told[1]
    finally:
        watching.process.kill()
        watching.process.communicate()


@pytest.mark.parametrize("size", [5_000_000, 20_000_000])
def test_a_request_over_the_limit_is_told_so(proxy, start_server, connect, size):
    server = start_server()
    client = connect(proxy(server).address, [("grpc.max_send_message_length", -1)])
    answers = []
    for _ in range(8):
        with pytest.raises(grpc.RpcError) as caught:
            client.create("cart", "v1.0", description="d" * size)
        answers.append(caught.value.code().name)
    assert set(answers) == {"RESOURCE_EXHAUSTED"}, answers


def test_calls_get_through(proxy, start_server, connect):
    server = start_server()
    client = connect(proxy(server).address)
    component = client.put_component()
    assert client.create(component, "v1.0").latest
    with pytest.raises(grpc.RpcError) as caught:
        client.create(component, "v1.0")
    assert caught.value.code() == grpc.StatusCode.ALREADY_EXISTS
    assert [one.api_version for one in client.list(component)] == ["v1.0"]
