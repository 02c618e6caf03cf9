"""Slices of a sample against the set of inputs they take, counted one by one."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campaigns.plan.errors import WrongValue
from campaigns.plan.slices import Gap, Overlap, PastEnd, Slice, coverage, draft_slices, rows, warning_of

LBL2 = [Slice(0, 6000), Slice(6000, 1000), Slice(7000, 5000), Slice(12000, 5000), Slice(17000, -1)]

sizes = st.integers(0, 60)
limits = st.none() | st.integers(-1, 70)
slices = st.lists(st.builds(Slice, st.integers(0, 70), limits), max_size=9)


def inputs_of(piece: Slice, n_files: int) -> set[int]:
    """The inputs a slice takes, by going through them all."""
    return {at for at in range(n_files) if at >= piece.skip and (piece.limit is None or at < piece.skip + piece.limit)}


def positions(intervals: object) -> list[int]:
    return [at for start, end, *_ in intervals for at in range(start, end)]  # type: ignore[attr-defined]


# --- the tutorial's sample ---


def test_what_remains_of_the_tutorials_sample_after_each_row() -> None:
    assert [row.remaining for row in rows(20_784, LBL2)] == [14_784, 13_784, 8_784, 3_784, 0]
    assert [row.n_files for row in rows(20_784, LBL2)] == [6_000, 1_000, 5_000, 5_000, 3_784]


def test_the_tutorials_slices_leave_nothing_out_and_take_nothing_twice() -> None:
    found = coverage(20_784, list(enumerate(LBL2)))
    assert (found.gaps, found.overlaps, found.past_end, found.n_distinct, found.is_complete) == ((), (), (), 20_784, True)


def test_a_limit_of_minus_one_is_to_the_end() -> None:
    assert Slice(17_000, -1) == Slice(17_000, None) == Slice(17_000)
    assert Slice() == Slice(0, None)


def test_a_draft_has_slices_of_equal_size_and_the_last_one_is_to_the_end() -> None:
    assert draft_slices(20_784, 8_000) == [Slice(0, 8_000), Slice(8_000, 8_000), Slice(16_000, None)]
    assert draft_slices(16_000, 8_000) == [Slice(0, 8_000), Slice(8_000, None)]
    assert draft_slices(0, 8_000) == []


# --- what is wrong, told to the input ---


def test_gaps_overlaps_and_what_lies_past_the_end_are_told() -> None:
    found = coverage(100, [("a", Slice(0, 30)), ("b", Slice(20, 20)), ("c", Slice(50, 60))])
    assert found.gaps == (Gap(40, 50),)
    assert found.overlaps == (Overlap(20, 30, ("a", "b")),)
    assert found.past_end == (PastEnd(100, 110, "c"),)
    assert found.n_distinct == 90
    assert not found.is_complete


def test_they_are_lists_in_json() -> None:
    found = coverage(100, [(7, Slice(0, 30)), (8, Slice(20, 20))])
    assert json.loads(json.dumps([found.gaps, found.overlaps])) == [[[40, 100]], [[20, 30, [7, 8]]]]


def test_an_overlap_of_three_names_all_three() -> None:
    found = coverage(30, [(1, Slice(0, 10)), (2, Slice(5, 10)), (3, Slice(8, 12))])
    assert found.overlaps == (Overlap(5, 15, (1, 2, 3)),)


def test_overlaps_that_only_touch_are_told_apart() -> None:
    """2 runs on where 1 ends and 3 begins: 1 and 3 have nothing in common."""
    found = coverage(20, [(1, Slice(0, 10)), (2, Slice(5, 10)), (3, Slice(10, 10))])
    assert found.overlaps == (Overlap(5, 10, (1, 2)), Overlap(10, 15, (2, 3)))


def test_the_same_slice_twice_is_an_overlap() -> None:
    assert coverage(10, [(1, Slice(0, 10)), (2, Slice(0, 10))]).overlaps == (Overlap(0, 10, (1, 2)),)


def test_a_slice_to_the_end_that_begins_behind_it_is_past_the_end() -> None:
    assert coverage(10, [(1, Slice(0)), (2, Slice(10))]).past_end == (PastEnd(10, None, 2),)
    assert coverage(10, [(1, Slice(9))]).past_end == ()
    assert coverage(10, [(1, Slice(4, 6))]).past_end == ()


def test_taking_an_input_twice_does_not_count_it_twice() -> None:
    made = rows(100, [Slice(0, 60), Slice(30, 40), Slice(0, 100), Slice(50)])
    assert [(row.n_files, row.remaining) for row in made] == [(60, 40), (40, 30), (100, 0), (50, 0)]


# --- a sample whose size is not known ---


def test_without_the_size_what_remains_is_not_known() -> None:
    made = rows(None, [Slice(0, 60), Slice(60)])
    assert [(row.n_files, row.remaining) for row in made] == [(60, None), (None, None)]


def test_without_the_size_gaps_are_told_up_to_the_last_slice() -> None:
    found = coverage(None, [(1, Slice(0, 10)), (2, Slice(15, 5))])
    assert (found.gaps, found.n_distinct, found.is_complete) == ((Gap(10, 15),), 15, False)
    assert coverage(None, []).gaps == ()


def test_without_the_size_an_overlap_of_slices_to_the_end_has_no_end() -> None:
    found = coverage(None, [(1, Slice(0)), (2, Slice(15))])
    assert (found.overlaps, found.gaps, found.n_distinct) == ((Overlap(15, None, (1, 2)),), (), None)


# --- too many files in one workflow ---


def test_more_than_8000_files_in_one_workflow_warn() -> None:
    assert warning_of(8_000) == ""
    assert "at most 8,000" in warning_of(8_001)
    assert [bool(row.warning) for row in rows(9_000, [Slice(0), Slice(500), Slice(5_000)])] == [True, True, False]


# --- values that cannot be ---


@pytest.mark.parametrize(
    ("skip", "limit", "field"),
    [(-1, 5, "skip"), (0, -2, "limit"), ("0", 5, "skip"), (0, 5.0, "limit"), (True, 5, "skip"), (10**13, None, "skip")],
)
def test_a_slice_of_no_sense_is_refused(skip: object, limit: object, field: str) -> None:
    with pytest.raises(WrongValue) as refused:
        Slice(skip, limit)  # type: ignore[arg-type]
    assert refused.value.field == field


@pytest.mark.parametrize(("n_files", "of_each", "field"), [(-1, 5, "n_files"), (5, 0, "files_per_workflow")])
def test_a_draft_of_no_sense_is_refused(n_files: int, of_each: int, field: str) -> None:
    with pytest.raises(WrongValue) as refused:
        draft_slices(n_files, of_each)
    assert refused.value.field == field


def test_a_draft_of_a_million_workflows_is_refused() -> None:
    with pytest.raises(WrongValue, match="Take more files in each"):
        draft_slices(10**9, 1_000)
    assert len(draft_slices(10_000, 1)) == 10_000
    assert Slice(10**12, 10**12).interval(None) == (10**12, 2 * 10**12)


def test_a_sample_of_no_sense_is_refused() -> None:
    with pytest.raises(WrongValue):
        coverage(-1, [(1, Slice())])
    with pytest.raises(WrongValue):
        rows(-1, [Slice()])


# --- against the inputs themselves ---


@given(sizes, slices)
@example(60, [Slice(0, 10), Slice(10, 10), Slice(10, 0), Slice(60)])
def test_rows_take_and_leave_the_inputs_that_counting_says(n_files: int, pieces: list[Slice]) -> None:
    left = set(range(n_files))
    for piece, row in zip(pieces, rows(n_files, pieces), strict=True):
        taken = inputs_of(piece, n_files)
        left -= taken
        assert (row.skip, row.limit, row.n_files, row.remaining) == (piece.skip, piece.limit, len(taken), len(left))


@given(sizes, slices)
def test_coverage_is_what_counting_says(n_files: int, pieces: list[Slice]) -> None:
    times = Counter(at for piece in pieces for at in inputs_of(piece, n_files))
    found = coverage(n_files, list(enumerate(pieces)))
    assert positions(found.gaps) == [at for at in range(n_files) if not times[at]]
    assert positions(found.overlaps) == [at for at in range(n_files) if times[at] > 1]
    assert found.n_distinct == len(times)
    assert found.is_complete == (len(times) == n_files)


@given(sizes, slices)
def test_each_overlap_names_the_slices_with_a_part_in_it_and_no_other(n_files: int, pieces: list[Slice]) -> None:
    takers = {at: {name for name, piece in enumerate(pieces) if at in inputs_of(piece, n_files)} for at in range(n_files)}
    for start, end, names in coverage(n_files, list(enumerate(pieces))).overlaps:
        assert end is not None
        assert set(names) == set().union(*(takers[at] for at in range(start, end)))
        assert len(names) >= 2
        assert all(len(takers[at] & takers[at + 1]) >= 2 for at in range(start, end - 1))  # it is one overlap, not two
        assert start == 0 or len(takers[start - 1] & takers[start]) < 2


@given(sizes, slices)
def test_what_is_past_the_end_is_what_was_asked_for_and_is_not_there(n_files: int, pieces: list[Slice]) -> None:
    found = {past.id: (past.start, past.end) for past in coverage(n_files, list(enumerate(pieces))).past_end}
    for name, piece in enumerate(pieces):
        if piece.limit is None:
            assert (name in found) == (piece.skip >= n_files)
        else:
            behind = [at for at in range(piece.skip, piece.skip + piece.limit) if at >= n_files]
            assert found.get(name) == ((behind[0], behind[-1] + 1) if behind else None)


@given(sizes, slices)
def test_without_the_size_nothing_is_said_that_a_size_would_take_back(n_files: int, pieces: list[Slice]) -> None:
    unknown = coverage(None, list(enumerate(pieces)))
    known = coverage(1_000, list(enumerate(pieces)))
    assert [gap for gap in known.gaps if gap.end < 1_000] == list(unknown.gaps)
    assert [(start, 1_000 if end is None else end, names) for start, end, names in unknown.overlaps] == list(known.overlaps)
    assert unknown.n_distinct in (None, known.n_distinct)


@given(sizes, st.integers(1, 70))
def test_a_draft_takes_every_input_once(n_files: int, of_each: int) -> None:
    pieces = draft_slices(n_files, of_each)
    found = coverage(n_files, list(enumerate(pieces)))
    assert (found.gaps, found.overlaps, found.past_end) == ((), (), ())
    assert all(row.n_files == of_each for row in rows(n_files, pieces)[:-1])


def test_a_thousand_rows_with_one_gap_and_one_overlap_anywhere() -> None:
    draw = random.Random(20_784)
    for _ in range(20):
        pieces = draft_slices(5_000_000, 5_000)
        late, early = draw.sample(range(1, 999), 2)
        moved, enlarged = draw.randint(1, 4_999), draw.randint(1, 4_999)
        pieces[late] = Slice(pieces[late].skip + moved, 5_000 - moved)
        if early + 1 == late:
            continue
        pieces[early] = Slice(pieces[early].skip, 5_000 + enlarged)
        found = coverage(5_000_000, list(enumerate(pieces)))
        assert found.gaps == (Gap(late * 5_000, late * 5_000 + moved),)
        assert found.overlaps == (Overlap((early + 1) * 5_000, (early + 1) * 5_000 + enlarged, (early, early + 1)),)
        assert rows(5_000_000, pieces)[-1].remaining == moved


def test_ten_thousand_slices_to_the_end_are_told_in_one_overlap() -> None:
    """Told row by row they would be fifty million names."""
    found = coverage(20_000, [(at, Slice(at)) for at in range(10_000)])
    assert found.overlaps == (Overlap(1, 20_000, tuple(range(10_000))),)
    assert found.n_distinct == 20_000
