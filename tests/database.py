"""The database of the tests: migrated once, copied for each worker, emptied after a commit."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase

# What Django writes after migrating, and the same in every test.
KEPT = {"auth_permission", "django_content_type"}


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_test_environment: None,
    django_db_blocker: Any,
) -> Iterator[None]:
    """A copy of the migrated database for this worker; whoever comes first migrates it."""
    workerinput = getattr(request.config, "workerinput", None)
    folder = tmp_path_factory.getbasetemp()
    suffix = workerinput["workerid"] if workerinput else "own"
    creation = connection.creation
    with django_db_blocker.unblock():
        with (folder.parent if workerinput else folder).joinpath("database").open("a+") as named:
            fcntl.flock(named, fcntl.LOCK_EX)
            named.seek(0)
            if not (name := named.read()):
                name = creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
                named.write(name)
            connection.close()
            connection.settings_dict["NAME"] = name
            creation.clone_test_db(suffix, verbosity=0)
        connection.settings_dict |= creation.get_test_db_clone_settings(suffix)
        settings.DATABASES[connection.alias]["NAME"] = connection.settings_dict["NAME"]
    yield
    with django_db_blocker.unblock():
        creation.destroy_test_db(verbosity=0)


@pytest.fixture(autouse=True, scope="session")
def what_never_changes_is_kept() -> Iterator[None]:
    """A test that commits empties the tables; what Django knows of models need not come back."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: empty_tables())
        yield


def empty_tables() -> None:
    """Leave what `flush` leaves, without writing it again.

    TRUNCATE, although DELETE would be quicker: it also forgets how many rows there were, by
    which the statements of the next test would be planned.
    """
    names = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, names))}")
