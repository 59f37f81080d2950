"""Spans: what a collector of stock parts gets, who decides, and what a broken one costs."""

import random
import signal
import sqlite3
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2

from support import metrics, waiting
from support.certificates import CLIENT, Authority
from support.collector import Collector
from support.curl import curl
from support.errors import refused
from support.gitops import Repository
from support.line import Line, closed_address
from support.refusing import REFUSALS, Refusing
from support.server import run_to_end
from support.shop import Shop
from support.stubs import api

RECV = "Recv.deploymenttrack.v1."
STEPS = ("Deployment.wait", "Deployment.commit", "Deployment.push", "Deployment.record")


@pytest.fixture
def collector():
    one = Collector()
    yield one
    one.stop()


def new_trace() -> tuple[str, str]:
    return f"{random.getrandbits(128):032x}", f"{random.getrandbits(64) | 1:016x}"


def traced(trace: str, span: str, flags: str = "01"):
    return [("traceparent", f"00-{trace}-{span}-{flags}")]


def put(client, metadata=(), id="traced", request_id=""):
    client.catalog.PutOrganization(api.PutOrganizationRequest(
        organization=api.Organization(id=id, tier=api.ORGANIZATION_TIER_PAID),
        request_id=request_id), metadata=metadata, timeout=10)


def test_a_call_is_a_span_of_its_callers_trace(start_server, connect, collector):
    server = start_server("data", "--otlp", collector.address)
    client = connect(server.address)
    trace, parent = new_trace()
    put(client, traced(trace, parent))
    with refused("NOT_FOUND"):
        client.catalog.GetOrganization(api.GetOrganizationRequest(organization_id="none"),
                                       metadata=traced(trace, parent), timeout=10)
    found = collector.wait_for(
        trace, RECV + "CatalogService.PutOrganization", RECV + "CatalogService.GetOrganization",
        "Store.write")
    made = found[RECV + "CatalogService.PutOrganization"]
    assert made.parent_span_id.hex() == parent and made.kind == made.SPAN_KIND_SERVER
    assert 0 < made.start_time_unix_nano <= made.end_time_unix_nano
    assert abs(made.start_time_unix_nano / 1e9 - time.time()) < 60
    attributes = {one.key: one.value for one in made.attributes}
    assert attributes["rpc.service"].string_value == "deploymenttrack.v1.CatalogService"
    assert attributes["rpc.grpc.status_code"].int_value == 0 and made.status.code == 0
    assert [event.name for event in made.events] == ["Inbound message", "Outbound message"]
    write = found["Store.write"]
    assert write.parent_span_id == made.span_id
    assert (made.start_time_unix_nano <= write.start_time_unix_nano
            <= write.end_time_unix_nano <= made.end_time_unix_nano)
    missing = found[RECV + "CatalogService.GetOrganization"]
    assert missing.status.code == missing.status.STATUS_CODE_ERROR and missing.status.message
    resource = {one.key: one.value.string_value for one in
                collector.requests[0].resource_spans[0].resource.attributes}
    assert resource == {"service.name": "trackd", "service.version": server.version}


def test_callers_decide_and_chance_where_they_do_not(start_server, connect, collector):
    server = start_server("data", "--otlp", collector.address, "--trace-sample", "1")
    client = connect(server.address)
    (unwanted, span), (binary, other) = new_trace(), new_trace()
    put(client, traced(unwanted, span, "00"))
    put(client, [("grpc-trace-bin", bytes([0, 0]) + bytes.fromhex(binary) + b"\1"
                  + bytes.fromhex(other) + b"\2\1")])
    client.health.Check(health_pb2.HealthCheckRequest(), timeout=10)
    assert curl(server.address, "GET", "/organizations/traced", http="1.1").status == 200
    put(client, [("traceparent", "00-nonsense-01")], id="last")
    name = RECV + "CatalogService.PutOrganization"
    collector.wait_for(binary, name)
    waiting.until(lambda: sum(span.name == name for span in collector.spans) == 2)
    roots = [span for span in collector.spans if not span.parent_span_id]
    assert {span.name for span in roots} == {name, RECV + "CatalogService.GetOrganization"}
    assert collector.of(binary)[name].parent_span_id.hex() == other
    assert not collector.of(unwanted)
    assert not any("Health" in span.name for span in collector.spans)
    server.stop()
    # The log has the traces that chance has begun.
    logged = {one.get("trace_id") for one in server.log_records() if one["message"] == "call"}
    assert {span.trace_id.hex() for span in roots} <= logged


