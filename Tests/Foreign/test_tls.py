"""TLS with stock clients: what is agreed on, whose certificates count, and files that change."""

import concurrent.futures
import contextlib
import datetime
import os
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2

from support import certificates, cpp, errors, metrics, trackctl, waiting
from support.certificates import Authority
from support.client import Client, unique
from support.curl import curl as ask
from support.server import Server, run_to_end
from support.services import Services
from support.shop import Shop
from support.stubs import api

HOST = ("localhost", "127.0.0.1")
#: In the log.
AGAIN = "the TLS certificates were read again"


def client_hello() -> bytes:
    """The first bytes of a client."""
    sent = ssl.MemoryBIO()
    session = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        session.do_handshake()
    return sent.read()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def own(authority):
    """The server's certificate."""
    return authority.issue("server", *HOST)


@pytest.fixture(scope="module")
def caller(authority):
    """A client's."""
    return authority.issue("deploy-bot", "spiffe://example.test/bot", usage=certificates.CLIENT)


def credentials(authority, pair=None):
    return grpc.ssl_channel_credentials(
        authority.pem, pair and pair.key, pair and pair.chain)


def check(address, credentials, seconds=5, options=()):
    """A health check. Raises when there is no answer."""
    one = Client(address, credentials=credentials, options=options)
    try:
        return one.health.Check(one_request(), timeout=seconds).status
    finally:
        one.close()


def one_request():
    return health_pb2.HealthCheckRequest()


def refused(address, credentials):
    with pytest.raises(grpc.RpcError) as failure:
        check(address, credentials, seconds=5)
    assert failure.value.code() == grpc.StatusCode.UNAVAILABLE, failure.value
    return failure.value.details()


def s_client(port, *arguments, stdin="", ca=None):
    """openssl s_client. Returns its exit code and what it printed."""
    trust = ["-CAfile", str(ca), "-verify_return_error"] if ca else []
    done = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *trust, *arguments],
        input=stdin.encode(), capture_output=True, timeout=20)
    return done.returncode, (done.stdout + done.stderr).decode(errors="replace")


