"""Tables whose rows are only ever added, held so by the database itself: a trigger refuses UPDATE and DELETE. And rows of
which only some columns may change, and which are never deleted.

Migrations run the statements; what the code promises then holds for a shell, an admin page and a forgotten `save()` alike.
"""

from __future__ import annotations

from collections.abc import Sequence

REFUSAL = "rows of this table are only added"
FIXED = "what this row is does not change, and it is not deleted"
_EVENTS = ("UPDATE", "DELETE")


def protecting_sql(vendor: str, table: str) -> list[str]:
    """Statements that make a table append-only, for SQLite or PostgreSQL."""
    if vendor == "postgresql":
        function = f"{table}_append_only"
        return [
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{table}: {REFUSAL}' USING ERRCODE = 'restrict_violation'; END $$",
            f"CREATE TRIGGER {function} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        ]
    return [
        f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table}: {REFUSAL}'); END"
        for event in _EVENTS
    ]


def releasing_sql(vendor: str, table: str) -> list[str]:
    """Statements that take the protection away again: for migrations backwards, and for emptying a test database."""
    if vendor == "postgresql":
        function = f"{table}_append_only"
        return [f"DROP TRIGGER IF EXISTS {function} ON {table}", f"DROP FUNCTION IF EXISTS {function}()"]
    return [f"DROP TRIGGER IF EXISTS {table}_no_{event.lower()}" for event in _EVENTS]


def fixing_sql(vendor: str, table: str, columns: Sequence[str]) -> list[str]:
    """Statements that fix these columns of a table's rows and refuse to delete one, for SQLite or PostgreSQL."""
    if vendor == "postgresql":
        function = f"{table}_fixed"
        differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
        return [
            f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{table}: {FIXED}' USING ERRCODE = 'restrict_violation'; END $$",
            f"CREATE TRIGGER {function}_update BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({differs}) "
            f"EXECUTE FUNCTION {function}()",
            f"CREATE TRIGGER {function}_delete BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()",
        ]
    differs = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns)
    return [
        f"CREATE TRIGGER {table}_fixed_update BEFORE UPDATE ON {table} WHEN {differs} "
        f"BEGIN SELECT RAISE(ABORT, '{table}: {FIXED}'); END",
        f"CREATE TRIGGER {table}_fixed_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table}: {FIXED}'); END",
    ]


def loosening_sql(vendor: str, table: str) -> list[str]:
    """Statements that take away what fixing_sql made."""
    names = [f"{table}_fixed_update", f"{table}_fixed_delete"]
    if vendor == "postgresql":
        drop = [f"DROP TRIGGER IF EXISTS {name} ON {table}" for name in names]
        return [*drop, f"DROP FUNCTION IF EXISTS {table}_fixed()"]
    return [f"DROP TRIGGER IF EXISTS {name}" for name in names]
