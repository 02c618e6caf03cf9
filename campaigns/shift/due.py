"""Which checks of a campaign are due, missed, or to come: its windows, without those that were checked and those in which
nothing ran. Reads only; `settling.py` writes the windows that closed without a check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.models import Campaign, CampaignStatus, Check, CheckSchedule, CheckState, StepStanding
from campaigns.shift.windows import (
    DEFAULT_FIRST_SLOTS,
    DEFAULT_SLOTS,
    Schedule,
    Slot,
    Window,
    by_day,
    slots_kept,
    windows,
)
from campaigns.steps.states import StepState
from portal.zones import zone_named

FULL_PRODUCTION = "production"  # the key of its step in process.toml
GOES_ON = (StepState.OPEN, StepState.SENT_BACK)
ACTIVE = (CampaignStatus.ACTIVE, CampaignStatus.PAUSED)
AHEAD = timedelta(days=2)
MADE_GOOD_WITHIN = timedelta(days=1)  # and before the next window opens


@dataclass(frozen=True)
class Dues:
    """What a campaign's clock says now. `open`: the window that is open and not checked; `late`: the check that was missed last
    and may still be made good, as no window opened since; `next`: the window that opens next.
    """

    open: Window | None = None
    late: Check | None = None
    next: Window | None = None
    checked: Check | None = None  # the check that covers this moment
    ahead: Sequence[Window] = field(default_factory=list)


def schedule_row(campaign: Campaign) -> CheckSchedule:
    """Its row, or what stands for one that was never looked at."""
    return CheckSchedule.objects.filter(campaign=campaign).first() or CheckSchedule(campaign=campaign)


def slots_of(row: CheckSchedule) -> tuple[Sequence[Slot], Sequence[Slot]]:
    """The windows of a day, and those of the first days of full production."""
    return slots_kept(row.slots) or DEFAULT_SLOTS, slots_kept(row.first_slots) or DEFAULT_FIRST_SLOTS


def schedule_of(campaign: Campaign, row: CheckSchedule) -> Schedule:
    """Its windows as the pure part knows them. Two queries at most: who is on shift, and since when full production runs."""
    slots, first_slots = slots_of(row)
    zone_of_day = by_day({}, zone_named(row.time_zone)) if row.time_zone else zones_of_shifters(campaign)
    return Schedule(zone_of_day, slots, first_slots, row.n_first_days, full_since(campaign))


def zones_of_shifters(campaign: Campaign) -> Callable[[date], ZoneInfo]:
    """`zone_of_day`: the zone of whoever is on shift that day, the first appointed of several; UTC where nobody is."""
    found = [one for one in campaign.appointments.select_related("user").order_by("from_on", "pk") if one.user.is_active]

    def zone_of_day(day: date) -> ZoneInfo:
        first = next((one for one in found if one.covers(day)), None)
        return zone_named(first.user.time_zone if first else "")

    return zone_of_day


def full_since(campaign: Campaign) -> datetime | None:
    """When full-scale production began, while it goes on."""
    row = StepStanding.objects.filter(campaign=campaign, step=FULL_PRODUCTION, state__in=GOES_ON).first()
    return row.since if row else None


def dues_of(found: Iterable[Window], kept: Iterable[Check], now: datetime) -> Dues:
    """Pure. `found`: windows around now, in order, all of which are wanted; `kept`: checks around now, the newest first."""
    checks = list(kept)
    free = [one for one in found if not any(one.overlaps(check.opens_at, check.closes_at) for check in checks)]
    open_now = next((one for one in free if one.holds(now)), None)
    checked = next((check for check in checks if check.opens_at <= now < check.closes_at), None)
    last = next((check for check in checks if check.closes_at <= now), None)
    late = last if last is not None and not last.is_done and open_now is None and checked is None else None
    late = late if late is not None and now - late.closes_at < MADE_GOOD_WITHIN else None
    return Dues(open_now, late, next((one for one in free if one.opens_at > now), None), checked, free)


def windows_ahead(campaign: Campaign, row: CheckSchedule, now: datetime) -> list[Window]:
    """From the one that is open now through the next days. None where no check is wanted or the campaign is over."""
    if not row.is_wanted or campaign.status not in ACTIVE:
        return []
    return windows(schedule_of(campaign, row), now, now + AHEAD)


def checks_around(campaign: Campaign, now: datetime) -> list[Check]:
    """Those that windows around now could overlap, the newest first. One query."""
    near = Check.objects.filter(campaign=campaign, closes_at__gt=now - 2 * AHEAD).select_related("by", "entry")
    return list(near.order_by("-opens_at"))


def last_done(campaign: Campaign) -> Check | None:
    """The newest check that was recorded. One query."""
    return Check.objects.filter(campaign=campaign, state=CheckState.DONE).select_related("by", "entry").order_by("-at").first()


def as_json(found: Iterable[Window]) -> list[list[str]]:
    return [[one.name, one.opens_at.isoformat(), one.closes_at.isoformat(), one.zone] for one in found]


def from_json(kept: Iterable[Sequence[str]]) -> list[Window]:
    return [
        Window(name, datetime.fromisoformat(opens).astimezone(UTC), datetime.fromisoformat(closes).astimezone(UTC), zone)
        for name, opens, closes, zone in kept
    ]