def test_nothing_is_sampled_without_being_asked_for(start_server, connect, collector):
    server = start_server("data", "--otlp", collector.address, "--admin-listen", "127.0.0.1:0")
    client = connect(server.address)
    put(client)
    trace, span = new_trace()
    put(client, traced(trace, span))
    collector.wait_for(trace, RECV + "CatalogService.PutOrganization")
    assert {span.trace_id.hex() for span in collector.spans} == {trace}
    metrics.until(server, lambda now: now.get("trackd_spans_sent_total") == 2)


#: The steps that a trackd takes after one was killed at a boundary.
STEPS_AFTER = {None: STEPS, "leased": STEPS[1:], "committed": STEPS[1:], "pushed": STEPS[2:]}


def steps_of(spans, trace: str, deployment: str, parent: bytes) -> list:
    """The steps of a deployment among the spans, all of which are parts of one call."""
    found = [span for span in spans
             if span.trace_id.hex() == trace and span.name.startswith("Deployment.")]
    for span in found:
        assert span.name in STEPS and span.parent_span_id == parent != span.span_id
        assert {one.key: one.value.string_value for one in span.attributes} == {
            "trackd.deployment": deployment}
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
    assert len({span.span_id for span in found}) == len(found)
    return found


@pytest.mark.parametrize("boundary", STEPS_AFTER)
def test_a_deployment_hangs_together_also_over_a_crash(
        start_server, connect, collector, boundary):
    kill = {"TRACKD_TEST_KILL_AT": f"{boundary}:1"} if boundary else {}
    server = start_server("data", "--otlp", collector.address, environment=kill)
    shop = Shop(connect(server.address), images=1)
    (track,), (environment,) = shop.tracks, shop.environments
    trace, parent = new_trace()
    made = shop.client.tracks.DeployDeploymentTrack(api.DeployDeploymentTrackRequest(
        component_id=shop.component, deployment_track_id=track, environment_id=environment,
        image_id=shop.images[track][0]), metadata=traced(trace, parent), timeout=10).deployment
    before = 0
    if boundary:
        assert server.wait() == -signal.SIGKILL
        # What a process has not sent when it is killed is lost.
        before = len(collector.spans)
        server = start_server("data", "--otlp", collector.address)
        shop.client = connect(server.address)
    shop.ended(track, made.id)
    collector.wait_for(trace, STEPS[-1])
    last = collector.of(trace)[STEPS[-1]]
    steps = steps_of(collector.spans[before:], trace, made.id, last.parent_span_id)
    assert [span.name for span in steps] == list(STEPS_AFTER[boundary])
    assert len(last.parent_span_id) == 8 and last.parent_span_id.hex() != parent
    if not boundary:
        call = RECV + "DeploymentTrackService.DeployDeploymentTrack"
        assert collector.wait_for(trace, call)[call].span_id == last.parent_span_id


@pytest.mark.parametrize("held", ["Deployment.push", "Deployment.record"])
def test_a_saved_image_is_one_trace_up_to_its_push_over_a_crash(
        start_server, connect, collector, git_https, tmp_path, held):
    """trackd is killed in the middle of a step, when the collector has the spans before it."""
    remote, url = git_https.create("ops.git"), git_https.url("ops.git")
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    hook = remote / "hooks" / "pre-receive"
    hook.write_text(f"#!/bin/sh\ntouch {begun}\nwhile [ ! -e {gate} ]; do sleep 0.05; done\n")
    hook.chmod(0o755)
    flags = ("--otlp", collector.address, "--git-credentials",
             str(git_https.credentials(tmp_path / "credentials")))
    first = start_server("data", *flags, environment=git_https.environment())
    line = Line(connect(first.address), environments=1, auto_deploy=True)
    line.put_environment(line.environments[0], gitops_repository_url=url)
    trace, parent = new_trace()
    saved = line.ci(1, metadata=traced(trace, parent))
    assert saved.auto_deploy == api.AUTO_DEPLOY_DECISION_STARTED
    waiting.until(begun.exists, 60)
    other = sqlite3.connect(first.data / "trackd.db", isolation_level=None)
    if held == "Deployment.record":
        # The push gets through, and nothing can be written of it.
        other.execute("BEGIN IMMEDIATE")
        gate.touch()
    taken = STEPS[:STEPS.index(held)]
    call = RECV + "DeploymentTrackService.SaveDeploymentTrackImage"
    found = collector.wait_for(trace, call, "Store.write", *taken)
    assert found[call].parent_span_id.hex() == parent
    assert found["Store.write"].parent_span_id == found[call].span_id
    first.kill()
    other.close()
    before = len(collector.spans)
    steps = steps_of(collector.spans, trace, saved.deployment.id, found[call].span_id)
    assert tuple(span.name for span in steps) == taken
    gate.touch()
    second = start_server("data", *flags, environment=git_https.environment())
    line.client = connect(second.address)
    line.succeeded(saved.deployment)

    def after() -> list:
        return steps_of(collector.spans[before:], trace, saved.deployment.id, found[call].span_id)
    waiting.until(lambda: "Deployment.record" in [span.name for span in after()], 60)
    names = [span.name for span in after()]
    # What the remote has after all is not committed once more.
    assert names in (list(STEPS[1:]), list(STEPS[2:]))
    assert (max(span.end_time_unix_nano for span in steps)
            <= min(span.start_time_unix_nano for span in after()))
    assert len(Repository(remote).commits()) == 1


