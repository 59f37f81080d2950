"""grpc.health.v1.Health as an orchestrator's probe and a load balancer see it."""

import signal

import grpc
import pytest
from grpc_health.v1 import health_pb2

from support.errors import refused

SERVICES = ["", "deploymenttrack.v1.CatalogService", "deploymenttrack.v1.DeploymentTrackService"]
SERVING = health_pb2.HealthCheckResponse.SERVING


@pytest.mark.parametrize("service", SERVICES)
def test_check_finds_the_server_and_each_service_serving(client, service):
    reply = client.health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
    assert reply.status == SERVING


def test_check_does_not_know_other_services(client):
    with refused("NOT_FOUND"):
        client.health.Check(health_pb2.HealthCheckRequest(service="deploymenttrack.v1.Nothing"),
                            timeout=10)


def test_list_has_the_server_and_each_service(client):
    statuses = client.health.List(health_pb2.HealthListRequest(), timeout=10).statuses
    assert {name: reply.status for name, reply in statuses.items()
            if name in SERVICES} == dict.fromkeys(SERVICES, SERVING)


def watch(client, service, **options):
    return client.health.Watch(health_pb2.HealthCheckRequest(service=service), **options)


def test_watch_tells_at_once_and_goes_on(client):
    responses = watch(client, "")
    assert next(responses).status == SERVING
    assert responses.is_active()
    responses.cancel()


def test_watch_of_another_service_says_so_and_stays_open(client):
    responses = watch(client, "deploymenttrack.v1.Nothing", timeout=1)
    assert next(responses).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    with refused("DEADLINE_EXCEEDED"):
        next(responses)


def test_watches_on_every_loop_are_told_of_a_drain_and_do_not_hold_it_up(start_server, connect):
    server = start_server("data", "--loops", "4")
    # Channels with the same options would share a connection.
    clients = [connect(server.address, [("grpc.use_local_subchannel_pool", 1)]) for _ in range(8)]
    calls = [watch(client, service) for client in clients for service in SERVICES]
    assert [next(call).status for call in calls] == [SERVING] * len(calls)
    server.signal(signal.SIGTERM)
    for call in calls:
        assert next(call).status == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(grpc.RpcError) as ended:
            next(call)
        assert ended.value.code() == grpc.StatusCode.UNAVAILABLE
    assert server.wait(5) == 0


def test_healthy_probes_are_logged_only_at_debug(start_server, connect):
    quiet, chatty = start_server("quiet"), start_server("chatty", "--log-level", "debug")
    for server in (quiet, chatty):
        connect(server.address).health.Check(health_pb2.HealthCheckRequest(), timeout=10)
        server.stop()
    assert "Health/Check" not in quiet.log()
    assert "Health/Check" in chatty.log()
