"""The test cases of gRPC's interoperability document without compression, and a server of them, on
grpcio."""

import concurrent.futures
import contextlib
import queue
import threading

import grpc

from . import interop

interop.generate_stubs()

from grpc.testing import empty_pb2, messages_pb2 as messages, test_pb2_grpc as services

INITIAL = "x-grpc-test-echo-initial"
TRAILING = "x-grpc-test-echo-trailing-bin"
LARGE_REQUEST, LARGE_RESPONSE = 271_828, 314_159
REQUEST_SIZES, RESPONSE_SIZES = (27_182, 8, 1_828, 45_904), (31_415, 9, 2_653, 58_979)
SPECIAL = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n"


def zeros(size: int) -> messages.Payload:
    return messages.Payload(body=bytes(size))


def output_request(*sizes: int, payload: int = 0) -> messages.StreamingOutputCallRequest:
    parameters = [messages.ResponseParameters(size=size) for size in sizes]
    return messages.StreamingOutputCallRequest(
        response_parameters=parameters, payload=zeros(payload))


def large_request() -> messages.SimpleRequest:
    return messages.SimpleRequest(response_size=LARGE_RESPONSE, payload=zeros(LARGE_REQUEST))


class Service(services.TestServiceServicer):
    """Answers as the requests say; it looks at nothing that has to do with compression."""

    def EmptyCall(self, request, context):
        return empty_pb2.Empty()

    def UnaryCall(self, request, context):
        self._echo_metadata(context)
        self._echo_status(request, context)
        return messages.SimpleResponse(payload=zeros(request.response_size))

    def StreamingInputCall(self, requests, context):
        size = sum(len(request.payload.body) for request in requests)
        return messages.StreamingInputCallResponse(aggregated_payload_size=size)

    def StreamingOutputCall(self, request, context):
        for parameters in request.response_parameters:
            yield messages.StreamingOutputCallResponse(payload=zeros(parameters.size))

    def FullDuplexCall(self, requests, context):
        self._echo_metadata(context)
        for request in requests:
            self._echo_status(request, context)
            yield from self.StreamingOutputCall(request, context)

    @staticmethod
    def _echo_metadata(context):
        received = dict(context.invocation_metadata())
        if INITIAL in received:
            context.send_initial_metadata([(INITIAL, received[INITIAL])])
        if TRAILING in received:
            context.set_trailing_metadata([(TRAILING, received[TRAILING])])

    @staticmethod
    def _echo_status(request, context):
        if request.HasField("response_status"):
            codes = {code.value[0]: code for code in grpc.StatusCode}
            status = request.response_status
            context.abort(codes[status.code], status.message)


@contextlib.contextmanager
def serving():
    """Runs the server. Yields its port."""
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
    services.add_TestServiceServicer_to_server(Service(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port
    server.stop(None).wait()


def expect_status(code: grpc.StatusCode, call, details: str | None = None) -> None:
    try:
        call()
    except grpc.RpcError as error:
        assert error.code() is code
        assert details is None or error.details() == details
    else:
        raise AssertionError(f"expected {code}, the call succeeded")


def empty_unary(tests):
    assert tests.EmptyCall(empty_pb2.Empty()) == empty_pb2.Empty()


def large_unary(tests):
    assert tests.UnaryCall(large_request()).payload.body == bytes(LARGE_RESPONSE)


def client_streaming(tests):
    requests = [messages.StreamingInputCallRequest(payload=zeros(size)) for size in REQUEST_SIZES]
    assert tests.StreamingInputCall(iter(requests)).aggregated_payload_size == 74_922


def server_streaming(tests):
    responses = tests.StreamingOutputCall(output_request(*RESPONSE_SIZES))
    assert [len(response.payload.body) for response in responses] == list(RESPONSE_SIZES)


def ping_pong(tests):
    requests = queue.SimpleQueue()
    responses = tests.FullDuplexCall(iter(requests.get, None))
    for request_size, response_size in zip(REQUEST_SIZES, RESPONSE_SIZES):
        requests.put(output_request(response_size, payload=request_size))
        assert len(next(responses).payload.body) == response_size
    requests.put(None)
    assert list(responses) == []


def empty_stream(tests):
    assert list(tests.FullDuplexCall(iter(()))) == []


def custom_metadata(tests):
    text, octets = "test_initial_metadata_value", b"\xab\xab\xab"
    metadata = [(INITIAL, text), (TRAILING, octets)]
    _, unary = tests.UnaryCall.with_call(large_request(), metadata=metadata)
    request = output_request(LARGE_RESPONSE, payload=LARGE_REQUEST)
    stream = tests.FullDuplexCall(iter([request]), metadata=metadata)
    assert [len(response.payload.body) for response in stream] == [LARGE_RESPONSE]
    for call in (unary, stream):
        assert dict(call.initial_metadata())[INITIAL] == text
        assert dict(call.trailing_metadata())[TRAILING] == octets


def status_code_and_message(tests):
    status = messages.EchoStatus(code=2, message="test status message")
    unary = messages.SimpleRequest(response_status=status)
    stream = messages.StreamingOutputCallRequest(response_status=status)
    unknown = grpc.StatusCode.UNKNOWN
    expect_status(unknown, lambda: tests.UnaryCall(unary), status.message)
    expect_status(unknown, lambda: list(tests.FullDuplexCall(iter([stream]))), status.message)


def special_status_message(tests):
    request = messages.SimpleRequest(
        response_status=messages.EchoStatus(code=2, message=SPECIAL))
    expect_status(grpc.StatusCode.UNKNOWN, lambda: tests.UnaryCall(request), SPECIAL)


def unimplemented_method(tests):
    expect_status(
        grpc.StatusCode.UNIMPLEMENTED, lambda: tests.UnimplementedCall(empty_pb2.Empty()))


def unimplemented_service(tests):
    call = tests.unimplemented.UnimplementedCall
    expect_status(grpc.StatusCode.UNIMPLEMENTED, lambda: call(empty_pb2.Empty()))


def cancel_after_begin(tests):
    end = threading.Event()
    call = tests.StreamingInputCall.future(iter(end.wait, True))
    call.cancel()
    end.set()
    assert call.cancelled() and call.code() is grpc.StatusCode.CANCELLED


def cancel_after_first_response(tests):
    requests = queue.SimpleQueue()
    requests.put(output_request(31_415, payload=27_182))
    responses = tests.FullDuplexCall(iter(requests.get, None))
    assert len(next(responses).payload.body) == 31_415
    responses.cancel()
    expect_status(grpc.StatusCode.CANCELLED, lambda: next(responses))
    requests.put(None)


def timeout_on_sleeping_server(tests):
    requests = queue.SimpleQueue()
    requests.put(output_request(payload=27_182))
    responses = tests.FullDuplexCall(iter(requests.get, None), timeout=0.001)
    expect_status(grpc.StatusCode.DEADLINE_EXCEEDED, lambda: next(responses))
    requests.put(None)


#: The test cases by name; each takes a stub of TestService.
CASES = {case.__name__: case for case in (
    empty_unary, large_unary, client_streaming, server_streaming, ping_pong, empty_stream,
    custom_metadata, status_code_and_message, special_status_message, unimplemented_method,
    unimplemented_service, cancel_after_begin, cancel_after_first_response,
    timeout_on_sleeping_server)}


@contextlib.contextmanager
def calling(port: int):
    """Yields a stub of TestService; its `unimplemented` is one of UnimplementedService."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        tests = services.TestServiceStub(channel)
        tests.unimplemented = services.UnimplementedServiceStub(channel)
        yield tests
