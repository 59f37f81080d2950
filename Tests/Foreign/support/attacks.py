"""Wrong input on the wire: one function for each row of the table of bad input.

Each function takes a server, does the wrong thing in one or more ways, all bounded, and returns the
answers.
"""

import contextlib
import gzip
import socket
import struct
import time
import zlib

from . import raw_h2
from .raw_h2 import RawConnection, frame, message, request_headers

CHECK = "/grpc.health.v1.Health/Check"
SERVICE = "/deploymenttrack.v1.DeploymentTrackService/"
CREATE, GET = SERVICE + "CreateDeploymentTrack", SERVICE + "GetDeploymentTrack"

#: The most frames of a flood; a defended server ends it far earlier.
FLOOD = 20_000

ATTACKS = {}


def attack(name: str):
    """Registers a function as the test of this row of the table."""
    def register(function):
        assert name not in ATTACKS
        ATTACKS[name] = function
        return function
    return register


_in_first_segment = False


@contextlib.contextmanager
def in_the_first_segment():
    """Puts the bytes of attacks within the block into the segment of the preface, before any byte
    of the server was read."""
    global _in_first_segment
    _in_first_segment = True
    try:
        yield
    finally:
        _in_first_segment = False


@contextlib.contextmanager
def opened(server, **options):
    """A connection whose SETTINGS were exchanged, unless its bytes go into the first segment."""
    with RawConnection(server.connect(), hold=_in_first_segment, **options) as raw:
        assert _in_first_segment or raw.read_until(lambda: raw.acks >= 1 and raw.server_settings)
        yield raw


def one_call(server, path: str, body: bytes, **options) -> str:
    """The answer to one request on a connection of its own."""
    with opened(server) as raw:
        raw.request(1, path, body, **options)
        return raw.answer(1)


def raw_bytes(server, data: bytes, seconds: float = 20) -> str:
    """The answer to a connection that begins with these bytes."""
    with RawConnection(server.connect(), preface=False) as raw:
        raw.send(data)
        return raw.connection_answer(seconds)


# Calls

@attack("malformed protobuf")
def malformed_protobuf(server):
    bodies = [b"\xff\xff\xff\xff", b"\x0a\x05ab",
              b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x0b", b"\x00\x01",
              b"\x0a\xff\xff\xff\xff\x07" + b"x" * 20]
    return [one_call(server, CREATE, message(body)) for body in bodies]


@attack("a string that is not UTF-8")
def not_utf8(server):
    return [one_call(server, GET, message(b"\x0a" + bytes([len(text)]) + text))
            for text in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"a\xf8b")]


@attack("a message cut short by END_STREAM")
def truncated_message(server):
    return [one_call(server, CHECK, body) for body in (b"\0", b"\0\0\0\0",
                                                       message(b"12345678")[:-1])]


@attack("a message over the limit")
def oversized_message(server):
    announced = b"\0" + struct.pack(">I", 4 * 1024 * 1024 + 1)
    answers = [one_call(server, CREATE, head + b"x" * 100)
               for head in (announced, b"\0\xff\xff\xff\xff", b"\0\x7f\xff\xff\xff")]
    with opened(server) as raw:
        raw.headers(1, request_headers(CREATE))
        raw.send_while_reading(b"".join(
            frame(raw_h2.DATA, 0, 1, chunk) for chunk in [announced, *[b"x" * 16384] * 3]))
        answers.append(raw.answer(1))
    return answers


@attack("the compressed flag without an encoding")
def compressed_without_encoding(server):
    return [one_call(server, CHECK, message(b"", flag=1)),
            one_call(server, CHECK, message(b"", flag=1), extra=[("grpc-encoding", "identity")])]


@attack("a flag byte other than 0 and 1")
def unknown_flag(server):
    return [one_call(server, CHECK, message(b"", flag=flag)) for flag in (2, 0x80, 0xFF)]


@attack("an encoding that is not supported")
def unsupported_encoding(server):
    return [one_call(server, CHECK, message(b"", flag=1), extra=[("grpc-encoding", name)])
            for name in ("snappy", "br", "nonsense")]


