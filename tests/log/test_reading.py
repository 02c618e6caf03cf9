"""Reading a log: what filters and words find, in which order, and what of a thread."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.log.reading import IN_ORDER, Filters, entries_of, entry_of, everywhere, written_since
from campaigns.log.services import amend_entry, edit_entry, reply
from campaigns.models import Campaign
from portal.models import User
from tests.factories import NOW, a_picture, make_campaign, make_entry

pytestmark = pytest.mark.django_db


def numbers(campaign: Campaign, **filters: object) -> list[int]:
    return [one.number for one in entries_of(campaign, Filters(**filters))]  # type: ignore[arg-type]


def test_entries_come_by_when_they_happened_and_not_by_when_they_were_written(campaign: Campaign, shifter: User):
    make_entry(campaign, shifter, happened_at=NOW)
    make_entry(campaign, shifter, happened_at=NOW - timedelta(hours=3))
    make_entry(campaign, shifter, happened_at=NOW - timedelta(hours=1))
    assert numbers(campaign) == [1, 3, 2]
    assert [one.number for one in entries_of(campaign, order=IN_ORDER)] == [2, 3, 1]
    assert [one.number for one in written_since(campaign, 1)] == [2, 3]


def test_replies_come_with_their_entry_and_by_themselves_where_they_say_it(campaign: Campaign, shifter: User, requester: User):
    entry = make_entry(campaign, shifter, "Which pitch?")
    reply(entry, actor=requester, body="The wide one. #3225")
    assert numbers(campaign) == [1]
    assert numbers(campaign, words="wide") == [2]
    assert numbers(campaign, author="Requester1") == [2]
    assert numbers(campaign, references=(("workflow", "3225"),)) == [2]
    found = entry_of(campaign, 1)
    assert found is not None
    assert [one.body for one in found.replies.all()] == ["The wide one. #3225"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("brunel", True),
        ("BRUNEL code", True),
        ("code brunel", True),  # in any order
        ("brun", True),  # a part of a word
        ("uk_brunel", True),
        ("ukxbrunel", False),  # _ stands for nothing but itself
        ("100%", True),
        ("10%", False),
        ("brunel oxford", False),
        ("größe", True),
        ("GRÖSSE", False),
        ("gro\u0308ße", True),  # written with a mark of its own
        ("#3225", True),
        ("3226", True),  # the workflow it points to
        ("storage", True),  # its tag
        ("shifter1", True),
        ("plot.png", True),
        ("x'); drop table", False),
        ("\\", False),
        ("*", False),
        ("", True),
        ("   ", True),
        ("brunel\0", True),
        ("a" * 10_000, False),
    ],
)
def test_all_words_must_be_there_as_parts_of_words_in_any_order(campaign: Campaign, shifter: User, words: str, found: bool):
    make_entry(
        campaign, shifter, "Code 65 at UK_Brunel for 100% of #3225, Größe egal.", workflows=[3226], tags=["storage"],
        files=[a_picture()],
    )  # fmt: skip
    assert numbers(campaign, words=words) == ([1] if found else [])


def test_what_was_added_is_found_and_what_was_said_before_an_edit_still_is(campaign: Campaign, shifter: User):
    entry = make_entry(campaign, shifter, "apples")
    edit_entry(entry, actor=shifter, version=1, body="pears", tags=["fruit"])
    amend_entry(entry, actor=shifter, body="plums")
    for word in ("apples", "pears", "plums", "fruit"):
        assert numbers(campaign, words=word) == [1], word
    assert numbers(campaign, tags=("fruit",)) == [1]


def test_filters_narrow_together(campaign: Campaign, shifter: User, coordinator: User):
    make_entry(campaign, shifter, kind="incident", step="test", happened_at=NOW)
    make_entry(campaign, coordinator, kind="incident", step="production", happened_at=NOW + timedelta(hours=1))
    make_entry(campaign, topic="paused", step="test", happened_at=NOW + timedelta(hours=2))
    assert numbers(campaign, kinds=frozenset({"incident"}), step="test") == [1]
    assert numbers(campaign, by="machines") == [3]
    assert numbers(campaign, by="people") == [2, 1]
    assert numbers(campaign, topic="paused") == [3]
    assert numbers(campaign, since=NOW + timedelta(hours=1)) == [3, 2]
    assert numbers(campaign, until=NOW + timedelta(hours=1)) == [1]
    assert numbers(campaign, author="shifter1", step="production") == []


def test_all_logs_are_searched_as_far_as_the_reader_may_see_them(campaign: Campaign, shifter: User, settings, client_of):
    make_entry(campaign, shifter, "Brunel fails")
    make_entry(make_campaign("fd-sim-2026a"), shifter, "Brunel does well")
    assert [str(one.campaign) for one in everywhere(shifter, Filters(words="brunel"))] == ["fd-sim-2026a", "pdhd-reco-2026b"]
    from django.contrib.auth.models import AnonymousUser

    settings.PUBLIC_READ = False
    assert list(everywhere(AnonymousUser())) == []
