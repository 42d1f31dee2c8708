"""The servers that the registry works on: PostgreSQL, Redis, and the disk of this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import redis
from celery import current_app
from django.conf import settings
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from attestations import clock
from config.doctor.finding import Finding, error, warning

OLDEST_POSTGRES = 15
SKEW_WARNED, SKEW_REFUSED = 5.0, 30.0  # seconds
LEAST_FREE = 0.10  # of a disk


def database_is_reachable() -> Finding | None:
    """The first question: without a database there is no other."""
    try:
        connection.ensure_connection()
    except OperationalError as fault:
        first_line = str(fault).strip().partition("\n")[0]
        return error(
            "databaseUnreachable",
            f"The database cannot be reached: {first_line}",
            "See that PostgreSQL runs, and that DATABASE_URL names its host, port and database.",
        )
    return None


def database() -> Iterator[Finding]:
    """Version, extension, tables, rights and clock of a database that answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        (version,) = cursor.fetchone()
        if version < OLDEST_POSTGRES:
            yield error(
                "databaseTooOld",
                f"PostgreSQL {version} is too old.",
                f"Move to PostgreSQL {OLDEST_POSTGRES} or newer.",
            )
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'")
        if not cursor.fetchone()[0]:
            yield error(
                "extensionMissing",
                "The extension btree_gist is not there: overlaps would not be seen.",
                "As a superuser of the database: CREATE EXTENSION btree_gist.",
            )
    if MigrationExecutor(connection).migration_plan(_targets()):
        yield error(
            "migrationsPending",
            "The tables are of an older version than the program.",
            "As the owner of the tables: manage.py migrate, then grant_application_role.",
        )
        return
    yield from role()
    yield from clocks((timezone.now() - clock.database_now()).total_seconds(), "This machine")


def _targets() -> list[tuple[str, str]]:
    return MigrationExecutor(connection).loader.graph.leaf_nodes()


def role() -> Iterator[Finding]:
    """The service must be able to read and add everywhere, and should own nothing."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        cursor.execute(
            "SELECT name FROM unnest(%s::text[]) AS name "
            "WHERE NOT has_table_privilege(quote_ident(name), 'SELECT') "
            "OR (name <> 'django_migrations' "
            "    AND NOT has_table_privilege(quote_ident(name), 'INSERT')) ORDER BY name",
            [tables],
        )
        closed = [name for (name,) in cursor.fetchall()]
        if closed:
            yield error(
                "grantsMissing",
                f"The role of the service may not use {len(closed)} tables ({closed[0]} ...).",
                "As the owner of the tables: manage.py grant_application_role ROLE.",
            )
        cursor.execute(
            "SELECT current_user, rolsuper OR pg_has_role(tableowner, 'MEMBER') "
            "FROM pg_roles, pg_tables "
            "WHERE rolname = current_user AND tablename = 'attestations_attestation'"
        )
        name, owns = cursor.fetchone()
    if owns and settings.PRODUCTION:
        yield warning(
            "roleOwnsTables",
            f"The service runs as {name}, who could switch off what protects history.",
            "Let it run under a role of its own: manage.py grant_application_role ROLE.",
        )


def clocks(ahead: float, name: str) -> Iterator[Finding]:
    """`ahead`: seconds by which a clock is ahead of the database's."""
    if abs(ahead) < SKEW_WARNED:
        return
    make = error if abs(ahead) >= SKEW_REFUSED else warning
    direction = "ahead of" if ahead > 0 else "behind"
    yield make(
        "clockSkew",
        f"{name} has a clock that is {abs(ahead):.0f} s {direction} the database's.",
        "Set both by the same time service (chrony, systemd-timesyncd).",
    )


def broker() -> Iterator[Finding]:
    """Redis: reached, answering, and not told to forget."""
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=2, socket_connect_timeout=2
    )
    try:
        client.ping()
        policy = client.config_get("maxmemory-policy").get("maxmemory-policy", "noeviction")
    except redis.TimeoutError:
        yield error(
            "redisFrozen",
            "Redis accepts connections and does not answer: it hangs, or is stopped.",
            "Look at its process and its machine. Requests go on; deliveries wait for it.",
        )
    except redis.AuthenticationError:
        yield error(
            "redisRefuses",
            "Redis refuses the password.",
            "Set REDIS_URL to redis://:password@host:port/0.",
        )
    except redis.ResponseError:
        return  # a managed Redis that does not tell its settings
    except redis.RedisError as fault:
        yield error(
            "redisUnreachable",
            f"Redis cannot be reached: {type(fault).__name__}.",
            "See that it runs and that REDIS_URL names it. Requests go on; deliveries wait for it.",
        )
    else:
        if policy != "noeviction":
            yield warning(
                "redisForgets",
                f"Redis may throw away tasks when its memory is full ({policy}).",
                "Set maxmemory-policy to noeviction.",
            )
    finally:
        client.close()


def tasks_waiting() -> int | None:
    """How many tasks no process of a worker has begun; None if Redis does not say."""
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    client = redis.Redis.from_url(
        settings.CELERY_BROKER_URL, socket_timeout=2, socket_connect_timeout=2
    )
    try:
        return int(client.llen(f"{prefix}{current_app.conf.task_default_queue}"))
    except redis.RedisError:
        return None  # `broker` says why
    finally:
        client.close()


def disk() -> Iterator[Finding]:
    """The disk of this machine; that of the database server is not seen from here."""
    usage = shutil.disk_usage(settings.BASE_DIR)
    if usage.free < LEAST_FREE * usage.total:
        yield warning(
            "diskNearlyFull",
            f"The disk of this machine has {usage.free / 2**30:.1f} GB left, "
            f"{usage.free / usage.total:.0%}.",
            "Make room: logs and the files of the embedded servers grow.",
        )
