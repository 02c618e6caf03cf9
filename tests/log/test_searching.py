"""Words are found as parts of words however the database finds them: with an index, past it, and where there is none."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.log import searching, services
from campaigns.log.content import searchable, words_of
from campaigns.log.reading import Filters, entries_of
from campaigns.models import Campaign, LogEntry
from portal.models import User
from tests.factories import NOW
from tests.log_pages.conftest import write

pytestmark = pytest.mark.django_db
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="FTS5 is SQLite's")
INDEX = "campaigns_logwords"
PIECE = st.text(st.sampled_from('abcAB%_\\"*-:^()#3 äÄßİſée\u0301Σσς😀\n'), min_size=1, max_size=12)


def found(campaign: Campaign, query: str) -> list[int]:
    return sorted(entries_of(campaign, Filters(words=query)).values_list("number", flat=True))


def expected(campaign: Campaign, query: str) -> list[int]:
    """Read all, and look."""
    words = words_of(query)
    texts = LogEntry.objects.filter(campaign=campaign).order_by("number").values_list("number", "search_text")
    return [number for number, text in texts if all(word in text for word in words)]


@given(
    texts=st.lists(PIECE, min_size=1, max_size=12), query=PIECE | st.tuples(PIECE, PIECE).map(" ".join), at=st.integers(0, 11)
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_found_is_what_holds_all_the_words(campaign: Campaign, texts: list[str], query: str, at: int):
    part = texts[at % len(texts)][1:8]  # so that something is found
    with transaction.atomic():
        LogEntry.objects.bulk_create(
            LogEntry(
                campaign=campaign, number=number, kind="note", happened_at=NOW, written_at=NOW, body=text,
                search_text=searchable(text),
            )
            for number, text in enumerate(texts, 1)
        )  # fmt: skip
        for asked in (query, part, f"{part} {query}"):
            if words_of(asked):
                assert found(campaign, asked) == expected(campaign, asked), asked
        transaction.set_rollback(True)


def test_an_entry_is_found_by_what_it_says_now_and_what_it_said(campaign: Campaign, shifter: User):
    entry = write(campaign, shifter, "The needle is lost.")
    other = write(campaign, shifter, "Nothing.")
    services.edit_entry(entry, actor=shifter, version=1, body="A haystack.")
    services.amend_entry(other, actor=shifter, body="Found it in a haystack at 100%_full.")
    assert found(campaign, "needle") == [1]
    assert found(campaign, "haystack") == [1, 2]
    assert found(campaign, "haystack it") == [2]
    assert found(campaign, "100%_f") == [2]
    assert found(campaign, "eedl") == [1]
    assert found(campaign, 'needle" OR "haystack') == []


@on_sqlite
def test_a_rare_word_is_found_by_the_index_and_a_common_one_from_the_end_of_the_log(
    campaign: Campaign, shifter: User, monkeypatch: pytest.MonkeyPatch
):
    for number in range(6):
        write(campaign, shifter, f"Common{' needle' if number == 3 else ''}.")
    monkeypatch.setattr(searching, "FEW", 4)
    assert INDEX in entries_of(campaign, Filters(words="needle")).explain()
    assert INDEX not in str(entries_of(campaign, Filters(words="common")).query)
    assert INDEX not in str(entries_of(campaign, Filters(words="mo")).query), "two letters are no three"
    assert (found(campaign, "needle"), len(found(campaign, "common"))) == ([4], 6)


@on_sqlite
def test_where_there_is_no_index_the_answers_are_the_same(campaign: Campaign, shifter: User):
    write(campaign, shifter, "The needle.")
    with connection.cursor() as cursor:
        for name in ("insert", "update", "delete"):
            cursor.execute(f"DROP TRIGGER {INDEX}_{name}")
        cursor.execute(f"DROP TABLE {INDEX}")
    write(campaign, shifter, "No needle.")
    assert found(campaign, "needle") == [1, 2]