def curl(server, authority, *arguments):
    done = subprocess.run(
        ["curl", "-sS", "--max-time", "10", "--cacert", str(authority.file), *arguments,
         f"https://localhost:{server.port}/api/v1/none"], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class TestWhatIsAgreedOn:
    @pytest.fixture(scope="class")
    def server(self, tmp_path_factory, own):
        one = Server(tmp_path_factory.mktemp("tls") / "data", *own.flags)
        yield one
        one.stop()

    def test_stock_clients_call(self, server, authority, tmp_path):
        client = Client(f"localhost:{server.port}", credentials=credentials(authority))
        component = client.put_component()
        track = client.create(component, "v1.0")
        assert client.get(component, track.id).api_version == "v1.0"
        client.close()

    @pytest.mark.timeout(400)
    def test_cpp(self, server, authority, cpp_client):
        seen = cpp.run(cpp_client, f"localhost:{server.port}", unique("cpp"), authority.file)
        assert "health: 1" in seen

    @pytest.mark.parametrize("version", ["--http1.1", "--http2"])
    def test_curl(self, server, authority, version):
        code, text = curl(server, authority, version, "-w", "%{http_version} %{http_code}")
        assert code == 0, text
        assert text.endswith("1.1 404" if version == "--http1.1" else "2 404")

    @pytest.mark.parametrize("flag, agreed", [
        ("-tls1_3", "TLSv1.3"), ("-tls1_2", "TLSv1.2"), ("-tls1_1", None)])
    def test_versions(self, server, own, authority, flag, agreed):
        # Level 0 lets the client offer the old version at all.
        code, text = s_client(server.port, flag, "-cipher", "ALL:@SECLEVEL=0", ca=authority.file)
        if agreed:
            assert code == 0 and agreed in text, text
            assert "Compression: NONE" in text
        else:
            assert code != 0, text

    @pytest.mark.parametrize("cipher, counts", [
        ("ECDHE-ECDSA-AES128-GCM-SHA256", True), ("ECDHE-ECDSA-CHACHA20-POLY1305", True),
        ("ECDHE-ECDSA-AES128-SHA256", False), ("AES128-GCM-SHA256", False)])
    def test_ciphers_of_http2(self, server, cipher, counts):
        code, text = s_client(server.port, "-tls1_2", "-cipher", cipher)
        assert (code == 0) == counts, text

    @pytest.mark.parametrize("offer, agreed", [
        ("h2", "h2"), ("http/1.1", "http/1.1"), ("spdy/3,http/1.1", "http/1.1"),
        ("http/1.1,h2", "h2"), ("spdy/3", None)])
    def test_alpn(self, server, offer, agreed):
        code, text = s_client(server.port, "-alpn", offer)
        assert (code == 0) == (agreed is not None), text
        if agreed:
            assert f"ALPN protocol: {agreed}" in text

    def test_grpc_without_h2_is_refused(self, server, authority):
        context = ssl.create_default_context(cafile=str(authority.file))
        for offered in (["http/1.1"], []):
            if offered:
                context.set_alpn_protocols(offered)
            with socket.create_connection(("127.0.0.1", server.port), 10) as raw:
                with context.wrap_socket(raw, server_hostname="localhost") as line:
                    line.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
                    answer = line.recv(1000)
                    assert answer.startswith(b"HTTP/1.1 505"), answer

    def test_no_renegotiation(self, server):
        # In TLS 1.2 "R" asks for a new handshake.
        code, text = s_client(server.port, "-tls1_2", "-alpn", "http/1.1", stdin="R\n")
        assert "no renegotiation" in text.lower() or code != 0, text

    def test_no_early_data(self, server, tmp_path):
        session = tmp_path / "session"
        # Behind the answer the ticket has come, too.
        request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        _, text = s_client(server.port, "-alpn", "http/1.1", "-ign_eof", "-sess_out", str(session),
                           stdin=request)
        # What a ticket allows is what a client sends.
        assert "Max Early Data: 0" in text and "TLS session ticket" in text
        assert not any(f"Max Early Data: {digit}" in text for digit in range(1, 10))
        (tmp_path / "early").write_text(request)
        _, text = s_client(server.port, "-alpn", "http/1.1", "-ign_eof", "-sess_in", str(session),
                           "-early_data", str(tmp_path / "early"), stdin=request)
        assert "Reused, TLSv1.3" in text and "Early data was not sent" in text, text

    def test_the_least_version(self, start_server, authority, own):
        server = start_server("data", *own.flags, "--tls-min", "1.3")
        code, text = s_client(server.port, "-tls1_2", "-alpn", "h2")
        assert code != 0 and "alert protocol version" in text
        assert "New, TLSv1.3" in s_client(server.port, "-alpn", "h2")[1]
        check(f"localhost:{server.port}", credentials(authority))

    def test_half_a_handshake_has_its_time(self, start_server, own):
        server = start_server("data", *own.flags, "--admin-listen", "127.0.0.1:0")
        with socket.create_connection(("127.0.0.1", server.port), 10) as line:
            line.sendall(client_hello()[:100])
            line.settimeout(60)
            with contextlib.suppress(ConnectionError):
                # An alert may come first.
                while line.recv(1000):
                    pass
        metrics.until(server, lambda now: now.get(
            "trackd_tls_handshakes_failed_total", **{"class": "unfinished"}) == 1)

    def test_cleartext_gets_no_answer_of_http(self, server):
        with socket.create_connection(("127.0.0.1", server.port), 10) as line:
            line.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            assert b"HTTP/1.1 2" not in line.recv(1000)

    def test_a_large_answer_and_many_small_ones(self, server, authority):
        client = Client(f"localhost:{server.port}", credentials=credentials(authority))
        component = client.put_component()
        for number in range(30):
            client.create(component, f"v1.{number}", description="d" * 1000)
        assert len(client.list(component)) == 30
        calls = [client.tracks.ListDeploymentTracks.future(
            api.ListDeploymentTracksRequest(component_id=component), timeout=30)
            for _ in range(50)]
        assert all(len(c.result().deployment_tracks) == 30 for c in calls)
        client.close()


class TestHosts:
    """Several certificates: the client's name chooses (SNI)."""

    def test_names_choose(self, start_server, authority, own, tmp_path):
        folder = tmp_path / "sni"
        folder.mkdir()
        wild = authority.issue("wild", "*.tracks.test")
        (folder / "wild.crt").write_bytes(wild.chain)
        (folder / "wild.key").write_bytes(wild.key)
        secret = folder / "exact"
        secret.mkdir()
        exact = authority.issue("exact", "deploy.test")
        (secret / "tls.crt").write_bytes(exact.chain)
        (secret / "tls.key").write_bytes(exact.key)
        server = start_server("data", *own.flags, "--tls-sni", str(folder))
        for name, common in [("a.tracks.test", "wild"), ("deploy.test", "exact"),
                             ("DEPLOY.test", "exact"), ("localhost", "server"),
                             ("a.b.tracks.test", "server"), ("other.test", "server")]:
            _, text = s_client(server.port, "-servername", name, ca=authority.file)
            assert f"CN = {common}" in text, (name, text)
        address = f"127.0.0.1:{server.port}"
        for name in ("a.tracks.test", "deploy.test"):
            check(address, credentials(authority),
                  options=[("grpc.ssl_target_name_override", name)])
        # A host more, and another certificate for one that was there.
        late = authority.issue("late", "late.test")
        (folder / "late.crt").write_bytes(late.chain)
        (folder / "late.key").write_bytes(late.key)
        other = authority.issue("renewed", "*.tracks.test")
        (folder / "wild.crt").write_bytes(other.chain)
        (folder / "wild.key").write_bytes(other.key)
        for name, common in [("late.test", "late"), ("a.tracks.test", "renewed")]:
            waiting.until(lambda: f"CN = {common}" in s_client(
                server.port, "-servername", name, ca=authority.file)[1], 20)


class TestBadServers:
    """Our own client, against servers that are not what it asked for."""

    @pytest.fixture
    def against(self, start_server):
        def run(pair, *words, host="localhost"):
            server = start_server("data", *pair.flags)
            return trackctl.run("catalog", "get", "project", "p", *words,
                                server=f"{host}:{server.port}")
        return run

    def test_right(self, against, authority, own):
        done = against(own, "--tls", "--ca", str(authority.file))
        assert done.code != 0 and "certificate" not in done.err
        assert "p" in done.err  # the project does not exist: the call came through

    @pytest.mark.parametrize("make, says", [
        (lambda a: a.issue("old", *HOST, ends=certificates.now() - datetime.timedelta(hours=1)),
         "expired"),
        (lambda a: a.issue("early", *HOST, begins=certificates.now() + datetime.timedelta(hours=1)),
         "not yet valid"),
        (lambda a: a.issue("wrong", "other.test"), "hostname mismatch"),
        (lambda a: a.self_signed("alone", *HOST), "self-signed"),
        (lambda a: a.issue("client", *HOST, usage=certificates.CLIENT), "purpose"),
    ], ids=["expired", "early", "wrong host", "self-signed", "client's"])
    def test_wrong(self, against, authority, make, says):
        done = against(make(authority), "--ca", str(authority.file))
        assert done.code != 0
        assert says in done.err, done.err

    def test_address_in_place_of_a_name(self, against, authority):
        done = against(authority.issue("address", "127.0.0.1"), "--ca", str(authority.file),
                       host="127.0.0.1")
        assert "certificate" not in done.err, done.err

    def test_the_systems_authorities_are_the_default(self, against, own):
        done = against(own, "--tls")
        assert done.code != 0 and "issuer certificate" in done.err, done.err

    def test_weak(self, authority):
        weak = authority.issue("weak", *HOST, key=certificates.weak_key())
        code, _, err = run_to_end("serve", "--data", "/nonexistent", *weak.flags)
        assert code == 1 and "weak.crt" in err and "too small" in err, err

    def test_a_server_without_tls(self, start_server, authority):
        server = start_server("data")
        done = trackctl.run("catalog", "get", "project", "p", "--ca", str(authority.file),
                            server=f"localhost:{server.port}")
        assert done.code != 0 and "TLS" in done.err, done.err


class TestClientCertificates:
    @pytest.fixture(scope="class")
    def lists(self, authority):
        authority.revoked = []
        return authority.revocations("class")

    @pytest.fixture(scope="class")
    def server(self, tmp_path_factory, authority, own, lists):
        one = Server(tmp_path_factory.mktemp("mutual") / "data", *own.flags, "--tls-client-ca",
                     str(authority.file), "--tls-crl", str(lists))
        yield one
        one.stop()

    def test_right(self, server, authority, caller):
        check(f"localhost:{server.port}", credentials(authority, caller))
        done = trackctl.run(
            "catalog", "list", "organizations", "--tls", "--ca", str(authority.file), "--cert",
            str(caller.chain_file), "--key", str(caller.key_file),
            server=f"localhost:{server.port}")
        assert done.code == 0, done.err

    @pytest.mark.timeout(400)
    def test_cpp(self, server, authority, caller, cpp_client):
        seen = cpp.run(cpp_client, f"localhost:{server.port}", unique("cpp"), authority.file,
                       caller.chain_file, caller.key_file)
        assert "health: 1" in seen

    @pytest.mark.timeout(400)
    @pytest.mark.parametrize("make", [
        lambda a, t: None,
        lambda a, t: Authority(t, "unknown").issue("bot", usage=certificates.CLIENT),
    ], ids=["none", "stranger"])
    def test_cpp_without_the_right_one(self, server, authority, cpp_client, tmp_path, make):
        pair = make(authority, tmp_path)
        shown = [pair.chain_file, pair.key_file] if pair else []
        done = subprocess.run(
            [str(word) for word in (cpp_client, f"localhost:{server.port}", unique("cpp"),
                                    authority.file, *shown)],
            capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and not done.stdout
        # UNAVAILABLE, of the first call; gRPC's own log comes before.
        assert done.stderr.splitlines()[-1].startswith("Check: 14 "), done.stderr

    @pytest.mark.parametrize("make", [
        lambda a, t: None,
        lambda a, t: a.issue("over", usage=certificates.CLIENT, ends=certificates.now()
                             - datetime.timedelta(hours=1)),
        lambda a, t: a.self_signed("mine", "bot", usage=certificates.CLIENT),
        lambda a, t: Authority(t, "stranger").issue("bot", usage=certificates.CLIENT),
        lambda a, t: a.issue("server2", *HOST),
        lambda a, t: a.issue("small", usage=certificates.CLIENT, key=certificates.weak_key()),
    ], ids=["none", "expired", "self-signed", "stranger", "server's", "weak"])
    def test_wrong(self, server, authority, tmp_path, make):
        pair = make(authority, tmp_path)
        arguments = ["-alpn", "h2"]
        if pair:
            arguments += ["-cert", str(pair.chain_file), "-key", str(pair.key_file),
                          "-cipher", "DEFAULT:@SECLEVEL=0"]
        # In TLS 1.3 the refusal comes after the client's own end of the handshake.
        for version in ("-tls1_2", "-tls1_3"):
            code, text = s_client(server.port, version, *arguments, "-ign_eof")
            assert "alert" in text and code != 0, text

    @pytest.mark.parametrize("make, is_right", [
        (lambda a, t: None, False),
        (lambda a, t: a.issue("curl", usage=certificates.CLIENT), True),
        (lambda a, t: Authority(t, "foreign").issue("curl", usage=certificates.CLIENT), False),
    ], ids=["none", "right", "stranger"])
    @pytest.mark.parametrize("http", ["--http1.1", "--http2"])
    def test_curl(self, server, authority, tmp_path, http, make, is_right):
        pair = make(authority, tmp_path)
        shown = ["--cert", str(pair.chain_file), "--key", str(pair.key_file)] if pair else []
        code, text = curl(server, authority, http, *shown, "-w", "%{http_code}")
        assert (code == 0 and text.endswith("404")) == is_right, (code, text)

    def test_revoked(self, start_server, authority, own, tmp_path):
        pair = authority.issue("fired", usage=certificates.CLIENT)
        authority.revoked = [pair.x509.serial_number]
        lists = authority.revocations("fired")
        server = start_server("data", *own.flags, "--tls-client-ca", str(authority.file),
                              "--tls-crl", str(lists))
        refused(f"localhost:{server.port}", credentials(authority, pair))
        authority.revoked = []

    def test_optional(self, start_server, authority, own, caller):
        server = start_server("data", *own.flags, "--tls-client-ca", str(authority.file),
                              "--tls-client-auth", "optional")
        for pair in (None, caller):
            check(f"localhost:{server.port}", credentials(authority, pair))


class TestFilesThatChange:
    def test_new_certificate_by_symlink_and_by_hangup(self, start_server, authority, tmp_path):
        # As Kubernetes mounts a secret: `..data` leads to a folder, and is swapped.
        mount = tmp_path / "mount"
        mount.mkdir()

        def fill(folder, pair):
            (mount / folder).mkdir()
            (mount / folder / "tls.crt").write_bytes(pair.chain)
            (mount / folder / "tls.key").write_bytes(pair.key)
            os.symlink(folder, mount / "..new")
            os.rename(mount / "..new", mount / "..data")

        fill("..1", authority.issue("first", *HOST))
        for name in ("tls.crt", "tls.key"):
            os.symlink(f"..data/{name}", mount / name)
        server = start_server("data", "--tls-cert", str(mount / "tls.crt"), "--tls-key",
                              str(mount / "tls.key"))

        def common():
            return s_client(server.port)[1]

        old = Client(f"localhost:{server.port}", credentials=credentials(authority))
        old.health.Check(one_request(), timeout=5)
        assert "CN = first" in common()
        fill("..2", authority.issue("second", *HOST))
        waiting.until(lambda: "CN = second" in common(), 20)
        # A broken set changes nothing, also when the operator asks for it.
        (mount / "..2" / "tls.crt").write_text("-----BEGIN CERTIFICATE-----\nbroken\n")
        os.kill(server.pid, signal.SIGHUP)
        waiting.until(lambda: "the earlier ones count" in server.log(), 20)
        assert "CN = second" in common()
        # The connection from before goes on.
        old.health.Check(one_request(), timeout=5)
        old.close()

    def test_another_authority_of_clients(self, start_server, authority, own, caller, tmp_path):
        other = Authority(tmp_path, "other")
        newcomer = other.issue("newcomer", usage=certificates.CLIENT)
        trusted = tmp_path / "clients.pem"
        trusted.write_bytes(authority.pem)
        server = start_server("data", *own.flags, "--tls-client-ca", str(trusted), "--grace", "1")
        address = f"localhost:{server.port}"
        check(address, credentials(authority, caller))
        refused(address, credentials(authority, newcomer))
        trusted.write_bytes(other.pem)
        waiting.until(lambda: AGAIN in server.log(), 20)
        check(address, credentials(authority, newcomer))
        refused(address, credentials(authority, caller))

    def test_a_servers_certificate_that_ends_is_told(self, start_server, authority):
        ends = certificates.now() + datetime.timedelta(seconds=6)
        server = start_server("data", *authority.issue("ending", *HOST, ends=ends).flags,
                              "--admin-listen", "127.0.0.1:0")

        def ready():
            return ask(server.admin, "GET", "/readyz?verbose", http="1.1")

        assert ready().status == 200 and "a certificate expires in 0 hours" in ready().text
        waiting.until(lambda: ready().status == 503, 20)
        assert "a certificate has expired" in ready().text

    def test_a_revoked_client_is_drained(self, start_server, authority, own, tmp_path):
        pair = authority.issue("leaver", usage=certificates.CLIENT)
        authority.revoked = []
        lists = authority.revocations("leaving")
        server = start_server("data", *own.flags, "--tls-client-ca", str(authority.file),
                              "--tls-crl", str(lists), "--grace", "1")
        client = Client(f"localhost:{server.port}", credentials=credentials(authority, pair),
                        options=[("grpc.initial_reconnect_backoff_ms", 100)])
        watch = client.health.Watch(one_request(), timeout=60)
        next(watch)
        authority.revoked = [pair.x509.serial_number]
        authority.revocations("leaving")
        with pytest.raises(grpc.RpcError):
            for _ in watch:
                pass
        with pytest.raises(grpc.RpcError) as failure:
            client.health.Check(one_request(), timeout=5)
        assert failure.value.code() == grpc.StatusCode.UNAVAILABLE
        client.close()
        authority.revoked = []

    def test_an_expired_client_is_drained(self, start_server, authority, own):
        pair = authority.issue("short", usage=certificates.CLIENT,
                               ends=certificates.now() + datetime.timedelta(seconds=4))
        server = start_server("data", *own.flags, "--tls-client-ca", str(authority.file),
                              "--grace", "1")
        client = Client(f"localhost:{server.port}", credentials=credentials(authority, pair))
        watch = client.health.Watch(one_request(), timeout=60)
        next(watch)
        with pytest.raises(grpc.RpcError):
            for _ in watch:
                pass
        client.close()


    @pytest.mark.parametrize("how", ["expires", "is revoked"])
    def test_a_call_in_flight_ends_well_when_its_certificate(
            self, start_server, services, authority, own, how):
        authority.revoked = []
        lists = authority.revocations("busy")
        seconds = 6 if how == "expires" else 600
        pair = authority.issue("busy", usage=certificates.CLIENT,
                               ends=certificates.now() + datetime.timedelta(seconds=seconds))
        server = start_server(
            "data", *own.flags, "--tls-client-ca", str(authority.file), "--tls-crl", str(lists),
            *services.flags("--resource-deleter"))
        client = Client(f"localhost:{server.port}", credentials=credentials(authority, pair),
                        options=[("grpc.initial_reconnect_backoff_ms", 100)])
        component = client.put_component()
        track, _ = (client.create(component, version) for version in ("v1.0", "v1.1"))
        goes_on = threading.Event()

        def is_slow(answer, context):
            goes_on.wait(60)
            return answer().SerializeToString()

        services.next["DeleteComponentResources"] = [is_slow]
        call = client.tracks.DeleteDeploymentTrack.future(api.DeleteDeploymentTrackRequest(
            component_id=component, deployment_track_id=track.id), timeout=60)
        waiting.until(lambda: services.count("DeleteComponentResources") > 0)
        if how == "is revoked":
            authority.revoked = [pair.x509.serial_number]
            authority.revocations("busy")

        def is_told():
            """The connection takes no more calls, and there is no other one."""
            try:
                client.health.Check(one_request(), timeout=5)
            except grpc.RpcError as error:
                return error.code() == grpc.StatusCode.UNAVAILABLE
            return False

        waiting.until(is_told, 30)
        assert not call.done()
        goes_on.set()
        assert call.result() is not None
        client.close()
        authority.revoked = []


VERSIONS = pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])


