"""Where the URLs of repositories may lead: with stock Git servers over https and ssh, and names
that only one trackd knows."""

import os
import pathlib
import sqlite3
import stat
import subprocess
import tarfile

import pytest

from support import paths
from support.client import unique
from support.errors import refused
from support.git_https import PASSWORD, GitServer
from support.git_ssh import SSHServer
from support.gitops import Repository
from support.hosts import Hosts
from support.shop import Shop
from support.stubs import api
from support.waiting import until

#: What trackd has without a word of an operator's.
NOTHING = {"TRACKD_GIT_ALLOW_HOST": ""}
SUCCEEDED, FAILED = api.DEPLOYMENT_STATE_SUCCEEDED, api.DEPLOYMENT_STATE_FAILED
OLD_FOLDER = pathlib.Path(__file__).parent / "inputs" / "trackd-0.1.0.tar.gz"


def allowing(*hosts: str) -> dict[str, str]:
    return {"TRACKD_GIT_ALLOW_HOST": ",".join(hosts)}


@pytest.fixture
def git_ssh(tmp_path):
    """A Git server over ssh."""
    folder = tmp_path / "ssh"
    folder.mkdir()
    one = SSHServer(folder)
    yield one
    one.stop()


def records(server, words: str) -> list[dict]:
    """The records of the log whose message holds these words."""
    return [one for one in server.log_records() if words in one["message"]]


class Way:
    """A trackd and a repository that it is to reach."""

    def __init__(self, start_server, connect, tmp_path):
        self._start, self._connect, self._folder = start_server, connect, tmp_path

    def start(self, *arguments, **options):
        self.server = self._start(unique("data"), "--step-attempts", "2", *arguments, **options)
        self.shop = Shop(self._connect(self.server.address))
        return self

    def put(self, url: str) -> None:
        (environment,) = self.shop.environments
        self.shop.client.catalog.PutEnvironment(api.PutEnvironmentRequest(
            environment=api.Environment(
                id=environment, project_id=self.shop.project, gitops_repository_url=url,
                gitops_branch="main", gitops_path=unique("apps"))), timeout=10)

    def deploy(self, url: str):
        """The end of a deployment to that repository."""
        self.put(url)
        track, (environment,) = self.shop.tracks[0], self.shop.environments
        return self.shop.ended(
            track, self.shop.deploy(track, environment, self.shop.images[track][0]).id)

    def fails(self, url: str, *words: str) -> str:
        ended = self.deploy(url)
        assert ended.state == FAILED
        for word in words:
            assert word in ended.error, ended.error
        return ended.error

    def succeeds(self, url: str) -> None:
        ended = self.deploy(url)
        assert ended.state == SUCCEEDED, ended.error


@pytest.fixture
def way(start_server, connect, tmp_path):
    return Way(start_server, connect, tmp_path)


# Addresses and names

FORBIDDEN = [
    "https://127.0.0.1/x.git", "https://localhost:3000/x.git", "https://[::1]/x.git",
    "https://10.1.2.3/x.git", "https://172.16.0.1/x.git", "ssh://git@192.168.1.1/x.git",
    "git@100.64.0.1:x.git", "https://[fd00::1]/x.git", "https://169.254.169.254/latest",
    "https://[fe80::1]/x.git", "https://0.0.0.0/x.git", "https://[::]/x.git",
    "https://[::ffff:127.0.0.1]/x.git", "https://[::ffff:169.254.169.254]/x.git",
    "https://[64:ff9b::10.0.0.1]/x.git", "https://[2002:7f00:1::]/x.git", "https://224.0.0.1/x",
    "https://255.255.255.255/x.git", "https://git.localhost/x.git", "git@LOCALHOST:x.git"]


def test_an_address_that_is_not_allowed_is_refused_when_it_is_named(way):
    way.start(environment=NOTHING)
    catalog, shop = way.shop.client.catalog, way.shop
    for url in FORBIDDEN:
        with refused("INVALID_ARGUMENT", "REPOSITORY_HOST_NOT_ALLOWED",
                     field="environment.gitops_repository_url"):
            way.put(url)
        with refused("INVALID_ARGUMENT", "REPOSITORY_HOST_NOT_ALLOWED",
                     field="component.repository_url"):
            catalog.PutComponent(api.PutComponentRequest(component=api.Component(
                id=shop.component, project_id=shop.project, type=api.COMPONENT_TYPE_SERVICE,
                image_source=api.IMAGE_SOURCE_BUILD, repository_url=url)), timeout=10)
    for url in ["https://git.example/x.git", "https://8.8.8.8/x.git", "git@git.example:x.git", ""]:
        way.put(url)