def test_calls_to_remote_services_are_spans(start_server, connect, collector, services):
    server = start_server("data", "--otlp", collector.address,
                          *services.flags("--subscriptions"))
    client = connect(server.address)
    component = client.put_component()
    trace, parent = new_trace()
    client.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
        component_id=component, api_version="v1.0", branch="main"),
        metadata=traced(trace, parent), timeout=10)
    sent = "Sent.deploymenttrack.integration.v1.SubscriptionsService.GetTier"
    call = RECV + "DeploymentTrackService.CreateDeploymentTrack"
    found = collector.wait_for(trace, sent, call)
    assert found[sent].parent_span_id == found[call].span_id
    assert found[sent].kind == found[sent].SPAN_KIND_CLIENT


def test_attempts_are_parts_of_their_call_and_hand_the_trace_on(
        start_server, connect, collector, services):
    server = start_server("data", "--otlp", collector.address,
                          *services.flags("--subscriptions"))
    client = connect(server.address)
    component = client.put_component()
    seen = []

    def see(answer, context):
        seen.append(dict(context.invocation_metadata()))
        return answer().SerializeToString()

    def lose(answer, context):
        seen.append(dict(context.invocation_metadata()))
        context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
    services.next["GetTier"] = [lose, see]
    trace, parent = new_trace()
    client.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
        component_id=component, api_version="v1.0", branch="main"),
        metadata=traced(trace, parent), timeout=20)
    method = "deploymenttrack.integration.v1.SubscriptionsService.GetTier"
    sent = collector.wait_for(trace, "Sent." + method)["Sent." + method]

    def attempts():
        return [span for span in collector.spans if span.name == "Attempt." + method]
    waiting.until(lambda: len(attempts()) == 2)
    first, second = sorted(attempts(), key=lambda span: span.start_time_unix_nano)
    for number, (span, metadata) in enumerate(zip((first, second), seen, strict=True)):
        assert span.parent_span_id == sent.span_id and span.trace_id.hex() == trace
        assert span.kind == span.SPAN_KIND_CLIENT
        attributes = {one.key: one.value for one in span.attributes}
        assert attributes["previous-rpc-attempts"].int_value == number
        assert attributes["transparent-retry"].bool_value is False
        assert metadata["traceparent"] == f"00-{trace}-{span.span_id.hex()}-01"
    assert first.status.code == first.status.STATUS_CODE_ERROR and second.status.code == 0
    assert sent.status.code == 0


