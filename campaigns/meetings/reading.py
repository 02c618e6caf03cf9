"""Reading meetings: the next one, those of a day, those around a day, and which day a form proposes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Q
from django.http import QueryDict
from django.utils import timezone

from campaigns.models import Meeting, MeetingAction, MeetingQuerySet
from portal.models import User
from portal.roles import Anyone
from portal.wording import joined

LONGEST_SEARCH = 200
MOST_WORDS = 8
MOST_OFFERED = 12
COMING = timedelta(weeks=4)


def next_meeting(now: datetime | None = None) -> Meeting | None:
    """The one that goes on or comes next, with `n_items`. One query."""
    return Meeting.objects.taking_place().coming(now or timezone.now()).with_counts().first()


def meeting_after(meeting: Meeting) -> Meeting | None:
    """The next one that takes place after this. One query."""
    later = Q(starts_at__gt=meeting.starts_at) | Q(starts_at=meeting.starts_at, pk__gt=meeting.pk)
    return Meeting.objects.taking_place().filter(later).order_by("starts_at", "pk").first()


def meetings_on(days: Iterable[date | None]) -> dict[date, Meeting]:
    """The meeting of each of these days, the first where there were several. One query, none for no day."""
    wanted = {day for day in days if day is not None}
    found: dict[date, Meeting] = {}
    if wanted:
        for meeting in Meeting.objects.taking_place().filter(held_on__in=wanted).order_by("starts_at", "pk"):
            found.setdefault(meeting.held_on, meeting)
    return found


def day_proposed(now: datetime | None = None) -> date:
    """The day with which a form asks "Meeting of": that of the latest meeting that began; today where today has one, or where
    there was none yet. One query.
    """
    now = now or timezone.now()
    today = timezone.localdate(now)
    latest = Meeting.objects.taking_place().filter(Q(starts_at__lte=now) | Q(held_on=today)).order_by("-starts_at").first()
    return latest.held_on if latest is not None else today


def meetings_offered(now: datetime | None = None) -> list[Meeting]:
    """Those that an entry of a log is likely to be about, one a day, the newest first. One query."""
    found = Meeting.objects.taking_place().filter(starts_at__lt=(now or timezone.now()) + COMING).order_by("-starts_at", "-pk")
    return list({meeting.held_on: meeting for meeting in found[:MOST_OFFERED]}.values())


def why_no_meeting(day: date) -> str:
    """Why an entry cannot point to a meeting of this day, '' if it can. Days before the first meeting that the portal knows are
    free: logs that were kept elsewhere name meetings of which it has no page. Three queries at most.
    """
    meetings = Meeting.objects.taking_place()
    if meetings.filter(held_on=day).exists():
        return ""
    before = meetings.filter(held_on__lt=day).order_by("-held_on").values_list("held_on", flat=True).first()
    after = meetings.filter(held_on__gt=day).order_by("held_on").values_list("held_on", flat=True).first()
    if before is None:
        return ""
    near = joined(one.isoformat() for one in (before, after) if one is not None)
    return f"{day.isoformat()} is the day of no meeting; the nearest {'are' if after else 'is'} of {near}"


def my_actions(user: Anyone, n_shown: int = 20) -> Sequence[MeetingAction]:
    """What this person took on and did not do yet, the first due first. One query; none for the public."""
    if not isinstance(user, User):
        return []
    found = MeetingAction.objects.filter(responsible=user, done_at=None).select_related("meeting", "campaign")
    return list(found.order_by(F("due_on").asc(nulls_last=True), "added_at", "pk")[:n_shown])


@dataclass(frozen=True)
class Filters:
    """What the address of the list asks for; words that are none of ours count as not asked."""

    q: str
    year: str

    @property
    def is_filtered(self) -> bool:
        return bool(self.q or self.year)

    def apply(self, meetings: MeetingQuerySet) -> MeetingQuerySet:
        """Those in whose title, place, minutes, items or actions all words are."""
        if self.year:
            meetings = meetings.filter(held_on__year=int(self.year))
        for word in self.q.lower().split()[:MOST_WORDS]:
            said = Q(title__icontains=word) | Q(minutes__icontains=word) | Q(where__icontains=word) | Q(reason__icontains=word)
            meetings = meetings.filter(
                said
                | Q(
                    pk__in=Meeting.objects.filter(Q(items__title__icontains=word) | Q(items__text__icontains=word)).values("pk")
                )
                | Q(pk__in=Meeting.objects.filter(actions__text__icontains=word).values("pk"))
            )
        return meetings


def filters_of(asked: QueryDict) -> Filters:
    """The filters in the address."""
    year = asked.get("year", "").strip()
    good = len(year) == 4 and year.isascii() and year.isdigit() and year >= "1900"
    return Filters(asked.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH], year if good else "")


def years() -> list[int]:
    """Those in which there are meetings, the newest first. One query."""
    return [day.year for day in Meeting.objects.dates("held_on", "year", order="DESC")]