class TestTickets:
    """Sessions that are taken up again."""

    def resume(self, server, context, session=None, host="localhost"):
        """Shakes hands, and reads until a ticket has come. Returns the session, and whether it is
        an earlier one."""
        with socket.create_connection(("127.0.0.1", server.port), 10) as raw:
            with context.wrap_socket(raw, server_hostname=host, session=session) as line:
                line.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
                assert line.recv(1000).startswith(b"HTTP/1.1 404")
                return line.session, line.session_reused

    def context(self, authority, pair=None, version=ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=str(authority.file))
        context.minimum_version = context.maximum_version = version
        if pair:
            context.load_cert_chain(pair.chain_file, pair.key_file)
        return context

    def after(self, change, server):
        """Changes files, and waits until the server has read them."""
        times = server.log().count(AGAIN)
        change()
        waiting.until(lambda: server.log().count(AGAIN) > times, 20)

    @pytest.fixture
    def mutual(self, start_server, authority, tmp_path):
        """A server with files of its own, all of which count for clients."""
        authority.revoked = []
        pair = authority.issue("tickets", *HOST)
        (tmp_path / "clients.pem").write_bytes(authority.pem)
        server = start_server("data", *pair.flags, "--tls-client-ca", str(tmp_path / "clients.pem"),
                              "--tls-crl", str(authority.revocations("tickets")))
        server.pair = pair
        yield server
        authority.revoked = []

    @VERSIONS
    def test_files_that_are_read_again_take_no_tickets(self, mutual, authority, caller, version):
        context = self.context(authority, caller, version)
        session, reused = self.resume(mutual, context)
        assert not reused
        # Not even twice: keys have a time of their own.
        for _ in range(3):
            assert self.resume(mutual, context, session)[1]
            self.after(lambda: mutual.signal(signal.SIGHUP), mutual)

    @VERSIONS
    @pytest.mark.parametrize("what", ["certificate", "authorities", "list"])
    def test_a_session_goes_on_until_the_rules_change(
            self, mutual, authority, caller, tmp_path, version, what):
        def change():
            if what == "certificate":
                # With the same key and the same names.
                authority.issue("tickets", *HOST, key=mutual.pair.private)
            elif what == "authorities":
                # One more: this client's still counts.
                (tmp_path / "clients.pem").write_bytes(
                    authority.pem + Authority(tmp_path, "more").pem)
            else:
                # One that does not name this client.
                authority.revoked = [4711]
                authority.revocations("tickets")

        context = self.context(authority, caller, version)
        session, _ = self.resume(mutual, context)
        session, reused = self.resume(mutual, context, session)
        assert reused
        self.after(change, mutual)
        session, reused = self.resume(mutual, context, session)
        assert not reused
        # The ticket of the full handshake is good.
        assert self.resume(mutual, context, session)[1]

    @VERSIONS
    def test_a_ticket_makes_up_for_no_certificate(
            self, mutual, authority, caller, tmp_path, version):
        context = self.context(authority, caller, version)
        session, _ = self.resume(mutual, context)
        other = Authority(tmp_path, "later").pem
        # Another authority's clients alone, then the one that it was.
        self.after(lambda: (tmp_path / "clients.pem").write_bytes(other), mutual)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            self.resume(mutual, context, session)
        self.after(lambda: (tmp_path / "clients.pem").write_bytes(authority.pem), mutual)
        assert not self.resume(mutual, context, session)[1]

    @VERSIONS
    def test_a_session_belongs_to_the_certificate_of_its_host(
            self, start_server, authority, own, tmp_path, version):
        folder = tmp_path / "sni"
        folder.mkdir()
        for name in ("one", "two"):
            pair = authority.issue(f"{name} of two", f"{name}.test")
            (folder / f"{name}.crt").write_bytes(pair.chain)
            (folder / f"{name}.key").write_bytes(pair.key)
        server = start_server("data", *own.flags, "--tls-sni", str(folder))
        context = self.context(authority, version=version)
        hosts = ("localhost", "one.test", "two.test")
        sessions = {host: self.resume(server, context, host=host)[0] for host in hosts}
        for begun in hosts:
            for host in hosts:
                _, reused = self.resume(server, context, sessions[begun], host)
                assert reused == (begun == host), (begun, host)

    def test_a_resumed_certificate_is_verified_again(self, start_server, authority, own):
        pair = authority.issue("brief", usage=certificates.CLIENT,
                               ends=certificates.now() + datetime.timedelta(seconds=4))
        server = start_server("data", *own.flags, "--tls-client-ca", str(authority.file))
        context = self.context(authority, pair)
        session, _ = self.resume(server, context)
        _, reused = self.resume(server, context, session)
        assert reused
        waiting.until(lambda: certificates.now() > pair.x509.not_valid_after_utc
                      + datetime.timedelta(seconds=1), 10)
        with pytest.raises((ssl.SSLError, ConnectionError)):
            self.resume(server, context, session)