@attack("a message that is not in its encoding")
def not_encoded(server):
    whole = gzip.compress(b"")
    return [one_call(server, CHECK, message(body, flag=1), extra=[("grpc-encoding", name)])
            for name, body in [("gzip", b""), ("gzip", b"plain"), ("gzip", whole[:-1]),
                               ("gzip", whole + b"x"), ("gzip", zlib.compress(b"")),
                               ("deflate", whole), ("gzip", b"\x1f\x8b" * 20_000)]]


@attack("a compressed message that grows over the limit")
def bomb(server):
    return [one_call(server, CREATE, message(body, flag=1), extra=[("grpc-encoding", name)])
            for size in (4 << 20 | 1, 1 << 28)
            for name, body in [("gzip", gzip.compress(bytes(size), 9)),
                               ("deflate", zlib.compress(bytes(size), 9))]]


@attack("a malformed grpc-timeout")
def bad_timeout(server):
    return [one_call(server, CHECK, message(b""), extra=[("grpc-timeout", value)])
            for value in ("", "1", "S", "-1S", "+1S", "1X", "1s", "1h", "1SS", "S1", "123456789S",
                          "1 S", "1.5S", "0x1S")]


@attack("two messages in a unary call")
def two_messages(server):
    return [one_call(server, CHECK, message(b"") * 2), one_call(server, CHECK, message(b"") * 100)]


@attack("no message in a unary call")
def no_message(server):
    with opened(server) as raw:
        raw.headers(1, request_headers(CHECK))
        raw.data(1, b"", end_stream=True)
        late = raw.answer(1)
    return [one_call(server, CHECK, b""), late]


@attack("an unknown method")
def unknown_method(server):
    return [one_call(server, SERVICE + "Nothing", message(b"")),
            one_call(server, SERVICE, message(b""))]


@attack("an unknown service")
def unknown_service(server):
    return [one_call(server, path, message(b""))
            for path in ("/deploymenttrack.v1.Nothing/Get", "/x/y", "/", "/nothing", "/a/b/c",
                         CHECK + "/")]


# HTTP

@attack("a path that looks like a method's")
def disguised_path(server):
    """No rule about paths may see another method than the one that is called."""
    return [one_call(server, path, message(b"")) for path in (
        "/" + CHECK, CHECK.replace("/Check", "//Check"), CHECK + "/", CHECK.replace("/C", "%2FC"),
        CHECK.replace("/C", "/%43"), CHECK + "?x", CHECK + "#x", CHECK.replace("/C", "/./C"),
        "/x/.." + CHECK, CHECK.replace("/C", "/c"), CHECK + ";x", CHECK.replace("/C", "\\C"))]


@attack("a content-type that is not gRPC's")
def wrong_content_type(server):
    return [one_call(server, CHECK, message(b""), content_type=value)
            for value in ("application/jsonx", "text/plain", "application/grpcx",
                          "application/grpc-x", "application/grpc/proto", "application/grp",
                          "application/grpc charset=utf-8", "", None)]


@attack("a method other than POST")
def not_post(server):
    answers = [one_call(server, CHECK, b"", method=method)
               for method in ("GET", "HEAD", "OPTIONS", "DELETE")]
    return [*answers, one_call(server, CHECK, message(b""), method="PUT")]


def json_calls(server, bodies, *, path="/components/c/deployment_tracks", kind="application/json",
               method="POST"):
    return [one_call(server, path, body, content_type=kind, method=method) for body in bodies]


@attack("a JSON request to no route")
def no_route(server):
    return [answer for path in ("/nothing", "/components/c/", "/components//deployment_tracks")
            for answer in json_calls(server, [b"{}", b"x" * 100_000], path=path)]


@attack("a JSON body that is not its message")
def bad_json(server):
    return json_calls(server, [
        b"{", b"[]", b"null", b'{"nonsense":1}', b'{"branch":1}', b'{"branch":"\xff"}',
        b'{"id":"a","id":"b"}', b"[" * 500_000, b'{"a":' * 100_000, b'{"id":"' + b"x" * 500_000,
        b'{"component_id":"d"}', b'{"id":1e999999999}'])


