"""The listener for those who run trackd: probes, pages, its limits, and who may read what."""

import signal
import socket
import subprocess
import time

import grpc
import pytest
import yaml
from grpc_health.v1 import health_pb2, health_pb2_grpc
from kubernetes_validate.utils import validate

from support import paths, waiting
from support.curl import curl
from support.errors import refused
from support.server import Server
from support.snippets import snippets
from test_manifests import VERSIONS
from test_store_failure import failing_sync, failing_sync_library  # noqa: F401

ADMIN = ("--admin-listen", "127.0.0.1:0")
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest.fixture(scope="module")
def admin(tmp_path_factory):
    one = Server(tmp_path_factory.mktemp("admin") / "data", *ADMIN)
    yield one
    one.stop()


def get(server, path, **options):
    return curl(server.admin, "GET", path, **{"http": "1.1", **options})


@pytest.fixture
def health():
    """Makes stubs of stock clients, with a connection each."""
    channels = []

    def open_stub(address):
        channels.append(grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]))
        return health_pb2_grpc.HealthStub(channels[-1])
    yield open_stub
    for channel in channels:
        channel.close()


def check(stub, service=""):
    return stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=10).status


@pytest.mark.parametrize("http", ["1.0", "1.1", "2"])
def test_pages_come_over_every_http(admin, http):
    assert get(admin, "/healthz", http=http).text == "ok\n"
    assert get(admin, "/readyz", http=http).text == "ok\n"
    assert get(admin, "/version", http=http).json == {"version": admin.version}
    assert "trackd_build_info" in get(admin, "/metrics", http=http).text
    head = curl(admin.admin, "HEAD", "/healthz", http=http)
    assert head.status == 200 and head.headers["content-length"] == "3" and head.body == b""


def test_readiness_names_each_check_as_text_and_as_json(admin):
    verbose = "[+] store: ok\n[+] executor: ok\n[+] drain: ok\nready\n"
    for query in ("?verbose", "?verbose=1", "?x&verbose"):
        assert get(admin, "/readyz" + query).text == verbose
    for query in ("?", "?verbos", "?verbose=0", "?%76erbose", "?&&==&"):
        assert get(admin, "/readyz" + query).text == "ok\n"
    for accept in ("application/json", "text/html, Application/JSON;q=0.1"):
        found = get(admin, "/readyz", headers=[f"accept: {accept}"]).json
        assert found == {"ready": True, "checks": [
            {"name": name, "state": "ok"} for name in ("store", "executor", "drain")]}
    for accept in ("application/json;q=0", "application/jsonx", ",;q", "*/*"):
        assert get(admin, "/readyz", headers=[f"accept: {accept}"]).text == "ok\n"


@pytest.mark.parametrize("path", ["/", "/healthz/", "//healthz", "/metrics%20", "/.", "/v1/x"])
def test_there_is_nothing_else(admin, path):
    assert get(admin, path).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"])
def test_pages_are_only_read(admin, method):
    reply = curl(admin.admin, method, "/metrics", http="1.1")
    assert reply.status == 405 and reply.headers["allow"] == "get, head"
    assert curl(admin.admin, "POST", "/metrics", "x" * 2000, http="1.1").status == 413


@pytest.mark.parametrize("method, path, status", [
    ("POST", "/metrics", 405), ("GET", "/nothing", 404)])
def test_a_body_that_nobody_wants_need_not_come(admin, method, path, status):
    said = subprocess.run(
        ["curl", "--silent", "--verbose", "--max-time", "20", "-H", "expect: 100-continue",
         # Far longer than the test may take: without leave there is no body.
         "--expect100-timeout", "60", "-X", method, f"http://{admin.admin}{path}", "-d", "x"],
        capture_output=True, text=True).stderr
    assert f"HTTP/1.1 {status}" in said and "HTTP/1.1 100" not in said, said