def test_an_operator_allows_networks_and_names(way):
    way.start("--git-allow-host", "10.0.0.0/8", "--git-allow-host=localhost,fd00::/8",
              environment=NOTHING)
    for url in ["https://10.1.2.3/x", "https://localhost/x", "https://[fd00::1]/x"]:
        way.put(url)
    for url in ["https://192.168.0.1/x", "https://169.254.169.254/x", "https://[fd00:ec2::254]/x"]:
        with refused("INVALID_ARGUMENT", "REPOSITORY_HOST_NOT_ALLOWED"):
            way.put(url)


@pytest.mark.parametrize("value, words", [
    ("169.254.169.254", "no Git server may be"), ("0.0.0.0/0", "no Git server may be"),
    ("10.0.0.1/8", "is not valid"), ("https://git.example", "is not valid"),
    ("*", "is not valid"), ("a,", "is not valid")], ids=["meta", "all", "bits", "url", "any", "list"])
def test_a_value_that_allows_nothing_ends_the_start(tmp_path, value, words):
    ended = subprocess.run(
        [paths.trackd_binary(), "serve", "--data", tmp_path / "data", "--git-allow-host", value],
        capture_output=True, text=True, timeout=20)
    assert ended.returncode == 2 and words in ended.stderr and "--git-allow-host" in ended.stderr


@pytest.mark.parametrize("addresses, words", [
    ("127.0.0.1", "server's own machine"), ("169.254.169.254", "no Git server may be"),
    ("10.9.9.9", "private network"), ("::1", "server's own machine"),
    ("127.0.0.1 10.9.9.9", "server's own machine")], ids=["loop", "meta", "priv", "six", "two"])
def test_a_name_that_leads_where_nothing_may_go_fails_at_once(way, git_https, tmp_path, addresses,
                                                              words):
    hosts = Hosts(tmp_path / "hosts", git_example=addresses)
    way.start(environment=NOTHING, prefix=hosts.prefix)
    for url in (f"https://git.example:{git_https.port}/x.git", "git@git.example:x.git"):
        error = way.fails(url, *([words] if url.startswith("https") else ["--git-known-hosts"]))
        # The name server's answer is the operator's to see.
        assert "10.9" not in error and "127.0" not in error
    assert git_https.connections == 0
    # Once for each deployment: trying again would not help.
    until(lambda: len(records(way.server, "git failed")) == 2)
    told = records(way.server, "git failed")
    assert addresses.split()[0] in told[0]["words"]


def test_a_name_is_not_looked_up_again_behind_the_check(way, git_https, tmp_path):
    """Whoever owns the name gives another address as soon as trackd has looked it up."""
    git_https.create("ops.git")
    hosts = Hosts(tmp_path / "hosts", localhost="127.0.0.1", git_example="127.0.0.1")
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text(f"""#!/bin/sh
        case "$*" in *curloptResolve*)
            echo x >> {tmp_path / "moved"}
            printf '127.0.0.9 localhost\\n127.0.0.9 git.example\\n' > {hosts.path};;
        esac
        exec {os.path.realpath("/usr/bin/git")} "$@"
        """)
    (programs / "git").chmod(0o755)
    credentials = git_https.credentials(tmp_path / "credentials")
    way.start("--git-credentials", str(credentials), "--git-ca", str(git_https.authority),
              prefix=hosts.prefix,
              environment={**allowing("127.0.0.1"),
                           "PATH": f"{programs}:{os.environ['PATH']}"})
    # The first command goes to the address that was checked; the next one is not run any more.
    error = way.fails(git_https.url("ops.git"), "server's own machine")
    assert "127.0" not in error
    assert (tmp_path / "moved").read_text() == "x\n" and git_https.requests


# https

def test_a_redirect_is_not_followed_and_its_target_is_named(way, git_https, tmp_path):
    git_https.create("ops.git")
    other = tmp_path / "other"
    other.mkdir()
    target = GitServer(other)
    target.create("ops.git")
    try:
        credentials = git_https.credentials(tmp_path / "credentials")
        way.start("--git-credentials", str(credentials), environment=git_https.environment())
        for status in (301, 302, 307, 308):
            git_https.redirect = (status, f"https://eve:{PASSWORD}@localhost:{target.port}/ops.git/"
                                          f"info/refs?token={PASSWORD}")
            error = way.fails(git_https.url("ops.git"), "redirects to",
                              f"localhost:{target.port}/ops.git/info/refs")
            assert PASSWORD not in error
        git_https.redirect = None
        way.succeeds(git_https.url("ops.git"))
        assert target.connections == 0 and PASSWORD not in way.server.log()
    finally:
        target.stop()