@attack("a JSON body that unpacks to megabytes")
def large_json(server):
    return [answer for _ in range(10) for answer in json_calls(
        server, [b'{"endpoints":[' + b"{}," * 330_000 + b"{}]}"],
        path="/components/c/deployment_tracks/t/configs", method="PUT")]


@attack("a JSON body over the limit")
def oversized_json(server):
    return json_calls(server, [b" " * ((1 << 20) + 1), b"{}" + b" " * (4 << 20)])


@attack("a JSON body of another kind")
def json_content_type(server):
    return [answer for kind in ("text/plain", "application/x-www-form-urlencoded",
                                "application/json; charset=latin1", None)
            for answer in json_calls(server, [b"{}"], kind=kind)]


@attack("a request of a web page that may not call")
def foreign_origin(server):
    path = "/components/c/deployment_tracks"
    origins = ["https://evil.example", "null", "", "http://localhost", "x" * 5000]
    return [one_call(server, path, b"{}", content_type=kind, extra=[("origin", origin)])
            for origin in origins for kind in ("application/json", "text/plain")] + [
        one_call(server, CHECK, message(b""), extra=[("origin", origin)]) for origin in origins] + [
        one_call(server, path, b"", method="OPTIONS", content_type=None, extra=[
            ("origin", "https://evil.example"), ("access-control-request-method", "POST")])]


@attack("a host that is not the server's, over loopback")
def foreign_host(server):
    hosts = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1",
             "localhost@evil.example", "/run/trackd.sock", ""]
    requests = [{"omit": [":authority"], "extra": [("host", host)]} for host in hosts]
    requests += [{"extra": [("host", "evil.example")]}, {"omit": [":authority"]}]
    return [one_call(server, path, b"", method=method, content_type=None, **fields)
            for path, method in (("/organizations", "GET"), (CHECK, "GET"), ("/nothing", "DELETE"))
            for fields in requests]


@attack("a request header list over the limit")
def long_header_list(server):
    answers = []
    for extra in ([("x-long", "v" * 20_000)], [(f"x-{n}", "v" * 100) for n in range(150)],
                  [("x", "")] * 300):
        with opened(server) as raw:
            block = raw.encoder.encode(request_headers(CHECK, extra=extra), huffman=False)
            pieces = [block[at:at + 16384] for at in range(0, len(block), 16384)]
            out = b""
            for index, piece in enumerate(pieces):
                kind = raw_h2.HEADERS if index == 0 else raw_h2.CONTINUATION
                last = raw_h2.END_HEADERS if index == len(pieces) - 1 else 0
                out += frame(kind, last, 1, piece)
            raw.send(out + frame(raw_h2.DATA, raw_h2.END_STREAM, 1, message(b"")))
            answers.append(raw.answer(1))
    return answers


# Malformed requests

def heads(server, *lists) -> list[str]:
    """The answers to header lists, each on a connection of its own."""
    answers = []
    for fields in lists:
        with opened(server) as raw:
            raw.headers(1, fields)
            answers.append(raw.answer(1))
    return answers


def changed(name: str, value: str) -> list[tuple[str, str]]:
    return [(n, value if n == name else v) for n, v in request_headers(CHECK)]


def more(*fields: tuple[str, str]) -> list[tuple[str, str]]:
    return request_headers(CHECK, extra=fields)


def second_block(server, fields, end_stream: bool) -> str:
    with opened(server) as raw:
        raw.headers(1, request_headers(CHECK))
        raw.headers(1, fields, end_stream=end_stream)
        return raw.answer(1)


@attack("a pseudo-field too much")
def too_many_pseudo_fields(server):
    good = request_headers(CHECK)
    return [*heads(server, *([field, *good] for field in good[:4]), [(":status", "200"), *good],
                   [(":x", "y"), *good], [(":protocol", "websocket"), *good],
                   [*good, (":path", "/x")], [good[4], *good[:4]]),
            second_block(server, [(":path", "/x")], True)]


