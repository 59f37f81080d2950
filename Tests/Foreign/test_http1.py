"""The JSON routes over HTTP/1.1: clients and proxies that know nothing of gRPC, and requests that
two readers could read in two ways."""

import collections
import concurrent.futures
import http.client
import json
import signal
import socket
import subprocess
import threading
import time

import pytest

from support.client import unique
from support.curl import curl
from support.proxies import HTTP1_KINDS, Proxy
from support.waiting import until

JSON = {"content-type": "application/json"}
#: The body of a PUT of an organization.
ORGANIZATION = {"organization": {"tier": "ORGANIZATION_TIER_FREE"}}


def connection(server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)


def ask(one: http.client.HTTPConnection, method: str, path: str, body=None, **options):
    """Makes a request. Returns the response, and its JSON."""
    if isinstance(body, dict):
        body = json.dumps(body)
    one.request(method, path, body, headers=JSON if body is not None else {}, **options)
    reply = one.getresponse()
    text = reply.read()
    return reply, json.loads(text) if text else None


def put(one, organization: str):
    reply, _ = ask(one, "PUT", f"/organizations/{organization}", ORGANIZATION)
    assert reply.status == 200


# Clients.

def test_curl_needs_no_flag(server):
    path = f"/organizations/{unique('org')}"
    argv = ["curl", "--silent", "--show-error", "--fail", "--max-time", "20"]
    subprocess.run([*argv, "-X", "PUT", f"{server.address}{path}", "-H",
                    "content-type: application/json", "-d", json.dumps(ORGANIZATION)], check=True,
                   capture_output=True)
    done = subprocess.run([*argv, f"{server.address}{path}"], check=True, capture_output=True)
    assert json.loads(done.stdout)["organization"]["id"] == path.rsplit("/", 1)[1]


@pytest.mark.parametrize("arguments", [["--http2"], ["--header", "expect: 100-continue"]],
                         ids=["an upgrade is passed over", "expect"])
def test_curl_asks_for_more(server, arguments):
    path = f"/organizations/{unique('org')}"
    done = subprocess.run(
        ["curl", "--silent", "--show-error", "--verbose", "--max-time", "20", *arguments, "-X",
         "PUT", f"http://{server.address}{path}", "-H", "content-type: application/json", "-d",
         json.dumps(ORGANIZATION)],
        check=True, capture_output=True, text=True)
    assert "HTTP/1.1 200 OK" in done.stderr
    assert ("HTTP/1.1 100 Continue" in done.stderr) == (arguments[0] != "--http2")
    assert curl(server.address, "GET", path, http="1.1").status == 200


ASKS = ["--header", "expect: 100-continue"]


def asked(server, path, http, *arguments, method="PUT"):
    """What curl says of a request with a body for which it asks."""
    versions = {"1.1": [], "2": ["--http2-prior-knowledge"]}
    return subprocess.run(
        ["curl", "--silent", "--verbose", "--max-time", "20", *versions[http], *ASKS,
         # Far longer than the test may take: without leave there is no body.
         "--expect100-timeout", "60", "-X", method, f"http://{server.address}{path}",
         "-d", json.dumps(ORGANIZATION), *arguments],
        capture_output=True, text=True).stderr


@pytest.mark.parametrize("http", ["1.1", "2"])
def test_a_body_that_is_wanted_may_come_at_once(server, http):
    said = asked(server, f"/organizations/{unique('org')}", http, "-H",
                 "content-type: application/json")
    assert f"HTTP/{http} 100" in said and f"HTTP/{http} 200" in said, said
    said = asked(server, "/deploymenttrack.v1.CatalogService/PutOrganization", http, "-H",
                 "content-type: application/json", method="POST")
    assert f"HTTP/{http} 100" in said, said