def test_a_stock_client_probes_health_and_nothing_else(admin, health):
    stub = health(admin.admin)
    assert check(stub) == check(stub, "deploymenttrack.v1.CatalogService") == SERVING
    with refused("NOT_FOUND"):
        check(stub, "nothing")
    assert next(stub.Watch(health_pb2.HealthCheckRequest())).status == SERVING
    assert stub.List(health_pb2.HealthListRequest(), timeout=10).statuses[""].status == SERVING
    with grpc.insecure_channel(admin.admin) as channel:
        for method in ("/deploymenttrack.v1.CatalogService/ListOrganizations",
                       "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"):
            with refused("UNIMPLEMENTED"):
                channel.unary_unary(method)(b"", timeout=10)
    # As kubelet and grpc_health_probe do: a new connection for each probe.
    for _ in range(5):
        with grpc.insecure_channel(admin.admin, [
                ("grpc.use_local_subchannel_pool", 1),
                ("grpc.primary_user_agent", "kube-probe/1.30")]) as channel:
            assert check(health_pb2_grpc.HealthStub(channel)) == SERVING


def test_a_page_of_the_internet_cannot_read_it(admin):
    for host in ("evil.example", "127.0.0.1.evil.example"):
        reply = get(admin, "/metrics", headers=[f"host: {host}"])
        assert reply.status == 403 and b"trackd_" not in reply.body
    assert get(admin, "/metrics", headers=["origin: https://evil.example"]).status == 403


def test_elsewhere_than_on_loopback_only_health_is_served(start_server, health):
    server = start_server("data", "--admin-listen", "0.0.0.0:0")
    server.admin = server.admin.replace("0.0.0.0", "127.0.0.1")
    assert get(server, "/healthz").status == get(server, "/readyz").status == 200
    assert check(health(server.admin)) == SERVING
    for path in ("/metrics", "/version", "/metrics?verbose"):
        reply = get(server, path)
        assert reply.status == 403 and "--admin-open-metrics" in reply.text
    server = start_server("open", "--admin-listen", "0.0.0.0:0", "--admin-open-metrics")
    server.admin = server.admin.replace("0.0.0.0", "127.0.0.1")
    assert get(server, "/metrics").status == get(server, "/version").status == 200


def test_a_unix_socket_is_for_this_machine(start_server, tmp_path):
    path = tmp_path / "admin.sock"
    server = start_server("data", "--admin-listen", f"unix:{path}", "--unix-mode", "0600")
    assert server.admin == f"unix:{path}" and path.stat().st_mode & 0o777 == 0o600
    reply = curl("localhost", "GET", "/metrics", http="1.1",
                 arguments=["--unix-socket", str(path)])
    assert reply.status == 200


def test_a_failed_store_is_named_and_liveness_goes_on(
        failing_sync, start_server, connect, health):  # noqa: F811
    environment, fail = failing_sync
    server = start_server("data", *ADMIN, environment=environment)
    client = connect(server.address)
    component = client.put_component()
    fail()
    with refused("UNAVAILABLE", "STORE_UNAVAILABLE"):
        client.create(component, "v1.1")
    reply = get(server, "/readyz")
    assert reply.status == 503 and "[-] store: failed, " in reply.text
    assert reply.text.endswith("not ready\n")
    found = get(server, "/readyz", headers=["accept: application/json"])
    assert found.status == 503 and found.json["checks"][0]["state"] == "failed"
    assert get(server, "/healthz").status == 200 and get(server, "/metrics").status == 200
    assert check(health(server.admin)) == NOT_SERVING
    server.signal(signal.SIGTERM)
    assert server.wait() == 1


def test_it_stays_up_through_the_lame_duck_and_the_drain(start_server, connect, health):
    server = start_server("data", *ADMIN, "--lame-duck", "2", "--grace", "10")
    client = connect(server.address)
    component = client.put_component()
    client.create(component, "v1.0")
    stub = health(server.admin)
    with server.connect() as unfinished:
        # A request whose body never comes holds the drain up.
        unfinished.sendall(b"POST /v1/organizations HTTP/1.1\r\nhost: localhost\r\n"
                           b"content-type: application/json\r\ncontent-length: 5\r\n\r\n{")
        server.signal(signal.SIGTERM)
        waiting.until(lambda: get(server, "/readyz").status == 503)
        assert "[-] drain: failed, the server drains\n" in get(server, "/readyz").text
        assert check(stub) == NOT_SERVING and get(server, "/healthz").status == 200
        assert len(client.list(component)) == 1

        def is_draining():
            try:
                server.connect(1).close()
                return False
            except OSError:
                return True
        waiting.until(is_draining)
        assert server.running and get(server, "/healthz").status == 200
        assert get(server, "/metrics").status == 200 and check(stub) == NOT_SERVING
    assert server.wait() == 0
    with pytest.raises(OSError):
        socket.create_connection(tuple(server.admin.rsplit(":", 1)), 1)


