"""`trackctl doctor`: what it says of a trackd that is well, and of everything that can be wrong."""

import concurrent.futures
import contextlib
import datetime
import os
import signal
import socket
import threading
import time

import grpc
import pytest

from support import certificates, trackctl, waiting
from support.certificates import Authority
from support.errors import refused
from support.policies import Guarded, binding, token_of
from support.server import Server
from support.services import Services, free_port
from support.shop import Shop
from support.stubs import api
from test_store_failure import failing_sync, failing_sync_library  # noqa: F401

HOST = ("localhost", "127.0.0.1")
OK, WARNING, FAILED, UNKNOWN = "ok", "warning", "failed", "unknown"
PARTS = ["store", "executor", "drain", "operations", "restore", "git", "release-management",
         "build-service", "deployer", "resource-deleter", "subscriptions"]


class Doctor:
    """What it says, as JSON; the text for people says the same."""

    def __init__(self, server: str, *flags: str):
        ran = trackctl.run("doctor", *flags, "-o", "json", server=server)
        self.checks = {check["name"]: check for check in ran.json["checks"]}
        assert ran.err == "" and len(self.checks) == len(ran.json["checks"])
        states = [check["state"] for check in self.checks.values()]
        assert set(states) <= {OK, WARNING, FAILED, UNKNOWN}
        assert ran.json["well"] == (FAILED not in states)
        assert ran.code == (0 if ran.json["well"] else 1)
        for check in self.checks.values():
            assert check["state"] != FAILED or check["advice"], check

    def state(self, name: str) -> str:
        return self.checks[name]["state"]

    def says(self, name: str, state: str, *words: str) -> None:
        """The check has the state, and its explanation or its advice has the words."""
        check = self.checks[name]
        assert check["state"] == state, check
        for word in words:
            assert word in check["explanation"] + " | " + check["advice"], check


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def secure(tmp_path_factory, authority):
    """A trackd with TLS that asks for a certificate, and takes calls without one."""
    pair = authority.issue("server", *HOST)
    one = Server(tmp_path_factory.mktemp("secure") / "data", *pair.flags, "--tls-client-ca",
                 str(authority.file), "--tls-client-auth", "optional")
    yield one
    one.stop()


class TestWell:
    def test_a_server_that_is_well(self, server):
        found = Doctor(server.address)
        assert list(found.checks) == [
            "connection", "tls", "versions", "clock", "caller", "trackd",
            *(f"trackd: {part}" for part in PARTS)]
        assert {found.state(name) for name in found.checks} == {OK}
        found.says("connection", OK, server.address, "HTTP/2")
        found.says("tls", OK, "cleartext", "does not leave this machine")
        found.says("versions", OK, f"trackd {server.version}")
        found.says("clock", OK, "agree")
        found.says("caller", OK, "anonymous", "no policy")
        found.says("trackd: git", OK, "git 2.")
        found.says("trackd: deployer", OK, "built in")

    def test_for_people_it_says_the_same(self, server):
        ran = trackctl.run("doctor", server=server.address)
        assert ran.code == 0 and ran.err == "" and "next:" not in ran.out
        lines = ran.out.splitlines()
        assert lines[-1] == "all is well" and all(line.startswith("ok") for line in lines[:-1])

    def test_over_a_unix_socket(self, start_server, tmp_path):
        path = f"unix:{tmp_path}/s"
        start_server(listen=(path,))
        found = Doctor(path)
        found.says("connection", OK, path)
        found.says("caller", OK, f"uid:{os.getuid()}")

    def test_over_tls(self, secure, authority):
        found = Doctor(f"localhost:{secure.port}", "--ca", str(authority.file))
        assert {found.state(name) for name in found.checks} == {OK}
        found.says("tls", OK, "TLSv1.3", "for localhost:", "CN=root", "ends in ", " days")
        found.says("trackd: certificates", OK)

    def test_with_a_certificate_of_ones_own(self, secure, authority):
        now = certificates.now()
        for days, state in ((20, OK), (3, WARNING)):
            own = authority.issue(f"bot{days}", "spiffe://example.test/bot",
                                  usage=certificates.CLIENT,
                                  ends=now + datetime.timedelta(days=days, minutes=5))
            found = Doctor(f"localhost:{secure.port}", "--ca", str(authority.file), "--cert",
                           str(own.chain_file), "--key", str(own.key_file))
            found.says("certificate", state, f"CN=bot{days}", f"ends in {days} days")
            found.says("caller", OK, "cert:spiffe://example.test/bot")