@pytest.mark.parametrize("refusal", REFUSALS)
def test_an_attempt_that_the_service_has_not_looked_at_is_a_span_too(
        start_server, connect, collector, refusal):
    tier = api.GetTierResponse(tier=api.ORGANIZATION_TIER_PAID)
    with Refusing(refusal, tier.SerializeToString()) as service:
        server = start_server("data", "--otlp", collector.address,
                              "--subscriptions", service.address)
        client = connect(server.address)
        component = client.put_component()
        trace, parent = new_trace()
        client.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
            component_id=component, api_version="v1.0", branch="main"),
            metadata=traced(trace, parent), timeout=20)
    method = "deploymenttrack.integration.v1.SubscriptionsService.GetTier"
    sent = collector.wait_for(trace, "Sent." + method)["Sent." + method]
    # They end before their call does.
    attempts = [span for span in collector.spans if span.name == "Attempt." + method]
    assert len(attempts) == 2
    for span, head, transparent in zip(attempts, service.heads, (False, True), strict=True):
        attributes = {one.key: one.value for one in span.attributes}
        assert attributes["previous-rpc-attempts"].int_value == 0
        assert attributes["transparent-retry"].bool_value is transparent
        assert span.parent_span_id == sent.span_id and span.trace_id.hex() == trace
        assert head["traceparent"] == f"00-{trace}-{span.span_id.hex()}-01"
        assert "grpc-previous-rpc-attempts" not in head
        assert sent.start_time_unix_nano <= span.start_time_unix_nano
        assert span.end_time_unix_nano <= sent.end_time_unix_nano
    refused_one, answered = attempts
    assert refused_one.status.code == refused_one.status.STATUS_CODE_ERROR
    assert answered.status.code == 0 and sent.status.code == 0


def test_a_call_without_a_trace_hands_none_on(start_server, connect, collector, services):
    server = start_server("data", "--otlp", collector.address,
                          *services.flags("--subscriptions"))
    client = connect(server.address)
    component = client.put_component()
    seen = []

    def see(answer, context):
        seen.append(dict(context.invocation_metadata()))
        return answer().SerializeToString()
    services.now["GetTier"] = see
    client.create(component, "v1.0", branch="main")
    assert seen and not any("trace" in key for one in seen for key in one)


def test_spans_over_tls(start_server, connect, tmp_path):
    authority = Authority(tmp_path)
    pair = authority.issue("collector", "localhost", "127.0.0.1")
    collector = Collector(grpc.ssl_server_credentials([(pair.key, pair.chain)]))
    try:
        server = start_server("data", "--otlp", "tls:" + collector.address, "--otlp-ca",
                              str(authority.file), "--trace-sample", "1")
        put(connect(server.address))
        waiting.until(lambda: RECV + "CatalogService.PutOrganization" in {
            span.name for span in collector.spans})
        before = len(collector.spans)
        # Nobody is sent spans whom nobody trusts.
        other = start_server("other", "--otlp", "tls:" + collector.address, "--trace-sample", "1",
                             "--admin-listen", "127.0.0.1:0")
        put(connect(other.address))
        metrics.until(other, lambda now: now.get("trackd_spans_dropped_total") > 0)
        assert len(collector.spans) == before
    finally:
        collector.stop()


class TestClientCertificates:
    @pytest.fixture
    def authority(self, tmp_path):
        return Authority(tmp_path)

    @pytest.fixture
    def strict(self, authority):
        """A collector that takes spans only with a certificate, and closes connections soon."""
        pair = authority.issue("collector", "localhost", "127.0.0.1")
        one = Collector(grpc.ssl_server_credentials([(pair.key, pair.chain)], authority.pem,
                                                    require_client_auth=True),
                        options=[("grpc.max_connection_age_ms", 500)])
        yield one
        one.stop()

    @staticmethod
    def flags(collector, authority, pair=None):
        own = ["--otlp-cert", str(pair.chain_file), "--otlp-key", str(pair.key_file)] if pair else []
        return ["--otlp", "tls:" + collector.address, "--otlp-ca", str(authority.file), *own,
                "--trace-sample", "1", "--admin-listen", "127.0.0.1:0"]

    def test_right_none_and_wrong(self, start_server, connect, strict, authority, tmp_path):
        right = authority.issue("tracker", usage=CLIENT)
        server = start_server("right", *self.flags(strict, authority, right))
        put(connect(server.address))
        metrics.until(server, lambda now: now.get("trackd_spans_sent_total") > 0)
        assert strict.peers == {"tracker"}
        server.stop()
        before = len(strict.spans)
        stranger = Authority(tmp_path, "stranger").issue("unknown", usage=CLIENT)
        for name, pair in (("none", None), ("wrong", stranger)):
            server = start_server(name, *self.flags(strict, authority, pair))
            put(connect(server.address))
            metrics.until(server, lambda now: now.get("trackd_spans_dropped_total") > 0, 60)
            assert metrics.scrape(server).get("trackd_spans_sent_total") == 0
        assert len(strict.spans) == before and strict.peers == {"tracker"}

    def test_one_that_is_replaced(self, start_server, connect, strict, authority):
        pair = authority.issue("first", usage=CLIENT)
        server = start_server("data", *self.flags(strict, authority, pair))
        client = connect(server.address)
        waiting.until(lambda: put(client) or "first" in strict.peers, 60)
        next_one = authority.issue("second", usage=CLIENT)
        # In between the two do not fit together: what was there counts.
        pair.chain_file.write_bytes(next_one.chain)
        waiting.until(lambda: "the earlier ones count" in server.log(), 60)
        pair.key_file.write_bytes(next_one.key)
        waiting.until(lambda: put(client) or "second" in strict.peers, 60)

    @pytest.mark.parametrize("wrong, says", [
        ("certificate", "cannot be read"), ("key", "cannot be read"),
        ("pair", "not the certificate's")])
    def test_files_that_make_no_sense(self, authority, tmp_path, wrong, says):
        pair, other = (authority.issue(name, usage=CLIENT) for name in ("one", "other"))
        if wrong == "certificate":
            pair.chain_file.unlink()
        elif wrong == "key":
            pair.key_file.unlink()
        else:
            pair.key_file = other.key_file
        code, _, said = run_to_end(
            "serve", "--data", str(tmp_path / "data"), "--listen", "127.0.0.1:0", "--otlp",
            "tls:127.0.0.1:1", "--otlp-cert", str(pair.chain_file), "--otlp-key",
            str(pair.key_file))
        file = pair.key_file if wrong == "key" else pair.chain_file
        assert code == 1 and f"{file}: " in said and says in said, said
        assert "BEGIN" not in said


