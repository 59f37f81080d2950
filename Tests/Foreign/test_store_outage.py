"""A database that cannot be reached: at the start, and later."""

import pytest
from grpc_health.v1 import health_pb2

from support import metrics, postgresql, waiting
from support.curl import curl
from support.errors import refused
from support.server import run_to_end
from support.watch import state, take, watch, words
from test_doctor import FAILED, OK, WARNING, Doctor

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
SERVICE = "deploymenttrack.v1.DeploymentTrackService"


@pytest.fixture
def cluster():
    one = postgresql.Cluster()
    yield one
    one.close()


def test_it_goes_on_by_itself_when_the_database_is_back(cluster, start_server, connect):
    server = start_server("data", "--admin-listen", "127.0.0.1:0",
                          environment={"TRACKD_STORE": cluster.make_database()})
    client = connect(server.address)
    component = client.put_component()
    track = client.create(component, "v1.0")
    call = watch(client, component)
    state(call)

    def health(service=""):
        return client.health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10).status

    def readiness():
        return curl(server.admin, "GET", "/readyz?verbose", http="1.1")

    assert readiness().status == 200 and health(SERVICE) == SERVING
    assert metrics.scrape(server).get("trackd_store_reachable") == 1
    cluster.stop()

    for ask in (lambda: client.create(component, "v1.1"), lambda: client.get(component, track.id),
                lambda: client.list(component)):
        with refused("UNAVAILABLE", "STORE_UNAVAILABLE") as refusal:
            ask()
        assert refusal.details["RetryInfo"].retry_delay.ToTimedelta().total_seconds() > 0
        assert str(cluster.folder) not in refusal.message
    waiting.until(lambda: readiness().status == 503, 60)
    assert "[-] store: failed, " in readiness().text
    # No restart would help.
    assert health() == SERVING and health(SERVICE) == NOT_SERVING
    assert curl(server.admin, "GET", "/healthz", http="1.1").status == 200
    found = metrics.scrape(server)
    assert found.get("trackd_store_reachable") == 0 and found.get("trackd_store_outages_total") == 1
    Doctor(server.address).says("trackd: store", FAILED, "needs no restart")

    cluster.start()
    waiting.until(lambda: readiness().status == 200, 60)
    waiting.until(lambda: health(SERVICE) == SERVING, 60)
    client.create(component, "v1.1")
    assert client.get(component, track.id).api_version == "v1.0"
    assert [words(one) for one in take(call, 2)] == ["updated v1.0", "created v1.1"]
    call.cancel()
    waiting.until(lambda: Doctor(server.address).state("trackd: store") == OK, 60)
    told = [record["message"] for record in server.log_records()]
    assert told.count("the database does not answer: calls are refused until it does") == 1
    assert told.count("the database answers again") == 1


def test_a_database_without_a_standby_is_told_and_takes_no_writes_where_one_is_required(
        cluster, start_server, connect):
    environment = {"TRACKD_STORE": cluster.make_database()}
    usual, strict = [start_server(name, *flags, "--admin-listen", "127.0.0.1:0",
                                  environment=environment)
                     for name, flags in (("usual", ()), ("strict", ("--require-sync-standby",)))]
    client, refusing = connect(usual.address), connect(strict.address)

    def readiness(server):
        return curl(server.admin, "GET", "/readyz?verbose", http="1.1")

    def told(server, words):
        return [one["level"] for one in server.log_records() if one["message"].startswith(words)]

    reason = "COMMITs do not wait for a standby: synchronous_standby_names is empty"
    component = client.put_component()
    track = client.create(component, "v1.0")
    assert readiness(usual).status == 200
    assert f"[!] durability: warning, {reason}\n" in readiness(usual).text
    Doctor(usual.address).says("trackd: durability", WARNING, reason, "synchronous_commit")

    assert refusing.get(component, track.id) == track == refusing.list(component)[0]
    with refused("UNAVAILABLE", "STORE_UNAVAILABLE") as refusal:
        refusing.create(component, "v1.1")
    assert refusal.details["RetryInfo"].retry_delay.ToTimedelta().total_seconds() > 0
    waiting.until(lambda: "no COMMIT would wait for a standby: synchronous_standby_names is empty"
                  in strict.log())
    assert readiness(strict).status == 503
    assert f"[-] durability: failed, writes are refused: {reason}\n" in readiness(strict).text
    Doctor(strict.address).says("trackd: durability", FAILED, reason)
    assert len(client.list(component)) == 1
    words = "COMMITs do not wait for a standby"
    assert told(usual, words) == ["warning"] and told(strict, words) == ["error"]

    # From now on they wait, and there is none. Nobody has to write for that to be seen.
    cluster.set("synchronous_standby_names", "nobody")
    for server in (usual, strict):
        waiting.until(lambda: "[!] durability: warning, COMMITs wait for a standby, and none "
                      "follows\n" in readiness(server).text, 60)
        assert metrics.scrape(server).get("trackd_store_synchronous") == 1
        waiting.until(lambda: told(server, "COMMITs wait for a standby, and none follows") == [
            "warning"])
    cluster.set("synchronous_standby_names", "")
    for server in (usual, strict):
        waiting.until(lambda: reason in readiness(server).text, 60)
        assert metrics.scrape(server).get("trackd_store_synchronous") == 0


