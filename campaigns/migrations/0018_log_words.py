"""SQLite finds parts of words in logs by an index, as PostgreSQL does since 0009: FTS5 over the entries' own text, three letters
in a row, kept by triggers. A migration that makes campaigns_logentry anew on SQLite loses these triggers and has to add them again.
"""

import logging

from django.db import DatabaseError, migrations

log = logging.getLogger(__name__)
INDEX, TABLE = "campaigns_logwords", "campaigns_logentry"
TAKE_OUT = f"INSERT INTO {INDEX} ({INDEX}, rowid, search_text) VALUES ('delete', old.id, old.search_text);"
PUT_IN = f"INSERT INTO {INDEX} (rowid, search_text) VALUES (new.id, new.search_text);"
TRIGGERS = {
    "insert": f"AFTER INSERT ON {TABLE} BEGIN {PUT_IN} END",
    "update": f"AFTER UPDATE OF search_text ON {TABLE} BEGIN {TAKE_OUT} {PUT_IN} END",
    "delete": f"AFTER DELETE ON {TABLE} BEGIN {TAKE_OUT} END",
}


def index_words(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    content = f"search_text, content='{TABLE}', content_rowid='id', tokenize='trigram'"
    try:
        schema_editor.execute(f"CREATE VIRTUAL TABLE {INDEX} USING fts5({content})")
    except DatabaseError as error:  # SQLite before 3.34, or made without FTS5
        log.warning("The log is searched without an index: SQLite's FTS5 with trigrams cannot be had (%s).", str(error).strip())
        return
    for name, does in TRIGGERS.items():
        schema_editor.execute(f"CREATE TRIGGER {INDEX}_{name} {does}")
    schema_editor.execute(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('rebuild')")


def forget_words(apps, schema_editor):
    if schema_editor.connection.vendor != "sqlite":
        return
    for name in TRIGGERS:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {INDEX}_{name}")
    schema_editor.execute(f"DROP TABLE IF EXISTS {INDEX}")


class Migration(migrations.Migration):

    dependencies = [
        ('campaigns', '0017_log_drafts_that_go'),
    ]

    operations = [
        migrations.RunPython(index_words, forget_words),
    ]
