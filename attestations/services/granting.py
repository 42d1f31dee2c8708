"""What the role of the running service may do in the database, and nothing beyond it.

It owns nothing: so it can neither empty a table nor switch a trigger off. Of history it may add
rows, and fill the columns that the trigger lets be filled once.
"""

from __future__ import annotations

from django.db import connection, transaction
from psycopg import sql


class UnfitRole(ValueError):
    """The role does not exist, or could do more than grants allow."""


@transaction.atomic
def grant(role: str) -> list[str]:
    """Give the role exactly what the service needs; returns the tables that are history.

    Takes away what it had before. To be run again after each migration, by the owner of the tables.
    """
    _refuse_unfit(role)
    history, referred_to = _history(), _referred_to()
    with connection.cursor() as cursor:
        name = sql.Identifier(role)
        for kind in ("TABLES", "SEQUENCES"):
            cursor.execute(
                sql.SQL("REVOKE ALL ON ALL {} IN SCHEMA public FROM {}").format(sql.SQL(kind), name)
            )
        database = sql.Identifier(str(connection.settings_dict["NAME"]))
        # Batches are staged in temporary tables.
        cursor.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, name)
        )
        cursor.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
        cursor.execute(
            sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name)
        )
        tables = connection.introspection.table_names(cursor)
        for view in {*connection.introspection.table_names(cursor, include_views=True)} - {*tables}:
            cursor.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(sql.Identifier(view), name))
        for table in tables:
            given = _privileges(table, history)
            if table in referred_to:
                given = [sql.SQL("SELECT, INSERT, UPDATE")]
            for privileges in given:
                cursor.execute(
                    sql.SQL("GRANT {} ON {} TO {}").format(privileges, sql.Identifier(table), name)
                )
    return sorted(history)


def _privileges(table: str, history: dict[str, list[str] | None]) -> list[sql.Composable]:
    if table == "django_migrations":
        return [sql.SQL("SELECT")]
    if table not in history:
        return [sql.SQL("SELECT, INSERT, UPDATE, DELETE")]
    if history[table] is None:  # kept for a time: its trigger lets go what is old enough
        return [sql.SQL("SELECT, INSERT, DELETE")]
    given: list[sql.Composable] = [sql.SQL("SELECT, INSERT")]
    if fillable := history[table]:
        columns = sql.SQL(", ").join(map(sql.Identifier, fillable))
        given.append(sql.SQL("UPDATE ({})").format(columns))
    return given


def _history() -> dict[str, list[str] | None]:
    """The tables of history and the columns that their trigger lets be filled.

    None for those whose rows may go once they are old; their trigger knows how old.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, proname, tgargs FROM pg_trigger "
            "JOIN pg_class ON pg_class.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid "
            "WHERE proname IN ('append_only', 'kept_for_a_time') "
            "AND relnamespace = 'public'::regnamespace"
        )
        return {
            table: None
            if trigger == "kept_for_a_time"
            else [name.decode() for name in bytes(arguments).split(b"\x00") if name]
            for table, trigger, arguments in cursor.fetchall()
        }


def _referred_to() -> set[str]:
    """The tables whose rows are never deleted, because others refer to them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger "
            "JOIN pg_proc ON pg_proc.oid = tgfoid WHERE proname = 'stays'"
        )
        return {table for (table,) in cursor.fetchall()}


def _refuse_unfit(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = %s", [role])
        found = cursor.fetchone()
        if found is None:
            raise UnfitRole(f"There is no role {role}: create it first (CREATE ROLE ... LOGIN).")
        if found[0]:
            raise UnfitRole(f"{role} is a superuser, whom no grant limits: use a role of its own.")
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind = 'r' AND pg_has_role(%s, relowner, 'MEMBER')",
            [role],
        )
        if cursor.fetchone()[0]:
            raise UnfitRole(f"{role} owns the tables, or may act as their owner: use another role.")