def serve(tmp_path, *arguments, **environment):
    code, out, err = run_to_end("serve", "--data", str(tmp_path / "data"), "--listen",
                                "127.0.0.1:0", *arguments, environment=environment, seconds=60)
    assert "secret" not in out + err
    return code, err


@pytest.mark.parametrize("url", [
    "postgresql://trackd:secret@127.0.0.1:1/trackd", "postgresql://trackd:secret@/d?host=/nowhere",
    "postgresql://trackd:secret@nowhere.invalid/trackd"])
def test_one_that_cannot_be_reached_at_the_start_is_told(tmp_path, url):
    code, err = serve(tmp_path, TRACKD_STORE=url)
    assert code == 1 and err.startswith("trackd: the database cannot be used: "), err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("text, words", [
    ("", "one URL"), ("postgresql://trackd:secret@h/d\nmore", "one URL"), ("secret", "no URL"),
    ("postgresql://trackd:secret@h/d?nosuch=1", "none that libpq understands"),
    ("postgresql://trackd:secret@127.0.0.1:1/d\n", "the database cannot be used")])
def test_a_file_that_does_not_name_one_is_told(tmp_path, text, words):
    file = tmp_path / "store"
    file.write_text(text)
    file.chmod(0o600)
    code, err = serve(tmp_path, "--store-file", str(file))
    assert code == 1 and words in err


def test_a_password_that_everybody_may_read_is_refused(tmp_path):
    file = tmp_path / "store"
    file.write_text("postgresql://trackd:secret@h/d")
    file.chmod(0o644)
    code, err = serve(tmp_path, "--store-file", str(file))
    assert code == 1 and f"{file}: everybody may read the password" in err


def test_a_password_on_the_command_line_is_warned_of(tmp_path, start_server):
    url = postgresql.shared().make_database().replace("trackd@", "trackd:secret@")
    seen = start_server("seen", "--store", url, "--admin-listen", "127.0.0.1:0")
    warnings = [one for one in seen.log_records() if "can read a password" in one["message"]]
    assert [one["level"] for one in warnings] == ["warning"]
    reply = curl(seen.admin, "GET", "/readyz?verbose", http="1.1")
    assert reply.status == 200 and "password-on-command-line: warning" in reply.text
    seen.stop()
    file = tmp_path / "store"
    file.write_text(url + "\n")
    file.chmod(0o600)
    kept = start_server("kept", "--store-file", str(file))
    assert "password" not in kept.log()
    for one in (seen, kept):
        assert "secret" not in one.log()


def test_a_folder_of_a_server_with_its_store_elsewhere_is_not_begun_anew(tmp_path, start_server):
    url = postgresql.shared().make_database()
    server = start_server("data", environment={"TRACKD_STORE": url})
    server.stop()
    assert not (server.data / "trackd.db").exists()
    # Without the address of its store.
    code, _, err = run_to_end("serve", "--data", str(server.data), "--listen", "127.0.0.1:0")
    assert code == 1 and "--store" in err
    assert not (server.data / "trackd.db").exists()
