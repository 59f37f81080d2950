"""gRPC over HTTP/2 as a stock client and a raw one see it: metadata, deadlines, cancellation,
windows, sizes."""

import threading
import time
import urllib.parse

import grpc
import pytest
from grpc_health.v1 import health_pb2

from support import raw_h2
from support.client import Client
from support.errors import refused
from support.raw_h2 import RawConnection, frame, message, request_headers
from support.stubs import api
from support.watch import state, watch

CHECK = "/grpc.health.v1.Health/Check"
LIST = "/deploymenttrack.v1.DeploymentTrackService/ListDeploymentTracks"
CREATE = "/deploymenttrack.v1.DeploymentTrackService/CreateDeploymentTrack"
REQUEST = message(b"")


@pytest.fixture
def raw(server):
    with RawConnection(server.connect()) as connection:
        assert connection.read_until(lambda: connection.acks >= 1 and connection.server_settings)
        yield connection


def test_a_reply_is_headers_message_and_trailers(raw):
    raw.request(1, CHECK, REQUEST)
    assert raw.answer(1) == "OK"
    reply = raw.reply(1)
    headers, trailers = reply.headers
    assert headers[":status"] == "200" and headers["content-type"].startswith("application/grpc")
    assert trailers["grpc-status"] == "0" and ":status" not in trailers
    assert health_pb2.HealthCheckResponse.FromString(reply.data[5:]).status == 1


def test_an_error_without_a_message_is_one_header_list(raw):
    raw.request(1, "/no.Service/Method", REQUEST)
    assert raw.answer(1) == "UNIMPLEMENTED"
    (fields,) = raw.reply(1).headers
    assert fields[":status"] == "200" and fields["content-type"].startswith("application/grpc")
    assert not raw.reply(1).data and fields["grpc-message"]


def test_settings_announce_finite_limits(raw):
    settings = raw.server_settings
    assert 0 < settings[raw_h2.MAX_CONCURRENT_STREAMS] <= 10_000
    assert 0 < settings[raw_h2.MAX_HEADER_LIST_SIZE] <= 65536


@pytest.mark.parametrize("content_type", [
    "application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8",
    "APPLICATION/GRPC", " application/grpc "])
def test_content_types_of_grpc(raw, content_type):
    raw.request(1, CHECK, REQUEST, content_type=content_type)
    assert raw.answer(1) == "OK"


@pytest.mark.parametrize("authority", ["localhost", "/run/trackd.sock", "unix:///run/trackd.sock",
                                       "run%2Ftrackd.sock", ""])
def test_an_authority_may_be_anything(server, connect, authority):
    """Clients on Unix sockets send its path as authority: grpc-java 1.79, grpcurl -unix, Bazel."""
    client = connect(server.address, [("grpc.default_authority", authority),
                                      ("grpc.use_local_subchannel_pool", 1)])
    assert client.health.Check(health_pb2.HealthCheckRequest(), timeout=10).status == 1


@pytest.mark.parametrize("te", [None, "trailers", "Trailers"])
def test_te_may_be_missing(raw, te):
    raw.headers(1, [*request_headers(CHECK, omit=("te",)), *([("te", te)] if te else [])])
    raw.data(1, REQUEST, end_stream=True)
    assert raw.answer(1) == "OK"


def test_an_answer_before_the_request_is_whole_is_followed_by_a_reset_without_an_error(raw):
    """Or the client would go on uploading."""
    raw.headers(1, request_headers("/no.Service/Method"))
    assert raw.answer(1) == "UNIMPLEMENTED"
    reply = raw.reply(1)
    assert reply.ended and reply.reset is None
    raw.data(1, REQUEST)
    assert raw.read_until(lambda: reply.reset is not None) and reply.reset == 0
    # What was on its way is passed over.
    raw.data(1, REQUEST, end_stream=True)
    raw.request(3, CHECK, REQUEST)
    assert raw.answer(3) == "OK"


