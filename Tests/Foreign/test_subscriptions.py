"""Organizations' tiers from a service that answers well, badly, or not at all."""

import time

import pytest

from support.errors import Refusal, refused
from support.services import (
    RAW_BEHAVIOURS, RawService, Services, changes, crashes, fails, free_port, never, says)
from support.stubs import api

import grpc

pytestmark = pytest.mark.store


@pytest.fixture
def trackd(start_server, connect, services):
    """A client of a trackd with a remote subscription service only."""
    return connect(start_server("data", *services.flags("--subscriptions")).address)


def unavailable(client, component, version):
    with refused("UNAVAILABLE", "SUBSCRIPTIONS_UNAVAILABLE") as refusal:
        client.create(component, version)
    assert refusal.details["RetryInfo"].retry_delay.seconds > 0
    assert "\n" not in refusal.message and len(refusal.message) < 600
    assert client.list(component) == []
    return refusal


def create_when_back(client, component, version, seconds=30):
    """Creates a track as soon as the service is asked again."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return client.create(component, version)
        except grpc.RpcError as error:
            refusal = Refusal()
            refusal.fill(error)
            assert refusal.reason == "SUBSCRIPTIONS_UNAVAILABLE" and time.monotonic() < deadline, (
                refusal.message)
            time.sleep(0.1)


def test_the_service_says_what_an_organization_may_have(trackd, services):
    # The catalog says the opposite both times.
    paid = trackd.put_component(tier="FREE")
    for version in ("v1.0", "v1.1", "v1.2"):
        trackd.create(paid, version)
    services.tier = api.ORGANIZATION_TIER_FREE
    free = trackd.put_component(tier="PAID")
    for version in ("v1.0", "v1.1"):
        trackd.create(free, version)
    with refused("RESOURCE_EXHAUSTED", "TRACK_LIMIT_REACHED"):
        trackd.create(free, "v1.2")
    assert {request.organization_id[:3] for _, request in services.calls} == {"org"}


@pytest.mark.parametrize("answer", [fails("NOT_FOUND"), says(b"")],
                         ids=["not found", "unspecified"])
def test_who_is_not_known_there_has_what_the_catalog_says(trackd, services, answer):
    services.now["GetTier"] = answer
    component = trackd.put_component(tier="FREE")
    for version in ("v1.0", "v1.1"):
        trackd.create(component, version)
    with refused("RESOURCE_EXHAUSTED", "TRACK_LIMIT_REACHED"):
        trackd.create(component, "v1.2")


@pytest.mark.parametrize("behaviour", [
    *[fails(code, "line one\nline two\x1b[31m" + "x" * 5000) for code in (
        "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
        "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED")],
    crashes, never,
    says(b"\xff\xff\xff"),
    says(b"\x08\x11"),
    says(b"\x12" + b"\x80\x80\x80\x05" + b"x" * (10 << 20)),
], ids=lambda one: getattr(one, "__name__", ""))
def test_no_tier_no_track(trackd, services, behaviour):
    component = trackd.put_component()
    services.now["GetTier"] = behaviour
    unavailable(trackd, component, "v1.0")
    del services.now["GetTier"]
    assert create_when_back(trackd, component, "v1.0").latest


@pytest.mark.parametrize("behaviour", RAW_BEHAVIOURS)
def test_a_peer_that_is_no_proper_server(start_server, connect, behaviour):
    raw = RawService(behaviour)
    client = connect(start_server("data", "--subscriptions", f"127.0.0.1:{raw.port}").address)
    component = client.put_component()
    for version in ("v1.0", "v1.1"):
        refusal = unavailable(client, component, version)
        # The error does not contain the service's address.
        assert str(raw.port) not in refusal.message and "127.0.0.1" not in refusal.message
    raw.stop()


def test_nobody_there_and_then_somebody(start_server, connect):
    port = free_port()
    client = connect(start_server("data", "--subscriptions", f"localhost:{port}").address)
    component = client.put_component()
    unavailable(client, component, "v1.0")
    services = Services(port)
    try:
        assert create_when_back(client, component, "v1.0").latest
    finally:
        services.stop()


def test_gone_and_back_again(trackd, services):
    component = trackd.put_component()
    for round in range(3):
        create_when_back(trackd, component, f"v1.{round}")
        services.stop()
        with refused("UNAVAILABLE", "SUBSCRIPTIONS_UNAVAILABLE"):
            trackd.create(component, f"v1.{round + 10}")
        services.start()


def test_unavailable_for_a_moment_is_not_noticed(trackd, services):
    component = trackd.put_component()
    services.next["GetTier"] = [fails("UNAVAILABLE"), fails("UNAVAILABLE")]
    trackd.create(component, "v1.0")
    assert services.count("GetTier") == 3


@pytest.mark.parametrize("behaviour", [
    fails("INTERNAL"), fails("UNAVAILABLE", trailers=[("grpc-retry-pushback-ms", "-1")]),
    fails("UNAVAILABLE", trailers=[("grpc-retry-pushback-ms", "60000")])])
def test_what_is_not_to_be_tried_again_is_not(trackd, services, behaviour):
    component = trackd.put_component()
    services.now["GetTier"] = behaviour
    unavailable(trackd, component, "v1.0")
    assert services.count("GetTier") == 1


def test_a_service_that_is_down_is_left_alone(trackd, services):
    component = trackd.put_component()
    services.now["GetTier"] = fails("UNAVAILABLE")
    for _ in range(40):
        unavailable(trackd, component, "v1.0")
    # trackd neither calls for every request, nor repeats every failure.
    assert services.count("GetTier") < 40
    del services.now["GetTier"]
    create_when_back(trackd, component, "v1.0")


def test_a_replay_and_a_request_that_is_wrong_do_not_need_it(trackd, services):
    component = trackd.put_component()
    fields = {"request_id": "11111111-1111-4111-8111-111111111111"}
    track = trackd.create(component, "v1.0", **fields)
    services.now["GetTier"] = fails("INTERNAL")
    assert trackd.create(component, "v1.0", **fields) == track
    with refused("INVALID_ARGUMENT", "INVALID_API_VERSION"):
        trackd.create(component, "nonsense")
    with refused("NOT_FOUND", "COMPONENT_NOT_FOUND"):
        trackd.create("nothing", "v1.0")
