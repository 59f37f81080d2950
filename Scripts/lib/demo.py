"""Plays a day into a trackd, and looks whether it happened. See Scripts/demo."""

import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Foreign"))
sys.dont_write_bytecode = True

import demo_day  # noqa: E402
import demo_morning  # noqa: E402
from support.server import Server  # noqa: E402


def run(address: str, folder: pathlib.Path) -> int:
    lines = demo_morning.run(address) + demo_day.run(address, folder)
    for line in lines:
        print(f"not as it should be: {line}", file=sys.stderr)
    if not lines:
        print("The history and the GitOps repository say what happened.")
    return 1 if lines else 0


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if len(sys.argv) > 1:
            return run(sys.argv[1], folder)
        server = Server(folder / "data", "--git-allow-file")
        try:
            return run(server.address, folder)
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
