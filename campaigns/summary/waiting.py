"""Which requests wait for a person: what coordinators have to take to a meeting, what requesters have to finish or change."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, F, IntegerField, Q, Value, When

from campaigns.models import ProductionRequest, RequestState
from campaigns.requests.rules import can_create, can_review
from portal.models import User
from portal.roles import Anyone

WORDS = {
    RequestState.PRESENTED: "presented; what did the meeting decide?",
    RequestState.SUBMITTED: "to be presented at a meeting",
    RequestState.CHANGES_WANTED: "changes are wanted of you",
    RequestState.DRAFT: "your draft",
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
