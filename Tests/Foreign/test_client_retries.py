"""The client's retries, against a server on grpcio that fails some calls before it answers."""

import concurrent.futures
import contextlib
import json

import grpc
import pytest

from support import interop, interop_grpcio
from support.interop_grpcio import services
from support.refusing import REFUSALS, Refusing

pytestmark = pytest.mark.timeout(400)

#: The cases with one call, of each kind.
KINDS = {"empty_unary": "EmptyCall", "client_streaming": "StreamingInputCall",
         "server_streaming": "StreamingOutputCall", "ping_pong": "FullDuplexCall"}


def config(attempts: int, backoff: str = "0.01s", **members) -> str:
    policy = {"maxAttempts": attempts, "initialBackoff": backoff, "maxBackoff": backoff,
              "backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}
    method = {"name": [{"service": "grpc.testing.TestService"}], "retryPolicy": policy}
    return json.dumps({"methodConfig": [method], **members})


class Failing(grpc.ServerInterceptor):
    """Fails the first calls with UNAVAILABLE, and keeps what each one said of earlier attempts."""

    def __init__(self, failures: int, trailers=()):
        self.failures = failures
        self.trailers = trailers
        self.attempts = []

    def intercept_service(self, continuation, details):
        handler = continuation(details)
        metadata = dict(details.invocation_metadata)
        self.attempts.append(metadata.get("grpc-previous-rpc-attempts"))
        if len(self.attempts) > self.failures:
            return handler

        def fail(_, context):
            context.set_trailing_metadata(self.trailers)
            context.abort(grpc.StatusCode.UNAVAILABLE, "not yet")

        def fail_stream(requests, context):
            fail(requests, context)
            yield

        make = {
            (False, False): grpc.unary_unary_rpc_method_handler,
            (True, False): grpc.stream_unary_rpc_method_handler,
            (False, True): grpc.unary_stream_rpc_method_handler,
            (True, True): grpc.stream_stream_rpc_method_handler,
        }[handler.request_streaming, handler.response_streaming]
        behavior = fail_stream if handler.response_streaming else fail
        return make(behavior, handler.request_deserializer, handler.response_serializer)


@contextlib.contextmanager
def serving(failing: Failing):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8), interceptors=[failing])
    services.add_TestServiceServicer_to_server(interop_grpcio.Service(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port
    server.stop(None).wait()


def run(failing: Failing, case: str, service_config: str):
    with serving(failing) as port:
        return interop.run_client(port, case, f"--service_config_json={service_config}")


@pytest.mark.parametrize("case", KINDS)
def test_a_call_that_fails_is_made_again(case):
    failing = Failing(2)
    done = run(failing, case, config(4))
    assert (done.returncode, done.stdout) == (0, f"{case} passed\n"), done.stderr
    assert failing.attempts == [None, "1", "2"]


@pytest.mark.parametrize("case", KINDS)
def test_a_call_fails_after_its_last_attempt(case):
    failing = Failing(9)
    done = run(failing, case, config(3))
    assert done.returncode == 1 and "UNAVAILABLE: not yet" in done.stderr
    assert failing.attempts == [None, "1", "2"]


def test_without_a_policy_a_call_is_made_once():
    failing = Failing(1)
    done = run(failing, "empty_unary", "{}")
    assert done.returncode == 1 and failing.attempts == [None]


def test_the_server_says_when():
    # The policy's own pause would be longer than the test may take.
    failing = Failing(1, (("grpc-retry-pushback-ms", "20"),))
    done = run(failing, "empty_unary", config(2, backoff="3600s"))
    assert done.returncode == 0 and failing.attempts == [None, "1"], done.stderr


def test_the_server_says_never():
    failing = Failing(1, (("grpc-retry-pushback-ms", "-1"),))
    done = run(failing, "empty_unary", config(4))
    assert done.returncode == 1 and failing.attempts == [None]


def test_a_client_without_budget_stops():
    failing = Failing(9)
    throttling = {"maxTokens": 4, "tokenRatio": 0.1}
    done = run(failing, "empty_unary", config(5, retryThrottling=throttling))
    # Of four tokens, two are gone with the second failure.
    assert done.returncode == 1 and failing.attempts == [None, "1"]


@pytest.mark.parametrize("refusal", REFUSALS)
def test_what_the_server_has_not_seen_is_called_again_without_a_policy(refusal):
    with Refusing(refusal) as server:
        done = interop.run_client(server.port, "empty_unary")
    assert done.returncode == 0, done.stderr
    assert (len(server.heads), server.connections) == (2, server.most_connections)


def test_a_config_that_is_none_is_refused():
    done = interop.run_client(1, "empty_unary", "--service_config_json=" + config(1))
    assert done.returncode == 2
    assert "methodConfig[0].retryPolicy.maxAttempts: not above 1" in done.stderr
