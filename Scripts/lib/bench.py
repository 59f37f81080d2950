"""The figures of Scripts/bench. Everything is bounded in count and time, on loopback."""

import argparse
import contextlib
import functools
import gzip
import hashlib
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Foreign"))
sys.dont_write_bytecode = True

import grpc  # noqa: E402

import bench_against  # noqa: E402
import bench_attacks  # noqa: E402
import bench_deployments  # noqa: E402
import bench_identity  # noqa: E402
import bench_postgresql  # noqa: E402
import bench_streams  # noqa: E402
import bench_tls  # noqa: E402
import bench_waiting  # noqa: E402
import bench_watch  # noqa: E402
from support import instructions  # noqa: E402
from support.raw_h2 import RawConnection, message  # noqa: E402
from support.server import Server  # noqa: E402
from support.stubs import api  # noqa: E402

OUT = ROOT / ".build" / "bench"
PEERS = os.environ.get("BENCH_PEERS_BUILT")
SERVICE = "/deploymenttrack.v1.DeploymentTrackService/"
GET, LIST, LIST_IMAGES = (SERVICE + "GetDeploymentTrack", SERVICE + "ListDeploymentTracks", SERVICE
                          + "GetDeploymentTrackImages")
SERVER_CORE, CLIENT_CORE = "0", "1"
PINNED = ("taskset", "-c", SERVER_CORE)
CREATES = SAVES = 20_000
IMAGES = 100_000
median = statistics.median


# Servers

def start_trackd(data: pathlib.Path, arguments=(), **options) -> Server:
    """trackd on its core, with its default call log going nowhere."""
    return Server(data, *arguments, discard_log=True, prefix=PINNED, **options)


