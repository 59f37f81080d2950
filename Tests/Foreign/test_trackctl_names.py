"""The caller and the server of trackctl, from flags and the environment."""

import os
import subprocess

import pytest

from support import trackctl
from support.client import unique
from support.curl import curl
from support.errors import refused
from support.line import Line
from support.paths import trackctl_binary
from support.stubs import api

OK, FAILED, USAGE, NOT_FOUND, REFUSED, UNAVAILABLE = range(6)
#: Names that text metadata cannot hold.
NAMES = ["jürgen", "李雷", "Zoë O'Neil", "Ärztin 😀"]


@pytest.fixture(scope="module")
def line(client):
    return Line(client, environments=1)


@pytest.mark.parametrize("name", NAMES)
def test_a_user_of_any_name_stands_in_the_history(server, line, name):
    line.image = line.ci(1).image.image_id
    for words, variables in (([], {"USER": name}), ([], {"TRACKCTL_ACTOR": name}),
                             (["--actor", name], {})):
        ran = trackctl.run("deploy", line.component, "v1.0", line.image, *words,
                           server=server.address, **variables)
        assert ran.code == OK and ran.fields["actor"] == name, ran
        history = trackctl.run("history", line.component, "v1.0", "--limit", "1", "-o", "wide",
                               server=server.address)
        assert name in history.out, history
        assert line.history(line.track)[-1].actor == name


def test_a_user_whose_name_is_no_text_can_call(server, line):
    done = subprocess.run([str(trackctl_binary()), "tracks", "list", line.component],
                          capture_output=True, timeout=60,
                          env={**trackctl.environment(TRACKCTL_SERVER=server.address),
                               b"USER": b"j\xfcrgen\x07"})
    assert done.returncode == OK, done


def test_a_name_that_was_chosen_and_cannot_be_is_refused_by_where_it_stands(server, line):
    for words, variables, source in ((["--actor", "a\x07"], {}, "--actor"),
                                     ([], {"TRACKCTL_ACTOR": "ü" * 256}, "TRACKCTL_ACTOR")):
        ran = trackctl.run("tracks", "list", line.component, *words, server=server.address,
                           **variables)
        assert ran.code == USAGE and ran.err.startswith(f"trackctl: {source}: "), ran


@pytest.mark.parametrize("name", NAMES)
def test_stock_clients_name_anybody_in_bytes(client, name):
    component = client.put_component()
    request = api.CreateDeploymentTrackRequest(component_id=component, api_version="v1.0")
    made = client.tracks.CreateDeploymentTrack(request, timeout=10,
                                               metadata=[("trackd-actor-bin", name.encode())])
    assert made.deployment_track.created_by == name
    for metadata in ([("trackd-actor-bin", name.encode()), ("trackd-actor", "ann")],
                     [("trackd-actor-bin", b"j\xfcrgen")],
                     [("trackd-actor-bin", ("ü" * 256).encode())]):
        with refused("INVALID_ARGUMENT", "INVALID_ACTOR", field="trackd-actor-bin"):
            client.tracks.CreateDeploymentTrack(request, timeout=10, metadata=metadata)


def test_json_takes_a_name_as_it_is(server, client):
    component = client.put_component()
    for number, name in enumerate(NAMES):
        reply = curl(server.address, "POST", f"/components/{component}/deployment_tracks",
                     {"apiVersion": f"v1.{number}"}, headers=[f"trackd-actor: {name}"])
        assert reply.status == 200 and reply.json["deployment_track"]["created_by"] == name, reply


# The server.

@pytest.mark.parametrize("form, right", [
    ("http://{}", "{}"), ("https://{}/", "{}"), ("grpc://{}", "{}"), ("dns:///{}", "{}"),
    ("ipv4:{}", "{}"), ("localhost", "localhost:50051"),
    ("/run/trackd.sock", "unix:/run/trackd.sock"), ("tröckd:1", "ASCII")])
def test_a_server_in_another_form_is_a_usage_error_that_names_the_right_one(
        server, line, form, right):
    address, right = form.format(server.address), right.format(server.address)
    for words, variables, source in ((["--server", address], {}, "--server"),
                                     ([], {"TRACKCTL_SERVER": address}, "TRACKCTL_SERVER")):
        ran = trackctl.run("tracks", "list", line.component, *words, **variables)
        assert (ran.code == USAGE and ran.out == ""
                and ran.err.startswith(f"trackctl: {source}: ")), ran
        assert right in ran.err, ran


def test_a_socket_may_be_written_as_a_url(start_server, tmp_path):
    start_server("data", listen=(f"unix:{tmp_path}/s",))
    for address in (f"unix:{tmp_path}/s", f"unix://{tmp_path}/s",
                    f"unix:{os.path.relpath(tmp_path)}/s"):
        if len(address) < 107:
            assert trackctl.run("catalog", "list", "organizations", "--server", address).code == OK
