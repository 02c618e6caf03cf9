"""Who hears of a check that was missed: the shifters of its day at once, the coordinators when it was not made good within
hours. Each once, whatever the task that tells does; it may run twice or not at all for a while.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Check, CheckState
from campaigns.shift.due import ACTIVE
from campaigns.shift.wording import check_title
from campaigns.steps.telling import people_with
from portal.models import User
from portal.notices import tell
from portal.roles import Role
from portal.wording import counted
from portal.zones import day_in_words, time_of_day, zone_of

PATIENCE = timedelta(hours=6)  # after its window closed, before the coordinators hear
TOLD_FOR = timedelta(days=7)  # older ones are news to nobody


def shift_path(campaign: Campaign) -> str:
    return reverse("campaigns:campaign-shift", args=[campaign.slug])


def tell_of_missed(now: datetime | None = None) -> int:
    """Tell of checks that were missed and not told of yet; returns how many notices were written. One query where there are
    none.
    """
    now = now or timezone.now()
    missed = Check.objects.filter(state=CheckState.MISSED, closes_at__gte=now - TOLD_FOR, campaign__status__in=ACTIVE)
    of_shifters = missed.filter(told_at=None).select_related("campaign").order_by("campaign_id", "opens_at")
    n = 0
    for campaign, checks in _by_campaign(of_shifters):
        n += _tell_shifters(campaign, checks, now)
    late = missed.filter(coordinators_told_at=None, closes_at__lte=now - PATIENCE).select_related("campaign")
    for campaign, checks in _by_campaign(late.order_by("campaign_id", "opens_at")):
        n += _tell_coordinators(campaign, checks, now)
    return n


def _by_campaign(found: Iterable[Check]) -> list[tuple[Campaign, list[Check]]]:
    groups = [list(checks) for _pk, checks in groupby(found, key=lambda check: check.campaign_id)]
    return [(checks[0].campaign, checks) for checks in groups]


def _tell_shifters(campaign: Campaign, checks: Sequence[Check], now: datetime) -> int:
    """Those on shift on the day of each; where nobody was, the coordinators hear soon enough."""
    appointments = list(campaign.appointments.select_related("user"))
    with transaction.atomic():
        mine: dict[int, tuple[User, list[Check]]] = {}
        for check in checks:
            if not _claimed(check, "told_at", now):
                continue
            day = check.opens_on
            for one in appointments:
                if one.covers(day) and one.user.is_active:
                    mine.setdefault(one.user_id, (one.user, []))[1].append(check)
        n = 0
        for user, of_them in mine.values():
            text = "It can be made good until the next check is due: the page has it filled in."
            n += len(
                tell([user], _subject(campaign, of_them, zone_of(user), now), text, path=shift_path(campaign), urgent=True)
            )
    return n


def _tell_coordinators(campaign: Campaign, checks: Sequence[Check], now: datetime) -> int:
    with transaction.atomic():
        claimed = [check for check in checks if _claimed(check, "coordinators_told_at", now)]
        if not claimed:
            return 0
        on_shift = [one for one in campaign.appointments.select_related("user") if one.covers(claimed[-1].opens_on)]
        names = sorted({one.user.username for one in on_shift})
        text = f"On shift: {', '.join(names)}." if names else "Nobody was on shift; appoint somebody on the settings page."
        n = 0
        for user in people_with(Role.COORDINATORS):
            n += len(tell([user], _subject(campaign, claimed, zone_of(user), now), text, path=shift_path(campaign)))
    return n


def _claimed(check: Check, name: str, now: datetime) -> bool:
    """Whether it is ours to tell: of two that run at once one gets it, and none once it was made good."""
    return Check.objects.filter(pk=check.pk, state=CheckState.MISSED, **{name: None}).update(**{name: now}) == 1


def _subject(campaign: Campaign, checks: Sequence[Check], zone: ZoneInfo, now: datetime) -> str:
    last = checks[-1]
    when = f"due by {time_of_day(last.closes_at, zone)}, {day_in_words(last.closes_at, zone, now)}"
    if len(checks) == 1:
        return f"{campaign}: {check_title(last.name).lower()} missed, {when}"
    return f"{campaign}: {counted(len(checks), 'check')} missed, the last {when}"
