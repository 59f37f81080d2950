"""The figures of `Scripts/bench --store postgresql --only sizes`: what a large store costs against a
small one. The rows are made in the database, after the pattern of a few that trackd has written."""

import contextlib
import time

import grpc

import bench_deployments
from support.gitops import make_repository
from support.stubs import api

IMAGES = 10
PAGES = 4_000
GETS = 20_000
SECONDS = 15
PATTERN = "pattern"
ENVIRONMENT = "bench-live"
#: Tables that grow, in the order of the report.
TABLES = ("track", "image", "deployment", "binding", "change_log")


class Sizes:
    """`parent` is the PostgreSQLBench that this is a part of."""

    def __init__(self, parent, stored: int):
        self.parent, self.bench, self.rows = parent, parent.bench, parent.rows
        self.layouts = {"small": self.bench.THOUSAND, "large": self.bench.million(stored)}
        self.stored = stored
        self.urls: dict[str, str] = {}

    def repository(self, name: str) -> str:
        """The URL of a store's own repository."""
        path = self.parent.folder / f"{name}.git"
        if not path.exists():
            make_repository(path)
        return path.as_uri()

    # Rows

    def fill(self, name: str) -> None:
        (big, per), total = layout = self.layouts[name]
        url = self.urls[name] = self.parent.cluster.make_database()
        server = self.parent.server(url)
        self.bench.put_catalog(server, [*self.bench.components(*layout), PATTERN])
        self.write_pattern(server, self.repository(name))
        server.stop()
        began = time.monotonic()
        for statement in (
                self.copies("track", f"p.component_key = {self.key}",
                            component_key="t.key", id="'t-' || t.number", minor="t.number",
                            branch="'b-' || t.number", source=self.tracks(big, per, total)),
                f"""UPDATE component SET latest_track_id = 't-0' WHERE id LIKE 'bench-%' AND EXISTS (
                    SELECT 1 FROM track WHERE component_key = component.key)""",
                self.copies("image", f"p.component_key = {self.key}", skip=("key",),
                            id=self.id("i"), component_key="t.key", track_id="'t-' || t.number",
                            saved_track_id="'t-' || t.number", run_id="'r-' || n.number",
                            source=self.of_tracks()),
                self.copies("deployment", f"p.component_key = {self.key}", skip=("sequence",),
                            id=self.id("d"), component_key="t.key", track_id="'t-' || t.number",
                            image_id=self.id("i"), source=self.of_tracks()),
                self.copies("binding", f"p.component_key = {self.key}",
                            component_key="t.key", track_id="'t-' || t.number",
                            current_deployment_id=self.id("d", str(IMAGES - 1)),
                            current_image_id=self.id("i", str(IMAGES - 1)),
                            source=self.of_tracks("1")),
                self.copies("change_log", f"p.sequence = {self.change}",
                            sequence="(SELECT change_sequence FROM store_head) "
                                     "+ row_number() OVER ()",
                            component_id="t.component", source=self.of_tracks()),
                "UPDATE store_head SET change_sequence = (SELECT max(sequence) FROM change_log)"):
            self.run(name, f"SET session_replication_role = replica; {statement}")
        filled = time.monotonic()
        self.run(name, "VACUUM ANALYZE")
        if name == "large":
            self.tell(filled - began, time.monotonic() - filled)

    def write_pattern(self, server, repository: str) -> None:
        """A track with a deployment that has ended, written by trackd."""
        with grpc.insecure_channel(server.address) as channel:
            catalog = api.CatalogServiceStub(channel)
            tracks = api.DeploymentTrackServiceStub(channel)
            catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
                id=ENVIRONMENT, project_id="bench", gitops_path="pattern",
                gitops_repository_url=repository)), timeout=10)
            tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
                component_id=PATTERN, id="t", api_version="v1.0", branch="main"), timeout=10)
            saved = tracks.SaveDeploymentTrackImage(api.SaveDeploymentTrackImageRequest(
                component_id=PATTERN, deployment_track_id="t", organization_id="bench",
                project_id="bench", run_id="r", git_hash="a" * 40,
                git_hash_commit_timestamp={"seconds": 1_700_000_000},
                images=[api.ContainerImage(reference="registry.example/pattern:a",
                                           digest="sha256:" + "a" * 64)],
                image_ports=[8080]), timeout=10)
            deployment = tracks.DeployDeploymentTrack(api.DeployDeploymentTrackRequest(
                component_id=PATTERN, deployment_track_id="t", environment_id=ENVIRONMENT,
                image_id=saved.image.image_id), timeout=10).deployment
            while deployment.state in (api.DEPLOYMENT_STATE_QUEUED,
                                       api.DEPLOYMENT_STATE_IN_PROGRESS):
                time.sleep(0.1)
                deployment = tracks.GetDeployment(api.GetDeploymentRequest(
                    component_id=PATTERN, deployment_track_id="t",
                    deployment_id=deployment.id), timeout=10).deployment
            if deployment.state != api.DEPLOYMENT_STATE_SUCCEEDED:
                raise SystemExit(f"the pattern was not deployed: {deployment}")

    @property
    def key(self) -> str:
        return f"(SELECT key FROM component WHERE id = '{PATTERN}')"

    @property
    def change(self) -> str:
        """The change that made the pattern's track."""
        return f"(SELECT min(sequence) FROM change_log WHERE component_id = '{PATTERN}')"

    @staticmethod
    def tracks(big: int, per: int, total: int) -> str:
        """The tracks that load.c knows."""
        return f"""(
            SELECT c.key, c.id AS component, n.number FROM component c
            CROSS JOIN LATERAL generate_series(0, CASE WHEN c.id = 'bench-big' THEN {big}
              ELSE least({per}, {total - big} - {per} * substr(c.id, 7)::int) END - 1) AS n (number)
            WHERE c.id LIKE 'bench-%')"""

    @staticmethod
    def of_tracks(count: str = str(IMAGES)) -> str:
        """So many rows for each track that was made."""
        return f"""(
            SELECT c.key, c.id AS component, substr(k.id, 3)::int AS number
            FROM track k JOIN component c ON c.key = k.component_key
            WHERE c.id LIKE 'bench-%') AS t CROSS JOIN (
            SELECT generate_series(0, {count} - 1) AS number) AS n"""

    @staticmethod
    def id(letter: str, number: str = "n.number") -> str:
        return f"'{letter}-' || t.key || '-' || t.number || '-' || {number}"

    def copies(self, table: str, which: str, *, source: str, skip=(), **changed: str) -> str:
        """Rows as those of a pattern but for some columns."""
        columns = [name for name in self.parent.cluster.run(
            f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' "
            "ORDER BY ordinal_position", self.urls["small"]).split() if name not in skip]
        if " AS t" not in source:
            source += " AS t"
        return (f"INSERT INTO {table} ({', '.join(columns)}) "
                f"SELECT {', '.join(changed.get(name, f'p.{name}') for name in columns)} "
                f"FROM {table} p, {source} WHERE {which}")

    def run(self, name: str, command: str) -> str:
        return self.parent.cluster.run(command, self.urls[name])

    def tell(self, filled: float, vacuumed: float) -> None:
        counts = ", ".join(f"{int(self.run('large', f'SELECT count(*) FROM {table}')):,} {table}"
                           for table in TABLES)
        sizes = ", ".join(
            f"{table} {int(self.run('large', f'SELECT pg_total_relation_size({table!r})')) >> 20:,}"
            for table in TABLES)
        self.rows.row(f"disk and time of {counts}", "",
                      f"{sizes} MiB with their indexes; {filled:.0f} s, and {vacuumed:.0f} s of "
                      "VACUUM ANALYZE")

    # Figures

    def measure(self) -> None:
        for name in ("small", "large"):
            self.fill(name)
        servers = {name: self.parent.server(url) for name, url in self.urls.items()}
        label = f"{self.stored:,} tracks against 1,000"
        for what, case in self.cases(servers).items():
            self.rows.size_row(f"{what}, {label}", self.rows.compared(servers, case))
        self.deployments(servers, label)
        for server in servers.values():
            server.stop()

    def cases(self, servers) -> dict:
        bodies: dict[tuple[str, str], object] = {}
        service = "/deploymenttrack.v1.DeploymentTrackService/"
        calls = {"ListDeploymentTracks": api.ListDeploymentTracksRequest(
                     component_id="bench-big", page_size=50),
                 "GetDeploymentTrackImages": api.GetDeploymentTrackImagesRequest(
                     component_id="bench-big", deployment_track_id="t-42", page_size=5),
                 "ListDeployments": api.ListDeploymentsRequest(
                     component_id="bench-big", deployment_track_id="t-42", page_size=5)}
        for name, server in servers.items():
            with grpc.insecure_channel(server.address) as channel:
                stub = api.DeploymentTrackServiceStub(channel)
                for method, request in calls.items():
                    bodies[name, method] = self.bench.body(method, request)
                    page = getattr(stub, method)(request, timeout=60)
                    if not page.next_page_token:
                        raise SystemExit(f"{method} has one page only")
                    after = type(request)()
                    after.CopyFrom(request)
                    after.page_token = page.next_page_token
                    bodies[name, f"{method}-after"] = self.bench.body(f"{method}-{name}", after)

        def page(method: str, after: str = ""):
            return lambda name: self.bench.h2load(
                servers[name], service + method, bodies[name, method + after], 1, 10, PAGES)

        cases = {"Get of tracks at random": lambda name: self.bench.load(
            servers[name], "get", 1, 100, GETS, self.layouts[name][1], self.layouts[name][0],
            seed=len(name))}
        for method in calls:
            cases[f"a page of {method}"] = page(method)
            cases[f"the page after it of {method}"] = page(method, "-after")
        return cases

    def deployments(self, servers, label: str) -> None:
        """What it takes to find, do and record one: trackd's own CPU."""
        got = {}
        for name, server in servers.items():
            with contextlib.ExitStack() as stack:
                channel = stack.enter_context(grpc.insecure_channel(server.address))
                load = bench_deployments.Load(
                    [channel], bench_deployments.prepare(channel, self.repository(name)))
                before = self.bench.cpu_ns(server.pid)
                load.run(SECONDS)
                used = self.bench.cpu_ns(server.pid) - before
            got[name] = {"us": used / len(load.ended) / 1000}
        self.rows.size_row(f"a deployment, from its acceptance to its record, {label}", got)