def test_git_believes_the_authority_that_is_named_and_no_other(way, git_https, tmp_path):
    path = git_https.create("ops.git")
    credentials = str(git_https.credentials(tmp_path / "credentials"))
    way.start("--git-credentials", credentials, "--git-ca", str(git_https.authority),
              # The flag wins over the variable.
              environment={"GIT_SSL_CAINFO": "/nowhere"})
    way.succeeds(git_https.url("ops.git"))
    assert Repository(path, "main").commits()
    # The certificate is for localhost.
    way.fails(git_https.url("ops.git").replace("localhost", "127.0.0.1"), "certificate")
    way.server.stop()
    others = tmp_path / "others"
    others.mkdir()
    other = GitServer(others)
    other.stop()
    way.start("--git-credentials", credentials, "--git-ca", str(other.authority))
    before = len(git_https.requests)
    way.fails(git_https.url("ops.git"), "certificate")
    assert len(git_https.requests) == before


@pytest.mark.parametrize("flag, content, words", [
    ("--git-ca", None, "there is no file"), ("--git-ca", "x", "no certificate"),
    ("--git-known-hosts", None, "there is no file")], ids=["no-ca", "bad-ca", "no-hosts"])
def test_a_file_that_cannot_be_used_ends_the_start(tmp_path, flag, content, words):
    path = tmp_path / "file"
    if content:
        path.write_text(content)
    ended = subprocess.run(
        [paths.trackd_binary(), "serve", "--data", tmp_path / "data", flag, path],
        capture_output=True, text=True, timeout=20)
    assert ended.returncode == 1 and words in ended.stderr and flag in ended.stderr


# ssh

def test_ssh_reaches_hosts_whose_keys_are_known(way, git_ssh, tmp_path):
    path = git_ssh.create("ops.git")
    hosts = Hosts(tmp_path / "hosts", git_example="127.0.0.1")
    way.start("--git-ssh-key", str(git_ssh.key), "--git-known-hosts", str(git_ssh.known_hosts),
              prefix=hosts.prefix)
    way.succeeds(git_ssh.url("ops.git"))
    assert Repository(path, "main").commits() and git_ssh.logins > 0
    logins = git_ssh.logins
    # The same server under a name whose key nobody has told.
    way.fails(git_ssh.url("ops.git", host="git.example"), "--git-known-hosts")
    assert git_ssh.logins == logins
    assert not (way.server.data / "git/home/known_hosts").exists()


def test_ssh_reaches_no_other_hosts(way, git_ssh, tmp_path):
    git_ssh.create("ops.git")
    # A key of somebody else's under the right name, and with no file.
    way.start("--git-ssh-key", str(git_ssh.key), "--git-known-hosts",
              str(git_ssh.knowing(f"[localhost]:{git_ssh.port}")))
    way.fails(git_ssh.url("ops.git"), "key has changed")
    way.server.stop()
    way.start("--git-ssh-key", str(git_ssh.key))
    way.fails(git_ssh.url("ops.git"), "--git-known-hosts")
    way.server.stop()
    connections = git_ssh.connections
    # The name may lead to this machine no more.
    hosts = Hosts(tmp_path / "hosts", git_example="127.0.0.1")
    way.start("--git-ssh-key", str(git_ssh.key), "--git-known-hosts",
              str(git_ssh.knowing(f"[git.example]:{git_ssh.port}")), environment=NOTHING,
              prefix=hosts.prefix)
    way.fails(git_ssh.url("ops.git", host="git.example"), "server's own machine")
    assert git_ssh.connections == connections and git_ssh.logins == 0


# Secrets

def processes_of(data: pathlib.Path) -> list[tuple[pathlib.Path, str]]:
    """The processes of git that work for a trackd, each with its arguments and variables."""
    found = []
    home = f"HOME={data}/git/home".encode()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            environment = (folder / "environ").read_bytes()
            if home in environment.split(b"\0"):
                text = (folder / "cmdline").read_bytes() + b"\0" + environment
                found.append((folder, text.decode(errors="replace")))
        except OSError:
            pass
    return found