class TestFloods:
    def test_another_client_is_served(self, start_server, authority, own):
        server = start_server("data", *own.flags, "--tls-handshake-rate", "0")
        client = Client(f"localhost:{server.port}", credentials=credentials(authority))
        client.health.Check(one_request(), timeout=5)
        context = ssl.create_default_context(cafile=str(authority.file))
        over = time.monotonic() + 5
        hello = client_hello()

        def shake(number):
            count = 0
            while time.monotonic() < over:
                try:
                    with socket.create_connection(("127.0.0.1", server.port), 10) as raw:
                        if number % 4 == 0:
                            # Gone before its turn comes.
                            raw.sendall(hello)
                            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                           struct.pack("ii", 1, 0))
                            continue
                        context.wrap_socket(raw, server_hostname="localhost").close()
                        count += 1
                except OSError:
                    pass
            return count

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            flood = [pool.submit(shake, n) for n in range(16)]
            served = 0
            while not all(f.done() for f in flood):
                client.health.Check(one_request(), timeout=5)
                served += 1
        assert sum(f.result() for f in flood) > 100
        assert served > 100
        # No loop turns for connections that wait.
        assert "turns without effect" not in server.log()
        client.close()

    def test_key_updates_without_end(self, start_server, own):
        """Each has new keys derived on both sides, and carries nothing."""
        server = start_server("data", *own.flags)
        with subprocess.Popen(
                ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_3", "-alpn",
                 "http/1.1"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL) as client:
            sent = 0
            # One of each line that it reads.
            while client.poll() is None and sent < 2000:
                try:
                    client.stdin.write(b"k\n")
                    client.stdin.flush()
                except BrokenPipeError:
                    break
                sent += 1
                time.sleep(0.005)
            client.kill()
        assert 50 < sent < 2000

    def test_a_host_has_a_rate(self, start_server, authority, own):
        server = start_server("data", *own.flags, "--tls-handshake-rate", "5")
        context = ssl.create_default_context(cafile=str(authority.file))

        def shake():
            with socket.create_connection(("127.0.0.1", server.port), 10) as raw:
                context.wrap_socket(raw, server_hostname="localhost").close()

        failures = 0
        for _ in range(100):
            try:
                shake()
            except OSError:
                failures += 1
        assert failures > 50
        waiting.until(lambda: any(r.get("reason") == "too_many_handshakes"
                                  for r in server.log_records()), 10)
        # The bucket fills again.
        waiting.until(lambda: not raises(shake), 10)


