"""Builds an environment's folder as Flux does."""

import os
import pathlib
import subprocess
import tempfile

import yaml

from .gitops import Repository
from .paths import ROOT

#: Debian's kubectl, unpacked by Scripts/test where another one is installed.
UNPACKED = ROOT / ".build" / "debian" / "kubernetes-client" / "usr" / "bin" / "kubectl"


def kustomize(repository: Repository, folder: str) -> list[dict]:
    """The objects that Flux applies from a folder without a kustomization.yaml: it writes one over
    all manifests in the folder, and builds that."""
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["git", "clone", "-q", "-b", repository.branch, str(repository.path),
                        f"{place}/clone"], check=True)
        root = pathlib.Path(place) / "clone" / folder
        resources = sorted(str(path.relative_to(root)) for path in root.rglob("*.yaml"))
        (root / "kustomization.yaml").write_text(yaml.safe_dump({
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "resources": resources}))
        program = str(UNPACKED) if UNPACKED.exists() else "kubectl"
        done = subprocess.run([program, "kustomize", str(root)], capture_output=True, text=True,
                              env={**os.environ, "HOME": place})
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return list(yaml.safe_load_all(done.stdout))
