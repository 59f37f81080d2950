"""Web pages: none may call that is not named, and none may pass for trackd's own.

Each test runs on every version of HTTP that a browser could use.
"""

import pytest

from support.curl import VERSIONS, curl
from support.server import run_to_end

PAGE, LOCAL_PAGE, EVIL = "https://ui.example", "http://localhost:3000", "https://evil.example"


@pytest.fixture(scope="module", params=sorted(VERSIONS))
def http(request) -> str:
    return request.param


@pytest.fixture
def guarded(start_server):
    """A trackd that two pages may call, and that has two more names."""
    return start_server("data", "--cors-origin", PAGE, "--cors-origin", LOCAL_PAGE,
                        "--allowed-hosts", "trackd.example,*.svc.local")


@pytest.fixture
def track(client) -> str:
    """The path of the only track of a component."""
    component = client.put_component()
    made = client.create(component, "v1.0", description="as it was")
    return f"/components/{component}/deployment_tracks/{made.id}"


def origin(value: str) -> str:
    return f"origin: {value}"


def refused(reply, reason: str) -> None:
    assert reply.status == 403, reply
    assert reply.error["reason"] == reason and reply.error["status"] == "PERMISSION_DENIED"
    assert not [name for name in reply.headers if name.startswith("access-control")], reply


def named(server, host: str, path="/organizations?page_size=1", **options):
    """A request to a name that leads to the server, as a name that was turned around does."""
    return curl(f"{host}:{server.port}", "GET", path, arguments=[
        "--resolve", f"{host}:{server.port}:127.0.0.1"], **options)


# Pages that are not named.

def state(server, track: str, http: str) -> list[str]:
    replies = [curl(server.address, "GET", path, http=http)
               for path in (track.rsplit("/", 1)[0], track + "/configs", track + "/deployments")]
    assert {reply.status for reply in replies} == {200}
    return [reply.text for reply in replies]


@pytest.mark.parametrize("page", [EVIL, "null", "http://127.0.0.1", PAGE, ""])
def test_a_page_changes_nothing(server, track, http, page):
    """What a page may send without asking: text and forms, and requests without a body. Then what
    it may not, from a browser that does not ask."""
    before = state(server, track, http)
    tracks, body = track.rsplit("/", 1)[0], '{"apiVersion": "v6.6", "branch": "main"}'
    # curl leaves out a field without a value, unless it is written so.
    sent = {"http": http, "headers": [origin(page) if page else "origin;"]}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                 "text/plain;application/json", "", "application/json"):
        refused(curl(server.address, "POST", tracks, body, content_type=kind, **sent),
                "ORIGIN_NOT_ALLOWED")
    for method, path in (("POST", track + "/rollback"), ("POST", tracks), ("DELETE", track),
                         ("PUT", track), ("GET", tracks), ("PATCH", tracks), ("OPTIONS", tracks)):
        refused(curl(server.address, method, path, **sent), "ORIGIN_NOT_ALLOWED")
    assert state(server, track, http) == before


def test_a_form_without_an_origin_changes_nothing_either(server, track, http):
    before = state(server, track, http)
    for method in ("POST", "PUT", "DELETE"):
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                     "text/plain;application/json", "application/json;charset=utf-16", ""):
            path = track if method != "POST" else track.rsplit("/", 1)[0]
            reply = curl(server.address, method, path, '{"apiVersion": "v6.6"}', http=http,
                         content_type=kind)
            assert (reply.status, reply.error["reason"]) == (415, "UNSUPPORTED_BODY"), reply
    assert state(server, track, http) == before


def test_the_message_names_the_flag(server, http):
    reply = curl(server.address, "GET", "/organizations", headers=[origin(EVIL)], http=http)
    assert EVIL in reply.error["message"] and "--cors-origin" in reply.error["message"]
    reply = named(server, "evil.example", http=http)
    assert "evil.example" in reply.error["message"] and "--allowed-hosts" in reply.error["message"]


def test_the_paths_of_grpc_are_closed_to_pages(server, http):
    path = "/deploymenttrack.v1.DeploymentTrackService/RollBackDeploymentTrack"
    kinds = ["application/grpc-web+proto", "application/json", "application/proto"]
    # gRPC itself is for HTTP/2 alone.
    for kind in kinds + ["application/grpc"] * (http == "2"):
        refused(curl(server.address, "POST", path, b"\0\0\0\0\0", content_type=kind,
                     headers=[origin(EVIL)], http=http), "ORIGIN_NOT_ALLOWED")


