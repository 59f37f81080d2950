"""The store of the trackd under test: SQLite in its data folder or, with
TRACKD_TEST_STORE=postgresql, a database of the tests' own PostgreSQL."""

import os
import pathlib

from . import postgresql
from .gitops import make_repository

NAME = os.environ.get("TRACKD_TEST_STORE") or "sqlite"
assert NAME in ("sqlite", "postgresql"), f"TRACKD_TEST_STORE: {NAME}"
IS_POSTGRESQL = NAME == "postgresql"

_databases: dict[pathlib.Path, str] = {}
_folders: dict[str, pathlib.Path] = {}


def environment(data: pathlib.Path) -> dict[str, str]:
    """What a trackd with this data folder needs to have the store: the same database each time."""
    if not IS_POSTGRESQL:
        return {}
    if data not in _databases:
        _databases[data] = postgresql.shared().make_database()
    return {"TRACKD_STORE": _databases[data], "TRACKD_GIT_ALLOW_FILE": "true"}


def dump(data: pathlib.Path) -> str:
    """All rows of a store that is not in the data folder."""
    return postgresql.shared().dump(_databases[data]) if IS_POSTGRESQL else ""


def serves(address: str, data: pathlib.Path) -> None:
    """A trackd with this data folder has the address."""
    _folders[address] = data


def gitops(client) -> dict[str, str]:
    """The GitOps repository of an environment for which any will do: trackd's own or, where it has
    none, one in the same place."""
    if not IS_POSTGRESQL:
        return {}
    path = _folders[client.address] / "gitops.git"
    if not path.exists():
        make_repository(path)
    return {"gitops_repository_url": path.as_uri()}