def raises(body) -> bool:
    try:
        body()
    except OSError:
        return True
    return False


class TestRemoteServices:
    @pytest.fixture
    def services(self, authority, own):
        one = Services(credentials=grpc.ssl_server_credentials(
            [(own.key, own.chain)], authority.pem, require_client_auth=True))
        yield one
        one.stop()

    def test_right_and_wrong(self, start_server, services, authority, caller, tmp_path):
        flags = services.flags("--subscriptions")
        files = ["--remote-cert", str(caller.chain_file), "--remote-key", str(caller.key_file)]
        server = start_server("right", *flags, "--remote-ca", str(authority.file), *files)
        client = Client(server.address)
        component = client.put_component()
        client.create(component, "v1.0")
        assert services.count("GetTier") == 1
        client.close()
        # Without a certificate of its own, and with another authority.
        other = Authority(tmp_path, "other")
        for name, words in [("bare", ["--remote-ca", str(authority.file)]),
                            ("other", ["--remote-ca", str(other.file), *files])]:
            server = start_server(name, *flags, *words)
            client = Client(server.address)
            component = client.put_component()
            with pytest.raises(grpc.RpcError) as failure:
                client.create(component, "v1.0")
            assert failure.value.code() == grpc.StatusCode.UNAVAILABLE
            client.close()
        assert services.count("GetTier") == 1


