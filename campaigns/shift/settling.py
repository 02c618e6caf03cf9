"""Windows that closed without a check become checks that were missed. Safe to run twice, at once too, and safe to miss: the
next run makes good what earlier ones left, up to a week.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign, Check, CheckSchedule, CheckState
from campaigns.shift.due import ACTIVE, schedule_of
from campaigns.shift.looking import spans_of
from campaigns.shift.windows import is_wanted, windows

LOOK_BACK = timedelta(days=7)  # longer than that without a worker is an outage of the portal, not of the shifters

log = logging.getLogger(__name__)


def settle_all(campaigns: Iterable[Campaign], now: datetime | None = None) -> int:
    """Settle each in a transaction of its own; returns how many checks were missed. One that fails is logged and tried again
    at the next run.
    """
    n = 0
    for campaign in campaigns:
        try:
            n += len(settle(campaign, now))
        except Exception:
            log.exception("The checks of campaign %s could not be settled; they are at the next run.", campaign.pk)
    return n


def settle(campaign: Campaign, now: datetime | None = None) -> list[Check]:
    """Write the windows that closed since it was last done and in which something ran; returns those that were missed."""
    with transaction.atomic():
        campaign.refresh_from_db(from_queryset=Campaign.objects.select_for_update())
        return settle_held(campaign, now or timezone.now())


def settle_held(campaign: Campaign, now: datetime) -> list[Check]:
    """The same as part of another action, which holds the campaign's row."""
    row, is_new = CheckSchedule.objects.get_or_create(campaign=campaign, defaults={"settled_until": now})
    if is_new or row.settled_until >= now:
        return []
    since = max(row.settled_until, now - LOOK_BACK)
    missed = _missed(campaign, row, since, now) if row.is_wanted and campaign.status in ACTIVE else []
    Check.objects.bulk_create(missed)
    CheckSchedule.objects.filter(pk=row.pk).update(settled_until=now)
    return missed


def _missed(campaign: Campaign, row: CheckSchedule, since: datetime, now: datetime) -> list[Check]:
    closed = [one for one in windows(schedule_of(campaign, row), since, now) if since < one.closes_at <= now]
    if not closed:
        return []
    kept = list(Check.objects.filter(campaign=campaign, closes_at__gt=closed[0].opens_at, opens_at__lt=closed[-1].closes_at))
    spans = spans_of(campaign, closed[0].opens_at)
    return [
        Check(
            campaign=campaign, name=one.name, opens_at=one.opens_at, closes_at=one.closes_at, opens_on=one.opens_on,
            time_zone=one.zone, state=CheckState.MISSED,
        )
        for one in closed
        if is_wanted(one, spans, now) and not any(one.overlaps(check.opens_at, check.closes_at) for check in kept)
    ]  # fmt: skip
