"""Who calls: tokens of a file, JSON Web Tokens, Unix sockets and loopback, with grpcio and curl."""

import datetime
import os
import signal
import time

import grpc
import jwt
import pytest
from cryptography import x509
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from support import certificates, raw_h2, tokens, trackctl, waiting
from support.certificates import Authority
from support.client import Client
from support.curl import curl
from support.errors import Refusal, refused
from support.server import run_to_end
from support.stubs import api
from support.tokens import Issuer, KeyServer, bearer

TOKEN = "trackd_" + "A" * 43
OTHER = "trackd_" + "B" * 43


def ask(client, metadata=(), method="get"):
    """A call that needs a caller; its NOT_FOUND means that there was one."""
    request = api.GetDeploymentTrackRequest(component_id="none", deployment_track_id="none")
    client.tracks.GetDeploymentTrack(request, timeout=10, metadata=list(metadata))


def admitted(client, metadata=()):
    with refused("NOT_FOUND"):
        ask(client, metadata)


def denied(client, reason, metadata=(), code="UNAUTHENTICATED"):
    with refused(code, reason):
        ask(client, metadata)


@pytest.fixture(scope="module")
def issuers():
    return {"RS256": Issuer("https://rsa.example"), "ES256": Issuer("https://ec.example", "ES256"),
            "EdDSA": Issuer("https://ed.example", "EdDSA")}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory, issuers):
    """A trackd with tokens and three issuers, over loopback and a Unix socket."""
    from support.server import Server
    folder = tmp_path_factory.mktemp("guarded")
    (folder / "tokens").write_text(
        tokens.line("ci", TOKEN, "groups=deployers")
        + tokens.line("old", OTHER, "expires=2020-01-01T00:00:00Z"))
    entries = []
    for algorithm, issuer in issuers.items():
        (folder / f"{algorithm}.json").write_text(issuer.jwks)
        entries.append({"issuer": issuer.name, "jwks_file": str(folder / f"{algorithm}.json")})
    entries[0]["required_claims"] = [{"claim": "repository", "values": ["example/cart"]},
                                     {"claim": "ref", "values": ["refs/heads/main"]}]
    tokens.config(folder / "auth.yaml", *entries)
    one = Server(folder / "data", "--auth-tokens", str(folder / "tokens"), "--auth-config",
                 str(folder / "auth.yaml"), listen=("127.0.0.1:0", f"unix:{folder}/socket"))
    yield one
    one.stop()


@pytest.fixture
def caller(guarded, connect):
    return connect(guarded.address)


def test_tokens_of_the_file(caller):
    admitted(caller, bearer(TOKEN))
    admitted(caller, [("authorization", f"bEARER  {TOKEN}")])
    denied(caller, "TOKEN_UNKNOWN", bearer(TOKEN + "x"))
    denied(caller, "TOKEN_UNKNOWN", bearer(TOKEN.lower()))
    denied(caller, "TOKEN_EXPIRED", bearer(OTHER))
    for value in ("", "Bearer", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN},Bearer {TOKEN}",
                  f"Bearer {TOKEN} {TOKEN}", f"Bearer {TOKEN} x"):
        denied(caller, "CREDENTIALS_MALFORMED", [("authorization", value)])
    denied(caller, "CREDENTIALS_MALFORMED", bearer(TOKEN) * 2)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_json_web_tokens(caller, issuers, algorithm):
    issuer = issuers[algorithm]
    more = {"repository": "example/cart", "ref": "refs/heads/main"}
    for _ in range(2):
        admitted(caller, bearer(issuer.token(**more)))
    denied(caller, "TOKEN_EXPIRED", bearer(issuer.token(seconds=-61, **more)))
    denied(caller, "TOKEN_NOT_YET_VALID", bearer(issuer.token(nbf=int(time.time()) + 90, **more)))
    denied(caller, "TOKEN_AUDIENCE_WRONG", bearer(issuer.token(aud="other", **more)))
    denied(caller, "TOKEN_ISSUER_UNKNOWN", bearer(issuer.token(iss="https://evil.example", **more)))
    denied(caller, "TOKEN_KEY_UNKNOWN", bearer(issuer.token(header={"kid": "k2"}, **more)))
    denied(caller, "CREDENTIALS_MALFORMED",
           bearer(issuer.token(header={"crit": ["exp"]}, **more)))
    stranger = Issuer(issuer.name, algorithm)
    denied(caller, "TOKEN_SIGNATURE_INVALID", bearer(stranger.token(**more)))
    hmac = jwt.encode({"iss": issuer.name, "sub": "ci", "aud": "trackd", "exp": time.time() + 60},
                      "k" * 32, "HS256", headers={"kid": "k1"})
    denied(caller, "TOKEN_SIGNATURE_INVALID", bearer(hmac))
    denied(caller, "TOKEN_CLAIMS_REFUSED", bearer(issuer.token(sub="", **more)))
    if algorithm == "RS256":
        denied(caller, "TOKEN_CLAIMS_REFUSED", bearer(issuer.token()))
        for claim, wrong in [("repository", "example/Cart"), ("repository", ["x"]),
                             ("ref", "refs/heads/main2"), ("ref", "refs/pull/1/merge"),
                             ("ref", None)]:
            denied(caller, "TOKEN_CLAIMS_REFUSED", bearer(issuer.token(**{**more, claim: wrong})))


