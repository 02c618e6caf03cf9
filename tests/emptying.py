"""Tests that commit end with emptied tables. On SQLite that is a DELETE, which append-only tables refuse: their triggers are
taken away for that moment. PostgreSQL truncates, which they do not see.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.sqlite3.base import DatabaseOperations  # from base: operations alone imports in a circle

from portal.append_only import protecting_sql, releasing_sql

TABLES = (
    "campaigns_stepevent",
    "campaigns_evidence",
    "campaigns_processtemplate",
    "campaigns_planrevision",
    "campaigns_jobscriptversion",
)


def let_databases_be_emptied() -> None:
    flush = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, style: Any, tables: Any, **how: Any) -> list[str]:
        statements = flush(self, style, tables, **how)
        ours = [table for table in TABLES if table in tables]
        before = [statement for table in ours for statement in releasing_sql("sqlite", table)]
        after = [statement for table in ours for statement in protecting_sql("sqlite", table)]
        return [*before, *statements, *after]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]