# What needs each of the remote services: it works when the service is there, and fails in its way
# when it is not. `method` is the service's that it calls; `needs` names services beside it.

class UsesSubscriptions:
    flag, method = "--subscriptions", "GetTier"
    needs = ()

    def __init__(self, client):
        self.client = client
        self.component = client.put_component()

    def works(self):
        self.client.create(self.component, "v1.0")

    def fails(self):
        with pytest.raises(grpc.RpcError) as failure:
            self.works()
        assert failure.value.code() == grpc.StatusCode.UNAVAILABLE


class UsesBuildService:
    flag, method = "--build-service", "GetCommitHistory"
    needs = ()

    def __init__(self, client):
        self.shop = Shop(client)

    def unreachable(self):
        (track,) = self.shop.tracks
        return list(self.shop.client.tracks.GetDeploymentTrackImages(
            api.GetDeploymentTrackImagesRequest(
                component_id=self.shop.component, deployment_track_id=track),
            timeout=10).unreachable)

    def works(self):
        assert not self.unreachable()

    def fails(self):
        assert self.unreachable() == ["build-service"]


class UsesReleaseManagement:
    flag, method = "--release-management", "CreateReleases"
    needs = ("--deployer",)

    def __init__(self, client):
        self.shop = Shop(client)

    def deployed(self):
        (track,), (environment,) = self.shop.tracks, self.shop.environments
        accepted = self.shop.deploy(track, environment, self.shop.images[track][0])
        return self.shop.ended(track, accepted.id, 60)

    def works(self):
        one = self.deployed()
        assert one.state == api.DEPLOYMENT_STATE_SUCCEEDED, one.error

    def fails(self):
        one = self.deployed()
        assert one.state == api.DEPLOYMENT_STATE_FAILED and one.error