def test_an_authority_may_be_missing(raw):
    raw.request(1, CHECK, REQUEST, omit=(":authority",))
    assert raw.answer(1) == "OK"


def test_grpc_message_is_percent_encoded(raw):
    raw.request(1, "/no.ü%~Service/Method", REQUEST)
    assert raw.answer(1) == "UNIMPLEMENTED"
    text = raw.reply(1).headers[-1]["grpc-message"]
    assert text == "unknown service no.%C3%BC%25~Service"
    assert urllib.parse.unquote(text, errors="strict") == "unknown service no.ü%~Service"


def test_two_hundred_calls_on_one_connection_at_once(raw):
    streams = range(1, 401, 2)
    for stream in streams:
        raw.request(stream, CHECK, REQUEST)
    assert {raw.answer(stream) for stream in streams} == {"OK"}


def test_a_message_may_come_a_byte_at_a_time(raw, client):
    component = client.put_component()
    body = message(api.CreateDeploymentTrackRequest(
        component_id=component, api_version="v1.0", description="d" * 100).SerializeToString())
    raw.headers(1, request_headers(CREATE))
    for at in range(len(body)):
        raw.data(1, body[at:at + 1], end_stream=at == len(body) - 1)
    assert raw.answer(1) == "OK"
    assert client.list(component)[0].description == "d" * 100


def test_data_and_headers_may_be_padded(raw):
    block = raw.encoder.encode(request_headers(CHECK), huffman=True)
    raw.send(frame(raw_h2.HEADERS, raw_h2.END_HEADERS | raw_h2.PADDED, 1,
                   b"\x07" + block + bytes(7)))
    raw.send(frame(raw_h2.DATA, raw_h2.END_STREAM | raw_h2.PADDED, 1,
                   b"\xff" + REQUEST + bytes(255)))
    assert raw.answer(1) == "OK"


def test_a_header_block_may_be_split(raw):
    block = raw.encoder.encode(request_headers(CHECK, extra=[("x-long", "v" * 3000)]),
                               huffman=False)
    raw.send(frame(raw_h2.HEADERS, 0, 1, block[:1000]) + frame(
        raw_h2.CONTINUATION, 0, 1, block[1000:2000]) +
             frame(raw_h2.CONTINUATION, raw_h2.END_HEADERS, 1, block[2000:]))
    raw.data(1, REQUEST, end_stream=True)
    assert raw.answer(1) == "OK"


def test_request_trailers_and_unknown_frames_are_passed_over(raw):
    raw.send(frame(0xEE, 0xFF, 0, b"what"))
    raw.headers(1, request_headers(CHECK))
    raw.data(1, REQUEST)
    raw.headers(1, [("x-checksum", "1")], end_stream=True)
    assert raw.answer(1) == "OK"


def list_of_size(client, size: int) -> str:
    """A component whose list reply, framed, has exactly this many bytes."""
    component = client.put_component()
    tracks = []

    def missing() -> int:
        return size - 5 - api.ListDeploymentTracksResponse(
            deployment_tracks=client.list(component)).ByteSize()

    while (left := missing()) > 2000:
        tracks.append(client.create(component, f"v1.{len(tracks)}",
                                    description="d" * min(600, left - 1200)))
    # Each change also moves updated_at, whose nanoseconds take four or five bytes: tries until it
    # fits.
    for _ in range(100):
        if (left := missing()) == 0:
            return component
        track = client.get(
            component, tracks[-1].id if len(tracks[-1].description) + left <= 1024
            else tracks[0].id)
        step = max(-len(track.description), min(left, 1024 - len(track.description)))
        client.tracks.UpdateDeploymentTrack(api.UpdateDeploymentTrackRequest(
            component_id=component, deployment_track_id=track.id,
            description="x" * (len(track.description) + step)), timeout=10)
        tracks.insert(0, tracks.pop())
    raise AssertionError(f"no list of {size} bytes: {missing()} off")


