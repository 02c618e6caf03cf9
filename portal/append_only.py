"""Tables whose rows are only ever added, held so by the database itself: a trigger refuses UPDATE and DELETE.

Migrations call `protect`; what the code promises then holds for a shell, an admin page and a forgotten `save()` alike.
"""

from __future__ import annotations

REFUSAL = "rows of this table are only added"
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
