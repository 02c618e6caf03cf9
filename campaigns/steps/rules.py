"""Who may do what in a campaign's steps. Pages, API and services ask here; the words are those of refusals."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F

from campaigns.models import Campaign, ProductionRequest, Team
from campaigns.requests.rules import groups_of, speaks_for
from campaigns.rules import can_lead, can_set_up
from campaigns.steps.process import Criterion, Kind, Who
from campaigns.steps.standing import SignStands, StepStands
from campaigns.steps.states import SignState
from portal.roles import Anyone, Role, has_role

ROLE_OF = {Team.PRODUCTION: Role.PRODUCTION, Team.DATA_MANAGEMENT: Role.DATA_MANAGEMENT}


def can_work(user: Anyone, campaign: Campaign) -> bool:
    """Give evidence, attach workflows, ask for sign-offs and feedback, complete a step: shifters of it, coordinators."""
    return can_set_up(user, campaign)


def can_give_evidence(user: Anyone, campaign: Campaign, criterion: Criterion) -> bool:
    """Whoever works in the steps; and the data-management team for what it is to do."""
    if can_work(user, campaign):
        return True
    return criterion.who is Who.DATA_MANAGEMENT and has_role(user, Role.DATA_MANAGEMENT)


def can_decide(user: Anyone) -> bool:
    """Record decisions, waive, reopen, go on without a reply, move to another template, close alerts: coordinators."""
    return can_lead(user)


def can_answer(user: Anyone, requests: Sequence[ProductionRequest]) -> bool:
    """Give the requester's feedback: whoever asked for one of the requests served, or a requester of its group."""
    return any(speaks_for(user, request) and not can_lead_only(user, request) for request in requests)


def can_lead_only(user: Anyone, request: ProductionRequest) -> bool:
    """A coordinator who speaks for every request, but neither filed this one nor is a requester of its group."""
    if request.requester_id == user.pk:
        return False
    in_group = request.working_group_id is not None and request.working_group_id in groups_of(user)
    return not (in_group and has_role(user, Role.REQUESTERS))


def why_not_sign(
    user: Anyone, campaign: Campaign, requests: Sequence[ProductionRequest], team: Team, other: SignStands | None
) -> str:
    """Why this person cannot sign for this team, '' if they may. `other`: where the other team's sign-off stands."""
    if not has_role(user, ROLE_OF[team]):
        return f"Signing for {team.label.lower()} needs the role {ROLE_OF[team]}."
    if any(request.requester_id == user.pk for request in requests):
        return "You asked for what this campaign produces; somebody else signs."
    if user.pk is not None and campaign.appointments.filter(user_id=user.pk).exclude(until_on__lt=F("from_on")).exists():
        return "You are or were a shifter of this campaign; somebody else signs."
    if other is not None and other.act is not None and other.act.actor == user.pk and other.state in _STANDING:
        return f"You signed for {other.team.label.lower()}; the two teams need two people."
    return ""


_STANDING = frozenset({SignState.SIGNED, SignState.REFUSED})


def other_team(step: StepStands, team: Team) -> SignStands | None:
    """The sign-off of the other team."""
    return next((one for key, one in step.signs.items() if key != team), None)


def may_be_waived(criterion: Criterion) -> bool:
    """Everything but sign-offs: the two teams' word is what the steps are for."""
    return criterion.kind is not Kind.SIGN_OFF
