"""An address that is not loopback, in a network of its own: no caller without a credential."""

import os
import subprocess

import pytest

from support import paths, tokens
from test_authentication import TOKEN

SCRIPT = """
set -eu
ip link set lo up
ip address add 192.0.2.1/32 dev lo
"$TRACKD" serve --data "$FOLDER/data" --listen 192.0.2.1:50051 --auth-tokens "$FOLDER/tokens" \\
  --policy "$FOLDER/policy" >"$FOLDER/out" 2>"$FOLDER/log" &
trap 'kill $!; wait $! || true' EXIT
for _ in $(seq 200); do grep -q ready "$FOLDER/out" && break; sleep 0.1; done
ask() {
  curl --silent --max-time 10 --output "$FOLDER/body" --dump-header "$FOLDER/head" \\
    --write-out '%{http_code}\\n' --http2-prior-knowledge "$@" \\
    http://192.0.2.1:50051/components/none/deployment_tracks/none
}
ask
grep -i '^www-authenticate' "$FOLDER/head"
ask -H 'x-forwarded-for: 127.0.0.1' -H 'forwarded: for=127.0.0.1'
ask -H "authorization: Bearer $TOKEN"
ask -H "authorization: Bearer wrong"
"$TRACKCTL" catalog list organizations --server 192.0.2.1:50051 || echo "trackctl $?"
"""


@pytest.mark.skipif(os.getuid() != 0, reason="makes a network of its own")
def test_nobody_is_served_without_a_credential(tmp_path):
    (tmp_path / "tokens").write_text(tokens.line("ci", TOKEN))
    (tmp_path / "policy").write_text(
        'roles: {viewer: [read]}\n'
        'bindings: [{role: viewer, principals: ["token:ci"], scope: all}]\n')
    ran = subprocess.run(
        ["unshare", "-n", "bash", "-c", SCRIPT], capture_output=True, text=True, timeout=60,
        env={**os.environ, "TRACKD": str(paths.trackd_binary()), "FOLDER": str(tmp_path),
             "TRACKCTL": str(paths.trackctl_binary()), "TOKEN": TOKEN})
    lines = [line.strip() for line in ran.stdout.splitlines()]
    assert lines[:5] == ["401", 'www-authenticate: Bearer realm="trackd"', "401", "404", "401"], (
        ran.stdout + ran.stderr)
    assert lines[5].startswith("trackctl ") and "credentials" in ran.stderr, ran.stderr
    log = (tmp_path / "log").read_text()
    assert "tokens can be read on their way" in log and TOKEN not in log