class Peer:
    """A bare server of BENCH_PEERS."""

    def __init__(self, arguments: list[str], port: int):
        self.port = port
        self.process = subprocess.Popen(
            [*PINNED, f"{PEERS}/{arguments[0]}", str(port), *arguments[1:]],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.pid = self.process.pid
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.01)
        raise SystemExit(f"{arguments[0]} does not listen")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def cpu_ns(pid: int) -> int:
    """Time on a processor, of all threads that live."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total


def rss_kb(pid: int) -> int:
    return int(
        re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1))


# Load

def h2load(server, path: str, body: pathlib.Path, connections: int, streams: int,
           count: int, scheme="http", more: tuple[str, ...] = ()) -> dict:
    """Microseconds of the server's CPU per request, and requests per second. `more` are arguments
    of h2load."""
    argv = ["taskset", "-c", CLIENT_CORE, "h2load", "-t1", f"-c{connections}", f"-m{streams}",
            f"-n{count}", "-d", str(body), "-H", "content-type: application/grpc", "-H",
            "te: trailers", *more, f"{scheme}://127.0.0.1:{server.port}{path}"]
    before = cpu_ns(server.pid)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=True)
    used = cpu_ns(server.pid) - before
    if f"{count} succeeded" not in done.stdout:
        raise SystemExit(f"h2load {path}: {done.stdout}")
    rate = float(re.search(r"finished in [^,]+, ([0-9.]+) req/s", done.stdout).group(1))
    return {"us": used / count / 1000, "rate": rate}


def load(server, mode: str, connections: int, streams: int, count: int, first: int, layout,
         seed=1, more: tuple[str, ...] = ()) -> dict:
    """The same with bodies that differ; see bench-data/load.c."""
    argv = ["taskset", "-c", CLIENT_CORE, str(OUT / "load"), str(server.port), mode,
            *map(str, (connections, streams, count, first, *layout, seed)), *more]
    before = cpu_ns(server.pid)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=700)
    used = cpu_ns(server.pid) - before
    if done.returncode != 0:
        raise SystemExit(f"load {mode}: {done.stdout}{done.stderr}")
    ok, _, seconds, p50, p99 = done.stdout.split()
    return {"us": used / int(ok) / 1000, "rate": int(ok) / float(seconds), "p50": int(p50),
            "p99": int(p99)}


def body(name: str, request) -> pathlib.Path:
    path = OUT / f"{name}.bin"
    path.write_bytes(message(request.SerializeToString()))
    return path


def interleaved(runs: int, jobs: dict) -> dict:
    """Calls every job once per round, and gives the median of each of its figures."""
    results: dict[str, list[dict]] = {name: [] for name in jobs}
    for _ in range(runs):
        for name, job in jobs.items():
            results[name].append(job())
    return {name: {key: median(one[key] for one in seen) for key in seen[0]}
            for name, seen in results.items()}


# What is stored

def components(layout, total: int) -> list[str]:
    """The components that load.c spreads `total` tracks over."""
    big, per = layout
    return ["bench-big", *(f"bench-{n}" for n in range(-(-(total - big) // per)))]


def put_catalog(server, names: list[str]) -> None:
    with grpc.insecure_channel(server.address) as channel:
        catalog = api.CatalogServiceStub(channel)
        catalog.PutOrganization(api.PutOrganizationRequest(
            organization=api.Organization(id="bench", tier=api.ORGANIZATION_TIER_PAID)), timeout=10)
        catalog.PutProject(api.PutProjectRequest(
            project=api.Project(id="bench", organization_id="bench")), timeout=10)
        for start in range(0, len(names), 200):
            calls = [catalog.PutComponent.future(api.PutComponentRequest(component=api.Component(
                id=name, project_id="bench", type=api.COMPONENT_TYPE_SERVICE)), timeout=60)
                for name in names[start:start + 200]]
            for call in calls:
                call.result()


def seed(data: pathlib.Path, layout, total: int) -> None:
    """Fills a data folder through the server: the tracks of `layout`, two endpoints on those of
    bench-big's first hundred."""
    server = Server(data, discard_log=True)
    put_catalog(server, components(layout, total))
    load(server, "create", 64, 4, total, 0, layout)
    with grpc.insecure_channel(server.address) as channel:
        tracks = api.DeploymentTrackServiceStub(channel)
        for number in range(min(100, layout[0])):
            tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
                component_id="bench-big", deployment_track_id=f"t-{number}", endpoints=[
                    api.Endpoint(name="public-rest", type=api.ENDPOINT_TYPE_REST, port=8080,
                                 base_path="/api/v1"),
                    api.Endpoint(name="internal-grpc", type=api.ENDPOINT_TYPE_GRPC, port=9090,
                                 network_visibilities=[
                                     api.NETWORK_VISIBILITY_PROJECT])]), timeout=10)
    server.stop()


def seed_images(data: pathlib.Path, count: int) -> None:
    """Fills a data folder through the server: one track with `count` images."""
    server = Server(data, discard_log=True)
    put_catalog(server, ["bench-big"])
    load(server, "create", 1, 1, 1, 0, (1, 1))
    load(server, "save", 64, 4, count, 0, (1, 1))
    server.stop()


def seeded(layout, total: int) -> pathlib.Path:
    return stored(f"{total}", (layout, total), lambda data: seed(data, layout, total),
                  f"{total:,} tracks")


def seeded_images(count: int) -> pathlib.Path:
    return stored(f"images-{count}", count, lambda data: seed_images(data, count),
                  f"{count:,} images")


