"""A proxy in Swift that knows no method (rpc-interop proxy) between a client and a server of
grpcio."""

import concurrent.futures
import contextlib
import random
import subprocess
import threading

import grpc
import pytest

from support import interop, interop_grpcio

pytestmark = pytest.mark.timeout(400)


@contextlib.contextmanager
def proxied(backend: int):
    """A channel of grpcio to a proxy in front of a port."""
    command = (interop.binary(), "proxy", "--port=0", f"--backend=127.0.0.1:{backend}")
    with interop.serving(*command) as port:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel


@contextlib.contextmanager
def backend_of(**handlers):
    """A channel through a proxy to a server of these handlers, whose messages are bytes."""
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("any.Service", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        with proxied(port) as channel:
            yield channel
    finally:
        server.stop(None).wait()


@pytest.fixture(scope="module")
def port_of_proxy():
    with interop_grpcio.serving() as backend:
        command = (interop.binary(), "proxy", "--port=0", f"--backend=127.0.0.1:{backend}")
        with interop.serving(*command) as port:
            yield port


@pytest.mark.parametrize("case", interop_grpcio.CASES)
def test_a_case_goes_through(port_of_proxy, case):
    with interop_grpcio.calling(port_of_proxy) as tests:
        interop_grpcio.CASES[case](tests)


def test_messages_go_through_as_bytes_in_all_four_kinds():
    def doubled(request, context):
        yield request
        yield request

    with backend_of(
            one=grpc.unary_unary_rpc_method_handler(lambda request, context: request[::-1]),
            collect=grpc.stream_unary_rpc_method_handler(
                lambda requests, context: b"".join(requests)),
            spread=grpc.unary_stream_rpc_method_handler(doubled),
            talk=grpc.stream_stream_rpc_method_handler(
                lambda requests, context: (request[::-1] for request in requests))) as channel:
        random_bytes = random.Random(1).randbytes
        # No protobuf; an empty one; one that takes several frames.
        messages = [b"\xff\xff\xff", b"", random_bytes(100_000)]
        for message in messages:
            assert channel.unary_unary("/any.Service/one")(message) == message[::-1]
            assert list(channel.unary_stream("/any.Service/spread")(message)) == [message] * 2
        assert channel.stream_unary("/any.Service/collect")(iter(messages)) == b"".join(messages)
        talk = channel.stream_stream("/any.Service/talk")
        assert list(talk(iter(messages))) == [message[::-1] for message in messages]


def test_compressed_requests_are_taken():
    with backend_of(one=grpc.unary_unary_rpc_method_handler(
            lambda request, context: request)) as channel:
        call = channel.unary_unary("/any.Service/one")
        for compression in (grpc.Compression.Gzip, grpc.Compression.Deflate):
            assert call(bytes(50_000), compression=compression) == bytes(50_000)


def test_the_deadline_and_the_metadata_reach_the_backend():
    seen = []

    def note(request, context):
        seen.append((context.time_remaining(), dict(context.invocation_metadata())))
        return request

    with backend_of(note=grpc.unary_unary_rpc_method_handler(note)) as channel:
        call = channel.unary_unary("/any.Service/note")
        call(b"", timeout=50, metadata=[("a", "text"), ("a-bin", b"\x00\xff")])
        call(b"")
    (limited, metadata), (unlimited, _) = seen
    # gRPC core rounds a time-out between 10 s and 100 s up to tenths of a second when it writes the header field.
    assert 0 < limited <= 50.1
    assert (metadata["a"], metadata["a-bin"]) == ("text", b"\x00\xff")
    assert unlimited is None or unlimited > 10_000_000


def test_cancelling_reaches_the_backend():
    began, ended = threading.Event(), threading.Event()

    def wait(request, context):
        context.add_callback(ended.set)
        began.set()
        ended.wait(60)
        return request

    with backend_of(wait=grpc.unary_unary_rpc_method_handler(wait)) as channel:
        call = channel.unary_unary("/any.Service/wait").future(b"")
        assert began.wait(60) and not ended.is_set()
        call.cancel()
        assert ended.wait(60)


def test_a_status_comes_back_with_its_details_and_trailers():
    def fail(request, context):
        context.set_trailing_metadata([("last", "words"), ("grpc-status-details-bin", b"\x08\x05")])
        context.abort(grpc.StatusCode.NOT_FOUND, "nothing: \u263a")

    with backend_of(fail=grpc.unary_unary_rpc_method_handler(fail)) as channel:
        with pytest.raises(grpc.RpcError) as raised:
            channel.unary_unary("/any.Service/fail")(b"")
        with pytest.raises(grpc.RpcError) as unknown:
            channel.unary_unary("/any.Service/none")(b"")
    error = raised.value
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "nothing: \u263a")
    assert dict(error.trailing_metadata())["last"] == "words"
    assert unknown.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_a_backend_that_is_not_there_is_unavailable():
    with contextlib.ExitStack() as stack:
        with interop_grpcio.serving() as gone:
            pass
        channel = stack.enter_context(proxied(gone))
        with pytest.raises(grpc.RpcError) as raised:
            channel.unary_unary("/any.Service/one")(b"")
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("flags", [[], ["--backend=nowhere"], ["--backend=a:1", "--test_case=a"]])
def test_wrong_command_lines_of_a_proxy(flags):
    done = subprocess.run([interop.binary(), "proxy", "--port=0", *flags], capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == 2 and "--help" in done.stderr
