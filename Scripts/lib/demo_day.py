"""A day of one service: CI, auto-deploy, an operator with trackctl, a bad release and its
rollback."""

import datetime
import json
import pathlib
import shlex
import subprocess
import time
import uuid

import grpc
from google.protobuf import timestamp_pb2

from demo_repository import Commit, GitOps, Sources
from support import trackctl
from support.paths import trackctl_binary
from support.stubs import api

OPERATOR = "olga"
TIMEOUT = 20


def at(clock: str, text: str) -> None:
    print(f"{clock}  {text}")


def created(deployment: dict) -> datetime.datetime:
    return datetime.datetime.fromisoformat(deployment["created_at"])


class Day:
    def __init__(self, address: str, folder: pathlib.Path, channel):
        self.address = address
        self.channel = channel
        self.tracks = api.DeploymentTrackServiceStub(channel)
        self.sources = Sources(folder / "basket")
        self.gitops = GitOps(folder / "gitops.git")
        # Another day in the same trackd is one of other things.
        today = uuid.uuid4().hex[:6]
        self.project, self.component, self.pipeline = (
            f"day-{today}", f"basket-{today}", f"steps-{today}")
        self.development, self.production = f"dev-{today}", f"prod-{today}"
        #: Image id -> what it was built from.
        self.built: dict[str, Commit] = {}
        self.track = {"v1.0": "", "v1.1": ""}

    # Who does what.

    def operator(self, *words: str) -> dict:
        """The operator runs trackctl, which has to succeed; gives the JSON that it prints."""
        print(f"       $ trackctl {shlex.join(words)}")
        ran = trackctl.run(*words, "-o", "json", server=self.address, TRACKCTL_ACTOR=OPERATOR)
        if ran.code != 0:
            raise AssertionError(f"trackctl {' '.join(words)} ended with {ran.code}: {ran.err}")
        return ran.json

    def deployed(self, *words: str) -> dict:
        """The operator deploys, and waits for it."""
        deployment = self.operator(*words)["deployment"]
        assert deployment["state"] == "DEPLOYMENT_STATE_SUCCEEDED", deployment
        return deployment

    def build(self, commit: Commit, track: str, run: str = ""):
        """CI builds a commit and saves the image, as it does everywhere: over gRPC, with the token
        it has."""
        timestamp = timestamp_pb2.Timestamp()
        timestamp.FromJsonString(commit.time)
        reply = self.tracks.SaveDeploymentTrackImage(api.SaveDeploymentTrackImageRequest(
            organization_id="northwind-retail", project_id=self.project,
            component_id=self.component, deployment_track_id=self.track[track],
            run_id=run or f"run-{commit.hash[:8]}", git_hash=commit.hash,
            git_hash_commit_timestamp=timestamp, registry_token="a token that nobody keeps",
            image_ports=[8080], images=[api.ContainerImage(
                reference=f"registry.northwind.example/basket:{commit.hash[:8]}",
                digest="sha256:" + (commit.hash * 2)[:64])],
        ), metadata=[("trackd-actor", "ci")], timeout=TIMEOUT)
        self.built[reply.image.image_id] = commit
        decision = api.AutoDeployDecision.Name(reply.auto_deploy).removeprefix(
            "AUTO_DEPLOY_DECISION_")
        print(f"       CI saved {commit.hash[:8]} ({commit.message}): auto-deploy {decision}")
        if decision == "STARTED":
            self.wait(track, reply.deployment.id)
        return decision

    def wait(self, track: str, id: str) -> None:
        """Until a deployment has succeeded."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            found = self.tracks.GetDeployment(api.GetDeploymentRequest(
                component_id=self.component, deployment_track_id=self.track[track],
                deployment_id=id), timeout=TIMEOUT).deployment
            if found.state == api.DEPLOYMENT_STATE_SUCCEEDED:
                return
            assert found.state in (api.DEPLOYMENT_STATE_QUEUED,
                                   api.DEPLOYMENT_STATE_IN_PROGRESS), found
            time.sleep(0.05)
        raise AssertionError(f"deployment {id} does not end")

    # What happens.

    def morning(self) -> None:
        at("08:00", "A new service: where it lives, where it goes, and its two lines.")
        self.operator("catalog", "put", "project", self.project, "--organization",
                      "northwind-retail")
        for environment in (self.development, self.production):
            self.operator("catalog", "put", "environment", environment, "--project", self.project,
                          "--gitops-url", f"file://{self.gitops.folder}", "--gitops-branch", "main",
                          "--gitops-path", f"clusters/{environment}")
        self.operator("catalog", "put", "pipeline", self.pipeline, "--project", self.project,
                      "--environment", self.development, "--environment", self.production)
        self.operator("catalog", "put", "component", self.component, "--project", self.project,
                      "--type", "service", "--repository", f"file://{self.sources.folder}",
                      "--pipeline", self.pipeline, "--auto-build", "on")
        for version, branch, *flags in (("v1.0", "release/1.0"), ("v1.1", "main", "--auto-deploy")):
            made = self.operator("tracks", "create", self.component, version, "--branch", branch,
                                 *flags)
            self.track[version] = made["deployment_track"]["id"]
        applied = self.operator("apply", self.component, "v1.1", "--commit",
                                self.sources.first.hash)
        assert [e["name"] for e in applied["configs"]["endpoints"]] == ["basket-api"], applied

    def work(self) -> None:
        at("09:00", "CI builds both branches; main is deployed by itself.")
        assert self.build(self.sources.first, "v1.1") == "STARTED"
        fix = self.sources.commit("release/1.0", "Round prices as the law wants it")
        assert self.build(fix, "v1.0") == "DISABLED"
        assert self.build(self.sources.commit("main", "Baskets can be shared"), "v1.1") == "STARTED"

        at("11:00", "The operator promotes what runs in development to production.")
        self.deployed("promote", self.component, "v1.1", "--reason", "release 1.1.0")

    def trouble(self) -> None:
        at("14:00", "A commit that looks good goes the same way, and is not.")
        assert self.build(self.sources.commit("main", "Faster, with a cache"), "v1.1") == "STARTED"
        bad = self.deployed("promote", self.component, "v1.1", "--to", self.production)

        at("14:12", "Customers see each other's baskets: back, in both environments.")
        for environment in (self.production, self.development):
            back = self.deployed("rollback", self.component, "v1.1", "--environment", environment,
                                 "--reason", "baskets mixed up")
            assert back["kind"] == "DEPLOYMENT_KIND_ROLLBACK"
            if environment == self.production:
                assert back["rollback_of"] == bad["id"]

        at("14:20", "The next build does not undo that: auto-deploy is held.")
        assert self.build(self.sources.commit("main", "The cache is smaller"), "v1.1") == "HELD"

    def evening(self) -> None:
        at("16:00", "The bug is found. Auto-deploy goes on with the commit that has the fix.")
        assert self.operator("resume", self.component, "v1.1", self.development)["resumed"]
        late = self.sources.commit("main", "A test for shared caches")
        assert self.build(self.sources.commit("main", "The cache is each customer's own"),
                          "v1.1") == "STARTED"
        assert self.build(late, "v1.1") == "STALE_COMMIT"
        self.deployed("promote", self.component, "v1.1", "--reason", "release 1.1.1")

        at("17:00", "The old line gets its fix by hand.")
        self.deployed("deploy", self.component, "v1.0", "@newest")


# What has to be there afterwards.

WANTED = [  # environment, kind, message of the commit; the first one first
    ("development", "AUTO", "A basket that keeps what is put in"),
    ("development", "AUTO", "Baskets can be shared"),
    ("production", "DEPLOY", "Baskets can be shared"),
    ("development", "AUTO", "Faster, with a cache"),
    ("production", "DEPLOY", "Faster, with a cache"),
    ("production", "ROLLBACK", "Baskets can be shared"),
    ("development", "ROLLBACK", "Baskets can be shared"),
    ("development", "AUTO", "The cache is each customer's own"),
    ("production", "DEPLOY", "The cache is each customer's own"),
]


class Review:
    """Compares what trackd and the GitOps repository say with what happened."""

    def __init__(self, day: Day):
        self.day = day
        self.wrong: list[str] = []
        self.history = {version: list(reversed(
            day.operator("history", day.component, version)["deployments"]))
                        for version in day.track}

    def expect(self, what: str, wanted, found) -> None:
        if wanted != found:
            self.wrong.append(f"{what}: {wanted!r} was wanted, {found!r} found")

    def run(self) -> list[str]:
        at("18:00", "What does the history say?")
        self.review_history()
        self.review_gitops()
        self.review_manifests()
        self.review_images()
        return self.wrong

    def review_history(self) -> None:
        names = {self.day.development: "development", self.day.production: "production"}
        found = [(names[d["environment_id"]], d["kind"].removeprefix("DEPLOYMENT_KIND_"),
                  self.day.built[d["image_id"]].message) for d in self.history["v1.1"]]
        self.expect("the history of v1.1", WANTED, found)
        self.expect("the history of v1.0", ["Round prices as the law wants it"],
                    [self.day.built[d["image_id"]].message for d in self.history["v1.0"]])
        everything = self.history["v1.1"] + self.history["v1.0"]
        self.expect("states", {"DEPLOYMENT_STATE_SUCCEEDED"}, {d["state"] for d in everything})
        for deployment in everything:
            who = "ci" if deployment["kind"] == "DEPLOYMENT_KIND_AUTO" else OPERATOR
            self.expect(f"who made {deployment['id']}", who, deployment["actor"])
        undone = {d["id"]: d["rolled_back_by"] for d in everything if d["rolled_back_by"]}
        self.expect("what was rolled back", undone,
                    {d["rollback_of"]: d["id"] for d in everything if d["rollback_of"]})
        self.expect("rollbacks", 2, len(undone))

    def review_gitops(self) -> None:
        commits = self.day.gitops.commits()
        everything = sorted(self.history["v1.1"] + self.history["v1.0"], key=created)
        self.expect("commits of the GitOps repository", [d["id"] for d in everything],
                    [c.trailers.get("Deployment") for c in commits])
        for commit, deployment in zip(commits, everything):
            self.expect("its hash in the history", commit.hash, deployment["gitops_hash"])
            self.expect("its trailers", (
                deployment["kind"].removeprefix("DEPLOYMENT_KIND_"), deployment["image_id"],
                deployment["environment_id"], deployment["actor"],
            ), tuple(commit.trailers.get(name)
                     for name in ("Kind", "Image", "Environment", "Actor")))

    def path(self, deployment: dict) -> str:
        environment = deployment["environment_id"]
        return (f"clusters/{environment}/{deployment['component_id']}"
                f"/{deployment['deployment_track_id']}/{environment}.yaml")

    def review_manifests(self) -> None:
        last = {self.path(d): d for d in [*self.history["v1.1"], *self.history["v1.0"]]}
        self.expect("the files", sorted(last), sorted(self.day.gitops.files()))
        for path, deployment in last.items():
            text = self.day.gitops.manifest(path)
            commit = self.day.built[deployment["image_id"]]
            for part in (deployment["id"], (commit.hash * 2)[:64]):
                if part not in text:
                    self.wrong.append(f"{path} does not name {part}")
        for back in (d for d in self.history["v1.1"] if d["rollback_of"]):
            before = [d for d in self.history["v1.1"][:self.history["v1.1"].index(back)]
                      if d["environment_id"] == back["environment_id"]
                      and d["image_id"] == back["image_id"]][-1]
            texts = [self.day.gitops.manifest(self.path(d), d["gitops_hash"]).replace(d["id"], "ID")
                     for d in (before, back)]
            self.expect("the manifest that a rollback brings back", *texts)

    def review_images(self) -> None:
        images = self.day.operator("images", "list", self.day.component, "v1.1", "--all")
        self.expect("sources that did not answer", [], images["unreachable"])
        for image in images["images"]:
            commit = self.day.built[image["image_id"]]
            self.expect(f"the commit of {image['image_id']}",
                        (commit.hash, commit.message, "Mia Berg"), (
                            image["commit_hash"], image["commit_msg"].strip(),
                            (image["author"] or {}).get("name")))
        active = {self.day.built[i["image_id"]].message: sorted(i["deployed_in"])
                  for i in images["images"] if i["deployed_in"]}
        self.expect("what is active", {
            "The cache is each customer's own": sorted(
                [self.day.development, self.day.production])}, active)


class Watcher:
    """A dashboard that follows the component all day."""

    def __init__(self, day: Day):
        self.process = subprocess.Popen(
            [str(trackctl_binary()), "watch", day.component, "--server", day.address, "-o", "json"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=trackctl.environment())
        # The state has been told when a token comes.
        while not json.loads(self.process.stdout.readline())["resume_token"]:
            pass

    def succeeded(self, last: str) -> list[str]:
        """The deployments that it saw succeed, in order, up to `last`."""
        seen = []
        for line in self.process.stdout:
            deployment = (json.loads(line).get("change") or {}).get("deployment") or {}
            if (deployment.get("state") == "DEPLOYMENT_STATE_SUCCEEDED"
                and deployment["id"] not in seen):
                seen.append(deployment["id"])
            if last in seen:
                break
        return seen

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def run(address: str, folder: pathlib.Path) -> list[str]:
    """Plays the day; gives what is not as it should be."""
    with grpc.insecure_channel(address) as channel:
        day = Day(address, folder, channel)
        day.morning()
        watcher = Watcher(day)
        try:
            day.work()
            day.trouble()
            day.evening()
            review = Review(day)
            wrong = review.run()
            everything = sorted(review.history["v1.1"] + review.history["v1.0"], key=created)
            seen = watcher.succeeded(everything[-1]["id"])
            review.expect("what the dashboard saw", [d["id"] for d in everything], seen)
            return wrong
        finally:
            watcher.stop()