# Pages that are named.

@pytest.mark.parametrize("page", [PAGE, LOCAL_PAGE, "HTTPS://UI.Example:443"])
def test_a_page_that_is_named_may_call(guarded, http, page):
    reply = curl(guarded.address, "PUT", "/organizations/acme",
                 {"organization": {"tier": "ORGANIZATION_TIER_FREE"}}, headers=[origin(page)],
                 http=http)
    assert reply.status == 200
    # Names and values of curl's replies are in lower case.
    assert reply.headers["access-control-allow-origin"] == page.lower()
    assert reply.headers["vary"] == "origin"
    assert {"grpc-status", "grpc-message", "grpc-status-details-bin"} <= set(
        reply.headers["access-control-expose-headers"].split(", "))
    assert "access-control-allow-credentials" not in reply.headers
    missing = curl(guarded.address, "GET", "/organizations/nothing", headers=[origin(page)],
                   http=http)
    assert missing.status == 404
    assert missing.headers["access-control-allow-origin"] == page.lower()


@pytest.mark.parametrize("page", ["http://ui.example", PAGE + ":444", PAGE + ".evil.example",
                                  "https://a.ui.example", "http://localhost:3001", "null",
                                  f"{PAGE}, {PAGE}", PAGE + "/"])
def test_a_page_that_is_almost_named_may_not(guarded, http, page):
    refused(curl(guarded.address, "GET", "/organizations", headers=[origin(page)], http=http),
            "ORIGIN_NOT_ALLOWED")


def test_without_a_page_an_answer_says_that_pages_get_another(guarded, server, http):
    reply = curl(guarded.address, "GET", "/organizations", http=http)
    assert reply.status == 200 and reply.headers["vary"] == "origin"
    assert "access-control-allow-origin" not in reply.headers
    assert "vary" not in curl(server.address, "GET", "/organizations", http=http).headers


def test_an_asterisk_is_every_page(start_server, http):
    server = start_server("data", "--cors-origin", "*")
    for page in (EVIL, "null"):
        reply = curl(server.address, "GET", "/organizations", headers=[origin(page)], http=http)
        assert reply.status == 200 and reply.headers["access-control-allow-origin"] == "*"


# A browser asks.

def ask(server, page: str, http: str, method="PUT", *more: str, path="/organizations/acme"):
    return curl(server.address, "OPTIONS", path, http=http, headers=[
        origin(page), f"access-control-request-method: {method}",
        "access-control-request-headers: content-type,trackd-actor", *more])


@pytest.mark.parametrize("path", ["/organizations/acme", "/nothing",
                                  "/deploymenttrack.v1.CatalogService/GetOrganization"])
def test_a_browser_that_asks_is_told(guarded, http, path):
    reply = ask(guarded, PAGE, http, path=path)
    assert reply.status == 204 and reply.text == ""
    assert "content-length" not in reply.headers
    assert reply.headers["access-control-allow-origin"] == PAGE
    assert "PUT" in reply.headers["access-control-allow-methods"].upper().split(", ")
    assert {"content-type", "trackd-actor", "x-grpc-web", "connect-protocol-version"} <= set(
        reply.headers["access-control-allow-headers"].split(", "))
    assert int(reply.headers["access-control-max-age"]) > 0
    assert reply.headers["vary"] == "origin"


def test_a_browser_that_asks_for_another_page_is_told_nothing(guarded, server, http):
    for one, page in ((guarded, EVIL), (guarded, "null"), (server, PAGE)):
        refused(ask(one, page, http), "ORIGIN_NOT_ALLOWED")


def test_a_private_network_is_for_pages_that_are_named(guarded, start_server, http):
    question = "access-control-request-private-network: true"
    name = "access-control-allow-private-network"
    assert ask(guarded, PAGE, http, "PUT", question).headers[name] == "true"
    assert name not in ask(guarded, PAGE, http).headers
    anybody = start_server("other", "--cors-origin", "*")
    assert name not in ask(anybody, PAGE, http, "PUT", question).headers


