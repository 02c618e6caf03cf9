"""The rows of the table that are about a campaign's steps."""

from __future__ import annotations

from campaigns.models import RequestState, Team
from campaigns.permissions.cases import Action, Address, Case, anybody, form, get, post
from campaigns.steps import rules as step_rules
from campaigns.steps.process import Criterion, Kind, Who

S = RequestState


def _signs(case: Case, team: Team) -> bool:
    return not step_rules.why_not_sign(case.user, case.campaign, [case.request], team, None)


def _sign_off(team: Team) -> Action:
    """Both answers are one address: yes, and no with a comment."""
    return Action(
        f"Sign a step for {team.label.lower()}, or refuse to (not who signed for the other team)",
        lambda case: _signs(case, team),
        post("campaigns:step-sign", "campaigns-api:step-sign-offs", step="setup", team=str(team)),
        S.ACCEPTED,
        step="setup",
    )


FOR_DATA_MANAGEMENT = Criterion("test-dataset", "", Kind.AUTO, Who.DATA_MANAGEMENT)

STEPS: tuple[Action, ...] = (
    Action(
        "Read the steps, what was given as evidence, and alerts, on pages and by API",
        anybody,
        get("campaigns:step-list", "campaigns:step-detail", "campaigns:evidence-file", "campaigns:alert-list")
        + get("campaigns-api:step-list", "campaigns-api:step-detail"),
        step="setup",
    ),
    Action(
        "Give evidence and take it back, attach and detach workflows, ask for sign-offs, complete a step",
        lambda case: step_rules.can_work(case.user, case.campaign),
        post("campaigns:evidence-add", "campaigns:evidence-take-back", "campaigns:sign-offs-ask", "campaigns:step-complete")
        + post("campaigns:workflow-attach", "campaigns:workflow-detach")
        + post("campaigns-api:criterion-evidence", "campaigns-api:criterion-take-back", "campaigns-api:step-complete")
        + post("campaigns-api:step-workflows")
        + (Address("DELETE", "campaigns-api:step-workflow"),),
        step="setup",
    ),
    Action(
        "Give evidence for what data management is to do, and take it back",
        lambda case: step_rules.can_give_evidence(case.user, case.campaign, FOR_DATA_MANAGEMENT),
        post(
            "campaigns:evidence-add",
            "campaigns:evidence-take-back",
            "campaigns-api:criterion-evidence",
            "campaigns-api:criterion-take-back",
            step="test",
            criterion=FOR_DATA_MANAGEMENT.key,
        ),
        step="test",
    ),
    _sign_off(Team.PRODUCTION),
    _sign_off(Team.DATA_MANAGEMENT),
    Action(
        "Record decisions, waive criteria and end waivers, move to another template, close alerts",
        lambda case: step_rules.can_decide(case.user),
        post("campaigns:decision-record", "campaigns-api:criterion-decision", criterion="plan-agreed")
        + post("campaigns:criterion-waive", "campaigns-api:criterion-waive", criterion="plan-agreed")
        + post("campaigns:waiver-end", "campaigns-api:criterion-end-waiver", criterion="plan-drafted")
        + post("campaigns:unavailable-waive", "campaigns:alert-close")
        + form("campaigns:template-move"),
        step="setup",
    ),
    Action(
        "Reopen a step",
        lambda case: step_rules.can_decide(case.user),
        post("campaigns:step-reopen", "campaigns-api:step-reopen", step="setup"),
        step="test",
    ),
    Action(
        "Ask the requester for feedback on the validation sample",
        lambda case: step_rules.can_work(case.user, case.campaign),
        post("campaigns:feedback-ask", "campaigns-api:step-feedback-ask", step="validation"),
        step="validation",
    ),
    Action(
        "Answer for the requester",
        lambda case: step_rules.can_answer(case.user, [case.request]),
        post("campaigns:feedback-give", "campaigns-api:step-feedback", step="validation"),
        S.ACCEPTED,
        step="validation",
    ),
    Action(
        "Go on without the requester’s reply, once it is overdue",
        lambda case: step_rules.can_decide(case.user),
        post("campaigns:feedback-skip", "campaigns-api:step-feedback-skip", step="validation"),
        step="validation",
    ),
)