def test_a_bad_token_never_falls_back(guarded, caller, connect):
    admitted(caller)
    denied(caller, "TOKEN_UNKNOWN", bearer("wrong"))
    over_socket = connect(guarded.addresses[1])
    admitted(over_socket)
    denied(over_socket, "TOKEN_UNKNOWN", bearer("wrong"))
    # Health answers everybody; reflection does not.
    assert caller.health.Check(health_pb2.HealthCheckRequest(), timeout=10, metadata=bearer("wrong"))
    stub = reflection_pb2_grpc.ServerReflectionStub(caller.channel)
    with refused("UNAUTHENTICATED", "TOKEN_UNKNOWN"):
        list(stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(
            list_services="")]), timeout=10, metadata=bearer("wrong")))


def test_what_a_call_proves_counts_for_no_other_call(guarded, connect, issuers):
    """Every credential behind every other one, on one connection each time: as on a connection of
    its own."""
    token = issuers["ES256"].token
    credentials = {
        "none": ([], "anonymous"),
        "token": (bearer(TOKEN), "token:ci"),
        "JWT": (bearer(token()), "jwt:https://ec.example#ci"),
        "another JWT": (bearer(token("cd")), "jwt:https://ec.example#cd"),
        "expired": (bearer(token(seconds=-3600)), "TOKEN_EXPIRED"),
        "bad": (bearer(Issuer("https://ec.example", "ES256").token()), "TOKEN_SIGNATURE_INVALID"),
        "unknown": (bearer(TOKEN + "x"), "TOKEN_UNKNOWN"),
        "malformed": ([("authorization", "Bearer !")], "CREDENTIALS_MALFORMED"),
        "two": (bearer(TOKEN) * 2, "CREDENTIALS_MALFORMED"),
    }
    client = connect(guarded.address)
    for first, (before, _) in credentials.items():
        for second, (metadata, expected) in credentials.items():
            for fields in (before, metadata):
                answer = name_or_reason(client, fields)
            assert answer == expected, f"{second} behind {first}"


def name_or_reason(client, metadata):
    """The caller's name, or why there is none."""
    try:
        stub = api.AccessServiceStub(client.channel)
        return stub.WhoAmI(api.WhoAmIRequest(), timeout=10, metadata=metadata).principal
    except grpc.RpcError as error:
        refusal = Refusal()
        refusal.fill(error)
        return refusal.reason


@pytest.fixture(scope="module")
def secured(tmp_path_factory, issuers):
    """A trackd that asks for certificates and tokens, and takes calls without either."""
    from support.server import Server
    folder = tmp_path_factory.mktemp("secured")
    authority = Authority(folder)
    own = authority.issue("server", "localhost")
    (folder / "tokens").write_text(
        tokens.line("ci", TOKEN) + tokens.line("old", OTHER, "expires=2020-01-01T00:00:00Z"))
    one = Server(folder / "data", *own.flags, "--tls-client-ca", str(authority.file),
                 "--tls-client-auth", "optional", "--auth-tokens", str(folder / "tokens"))
    one.authority = authority
    yield one
    one.stop()


def who(server, pair=None, metadata=()):
    """The principal of a call over a connection with this certificate."""
    client = Client(f"localhost:{server.port}", credentials=grpc.ssl_channel_credentials(
        server.authority.pem, pair and pair.key, pair and pair.chain))
    try:
        return api.AccessServiceStub(client.channel).WhoAmI(
            api.WhoAmIRequest(), timeout=10, metadata=list(metadata)).principal
    finally:
        client.close()


