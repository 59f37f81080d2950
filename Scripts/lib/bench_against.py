"""An older state of this project beside the present one: built in a worktree, measured in turns."""

import pathlib
import subprocess
import sys


def built(root: pathlib.Path, reference: str) -> tuple[str, pathlib.Path]:
    """The short name of a commit, and the trackd that is built of it, kept from run to run."""
    name = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "--short", f"{reference}^{{commit}}"],
        capture_output=True, text=True)
    if name.returncode != 0:
        raise SystemExit(f"--against {reference}: {name.stderr.strip()}")
    commit = name.stdout.strip()
    tree = root / ".build" / "against" / commit
    binary = tree / ".build" / "release" / "trackd"
    if binary.exists():
        return commit, binary
    if not tree.exists():
        subprocess.run(["git", "-C", str(root), "worktree", "add", "--quiet", "--detach", str(tree),
                        commit], check=True)
    print(f"building trackd of {commit}", file=sys.stderr, flush=True)
    subprocess.run(["swift", "build", "--quiet", "-c", "release", "--static-swift-stdlib",
                    "--product", "trackd"], cwd=tree, check=True, stdout=sys.stderr)
    return commit, binary
