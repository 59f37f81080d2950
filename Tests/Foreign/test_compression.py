"""Messages in gzip and deflate, by gRPC's own client and by a raw one."""

import gzip
import zlib

import grpc
import pytest

from support.client import Client
from support.envelopes import envelopes
from support.raw_h2 import RawConnection, message, request_headers
from support.server import Server
from support.stubs import api

LIST = "/deploymenttrack.v1.DeploymentTrackService/ListDeploymentTracks"
DECODE = {"gzip": gzip.decompress, "deflate": zlib.decompress}
ENCODE = {"gzip": gzip.compress, "deflate": zlib.compress}


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A server, and a component with 100 tracks."""
    server = Server(tmp_path_factory.mktemp("compression") / "data")
    client = Client(server.address)
    component = client.put_component()
    for number in range(100):
        client.create(component, f"v1.{number}", description="a description that repeats itself")
    client.close()
    yield server, component
    server.stop()


def listed(server, request, *extra, body=None):
    """The reply's header block, flag and message."""
    with RawConnection(server.connect()) as raw:
        raw.headers(1, request_headers(LIST, extra=extra))
        raw.data(1, body or message(request.SerializeToString()), end_stream=True)
        assert raw.answer(1) == "OK"
        reply = raw.reply(1)
    ((flags, content),) = envelopes(reply.data)
    return reply.headers[0], flags, content


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_a_stock_client_compresses_its_calls(stored, connect, compression):
    server, component = stored
    client = Client(server.address, [("grpc.default_compression_algorithm", compression.value)])
    plain = connect(server.address)
    assert client.list(component) == plain.list(component)
    assert len(client.list(component, page_size=7)) >= 100
    # A request of 10 kB, a stream of replies, and an error.
    track = client.create(component, f"v2.{compression.value}", description="x" * 900)
    assert plain.get(component, track.id) == client.get(component, track.id)
    watch = client.tracks.WatchDeploymentTracks(
        api.WatchDeploymentTracksRequest(component_id=component), timeout=10)
    assert next(watch)
    watch.cancel()
    with pytest.raises(grpc.RpcError) as refused:
        client.get(component, "nothing")
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    client.close()


@pytest.mark.parametrize("encoding", DECODE)
def test_a_compressed_request_gets_a_compressed_reply(stored, encoding):
    server, component = stored
    request = api.ListDeploymentTracksRequest(component_id=component)
    _, flag, whole = listed(server, request)
    assert flag == 0
    compressed = message(ENCODE[encoding](request.SerializeToString()), flag=1)
    fields, flag, body = listed(
        server, request, ("grpc-encoding", encoding),
        ("grpc-accept-encoding", f"identity,{encoding}"), body=compressed)
    assert fields["grpc-encoding"] == encoding and flag == 1
    assert fields["grpc-accept-encoding"] == "identity,gzip,deflate"
    assert DECODE[encoding](body) == whole and len(body) < len(whole) / 3


@pytest.mark.parametrize("accepted", [None, "identity", "gzip", "br,zstd"])
def test_a_client_gets_no_encoding_that_it_does_not_list(stored, accepted):
    server, component = stored
    request = api.ListDeploymentTracksRequest(component_id=component)
    compressed = message(zlib.compress(request.SerializeToString()), flag=1)
    extra = [("grpc-encoding", "deflate")] + (
        [("grpc-accept-encoding", accepted)] if accepted else [])
    fields, flag, body = listed(server, request, *extra, body=compressed)
    assert "grpc-encoding" not in fields and flag == 0
    assert len(api.ListDeploymentTracksResponse.FromString(body).deployment_tracks) >= 100


def test_a_small_reply_is_sent_as_it_is(stored):
    server, component = stored
    request = api.ListDeploymentTracksRequest(component_id=component, filter='api_version = "v1.1"')
    fields, flag, _ = listed(
        server, request, ("grpc-encoding", "gzip"), ("grpc-accept-encoding", "gzip"))
    assert "grpc-encoding" not in fields and flag == 0
