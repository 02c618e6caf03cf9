"""The points of a check: each answered from numbers, and told apart from what the last check saw."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from campaigns.shift.points import Point, is_anything_new, point_from, points_of
from campaigns.shift.seen import BadSiteSeen, ErrorSeen, FinishedSeen, Seen, WorkflowSeen, seen_from
from tests.factories import NOW

EARLIER = NOW - timedelta(hours=10)


def running(**fields: Any) -> WorkflowSeen:
    counts = {"ended": 100, "exit_zero": 100, "stalled": 0, "running": 600, "queued": 20}
    return WorkflowSeen(**{"state": "running", "since": EARLIER, **counts, **fields})


def seen(*workflows: WorkflowSeen, **fields: Any) -> Seen:
    """Workflows 3221, 3222 …"""
    going = dict(enumerate(workflows or (running(),), start=3221))
    return Seen(NOW, **{"as_of": NOW - timedelta(minutes=2), "reference": 600, "workflows": going, **fields})


def point(key: str, now: Seen, before: Seen | None = None) -> Point:
    return next(one for one in points_of(now, before) if one.key == key)


def said(one: Point) -> tuple[str, str, bool]:
    return one.state, one.words, one.is_new


def test_where_all_is_well_nothing_is_new_even_at_the_first_check():
    points = points_of(seen(), None)
    assert [one.state for one in points] == ["ok"] * 5
    assert not is_anything_new(points)
    assert {one.as_of for one in points} == {NOW - timedelta(minutes=2)}


# --- paused ---


def test_a_workflow_that_is_paused_is_new_once():
    now = seen(running(state="paused", paused_by="justIN", since=EARLIER))
    assert said(point("paused", now, seen())) == ("paused", "3221 by justIN since 23 Nov 08:42", True)
    assert said(point("paused", now, now)) == ("paused", "3221 by justIN since 23 Nov 08:42, as at the last check", False)
    again = seen(running(state="paused", paused_by="justIN", since=NOW))
    assert point("paused", again, now).is_new


def test_a_workflow_whose_state_nobody_tells_is_not_called_running():
    now = seen(running(state=""))
    assert point("paused", now).state == "unknown"
    assert point("paused", now).is_new
    assert not point("paused", now, now).is_new


# --- exit codes ---


def test_an_exit_code_that_was_not_there_is_new_with_the_place_it_is_concentrated_at():
    error = ErrorSeen(65, 47, "data error", "UK_Brunel", "site", 40)
    now = seen(running(ended=672, exit_zero=625), errors=(error,))
    assert said(point("exit-codes", now, seen(running(ended=100, exit_zero=95)))) == (
        "warning", "65 (data error): 47 times, 40 of them at UK_Brunel; 625 of 672 zero", True,
    )  # fmt: skip
    assert not point("exit-codes", now, now).is_new


def test_a_code_that_moves_to_one_place_is_new():
    before = seen(running(ended=672, exit_zero=625), errors=(ErrorSeen(65, 40),))
    after = seen(running(ended=680, exit_zero=628), errors=(ErrorSeen(65, 52, "", "NIKHEF", "RSE", 40),))
    assert point("exit-codes", after, before).is_new


def test_a_site_that_fails_nearly_everything_is_bad_and_new_once():
    now = seen(running(ended=100, exit_zero=87), bad_sites=(BadSiteSeen(3221, "UK_Brunel", 13, 13),))
    one = point("exit-codes", now, seen())
    assert (one.state, one.is_new, one.about) == ("bad", True, (3221,))
    assert one.words.startswith("UK_Brunel fails 13 of 13 of 3221; ")
    assert not point("exit-codes", now, now).is_new


def test_many_more_failures_than_before_are_new_though_the_code_is_known():
    codes = (ErrorSeen(1, 10),)
    before = seen(running(ended=1000, exit_zero=990), errors=codes)
    same = seen(running(ended=1100, exit_zero=1089), errors=codes)
    worse = seen(running(ended=1100, exit_zero=1040), errors=codes)
    assert not point("exit-codes", same, before).is_new
    assert point("exit-codes", worse, before).is_new
    assert point("exit-codes", worse, before).words.startswith("50.0\u202f% of the 100 jobs since the last check failed")


def test_jobs_that_ended_without_a_code_of_their_own_are_no_success():
    one = point("exit-codes", seen(running(ended=100, exit_zero=60)))
    assert (one.state, one.words) == ("warning", "60 of 100 zero")


def test_jobs_that_were_never_read_are_not_known_and_never_zero():
    now = seen(running(), running(ended=None, exit_zero=None, stalled=None, running=None, queued=None))
    for key in ("exit-codes", "running", "held"):
        one = point(key, now)
        assert (one.state, one.is_new) == ("unknown", True)
        assert "3222" in one.words
        assert not point(key, now, now).is_new


# --- finished, running, held ---


def test_what_finished_is_new_and_says_whether_all_of_it_was_done():
    now = seen(finished={3220: FinishedSeen(EARLIER, 350, 350, 350, 350)})
    assert said(point("finished", now, seen())) == ("ok", "3220 (350 of 350 files, 350 of 350 jobs zero)", True)
    short = seen(finished={3220: FinishedSeen(EARLIER, 341, 350, 360, 341)})
    assert said(point("finished", short, seen())) == ("warning", "3220 (341 of 350 files, 341 of 360 jobs zero)", True)


def test_running_jobs_below_the_reference_number_ask_for_the_next():
    now = seen(running(running=447))
    assert said(point("running", now, seen(running(running=588)))) == (
        "warning", "447, 588 at the last check: submit the next?", True,
    )  # fmt: skip
    assert not point("running", now, seen(running(running=450))).is_new
    assert point("running", seen(running(running=200)), now).is_new


def test_without_a_reference_number_running_jobs_are_told_and_nothing_is_asked():
    one = point("running", seen(running(running=0), reference=None))
    assert (one.state, one.is_new) == ("todo", False)
    assert one.words == "0; the campaign has no reference number"


def test_stalled_jobs_as_ever_are_nothing_new_and_many_more_are():
    before = seen(running(ended=1000, stalled=8))
    as_ever = seen(running(ended=1100, exit_zero=1000, stalled=8))
    many = seen(running(ended=1100, exit_zero=1000, stalled=40))
    assert said(point("held", as_ever, before)) == ("ok", "8 stalled as at the last check", False)
    assert said(point("held", many, before)) == ("warning", "40 stalled, 8 at the last check", True)


def test_jobs_that_wait_while_none_runs_are_held():
    now = seen(running(running=0, queued=120), last_start_at=EARLIER)
    assert said(point("held", now, seen())) == (
        "warning", "120 jobs wait and none runs, the last job started 23 Nov 08:42", True,
    )  # fmt: skip
    assert not point("held", now, now).is_new


# --- what cannot be known ---


def test_old_numbers_are_told_as_unknown_since_when_and_are_never_a_zero():
    silent = seen(unknown_since=EARLIER, unknown_why="justIN has not been asked for some time")
    points = points_of(silent, silent)
    assert {one.state for one in points} == {"unknown"}
    assert all(one.is_new for one in points)
    first, *others = (one.words for one in points)
    assert first.startswith("unknown since 23 Nov 08:42 UTC (justIN has not been asked for some time); then: ")
    assert all(words.startswith("unknown; then: ") for words in others)  # why and since when stand once


def test_lower_bounds_are_told_as_such():
    now = seen(running(running=None, queued=None), lower_bounds=(3221,))
    assert point("exit-codes", now).words == "all zero, at least 100 jobs ended"
    assert point("running", now).state == "unknown"


# --- kept ---


@pytest.mark.parametrize("kept", [None, {}, {"at": "yesterday"}, [], {"at": NOW.isoformat(), "workflows": {"x": {}}}])
def test_numbers_that_were_kept_in_another_way_are_no_numbers(kept):
    assert seen_from(kept) is None


def test_numbers_and_points_are_kept_without_loss():
    now = replace(
        seen(running(), running(state="paused", ended=None)),
        finished={3219: FinishedSeen(EARLIER, 1, 2)}, errors=(ErrorSeen(65, 47, "x", "UK_Brunel", "site", 40),),
        bad_sites=(BadSiteSeen(3221, "UK_Brunel", 13, 13),), unknown_since=EARLIER,
    )  # fmt: skip
    assert seen_from(now.as_json()) == now
    for one in points_of(now, None):
        assert point_from(one.as_json()) == one
