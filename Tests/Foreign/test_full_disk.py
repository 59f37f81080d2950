"""On a full disk, writes fail with a clear status, reads go on, and the server recovers."""

import base64
import os
import subprocess
import time

import grpc
import pytest

from support.errors import Refusal, refused
from support.stubs import api


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 4 MB, and a function that changes its size."""
    at = tmp_path / "disk"
    at.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(at)],
                             capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount a small file system here: {mounted.stderr.strip()}")

    def resize(size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(at)], check=True)

    yield at, resize
    subprocess.run(["umount", "-l", str(at)], check=True)


def test_a_full_disk(small_disk, start_server, connect):
    at, resize = small_disk
    server = start_server("disk/data")
    client = connect(server.address)
    component = client.put_component()
    acknowledged = {}
    since = None
    for number in range(200_000):
        try:
            track = client.create(component, f"v1.{number}", description="d" * 250)
            acknowledged[track.id] = track.api_version
            since = None
        except grpc.RpcError as error:
            refusal = Refusal()
            refusal.fill(error)
            assert (refusal.code.name, refusal.reason) == ("RESOURCE_EXHAUSTED", "STORAGE_FULL")
            assert "SQL" not in refusal.message and str(at) not in refusal.message
            since = since or time.monotonic()
        # A log that starts anew, because no read keeps it, has room for some more writes.
        if since and time.monotonic() - since > 0.2:
            break
    else:
        pytest.fail("200,000 tracks fit into 4 MB")
    assert acknowledged

    assert {t.id: t.api_version for t in client.list(component)} == acknowledged
    with refused("RESOURCE_EXHAUSTED", "STORAGE_FULL"):
        client.create(component, "v9.0", description="d" * 250)

    resize("64m")
    track = client.create(component, "v9.1")
    acknowledged[track.id] = track.api_version
    assert {t.id: t.api_version for t in client.list(component)} == acknowledged

    server.kill()
    server = start_server("disk/data")
    client = connect(server.address)
    assert {t.id: t.api_version for t in client.list(component)} == acknowledged
    server.stop()


@pytest.mark.parametrize("has_new_key", [False, True])
def test_a_full_disk_and_a_restart(small_disk, start_server, connect, tmp_path, has_new_key):
    at, resize = small_disk
    server = start_server("disk/data")
    client = connect(server.address)
    component = client.put_component()
    acknowledged = {}
    with pytest.raises(grpc.RpcError):
        for number in range(20_000):
            track = client.create(component, f"v1.{number}", description="d" * 250)
            acknowledged[track.id] = track.api_version
    # Down to the last byte.
    with open(at / "rest", "wb", buffering=0) as rest:
        try:
            while True:
                rest.write(b"x" * 512)
        except OSError:
            pass
    server.kill()

    key = tmp_path / "audit.key"
    key.write_bytes(base64.b64encode(b"k" * 32))
    key.chmod(0o600)
    server = start_server("disk/data", *(["--audit-key", str(key)] if has_new_key else []))
    client = connect(server.address)
    assert {t.id: t.api_version for t in client.list(component)} == acknowledged
    refusal = Refusal()
    with pytest.raises(grpc.RpcError) as raised:
        client.create(component, "v9.0", description="d" * 250)
    refusal.fill(raised.value)
    assert (refusal.code.name, refusal.reason) == ("RESOURCE_EXHAUSTED", "STORAGE_FULL")
    assert server.running

    resize("64m")
    track = client.create(component, "v9.1")
    acknowledged[track.id] = track.api_version
    assert {t.id: t.api_version for t in client.list(component)} == acknowledged
    # Nothing is written under another key before the event that says so.
    audit = api.AuditServiceStub(client.channel)
    last, before = audit.ListEvents(api.ListEventsRequest(page_size=2)).events
    assert last.method.endswith("/CreateDeploymentTrack")
    assert (before.method == "trackd/ChangeAuditKey") == has_new_key
    assert audit.VerifyEvents(api.VerifyEventsRequest()).fault == api.AUDIT_FAULT_UNSPECIFIED
    server.stop()
    assert ("under another key" in server.log()) == has_new_key
