"""Two equal servers on one database: what one of them has acknowledged is there on the other one."""

import json
import uuid

import pytest

from support import metrics, postgresql, waiting
from support.client import unique
from support.errors import refused
from support.gitops import make_repository
from support.server import Server
from support.shop import Shop
from support.stubs import api
from support.watch import resume, state, take, watch, words

ADMIN = ("--admin-listen", "127.0.0.1:0")


@pytest.fixture(scope="module")
def database():
    return postgresql.shared().make_database()


@pytest.fixture(scope="module")
def pair(tmp_path_factory, database):
    """Two servers, each with a data folder of its own."""
    folder = tmp_path_factory.mktemp("pair")
    started = [Server(folder / name, "--git-allow-file", *ADMIN, logs=folder,
                      environment={"TRACKD_STORE": database}) for name in ("a", "b")]
    yield started
    for one in started:
        one.stop()


@pytest.fixture
def a(pair, connect):
    return connect(pair[0].address)


@pytest.fixture
def b(pair, connect):
    return connect(pair[1].address)


def create(client, component, version, **fields):
    return client.tracks.CreateDeploymentTrack(api.CreateDeploymentTrackRequest(
        component_id=component, api_version=version, **fields), timeout=10).deployment_track


def test_what_one_has_acknowledged_the_other_one_reads_at_once(a, b):
    component = a.put_component()
    for number in range(30):
        one, other = (a, b) if number % 2 else (b, a)
        made = create(one, component, f"v1.{number}")
        assert other.get(component, made.id) == made
        assert len(other.list(component)) == number + 1


def test_a_watch_goes_on_at_the_other_one_with_its_token(a, b):
    component = a.put_component()
    call = watch(b, component)
    _, token = state(call)
    made = create(a, component, "v1.0")
    (seen,) = take(call, 1)
    assert words(seen) == "created v1.0" and seen.change.deployment_track == made
    call.cancel()
    create(b, component, "v1.1")
    for token, wanted in ((token, ["created v1.0", "updated v1.0", "created v1.1"]),
                          (seen.resume_token, ["updated v1.0", "created v1.1"])):
        for client in (a, b):
            call = resume(client, component, token=token)
            assert [words(one) for one in take(call, len(wanted))] == wanted
            call.cancel()


def test_a_request_id_is_known_to_both(a, b):
    component, id = a.put_component(), str(uuid.uuid4())
    made = create(a, component, "v1.0", request_id=id)
    create(a, component, "v1.1")
    assert create(b, component, "v1.0", request_id=id) == made
    with refused("INVALID_ARGUMENT", "REQUEST_ID_REUSED", field="request_id"):
        create(b, component, "v1.2", request_id=id)
    assert len(b.list(component)) == 2


def test_a_list_goes_on_at_the_other_one(a, b):
    component = a.put_component()
    versions = [create(a, component, f"v1.{number}").api_version for number in range(7)]
    found, token, clients = [], "", [a, b]
    while True:
        page = clients[0].tracks.ListDeploymentTracks(api.ListDeploymentTracksRequest(
            component_id=component, page_size=2, page_token=token), timeout=10)
        found += [track.api_version for track in page.deployment_tracks]
        token = page.next_page_token
        clients.reverse()
        if not token:
            break
    assert sorted(found) == sorted(versions) and len(found) == 7


def test_the_audit_has_what_was_done_at_both_in_one_order(a, b):
    component = a.put_component()
    for number, client in enumerate([a, b, a, b]):
        create(client, component, f"v1.{number}")
    pages = [api.AuditServiceStub(client.channel).ListEvents(
        api.ListEventsRequest(resource=f"components/{component}"), timeout=10).events
             for client in (a, b)]
    assert pages[0] == pages[1]
    made = [event for event in pages[0] if event.method.endswith("/CreateDeploymentTrack")]
    assert len(made) == 4 and all(event.code for event in made)
    sequences = [event.sequence for event in pages[0]]
    assert sorted(sequences) == sorted(set(sequences))