def test_the_order_of_credentials(secured):
    robot = secured.authority.issue(
        "bot", "spiffe://example.test/bot", "bot.example", usage=certificates.CLIENT)
    assert who(secured) == "anonymous"
    assert who(secured, robot) == "cert:spiffe://example.test/bot"
    # A token goes before the certificate, and a bad one is not made good by it.
    assert who(secured, robot, bearer(TOKEN)) == "token:ci"
    for reason, metadata in (
            ("TOKEN_UNKNOWN", bearer("wrong")), ("TOKEN_EXPIRED", bearer(OTHER)),
            ("CREDENTIALS_MALFORMED", [("authorization", "Basic abc")]),
            ("CREDENTIALS_MALFORMED", bearer(TOKEN) * 2)):
        for pair in (robot, None):
            with refused("UNAUTHENTICATED", reason):
                who(secured, pair, metadata)
    named = secured.authority.issue("named", "bot.example", usage=certificates.CLIENT)
    assert who(secured, named) == "cert:dns:bot.example"
    plain = secured.authority.issue("plain", usage=certificates.CLIENT)
    assert who(secured, plain).startswith("cert:subject:") and "plain" in who(secured, plain)


def test_a_certificate_that_names_nobody(secured):
    authority = secured.authority
    nameless = authority.issue("nameless", usage=certificates.CLIENT, subject=x509.Name([]))
    double = authority.issue("double", "spiffe://example.test/a", "spiffe://example.test/b",
                             usage=certificates.CLIENT)
    for pair in (nameless, double):
        # Its owner is nobody, and not the anonymous caller of loopback.
        with refused("UNAUTHENTICATED", "CREDENTIALS_MISSING"):
            who(secured, pair)
        assert who(secured, pair, bearer(TOKEN)) == "token:ci"


def test_a_message_that_comes_after_the_credential_has_ended(start_server, tmp_path):
    """Headers alone keep no right: it is looked at again when the message is there."""
    brief, removed, kept = (f"trackd_{letter * 43}" for letter in "CDE")

    def write(*lines: str) -> None:
        (tmp_path / "new").write_text("".join(lines))
        (tmp_path / "new").rename(tmp_path / "tokens")

    write(tokens.line("removed", removed), tokens.line("kept", kept))
    server = start_server("data", "--auth-tokens", str(tmp_path / "tokens"))
    path = "/deploymenttrack.v1.DeploymentTrackService/GetDeploymentTrack"
    body = raw_h2.message(api.GetDeploymentTrackRequest(
        component_id="none", deployment_track_id="none").SerializeToString())

    def whoami(token):
        answer = curl(server.address, "POST", "/deploymenttrack.v1.AccessService/WhoAmI",
                      "{}", headers=[f"authorization: Bearer {token}"])
        return answer.status

    with raw_h2.RawConnection(server.connect()) as raw:
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=15)
        write(tokens.line("removed", removed), tokens.line("kept", kept),
              tokens.line("short", brief, end.strftime("expires=%Y-%m-%dT%H:%M:%SZ")))
        waiting.until(lambda: whoami(brief) == 200)
        for number, token in enumerate((brief, removed, kept)):
            raw.headers(1 + 2 * number, raw_h2.request_headers(path, extra=bearer(token)))
        # The server has read them, and answered none.
        raw.send(raw_h2.frame(raw_h2.PING, 0, 0, b"headers?"))
        assert raw.read_until(lambda: raw.pings == 1)
        assert not any(raw.reply(stream).ended for stream in (1, 3, 5))
        opened = time.monotonic()
        write(tokens.line("kept", kept), tokens.line(
            "short", brief, end.strftime("expires=%Y-%m-%dT%H:%M:%SZ")))
        waiting.until(lambda: whoami(brief) == whoami(removed) == 401, 60)
        waiting.until(lambda: time.monotonic() > opened + 1.5)
        assert whoami(kept) == 200
        for number in range(3):
            raw.data(1 + 2 * number, body, end_stream=True)
        assert [raw.answer(stream) for stream in (1, 3, 5)] == [
            "UNAUTHENTICATED", "UNAUTHENTICATED", "NOT_FOUND"]


