"""Parts of the README and its pages that test_documentation.py does not run."""

import json
import re
import shlex
import subprocess

from support.paths import README, ROOT, grpcurl, trackd_binary


def test_grpcurl_as_documented_decodes_the_details_of_errors(server):
    pages = [README, *ROOT.glob("Sources/*/*.docc/*.md")]
    (command,) = [found for page in pages
                  for found in re.findall(r"^grpcurl (?:.*\\\n)*.*$", page.read_text(),
                                          re.MULTILINE)]
    words = shlex.split(command.replace("\\\n", " "))[1:]
    words = [server.address if word == "127.0.0.1:50051" else word for word in words]
    assert server.address in words
    done = subprocess.run([str(grpcurl()), "-format-error", *words], cwd=ROOT, capture_output=True,
                          text=True, timeout=60)
    error = json.loads(done.stderr)
    details = {detail["@type"].rsplit(".", 1)[1]: detail for detail in error["details"]}
    assert error["code"] == 5 and details["ErrorInfo"]["reason"] == "COMPONENT_NOT_FOUND"
    assert details["ResourceInfo"]["resourceName"] == "cart"


def test_it_is_said_early_who_may_call():
    early = "\n".join(README.read_text().splitlines()[:50])
    assert "Whoever may call can do a lot" in early and "--auth-tokens" in early
    said = subprocess.run([str(trackd_binary()), "--help"], capture_output=True, text=True,
                          timeout=30, check=True).stdout
    assert "need no credentials and may do everything" in said