class UsesDeployer(UsesReleaseManagement):
    flag, method = "--deployer", "Deploy"
    needs = ("--release-management",)


class UsesResourceDeleter:
    flag, method = "--resource-deleter", "DeleteComponentResources"
    needs = ()

    def __init__(self, client):
        self.client = client
        self.component = client.put_component()
        self.track = [client.create(self.component, f"v1.{number}").id for number in range(2)][0]

    def works(self):
        self.client.tracks.DeleteDeploymentTrack(api.DeleteDeploymentTrackRequest(
            component_id=self.component, deployment_track_id=self.track), timeout=30)

    def fails(self):
        with errors.refused("UNAVAILABLE", "CLEANUP_PENDING"):
            self.works()


class TestRemoteServers:
    """The certificates of the services that trackd calls."""

    @pytest.fixture
    def serve(self):
        started = []

        def run(pair=None):
            """All services, in cleartext without a certificate."""
            started.append(Services(credentials=pair and grpc.ssl_server_credentials(
                [(pair.key, pair.chain)])))
            return started[-1]
        yield run
        for one in started:
            one.stop()

    def run(self, start_server, connect, authority, uses, tested, others):
        """A trackd, and what needs the service of `tested`."""
        beside = others.flags(*uses.needs) if uses.needs else []
        server = start_server("data", *tested.flags(uses.flag), *beside, "--remote-ca",
                              str(authority.file), "--step-timeout", "2s", "--step-attempts", "3")
        return server, uses(connect(server.address))

    ALL = pytest.mark.parametrize("uses", [
        UsesReleaseManagement, UsesBuildService, UsesDeployer, UsesResourceDeleter,
        UsesSubscriptions], ids=lambda uses: uses.flag)

    @ALL
    def test_right(self, start_server, connect, serve, authority, own, uses):
        tested, others = serve(own), serve()
        _, use = self.run(start_server, connect, authority, uses, tested, others)
        use.works()
        assert tested.count(uses.method) > 0

    @ALL
    def test_another_host(self, start_server, connect, serve, authority, uses):
        tested, others = serve(authority.issue("elsewhere", "other.test", "127.0.0.2")), serve()
        server, use = self.run(start_server, connect, authority, uses, tested, others)
        use.fails()
        assert "mismatch" in server.log()
        assert not tested.calls

    @pytest.mark.parametrize("make, says", [
        (lambda a: a.issue("1024", *HOST, key=certificates.weak_key()), "too weak"),
        (lambda a: a.issue_with_sha1("sha1", *HOST), "too weak"),
        (lambda a: a.issue("past", *HOST, ends=certificates.now() - datetime.timedelta(hours=1)),
         "expired"),
        (lambda a: a.self_signed("itself", *HOST), "self-signed"),
        (lambda a: a.issue("a client", *HOST, usage=certificates.CLIENT), "purpose"),
    ], ids=["RSA 1024", "SHA-1", "expired", "self-signed", "client's"])
    def test_others_that_do_not_count(self, start_server, connect, serve, authority, make, says):
        tested = serve(make(authority))
        server, use = self.run(start_server, connect, authority, UsesSubscriptions, tested, serve())
        use.fails()
        assert says in server.log()
        done = trackctl.run("catalog", "get", "project", "p", "--ca", str(authority.file),
                            server=f"localhost:{tested.port}")
        assert done.code != 0 and says in done.err, done.err
        assert not tested.calls


