"""All that a meeting's page and the API tell of one meeting, read in a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q

from campaigns.meetings.decided import Decision, decided_on
from campaigns.models import (
    AgendaItem,
    Campaign,
    EntryKind,
    ItemState,
    LogEntry,
    LogReference,
    Meeting,
    MeetingAction,
    MeetingEvent,
    ReferenceKind,
)
from portal.roles import Anyone

MOST_ENTRIES = 30
MOST_EVENTS = 40


@dataclass(frozen=True)
class Told:
    """`same_day`: others of its day, which share what was decided; `before`: actions of earlier meetings that are open still;
    `earlier`: whether a meeting comes before it that is not over, which then has the facts.
    """

    meeting: Meeting
    items: Sequence[AgendaItem]
    decisions: Sequence[Decision]
    actions: Sequence[MeetingAction]
    before: Sequence[MeetingAction]
    same_day: Sequence[Meeting] = ()
    earlier: Meeting | None = None
    entries: Sequence[LogEntry] = ()
    has_more_entries: bool = False
    events: Sequence[MeetingEvent] = field(default_factory=tuple)

    @property
    def on_agenda(self) -> list[AgendaItem]:
        return [item for item in self.items if item.state != ItemState.WITHDRAWN]

    @property
    def withdrawn(self) -> list[AgendaItem]:
        return [item for item in self.items if item.state == ItemState.WITHDRAWN]


def told_of(meeting: Meeting, user: Anyone, now: datetime) -> Told:
    """Nine queries at most."""
    actions = _actions(meeting)
    entries = _entries(meeting, user)
    around = Meeting.objects.taking_place().filter(Q(held_on=meeting.held_on) | Q(ends_at__gt=now)).exclude(pk=meeting.pk)
    others = list(
        around.filter(Q(held_on=meeting.held_on) | Q(starts_at__lt=meeting.starts_at)).order_by("starts_at", "pk")[:20]
    )
    return Told(
        meeting, items_of(meeting), decided_on(meeting.held_on, user) if not meeting.is_cancelled else [],
        [one for one in actions if one.meeting_id == meeting.pk], [one for one in actions if one.meeting_id != meeting.pk],
        [one for one in others if one.held_on == meeting.held_on],
        next((one for one in others if one.held_on < meeting.held_on), None),
        entries[:MOST_ENTRIES], len(entries) > MOST_ENTRIES,
        list(MeetingEvent.objects.filter(meeting=meeting).select_related("actor")[:MOST_EVENTS]),
    )  # fmt: skip


def items_of(meeting: Meeting) -> list[AgendaItem]:
    """With what a page shows of each. One query."""
    found = meeting.items.select_related("added_by", "campaign", "request", "came_from__meeting", "went_to__meeting")
    return list(found.defer("request__content", "request__search_text"))


def _actions(meeting: Meeting) -> list[MeetingAction]:
    """Its own, and those of earlier meetings that are open still; the first due first. One query."""
    earlier = Q(done_at=None, meeting__starts_at__lt=meeting.starts_at)
    found = MeetingAction.objects.filter(Q(meeting=meeting) | earlier)
    found = found.select_related("meeting", "responsible", "done_by", "campaign")
    return sorted(found, key=lambda one: (not one.is_open, one.due_on is None, one.due_on or one.added_at.date(), one.pk))


def _entries(meeting: Meeting, user: Anyone) -> list[LogEntry]:
    """Entries of logs that people pointed to the meeting, the newest first. One query."""
    points = LogReference.objects.filter(kind=ReferenceKind.MEETING, value=meeting.held_on.isoformat())
    found = LogEntry.objects.filter(pk__in=points.values("entry"), campaign__in=Campaign.objects.visible_to(user).values("pk"))
    found = found.exclude(kind=EntryKind.MACHINE).select_related("campaign", "author").defer("search_text")
    return list(found.order_by("-happened_at", "-pk")[: MOST_ENTRIES + 1])
