"""What the guide says of numbers is what the code does."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from campaigns.meetings import series, waiting
from campaigns.shift import calendar

GUIDE = " ".join(Path("docs/meetings.md").read_text().split())


def test_the_guide_has_the_numbers_of_the_code():
    assert (series.AHEAD.days, calendar.MEETINGS_AHEAD.days, calendar.MEETINGS_KEPT_FOR.days) == (56, 56, 28)
    assert "made for eight weeks" in GUIDE
    assert "the last four and the next eight weeks" in GUIDE
    assert waiting.WEEK.days == 7
    assert "missed in the last seven days" in GUIDE
    assert settings.CELERY_BEAT_SCHEDULE["make-meetings"]["schedule"] == 3600
