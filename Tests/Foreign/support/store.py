"""The store of the trackd under test: SQLite in its data folder or, with
TRACKD_TEST_STORE=postgresql, a database of the tests' own PostgreSQL."""

import os
import pathlib
import tempfile

from . import postgresql
from .gitops import make_repository

NAME = os.environ.get("TRACKD_TEST_STORE") or "sqlite"
assert NAME in ("sqlite", "postgresql"), f"TRACKD_TEST_STORE: {NAME}"
IS_POSTGRESQL = NAME == "postgresql"

_databases: dict[pathlib.Path, str] = {}
_folders: list[tempfile.TemporaryDirectory] = []


def environment(data: pathlib.Path) -> dict[str, str]:
    """What a trackd with this data folder needs to have the store: the same database each time."""
    if not IS_POSTGRESQL:
        return {}
    if data not in _databases:
        _databases[data] = postgresql.shared().make_database()
    return {"TRACKD_STORE": _databases[data], "TRACKD_GIT_ALLOW_FILE": "true"}


def gitops() -> dict[str, str]:
    """The GitOps repository of an environment for which any will do: with PostgreSQL trackd has none
    of its own."""
    if not IS_POSTGRESQL:
        return {}
    folder = tempfile.TemporaryDirectory(prefix="trackd-gitops-")
    _folders.append(folder)
    repository = make_repository(pathlib.Path(folder.name) / "gitops.git")
    return {"gitops_repository_url": repository.path.as_uri()}