@pytest.mark.parametrize("http", ["1.1", "2"])
@pytest.mark.parametrize("status, method, path, arguments", [
    (404, "PUT", "/nowhere", ("-H", "content-type: application/json")),
    (405, "PATCH", "/organizations/o", ("-H", "content-type: application/json")),
    (415, "PUT", "/organizations/o", ("-H", "content-type: text/plain")),
    (415, "POST", "/deploymenttrack.v1.CatalogService/PutOrganization",
     ("-H", "content-type: text/plain")),
    (415, "POST", "/deploymenttrack.v1.CatalogService/PutOrganization",
     ("-H", "content-type: application/grpc-web+xml")),
    (400, "PUT", "/organizations/%zz", ("-H", "content-type: application/json"))])
def test_a_body_that_nobody_wants_need_not_come(server, http, status, method, path, arguments):
    said = asked(server, path, http, "--path-as-is", *arguments, method=method)
    assert f"HTTP/{http} {status}" in said and f"HTTP/{http} 100" not in said, said
    assert ("< accept-post: application/" in said.lower()) == (status == 415), said


@pytest.mark.parametrize("http", ["1.1", "2"])
@pytest.mark.parametrize("status, method, path, kind", [
    (401, "PUT", "/organizations/o", "application/json"),
    (401, "POST", "/deploymenttrack.v1.CatalogService/PutOrganization", "application/json"),
    (200, "POST", "/deploymenttrack.v1.CatalogService/PutOrganization",
     "application/grpc-web+proto")])
def test_a_caller_without_a_right_need_not_send_a_body(server, http, status, method, path, kind):
    said = asked(server, path, http, "-H", f"content-type: {kind}", "-H",
                 "authorization: Bearer wrong", method=method)
    assert f"HTTP/{http} {status}" in said and f"HTTP/{http} 100" not in said, said
    # gRPC-Web says in a field of its own how the call ended.
    assert ("< grpc-status: 16" in said.lower()) == (status == 200), said


def test_http1_0(server):
    reply = curl(server.address, "GET", "/organizations?page_size=1", http="1.0")
    assert reply.status == 200 and reply.headers["connection"] == "close"
    assert "transfer-encoding" not in reply.headers


def test_a_connection_is_used_again_and_again(server):
    one = connection(server)
    one.connect()
    sock = one.sock
    for _ in range(50):
        organization = unique("org")
        put(one, organization)
        reply, found = ask(one, "GET", f"/organizations/{organization}")
        assert reply.status == 200 and found["organization"]["id"] == organization
        assert int(reply.headers["content-length"]) > 0 and reply.headers["date"]
        assert ask(one, "GET", "/nothing")[0].status == 404
        reply, nothing = ask(one, "HEAD", f"/organizations/{organization}")
        assert reply.status == 200 and nothing is None and int(reply.headers["content-length"]) > 0
        assert one.sock is sock
    one.close()


def test_a_body_in_chunks(server):
    one = connection(server)
    organization = unique("org")
    text = json.dumps(ORGANIZATION).encode()
    reply, _ = ask(one, "PUT", f"/organizations/{organization}",
                   iter([text[:1], text[1:9], text[9:]]), encode_chunked=True)
    assert reply.status == 200
    assert ask(one, "GET", f"/organizations/{organization}")[0].status == 200
    one.close()


def test_a_body_over_the_limit_is_told_so(server):
    one = connection(server)
    reply, error = ask(one, "PUT", f"/organizations/{unique('org')}", b" " * (5 << 18))
    assert reply.status == 413 and error["error"]["reason"] == "BODY_TOO_LARGE"
    one.close()


def test_grpc_itself_needs_http2(server):
    reply = curl(server.address, "POST", "/grpc.health.v1.Health/Check", b"\0\0\0\0\0",
                 content_type="application/grpc", http="1.1")
    assert reply.status == 505
    assert reply.text == (
        "This port speaks HTTP/2 only, without upgrade: use a gRPC client, or HTTP/2 with prior "
        "knowledge (curl --http2-prior-knowledge).\n")


def test_a_client_that_ends_its_half_gets_its_answer(server):
    """As `nc -N` does; Go's and nginx's servers take it for gone."""
    one = connection(server)
    organization = unique("org")
    put(one, organization)
    one.close()
    with server.connect() as sock:
        sock.sendall(
            f"GET /organizations/{organization} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        sock.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: sock.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n") and organization.encode() in answer


