"""Tables of trackctl on terminals and without one, for any data of a server."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import unicodedata

import pytest

from support import trackctl
from support.client import unique
from support.line import Line
from support.paths import trackctl_binary
from support.stubs import api

OK = 0


def columns(line: str) -> int:
    """The terminal columns of a text, by Python's own tables."""
    wide = {"W": 2, "F": 2}
    return sum(0 if unicodedata.combining(one) else wide.get(unicodedata.east_asian_width(one), 1)
               for one in line)


@pytest.fixture(scope="module")
def full(client):
    """A component with long names and texts, in many scripts."""
    line = Line(client, environments=2)
    line.put_environment(line.environments[0], gitops_path="clusters/" + "p" * 200)
    line.update(line.track, description="Die längste Beschreibung, über eine Zeile hinaus " * 5,
                branch="feature/" + "b" * 80)
    client.create(line.component, "v2147483647.2147483647", branch="main", description="短い説明" * 40)
    for number in range(3):
        line.run(line.ci(number).image.image_id, reason=f"Grund {number}: " + "한국어 " * 60)
    line.undo(reason="e\u0301" * 300)
    endpoints = [api.Endpoint(name=f"endpoint-{number}-" + "e" * 39, type=api.ENDPOINT_TYPE_GRAPHQL,
                              port=8080 + number, base_path="/" + "x" * 200,
                              network_visibilities=[1, 2, 3]) for number in range(3)]
    client.tracks.UpdateDeploymentTrackConfigs(api.UpdateDeploymentTrackConfigsRequest(
        component_id=line.component, deployment_track_id=line.track,
        endpoints=endpoints), timeout=10)
    line.put(repository_url="https://git.example/" + "r" * 300, default_pipeline_id=line.pipeline)
    long = api.Component(id=("c-" + unique("x") + "-" + "c" * 63)[:62] + "z",
                         project_id=line.project, type=api.COMPONENT_TYPE_API_PROXY,
                         repository_url="https://git.example/" + "r" * 300)
    client.catalog.PutComponent(api.PutComponentRequest(component=long), timeout=10)
    return line


def tables(line) -> list[list[str]]:
    track = line.track
    return [["tracks", "list", line.component], ["images", "list", line.component, track],
            ["history", line.component, track], ["catalog", "list", "organizations"],
            ["catalog", "list", "projects", line.organization],
            ["catalog", "list", "components", line.project],
            ["catalog", "list", "environments", line.project],
            ["catalog", "list", "pipelines", line.project]]


def test_every_table_fits_80_columns_without_a_terminal(server, full):
    for words in tables(full):
        ran = trackctl.run(*words, server=server.address)
        assert ran.code == OK and all(columns(line) <= 80 for line in ran.out.splitlines()), ran
        remarks = [line for line in ran.err.splitlines() if "did not answer" not in line]
        assert remarks == [] or len(remarks) == 1 and remarks[0].endswith(": -o wide shows all"), (
            ran)
        if "…" in ran.out:
            assert "cells that end in … are shortened" in ran.err, ran
        # The first column is a name, and is not shortened.
        wide = trackctl.run(*words, "-o", "wide", server=server.address)
        assert "wide" not in wide.err and "…" not in wide.out and len(wide.rows) == len(ran.rows), (
            wide)
        assert all(whole[0].startswith(one[0]) and "…" not in one[0]
                   for one, whole in zip(ran.rows, wide.rows))
        for width in ("60", "100", "200"):
            shown = trackctl.run(*words, server=server.address, COLUMNS=width).out
            assert all(columns(line) <= int(width) for line in shown.splitlines()), shown


def test_endpoints_of_a_track_fit(server, full):
    ran = trackctl.run("tracks", "get", full.component, full.track, server=server.address)
    assert all(
        columns(line) <= 80 for line in ran.out[ran.out.index("ENDPOINT"):].splitlines()), ran
    table = ran.out[ran.out.index("ENDPOINT"):].split("\n\n")[0].splitlines()
    assert len(table) == 4, ran
    assert "8081" in table[2] and "endpoint-1-" in table[2]
    wide = trackctl.run("tracks", "get", full.component, full.track, "-o", "wide",
                        server=server.address)
    assert "/" + "x" * 200 in wide.out


def test_columns_stand_below_each_other_in_every_script(server, full):
    """In a table with wide characters, each cell begins at the column of its heading."""
    ran = trackctl.run("history", full.component, full.track, server=server.address, COLUMNS="150")
    head, *rows = ran.out.splitlines()
    assert any("한" in row for row in rows)
    place = head.index("NOTE")
    for row in rows:
        before = ""
        while columns(before) < place:
            before = row[:len(before) + 1]
        assert columns(before) == place and before.endswith("  ") and row[len(before)] != " ", row


def at_terminal(size: int, *words: str, server: str, **variables: str) -> str:
    """The output of trackctl on a terminal of this width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, size, 0, 0))
    with subprocess.Popen([str(trackctl_binary()), *words], stdin=subprocess.DEVNULL, stdout=theirs,
                          stderr=subprocess.DEVNULL,
                          env=trackctl.environment(TRACKCTL_SERVER=server, **variables)) as process:
        os.close(theirs)
        told = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            told += part
        assert process.wait(30) == OK
    os.close(ours)
    return told.decode().replace("\r\n", "\n")


def test_a_table_is_as_wide_as_its_terminal(server, full):
    words = ("tracks", "list", full.component)
    for size in (80, 120, 300):
        shown = at_terminal(size, *words, server=server.address)
        widest = max(columns(line) for line in shown.splitlines())
        assert size - 30 < widest <= size, shown
    assert "DESCRIPTION" in at_terminal(300, *words, server=server.address)
    # A terminal that does not know its width, and a user who sets it.
    assert max(
        columns(line) for line in at_terminal(0, *words, server=server.address).splitlines()) <= 80
    assert max(columns(line) for line in at_terminal(80, *words, server=server.address,
                                                     COLUMNS="200").splitlines()) > 80


def test_json_has_everything(server, full):
    told = trackctl.run("tracks", "list", full.component, "-o", "json", server=server.address,
                        COLUMNS="20")
    assert (any(len(track["description"]) > 200 for track in told.json["deployment_tracks"])
            and told.err == "")
