"""What the guide says of numbers is what the code does."""

from __future__ import annotations

from pathlib import Path

from campaigns.shift import looking, points, settling, standing, telling, windows
from campaigns.steps.facts import checks

GUIDE = " ".join(Path("docs/shift.md").read_text().split())


def test_the_guide_has_the_windows_and_limits_of_the_code():
    assert f"{windows.DEFAULT_SLOTS[0]} (morning) and {windows.DEFAULT_SLOTS[1]} (evening)" in GUIDE
    assert windows.write_slots(windows.DEFAULT_FIRST_SLOTS) in GUIDE
    assert f"number of these days | {windows.DEFAULT_FIRST_DAYS}," in GUIDE
    assert f"below {points.ENOUGH_RUNNING:.0%} of it".replace("%", " %") in GUIDE
    assert f"by {points.FELL_BY:.0%} when below".replace("%", " %") in GUIDE
    assert (points.MORE_FAIL, points.TWICE, looking.MOST_OF_THEM, looking.TIMES_ITS_SHARE) == (0.1, 2.0, 0.5, 1.5)
    assert telling.PATIENCE.total_seconds() == 6 * 3600
    assert settling.LOOK_BACK.days == 7
    assert checks.ENOUGH == 0.9
    assert standing.FIRST_LOOKS_BACK.days == 1
