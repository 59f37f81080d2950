"""A bad commit, remote or host affects no other one: refused pushes, silent hosts, few
descriptors."""

import collections
import contextlib
import pathlib
import socket
import subprocess
import time

import grpc
import pytest
from grpc_health.v1 import health_pb2

from support import raw_h2
from support.gitops import Repository
from support.raw_h2 import RawConnection, message
from support.server import run_to_end
from support.shop import Shop
from support.stubs import api
from support.watch import state as watch_state, watch


SERVING = health_pb2.HealthCheckResponse.SERVING


def start(start_server, git_https, tmp_path, *arguments, **options):
    credentials = git_https.credentials(tmp_path / "credentials")
    return start_server("data", "--git-credentials", str(credentials), *arguments,
                        environment=git_https.environment(), **options)


def put_environments(shop: Shop, urls: list[str]) -> None:
    for environment, url in zip(shop.environments, urls):
        shop.client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id=environment, project_id=shop.project, name=environment,
            gitops_repository_url=url)), timeout=10)


def state(deployment) -> str:
    return api.DeploymentState.Name(deployment.state).removeprefix("DEPLOYMENT_STATE_")


@pytest.mark.parametrize("guilty", [[11], [0, 7, 8, 30]])
def test_of_a_push_only_what_the_remote_refuses_fails(start_server, connect, git_https, tmp_path,
                                                      guilty):
    path = git_https.create("ops.git")
    server = start(start_server, git_https, tmp_path)
    shop = Shop(connect(server.address), tracks=33, images=1)
    put_environments(shop, [git_https.url("ops.git")])
    (environment,) = shop.environments
    *tracks, first = shop.tracks
    gate, refused = tmp_path / "gate", [tracks[number] for number in guilty]
    hook = pathlib.Path(path, "hooks", "pre-receive")
    hook.write_text(f"""#!/bin/sh
read old new ref
while [ ! -e {gate} ]; do sleep 0.05; done
git log --format=%B $new --not --all > {tmp_path}/message
if grep -q -e {' -e '.join(refused)} {tmp_path}/message; then
  printf 'policy 17 forbids \\033[31mthis\\033[0m\\nsee https://ada:hunter2@wiki.example/17\\n' >&2
  exit 1
fi
""")
    hook.chmod(0o755)
    # While the first push is held, the others gather behind it.
    held = shop.deploy(first, environment, shop.images[first][0])
    made = [shop.deploy(track, environment, shop.images[track][0]) for track in tracks]
    gate.touch()
    assert state(shop.ended(first, held.id)) == "SUCCEEDED"
    for number, deployment in enumerate(made):
        ended = shop.ended(tracks[number], deployment.id, seconds=60)
        if number in guilty:
            assert state(ended) == "FAILED"
            assert "policy 17 forbids this see https://***@wiki.example/17" in ended.error, (
                ended.error)
        else:
            assert state(ended) == "SUCCEEDED", ended.error
    published = dict(Repository(path).commits())
    assert len(published) == 33 - len(guilty)
    pushes = [one for one in git_https.requests if one.endswith("/git-receive-pack")]
    assert len(pushes) <= 4 + 12 * len(guilty), "one push for each deployment would be as good"
    words = [one["words"] for one in server.log_records() if one.get("command") == "push"]
    assert any("policy 17" in one for one in words) and "hunter2" not in server.log()
    Repository(path).check_integrity()


def test_files_that_let_nobody_in_refuse_the_start(tmp_path):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    locked = tmp_path / "locked"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", locked], check=True)
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("nonsense\n")
    nonsense.chmod(0o600)

    def refusal(*arguments: str) -> str:
        code, out, err = run_to_end("serve", "--data", str(tmp_path / "data"), "--listen",
                                    "127.0.0.1:0", *arguments)
        assert code == 1 and out == "" and len(err.strip().splitlines()) == 1, (code, out, err)
        return err
    for flag in ("--git-ssh-key", "--git-credentials"):
        assert f"{flag}: there is no file" in refusal(flag, str(tmp_path / "nowhere"))
        assert "is no file" in refusal(flag, str(tmp_path))
    assert "passphrase" in refusal("--git-ssh-key", str(locked))
    assert "no private key" in refusal("--git-ssh-key", str(nonsense))
    key.chmod(0o644)
    assert f"chmod 600 '{key}'" in refusal("--git-ssh-key", str(key))
    assert not (tmp_path / "data").exists(), "it had begun already"