@pytest.mark.parametrize("size", [65_534, 65_535, 65_536])
def test_a_reply_at_the_edge_of_the_window(server, client, size):
    """The trailers follow a reply that fills the window exactly; a longer reply waits for
    WINDOW_UPDATE."""
    component = list_of_size(client, size)
    body = message(api.ListDeploymentTracksRequest(component_id=component).SerializeToString())
    with RawConnection(server.connect()) as raw:
        raw.request(1, LIST, body)
        reply = raw.reply(1)
        if size > 65_535:
            assert raw.read_until(lambda: len(reply.data) == 65_535)
            assert not raw.read_until(lambda: reply.ended, 0.3)
            raw.send(raw_h2.window_update(0, 10) + raw_h2.window_update(1, 10))
        assert raw.answer(1) == "OK"
        assert len(reply.data) == size


def test_a_reply_follows_a_window_that_opens_by_the_byte(server, client):
    component = client.put_component()
    for number in range(3):
        client.create(component, f"v1.{number}", description="d" * 300)
    body = message(api.ListDeploymentTracksRequest(component_id=component).SerializeToString())
    with RawConnection(server.connect(), settings={raw_h2.INITIAL_WINDOW_SIZE: 0}) as raw:
        raw.request(1, LIST, body)
        reply = raw.reply(1)
        for opened in range(1, 10_000, 97):
            raw.send(raw_h2.window_update(1, 97))
            raw.read_until(lambda: reply.ended or len(reply.data) >= (opened // 97 + 1) * 97, 5)
            if reply.ended:
                break
        assert raw.answer(1) == "OK"
        assert len(
            api.ListDeploymentTracksResponse.FromString(reply.data[5:]).deployment_tracks) == 3


def test_a_window_that_shrinks_below_zero(server, client):
    component = client.put_component()
    for number in range(40):
        client.create(component, f"v1.{number}", description="d" * 1000)
    body = message(api.ListDeploymentTracksRequest(component_id=component).SerializeToString())
    with RawConnection(server.connect(), settings={raw_h2.INITIAL_WINDOW_SIZE: 20_000}) as raw:
        raw.request(1, LIST, body)
        reply = raw.reply(1)
        assert raw.read_until(lambda: len(reply.data) == 20_000)
        raw.send(raw_h2.settings_frame({raw_h2.INITIAL_WINDOW_SIZE: 10}))
        raw.send(raw_h2.window_update(1, 19_990))
        assert not raw.read_until(lambda: len(reply.data) > 20_000, 0.3)
        raw.send(raw_h2.window_update(1, 1_000_000))
        assert raw.answer(1) == "OK"


# Deadlines and cancellation

@pytest.mark.parametrize("value", ["1n", "0S", "1u"])
def test_a_deadline_that_has_passed(raw, value):
    raw.headers(1, request_headers(CHECK, extra=[("grpc-timeout", value)]))
    assert raw.answer(1) == "DEADLINE_EXCEEDED"


@pytest.mark.parametrize("value", ["200m", "200000u"])
def test_a_deadline_ends_a_call_whose_message_does_not_come(raw, value):
    began = time.monotonic()
    raw.headers(1, request_headers(CHECK, extra=[("grpc-timeout", value)]))
    assert raw.answer(1) == "DEADLINE_EXCEEDED"
    assert time.monotonic() - began >= 0.19


@pytest.mark.parametrize("value", [
    "1H", "99999999H", "1M", "99999999M", "10S", "00000010S", "99999999S", "99999999m",
    "99999999u"])
def test_deadlines_that_are_far(raw, value):
    raw.request(1, CHECK, REQUEST, extra=[("grpc-timeout", value)])
    assert raw.answer(1) == "OK"


def test_cancelled_calls_leave_the_connection_in_order(raw):
    for number in range(100):
        stream = 2 * number + 1
        raw.headers(stream, request_headers(CHECK))
        raw.data(stream, REQUEST[:3])
        raw.send(raw_h2.rst(stream, 8))
    raw.request(1001, CHECK, REQUEST)
    assert raw.answer(1001) == "OK"


def test_a_stock_client_may_cancel(client):
    component = client.put_component()
    for number in range(50):
        future = client.tracks.CreateDeploymentTrack.future(api.CreateDeploymentTrackRequest(
            component_id=component, api_version=f"v1.{number}"), timeout=10)
        future.cancel()
    assert client.create(component, "v2.0").latest
    assert [t.latest for t in client.list(component)].count(True) == 1


# Metadata

def test_metadata_of_any_form_is_taken(client):
    reply, call = client.health.Check.with_call(health_pb2.HealthCheckRequest(), timeout=10,
                                                metadata=[
                                                    ("x-text", "some text"), ("x-text", "twice"),
                                                    ("x-data-bin", bytes(range(256))),
                                                    ("x-empty", ""), ("x.y_z-1", "~!@")])
    assert reply.status == health_pb2.HealthCheckResponse.SERVING
    assert call.code() == grpc.StatusCode.OK


@pytest.mark.parametrize("actor", ["zoe", "zoe ", " zoe", "  zoe  "])
def test_blanks_at_the_ends_of_metadata_are_stripped(client, actor):
    component = client.put_component()
    call = watch(client, component)
    state(call)
    client.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
        component_id=component, api_version="v1.0"),
                                        timeout=10, metadata=[("trackd-actor", actor)])
    assert next(call).change.actor == "zoe"
    call.cancel()