def stored(name: str, of, fill, what: str) -> pathlib.Path:
    """A filled data folder, kept from run to run as long as the store's sources and the contract
    are the same."""
    sources = sorted([*(ROOT / "Sources/TrackStoreSQLite").rglob("*.swift"),
                      *(ROOT / "Protos").rglob("*.proto"),
                      *(ROOT / "Sources/TrackDomain").rglob("*.swift")])
    key = hashlib.sha256(
        b"".join(p.read_bytes() for p in sources) + repr(of).encode()).hexdigest()[:12]
    folder = OUT / "stored" / f"{name}-{key}"
    if not folder.exists():
        for old in (OUT / "stored").glob(f"{name}-*"):
            shutil.rmtree(old)
        print(f"storing {what}", file=sys.stderr, flush=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = folder.with_name(folder.name + ".unfinished")
        shutil.rmtree(fresh, ignore_errors=True)
        fill(fresh)
        fresh.rename(folder)
    return folder


THOUSAND = (100, 100), 1_000


def million(stored: int):
    """10,000 components; one holds a tenth of all tracks."""
    big = stored // 10
    return (big, max(1, -(-(stored - big) // 9_999))), stored


# Figures: each gives rows of (what, reach, got)

class Bench:
    def __init__(self, runs: int, stored: int, folder: pathlib.Path, reference: str | None):
        self.runs, self.stored, self.folder, self.reference = runs, stored, folder, reference
        self.rows: list[tuple[str, str, str]] = []

    def row(self, what: str, reach: str, got: str) -> None:
        self.rows.append((what, reach, got))
        print(f"  {what}: {got}", file=sys.stderr, flush=True)

    def size_row(self, what: str, got: dict) -> None:
        """The row of a comparison of the servers `small` and `large`."""
        self.row(what, "1.3 or less",
                 f"{got['large']['us'] / got['small']['us']:.2f}: "
                 f"{got['large']['us']:.1f} us against {got['small']['us']:.1f} us")

    def compared(self, names, case) -> dict:
        """The figures of `case(name)` for each name, interleaved after a round that warms up."""
        jobs = {name: functools.partial(case, name) for name in names}
        interleaved(1, jobs)
        return interleaved(self.runs, jobs)

    def copy(self, what, name: str) -> pathlib.Path:
        return self.copied(seeded(*what), name)

    def copied(self, source: pathlib.Path, name: str) -> pathlib.Path:
        target = self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        return target

    def measure(self, wanted) -> None:
        """Rows of the parts that are wanted."""
        if {"get", "list"} & set(wanted):
            self.get_and_list(wanted)
        for name in PARTS:
            if name in wanted and name not in ("get", "list"):
                getattr(self, name)()

    def get_and_list(self, wanted) -> None:
        server = start_trackd(self.copy(THOUSAND, "thousand"))
        servers = {"trackd": server}
        if PEERS:
            servers["swift"] = Peer(["srv-swift", "1", "sync", "c"], 21101)
            servers["c"] = Peer(["srv-c", "1"], 21102)
        get = body("get", api.GetDeploymentTrackRequest(component_id="bench-big",
                                                        deployment_track_id="t-42"))
        listing = body("list", api.ListDeploymentTracksRequest(component_id="bench-big"))
        with grpc.insecure_channel(server.address) as channel:
            tracks = api.DeploymentTrackServiceStub(channel)
            one = tracks.GetDeploymentTrack(api.GetDeploymentTrackRequest.FromString(
                get.read_bytes()[5:]), timeout=10)
            page = tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest.FromString(
                listing.read_bytes()[5:]), timeout=10)
            assert len(one.deployment_track.endpoints) == 2 and len(page.deployment_tracks) == 100
            sizes = f"{one.ByteSize()} B and {page.ByteSize():,} B"
        cases = []
        if "get" in wanted:
            cases += [("GetDeploymentTrack, 1 connection x 100 streams", "12 us or less", get, GET,
                       "GetTrack", 1, 100, 100_000),
                      ("the same, 1 connection x 1 stream", "1.4 of the bare Swift server or less",
                       get, GET, "GetTrack", 1, 1, 10_000)]
        if "list" in wanted:
            cases += [("ListDeploymentTracks of 100 tracks, 20 x 10",
                       "2.5 of the bare Swift server or less", listing, LIST, "ListTracks", 20, 10,
                       6_000)]
        for what, reach, file, path, bare, connections, streams, count in cases:
            def case(name):
                if name == "trackd":
                    return h2load(servers[name], path, file, connections, streams, count)
                theirs = pathlib.Path(PEERS) / "bodies" / ("get.bin" if bare == "GetTrack"
                                                           else "list.bin")
                return h2load(servers[name], f"/bench.v1.TrackBench/{bare}", theirs,
                              connections, streams, count)
            got = self.compared(servers, case)
            own = got["trackd"]
            text = f"{own['us']:.1f} us, {own['rate']:,.0f}/s"
            if PEERS:
                text += (f"; {own['us'] / got['swift']['us']:.2f} of bare Swift "
                         f"({got['swift']['us']:.1f} us), "
                         f"{own['us'] / got['c']['us']:.2f} of bare C ({got['c']['us']:.1f} us)")
            self.row(what, reach, text)
        self.row("replies of Get and List", "", sizes)
        for one in servers.values():
            one.stop()

    def creates(self) -> None:
        self.against_bare("durable creates, 64 clients", "create", CREATES, (CREATES, 1), tracks=0)

    def saves(self) -> None:
        self.against_bare("durable saves of images into 100 tracks, 64 clients", "save", SAVES,
                          (100, 1), tracks=100)

    def against_bare(self, what: str, mode: str, count: int, layout, tracks: int) -> None:
        """`count` calls of load.c against what they have SQLite do, in a component with so many
        tracks."""
        empty = self.folder / f"{mode}-empty"
        server = Server(empty, discard_log=True)
        put_catalog(server, ["bench-big"])
        if tracks:
            load(server, "create", 1, 1, tracks, 0, layout)
        server.stop()
        record = self.folder / "record"
        server = start_trackd(self.fresh(empty), environment={"LD_PRELOAD": str(OUT / "record.so"),
                                                              "BENCH_RECORD": str(record)})
        load(server, mode, 64, 1, count, 0, layout)
        server.stop()

        def served() -> dict:
            one = start_trackd(self.fresh(empty))
            try:
                return load(one, mode, 64, 1, count, 0, layout)
            finally:
                one.stop()

        def bare() -> dict:
            (database,) = [p for p in self.fresh(empty).rglob("*")
                           if p.is_file() and p.read_bytes()[:6] == b"SQLite"]
            done = subprocess.run([*PINNED, str(OUT / "replay"), str(record), str(database), "64"],
                                  capture_output=True, text=True, timeout=300)
            if done.returncode != 0:
                raise SystemExit(f"replay: {done.stderr}")
            recorded, seconds, cpu = done.stdout.split()
            # The server's own transactions, such as removing old request ids, are among them.
            assert count <= int(recorded) <= count * 1.01, f"{recorded} transactions were recorded"
            return {"rate": count / float(seconds), "us": float(cpu) / count * 1e6}

        got = interleaved(self.runs, {"served": served, "bare": bare})
        self.row(what, "50% or more of the same statements in a bare SQLite loop",
                 f"{got['served']['rate'] / got['bare']['rate']:.0%}: "
                 f"{got['served']['rate']:,.0f}/s against {got['bare']['rate']:,.0f}/s; "
                 f"{got['served']['us']:.0f} us against {got['bare']['us']:.0f} us; "
                 f"p50 {got['served']['p50'] / 1000:.1f} ms, "
                 f"p99 {got['served']['p99'] / 1000:.1f} ms")

    def fresh(self, source: pathlib.Path) -> pathlib.Path:
        target = self.folder / "fresh"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target)
        return target

    def million(self) -> None:
        sizes = {"small": THOUSAND, "large": million(self.stored)}
        servers = {name: start_trackd(self.copy(what, name)) for name, what in sizes.items()}
        get = body("get", api.GetDeploymentTrackRequest(component_id="bench-big",
                                                        deployment_track_id="t-42"))
        page = body("page", api.ListDeploymentTracksRequest(component_id="bench-big", page_size=50))
        label = f"{self.stored:,} tracks against 1,000"
        deep = {}
        for name, server in servers.items():
            with grpc.insecure_channel(server.address) as channel:
                stub, token = api.DeploymentTrackServiceStub(channel), ""
                token = stub.ListDeploymentTracks(api.ListDeploymentTracksRequest(
                    component_id="bench-big", page_size=50,
                    order_by="created_at asc"), timeout=30).next_page_token
            deep[name] = body(f"deep-{name}", api.ListDeploymentTracksRequest(
                component_id="bench-big", page_size=50, order_by="created_at asc",
                page_token=token))
        cases = {
            f"Get, {label}": lambda name: h2load(servers[name], GET, get, 1, 100, 60_000),
            f"Get of tracks at random, {label}": lambda name: load(
                servers[name], "get", 1, 100, 60_000, sizes[name][1], sizes[name][0],
                seed=len(name)),
            f"a List page of 50, {label}": lambda name: h2load(
                servers[name], LIST, page, 1, 10, 8_000),
            f"the page after it by creation, {label}": lambda name: h2load(
                servers[name], LIST, deep[name], 1, 10, 8_000),
        }
        for what, case in cases.items():
            self.size_row(what, self.compared(servers, case))
        for server in servers.values():
            server.stop()

    def tls(self) -> None:
        """Calls over TLS 1.3, and full handshakes."""
        authority, pair = bench_tls.server_pair(self.folder)
        servers = {
            "http": start_trackd(self.copy(THOUSAND, "http")),
            "https": start_trackd(self.copy(THOUSAND, "https"), arguments=[
                *pair.flags, "--tls-min", "1.3", "--tls-handshake-rate", "0"])}
        get = body("get", api.GetDeploymentTrackRequest(component_id="bench-big",
                                                        deployment_track_id="t-42"))
        seen = interleaved(self.runs, {
            scheme: functools.partial(h2load, server, GET, get, 1, 100, 60_000, scheme)
            for scheme, server in servers.items()})
        clear, secure = seen["http"]["us"], seen["https"]["us"]
        self.row("Get over TLS 1.3, 1 x 100, against cleartext", "1.5 or less",
                 f"{secure / clear:.2f} ({secure:.2f} us against {clear:.2f} us)")
        nginx = bench_tls.Nginx(self.folder, pair, PINNED)
        shaken = interleaved(self.runs, {
            name: functools.partial(bench_tls.handshakes, server, CLIENT_CORE, cpu_ns)
            for name, server in (("trackd", servers["https"]), ("nginx", nginx))})
        own, other = shaken["trackd"]["us"], shaken["nginx"]["us"]
        self.row("a full TLS 1.3 handshake, against nginx with the same key", "1.1 or less",
                 f"{own / other:.2f} ({own:.0f} us against {other:.0f} us)")
        nginx.stop()
        for server in servers.values():
            server.stop()

    def identity(self) -> None:
        """Calls with a token under a policy, beside calls without either; and refused calls."""
        identity = bench_identity.Identity(self.folder)
        plain = start_trackd(self.copy(THOUSAND, "plain"))
        guarded = start_trackd(self.copy(THOUSAND, "guarded"), arguments=identity.flags)
        get = body("get", api.GetDeploymentTrackRequest(component_id="bench-big",
                                                        deployment_track_id="t-42"))
        bearer = f"Bearer {identity.good}"
        # Both answer: else something cheaper is measured.
        with grpc.insecure_channel(guarded.address) as channel:
            api.DeploymentTrackServiceStub(channel).GetDeploymentTrack(
                api.GetDeploymentTrackRequest(component_id="bench-big", deployment_track_id="t-42"),
                metadata=[("authorization", bearer)], timeout=10)
        # As clients in Go and Java send it, once on a connection; and with the whole field in every
        # call, in Huffman's code, as nghttp2 does.
        indexed = functools.partial(load, mode="get", connections=1, streams=100, count=60_000,
                                    first=THOUSAND[1], layout=THOUSAND[0])
        calls = functools.partial(h2load, path=GET, body=get, connections=1, streams=100,
                                  count=60_000)
        seen = interleaved(self.runs, {
            "without": lambda: indexed(plain), "with": lambda: indexed(guarded, more=(bearer,)),
            "h2load without": lambda: calls(plain),
            "h2load with": lambda: calls(guarded, more=("-H", f"authorization: {bearer}")),
            **{name: functools.partial(calls, guarded, more=fields)
               for name, fields in identity.headers().items()}})
        for client, how in (("", ""), ("h2load ", ", the whole field in every call")):
            without, cost = seen[f"{client}without"]["us"], seen[f"{client}with"]["us"]
            self.row(f"Get, 1 x 100, with a {len(identity.good)}-byte JWT{how}, policy and metrics, "
                     "against without", "" if client else "1.25 or less",
                     f"{cost / without:.2f} ({cost:.2f} us against {without:.2f} us)")
        for name in identity.headers():
            us = seen[name]["us"]
            self.row(f"a call with {name} token, against that Get", "less than 1",
                     f"{us / cost:.2f} ({us:.2f} us)")
        for server in (plain, guarded):
            server.stop()
        # A difference of this size is lost in the noise of times.
        alone, decided = (
            instructions.per_call(self.folder, seeded(*THOUSAND), GET, get.read_bytes(), 100,
                                  arguments=arguments)
            for arguments in ((), ("--policy", str(identity.open_policy))))
        us = seen["without"]["us"] * (decided - alone) / alone
        self.row("a decision of a policy that is compiled, in a Get, 1 x 100", "0.2 us",
                 f"{us:.2f} us: {decided - alone:,} of {decided:,} user instructions")

    def images(self) -> None:
        sizes = {"small": 100, "large": IMAGES}
        servers = {name: start_trackd(self.copied(seeded_images(count), f"images-{name}"))
                   for name, count in sizes.items()}
        request = api.GetDeploymentTrackImagesRequest(component_id="bench-big",
                                                      deployment_track_id="t-0", page_size=50)
        files = {name: {"first": body("images", request)} for name in servers}
        for name, server in servers.items():
            with grpc.insecure_channel(server.address) as channel:
                page = api.DeploymentTrackServiceStub(channel).GetDeploymentTrackImages(
                    request, timeout=30)
                assert len(page.images) == 50 and not page.unreachable
                request.page_token = page.next_page_token
                files[name]["second"] = body(f"images-{name}", request)
                request.page_token = ""
        for number, what in (("first", "a page of 50 images"), ("second", "the page after it")):
            self.size_row(
                f"{what}, a track with {IMAGES:,} against one with 100",
                self.compared(servers, lambda name: h2load(
                    servers[name], LIST_IMAGES, files[name][number], 1, 10, 8_000)))
        for server in servers.values():
            server.stop()

    def idle(self, count: int = 1000) -> None:
        server = start_trackd(self.copy(THOUSAND, "idle"))
        request = message(api.GetDeploymentTrackRequest(
            component_id="bench-big", deployment_track_id="t-42").SerializeToString())

        def called() -> RawConnection:
            raw = RawConnection(server.connect())
            raw.request(1, GET, request)
            assert raw.answer(1) == "OK"
            return raw

        for _ in range(50):
            called().sock.close()
        time.sleep(1)
        before = rss_kb(server.pid)
        connections = [called() for _ in range(count)]
        time.sleep(1)
        after = rss_kb(server.pid)
        for raw in connections:
            raw.sock.close()
        server.stop()
        self.row(f"memory per idle connection, {count:,} of them", "20 kB or less",
                 f"{(after - before) * 1024 / 1000 / count:.1f} kB; {after / 1024:.1f} MiB in all")

    def deployments(self) -> None:
        data = self.folder / "deployments"
        server = start_trackd(data)
        self.row(*bench_deployments.measure([server], data / "gitops.git"))
        server.stop()

    def watch(self) -> None:
        data = self.folder / "watch"
        # Only changes are counted.
        server = start_trackd(data, environment={"TRACKD_WATCH_HEARTBEAT": "1h"})
        put_catalog(server, ["bench-big"])
        with grpc.insecure_channel(server.address) as channel:
            track = api.DeploymentTrackServiceStub(channel).CreateDeploymentTrack(
                api.CreateDeploymentTrackRequest(
                    component_id="bench-big", api_version="v1.0"), timeout=10).deployment_track.id
        for row in bench_watch.measure(server, "bench-big", track, rss_kb):
            self.row(*row)
        server.stop()

    def waiting(self) -> None:
        server = start_trackd(self.folder / "waiting")
        put_catalog(server, [])

        def component(url: str) -> tuple[str, str]:
            with grpc.insecure_channel(server.address) as channel:
                api.CatalogServiceStub(channel).PutComponent(api.PutComponentRequest(
                    component=api.Component(
                        id="far", project_id="bench", type=api.COMPONENT_TYPE_SERVICE,
                        repository_url=url)), timeout=10)
                return "far", api.DeploymentTrackServiceStub(channel).CreateDeploymentTrack(
                    api.CreateDeploymentTrackRequest(component_id="far", api_version="v1.0",
                                                     branch="main"),
                    timeout=10).deployment_track.id

        self.row(*bench_waiting.measure(server, component, rss_kb))
        server.stop()

    def instructions(self) -> None:
        data = seeded(*THOUSAND)
        for name, (path, request, streams) in instructions.calls("bench-big", "t-42").items():
            seen = instructions.per_call(self.folder, data, path, message(request), streams)
            self.row(f"user instructions of {name}",
                     f"{instructions.held().get(name, 0):,} are held", f"{seen:,}")

    def compression(self) -> None:
        """A list of 100 tracks in gzip: what it costs more than one as it is, against zlib
        alone."""
        data = seeded(*THOUSAND)
        request = api.ListDeploymentTracksRequest(
            component_id="bench-big", page_size=100).SerializeToString()
        plain = instructions.per_call(self.folder, data, LIST, message(request), 10)
        compressed = instructions.per_call(
            self.folder, data, LIST, message(gzip.compress(request), flag=1), 10,
            {"grpc-encoding": "gzip", "grpc-accept-encoding": "gzip"})
        server = start_trackd(self.copy(THOUSAND, "compression"))
        with RawConnection(server.connect()) as raw:
            raw.request(1, LIST, message(request))
            assert raw.answer(1) == "OK"
            reply = raw.reply(1).data[5:]
        server.stop()
        file = self.folder / "reply"
        file.write_bytes(reply)
        few, many = (instructions.of_program(str(OUT / "deflate"), str(file), count, "1")
                     for count in ("100", "1100"))
        alone = (many - few) / 1000
        self.row(f"gzip of a list reply of {len(reply):,} B, against zlib alone", "1.3 or less",
                 f"{(compressed - plain) / alone:.2f}: {compressed - plain:,} user instructions "
                 f"against {alone:,.0f}; {plain:,} without")

    def attacks(self) -> None:
        server = start_trackd(self.folder / "attacks")
        bench_attacks.measure(server, cpu_ns, self.row)
        server.stop()

    def bidi(self) -> None:
        with self.streams() as streams:
            self.row(*bench_streams.bidi_row(interleaved(self.runs, {"": streams.bidi})[""]))

    def download(self) -> None:
        with self.streams() as streams:
            idle = streams.server.peak_kb()
            got = interleaved(self.runs, {"own": streams.download, "bare": streams.bare_socket})
            self.row(*bench_streams.download_row(got["own"], got["bare"], idle))

    def stub(self) -> None:
        with self.streams() as streams:
            self.row(*bench_streams.stub_row(interleaved(self.runs, {"": streams.stub})[""]))

    @contextlib.contextmanager
    def streams(self):
        streams = bench_streams.Streams(ROOT / ".build/release/rpc-bench", OUT / "chat",
                                        SERVER_CORE, CLIENT_CORE, cpu_ns)
        try:
            yield streams
        finally:
            streams.server.stop()

    def against(self) -> None:
        """Get of this state against that of another commit."""
        if not self.reference:
            return
        commit, binary = bench_against.built(ROOT, self.reference)
        get = body("get", api.GetDeploymentTrackRequest(component_id="bench-big",
                                                        deployment_track_id="t-42"))
        servers = {}
        own = os.environ["TRACKD_BINARY"]
        for name, program in (("then", str(binary)), ("now", own)):
            # A data folder of its own each, filled by its own program: the schema may differ.
            os.environ["TRACKD_BINARY"] = program
            data = self.folder / f"against-{name}"
            seed(data, *THOUSAND)
            servers[name] = start_trackd(data)
        os.environ["TRACKD_BINARY"] = own
        got = self.compared(
            servers, lambda name: h2load(servers[name], GET, get, 1, 100, 100_000))
        self.row(f"Get, 1 x 100, against {commit}", "1.05 or less",
                 f"{got['now']['us'] / got['then']['us']:.2f}: {got['now']['us']:.2f} us against "
                 f"{got['then']['us']:.2f} us")
        for server in servers.values():
            server.stop()

    def start(self) -> None:
        times = []
        for number in range(self.runs):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
            began = time.monotonic()
            process = subprocess.Popen(
                [*PINNED, str(ROOT / ".build/release/trackd"), "serve", "--listen",
                 f"127.0.0.1:{port}", "--data", str(self.folder / f"start-{number}")],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            times.append(self.first_answer(port, began))
            process.send_signal(signal.SIGTERM)
            process.wait(20)
        self.row("start to first answer, empty store", "50 ms or less",
                 f"{median(times) * 1000:.0f} ms "
                 f"({min(times) * 1000:.0f} to {max(times) * 1000:.0f})")

    @staticmethod
    def first_answer(port: int, began: float) -> float:
        while time.monotonic() - began < 20:
            try:
                with RawConnection(socket.create_connection(("127.0.0.1", port), 1)) as raw:
                    raw.request(1, "/grpc.health.v1.Health/Check", message(b""))
                    if raw.answer(1, 5) == "OK":
                        return time.monotonic() - began
            except OSError:
                time.sleep(0.0005)
        raise SystemExit("trackd does not answer")


#: In the order in which they run; the first two together.
PARTS = ("get", "list", "creates", "saves", "images", "million", "idle", "start", "deployments",
         "watch", "waiting", "instructions", "compression", "bidi", "download", "stub", "against",
         "attacks", "tls", "identity")


def main() -> None:
    parser = argparse.ArgumentParser(prog="Scripts/bench")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--stored", type=int, default=1_000_000,
                        help="tracks stored for the comparison with 1,000")
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--only", help="any of the store's figures, with commas")
    parser.add_argument("--against", metavar="REF",
                        help="a commit that is built in a worktree and measured beside this state")
    options = parser.parse_args()
    is_postgresql = options.store == "postgresql"
    parts = bench_postgresql.PARTS if is_postgresql else PARTS
    wanted = options.only.split(",") if options.only else parts
    if unknown := set(wanted) - set(parts):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(parts)}")
    os.environ["TRACKD_BINARY"] = str(ROOT / ".build" / "release" / "trackd")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    with tempfile.TemporaryDirectory(dir=OUT) as folder:
        bench = Bench(options.runs, options.stored, pathlib.Path(folder), options.against)
        if is_postgresql:
            bench_postgresql.measure(sys.modules[__name__], bench, bench.folder, wanted)
        else:
            bench.measure(wanted)
    print("| what | reach | got |\n|---|---|---|")
    for row in bench.rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
