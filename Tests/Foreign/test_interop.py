"""rpc-interop, both sides, against itself, grpcio and Debian's gRPC C++: the test cases of gRPC's
interoperability document."""

import pathlib
import socket
import subprocess
import time

import grpc
import pytest

from support import certificates, cpp, interop, interop_grpcio
from support.interop_grpcio import messages

COMPRESSED = ["client_compressed_unary", "client_compressed_streaming",
              "server_compressed_unary", "server_compressed_streaming"]
SOAK = ["rpc_soak", "channel_soak"]
#: What a server says of its load: cases of rpc-interop alone.
LOAD = ["orca_per_rpc", "orca_oob"]
PLAIN = list(interop_grpcio.CASES)
FOUR_TASKS = ["--soak_iterations=20", "--soak_num_threads=4"]

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="module")
def own_server():
    """The port of rpc-interop's server."""
    with interop.serving(interop.binary(), "server", "--port=0") as port:
        yield port


@pytest.fixture(scope="module")
def grpcio_server():
    with interop_grpcio.serving() as port:
        yield port


@pytest.fixture(scope="module")
def cpp_program():
    source = pathlib.Path(__file__).parent / "cpp" / "interop.cc"
    return cpp.compiled(source, interop.PROTOS, interop.PROTO_FILES)


@pytest.fixture(scope="module")
def cpp_server(cpp_program):
    with interop.serving(str(cpp_program), "server") as port:
        yield port


@pytest.fixture(scope="module")
def tests(own_server):
    """A stub of grpcio for rpc-interop's server."""
    with interop_grpcio.calling(own_server) as stub:
        yield stub


def expect_pass(port, case, *flags):
    done = interop.run_client(port, case, *flags)
    assert (done.returncode, done.stdout) == (0, f"{case} passed\n"), done.stderr


@pytest.mark.parametrize("case", PLAIN + COMPRESSED + LOAD + SOAK)
def test_own_client_and_own_server(own_server, case):
    expect_pass(own_server, case)


@pytest.mark.parametrize("case", PLAIN + SOAK)
def test_own_client_and_grpcio_server(grpcio_server, case):
    expect_pass(grpcio_server, case)


@pytest.mark.parametrize("case", PLAIN)
def test_grpcio_client_and_own_server(tests, case):
    interop_grpcio.CASES[case](tests)


@pytest.mark.parametrize("case", COMPRESSED)
def test_own_client_and_cpp_server(cpp_server, case):
    expect_pass(cpp_server, case)


@pytest.mark.parametrize("case", COMPRESSED)
def test_cpp_client_and_own_server(cpp_program, own_server, case):
    cpp.run(cpp_program, "client", own_server, case)


def free_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


@pytest.mark.parametrize("host", ["dns:///localhost", "dns:127.0.0.1", "ipv4:127.0.0.1",
                                  "ipv4:127.0.0.1:{},127.0.0.1"])
def test_client_takes_a_target_as_grpc_writes_it(grpcio_server, host):
    """Of two addresses the first refuses."""
    done = interop.run_client(grpcio_server, "empty_unary", host=host.format(free_port()))
    assert (done.returncode, done.stdout) == (0, "empty_unary passed\n"), done.stderr


@pytest.mark.parametrize("host, words", [
    ("dns://server/host", "a DNS server of its own is not supported"),
    ("ipv4:127.0.0.1:1,localhost", "is no ipv4 address"),
])
def test_client_says_what_is_wrong_with_a_target(host, words):
    done = interop.run_client(1, "empty_unary", host=host)
    assert done.returncode == 1 and "UNAVAILABLE" in done.stderr and words in done.stderr


def test_client_finds_that_a_server_does_not_report_its_load(grpcio_server):
    done = interop.run_client(grpcio_server, "orca_per_rpc")
    assert done.returncode == 1 and "the trailing metadata has []" in done.stderr


@pytest.mark.parametrize("case", COMPRESSED)
def test_client_finds_that_a_server_does_not_compress(grpcio_server, case):
    done = interop.run_client(grpcio_server, case)
    assert done.returncode == 1 and done.stderr.startswith(f"rpc-interop: {case} failed: expected")


def test_client_has_all_cases_that_are_tested_here():
    named = cpp.run(interop.binary(), "--help").partition("test cases:\n")[2].split()
    assert sorted(named) == sorted(PLAIN + COMPRESSED + LOAD + SOAK)


def test_soak_with_several_tasks(own_server):
    expect_pass(own_server, "rpc_soak", *FOUR_TASKS, "--soak_min_time_ms_between_rpcs=1",
                "--soak_request_size=10", "--soak_response_size=20")