def leaves_no_core(folder: pathlib.Path) -> bool:
    limits = [line.split() for line in (folder / "limits").read_text().splitlines()
              if line.startswith("Max core file size")]
    return (limits[0][4:6] == ["0", "0"]
            and int((folder / "coredump_filter").read_text(), 16) == 0)


def test_secrets_are_in_no_argument_variable_or_core_dump(way, git_https, tmp_path):
    git_https.create("ops.git")
    credentials = git_https.credentials(tmp_path / "credentials")
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    seen = []

    def look():
        for folder, text in processes_of(way.server.data):
            try:
                seen.append((text, leaves_no_core(folder)))
            except OSError:
                pass

    git_https.at_request = look
    way.start("--git-credentials", str(credentials), "--git-ssh-key", str(key),
              environment=git_https.environment())
    way.succeeds(git_https.url("ops.git"))
    private = key.read_text().splitlines()[1]
    assert any("git-remote-https" in text for text, _ in seen)
    for text, has_no_core in seen:
        assert PASSWORD not in text and private not in text and has_no_core
    folder = pathlib.Path(f"/proc/{way.server.pid}")
    assert leaves_no_core(folder)
    for name in ("cmdline", "environ"):
        assert PASSWORD.encode() not in (folder / name).read_bytes()
    assert PASSWORD not in way.server.log() and private not in way.server.log()
    assert not stat.S_IMODE((way.server.data / "git").stat().st_mode) & 0o077


# Upgrades

def test_an_older_folder_keeps_its_hosts_until_it_is_told(start_server, connect, git_https,
                                                          tmp_path):
    path = git_https.create("ops.git")
    with tarfile.open(OLD_FOLDER) as archive:
        archive.extractall(tmp_path, filter="data")
    database = sqlite3.connect(tmp_path / "data" / "trackd.db")
    database.execute("UPDATE environment SET gitops_repository_url = ? WHERE id = 'dev'",
                     [git_https.url("ops.git")])
    database.execute("UPDATE component SET repository_url = 'git@git.corp.example:cart.git'")
    database.commit()
    database.close()
    credentials = str(git_https.credentials(tmp_path / "credentials"))

    def start(**environment):
        server = start_server("data", "--git-credentials", credentials, environment={
            **git_https.environment(), **NOTHING, **environment})
        return server, connect(server.address)

    def deploy(client):
        image = next(one.image_id for one in client.tracks.ListDeployments(
            api.ListDeploymentsRequest(component_id="cart", deployment_track_id="one"),
            timeout=10).deployments if one.environment_id == "dev")
        shop = Shop.__new__(Shop)
        shop.client, shop.component = client, "cart"
        return shop.ended("one", shop.deploy("one", "dev", image).id)

    def told(server):
        until(lambda: records(server, "started"))
        return records(server, "Git hosts of older data")

    server, client = start()
    (line,) = told(server)
    assert line["level"] == "warning" and line["hosts"] == "git.corp.example,localhost"
    assert "--git-allow-host" in line["message"]
    assert deploy(client).state == SUCCEEDED
    assert Repository(path, "main").commits()
    # New data may name what the old data does, and nothing more.
    with refused("INVALID_ARGUMENT", "REPOSITORY_HOST_NOT_ALLOWED"):
        client.catalog.PutEnvironment(api.PutEnvironmentRequest(environment=api.Environment(
            id="new", project_id="shop", gitops_repository_url="https://127.0.0.1/x.git")),
            timeout=10)
    server.stop()
    # Once told, it knows what it is told alone.
    server, client = start(**allowing("git.corp.example"))
    assert told(server) == []
    ended = deploy(client)
    assert ended.state == FAILED and "--git-allow-host" in ended.error
    server.stop()
    server, client = start(**allowing("localhost"))
    assert told(server) == [] and records(server, "may be on this machine")
    assert deploy(client).state == SUCCEEDED


def test_an_older_folder_keeps_the_keys_that_it_accepted(way, git_ssh):
    git_ssh.create("ops.git")
    way.start("--git-ssh-key", str(git_ssh.key), "--git-known-hosts", str(git_ssh.known_hosts))
    data, shop = way.server.data, way.shop
    way.server.stop()
    (data / "git/home/known_hosts").write_text(git_ssh.known_hosts.read_text())
    way.server = way._start(data.name, "--git-ssh-key", str(git_ssh.key))
    shop.client = way._connect(way.server.address)
    way.succeeds(git_ssh.url("ops.git"))
    assert records(way.server, "until --git-known-hosts")
    assert (data / "git/home/known_hosts").read_text() == git_ssh.known_hosts.read_text()
