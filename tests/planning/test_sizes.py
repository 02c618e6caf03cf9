"""Whose the number of files of a sample is, what MetaCat says by now, and what that means for the rows."""

from __future__ import annotations

from datetime import UTC, datetime

from campaigns.planning.content import read_content
from campaigns.planning.sizes import SampleSize, change_notes, changed, sizes_of, told_by_metacat, typed_by
from monitoring.models import QueryCount
from tests.planning.plans import MQL, lbl2

AT = datetime(2026, 11, 3, 14, 2, tzinfo=UTC)


def size(told: int | None, *, before: int | None = None, doubt: str = "", rows: slice = slice(None), **sample) -> SampleSize:
    """LBL2, planned with 20,784 files, of which MetaCat has `told`."""
    plan = lbl2()
    plan["rows"] = plan["rows"][rows]
    plan["samples"][0] |= sample
    row = QueryCount(mql=MQL, n_files=told, n_files_before=before, doubt=doubt, read_at=AT)
    row.changed_at = AT if before else None
    return sizes_of(read_content(plan), {MQL: row} if told is not None else {})["s1"]


def test_seventeen_files_more_are_taken_by_the_row_that_runs_to_the_end() -> None:
    grown = size(20_801, before=20_784)
    assert grown.difference == 17
    assert grown.since == AT
    assert grown.change_words == "planned with 20,784 files, MetaCat has 20,801: 17 files more"
    assert grown.effect_words() == "Row 6 runs to the end and takes them; slices with a limit do not."


def test_a_row_that_ran_to_the_end_before_has_only_what_was_there_then() -> None:
    words = size(20_785).effect_words({"r5"})
    assert words == "Row 6 runs to the end, but justIN found its files before: what came since is in none."
    assert size(20_785).change_words.endswith("1 file more")


def test_without_a_row_to_the_end_none_takes_them() -> None:
    assert "none takes them" in size(20_801, rows=slice(0, 5)).effect_words()


def test_files_that_went_shift_all_positions() -> None:
    gone = size(20_780)
    assert gone.change_words.endswith("4 files fewer")
    assert "shift the positions" in gone.effect_words()


def test_since_when_is_not_said_where_the_plan_never_had_the_number_before() -> None:
    assert size(20_801, before=20_790).since is None


def test_equal_unknown_and_doubtful_numbers_are_no_change() -> None:
    for same in (size(20_784), size(None), size(0, doubt="may be misspelt"), size(5, n_files=None)):
        assert same.difference is None
        assert (same.change_words, same.effect_words()) == ("", "")
    assert size(20_784).is_confirmed
    assert not size(0, doubt="may be misspelt").is_confirmed


def test_only_rows_of_full_production_take_a_sample_for_good() -> None:
    assert size(20_801, rows=slice(0, 1)).effect_words() == "", "a test takes ten files, whatever comes"


def test_a_criterion_is_told_of_each_sample_that_changed() -> None:
    assert change_notes([size(20_801), size(20_784)]) == ["MetaCat has 17 files more of s1 than planned"]
    assert len(changed([size(20_801), size(20_784), size(20_700)])) == 2


def test_a_number_says_where_it_came_from() -> None:
    assert told_by_metacat(QueryCount(read_at=AT)) == "MetaCat, 3 Nov 2026 14:02 UTC"
    assert typed_by("shifter1", AT) == "typed by shifter1 on 3 Nov 2026"
    assert size(20_784, n_files_from="MetaCat, 3 Nov 2026 14:02 UTC").is_of_metacat
    assert not size(20_784).is_of_metacat


def test_monte_carlo_has_no_number_of_files() -> None:
    plan = read_content({"samples": [{"key": "s1", "label": "pions"}], "rows": []})
    assert not sizes_of(plan, {})["s1"].has_query