@attack("a pseudo-field too little")
def too_few_pseudo_fields(server):
    names = (":method", ":scheme", ":path")
    return heads(server, *(request_headers(CHECK, omit=(name,)) for name in names),
                 *(changed(name, "") for name in names))


@attack("a path that does not begin with a slash")
def no_slash(server):
    return heads(
        server, *(changed(":path", path) for path in (CHECK[1:], "*", CHECK + " ",
                                                      "http://localhost" + CHECK)))


@attack("CONNECT that is none")
def bad_connect(server):
    return heads(server, changed(":method", "CONNECT"), [(":method", "CONNECT")],
                 [(":method", "CONNECT"), (":authority", "x"), (":scheme", "http")])


@attack("a field name that is none")
def bad_names(server):
    return heads(server, *(more((name, "x")) for name in ("X-Name", "x name", "x:name", "",
                                                          "x-\x7f", "x-é")))


@attack("a value with a line end")
def line_ends(server):
    return heads(server, *(more(("x-name", "a" + end + "b: c")) for end in ("\n", "\r", "\0")))


@attack("a field about an HTTP/1 connection")
def connection_fields(server):
    return heads(server, more(("connection", "close")), more(("upgrade", "h2c")),
                 more(("transfer-encoding", "chunked")), more(("keep-alive", "timeout=5")),
                 more(("proxy-connection", "close")))


@attack("a te other than trailers")
def bad_te(server):
    return heads(server, changed("te", "gzip"), changed("te", "trailers, deflate"),
                 changed("te", ""))


@attack("two hosts")
def two_hosts(server):
    return heads(server, more(("host", "a"), ("host", "a")), more(("host", "a"), ("host", "b")))


@attack("a content-length that is wrong")
def bad_content_length(server):
    answers = heads(server, more(("content-length", "three")),
                    more(("content-length", "5"), ("content-length", "5")),
                    more(("content-length", "-5")), more(("content-length", "9" * 19)))
    for length, end_stream in ((4, False), (6, True)):
        with opened(server) as raw:
            raw.headers(1, more(("content-length", str(length))))
            raw.data(1, message(b""), end_stream=end_stream)
            answers.append(raw.answer(1))
    return answers


@attack("trailers that do not end the request")
def endless_trailers(server):
    return [second_block(server, [("x", "y")], False)]


@attack("a header list that unpacks to megabytes")
def header_bomb(server):
    """Puts a field of 3.9 kB into the table and then names it by one byte each: 42 MB in 11 kB."""
    with opened(server) as raw:
        block = raw.encoder.encode(request_headers(CHECK), huffman=False)
        value = b"v" * 3900
        block += b"\x40\x01x" + b"\x7f" + integer(len(value) - 127) + value + b"\xbe" * 11_000
        raw.send(frame(raw_h2.HEADERS, raw_h2.END_HEADERS | raw_h2.END_STREAM, 1, block))
        return [raw.answer(1)]


def integer(value: int) -> bytes:
    """The continuation bytes of an HPACK integer."""
    out = b""
    while value >= 128:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


# HTTP/1.1

@attack("gRPC over HTTP/1.1")
def grpc_over_http1(server):
    answers = []
    for kind in (b"application/grpc", b"application/grpc+proto", b"Application/gRPC; x=y"):
        got = http1_bytes(server, b"POST /x HTTP/1.1\r\nHost: h\r\nContent-Type: " + kind
                          + b"\r\nContent-Length: 2\r\n\r\nhi")
        assert b"This port speaks HTTP/2 only" in got and b"--http2-prior-knowledge" in got, got
        answers.append(http1_status(got))
    return answers


def http1_bytes(server, data: bytes) -> bytes:
    """Everything that the server says to these bytes until it closes."""
    got = b""
    with server.connect(30) as sock, contextlib.suppress(ConnectionResetError):
        sock.sendall(data)
        while chunk := sock.recv(4096):
            got += chunk
    return got


def http1_status(got: bytes) -> str:
    """The status of the one reply before the connection closes."""
    head, _, body = got.partition(b"\r\n\r\n")
    assert got.count(b"HTTP/1.1 ") == 1 and b"connection: close" in head, got
    assert body.count(b"\n") == 1, got
    return f"HTTP {head.split()[1].decode()}"


