"""The life of a request as one table: what may happen in which state, who does it, and whether a reason is needed.

Pages take their buttons from it, the documentation its diagram, the tests their cases; the functions that carry a move out are
in campaigns/requests/services.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from campaigns.models import ProductionRequest, RequestState, RequestVerb
from campaigns.requests.rules import can_review, speaks_for
from portal.roles import Anyone

S = RequestState


def _reviewers(user: Anyone, request: ProductionRequest) -> bool:
    return can_review(user)


@dataclass(frozen=True)
class Move:
    """One row of the table. `who_in_words` is for refusals and documentation; `is_final` moves end the request's life."""

    name: str
    label: str
    from_states: frozenset[RequestState]
    to: RequestState
    who: Callable[[Anyone, ProductionRequest], bool]
    who_in_words: str
    needs_reason: bool
    verb: RequestVerb

    @property
    def is_final(self) -> bool:
        return not any(self.to in move.from_states for move in TRANSITIONS)


def _move(
    name: str, label: str, from_states: set[RequestState], to: RequestState,
    who: Callable[[Anyone, ProductionRequest], bool], verb: RequestVerb, *, needs_reason: bool = False,
) -> Move:  # fmt: skip
    words = "coordinators" if who is _reviewers else "its requester, requesters of its working group and coordinators"
    return Move(name, label, frozenset(from_states), to, who, words, needs_reason, verb)


TRANSITIONS: tuple[Move, ...] = (
    #     name            label                      from                                             to                who
    _move("submit", "Submit request", {S.DRAFT, S.CHANGES_WANTED}, S.SUBMITTED, speaks_for, RequestVerb.SUBMITTED),
    _move("present", "Presented at a meeting", {S.SUBMITTED}, S.PRESENTED, _reviewers, RequestVerb.PRESENTED),
    _move("accept", "Accept", {S.PRESENTED}, S.ACCEPTED, _reviewers, RequestVerb.ACCEPTED),
    _move(
        "want-changes", "Want changes", {S.SUBMITTED, S.PRESENTED}, S.CHANGES_WANTED, _reviewers,
        RequestVerb.CHANGES_WANTED, needs_reason=True,
    ),
    _move(
        "decline", "Decline", {S.SUBMITTED, S.PRESENTED}, S.DECLINED, _reviewers, RequestVerb.DECLINED, needs_reason=True
    ),
    _move(
        "withdraw", "Withdraw", {S.SUBMITTED, S.PRESENTED, S.CHANGES_WANTED}, S.WITHDRAWN, speaks_for,
        RequestVerb.WITHDRAWN, needs_reason=True,
    ),
)  # fmt: skip
MOVES = {move.name: move for move in TRANSITIONS}

WHAT_NEXT = {
    S.DRAFT: "Its requester completes and submits it.",
    S.SUBMITTED: "A coordinator puts it on the agenda of a production meeting.",
    S.PRESENTED: "Coordinators accept it, want changes or decline it.",
    S.CHANGES_WANTED: "Its requester changes it and submits it again.",
    S.ACCEPTED: "Its campaign serves it.",
    S.DECLINED: "Nothing; it may be cloned.",
    S.WITHDRAWN: "Nothing; it may be cloned.",
}


def allowed_moves(user: Anyone, request: ProductionRequest) -> list[Move]:
    """The moves this person may make with the request now, in the order of the table."""
    return [move for move in TRANSITIONS if request.state in move.from_states and move.who(user, request)]