@pytest.mark.parametrize("http", ["2", "1.1"])
def test_json_routes(guarded, issuers, http):
    route = "/components/none/deployment_tracks/none"
    good = issuers["ES256"].token()
    for field, status, reason in (
            (None, 404, None), (f"Bearer {TOKEN}", 404, None), (f"Bearer {good}", 404, None),
            ("Bearer wrong", 401, "TOKEN_UNKNOWN"), ("Basic YTpi", 401, "CREDENTIALS_MALFORMED")):
        headers = [f"authorization: {field}"] if field else []
        # What a proxy says of its client counts for nothing.
        reply = curl(guarded.address, "GET", route, http=http,
                     headers=[*headers, "x-forwarded-for: 203.0.113.9"])
        assert reply.status == status, reply
        if reason:
            assert reply.error["reason"] == reason
            assert reply.headers["www-authenticate"] == 'bearer realm="trackd", error="invalid_token"'
    twice = curl(guarded.address, "GET", route, http=http,
                 headers=[f"authorization: Bearer {TOKEN}", f"authorization: Bearer {TOKEN}"])
    assert twice.status == 401
    unknown = curl(guarded.address, "GET", "/none", http=http, headers=["authorization: Bearer x"])
    assert unknown.status == 401


def test_the_recorded_actor(guarded, caller, connect, issuers):
    component = caller.put_component()
    issuer = issuers["EdDSA"]
    jwt_name = f"jwt:{issuer.name}#ci"
    for metadata, name, verified, other in (
            (bearer(TOKEN), "token:ci", True, ""),
            (bearer(issuer.token()), jwt_name, True, ""),
            ([*bearer(TOKEN), ("trackd-actor", "ann")], "token:ci", True, "ann"),
            ([("trackd-actor", "token:ci")], "token:ci", False, "")):
        track = caller.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
            component_id=component, branch="main",
            api_version=f"v1.{len(caller.list(component))}"), timeout=10,
            metadata=metadata).deployment_track
        assert track.created_by == name
        caller.tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
            component_id=component, deployment_track_id=track.id, set_environment_variables=[
                api.EnvironmentVariable(name="A", value="1")]), timeout=10, metadata=metadata)
        seen = caller.tracks.ListDeploymentTrackConfigRevisions(
            api.ListDeploymentTrackConfigRevisionsRequest(
                component_id=component, deployment_track_id=track.id), timeout=10)
        revision = seen.config_revisions[0]
        assert (revision.actor, revision.actor_verified, revision.on_behalf_of) == (
            name, verified, other)
    over_socket = connect(guarded.addresses[1])
    made = over_socket.create(component, "v2.0", branch="main")
    assert made.created_by == f"uid:{os.getuid()}"


def test_a_claimed_name_shares_no_request_id_with_a_principal(caller):
    component = caller.put_component()
    fields = {"component_id": component, "branch": "main",
              "request_id": "5b0c1f7e-52f6-4f0b-9d52-0a3f1b1f7a01"}

    def create(version, metadata):
        return caller.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
            api_version=version, **fields), timeout=10, metadata=metadata).deployment_track.id

    first = create("v1.0", bearer(TOKEN))
    assert create("v1.0", bearer(TOKEN)) == first
    # Had it the principal's ids, the id would have been used for another request.
    assert create("v2.0", [("trackd-actor", "token:ci")]) != first


def test_a_stream_ends_with_its_token(caller, issuers):
    component = caller.put_component()
    token = issuers["ES256"].token(seconds=3)
    began = time.monotonic()
    watch = caller.tracks.WatchDeploymentTracks(
        api.WatchDeploymentTracksRequest(component_id=component), timeout=30,
        metadata=bearer(token))
    with refused("UNAUTHENTICATED", "TOKEN_EXPIRED"):
        list(watch)
    assert 1 < time.monotonic() - began < 8