def http1(server, *requests: bytes) -> list[str]:
    """The answers to requests, each of which is followed by a good one that nobody may see."""
    return [http1_status(http1_bytes(
        server, request + b"GET /organizations HTTP/1.1\r\nHost: h\r\n\r\n"))
        for request in requests]


def http1_line(line: bytes) -> bytes:
    return line + b"\r\nHost: h\r\n\r\n"


def http1_fields(*lines: bytes) -> bytes:
    return b"\r\n".join((b"GET / HTTP/1.1", *lines)) + b"\r\n\r\n"


def http1_post(*lines: bytes) -> bytes:
    return b"\r\n".join((b"POST / HTTP/1.1", b"Host: h", *lines)) + b"\r\n\r\n"


@attack("another version of HTTP")
def other_versions(server):
    return http1(server, *(http1_line(b"GET / HTTP/" + version)
                           for version in (b"1.2", b"0.9", b"2.0", b"3.0")))


@attack("a request line of HTTP/1.1 that is none")
def bad_request_lines(server):
    return http1(server, *map(http1_line, (
        b"GET  / HTTP/1.1", b"GET /", b"GET / HTTP/1.1 ", b"GET / HTTP/11", b"GET x HTTP/1.1",
        b"GET ftp://h/ HTTP/1.1", b"GET /#x HTTP/1.1", b"GET * HTTP/1.1", b"G(T / HTTP/1.1",
        b"GET http://u@h/ HTTP/1.1")))


@attack("a request target that is too long")
def long_target(server):
    return http1(server, http1_line(b"GET /" + b"a" * 9000 + b" HTTP/1.1"))


@attack("an HTTP/1.1 head that is too large")
def large_http1_head(server):
    return http1(server, http1_fields(b"Host: h", b"x: " + b"y" * 20_000),
                 http1_fields(b"Host: h", *[b"x: y"] * 100),
                 http1_fields(b"Host: h", *[b"x: " + b"y" * 500] * 40))


@attack("an HTTP/1.1 head that never ends")
def endless_http1_head(server):
    return [http1_status(http1_bytes(server, b"GET / HTTP/1.1\r\nHost: h\r\n"))]


@attack("an HTTP/1.1 line that does not end in CR LF")
def bare_line_ends(server):
    return http1(server, b"GET / HTTP/1.1\nHost: h\r\n\r\n", b"GET / HTTP/1.1\r\nHost: h\n\r\n",
                 b"GET / HTTP/1.1\r\nHost: h\r\n\n", b"GET / HTTP/1.1\r\nHost: h\rx: y\r\n\r\n",
                 http1_post(b"Transfer-Encoding: chunked") + b"1\nx\r\n0\r\n\r\n",
                 http1_post(b"Transfer-Encoding: chunked") + b"1;\nx\r\n0\r\n\r\n")


@attack("an HTTP/1.1 field that is none")
def bad_http1_fields(server):
    return http1(server, *(http1_fields(b"Host: h", line) for line in (
        b"x : y", b"x", b": y", b"x: y\r\n z", b"x: a\0b", b"x: a\x7f", b"x y: z", b"\xc3\xa4: z",
        b":path: /")), http1_fields(b" Host: h"))


@attack("an HTTP/1.1 request without its host")
def bad_http1_hosts(server):
    return http1(server, http1_fields(), http1_fields(b"Host: a", b"Host: a"),
                 http1_fields(b"Host: a/b"), http1_fields(b"Host: u@a"))


@attack("an HTTP/1.1 request with two lengths")
def two_lengths(server):
    chunked = b"Transfer-Encoding: chunked"
    return http1(server, *map(lambda lines: http1_post(*lines) + b"0\r\n\r\n", (
        (b"Content-Length: 5", chunked), (chunked, b"Content-Length: 5"),
        (b"Content-Length: 5", b"Content-Length: 6"), (b"Content-Length: 5", b"Content-Length: 5"),
        (b"Content-Length: 5, 5",), (b"Content-Length: +5",),
        (chunked, chunked), (b"Transfer-Encoding: chunked, chunked",))))


