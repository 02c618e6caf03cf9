"""Dates that are read, and the entries that a document becomes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.log_documents.incoming.pieces import LONGEST_PIECE, MOST_PICTURES, cut
from campaigns.log_documents.incoming.when import Unread, When, read_when

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("3 Nov 2026", "2026-11-03T00:00"),
        ("Tuesday 3 November 2026", "2026-11-03T00:00"),
        ("3rd of November 2026", "2026-11-03T00:00"),
        ("November 3rd, 2026 at 9:30 am CST", "2026-11-03T15:30"),
        ("July 3, 2026 9:30 am CT", "2026-07-03T14:30"),
        ("2026-11-03 15:30", "2026-11-03T15:30"),
        ("2026-11-03T15:30Z", "2026-11-03T15:30"),
        ("2026/11/03", "2026-11-03T00:00"),
        ("13/11/2026", "2026-11-13T00:00"),
        ("11/13/2026", "2026-11-13T00:00"),
        ("3.11.2026", "2026-11-03T00:00"),
        ("Tue 3 November 2026 – 21:15 CET", "2026-11-03T20:15"),
        ("Nov 12, 2026, 9pm", "2026-11-12T21:00"),
        ("14:30 3 Nov 2026 check", "2026-11-03T14:30"),
        ("3–5 Nov 2026", "2026-11-03T00:00"),
        ("3 Nov 2026 23:30 -0600", "2026-11-04T05:30"),
    ],
)
def test_days_and_times_as_people_write_them_are_read(text: str, at: str):
    found = read_when(text)
    assert isinstance(found, When)
    assert f"{found.at:%Y-%m-%dT%H:%M}" == at


@pytest.mark.parametrize("text", ["03/11/2026", "Nov 3", "3 November"])
def test_what_can_be_two_days_or_names_no_year_is_not_taken(text: str):
    assert isinstance(read_when(text), Unread)


@pytest.mark.parametrize("text", ["", "Step 2026b", "31 Feb 2026", "May 2026 summary", "13/13/2026", "workflow 3206", "1.2.3"])
def test_what_is_no_day_is_none(text: str):
    assert read_when(text) is None


def test_days_without_a_year_take_that_of_the_day_before_also_over_new_year():
    days = [piece.at for piece in cut("## 30 Dec 2025\n\na\n\n## 2 Jan\n\nb\n\n## 3 Jan\n\nc\n", NOW).pieces]
    assert [f"{day:%Y-%m-%d}" for day in days if day] == ["2025-12-30", "2026-01-02", "2026-01-03"]


def test_headings_with_a_day_begin_entries_and_what_stands_before_is_one_without():
    found = cut(
        "# Log of PDHD\n\nKept by shifter1.\n\n## 2 Nov 2026\n\nSubmitted.\n\n### 14:30 UTC second\n\nMore.\n\n"
        "**3 Nov 2026**\n\nBold.\n\n## Morning check, 4 Nov 2026 08:00\n\nFine.\n",
        NOW,
    ).pieces
    assert [(piece.at and f"{piece.at:%d %H:%M}", piece.has_time) for piece in found] == [
        (None, False), ("02 00:00", False), ("02 14:30", True), ("03 00:00", False), ("04 08:00", True),
    ]  # fmt: skip
    assert found[0].body == "# Log of PDHD\n\nKept by shifter1."
    assert found[1].body == "Submitted."
    assert found[4].body == "**Morning check, 4 Nov 2026 08:00**\n\nFine."


def test_a_heading_above_the_days_that_names_none_goes_with_the_next_day_or_to_what_is_undated():
    found = cut("# Step 1\n\n## 2 Nov 2026\n\na\n\n# Step 2\n\n## 3 Nov 2026\n\nb\n\n# Appendix\n\nText.\n", NOW).pieces
    assert [piece.body for piece in found] == ["# Appendix\n\nText.", "**Step 1**\n\na", "**Step 2**\n\nb"]
    assert found[0].at is None


def test_days_within_code_and_sentences_are_text():
    found = cut("## 2 Nov 2026\n\n```\n# 3 Nov 2026\n```\n\n4 Nov 2026 was a bad day.\n\n5 Nov 2026\nis in a paragraph.\n", NOW)
    assert len(found.pieces) == 1


def test_days_to_come_and_of_long_ago_are_not_taken_and_it_is_said():
    found = cut("## 2 Nov 2030\n\na\n\n## 2 Nov 2009\n\nb\n\n## 03/11/2026\n\nc", NOW)
    assert [piece.at for piece in found.pieces] == [None]
    assert len(found.notes) == 3


def test_an_entry_that_is_too_long_or_has_too_many_pictures_becomes_several():
    pictures = "\n\n".join(f"![p](file:picture-{n:03d}.png)" for n in range(25))
    found = cut(f"## 2 Nov 2026\n\n{'word ' * 30_000}\n\n## 3 Nov 2026\n\n{pictures}", NOW).pieces
    assert all(len(piece.body) <= LONGEST_PIECE for piece in found)
    assert all(len(piece.pictures) <= MOST_PICTURES for piece in found)
    assert sum(len(piece.pictures) for piece in found) == 25
    assert [piece.part for piece in found] == [1, 2, 3, 1, 2, 3]


@given(st.text(alphabet=st.sampled_from("#*_`~-= \n|>[]()!:0123456789aNov./"), max_size=400))
def test_no_text_is_lost_and_none_breaks_it(text: str):
    found = cut(text, NOW)
    letters = sorted(c for c in text if c in "aNov" or c in "|>[]!")
    kept = sorted(c for piece in found.pieces for c in piece.body if c in "aNov" or c in "|>[]!")
    assert len(kept) <= len(letters)
    if not any(piece.at for piece in found.pieces):
        assert kept == letters
