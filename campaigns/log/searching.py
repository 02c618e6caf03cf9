"""Finding words in logs, alike on every database: all of them must be there, as parts of words.

Each word is looked for in the text itself. Where one has three letters or more, an index of three letters in a row says first
which entries may have it: PostgreSQL's pg_trgm by itself, SQLite's FTS5 as asked here. Either may be missing; answers are the
same.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import OperationalError, connections
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from campaigns.models import LogEntry

ASK = "SELECT rowid FROM campaigns_logwords WHERE campaigns_logwords MATCH %s"  # the table is made by migration 0018
ASK_FIRST = "SELECT rowid FROM campaigns_logwords WHERE campaigns_logwords MATCH %s LIMIT %s"
SHORTEST = 3  # letters of a word that the index knows
FEW = 2_000  # entries: more are found sooner by going through the log from its end, as a page wants only the first of them


def with_words(entries: QuerySet[LogEntry], words: Sequence[str]) -> QuerySet[LogEntry]:
    """The entries that have all these words, which are in lower case (content.words_of). On SQLite it makes a query at once."""
    for word in words:
        # both sides are lower case already: so an index of parts of words serves it, and every database answers alike
        entries = entries.filter(search_text__contains=word)
    wanted = " ".join('"{}"'.format(word.replace('"', '""')) for word in words if len(word) >= SHORTEST)
    if wanted and connections[entries.db].vendor == "sqlite" and _are_few(entries.db, wanted):
        entries = entries.filter(pk__in=RawSQL(ASK, [wanted]))  # noqa: S611
    return entries


def _are_few(database: str, wanted: str) -> bool:
    """Whether there is an index, and it leads to few entries."""
    try:
        with connections[database].cursor() as cursor:
            cursor.execute(ASK_FIRST, [wanted, FEW + 1])
            return len(cursor.fetchall()) <= FEW
    except OperationalError:  # this SQLite had none to make it with
        return False