@attack("a chunk that is none")
def bad_chunks(server):
    return http1(server, *(http1_post(b"Transfer-Encoding: chunked") + chunk for chunk in (
        b"0x5\r\nhello\r\n", b"5 \r\nhello\r\n", b"5\r\nhello!\r\n", b"-5\r\nhello\r\n", b"\r\n",
        b"5;" + b"x" * 300 + b"\r\nhello\r\n", b"fffffffffffffffff\r\n", b"5;a\0\r\nhello\r\n")))


@attack("a transfer coding that is not supported")
def unknown_codings(server):
    return http1(server, *(http1_post(b"Transfer-Encoding: " + coding) for coding in (
        b"gzip, chunked", b"gzip", b"identity", b"xchunked", b"chunked, gzip")))


@attack("an expectation other than 100-continue")
def unknown_expectation(server):
    return http1(server, http1_post(b"Content-Length: 1", b"Expect: 200-ok") + b"x")


# Connections

@attack("garbage instead of the HTTP/2 preface")
def garbage(server):
    return [raw_bytes(server, data) for data in (
        b"\0" * 64, bytes(range(256)) * 4, b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + b"\0" * 64,
        b"\n\n" * 20, raw_h2.settings_frame() * 4)]


@attack("a TLS hello on a cleartext port")
def tls_hello(server):
    hello = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x02\x13\x01" + b"\x01\0" + b"\0\0"
    handshake = b"\x01" + struct.pack(">I", len(hello))[1:] + hello
    return [raw_bytes(server, b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake)]


@attack("a client that opens and says nothing")
def says_nothing(server):
    return [raw_bytes(server, b"")]


@attack("a client that stops within the preface")
def stops_in_preface(server):
    return [raw_bytes(server, raw_h2.PREFACE[:10])]


@attack("a header block that never ends")
def unfinished_headers(server):
    with opened(server) as raw:
        raw.headers(1, request_headers(CHECK), end_headers=False)
        return [raw.connection_answer(30)]


@attack("a frame cut short by the end of the connection")
def truncated_frames(server):
    answers = []
    whole = frame(raw_h2.DATA, raw_h2.END_STREAM, 1, message(b""))
    for cut in (1, 8, 9, 11):
        with opened(server) as raw:
            raw.headers(1, request_headers(CHECK))
            raw.send(whole[:cut])
            raw.sock.shutdown(socket.SHUT_WR)
            answers.append(raw.connection_answer())
    return answers


@attack("a frame larger than announced")
def oversized_frame(server):
    answers = []
    for head in (b"\0\x40\x01", b"\xff\xff\xff"):
        with opened(server) as raw:
            raw.headers(1, request_headers(CHECK))
            raw.send(head + bytes([raw_h2.DATA, 0, 0, 0, 0, 1]) + bytes(16384))
            answers.append(raw.connection_answer())
    return answers


@attack("a client that never reads")
def never_reads(server):
    """Requests more replies than the sockets' buffers hold, reads none, and waits for the server to
    give up."""
    with server.connect() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        raw = RawConnection(sock, settings={raw_h2.INITIAL_WINDOW_SIZE: 2**31 - 1})
        raw.send(raw_h2.window_update(0, 2**31 - 1 - 65535))
        pending, calls = b"", 0
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            while len(pending) < 65536 and calls < 500_000:
                pending += open_stream(raw, calls)
                pending += frame(raw_h2.DATA, raw_h2.END_STREAM, 2 * calls + 1, message(b""))
                calls += 1
            try:
                pending = pending[sock.send(pending or raw_h2.ping()):]
            except BlockingIOError:
                time.sleep(0.1)
            except (BrokenPipeError, ConnectionResetError):
                return ["closed"]
        return [f"open after {calls} calls"]


# Floods