def test_files_are_read_again(start_server, connect, tmp_path):
    swapped = tmp_path / "secret"
    swapped.mkdir()

    def swap(version, text):
        """As Kubernetes replaces a secret."""
        (swapped / version).mkdir()
        (swapped / version / "tokens").write_text(text)
        (swapped / "new").symlink_to(version)
        (swapped / "new").rename(swapped / "..data")

    swap("..1", tokens.line("ci", TOKEN))
    (swapped / "tokens").symlink_to("..data/tokens")
    server = start_server("data", "--auth-tokens", str(swapped / "tokens"))
    client = connect(server.address)
    component = client.put_component()
    admitted(client, bearer(TOKEN))
    watch = client.tracks.WatchDeploymentTracks(
        api.WatchDeploymentTracksRequest(component_id=component), timeout=30,
        metadata=bearer(TOKEN))
    next(iter(watch))

    def is_admitted(token):
        try:
            ask(client, bearer(token))
        except grpc.RpcError as error:
            return error.code() == grpc.StatusCode.NOT_FOUND

    # A broken file changes nothing, and is logged with its place.
    swap("..2", "ci nonsense\n")
    waiting.until(lambda: any("tokens:1:" in record.get("reason", "")
                              for record in server.log_records()))
    assert is_admitted(TOKEN)
    # The next one is taken; whose token has gone may not watch on.
    swap("..3", tokens.line("ci", OTHER))
    waiting.until(lambda: is_admitted(OTHER))
    assert not is_admitted(TOKEN)
    with refused("UNAUTHENTICATED", "TOKEN_UNKNOWN"):
        list(watch)
    # SIGHUP has them read at once, and ends nothing.
    before = len(server.log_records())
    server.process.send_signal(signal.SIGHUP)
    waiting.until(lambda: any(record["message"] == "the credentials were read again"
                              for record in server.log_records()[before:]))
    assert is_admitted(OTHER)


def test_keys_over_https(start_server, connect, tmp_path):
    issuer = Issuer("https://issuer.example", "ES256")
    keys = KeyServer(issuer, tmp_path)
    try:
        path = tokens.config(tmp_path / "auth.yaml", {
            "issuer": issuer.name, "jwks_url": keys.url, "ca_file": str(keys.ca)})
        server = start_server("data", "--auth-config", str(path))
        client = connect(server.address)
        admitted(client, bearer(issuer.token()))
        assert keys.requests == 1
        # Unknown keys are asked for, but not for each call.
        for number in range(5):
            denied(client, "TOKEN_KEY_UNKNOWN", bearer(issuer.token(header={"kid": f"x{number}"})))
        assert keys.requests <= 2
        admitted(client, bearer(issuer.token()))
    finally:
        keys.stop()


def test_keys_that_do_not_come_keep_nobody_waiting(start_server, connect, tmp_path):
    issuer = Issuer("https://issuer.example", "ES256")
    keys = KeyServer(issuer, tmp_path)
    try:
        path = tokens.config(tmp_path / "auth.yaml", {
            "issuer": issuer.name, "jwks_url": keys.url, "ca_file": str(keys.ca)})
        # One loop: all calls would wait with the one that asks.
        server = start_server("data", "--auth-config", str(path), "--loops", "1")
        client = connect(server.address)
        known = bearer(issuer.token())
        admitted(client, known)
        keys.answers.clear()
        issuer.add_key("k2", "ES256")
        new = bearer(issuer.token())
        denied(client, "TOKEN_KEY_UNKNOWN", new)
        # Keys are asked for again after a pause, not for each token.
        waiting.until(lambda: keys.requests == 2, 60)
        for _ in range(50):
            admitted(client)
            admitted(client, known)
            denied(client, "TOKEN_KEY_UNKNOWN", new)
        keys.answers.set()
        waiting.until(lambda: name_or_reason(client, new) == "jwt:https://issuer.example#ci", 60)
    finally:
        keys.answers.set()
        keys.stop()


def test_keys_that_cannot_be_fetched(start_server, connect, tmp_path):
    issuer = Issuer("https://issuer.example", "ES256")
    keys = KeyServer(issuer, tmp_path)
    try:
        # No redirect is followed, and no certificate taken that the CA has not signed.
        keys.answer = (302, {"location": keys.url + "2"}, b"")
        path = tokens.config(
            tmp_path / "auth.yaml",
            {"issuer": issuer.name, "jwks_url": keys.url, "ca_file": str(keys.ca)},
            {"issuer": "https://other.example", "jwks_url": keys.url})
        server = start_server("data", "--auth-config", str(path))
        client = connect(server.address)
        denied(client, "ISSUER_KEYS_UNAVAILABLE", bearer(issuer.token()), code="UNAVAILABLE")
        reasons = {}

        def both_are_told():
            reasons.update({record["issuer"]: record["reason"]
                            for record in server.log_records() if "issuer" in record})
            return len(reasons) == 2

        waiting.until(both_are_told)
        assert "302" in reasons[issuer.name] and keys.requests == 1
        assert "certificate" in reasons["https://other.example"]
    finally:
        keys.stop()