def test_options_that_ask_nothing_are_a_method_as_any_other(guarded, http):
    for headers in ([], [origin(PAGE)]):
        reply = curl(guarded.address, "OPTIONS", "/organizations/acme", headers=headers, http=http)
        assert reply.status == 405 and reply.headers["allow"]


# Names that were turned around to loopback.

@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example",
                                  "127.0.0.1.evil.example", "trackd.example.evil.example"])
def test_a_name_that_is_not_the_servers_gets_nothing(guarded, http, host):
    refused(named(guarded, host, http=http), "HOST_NOT_ALLOWED")
    # The page and the server are one origin, then.
    refused(curl(f"{host}:{guarded.port}", "POST", "/organizations/acme", {}, http=http,
                 headers=[origin(f"http://{host}:{guarded.port}")], arguments=[
                     "--resolve", f"{host}:{guarded.port}:127.0.0.1"]), "HOST_NOT_ALLOWED")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "a.localhost", "trackd.example",
                                  "Trackd.Example", "trackd.ns.svc.local"])
def test_a_name_of_the_server_is_taken(guarded, http, host):
    assert named(guarded, host, http=http).status == 200


def test_an_address_of_loopback_is_taken(start_server, http):
    server = start_server(listen=("127.0.0.1:0", "[::1]:0"))
    for address in server.addresses:
        assert curl(address, "GET", "/organizations", http=http).status == 200
    port = server.port
    assert curl(f"127.0.0.1:{port}", "GET", "/organizations", headers=["host: 127.9.9.9"],
                http=http).status == 200
    # In HTTP/1 the last of them is no host at all.
    for host in ("0.0.0.0", "10.0.0.1", "127.0.0.1@evil.example")[:3 if http == "2" else 2]:
        refused(curl(server.address, "GET", "/organizations", headers=[f"host: {host}"],
                     http=http), "HOST_NOT_ALLOWED")


def test_a_unix_socket_has_any_name(start_server, tmp_path, http):
    path = tmp_path / "s"
    start_server(listen=(f"unix:{path}",))
    for host in ("localhost", "evil.example"):
        assert curl(host, "GET", "/organizations", http=http,
                    arguments=["--unix-socket", str(path)]).status == 200
    refused(curl("localhost", "GET", "/organizations", http=http, headers=[origin(EVIL)],
                 arguments=["--unix-socket", str(path)]), "ORIGIN_NOT_ALLOWED")


def test_grpc_may_name_any_host(server, connect):
    client = connect(server.address, [("grpc.default_authority", "evil.example")])
    assert client.put_component()


# Operation.

def test_what_is_refused_is_in_the_log(start_server, http):
    server = start_server("data", "--cors-origin", PAGE)
    curl(server.address, "POST", "/organizations", headers=[origin(EVIL)], http=http)
    named(server, "evil.example", http=http)
    ask(server, PAGE, http)
    server.stop()
    calls = [one for one in server.log_records() if one["message"] == "call"]
    assert [(one["http_method"], one["http_status"], one.get("status", "")) for one in calls] == [
        ("POST", 403, f"the origin {EVIL} is not allowed"),
        ("GET", 403, f"the host evil.example:{server.port} is not allowed"), ("OPTIONS", 204, "")]


def test_lists_come_from_the_environment_too(start_server, http):
    server = start_server(environment={"TRACKD_CORS_ORIGIN": f"{PAGE},{LOCAL_PAGE}",
                                       "TRACKD_ALLOWED_HOSTS": "a.example,b.example"})
    for page in (PAGE, LOCAL_PAGE):
        assert curl(server.address, "GET", "/organizations", headers=[origin(page)],
                    http=http).status == 200
    for host in ("a.example", "b.example"):
        assert named(server, host, http=http).status == 200


@pytest.mark.parametrize("flag, value", [
    ("--cors-origin", "ui.example"), ("--cors-origin", PAGE + "/"), ("--cors-origin", "null"),
    ("--allowed-hosts", "trackd.example:50051"), ("--allowed-hosts", "http://trackd.example")])
def test_a_value_that_is_none_is_refused_at_the_start(flag, value, tmp_path):
    code, out, err = run_to_end("serve", "--data", str(tmp_path / "data"), flag, value)
    assert code == 2 and out == "" and err.count("\n") == 1
    assert f"{flag}: '{value}' is not valid; expected " in err