def test_each_file_of_the_audit_has_the_events_of_all_also_after_a_restart(
        start_server, connect, tmp_path):
    url = postgresql.shared().make_database()

    def start(name):
        return start_server(name, "--audit-log", str(tmp_path / f"{name}.jsonl"),
                            environment={"TRACKD_STORE": url})

    def events(name):
        return [json.loads(line)["sequence"]
                for line in (tmp_path / f"{name}.jsonl").read_text().splitlines()]
    servers = [start("a"), start("b")]
    clients = [connect(one.address) for one in servers]
    component = clients[0].put_component()
    for number in range(4):
        create(clients[number % 2], component, f"v1.{number}")
    for name in ("a", "b"):
        waiting.until(lambda: len(events(name)) == 7)
    servers[1].stop()
    create(clients[0], component, "v2.0")
    waiting.until(lambda: len(events("a")) == 8)
    # What is in the file of one server is noted once for all when it ends.
    servers[0].stop()
    for name in ("b", "a"):
        start(name)
        waiting.until(lambda: len(events(name)) == 8)
    assert events("a") == events("b") == sorted(events("a"))


def test_deployments_are_made_once_and_counted_once(pair, a, b, tmp_path):
    repository = make_repository(tmp_path / "gitops.git")
    shop = Shop(a, environments=0, images=0)
    environment, track = put_environment(
        a, shop.project, gitops_repository_url=repository.path.as_uri()), shop.tracks[0]
    images = [shop.save(track, f"run-{number}") for number in range(6)]
    before = sum(ended(one) for one in pair)
    made = []
    for number, image in enumerate(images):
        shop.client = (a, b)[number % 2]
        made.append(shop.deploy(track, environment, image).id)
        shop.client = (b, a)[number % 2]
        assert shop.ended(track, made[-1]).state == api.DEPLOYMENT_STATE_SUCCEEDED
    assert [deployment for _, deployment in repository.commits()] == made
    waiting.until(lambda: sum(ended(one) for one in pair) - before >= len(made), 60)
    assert sum(ended(one) for one in pair) - before == len(made)


def put_environment(client, project, **fields) -> str:
    environment = unique("env")
    client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
        id=environment, project_id=project, **fields)), timeout=10)
    return environment


def ended(server) -> float:
    return metrics.scrape(server).sum("trackd_deployments_ended_total")


def test_an_environment_needs_a_repository(a, database, tmp_path):
    shop = Shop(a, environments=0, images=0)
    with refused("INVALID_ARGUMENT", "GITOPS_REPOSITORY_REQUIRED",
                 field="environment.gitops_repository_url"):
        put_environment(a, shop.project)
    # One that has come from a store where it needed none.
    environment = put_environment(a, shop.project, gitops_repository_url=make_repository(
        tmp_path / "gitops.git").path.as_uri())
    postgresql.shared().run("UPDATE environment SET gitops_repository_url = '', gitops_key = ''"
                            f" WHERE id = '{environment}'", database)
    (track,) = shop.tracks
    image = shop.save(track, "run")
    with refused("FAILED_PRECONDITION", "GITOPS_REPOSITORY_REQUIRED") as refusal:
        shop.deploy(track, environment, image)
    assert environment in refusal.message and refusal.metadata["environment"] == environment
    assert shop.history(track) == []


def test_they_cannot_share_a_data_folder(pair, start_server):
    url = postgresql.shared().make_database()
    with pytest.raises(AssertionError, match="in use by another trackd"):
        Server(pair[0].data, environment={"TRACKD_STORE": url})


def test_servers_that_tell_each_other_of_commits(tmp_path, connect, database):
    started = [Server(tmp_path / name, *ADMIN, logs=tmp_path,
                      environment={"TRACKD_STORE": database, "TRACKD_STORE_NOTIFY": database})
               for name in ("a", "b")]
    try:
        for server in started:
            waiting.until(lambda: metrics.scrape(server).get("trackd_store_notified") == 1)
        one, other = (connect(server.address) for server in started)
        component = one.put_component()
        call = watch(other, component)
        state(call)
        create(one, component, "v1.0")
        (seen,) = take(call, 1)
        assert words(seen) == "created v1.0"
        call.cancel()
    finally:
        for server in started:
            server.stop()