def test_the_authority_of_an_issuers_server(start_server, connect, tmp_path):
    """`ca_file` alone says whom keys are taken from; the last good ones are kept."""
    issuer = Issuer("https://issuer.example", "ES256")
    keys = KeyServer(issuer, tmp_path)
    wrong = Authority(tmp_path, "stranger")
    try:
        trusted = tmp_path / "trusted.pem"
        trusted.write_bytes(wrong.pem)
        path = tokens.config(tmp_path / "auth.yaml", {
            "issuer": issuer.name, "jwks_url": keys.url, "ca_file": str(trusted)})
        server = start_server("data", "--auth-config", str(path))
        client = connect(server.address)

        def failures():
            return [record["reason"] for record in server.log_records()
                    if record["message"].startswith("the keys of an issuer cannot be fetched")]

        waiting.until(failures)
        assert "certificate" in failures()[0] and not keys.requests
        denied(client, "ISSUER_KEYS_UNAVAILABLE", bearer(issuer.token()), code="UNAVAILABLE")
        # The right one: taken with the next attempt.
        trusted.write_bytes(keys.ca.read_bytes())
        waiting.until(lambda: keys.requests == 1, 60)
        waiting.until(lambda: is_known(client, issuer.token()))
        # The wrong one again: a token with an unknown key asks for new keys, in vain.
        trusted.write_bytes(wrong.pem)
        before = len(failures())
        denied(client, "TOKEN_KEY_UNKNOWN", bearer(issuer.token(header={"kid": "new"})))
        waiting.until(lambda: len(failures()) > before, 60)
        assert keys.requests == 1
        admitted(client, bearer(issuer.token("somebody else")))
    finally:
        keys.stop()


def is_known(client, token) -> bool:
    try:
        ask(client, bearer(token))
    except grpc.RpcError as error:
        return error.code() == grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("text, place", [
    ("ci nonsense\n", ":1:"), ("# a\nci sha256:00\n", ":2:"), (None, "cannot be read")])
def test_a_broken_file_keeps_it_from_starting(tmp_path, text, place):
    path = tmp_path / "tokens"
    if text:
        path.write_text(text)
    code, _, errors = run_to_end("serve", "--data", str(tmp_path / "data"), "--listen",
                                 "127.0.0.1:0", "--auth-tokens", str(path))
    assert code == 1 and f"{path}" in errors and place in errors, errors
    assert "nonsense" not in errors


def test_a_file_that_others_may_write_keeps_it_from_starting(tmp_path):
    path = tmp_path / "tokens"
    path.write_text(tokens.line("ci", TOKEN))
    path.chmod(0o666)
    code, _, errors = run_to_end("serve", "--data", str(tmp_path / "data"), "--listen",
                                 "127.0.0.1:0", "--auth-tokens", str(path))
    assert code == 1 and "others than its owner may write it" in errors


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0"])
def test_an_open_address_needs_credentials(start_server, tmp_path, address):
    code, _, errors = run_to_end("serve", "--data", str(tmp_path / "none"), "--listen", address)
    assert code == 1 and "--insecure-no-auth" in errors and address in errors
    assert not (tmp_path / "none").exists()
    server = start_server("open", "--insecure-no-auth", listen=(address,))
    assert any(record["level"] == "warning" and "everybody may do everything" in record["message"]
               for record in server.log_records())


def test_trackctl_sends_a_token(guarded, tmp_path):
    made = trackctl.run("auth", "token", "ada")
    token, line = made.out.splitlines()
    assert line == tokens.line("ada", token).strip().replace(" ", "  ", 1)
    assert trackctl.run("auth", "token", "a b").code == 2
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    good = trackctl.run("catalog", "list", "organizations", "--token-file", str(path),
                        server=guarded.address)
    assert good.code == 0, good.err
    path.write_text("wrong\n")
    bad = trackctl.run("catalog", "list", "organizations", server=guarded.address,
                       TRACKCTL_TOKEN_FILE=str(path))
    assert bad.code != 0 and "not known" in bad.err and "wrong" not in bad.err
    far = trackctl.run("catalog", "list", "organizations", "--token-file", str(path),
                       server="192.0.2.1:50051")
    assert far.code == 2 and "--insecure" in far.err