class TestTheWay:
    def test_nobody_listens(self):
        found = Doctor(f"127.0.0.1:{free_port()}")
        found.says("connection", FAILED, "refused", "is trackd running at")
        found.says("trackd", UNKNOWN)
        assert list(found.checks) == ["connection", "trackd"]

    def test_a_host_without_an_address(self):
        Doctor("no-such-host.invalid:1").says("connection", FAILED, "no-such-host.invalid",
                                              "--server")

    @pytest.mark.parametrize("flags", [(), ("--tls",)])
    def test_a_server_that_says_nothing(self, flags):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = "127.0.0.1:%d" % listener.getsockname()[1]
            Doctor(address, "--timeout", "0.5", *flags).says("connection", FAILED,
                                                             "does not answer")

    @pytest.mark.parametrize("flags", [(), ("--tls",)])
    @pytest.mark.parametrize("words, told", [
        (b"", "closed"), (b"220 mail.example ESMTP\r\n", "unknown"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP/1")])
    def test_something_else_listens(self, words, told, flags):
        with other_server(words) as address:
            found = Doctor(address, *flags)
        wrong = [c for c in found.checks.values() if c["state"] == FAILED]
        assert len(wrong) == 1 and wrong[0]["name"] in ("connection", "tls")
        if not flags:
            found.says("connection", FAILED, told)

    def test_the_server_speaks_cleartext_and_trackctl_tls(self, server):
        found = Doctor(server.address, "--tls")
        found.says("connection", OK)
        found.says("tls", FAILED, "speaks cleartext", "leave --tls")
        found.says("trackd", UNKNOWN)

    def test_the_server_speaks_tls_and_trackctl_cleartext(self, secure):
        found = Doctor(f"localhost:{secure.port}")
        found.says("connection", OK)
        found.says("tls", FAILED, "server speaks TLS", "--tls")

    def test_an_authority_that_nobody_knows(self, secure, tmp_path):
        other = Authority(tmp_path, "other")
        for flags in (["--tls"], ["--ca", str(other.file)]):
            Doctor(f"localhost:{secure.port}", *flags).says(
                "tls", FAILED, "does not count", "--ca FILE")

    @pytest.mark.parametrize("title, names, begins, ends, words", [
        ("expired", HOST, -9, -2, ("expired", "renew")),
        ("early", HOST, 2, 9, ("not yet valid", "clock")),
        ("other", ("shop.example",), -1, 9, ("mismatch", "name trackd as its certificate does")),
    ])
    def test_certificates_that_do_not_count(
            self, start_server, authority, title, names, begins, ends, words):
        day, now = datetime.timedelta(days=1), certificates.now()
        pair = authority.issue(title, *names, begins=now + begins * day, ends=now + ends * day)
        server = start_server("data", *pair.flags)
        found = Doctor(f"localhost:{server.port}", "--ca", str(authority.file))
        found.says("tls", FAILED, *words)
        found.says("trackd", UNKNOWN)

    def test_a_certificate_that_ends_soon(self, start_server, authority):
        soon = certificates.now() + datetime.timedelta(days=3, minutes=5)
        pair = authority.issue("soon", *HOST, ends=soon)
        server = start_server("data", *pair.flags)
        found = Doctor(f"localhost:{server.port}", "--ca", str(authority.file))
        found.says("tls", WARNING, "ends in 3 days")
        found.says("trackd: certificates", WARNING, "renew")

    def test_a_server_that_wants_a_certificate(self, start_server, authority, tmp_path):
        pair = authority.issue("strict", *HOST)
        server = start_server("data", *pair.flags, "--tls-client-ca", str(authority.file),
                              "--tls-client-auth", "require")
        address = f"localhost:{server.port}"
        Doctor(address, "--ca", str(authority.file)).says("tls", FAILED, "--cert and --key")
        strange = Authority(tmp_path, "strange").issue("bot", "bot", usage=certificates.CLIENT)
        Doctor(address, "--ca", str(authority.file), "--cert", str(strange.chain_file), "--key",
               str(strange.key_file)).says("tls", FAILED, "--tls-client-ca")

    def test_files_that_cannot_be_read(self, server, tmp_path):
        found = Doctor(server.address, "--ca", str(tmp_path / "none.pem"))
        found.says("tls", FAILED, "none.pem", "--ca")


@contextlib.contextmanager
def other_server(words: bytes):
    """Says something to whoever connects, and closes the connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.recv(1024)
                    connection.sendall(words)
                    connection.shutdown(socket.SHUT_WR)
                    connection.settimeout(5)
                    while connection.recv(1024):
                        pass
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield "127.0.0.1:%d" % listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(20)


class TestTheCaller:
    @pytest.fixture(scope="class")
    def world(self, tmp_path_factory):
        one = Guarded(tmp_path_factory.mktemp("caller"), ["ci", "nobody", "keeper"])
        one.shop = Shop(one.client("admin"), images=0)
        one.change([binding("ci", "ci", component=one.shop.component),
                    binding("administer", "keeper", organization=one.shop.organization)])
        yield one
        one.stop()

    @pytest.fixture
    def doctor(self, world, tmp_path):
        def run(token: str):
            file = tmp_path / "token"
            file.write_text(token)
            return Doctor(world.server.address, "--token-file", str(file))
        return run

    def test_who_may_administer_everything(self, doctor):
        found = doctor(token_of("admin"))
        found.says("caller", OK, "token:admin", "all", "administer")
        assert {found.state(f"trackd: {part}") for part in PARTS} == {OK}

    def test_who_may_not(self, doctor, world):
        found = doctor(token_of("ci"))
        found.says("caller", OK, "token:ci", "read save", world.shop.component)
        found.says("versions", OK)
        found.says("clock", OK)
        found.says("trackd", UNKNOWN, "administer", "somebody with that right")
        assert not any(name.startswith("trackd:") for name in found.checks)

    def test_who_administers_one_organization_alone(self, doctor, world):
        doctor(token_of("keeper")).says("trackd", UNKNOWN, "administer")
        answer = world.client("keeper").diagnostics.Diagnose(api.DiagnoseRequest(), timeout=10)
        assert answer.version and answer.server_time.seconds and not answer.checks
        assert not answer.HasField("uptime") and "administer" in answer.checks_withheld

    def test_who_may_do_nothing(self, doctor):
        found = doctor(token_of("nobody"))
        found.says("caller", WARNING, "gives nothing", "role")
        found.says("clock", OK)

    def test_a_token_that_is_refused(self, doctor):
        found = doctor("x" * 43)
        found.says("caller", FAILED, "UNAUTHENTICATED", "not known", "--auth-tokens")
        found.says("connection", OK)
        found.says("versions", UNKNOWN)
        found.says("clock", UNKNOWN)
        found.says("trackd", FAILED)


class TestTheServer:
    def test_a_store_that_has_failed(self, failing_sync, start_server, connect):  # noqa: F811
        environment, fail = failing_sync
        server = start_server(environment=environment)
        client = connect(server.address)
        component = client.put_component()
        fail()
        with refused("UNAVAILABLE", "STORE_UNAVAILABLE"):
            client.create(component, "v1.0")
        found = Doctor(server.address)
        found.says("trackd: store", FAILED, "restart trackd")
        server.signal(signal.SIGTERM)
        assert server.wait() == 1

    def test_remote_integrations(self, start_server):
        services = Services()
        server = start_server("data", *services.flags("--deployer"), "--subscriptions",
                              f"127.0.0.1:{free_port()}")
        found = Doctor(server.address)
        found.says("trackd: deployer", OK, services.address, "connected", "not called yet")
        found.says("trackd: subscriptions", FAILED, "cannot be reached", "refused",
                   "see that the service runs there")
        found.says("trackd: build-service", OK, "built in")
        services.stop()
        waiting.until(lambda: Doctor(server.address).state("trackd: deployer") == FAILED, 60)

    def test_the_last_call_to_a_remote_integration(self, start_server, connect):
        services = Services()
        server = start_server("data", *services.flags("--subscriptions"))
        client = connect(server.address)
        component = client.put_component()
        services.now["GetTier"] = lambda answer, context: context.abort(
            grpc.StatusCode.INTERNAL, "a secret of the service")
        with pytest.raises(grpc.RpcError):
            client.create(component, "v1.0")
        found = Doctor(server.address)
        found.says("trackd: subscriptions", WARNING, "last call failed", "INTERNAL")
        assert "secret" not in str(found.checks)
        services.now.clear()
        client.create(component, "v1.0")
        waiting.until(lambda: Doctor(server.address).state("trackd: subscriptions") == OK, 60)
        Doctor(server.address).says("trackd: subscriptions", OK, "last call was answered")
        services.stop()

    def test_many_who_ask_cost_one_look(self, start_server):
        services = Services()
        server = start_server("data", *services.flags("--deployer"))
        with grpc.insecure_channel(server.address) as channel:
            stub = api.DiagnosticsServiceStub(channel)
            calls = [stub.Diagnose.future(api.DiagnoseRequest(), timeout=30) for _ in range(500)]
            answers = [call.result() for call in calls]
        assert all([c.name for c in one.checks][:3] == PARTS[:3] for one in answers)
        # What was found out is told to all: uptimes differ, checks do not.
        assert len({str(one.checks) for one in answers}) < 20
        services.stop()


class FakeDiagnostics:
    """A trackd, as far as `doctor` can tell, with another clock and another version."""

    def __init__(self, seconds=0.0, version="0.1.0", is_old=False):
        self.seconds, self.version = seconds, version
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
        self.add("AccessService", "WhoAmI", api.WhoAmIRequest, lambda request: api.WhoAmIResponse(
            principal="anonymous"))
        if not is_old:
            self.add("DiagnosticsService", "Diagnose", api.DiagnoseRequest, self.diagnose)
        self.address = "127.0.0.1:%d" % self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def add(self, service, method, request, answer):
        handler = grpc.unary_unary_rpc_method_handler(
            lambda message, context: answer(message), request.FromString,
            lambda message: message.SerializeToString())
        self.server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(
            f"deploymenttrack.v1.{service}", {method: handler})])

    def diagnose(self, request):
        response = api.DiagnoseResponse(version=self.version)
        nanos = time.time_ns() + int(self.seconds * 1e9)
        response.server_time.seconds, response.server_time.nanos = divmod(nanos, 10**9)
        if not request.skip_checks:
            response.checks.add(name="new part\x1b[31m", state=7, explanation="of later versions")
        return response


@contextlib.contextmanager
def fake(**options):
    one = FakeDiagnostics(**options)
    try:
        yield one.address
    finally:
        one.server.stop(None).wait()


class TestOtherServers:
    @pytest.mark.parametrize("seconds, state, words", [
        (0, OK, ["agree"]), (-400, FAILED, ["6 min behind", "NTP"]),
        (7300, FAILED, ["2 h ahead", "NTP"]), (30, WARNING, ["30 s ahead"])])
    def test_clocks(self, seconds, state, words):
        with fake(seconds=seconds) as address:
            Doctor(address).says("clock", state, *words)

    @pytest.mark.parametrize("version, state, word", [
        ("0.1.7", OK, ""), ("0.0.9", WARNING, "update trackd"), ("9.0.0", WARNING,
                                                               "update trackctl")])
    def test_versions(self, version, state, word):
        with fake(version=version) as address:
            found = Doctor(address)
        found.says("versions", state, word, version)
        assert [n for n in found.checks if n.startswith("trackd: new part")]

    def test_an_older_server(self):
        with fake(is_old=True) as address:
            found = Doctor(address)
            found.says("versions", WARNING, "older", "update trackd")
            found.says("clock", UNKNOWN)
            found.says("caller", OK, "anonymous")
            found.says("trackd", UNKNOWN)
            assert trackctl.run("doctor", server=address).code == 0
