"""What is done again and again: windows that closed are settled, people are told, and what lists show is written anew."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from campaigns.models import Campaign, CheckSchedule, CheckStanding
from campaigns.shift.due import ACTIVE
from campaigns.shift.settling import settle_all
from campaigns.shift.standing import keep_standings
from campaigns.shift.telling import tell_of_missed


def keep_checks(now: datetime | None = None) -> int:
    """Settle, tell, and keep the standing of every campaign that goes on; returns how many checks were found missed."""
    now = now or timezone.now()
    going = list(Campaign.objects.active())
    n = settle_all(going, now)
    # one that is over is owed no check; should it go on again, its windows count from then on
    CheckSchedule.objects.exclude(campaign__status__in=ACTIVE).filter(settled_until__lt=now).update(settled_until=now)
    CheckStanding.objects.exclude(campaign__status__in=ACTIVE).delete()
    tell_of_missed(now)
    keep_standings(going, now)
    return n