@pytest.mark.parametrize("flags, what", [
    # No call brings 4 MB in a millisecond, and none brings more than the client takes.
    (["--soak_response_size=4000000", "--soak_per_iteration_max_acceptable_latency_ms=1"], "late"),
    (["--soak_response_size=5000000"], "RESOURCE_EXHAUSTED")])
def test_soak_counts_calls_that_fail_or_are_late(own_server, flags, what):
    flags = [*FOUR_TASKS, "--soak_overall_timeout_seconds=60", *flags]
    done = interop.run_client(own_server, "rpc_soak", *flags, "--soak_max_failures=19")
    assert done.returncode == 1 and f"20 of 20 calls: {what}" in done.stderr
    expect_pass(own_server, "rpc_soak", *flags, "--soak_max_failures=20")


def test_soak_ends_when_its_time_is_up(own_server):
    done = interop.run_client(own_server, "rpc_soak", "--soak_min_time_ms_between_rpcs=600",
                              "--soak_overall_timeout_seconds=1")
    assert done.returncode == 1 and "the time was up after 2 calls" in done.stderr


@pytest.mark.parametrize("flags", [
    ["--test_case=none"], [], ["--test_case=empty_unary", "--use_tls=maybe"],
    ["--test_case=empty_unary", "--ca_file=x"],
    ["--test_case=rpc_soak", "--soak_iterations=0"]])
def test_wrong_command_lines(own_server, flags):
    done = subprocess.run(
        [interop.binary(), "client", "--server_host=localhost", f"--server_port={own_server}",
         *flags], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and "--help" in done.stderr


def test_half_duplex_answers_when_all_requests_have_come(tests):
    requests = [interop_grpcio.output_request(3, 1), interop_grpcio.output_request(2, payload=9)]
    responses = tests.HalfDuplexCall(iter(requests))
    assert [len(response.payload.body) for response in responses] == [3, 1, 2]


def test_intervals_add_up(tests):
    parameters = [messages.ResponseParameters(size=1, interval_us=50_000)] * 3
    request = messages.StreamingOutputCallRequest(response_parameters=parameters)
    start = time.monotonic()
    assert len(list(tests.StreamingOutputCall(request))) == 3
    assert time.monotonic() - start >= 0.15


def test_cacheable_response(tests):
    response, call = tests.CacheableUnaryCall.with_call(messages.SimpleRequest())
    assert response.payload.body.isdigit()
    assert "max-age=60" in dict(call.initial_metadata())["cache-control"]


def test_server_has_one_id(tests):
    request = messages.SimpleRequest(fill_server_id=True)
    first, second = (tests.UnaryCall(request).server_id for _ in range(2))
    assert first and first == second
    assert not tests.UnaryCall(messages.SimpleRequest()).server_id


@pytest.mark.parametrize("request_fields", [
    {"response_size": -1}, {"response_size": 1 << 30}, {"response_type": 7}])
def test_server_refuses_payloads_that_it_does_not_have(tests, request_fields):
    request = messages.SimpleRequest(**request_fields)
    interop_grpcio.expect_status(
        grpc.StatusCode.INVALID_ARGUMENT, lambda: tests.UnaryCall(request))


@pytest.mark.parametrize("code", [1, 5, 13, 16])
def test_server_echoes_each_status(tests, code):
    status = messages.EchoStatus(code=code, message="so")
    request = messages.SimpleRequest(response_status=status)
    codes = {each.value[0]: each for each in grpc.StatusCode}
    interop_grpcio.expect_status(codes[code], lambda: tests.UnaryCall(request), "so")


def test_tls(tmp_path):
    """Both sides with certificates, against themselves and grpcio."""
    authority = certificates.Authority(tmp_path)
    server = authority.issue("server", "interop.test")
    client = authority.issue("client", usage=certificates.CLIENT)

    def flags(pair):
        return ["--use_tls=true", f"--ca_file={authority.file}", f"--cert_file={pair.chain_file}",
                f"--key_file={pair.key_file}"]

    override = "--server_host_override=interop.test"
    with interop.serving(interop.binary(), "server", "--port=0", *flags(server)) as port:
        for case in ("empty_unary", "large_unary", "ping_pong", "cancel_after_first_response"):
            expect_pass(port, case, override, *flags(client))
        # Another name than the certificate's, and no certificate of its own.
        for words in ([*flags(client)], [override, "--use_tls=true",
                                         f"--ca_file={authority.file}"]):
            assert interop.run_client(port, "empty_unary", *words).returncode == 1
        credentials = grpc.ssl_channel_credentials(authority.pem, client.key, client.chain)
        with grpc.secure_channel(f"localhost:{port}", credentials, options=[
                ("grpc.ssl_target_name_override", "interop.test")]) as channel:
            assert grpc.channel_ready_future(channel).result(10) is None