@contextlib.contextmanager
def silent_hosts(count: int):
    """Ports that accept connections and never answer."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))
                   for _ in range(count)]
        yield [f"https://127.0.0.1:{one.getsockname()[1]}" for one in sockets]


def children(pid: int) -> int:
    return len(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()) or sum(
        len(one.read_text().split())
        for one in pathlib.Path(f"/proc/{pid}/task").glob("*/children"))


@pytest.mark.parametrize("hosts,repositories", [(40, 40), (1, 300)])
def test_silent_hosts_hold_up_nobody_else(start_server, connect, git_https, tmp_path, hosts,
                                          repositories):
    path = git_https.create("ops.git")
    server = start(start_server, git_https, tmp_path, "--grace", "1",
                   prefix=("prlimit", "--nofile=1024:1024"))
    shop = Shop(connect(server.address), environments=repositories + 2, images=2)
    (track,) = shop.tracks
    with silent_hosts(hosts) as urls:
        put_environments(shop, [f"{urls[number % hosts]}/{number}.git"
                                for number in range(repositories)]
                         + [git_https.url("ops.git")])
        for environment in shop.environments[:repositories]:
            shop.deploy(track, environment, shop.images[track][0])
        time.sleep(1)
        begun = time.monotonic()
        for environment in shop.environments[repositories:]:
            for image in shop.images[track]:
                good = shop.ended(track, shop.deploy(track, environment, image).id, seconds=60)
                assert state(good) == "SUCCEEDED", good.error
        took = time.monotonic() - begun
        assert took < 15, f"good deployments took {took:.1f} s"
        assert children(server.pid) < 100
        assert server.open_files() < 700
        assert len(Repository(path).commits()) == 2
        assert server.log().count("no room for one more process") == 0
        server.stop()


APPLY = "/deploymenttrack.v1.DeploymentTrackService/ApplyComponentConfig"


def test_calls_that_wait_for_a_silent_repository_leave_room_for_everybody_else(
        start_server, connect, git_https, tmp_path):
    path, connections, calls = git_https.create("ops.git"), 12, 900
    server = start(start_server, git_https, tmp_path, "--grace", "1")
    shop = Shop(connect(server.address), environments=2, images=3)
    (track,) = shop.tracks
    put_environments(shop, [git_https.url("ops.git")])
    with contextlib.ExitStack() as stack:
        greedy = []
        for url in stack.enter_context(silent_hosts(connections)):
            component = shop.client.put_component(repository_url=f"{url}/source.git")
            waits = message(api.ApplyComponentConfigRequest(
                component_id=component,
                deployment_track_id=shop.client.create(component, "v1.0", branch="main").id
            ).SerializeToString())
            greedy.append(stack.enter_context(RawConnection(server.connect())))
            for number in range(calls):
                greedy[-1].request(2 * number + 1, APPLY, waits)
        for raw in greedy:
            raw.send(raw_h2.ping())
        for raw in greedy:
            assert raw.read_until(lambda raw=raw: raw.pings == 1)
        for number in range(3):
            begun = time.monotonic()
            other = connect(server.address, [("grpc.use_local_subchannel_pool", 1)])
            assert other.health.Check(health_pb2.HealthCheckRequest(), timeout=5).status == SERVING
            one = other.create(other.put_component(), "v1.0")
            request = api.GetDeploymentTrackRequest(component_id=one.component_id,
                                                    deployment_track_id=one.id)
            # Not only one after the other, and beside a watch.
            call = watch(other, one.component_id)
            assert len(watch_state(call)[0]) == 1
            asked = [other.tracks.GetDeploymentTrack.future(request, timeout=5) for _ in range(20)]
            assert all(call.result().deployment_track == one for call in asked)
            call.cancel()
            for environment in shop.environments:
                done = shop.ended(
                    track, shop.deploy(track, environment, shop.images[track][number]).id)
                assert state(done) == "SUCCEEDED", done.error
            took = time.monotonic() - begun
            assert took < 15, f"calls and deployments of others took {took:.1f} s"
        for raw in greedy:
            raw.send(raw_h2.ping())
            assert raw.read_until(lambda raw=raw: raw.pings == 2)
        answers = collections.Counter(raw.reply(2 * number + 1).name() for raw in greedy
                                      for number in range(calls))
        assert set(answers) == {"no answer", "RESOURCE_EXHAUSTED"}, answers
        assert answers["no answer"] > 5000, "too few waited for this to be a test"


def test_with_few_descriptors_deployments_wait_and_none_fails(start_server, connect, tmp_path):
    repositories = []
    for number in range(30):
        path = tmp_path / f"ops{number}.git"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", path], check=True)
        repositories.append(path)
    server = start_server("data", "--git-allow-file", "--loops", "1",
                          prefix=("prlimit", "--nofile=100:100"))
    shop = Shop(connect(server.address), environments=len(repositories), images=2)
    put_environments(shop, [str(path) for path in repositories])
    (track,) = shop.tracks
    for image in shop.images[track]:
        made = [shop.deploy(track, environment, image) for environment in shop.environments]
        for one in made:
            ended = shop.ended(track, one.id, seconds=60)
            assert state(ended) == "SUCCEEDED", ended.error
    assert [len(Repository(path).commits()) for path in repositories] == [2] * len(repositories)