def test_the_larger_a_header_list_the_more_of_them_are_refused(server):
    """As over HTTP/2: 8 KiB always pass, of 12 KiB about half, and 16 KiB never."""
    def refused(value_bytes: int) -> int:
        statuses = []
        for _ in range(100):
            one = connection(server)
            one.request("GET", "/nothing", headers={"x-a": "v" * value_bytes})
            statuses.append(one.getresponse().status)
            one.close()
        assert set(statuses) <= {404, 431}
        return statuses.count(431)
    assert refused(7_000) == 0
    assert 10 <= refused(12_000) <= 90
    assert refused(16_384) == 100


def test_many_clients_at_once(server):
    def work(number):
        one = connection(server)
        try:
            for _ in range(30):
                organization = unique("org")
                put(one, organization)
                assert ask(one, "GET", f"/organizations/{organization}")[0].status == 200
        finally:
            one.close()

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))


def test_requests_in_one_segment_are_answered_in_their_order(server):
    one = connection(server)
    names = [unique("org") for _ in range(20)]
    for name in names:
        put(one, name)
    one.close()
    requests = b"".join(
        f"GET /organizations/{name} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for name in names)
    with server.connect() as sock:
        sock.sendall(requests)
        reader = sock.makefile("rb")
        for name in names:
            assert reader.readline() == b"HTTP/1.1 200 OK\r\n"
            fields = http.client.parse_headers(reader)
            assert json.loads(reader.read(int(fields["content-length"])))[
                "organization"]["id"] == name


# Proxies.

@pytest.fixture(params=HTTP1_KINDS)
def proxy(request, tmp_path):
    """Starts a proxy before a trackd."""
    started = []

    def start(server) -> Proxy:
        started.append(Proxy(request.param, tmp_path / "proxy", [server.port], 20))
        return started[-1]

    yield start
    for one in started:
        one.stop()


def test_requests_get_through_a_proxy(proxy, start_server):
    before = proxy(start_server())
    one = connection(before)
    for _ in range(20):
        organization = unique("org")
        put(one, organization)
        reply, found = ask(one, "GET", f"/organizations/{organization}")
        assert reply.status == 200 and found["organization"]["id"] == organization
        assert ask(one, "HEAD", f"/organizations/{organization}")[0].status == 200
        assert ask(one, "GET", "/nothing")[0].status == 404
    text = json.dumps(ORGANIZATION).encode()
    reply, _ = ask(one, "PUT", f"/organizations/{unique('org')}", iter([text[:5], text[5:]]),
                   encode_chunked=True)
    assert reply.status == 200
    reply, error = ask(one, "PUT", f"/organizations/{unique('org')}", b" " * (5 << 18))
    assert reply.status == 413 and error["error"]["reason"] == "BODY_TOO_LARGE"
    one.close()


def test_a_proxy_uses_its_connections_again(proxy, start_server):
    server = start_server("data", "--log-level", "debug")
    before = proxy(server)
    one = connection(before)
    for _ in range(50):
        assert ask(one, "GET", "/organizations")[0].status == 200
    one.close()
    server.stop()
    opened = [r for r in server.log_records() if r["message"] == "connection opened"]
    # The proxy's own probe of the port may be one more.
    assert 1 <= len(opened) <= 4


# Requests that two readers could read in two ways.

def hidden(organization: str) -> bytes:
    body = json.dumps(ORGANIZATION).encode()
    return (f"PUT /organizations/{organization} HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            ).encode() + body


def smuggled(lines: bytes, body: bytes) -> bytes:
    return b"POST /organizations HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n\r\n" + body


#: The bytes before a request that must not be run, and the answer to them.
SMUGGLING = {
    "length, then chunks": (400, b"Content-Length: 4\r\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
    "chunks, then length": (400, b"Transfer-Encoding: chunked\r\nContent-Length: 5", b"0\r\n\r\n"),
    "two lengths": (400, b"Content-Length: 0\r\nContent-Length: 44", b""),
    "one length twice": (400, b"Content-Length: 0\r\nContent-Length: 0", b""),
    "a list of lengths": (400, b"Content-Length: 0, 44", b""),
    "a length above all": (413, b"Content-Length: 99999999999999999999", b""),
    "a signed length": (400, b"Content-Length: +0", b""),
    "a blank before the colon": (400, b"Content-Length : 44", b""),
    "a coding in quotes": (400, b'Transfer-Encoding: "chunked"', b"0\r\n\r\n"),
    "an unknown coding": (501, b"Transfer-Encoding: xchunked", b"0\r\n\r\n"),
    "a coding with a tab of its own": (400, b"Transfer-Encoding:\x0bchunked", b"0\r\n\r\n"),
    "a folded coding": (400, b"Transfer-Encoding:\r\n chunked", b"0\r\n\r\n"),
    "a folded length": (400, b"X: y\r\n Content-Length: 44", b""),
    "a line feed alone": (400, b"X: y\nContent-Length: 44", b""),
    "a carriage return alone": (400, b"X: y\rContent-Length: 44", b""),
    "NUL in a name": (400, b"Content-Length\0: 44", b""),
    "a chunk in another base": (400, b"Transfer-Encoding: chunked", b"0x0\r\n\r\n"),
    "a chunk with a blank": (400, b"Transfer-Encoding: chunked", b"0 \r\n\r\n"),
    "a chunk that ends in LF": (400, b"Transfer-Encoding: chunked", b"0\n\r\n"),
    "an extension with LF": (400, b"Transfer-Encoding: chunked", b"0;\nx\r\n\r\n"),
    "a chunk that is too short": (400, b"Transfer-Encoding: chunked", b"1\r\nab\r\n0\r\n\r\n"),
    "a trailer that ends in LF": (400, b"Transfer-Encoding: chunked", b"0\r\nx: y\n\r\n"),
    "a number that wraps": (400, b"Transfer-Encoding: chunked", b"10000000000000000\r\n\r\n"),
}


@pytest.mark.parametrize("where", ["first", "second"])
@pytest.mark.parametrize("row", SMUGGLING)
def test_nothing_behind_a_bad_request_is_run(server, row, where):
    status, lines, body = SMUGGLING[row]
    organization = unique("org")
    good = b"GET /organizations?page_size=1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    data = (good if where == "second" else b"") + smuggled(lines, body) + hidden(organization)
    got = b""
    with server.connect() as sock:
        sock.sendall(data)
        while chunk := sock.recv(65536):
            got += chunk
    statuses = [part.split()[0] for part in got.split(b"HTTP/1.1 ")[1:]]
    assert statuses == ([b"200"] if where == "second" else []) + [str(status).encode()], got
    assert curl(server.address, "GET", f"/organizations/{organization}").status == 404


@pytest.mark.parametrize("first, status", [
    (b"\r\nGET", 200), (b"get", 405), (b"g\xc3\xa9t", 400), (b"\r\n\r\nGET", 400)],
    ids=["line", "small", "other", "lines"])
def test_a_request_is_one_however_it_begins(server, first, status):
    with server.connect() as sock:
        sock.sendall(first + b" /organizations?page_size=1 HTTP/1.1\r\nHost: localhost\r\n"
                             b"Connection: close\r\n\r\n")
        got = sock.makefile("rb").readline()
    assert got.startswith(f"HTTP/1.1 {status} ".encode()), got


@pytest.mark.parametrize("zeros", [1, 30])
def test_zeros_before_a_length_count_for_nothing(server, zeros):
    organization = unique("org")
    request = hidden(organization).replace(b"Content-Length: ", b"Content-Length: " + b"0" * zeros)
    with server.connect() as sock:
        sock.sendall(request)
        assert sock.makefile("rb").readline().startswith(b"HTTP/1.1 200 ")


def test_the_same_bytes_without_the_fault_are_run(server):
    organization = unique("org")
    with server.connect() as sock:
        sock.sendall(smuggled(b"Transfer-Encoding: chunked", b"0\r\n\r\n") + hidden(organization))
        reader = sock.makefile("rb")
        for _ in range(2):
            reader.readline()
            reader.read(int(http.client.parse_headers(reader)["content-length"]))
    assert curl(server.address, "GET", f"/organizations/{organization}").status == 200


# The end.

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_hand_is_answered_when_the_server_stops(start_server, number):
    server = start_server()
    organization = unique("org")
    data = hidden(organization)
    with server.connect() as busy, server.connect() as idle, server.connect() as begun:
        for sock in (busy, idle):
            sock.sendall(b"GET /organizations HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
        busy.sendall(data[:-5])
        begun.sendall(b"GET /organizations HT")
        server.wait_until_read(3)
        server.signal(number)
        assert idle.recv(100) == b""
        assert server.running
        busy.sendall(data[-5:])
        begun.sendall(b"TP/1.1\r\nHost: localhost\r\n\r\n")
        for sock in (busy, begun):
            got = b""
            while chunk := sock.recv(65536):
                got += chunk
            assert got.startswith(b"HTTP/1.1 200 ") and b"\r\nconnection: close\r\n" in got
    assert server.wait() == 0


def test_no_request_fails_while_the_server_stops_and_another_takes_over(start_server):
    """Clients that see the end of a connection without an answer ask the other server."""
    first, second = start_server("first"), start_server("second")
    failed, done = [], threading.Event()
    #: How many answers each client has had from each server.
    answers = [collections.Counter() for _ in range(4)]

    def work(answered):
        server, one = first, connection(first)
        while not done.is_set():
            try:
                if ask(one, "GET", "/organizations")[0].status != 200:
                    failed.append("status")
                answered[server] += 1
            except ConnectionError:
                # It was never looked at: RFC 9112 section 9.3.1 lets a client try again.
                server, one = second, connection(second)
            except Exception as error:
                failed.append(repr(error))
        one.close()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(work, answered) for answered in answers]
        try:
            until(lambda: failed or all(one[first] >= 20 for one in answers))
            first.stop()
            until(lambda: failed or all(one[second] >= 20 for one in answers))
        finally:
            done.set()
        for worker in workers:
            worker.result()
    assert not failed, failed[:5]


#: A stream of answers that has no end by itself.
WATCH = (b"POST /grpc.health.v1.Health/Watch HTTP/1.1\r\nHost: localhost\r\n"
         b"Content-Type: application/connect+json\r\nContent-Length: 7\r\n\r\n\0\0\0\0\x02{}")


@pytest.mark.parametrize("behind", [
    b"\r", b"GET /organizations HT", b"GET /organizations HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100,
], ids=["blank", "part", "requests"])
def test_bytes_behind_a_request_in_hand_cost_nothing(start_server, behind):
    server = start_server("data")
    with server.connect() as one:
        one.sendall(WATCH)
        assert b"200 OK" in one.recv(65536)
        one.sendall(behind)
        before = server.cpu_seconds()
        # As long as it is waited for, a loop would turn.
        time.sleep(2)
        assert server.cpu_seconds() - before < 0.5


def test_a_request_counts_as_one_call(start_server):
    server = start_server("data", "--max-calls", "1")
    for http in ("1.1", "2"):
        for _ in range(3):
            assert curl(server.address, "GET", "/organizations", http=http).status == 200


@pytest.mark.parametrize("http", ["1.1", "2"])
def test_an_actor_is_utf8(server, client, http):
    component = client.put_component()
    for number, name in enumerate((b"\xff", b"a\xe9b", b"\xc3")):
        refused = curl(server.address, "POST", f"/components/{component}/deployment_tracks",
                       {"apiVersion": f"v{number}.0", "branch": "b"},
                       headers=[b"trackd-actor: " + name], http=http)
        assert refused.status == 400 and refused.error["reason"] == "INVALID_ACTOR"
    made = curl(server.address, "POST", f"/components/{component}/deployment_tracks",
                {"apiVersion": "v9.0", "branch": "b"}, headers=["trackd-actor: Zoë"], http=http)
    assert made.status == 200 and made.json["deployment_track"]["created_by"] == "Zoë"