@pytest.mark.parametrize("words, says", [
    (["--otlp-cert", "c"], "--otlp-cert and --otlp-key need each other"),
    (["--otlp-key", "k"], "--otlp-cert and --otlp-key need each other"),
    (["--otlp-cert", "c", "--otlp-key", "k"], "tls:"),
    (["--otlp", "127.0.0.1:1", "--otlp-cert", "c", "--otlp-key", "k"], "tls:"),
    (["--otlp", "tls:127.0.0.1:1", "--otlp-key", "k"], "need each other")])
def test_certificates_of_no_use(words, says):
    code, _, said = run_to_end("serve", *words)
    assert code == 2 and says in said, said


@pytest.mark.parametrize("flags", [
    ("--otlp-ca", "x.pem"), ("--otlp", "127.0.0.1:1", "--otlp-ca", "x.pem"),
    ("--otlp", "tls:unix:/x"), ("--otlp", "tls:127.0.0.1:1", "--otlp-ca", "/none/x.pem")])
def test_flags_of_no_use(flags, tmp_path):
    code, _, said = run_to_end("serve", "--data", str(tmp_path / "data"), "--listen",
                               "127.0.0.1:0", *flags)
    assert code != 0 and ("--otlp" in said or "/none/x.pem" in said)


def test_git_is_a_span(start_server, connect, collector, repository):
    server = start_server("data", "--git-allow-file", "--otlp", collector.address)
    client = connect(server.address)
    component = client.put_component(repository_url=repository.url)
    track = client.create(component, "v1.0", branch="main")
    trace, parent = new_trace()
    with pytest.raises(grpc.RpcError):
        client.tracks.ApplyComponentConfig(api.ApplyComponentConfigRequest(
            component_id=component, deployment_track_id=track.id),
            metadata=traced(trace, parent), timeout=60)
    collector.wait_for(trace, RECV + "DeploymentTrackService.ApplyComponentConfig")
    waiting.until(lambda: any(name.startswith("Git.") for name in collector.of(trace)))


def test_a_collector_that_is_away_or_refuses_costs_nobody_anything(
        start_server, connect, collector):
    collector.refuses = True
    for name, address in (("away", closed_address()), ("refuses", collector.address)):
        server = start_server(name, "--otlp", address, "--trace-sample", "1", "--admin-listen",
                              "127.0.0.1:0")
        client = connect(server.address)
        began = time.monotonic()
        for number in range(50):
            put(client, id=f"o{number}")
        assert time.monotonic() - began < 10
        metrics.until(server, lambda now: now.get("trackd_spans_dropped_total") >= 50)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("arguments", [
    ("--otlp", "nonsense"), ("--trace-sample", "2"), ("--trace-sample", "-1"),
    ("--trace-sample", "nan"), ("--trace-sample", "half")])
def test_wrong_options_are_refused(run_serve, arguments):
    done = run_serve(*arguments)
    assert done.returncode == 2 and arguments[0] in done.stderr
