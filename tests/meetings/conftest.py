"""A weekly series in Zurich, and the clock: a Tuesday, the day after a meeting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from campaigns.meetings.series import make_series
from campaigns.meetings.services import plan_meeting
from campaigns.models import Meeting, MeetingSeries
from portal.models import User

TUESDAY = datetime(2026, 11, 24, 9, tzinfo=UTC)
WEEKLY: dict[str, Any] = {
    "name": "Production meeting", "weekday": 0, "every_weeks": 1, "begins": time(16), "time_zone": "Europe/Zurich",
    "n_minutes": 60, "where": "https://cern.zoom.us/j/1", "from_on": date(2026, 11, 1), "until_on": None, "is_active": True,
}  # fmt: skip


@pytest.fixture
def at(time_machine_at: Callable[[datetime], None]) -> Callable[[datetime], None]:
    time_machine_at(TUESDAY)
    return time_machine_at


@pytest.fixture
def series(at: Callable[[datetime], None], coordinator: User) -> MeetingSeries:
    return make_series(WEEKLY, actor=coordinator)


@pytest.fixture
def plan(at: Callable[[datetime], None], coordinator: User) -> Callable[..., Meeting]:
    """`plan(date(2026, 11, 23), title="Extra")`: a meeting of no series."""

    def plan(on: date, **values: Any) -> Meeting:
        usual = {"title": "Production meeting", "begins": time(16), "time_zone": "Europe/Zurich", "n_minutes": 60, "where": ""}
        return plan_meeting(usual | {"on": on} | values, actor=coordinator)

    return plan


@pytest.fixture
def following(series: MeetingSeries) -> Meeting:
    """The next one of the series: Monday 30 November."""
    return series.meetings.order_by("starts_at")[0]
