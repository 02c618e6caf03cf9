"""How slices, gaps and overlaps are said. static/js/plan-words.js says the same while one types; a test compares both.

Positions count the files of a sample from 0; "5 to 9" are five of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from campaigns.plan.slices import Coverage, Overlap
from campaigns.planning.keys import TO_THE_END
from campaigns.planning.rows import LANE
from portal.wording import MOST_NAMED, listed

STEP_NAMES = {"test": "Test", "validation": "Validation sample", "production": "Full production"}
SMALL_RUN = "small-run"


def span(start: int, end: int | None) -> str:
    """[start, end) in words."""
    if end is None:
        return f"{start:,} and on"
    return f"{start:,}" if end - start == 1 else f"{start:,} to {end - 1:,}"


def slice_words(skip: int, limit: int | None) -> str:
    """As the columns have it: "11,800 / 5,050"."""
    return f"{skip:,} / {TO_THE_END if limit is None else format(limit, ',')}"


def rows_words(numbers: Iterable[object]) -> str:
    """ "rows 3, 4 and 5", with the rest counted."""
    names = [str(number) for number in numbers]
    return f"row{'' if len(names) == 1 else 's'} {listed(names)}"


def workflows_words(numbers: Iterable[object]) -> str:
    names = [str(number) for number in numbers]
    return f"workflow{'' if len(names) == 1 else 's'} {listed(names)}"


def capped(words: Sequence[str]) -> list[str]:
    """The first few, and how many more there are."""
    if len(words) <= MOST_NAMED:
        return list(words)
    return [*words[:MOST_NAMED], f"{len(words) - MOST_NAMED:,} more"]


def lane_name(lane: LANE) -> str:
    """Of a step and use, without the sample: "Small run"."""
    step, use, _sample = lane
    if use == SMALL_RUN:
        return "Small run" if step == "validation" else f"{STEP_NAMES[step]}, small run"
    return STEP_NAMES[step]


def coverage_words(covered: Coverage[int], *, is_whole: bool) -> str:
    """What the rows of a lane make of its sample. `is_whole`: they are to take all of it, so that gaps are told."""
    n_files, n = covered.n_files, covered.n_distinct
    if n_files is None:
        parts = ["The number of files is not known" + (f"; {n:,} are asked for." if n is not None else ".")]
    elif is_whole and covered.is_complete and not covered.overlaps:
        parts = [f"All {n_files:,} files, each once."]
    else:
        parts = [f"{n or 0:,} of {n_files:,} files."]
    if is_whole and covered.gaps:
        told = capped([f"{span(gap.start, gap.end)} ({gap.end - gap.start:,})" for gap in covered.gaps])
        parts.append(f"In no row: {', '.join(told)}.")
    if covered.overlaps:
        parts.append(f"Taken twice: {', '.join(capped([overlap_words(one) for one in covered.overlaps]))}.")
    if covered.past_end:
        parts.append(f"Past the end: {rows_words([one.id for one in covered.past_end])}.")
    return " ".join(parts)


def overlap_words(one: Overlap[int]) -> str:
    size = "" if one.end is None else f"{one.end - one.start:,}, "
    return f"{span(one.start, one.end)} ({size}{rows_words(one.ids)})"
