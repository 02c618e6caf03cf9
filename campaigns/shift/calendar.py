"""A person's duties as an iCalendar: appointments as whole days, checks and meetings as spans of time. `ical_of(user)`.

An event keeps its uid and its stamp from one reading to the next, so that calendars recognise it and nothing flickers. Spans of
time are written in UTC: every calendar shows them right in its own zone, also over a change of the clock. Days have no zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

import icalendar
from django.conf import settings
from django.utils import timezone

from campaigns.models import Appointment, Campaign, Check, CheckStanding, Meeting
from campaigns.shift.due import ACTIVE, schedule_of, schedule_row
from campaigns.shift.telling import shift_path
from campaigns.shift.windows import Window, windows
from campaigns.shift.wording import check_title
from portal.models import User
from portal.zones import zone_named, zone_of

CHECKS_AHEAD = timedelta(days=14)
MEETINGS_AHEAD = timedelta(days=56)
MEETINGS_KEPT_FOR = timedelta(days=28)
KEPT_FOR = timedelta(days=90)  # appointments that ended before are left out
OPEN_END = timedelta(days=56)  # an appointment without a last day is drawn so far, in whole months


def ical_of(user: User, now: datetime | None = None) -> bytes:
    """The whole calendar. Queries grow with the campaigns that the person is on shift for, not with what happens in them."""
    now = now or timezone.now()
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//DUNE//Production portal//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"DUNE production: {user.username}")
    calendar.add("x-wr-timezone", zone_of(user).key)
    calendar.add("refresh-interval;value=duration", "PT1H")
    calendar.add("x-published-ttl", "PT1H")
    for event in events_of(user, now):
        calendar.add_component(event)
    return calendar.to_ical()


def events_of(user: User, now: datetime) -> Iterator[icalendar.Event]:
    """Duties and checks, and the meetings of everybody. Whatever else people have to be at joins here."""
    found = Appointment.objects.filter(user=user, campaign__in=Campaign.objects.visible_to(user)).select_related("campaign")
    appointments = [one for one in found.order_by("from_on", "pk") if one.until_on is None or one.until_on >= one.from_on]
    yield from _duties(appointments, now)
    yield from _checks(appointments, now)
    yield from _meetings(now)


def _duties(appointments: Iterable[Appointment], now: datetime) -> Iterator[icalendar.Event]:
    oldest = (now - KEPT_FOR).date()
    horizon = ((now + OPEN_END).date().replace(day=1) + timedelta(days=31)).replace(day=1)  # changes once a month
    for one in appointments:
        if one.until_on is not None and one.until_on < oldest:
            continue
        last = one.until_on + timedelta(days=1) if one.until_on is not None else max(horizon, one.from_on + timedelta(days=1))
        ending = "" if one.until_on is not None else " No last day is set."
        yield _event(
            f"appointment-{one.pk}", datetime.combine(one.from_on, time(0), tzinfo=UTC), shift_path(one.campaign),
            f"Shift: {one.campaign}", f"You are shifter of {one.campaign}.{ending}", dtstart=one.from_on, dtend=last,
        )  # fmt: skip


def _checks(appointments: Iterable[Appointment], now: datetime) -> Iterator[icalendar.Event]:
    """Windows of the next days in which the person is on shift, as far as something runs now; those done say so."""
    mine: dict[int, list[Appointment]] = {}
    for one in appointments:
        if one.campaign.status in ACTIVE:
            mine.setdefault(one.campaign_id, []).append(one)
    running = set(CheckStanding.objects.filter(campaign__in=mine, is_running=True).values_list("campaign_id", flat=True))
    checks: dict[tuple[int, datetime], Check] = {
        (check.campaign_id, check.opens_at): check
        for check in Check.objects.filter(campaign__in=mine, closes_at__gt=now).only("campaign", "opens_at", "state")
    }
    for pk, of_campaign in mine.items():
        campaign = of_campaign[0].campaign
        row = schedule_row(campaign)
        if pk not in running or not row.is_wanted:
            continue
        for window in windows(schedule_of(campaign, row), now, now + CHECKS_AHEAD):
            if any(one.covers(window.opens_on) for one in of_campaign):
                yield _check(campaign, window, checks.get((pk, window.opens_at)))


def _check(campaign: Campaign, window: Window, check: Check | None) -> icalendar.Event:
    zone = zone_named(window.zone)
    by = f"{window.closes_at.astimezone(zone):%H:%M} {zone.key}"
    done = check is not None and check.is_done
    event = _event(
        f"check-{campaign.pk}-{window.opens_at:%Y%m%dT%H%M}Z", window.opens_at, shift_path(campaign),
        f"{check_title(window.name)}: {campaign}", "It is done." if done else f"Due by {by}.",
        dtstart=window.opens_at, dtend=window.closes_at,
    )  # fmt: skip
    event.add("transp", "TRANSPARENT")
    return event


def _meetings(now: datetime) -> Iterator[icalendar.Event]:
    """One that was moved is the same event at another time; one that was cancelled stays, and says so. One query."""
    near = Meeting.objects.filter(ends_at__gt=now - MEETINGS_KEPT_FOR, starts_at__lt=now + MEETINGS_AHEAD)
    for one in near.order_by("starts_at", "pk"):
        path = one.get_absolute_url()
        about = [f"Agenda: {settings.SITE_URL.rstrip('/')}{path}", one.where, one.reason]
        event = _event(
            f"meeting-{one.pk}", one.changed_at, path, one.title, "\n".join(filter(None, about)),
            dtstart=one.starts_at.astimezone(UTC), dtend=one.ends_at.astimezone(UTC),
        )  # fmt: skip
        event.add("last-modified", one.changed_at.astimezone(UTC))
        event.add("sequence", one.sequence)
        event.add("status", "CANCELLED" if one.is_cancelled else "CONFIRMED")
        if one.where:
            event.add("location", one.where)
        yield event


def _event(
    uid: str, stamp: datetime, path: str, summary: str, description: str, *, dtstart: object, dtend: object
) -> icalendar.Event:
    """`stamp` follows from what the event is, so that it is the same at every reading."""
    event = icalendar.Event()
    event.add("uid", f"{uid}@{urlsplit(settings.SITE_URL).hostname or 'localhost'}")
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", dtstart)
    event.add("dtend", dtend)
    event.add("summary", summary)
    event.add("description", description)
    event.add("url", f"{settings.SITE_URL.rstrip('/')}{path}")
    return event
