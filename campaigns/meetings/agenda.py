"""Actions on what people put on the agenda. Items stand in the order of `position`, which coordinators change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Max

from campaigns.meetings.acting import check_runs, check_takes_place, happened, held, line, paragraphs
from campaigns.meetings.reading import meeting_after
from campaigns.meetings.rules import NEEDS_A_ROLE, can_change_item, can_propose
from campaigns.models import (
    AgendaItem,
    Campaign,
    ItemState,
    Meeting,
    MeetingEvent,
    MeetingVerb,
    ProductionRequest,
    RequestState,
)
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

LONGEST_TEXT = 10_000
MOST_ITEMS = 100


def propose_item(
    meeting: Meeting,
    *,
    actor: User,
    title: str,
    text: str = "",
    campaign: Campaign | None = None,
    request: ProductionRequest | None = None,
) -> AgendaItem:
    """Put something on the agenda, as its last item."""
    if not can_propose(actor):
        raise NotAllowed(NEEDS_A_ROLE)
    title, text = _checked(title, text, request)
    with held(meeting) as now:
        check_takes_place(meeting)
        if meeting.is_past(now):
            raise Conflict(f"{meeting} is over. Put it on the agenda of the next one.")
        item = _append(meeting, now, title=title, text=text, campaign=campaign, request=request, added_by=actor)
        happened(meeting, MeetingVerb.ITEM_PROPOSED, actor, title)
    return item


def change_item(
    item: AgendaItem,
    *,
    actor: User,
    title: str,
    text: str = "",
    campaign: Campaign | None = None,
    request: ProductionRequest | None = None,
) -> AgendaItem:
    """Let an open item say something else."""
    _check_may_change(item, actor)
    title, text = _checked(title, text, request)
    with _held_item(item):
        _check_open(item)
        if (title, text, campaign, request) == (item.title, item.text, item.campaign, item.request):
            return item
        old = item.title
        item.title, item.text, item.campaign, item.request = title, text, campaign, request
        item.save()
        change = {"field": "title", "label": "", "old": old, "new": title}
        happened(item.meeting, MeetingVerb.ITEM_CHANGED, actor, title, changes=[change] if old != title else [])
    return item


def close_item(item: AgendaItem, *, actor: User) -> MeetingEvent:
    """It was dealt with."""
    check_runs(actor)
    with _held_item(item):
        check_takes_place(item.meeting)
        return _set(item, ItemState.DONE, MeetingVerb.ITEM_DONE, actor)


def withdraw_item(item: AgendaItem, *, actor: User) -> MeetingEvent:
    """Whoever put it there takes it from the agenda."""
    _check_may_change(item, actor)
    with _held_item(item):
        return _set(item, ItemState.WITHDRAWN, MeetingVerb.ITEM_WITHDRAWN, actor)


def postpone_item(item: AgendaItem, *, actor: User) -> AgendaItem:
    """It stays here as postponed and goes on at the next meeting, as an item of that one; returns that."""
    check_runs(actor)
    with _held_item(item) as now:
        _check_open(item)
        following = meeting_after(item.meeting)
        if following is None:
            raise Conflict("No later meeting is planned. Plan one first.")
        with held(following):
            check_takes_place(following)
            later = _append(
                following, now, title=item.title, text=item.text, campaign=item.campaign, request=item.request,
                added_by=item.added_by, came_from=item,
            )  # fmt: skip
            happened(following, MeetingVerb.ITEM_PROPOSED, actor, item.title, postponed_from=item.meeting.held_on.isoformat())
            _set(item, ItemState.POSTPONED, MeetingVerb.ITEM_POSTPONED, actor, to=following.held_on.isoformat())
    return later


def reopen_item(item: AgendaItem, *, actor: User) -> MeetingEvent:
    """Put back what was dealt with, withdrawn or postponed; what goes on at a later meeting is taken from there."""
    _check_may_change(item, actor)
    if item.state != ItemState.WITHDRAWN:
        check_runs(actor)
    with _held_item(item):
        if item.is_open:
            raise Conflict(f"“{item.title}” is open.")
        later = AgendaItem.objects.select_for_update().filter(came_from=item).select_related("meeting").first()
        if later is not None:
            if not later.is_open:
                raise Conflict(f"“{item.title}” was {later.get_state_display()} at {later.meeting}.")
            happened(later.meeting, MeetingVerb.ITEM_WITHDRAWN, actor, later.title)
            later.delete()
        item.state = ItemState.OPEN
        item.save(update_fields=["state"])
        return happened(item.meeting, MeetingVerb.ITEM_REOPENED, actor, item.title)


def move_item(item: AgendaItem, *, actor: User, up: bool) -> MeetingEvent | None:
    """One place up or down among those that are on the agenda; None where it is the first or last already."""
    check_runs(actor)
    with _held_item(item):
        there = [one for one in item.meeting.items.all() if one.state != ItemState.WITHDRAWN]
        place = next((n for n, one in enumerate(there) if one.pk == item.pk), None)
        if place is None:
            raise Conflict(f"“{item.title}” was withdrawn.")
        other = place - 1 if up else place + 1
        if not 0 <= other < len(there):
            return None
        there[place], there[other] = there[other], there[place]
        for position, one in enumerate(there, start=1):
            one.position = position
        AgendaItem.objects.bulk_update(there, ["position"])
        return happened(item.meeting, MeetingVerb.AGENDA_ORDERED, actor, item.title, up=up)


@contextmanager
def _held_item(item: AgendaItem) -> Iterator[datetime]:
    """The item, read anew, under its meeting's row."""
    with held(item.meeting) as now:
        item.refresh_from_db(fields=["title", "text", "campaign", "request", "state", "position"])
        yield now


def _set(item: AgendaItem, state: ItemState, verb: MeetingVerb, actor: User, **data: str) -> MeetingEvent:
    _check_open(item)
    item.state = state
    item.save(update_fields=["state"])
    return happened(item.meeting, verb, actor, item.title, **data)


def _check_open(item: AgendaItem) -> None:
    if not item.is_open:
        raise Conflict(f"“{item.title}” is {item.get_state_display()} already.")


def _check_may_change(item: AgendaItem, actor: User) -> None:
    if not can_change_item(actor, item):
        raise NotAllowed(f"“{item.title}” is changed by {item.added_by}, who put it on the agenda, and by coordinators.")


def _checked(title: str, text: str, request: ProductionRequest | None) -> tuple[str, str]:
    title = line(title, "title", "Say in a few words what it is about.", 200)
    if request is not None and request.state == RequestState.DRAFT:
        raise Invalid(f"Request {request.pk} is a draft; it is submitted first.", field="request")
    return title, paragraphs(text, "text", LONGEST_TEXT)


def _append(meeting: Meeting, now: datetime, **fields: object) -> AgendaItem:
    n, last = meeting.items.count(), meeting.items.aggregate(last=Max("position"))["last"] or 0
    if n >= MOST_ITEMS:
        raise Conflict(f"The agenda has {n} items; that is more than a meeting can take.")
    return AgendaItem.objects.create(meeting=meeting, position=last + 1, added_at=now, **fields)
