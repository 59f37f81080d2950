"""Secrets stay in memory only as long as they are needed: the texts of files with keys go at once, the
keys themselves when others take their place."""

import base64
import os
import shutil
import signal

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from support import paths
from support.certificates import Authority
from support.memory import contains
from support.waiting import until

pytestmark = pytest.mark.skipif(paths.SANITIZED, reason="terabytes are mapped")


def secret_number(key) -> list[bytes]:
    """What only the holder of the key has, in both orders of bytes."""
    if isinstance(key, rsa.RSAPrivateKey):
        number = key.private_numbers().p
    else:
        number = key.private_numbers().private_value
    count = (number.bit_length() + 7) // 8
    return [number.to_bytes(count, order) for order in ("big", "little")]


@pytest.mark.parametrize("make", [
    lambda: ec.generate_private_key(ec.SECP256R1()),
    lambda: rsa.generate_private_key(65537, 2048),
], ids=["ec", "rsa"])
def test_a_private_key_leaves_the_memory(make, start_server, tmp_path):
    authority = Authority(tmp_path)
    pair = authority.issue("first", "localhost", key=make())
    other = authority.issue("second", "localhost", key=make())
    number = secret_number(pair.private)
    text = pair.key.splitlines()[1]
    server = start_server("data", *pair.flags)
    assert contains(server.pid, *number), "the test does not find what is there"
    assert not contains(server.pid, text)
    shutil.copy(other.chain_file, pair.chain_file)
    shutil.copy(other.key_file, pair.key_file)
    os.kill(server.pid, signal.SIGHUP)
    until(lambda: contains(server.pid, *secret_number(other.private)), 60)
    until(lambda: not contains(server.pid, *number), 60)
    assert not contains(server.pid, text, other.key.splitlines()[1])


def test_the_text_of_the_audits_key_leaves_the_memory(start_server, tmp_path):
    keys = [os.urandom(32), os.urandom(48)]
    texts = [base64.b64encode(key) for key in keys]
    path = tmp_path / "audit.key"
    path.write_bytes(b"# the newest first\n" + b"\n".join(texts) + b"\n")
    path.chmod(0o600)
    server = start_server("data", "--audit-key", str(path))
    assert contains(server.pid, *keys) == keys
    assert not contains(server.pid, *texts)