def flood(server, pieces, *, seconds: float = 30) -> str:
    """Sends pieces until the server ends the connection. Returns how it ended."""
    with opened(server) as raw:
        deadline = time.monotonic() + seconds
        for piece in pieces(raw):
            raw.send_while_reading(piece, 5)
            if raw.closed or raw.goaway or time.monotonic() > deadline:
                break
        answer = raw.connection_answer(3)
        # For whoever has to find out why: nobody else was told.
        assert raw.goaway is None or raw.goaway[1], f"{answer} without a word"
        return answer


def batches(make, count: int = FLOOD, size: int = 100):
    """Makes `count` pieces, joined by the hundred."""
    for start in range(0, count, size):
        yield b"".join(make(number) for number in range(start, start + size))


def open_stream(raw: RawConnection, number: int, **options) -> bytes:
    """HEADERS of a new stream, without END_STREAM."""
    block = raw.encoder.encode(request_headers(CHECK, **options), huffman=False)
    return frame(raw_h2.HEADERS, raw_h2.END_HEADERS, 2 * number + 1, block)


@attack("streams reset as fast as they are opened")
def rapid_reset(server):
    return [flood(server, lambda raw: batches(
        lambda n: open_stream(raw, n) + raw_h2.rst(2 * n + 1)))]


def made_you_reset(server, spoilt) -> str:
    """Opens streams and makes the server reset them, twenty at a time, each batch after the server
    has taken the one before (CVE-2025-8671)."""
    def pieces(raw):
        for number, piece in enumerate(batches(lambda n: spoilt(raw, n), size=20), 1):
            yield piece + raw_h2.ping()
            raw.read_until(lambda: raw.pings >= number or raw.goaway is not None, 5)
    return flood(server, pieces)


@attack("streams that the server is made to reset")
def made_you_reset_variants(server):
    return [made_you_reset(server, spoilt) for spoilt in (
        lambda raw, n: open_stream(raw, n) + raw_h2.window_update(2 * n + 1, 2**31 - 1),
        lambda raw, n: open_stream(raw, n, extra=[("connection", "close")]),
        lambda raw, n: open_stream(raw, n, omit=(":path",)),
        lambda raw, n: open_stream(raw, n, extra=[("content-length", "nonsense")]),
        lambda raw, n: open_stream(raw, n, extra=[("content-length", "1")])
        + frame(raw_h2.DATA, 1, 2 * n + 1, b"12"),
        lambda raw, n: open_stream(raw, n, extra=[("X-Name", "x")]),
        lambda raw, n: open_stream(raw, n)
        + frame(raw_h2.HEADERS, raw_h2.END_HEADERS, 2 * n + 1, raw_h2.literal(b"x", b"y")),
    )]


@attack("a WINDOW_UPDATE of zero bytes")
def window_update_of_zero(server):
    return [flood(server, lambda raw: iter([open_stream(raw, 0) + raw_h2.window_update(stream, 0)]))
            for stream in (0, 1)]


@attack("more streams at once than announced")
def too_many_streams(server):
    return [flood(server, lambda raw: batches(lambda n: open_stream(raw, n), 5_000))]


@attack("CONTINUATION frames without end")
def continuation_flood(server):
    def pieces(raw):
        yield frame(raw_h2.HEADERS, 0, 1, raw.encoder.encode(request_headers(CHECK), huffman=False))
        yield from batches(lambda n: frame(raw_h2.CONTINUATION, 0, 1, b""))

    def few_of_each_block(raw):
        yield open_stream(raw, 0, extra=[("connection", "close")])
        empty = frame(raw_h2.CONTINUATION, 0, 1)
        block = frame(raw_h2.HEADERS, 0, 1) + empty * 6 + frame(
            raw_h2.CONTINUATION, raw_h2.END_HEADERS, 1)
        yield from batches(lambda n: block, size=20)
    return [flood(server, pieces), flood(server, few_of_each_block)]


@attack("SETTINGS frames without end")
def settings_flood(server):
    return [flood(server, lambda raw: batches(lambda n: raw_h2.settings_frame({4: 65535}))),
            flood(server, lambda raw: batches(lambda n: raw_h2.settings_frame()))]


@attack("PING frames without end")
def ping_flood(server):
    return [flood(server, lambda raw: batches(lambda n: raw_h2.ping()))]


