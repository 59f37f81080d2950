"""channelz as grpcio's stubs read it: numbers that are those of what happened."""

import pytest
from grpc_channelz.v1 import channelz_pb2, channelz_pb2_grpc
from grpc_health.v1 import health_pb2

from support.errors import refused
from support.services import Services

POOL = [("grpc.use_local_subchannel_pool", 1)]


@pytest.fixture
def observed(start_server):
    return start_server("data", "--channelz", "--loops", "2")


def channelz(client):
    return channelz_pb2_grpc.ChannelzStub(client.channel)


def test_it_is_off_by_default(client):
    with refused("UNIMPLEMENTED"):
        channelz(client).GetServers(channelz_pb2.GetServersRequest(), timeout=10)


def test_the_server_and_its_connections_are_told(observed, connect):
    clients = [connect(observed.address, POOL) for _ in range(5)]
    for number, one in enumerate(clients):
        for _ in range(10 * number):
            one.health.Check(health_pb2.HealthCheckRequest(), timeout=10)
    with refused("NOT_FOUND"):
        clients[1].health.Check(health_pb2.HealthCheckRequest(service="nothing"), timeout=10)
    ask = channelz(clients[0])
    (server,) = ask.GetServers(channelz_pb2.GetServersRequest(), timeout=10).server
    assert server.ref.name == "trackd"
    data = server.data
    assert (data.calls_started, data.calls_succeeded, data.calls_failed) == (102, 100, 1)
    listening = ask.GetSocket(channelz_pb2.GetSocketRequest(
        socket_id=server.listen_socket[0].socket_id), timeout=10).socket
    assert listening.local.tcpip_address.port == observed.port

    page = ask.GetServerSockets(channelz_pb2.GetServerSocketsRequest(
        server_id=server.ref.server_id, max_results=3), timeout=10)
    assert len(page.socket_ref) == 3 and not page.end
    rest = ask.GetServerSockets(channelz_pb2.GetServerSocketsRequest(
        server_id=server.ref.server_id, start_socket_id=page.socket_ref[-1].socket_id + 1),
        timeout=10)
    refs = [*page.socket_ref, *rest.socket_ref]
    # A client's channel connects at its first call.
    assert len(refs) == 5 and rest.end and len({ref.socket_id for ref in refs}) == 5
    sockets = [
        ask.GetSocket(channelz_pb2.GetSocketRequest(socket_id=ref.socket_id), timeout=10).socket
        for ref in refs]
    assert sorted(socket.data.streams_started for socket in sockets)[-4:] == [11, 20, 30, 40]
    for socket in sockets:
        assert socket.local.tcpip_address.port == observed.port
        assert f"ipv4:127.0.0.1:{socket.remote.tcpip_address.port}" == socket.ref.name
        assert (socket.data.local_flow_control_window.value > 0
                and socket.data.remote_flow_control_window.value > 0)
        if socket.data.streams_started in (11, 20, 30, 40):
            # A refusal sends no message.
            assert socket.data.messages_sent == (
                socket.data.streams_started - (socket.data.streams_started == 11))
            assert (socket.data.messages_received == socket.data.streams_succeeded
                    == socket.data.streams_started)


def test_channels_to_remote_services_are_told(start_server, connect):
    services = Services()
    try:
        server = start_server("data", "--channelz", *services.flags("--subscriptions"))
        client = connect(server.address)
        client.create(client.put_component(), "v1.0")
        ask = channelz(client)
        (channel,) = ask.GetTopChannels(channelz_pb2.GetTopChannelsRequest(), timeout=10).channel
        calls = services.count("GetTier")
        assert calls
        assert channel.data.target == services.address
        assert (channel.data.calls_started, channel.data.calls_succeeded,
                channel.data.calls_failed) == (calls, calls, 0)
        subchannel = ask.GetSubchannel(channelz_pb2.GetSubchannelRequest(
            subchannel_id=channel.subchannel_ref[0].subchannel_id), timeout=10).subchannel
        assert channel.data.state.state == channelz_pb2.ChannelConnectivityState.READY
        (ref,) = subchannel.socket_ref
        socket = ask.GetSocket(
            channelz_pb2.GetSocketRequest(socket_id=ref.socket_id), timeout=10).socket
        assert socket.remote.tcpip_address.port == services.port
        assert (socket.data.streams_started == socket.data.messages_sent
                == socket.data.messages_received == calls)
    finally:
        services.stop()


def test_what_there_is_not_is_not_found(observed, connect):
    ask = channelz(connect(observed.address))
    for call, request in [
        (ask.GetServer, channelz_pb2.GetServerRequest(server_id=7)),
        (ask.GetServerSockets, channelz_pb2.GetServerSocketsRequest(server_id=7)),
        (ask.GetChannel, channelz_pb2.GetChannelRequest(channel_id=1)),
        (ask.GetSubchannel, channelz_pb2.GetSubchannelRequest(subchannel_id=1)),
        (ask.GetSocket, channelz_pb2.GetSocketRequest(socket_id=1)),
    ]:
        with refused("NOT_FOUND"):
            call(request, timeout=10)