def test_slow_and_silent_peers_do_not_keep_a_probe_out(admin, health):
    host, port = admin.admin.rsplit(":", 1)
    peers = [socket.create_connection((host, int(port)), 10) for _ in range(150)]
    try:
        for number, peer in enumerate(peers):
            try:
                if number % 3 == 0:
                    peer.sendall(b"GET /metrics HT")
                elif number % 3 == 1:
                    # Asks for much, and reads nothing.
                    peer.sendall(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n" * 50)
            except OSError:
                pass
        began = time.monotonic()
        assert get(admin, "/healthz").status == 200
        assert check(health(admin.admin)) == SERVING
        assert time.monotonic() - began < 5
    finally:
        for peer in peers:
            peer.close()


def test_a_host_has_a_share_of_it(start_server):
    """Others are served when one host has opened all that it may. This machine may open more."""
    server = start_server("data", "--admin-listen", "0.0.0.0:0")
    port = int(server.admin.rsplit(":", 1)[1])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Sends nothing: tells this machine's address on its network.
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            pytest.skip("this machine is on no network")
        outside = probe.getsockname()[0]
    if outside.startswith("127."):
        pytest.skip("this machine has no address but loopback")
    question = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"

    def is_served(peer) -> bool:
        try:
            peer.sendall(question)
            return peer.recv(1 << 10).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    peers = [socket.create_connection((outside, port), 10) for _ in range(80)]
    near = [socket.create_connection(("127.0.0.1", port), 10) for _ in range(80)]
    try:
        served = [peer for peer in peers if is_served(peer)]
        assert len(served) == 64
        assert all(is_served(peer) for peer in near)
        served[0].close()

        def is_let_in() -> bool:
            with socket.create_connection((outside, port), 10) as peer:
                return is_served(peer)
        waiting.until(is_let_in, 60)
    finally:
        for peer in [*peers, *near]:
            peer.close()


def test_neither_listener_takes_the_other_ones_connections(start_server, health):
    server = start_server("data", *ADMIN, "--max-connections", "1", "--max-calls", "1")
    watch = health(server.address).Watch(health_pb2.HealthCheckRequest())
    assert next(watch).status == SERVING
    stub = health(server.admin)
    assert check(stub) == SERVING and get(server, "/metrics").status == 200
    watch.cancel()


@pytest.mark.parametrize("arguments", [
    ("--admin-listen", "nonsense"), ("--admin-listen", "127.0.0.1"), ("--slow-call", "5"),
    ("--slow-call", "0ms"), ("--slow-call", "61m"), ("--admin-open-metrics=maybe",)])
def test_wrong_options_are_refused(run_serve, arguments):
    done = run_serve(*arguments)
    assert done.returncode == 2 and arguments[0].split("=")[0] in done.stderr


def test_an_address_in_use_is_named(admin, run_serve):
    done = run_serve("--admin-listen", admin.admin)
    assert done.returncode == 1 and f"cannot listen on {admin.admin}" in done.stderr


def test_what_is_not_safe_is_told_there(start_server):
    server = start_server("data", *ADMIN, "--insecure-no-auth", listen=("0.0.0.0:0",))
    assert get(server, "/readyz").text == "ok\n"
    verbose = get(server, "/readyz?verbose").text
    assert "[!] insecure-no-auth: warning, everybody may do everything at 0.0.0.0:" in verbose
    found = get(server, "/readyz", headers=["accept: application/json"]).json
    assert found["ready"] and found["checks"][-1]["state"] == "warning"


def test_the_manifests_of_the_docs_are_kubernetes_own():
    page = paths.ROOT / "Sources" / "trackd" / "trackd.docc" / "Observing.md"
    found = [document for one in snippets(page) if one.language == "yaml"
             for document in yaml.safe_load_all(one.text) if "apiVersion" in document]
    assert {document["kind"] for document in found} == {"Deployment", "Pod"}
    for document in found:
        for version in VERSIONS:
            validate(document, version, strict=True)
        containers = document["spec"].get("template", document)["spec"]["containers"]
        assert all("readinessProbe" in one and "livenessProbe" in one for one in containers)
