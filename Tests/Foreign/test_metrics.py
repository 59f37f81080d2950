"""/metrics: what is told, that the page of the docs has all of it, and that Debian's Prometheus can
work with it."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2

from support import metrics, paths, postgresql
from support.certificates import CLIENT, Authority
from support.curl import curl
from support.errors import refused
from support.server import Server
from support.shop import Shop
from support.stubs import api

ADMIN = ("--admin-listen", "127.0.0.1:0")
DOCC = paths.ROOT / "Sources" / "trackd" / "trackd.docc"
DASHBOARD = DOCC / "Resources" / "grafana-dashboard.json"
GET = "deploymenttrack.v1.DeploymentTrackService/GetDeploymentTrack"
ROW = re.compile(r"^\| `([a-z_]+)` \| (counter|gauge|histogram) \| [^|]*\| (.*) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def admin(tmp_path_factory):
    one = Server(tmp_path_factory.mktemp("metrics") / "data", *ADMIN)
    yield one
    one.stop()


@pytest.fixture
def admin_client(admin, connect):
    return connect(admin.address)


def documented(*, without: str = "") -> dict[str, str]:
    """The metrics of the page, without those that one store alone has."""
    rows = ROW.findall((DOCC / "Observing.md").read_text())
    return {name: type for name, type, meaning in rows
            if not (without and meaning.startswith(f"{without} only: "))}


def test_every_metric_is_in_the_docs_and_the_other_way_round(admin, start_server):
    assert metrics.scrape(admin).types == documented(without="PostgreSQL")
    shared = start_server("shared", *ADMIN, environment={
        "TRACKD_STORE": postgresql.shared().make_database()})
    assert metrics.scrape(shared).types == documented(without="SQLite")


def test_calls_are_counted_by_method_and_status_with_their_time_and_sizes(admin, admin_client):
    before = metrics.scrape(admin)
    component = admin_client.put_component()
    track = admin_client.create(component, "v1.0")
    request = api.GetDeploymentTrackRequest(component_id=component, deployment_track_id=track.id)
    sizes = 0
    for _ in range(3):
        sizes += admin_client.tracks.GetDeploymentTrack(request, timeout=10).ByteSize()
    for _ in range(2):
        with refused("NOT_FOUND"):
            admin_client.get(component, "nothing")
    with grpc.insecure_channel(admin.address) as channel, refused("UNIMPLEMENTED"):
        channel.unary_unary("/deploymenttrack.v1.Made/Up")(b"", timeout=10)
    after = metrics.scrape(admin)

    def more(name, **labels):
        return after.get(name, **labels) - before.get(name, **labels)
    assert more("grpc_server_call_started_total", grpc_method=GET) == 5
    assert more("grpc_server_call_started_total", grpc_method="other") == 1
    time_taken = "grpc_server_call_duration_seconds"
    assert more(f"{time_taken}_count", grpc_method=GET, grpc_status="OK") == 3
    assert more(f"{time_taken}_count", grpc_method=GET, grpc_status="NOT_FOUND") == 2
    assert more(f"{time_taken}_count", grpc_method="other", grpc_status="UNIMPLEMENTED") == 1
    assert 0 < more(f"{time_taken}_sum", grpc_method=GET, grpc_status="OK") < 5
    assert more(f"{time_taken}_bucket", grpc_method=GET, grpc_status="OK", le="100") == 3
    sent = "grpc_server_call_sent_total_compressed_message_size_bytes"
    received = "grpc_server_call_rcvd_total_compressed_message_size_bytes"
    assert more(f"{sent}_sum", grpc_method=GET, grpc_status="OK") == sizes
    assert more(f"{received}_sum", grpc_method=GET, grpc_status="OK") == 3 * request.ByteSize()
    assert more("trackd_refused_total", **{"class": "unknown_method"}) == 1
    assert not any("Made" in str(key) for key in after.numbers)


def test_buckets_are_those_of_a66(admin, admin_client):
    admin_client.health.Check(health_pb2.HealthCheckRequest(), timeout=10)
    found = metrics.scrape(admin)

    def bounds(name):
        return [float(le) for key in found.numbers if key[0] == f"{name}_bucket"
                for labels in [dict(key[1])]
                if labels["grpc_method"] == "grpc.health.v1.Health/Check"
                for le in [labels["le"]]]
    assert bounds("grpc_server_call_duration_seconds")[:-1] == [
        0, .00001, .00005, .0001, .0003, .0006, .0008, .001, .002, .003, .004, .005, .006, .008,
        .01, .013, .016, .02, .025, .03, .04, .05, .065, .08, .1, .13, .16, .2, .25, .3, .4, .5,
        .65, .8, 1, 2, 5, 10, 20, 50, 100]
    assert bounds("grpc_server_call_sent_total_compressed_message_size_bytes")[:-1] == [
        0, 1024, 2048, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864, 268435456,
        1073741824, 4294967296]


def test_a_stream_has_started_before_it_ends(admin, admin_client):
    name = "grpc.health.v1.Health/Watch"
    before = metrics.scrape(admin)
    call = admin_client.health.Watch(health_pb2.HealthCheckRequest())
    next(call)
    during = metrics.scrape(admin)
    started = "grpc_server_call_started_total"
    assert during.get(started, grpc_method=name) == before.get(started, grpc_method=name) + 1
    count = "grpc_server_call_duration_seconds_count"
    cancelled = {"grpc_method": name, "grpc_status": "CANCELLED"}
    assert during.get(count, **cancelled) == before.get(count, **cancelled)
    call.cancel()
    metrics.until(admin, lambda now: now.get(count, **cancelled) > during.get(count, **cancelled))


def test_plain_http_and_connect_are_counted(admin):
    before = metrics.scrape(admin)
    method = "deploymenttrack.v1.CatalogService/GetOrganization"
    assert curl(admin.address, "GET", "/organizations/none", http="1.1").status == 404
    assert curl(admin.address, "GET", "/nowhere", http="1.1").status == 404
    reply = curl(admin.address, "POST", f"/{method}", {"organization_id": "none"}, http="1.1",
                 headers=["connect-protocol-version: 1"])
    assert reply.status == 404, reply
    after = metrics.scrape(admin)
    name = "trackd_http_requests_total"
    assert after.sum(name, code="4xx") - before.sum(name, code="4xx") == 2
    count = "grpc_server_call_duration_seconds_count"
    missing = {"grpc_method": method, "grpc_status": "NOT_FOUND"}
    assert after.get(count, **missing) - before.get(count, **missing) == 1


def test_the_store_connections_watches_and_the_process_are_told(admin, admin_client):
    before = metrics.scrape(admin)
    component = admin_client.put_component()
    admin_client.create(component, "v1.0")
    call = admin_client.tracks.WatchDeploymentTracks(
        api.WatchDeploymentTracksRequest(component_id=component), timeout=60)
    next(call)
    after = metrics.until(admin, lambda now: now.get("trackd_watchers") == 1)
    writes = "trackd_store_group_writes"
    assert after.get(f"{writes}_sum") - before.get(f"{writes}_sum") >= 4
    assert after.get("trackd_store_commit_seconds_count") == after.get(f"{writes}_count") > 0
    assert after.get("trackd_store_file_bytes", file="database") > 100_000
    assert after.get("trackd_connections") >= 1
    assert after.get("trackd_streams_opened_total") > before.get("trackd_streams_opened_total")
    assert after.get("trackd_build_info", version=admin.version) == 1
    assert abs(after.get("process_start_time_seconds") - time.time()) < 600
    assert after.get("process_resident_memory_bytes") == pytest.approx(
        admin.rss_kb() * 1024, rel=0.3)
    assert after.get("process_open_fds") == pytest.approx(admin.open_files(), abs=3)
    assert after.get("process_cpu_seconds_total") == pytest.approx(admin.cpu_seconds(), abs=1)
    assert after.sum("trackd_loop_turns_total") > before.sum("trackd_loop_turns_total")
    metrics.until(admin, lambda now: now.sum("trackd_loop_lag_seconds_count") >= 2)
    call.cancel()
    metrics.until(admin, lambda now: now.get("trackd_watchers") == 0)


def test_deployments_are_counted_once_when_they_end(start_server, connect):
    server = start_server("data", *ADMIN)
    shop = Shop(connect(server.address))
    (track,), (environment,) = shop.tracks, shop.environments
    first, second = shop.images[track]
    for image in (first, second):
        assert shop.ended(track, shop.deploy(track, environment, image).id)
    rollback = shop.roll_back(track, environment, reason="broken")
    shop.ended(track, rollback.id)
    after = metrics.scrape(server)
    name = "trackd_deployments_ended_total"
    assert after.get(name, environment=environment, kind="deploy", outcome="succeeded") == 2
    assert after.get(name, environment=environment, kind="rollback", outcome="succeeded") == 1
    # The rollback has changed the row of what it undid, which had ended before.
    assert after.sum(name) == 3
    commands = {dict(labels)["command"] for (found, labels) in after.numbers
                if found == "trackd_git_command_seconds_count"}
    assert commands, "git was run"


def test_operations_that_wait_are_told_with_their_age(start_server, connect):
    server = start_server("data", *ADMIN, "--deployer", "127.0.0.1:1")
    shop = Shop(connect(server.address), images=1)
    shop.deploy(shop.tracks[0], shop.environments[0], shop.images[shop.tracks[0]][0])
    found = metrics.until(server, lambda now: now.get(
        "trackd_operations", kind="deployment", state="retrying") == 1)
    age = found.get("trackd_operations_oldest_age_seconds", kind="deployment", state="retrying")
    assert 0 < age < 60


def test_calls_to_remote_services_are_counted(services, start_server, connect):
    server = start_server("data", *ADMIN, *services.flags())
    shop = Shop(connect(server.address), images=1)
    deployed = shop.deploy(shop.tracks[0], shop.environments[0], shop.images[shop.tracks[0]][0])
    shop.ended(shop.tracks[0], deployed.id)
    method = "deploymenttrack.integration.v1.DeployerService/Deploy"
    labels = {"grpc_method": method, "grpc_target": services.address}
    found = metrics.until(server, lambda now: now.get(
        "grpc_client_call_duration_seconds_count", **labels, grpc_status="OK") == 1)
    assert found.get("grpc_client_attempt_started_total", **labels) == 1
    for name in ("duration_seconds", "sent_total_compressed_message_size_bytes",
                 "rcvd_total_compressed_message_size_bytes"):
        assert found.get(f"grpc_client_attempt_{name}_count", **labels, grpc_status="OK") == 1
        assert found.get(f"grpc_client_attempt_{name}_sum", **labels, grpc_status="OK") > 0


def test_openmetrics_is_told_to_whoever_asks(admin):
    reply = curl(admin.admin, "GET", "/metrics", http="1.1", headers=[
        "accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"])
    assert reply.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert reply.text.endswith("# EOF\n") and "# TYPE trackd_refused counter" in reply.text
    assert curl(admin.admin, "GET", "/metrics", http="1.1").headers["content-type"] == (
        "text/plain; version=0.0.4; charset=utf-8")


needs_prometheus = pytest.mark.skipif(
    not shutil.which("prometheus"), reason="no prometheus: see Scripts/packages.txt")


@needs_prometheus
def test_promtool_finds_nothing_wrong(admin, admin_client):
    admin_client.create(admin_client.put_component(), "v1.0")
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=metrics.scrape(admin).text, text=True,
        capture_output=True, timeout=30)
    assert checked.returncode == 0 and checked.stderr == "", checked.stderr + checked.stdout


def expressions() -> list[str]:
    """Those of the dashboard, as Grafana would send them."""
    found = [target["expr"] for panel in json.loads(DASHBOARD.read_text())["panels"]
             for target in panel.get("targets", [])]
    return [one.replace("$__rate_interval", "1m").replace("$instance", ".*") for one in found]


def test_the_dashboard_uses_only_metrics_that_exist():
    known = set()
    for name, kind in documented().items():
        known |= {f"{name}{end}" for end in ("_bucket", "_sum", "_count")} if (
            kind == "histogram") else {name}
    used = {name for one in expressions()
            for name in re.findall(r"\b(?:grpc|trackd|process)_[a-z_]+", one)
            if name not in ("grpc_method", "grpc_status", "grpc_target")}
    assert len(used) > 15 and used <= known, used - known


@needs_prometheus
def test_prometheus_scrapes_it_and_answers_for_the_dashboard(tmp_path, start_server, connect):
    server = start_server("data", *ADMIN)
    shop = Shop(connect(server.address), images=1)
    prometheus = metrics.Prometheus(tmp_path, server.admin)
    try:
        prometheus.wait_until_up()
        track = shop.tracks[0]
        shop.ended(track, shop.deploy(track, shop.environments[0], shop.images[track][0]).id)
        for _ in range(20):
            shop.client.get(shop.component, track)
        started = f'grpc_server_call_started_total{{grpc_method="{GET}"}}'
        metrics.waiting.until(lambda: [n for _, n in prometheus.query(started)] == [20])
        assert prometheus.query(
            f'sum(grpc_server_call_duration_seconds_count{{grpc_method="{GET}"}})')[0][1] == 20
        quantile = ("histogram_quantile(0.99, sum by (le) "
                    "(grpc_server_call_duration_seconds_bucket))")
        assert 0 < prometheus.query(quantile)[0][1] < 100
        (labels, value), = prometheus.query("trackd_build_info")
        assert value == 1 and labels["version"] == server.version
        for one in expressions():
            prometheus.query(one)
        targets = prometheus.ask("/api/v1/targets")["data"]["activeTargets"]
        assert [(one["health"], one["lastError"]) for one in targets] == [("up", "")]
        metadata = prometheus.ask("/api/v1/metadata")["data"]
        assert metadata["grpc_server_call_duration_seconds"][0]["type"] == "histogram"
    finally:
        prometheus.stop()


def test_heaps_are_told_beside_resident_memory(admin):
    found = metrics.scrape(admin)
    used, free = (found.get("trackd_heap_bytes", state=state) for state in ("used", "free"))
    assert used > 100_000 and free >= 0
    assert used < found.get("process_resident_memory_bytes") * 4


class TestHandshakes:
    """Counted by what became of them."""

    @pytest.fixture(scope="class")
    def authority(self, tmp_path_factory):
        return Authority(tmp_path_factory.mktemp("handshakes"))

    @pytest.fixture(scope="class")
    def secure(self, tmp_path_factory, authority):
        pair = authority.issue("server", "localhost", "127.0.0.1")
        one = Server(tmp_path_factory.mktemp("handshakes") / "data", *ADMIN, *pair.flags,
                     "--tls-client-ca", str(authority.file), "--tls-client-auth", "optional")
        yield one
        one.stop()

    @staticmethod
    def context(authority, version=ssl.TLSVersion.TLSv1_2):
        context = ssl.create_default_context(cafile=str(authority.file))
        context.maximum_version = version
        context.set_alpn_protocols(["h2"])
        return context

    @staticmethod
    def shake(server, context, session=None):
        """One handshake, and its session."""
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as plain:
            with context.wrap_socket(plain, server_hostname="localhost", session=session) as one:
                return one.session

    @staticmethod
    def grows(server, name, **labels):
        """Returns a function that waits until one more is counted, and no other."""
        before = metrics.scrape(server)
        names = ("trackd_tls_handshakes_total", "trackd_tls_handshakes_failed_total")

        def wait():
            metrics.until(server, lambda now: now.get(name, **labels) == before.get(
                name, **labels) + 1)
            after = metrics.scrape(server)
            assert sum(after.sum(n) - before.sum(n) for n in names) == 1
        return wait

    def test_full_and_resumed(self, secure, authority):
        context = self.context(authority)
        wait = self.grows(secure, "trackd_tls_handshakes_total", kind="full")
        session = self.shake(secure, context)
        wait()
        wait = self.grows(secure, "trackd_tls_handshakes_total", kind="resumed")
        self.shake(secure, context, session)
        wait()

    def failing(self, secure, failure):
        return self.grows(secure, "trackd_tls_handshakes_failed_total", **{"class": failure})

    def test_a_client_that_does_not_trust_the_server(self, secure):
        wait = self.failing(secure, "alert")
        with pytest.raises(ssl.SSLCertVerificationError):
            context = ssl.create_default_context()
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            self.shake(secure, context)
        wait()

    def test_a_certificate_that_does_not_count(self, secure, authority, tmp_path):
        stranger = Authority(tmp_path, "strange").issue("bot", "bot", usage=CLIENT)
        context = self.context(authority)
        context.load_cert_chain(stranger.chain_file, stranger.key_file)
        wait = self.failing(secure, "certificate")
        with pytest.raises(OSError):
            self.shake(secure, context)
        wait()

    def test_a_client_without_tls(self, secure):
        wait = self.failing(secure, "not_tls")
        with secure.connect() as plain:
            plain.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            plain.settimeout(20)
            while plain.recv(1000):
                pass
        wait()

    def test_nothing_in_common(self, secure, authority):
        context = self.context(authority)
        context.set_ciphers("ECDHE-ECDSA-AES128-SHA256")
        wait = self.failing(secure, "no_agreement")
        with pytest.raises(OSError):
            self.shake(secure, context)
        wait()

    def test_a_client_that_goes_away(self, secure):
        wait = self.failing(secure, "unfinished")
        secure.connect().close()
        wait()