@attack("empty DATA frames without end")
def empty_data_flood(server):
    def of(data):
        def pieces(raw):
            yield open_stream(raw, 0)
            yield from batches(lambda n: data)
        return pieces
    return [flood(server, of(data)) for data in (
        frame(raw_h2.DATA, 0, 1), frame(raw_h2.DATA, 0, 1, b"\0"),
        frame(raw_h2.DATA, raw_h2.PADDED, 1, bytes([200]) + bytes(200)))]


@attack("PRIORITY frames without end")
def priority_flood(server):
    return [flood(server, lambda raw: batches(
        lambda n: frame(raw_h2.PRIORITY, 0, 2 * n + 1, struct.pack(">IB", 0, 16))))]


@attack("WINDOW_UPDATE frames without end")
def window_update_flood(server):
    return [flood(server, lambda raw: batches(lambda n: raw_h2.window_update(0, 1)))]


@attack("unknown frames without end")
def unknown_frame_flood(server):
    return [flood(server, lambda raw: batches(lambda n, kind=kind: frame(kind, 0, 0, b"12345678")))
            for kind in (0xEE, *range(0x0A, 0x10))]


@attack("frames for a call that the server has reset, without end")
def flood_of_the_past(server):
    """They may have crossed the reset: each is passed over, and costs."""
    def after(make):
        def pieces(raw):
            yield open_stream(raw, 0, extra=[("connection", "close")])
            yield from batches(make)
        return pieces
    late = frame(raw_h2.HEADERS, raw_h2.END_HEADERS, 1, b"\x83")
    return [flood(server, after(lambda n, piece=piece: piece)) for piece in (
        late, frame(raw_h2.DATA, 0, 1), raw_h2.window_update(1, 1), raw_h2.rst(1))]


@attack("a frame on a call that its client has ended")
def frames_of_the_past(server):
    def ended(raw):
        return open_stream(raw, 0) + frame(raw_h2.DATA, raw_h2.END_STREAM, 1, message(b""))

    late = frame(raw_h2.HEADERS, raw_h2.END_HEADERS, 1, b"\x83")
    return [flood(server, lambda raw, end=end, piece=piece: iter([end(raw) + piece]))
            for end in (ended, lambda raw: open_stream(raw, 0) + raw_h2.rst(1))
            for piece in (late, frame(raw_h2.DATA, 0, 1, bytes(16)))]


@attack("a stream identifier that goes down")
def falling_identifier(server):
    return [flood(server, lambda raw: iter([open_stream(raw, 40) + open_stream(raw, 39)])),
            flood(server, lambda raw: iter([
                open_stream(raw, 40) + raw_h2.rst(81) + open_stream(raw, 10)]))]


@attack("PRIORITY on the connection, or that depends on itself")
def bad_priority(server):
    return [flood(server, lambda raw, stream=stream: iter([
                frame(raw_h2.PRIORITY, 0, stream, struct.pack(">IB", stream, 16))]))
            for stream in (0, 1, 2**31 - 1)]


@attack("GOAWAY frames without end")
def goaway_flood(server):
    def pieces(raw):
        yield open_stream(raw, 0)
        yield from batches(lambda n: raw_h2.goaway(1))
    return [flood(server, pieces)]


@attack("a MAX_HEADER_LIST_SIZE of one")
def no_header_list(server):
    """It is advice: the replies leave as they are (CVE-2026-50560)."""
    answers = []
    with opened(server, settings={raw_h2.MAX_HEADER_LIST_SIZE: 1}) as raw:
        for stream in range(1, 201, 2):
            raw.request(stream, CHECK, message(b""))
            answers.append(raw.answer(stream))
        raw.request(201, SERVICE + "Nothing", message(b""))
        assert raw.answer(201) == "UNIMPLEMENTED"
    return answers


@attack("a MAX_FRAME_SIZE of zero")
def no_frame_size(server):
    return [flood(server, lambda raw: iter([raw_h2.settings_frame({raw_h2.MAX_FRAME_SIZE: 0})]))]