@pytest.mark.parametrize("words, says", [
    (["--tls-cert", "x"], "both --tls-cert and --tls-key"),
    (["--tls-client-ca", "x"], "both --tls-cert and --tls-key"),
    (["--tls-cert", "c", "--tls-key", "k", "--tls-client-auth", "require"], "--tls-client-ca"),
    (["--tls-cert", "c", "--tls-key", "k", "--tls-crl", "x"], "--tls-client-ca"),
    (["--tls-cert", "c", "--tls-key", "k", "--tls-min", "1.1"], "1.2 or 1.3"),
    (["--remote-ca", "x"], "tls:"),
    (["--deployer", "tls:unix:/x"], "is not valid"),
], ids=range(7))
def test_flags_that_make_no_sense(words, says):
    code, _, err = run_to_end("serve", *words)
    assert code == 2 and says in err, err


def test_files_that_make_no_sense(own, authority, tmp_path):
    nothing = tmp_path / "empty.pem"
    nothing.write_text("")
    other = authority.issue("else", *HOST)
    for words, says in [
        (["--tls-cert", str(nothing), "--tls-key", str(own.key_file)], "no certificate"),
        (["--tls-cert", str(own.chain_file), "--tls-key", str(nothing)], "private key"),
        (["--tls-cert", str(own.chain_file), "--tls-key", str(other.key_file)], "not the certif"),
        (["--tls-cert", str(tmp_path / "gone"), "--tls-key", str(own.key_file)], "gone: cannot"),
    ]:
        code, _, err = run_to_end("serve", "--data", str(tmp_path / "data"), *words)
        assert code == 1 and says in err, err
        assert "BEGIN" not in err