@pytest.mark.parametrize("name, value", [
    ("x-latin", b"caf\xe9"), ("x-utf8", "café".encode()), ("x-control", b"a\x01b"),
    ("x-delete", b"a\x7fb"), ("x-tab", b"a\tb"), ("grpc-unknown", b"1"),
    ("grpc-previous-rpc-attempts", b"2"), ("x-bin", b""), ("-bin", b"AA==")])
def test_metadata_that_is_none_does_not_break_the_call(raw, name, value):
    block = raw.encoder.encode(request_headers(CHECK)) + raw_h2.literal(name.encode(), value)
    raw.send(frame(raw_h2.HEADERS, raw_h2.END_HEADERS, 1, block))
    raw.data(1, REQUEST, end_stream=True)
    assert raw.answer(1) == "OK"


def test_bad_base64_in_metadata_does_not_break_the_call(raw):
    raw.request(1, CHECK, REQUEST, extra=[("x-data-bin", "not base64 !!!"),
                                          ("x-data-bin", "YQ,YQ==,")])
    assert raw.answer(1) == "OK"


def test_a_header_list_below_the_limit_is_taken(raw):
    raw.request(1, CHECK, REQUEST, extra=[(f"x-{n}", "v" * 100) for n in range(50)])
    assert raw.answer(1) == "OK"


# Sizes

def test_a_request_of_nearly_four_megabytes_is_read(server, connect):
    client = connect(server.address, [("grpc.max_send_message_length", -1)])
    with pytest.raises(grpc.RpcError) as caught:
        client.create("cmp", "v1.0", description="d" * (4 * 1024 * 1024 - 1000))
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(grpc.RpcError) as caught:
        client.create("cmp", "v1.0", description="d" * (4 * 1024 * 1024 + 1000))
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_large_reply_arrives_whole(client):
    component = client.put_component()
    for number in range(1000):
        client.create(component, f"v1.{number}", description="d" * 1024)
    page = client.tracks.ListDeploymentTracks(
        api.ListDeploymentTracksRequest(component_id=component), timeout=30)
    assert page.ByteSize() > 1_000_000 and len(page.deployment_tracks) == 1000


