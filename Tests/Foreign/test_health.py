"""grpc.health.v1.Health as an orchestrator's probe sees it."""

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


def test_healthy_probes_are_logged_only_at_debug(start_server, connect):
    quiet, chatty = start_server("quiet"), start_server("chatty", "--log-level", "debug")
    for server in (quiet, chatty):
        connect(server.address).health.Check(health_pb2.HealthCheckRequest(), timeout=10)
        server.stop()
    assert "Health/Check" not in quiet.log()
    assert "Health/Check" in chatty.log()
