"""The shift in the demonstration: a campaign with a check that is due now and one that was missed yesterday, and a handover
that waits to be taken over; another campaign in which something is new. Told once, when their workflows were read.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from campaigns.campaign_services import appoint, change_settings, end_appointment
from campaigns.demo.steps import People
from campaigns.models import Campaign, CheckSchedule
from campaigns.shift.handovers import write_handover
from campaigns.shift.looking import spans_of
from campaigns.shift.services import record_check
from campaigns.shift.settling import settle
from campaigns.shift.standing import keep_standing
from campaigns.shift.windows import kept_slots, read_slots
from portal.errors import Refused
from portal.models import User

CHECKED, NOT_CHECKED = "lbl2-reco-2026", "pdhd-reco-2026b"
ALL_DAY = kept_slots(read_slots("00:00-12:00, 12:00-24:00"))  # so that a check is due whenever somebody looks
DAYS = 5


def load_shift(people_of: Callable[[str], People]) -> list[str]:
    """Returns what could not be told, and why. A campaign whose checks are set already stays as it is."""
    left = []
    for name, happens in ((CHECKED, _is_checked), (NOT_CHECKED, _was_never_checked)):
        campaign = Campaign.objects.get(name=name)
        if CheckSchedule.objects.filter(campaign=campaign, slots=ALL_DAY).exists():
            continue
        if not spans_of(campaign, timezone.now()):
            left.append(f"{name}: none of its workflows is read yet")
            continue
        try:
            with transaction.atomic():
                happens(campaign, people_of(name))
        except Refused as refused:
            left.append(f"{name}: {refused}")
    return left


def _is_checked(campaign: Campaign, people: People) -> None:
    """Every check of some days was done but yesterday's last."""
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    began, half = midnight - timedelta(days=DAYS), timedelta(hours=12)
    campaign.appointments.filter(user=people.shifter).update(from_on=began.date())
    change_settings(campaign, {"n_jobs_reference": 300}, actor=people.shifter)
    _schedule(campaign, began)
    text = "The first check with the portal: all as at the last meeting."
    for n in range(2 * DAYS + 1):
        opens_at = began + n * half
        if opens_at + half <= now and opens_at != midnight - half:
            with suppress(Refused):  # nothing ran then
                record_check(campaign, actor=people.shifter, text=text, now=opens_at + timedelta(hours=8, minutes=13))
                text = "As at the last check."
    settle(campaign)
    appointed = appoint(campaign, _second(), actor=people.coordinator)
    write_handover(
        campaign, actor=_second(),
        text="UK_Brunel was slow on Friday; its jobs end well again.\n\n- look after #3203\n- next: the last slice",
    )  # fmt: skip
    end_appointment(appointed, actor=people.coordinator)
    keep_standing(campaign)


def _was_never_checked(campaign: Campaign, people: People) -> None:
    _schedule(campaign, timezone.now())
    keep_standing(campaign)


def _second() -> User:
    return User.objects.get(username="shifter2")


def _schedule(campaign: Campaign, since: datetime) -> None:
    values = {"slots": ALL_DAY, "first_slots": ALL_DAY, "n_first_days": 0, "time_zone": "UTC", "settled_until": since}
    CheckSchedule.objects.update_or_create(campaign=campaign, defaults=values)