def test_many_connections_at_once(server):
    clients = [Client(server.address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(100)]
    statuses = []

    def call(client):
        statuses.append(client.health.Check(health_pb2.HealthCheckRequest(), timeout=20).status)

    threads = [threading.Thread(target=call, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for one in clients:
        one.close()
    assert statuses == [health_pb2.HealthCheckResponse.SERVING] * 100


# Logs

def test_one_log_line_per_call(start_server, connect):
    server = start_server()
    client = connect(server.address)
    component = client.put_component()
    client.create(component, "v1.0")
    with refused("ALREADY_EXISTS", "API_VERSION_EXISTS"):
        client.create(component, "v1.0")
    server.stop()
    lines = [r for r in server.log_records() if "CreateDeploymentTrack" in str(r)]
    assert len(lines) == 2
    for record, code in zip(lines, ("OK", "ALREADY_EXISTS")):
        text = str(record)
        assert code in text and "127.0.0.1" in text
        assert any(isinstance(value, (int, float)) for value in record.values())


def test_what_is_reset_is_logged_with_its_reason(start_server):
    server = start_server()
    with RawConnection(server.connect()) as raw:
        raw.headers(1, [(":path", CHECK), *request_headers(CHECK)])
        raw.headers(3, request_headers(CHECK, extra=[("connection", "close")]))
        raw.headers(5, request_headers(CHECK, extra=[("content-length", "9")]))
        raw.data(5, REQUEST, end_stream=True)
        raw.headers(7, request_headers(CHECK))
        raw.send(raw_h2.window_update(7, 2**31 - 1))
        assert [raw.answer(stream) for stream in (1, 3, 5)] == ["RST_STREAM PROTOCOL_ERROR"] * 3
        assert raw.answer(7) == "RST_STREAM FLOW_CONTROL_ERROR"
    server.stop()
    told = [(r["reason"], r.get("fault")) for r in server.log_records()
            if r["message"] == "refused"]
    assert told == [("malformed_request", "a pseudo-field comes twice"),
                    ("malformed_request", "a field about an HTTP/1 connection"),
                    ("malformed_request", "a body of another length than content-length has"),
                    ("stream_error", None)]


def test_what_clients_do_wrong_is_no_error_in_the_log(start_server):
    """Errors are the server's own failures, for which operators are woken."""
    server = start_server()
    wrong = [message(b"\xff\xff"), message(b"\x0a\x01\xff"), message(b"1234")[:-1],
             message(b"", flag=1), message(b"", flag=2), message(b"") * 2, b"\0\xff\xff\xff\xff",
             b""]
    with RawConnection(server.connect()) as raw:
        for number, body in enumerate(wrong):
            raw.request(2 * number + 1, CREATE, body)
        answers = {raw.answer(2 * number + 1) for number in range(len(wrong))}
        raw.request(101, CREATE, REQUEST, extra=[("grpc-timeout", "soon")])
        answers.add(raw.answer(101))
    assert answers == {"INTERNAL", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED"}
    server.stop()
    calls = [r for r in server.log_records() if r.get("method") == CREATE]
    assert len(calls) == len(wrong) + 1 and all(r["status"] for r in calls)
    assert {r["level"] for r in server.log_records()} <= {"info", "warning"}


def test_text_logs_have_one_line_per_call_too(start_server, connect):
    server = start_server("data", "--log-format", "text")
    client = connect(server.address)
    client.put_component()
    server.stop()
    for method in ("PutOrganization", "PutProject", "PutComponent"):
        assert len([line for line in server.log().splitlines() if method in line]) == 1


def test_what_a_client_sends_cannot_forge_log_lines(start_server):
    server = start_server("data", "--log-format", "text")
    with RawConnection(server.connect()) as raw:
        raw.request(1, "/x/y%0aforged", REQUEST)
        assert raw.answer(1) == "UNIMPLEMENTED"
        body = api.CreateDeploymentTrackRequest(component_id="a\nforged level=error",
                                                api_version="v1.0")
        raw.request(3, CREATE, message(body.SerializeToString()))
        assert raw.answer(3) == "INVALID_ARGUMENT"
    server.stop()
    assert not [line for line in server.log().splitlines() if line.startswith("forged")]
