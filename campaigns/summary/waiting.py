"""What waits for a person, for the home page: requests that coordinators take to a meeting or requesters finish or change, what
is to be done in the steps of campaigns, and what the person took on at meetings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Case, F, IntegerField, Q, Value, When

from campaigns.models import MeetingAction, ProductionRequest, RequestState
from campaigns.requests.rules import can_create, can_review
from campaigns.steps.mine import Waits
from campaigns.steps.process import Who
from portal.models import User
from portal.roles import Anyone

WORDS = {
    RequestState.PRESENTED: "presented; what did the meeting decide?",
    RequestState.SUBMITTED: "to be presented at a meeting",
    RequestState.CHANGES_WANTED: "changes are wanted of you",
    RequestState.DRAFT: "your draft",
}
VERBS = {
    RequestState.PRESENTED: "Decide",
    RequestState.SUBMITTED: "Look",
    RequestState.CHANGES_WANTED: "Change",
    RequestState.DRAFT: "Go on",
}
AS_WHOM = {
    Who.SHIFTERS: "as shifter",
    Who.REQUESTERS: "as requester",
    Who.COORDINATORS: "as coordinator",
    Who.PRODUCTION: "for production",
    Who.DATA_MANAGEMENT: "for data management",
}


@dataclass(frozen=True)
class Waiting:
    """A request and what it waits for."""

    request: ProductionRequest
    words: str

    @property
    def n_missing(self) -> int:
        """Items that a draft still needs; 0 for all others."""
        return 8 - self.request.n_complete if self.request.state == RequestState.DRAFT else 0


@dataclass(frozen=True)
class WaitingList:
    """The first of them, and how many there are besides."""

    first: list[Waiting]
    n_more: int


def requests_waiting_for(user: Anyone, n_shown: int = 8) -> WaitingList:
    """What waits for this person, decisions first, then by priority, the oldest first. One query, a second past `n_shown`.

    Coordinators: what is submitted or presented. Requesters: their own and their groups' that changes are wanted of, and
    their own drafts. Everybody else: nothing.
    """
    if not isinstance(user, User):
        return WaitingList([], 0)
    mine = Q(requester=user)
    wanted = Q(pk__in=[])
    if can_review(user):
        wanted |= Q(state__in=[RequestState.SUBMITTED, RequestState.PRESENTED])
    if can_create(user):
        ours = mine | Q(working_group__in=user.working_groups.values("pk"))
        wanted |= (ours & Q(state=RequestState.CHANGES_WANTED)) | (mine & Q(state=RequestState.DRAFT))
    turn = Case(
        *(When(state=state, then=Value(place)) for place, state in enumerate(WORDS)),
        default=Value(len(WORDS)),
        output_field=IntegerField(),
    )
    found = ProductionRequest.objects.filter(wanted).for_list().defer("content", "search_text")
    rows = list(found.order_by(turn, F("priority").asc(nulls_last=True), "pk")[: n_shown + 1])
    n_more = ProductionRequest.objects.filter(wanted).count() - n_shown if len(rows) > n_shown else 0
    return WaitingList([Waiting(row, WORDS[RequestState(row.state)]) for row in rows[:n_shown]], n_more)


@dataclass(frozen=True)
class WaitingRow:
    """One line of the panel. `state` is a status of the visual language, `verb` what its one link says."""

    what: str
    about: list[str]
    since: datetime
    href: str
    verb: str
    state: str = "todo"
    due_on: date | None = None
    is_overdue: bool = False


def waiting_rows(
    steps: list[Waits], requests: list[Waiting], actions: Iterable[MeetingAction], today: date
) -> list[WaitingRow]:
    """All as one list, the oldest first; guard alerts before all else."""
    rows = [
        WaitingRow(
            one.words,
            [one.campaign.name, one.step_title, AS_WHOM[one.who]],
            one.since,
            one.url,
            one.verb,
            one.state(today),
            one.due_on,
            one.is_overdue(today),
        )
        for one in steps
    ]
    for asked in requests:
        request, missing = asked.request, f", {asked.n_missing} of 8 items missing" if asked.n_missing else ""
        group = f"{request.requester}, {request.working_group.name}" if request.working_group else str(request.requester)
        about = [request.title or "Without a title", request.detector.name if request.detector else "", group]
        state = "warning" if request.state == RequestState.CHANGES_WANTED else "todo"
        verb = VERBS[RequestState(request.state)]
        rows.append(
            WaitingRow(
                f"{asked.words}{missing}", [*filter(None, about)], request.saved_at, request.get_absolute_url(), verb, state
            )
        )
    for action in actions:
        meeting, is_overdue = action.meeting, action.due_on is not None and action.due_on < today
        about = [*([action.campaign.name] if action.campaign else []), f"you took it on at the meeting of {meeting.held_on}"]
        href = f"{meeting.get_absolute_url()}#action-{action.pk}"
        state = "warning" if is_overdue else "todo"
        rows.append(WaitingRow(action.text, about, action.added_at, href, "Look", state, action.due_on, is_overdue))
    return sorted(rows, key=lambda row: (row.state != "bad", row.since))
