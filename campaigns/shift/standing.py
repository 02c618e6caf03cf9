"""Where the checks of a campaign stand, kept in one row, so that the home page and lists need not look at every workflow.
Written after each poll and each action; could be deleted and made anew.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from campaigns.models import Campaign, Check, CheckStanding
from campaigns.shift.due import as_json, last_done, schedule_row, windows_ahead
from campaigns.shift.looking import look
from campaigns.shift.points import Point, is_anything_new, points_of
from campaigns.shift.seen import Seen, seen_from
from monitoring.models import Service

FIRST_LOOKS_BACK = timedelta(days=1)  # for what finished, where there was no check before

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """What a check would record now."""

    seen: Seen
    points: list[Point]
    last: Check | None

    @property
    def is_new(self) -> bool:
        return is_anything_new(self.points)


def look_now(campaign: Campaign, now: datetime, service: Service | None = None) -> Look:
    """The numbers as they are, and what of them is new since the last check. Nine queries at most."""
    last = last_done(campaign)
    since = last.at if last is not None and last.at is not None else now - FIRST_LOOKS_BACK
    seen = look(campaign, since=since, now=now, service=service)
    return Look(seen, points_of(seen, seen_from(last.numbers) if last is not None else None), last)


def keep_standing(campaign: Campaign, now: datetime | None = None) -> CheckStanding:
    """Write the row anew."""
    now = now or timezone.now()
    found = look_now(campaign, now)
    values = {
        "windows": as_json(windows_ahead(campaign, schedule_row(campaign), now)),
        "is_running": bool(found.seen.workflows),
        "points": [point.as_json() for point in found.points],
        "n_new": sum(point.is_new for point in found.points),
        "last": found.last,
        "kept_at": now,
    }
    return CheckStanding.objects.update_or_create(campaign=campaign, defaults=values)[0]


def keep_standings(campaigns: Iterable[Campaign], now: datetime | None = None) -> int:
    """Each of them; returns how many. One that fails is logged, and stays as it was."""
    n = 0
    for campaign in campaigns:
        try:
            keep_standing(campaign, now)
        except Exception:
            log.exception("The checks of campaign %s could not be looked at; they stay as they were.", campaign.pk)
        else:
            n += 1
    return n
