"""All that a step's page shows and offers, read once: a constant number of queries, whatever the step holds."""

from __future__ import annotations

from typing import cast

from campaigns.models import Campaign, CampaignStatus, Evidence, StepWorkflow
from campaigns.step_forms import (
    AnswerForm,
    AskForm,
    AttachForm,
    DecisionForm,
    EvidenceForm,
    MaybeReasonForm,
    NoteForm,
    ReasonForm,
    SignForm,
    StepForm,
)
from campaigns.steps.attaching import suggestions
from campaigns.steps.feedback import RULE
from campaigns.steps.loading import read_situation
from campaigns.steps.process import Criterion, Kind, Who
from campaigns.steps.rules import ROLE_OF, can_answer, can_decide, can_give_evidence, can_work
from campaigns.steps.services import newer_template
from campaigns.steps.signing import may_sign
from campaigns.steps.standing import CriterionStands
from campaigns.steps.states import CriterionState, SignState, StepState
from campaigns.views.step_cards import (
    Acting,
    CriterionCard,
    FeedbackCard,
    TeamCard,
    WorkflowRow,
    feedback_acts,
    parts_of,
)
from campaigns.views.step_contents import StepPage
from campaigns.views.step_missing import People, missing_of
from portal.models import User
from portal.roles import Anyone, has_role


def step_page(campaign: Campaign, step_key: str, reader: Anyone, sent: StepForm | None = None) -> StepPage | None:
    """What the page of this step shows to this reader; None if there is no such step."""
    situation = read_situation(campaign)
    step = situation.standing.step(step_key)
    if step is None:
        return None
    page = StepPage(situation, step, reader, sent)
    page.works, page.leads = can_work(reader, campaign), can_decide(reader)
    if page.leads and not page.is_over:
        page.newer = newer_template(campaign)
    people = People.of(situation, reader)
    page.shifters = people.on_shift
    page.alerts = [
        (alert, page.form(f"alert-{alert.pk}", lambda part: ReasonForm(part=part)) if page.leads else None)
        for alert in situation.alerts
        if alert.step == step.key
    ]
    _add_criteria(page)
    _add_teams(page, people)
    _add_workflows(page)
    _add_feedback(page)
    _add_whole(page)
    page.missing = missing_of(page, people)
    return page


def _add_criteria(page: StepPage) -> None:
    rows: dict[int, Evidence] = {}
    keys = [one.key for one in page.step.criteria]
    for row in Evidence.objects.filter(campaign=page.campaign, criterion__in=keys).select_related("author", "workflow"):
        rows[row.pk] = row
    for one in page.step.criteria:
        if one.sign is None:
            page.criteria.append(
                CriterionCard(
                    one,
                    [rows[pk] for pk in one.evidence if pk in rows],
                    [rows[pk] for pk in one.withdrawn if pk in rows],
                    _acting(page, one),
                )
            )


def _acting(page: StepPage, one: CriterionStands) -> list[Acting]:
    """What this reader may do about a criterion, the one thing that moves it first."""
    key, criterion, found = f"c-{one.key}", one.criterion, []
    stays_open = criterion.stays_open and page.step.opened_at is not None and not page.is_over
    if not (page.goes_on or stays_open):
        return []
    is_waived = one.state is CriterionState.WAIVED
    if criterion.kind is Kind.DECISION and page.leads and page.goes_on and not is_waived:
        found.append(
            Acting(
                page.form(f"{key}-decision", DecisionForm.blank), "decision-record", "Record decision",
                "Record decision" if one.act is None else "Record another decision",
                "btn-bare" if one.holds or one.act else "btn-plain",
            )
        )  # fmt: skip
    wanted = criterion.takes_evidence or one.state is CriterionState.NOT_AVAILABLE  # for whoever may waive it
    if criterion.kind is not Kind.DECISION and wanted and not is_waived and _gives(page, criterion):
        moves = criterion.takes_evidence and one.state is not CriterionState.NOT_AVAILABLE
        first = moves and not one.holds
        found.append(
            Acting(
                page.form(f"{key}-evidence", lambda part: EvidenceForm(part=part)), "evidence-add", "Give evidence",
                "Give evidence" if first else "Add evidence", "btn-plain" if first else "btn-bare",
                "" if moves else "It stands beside what the portal sees and does not change the state.",
                has_file=True,
            )
        )  # fmt: skip
    if criterion.kind is not Kind.DECISION and one.evidence and page.goes_on and not is_waived and _gives(page, criterion):
        found.append(
            Acting(
                page.form(f"{key}-back", lambda part: MaybeReasonForm(part=part)), "evidence-take-back", "Take back",
                "Take back", "btn-bare", "What was given stays readable and does not count any more.",
            )
        )  # fmt: skip
    if page.leads and page.goes_on:
        if is_waived:
            found.append(
                Acting(
                    page.form(f"{key}-unwaive", lambda part: MaybeReasonForm(part=part)), "waiver-end", "End the waiver",
                    "End the waiver", "btn-plain", "It is asked for again; sign-offs that saw the waiver lapse.",
                )
            )  # fmt: skip
        elif not one.holds:
            found.append(
                Acting(
                    page.form(f"{key}-waive", lambda part: ReasonForm(part=part)), "criterion-waive", "Waive", "Waive",
                    "btn-stop", "The step may then be completed without it. Sign-offs that were given before lapse.",
                )
            )  # fmt: skip
    return found


def _gives(page: StepPage, criterion: Criterion) -> bool:
    """As can_give_evidence has it, without asking about the reader's shifts for every criterion."""
    return page.works or (criterion.who is Who.DATA_MANAGEMENT and can_give_evidence(page.reader, page.campaign, criterion))


def _add_teams(page: StepPage, people: People) -> None:
    step, offers = page.step, False
    is_open = page.goes_on or (step.state is StepState.LAPSED and page.campaign.status != CampaignStatus.CANCELLED)
    waived = {one.sign.team for one in step.criteria if one.sign and one.state is CriterionState.WAIVED}
    for team, sign in step.signs.items():
        is_of_team = has_role(page.reader, ROLE_OF[team])
        why_not = may_sign(page.situation, step, team, cast(User, page.reader)) if is_of_team else ""
        may = is_of_team and not why_not and is_open and team not in waived
        approve = refuse = None
        if may and sign.state is not SignState.SIGNED:
            approve = page.form(f"sign-{team}", lambda part: SignForm(part=part))
        if may and sign.state is not SignState.REFUSED:
            refuse = page.form(f"refuse-{team}", lambda part: SignForm(part=part))
        page.teams.append(
            TeamCard(
                sign, parts_of(sign, step.print), is_of_team, why_not if is_open else "", people.members[team],
                approve, refuse, approve is not None and not offers,
            )
        )  # fmt: skip
        offers = offers or approve is not None


def _add_workflows(page: StepPage) -> None:
    attached = StepWorkflow.objects.filter(campaign=page.campaign, step=page.step.key)
    for row in attached.select_related("workflow__tally", "added_by").order_by("-workflow__justin_id"):
        detach = None
        if page.works and page.goes_on:
            detach = page.form(f"detach-{row.workflow.justin_id}", lambda part: MaybeReasonForm(part=part))
        page.workflows.append(WorkflowRow(row, page.step.step.guard, detach))
    if page.works and page.goes_on and page.step.step.guard:
        offered = suggestions(page.campaign, page.step.key, page.situation.standing)
        page.attach = page.form(
            "attach", lambda part: AttachForm(part=part, offered=offered, initial={"use": StepWorkflow.Use.MAIN})
        )


def _add_feedback(page: StepPage) -> None:
    if not any(one.criterion.rule == RULE for one in page.step.criteria) or page.step.opened_at is None:
        return
    asked, answer, reminded = feedback_acts(page.situation.process, page.step, page.situation.acts)
    card = FeedbackCard(asked, answer, reminded)
    ask = give = skip = None
    if page.goes_on:
        if page.works:
            ask = page.form("feedback-ask", AskForm.blank)
        if card.waits and can_answer(page.reader, page.situation.requests):
            give = page.form("feedback", lambda part: AnswerForm(part=part))
        if card.is_overdue and page.leads:
            skip = page.form("feedback-skip", lambda part: ReasonForm(part=part))
    page.feedback = FeedbackCard(asked, answer, reminded, ask, give, skip, card.waits and not card.is_overdue and page.leads)


def _add_whole(page: StepPage) -> None:
    """Forms about the step as a whole."""
    step = page.step
    if page.works and page.goes_on:
        if step.signs and (step.state is StepState.SENT_BACK or (step.asked is None and not step.is_ready_to_sign)):
            page.ask = page.form("ask", lambda part: NoteForm(part=part))
        if step.may_be_completed:
            page.complete = page.form("complete", lambda part: NoteForm(part=part))
    if page.leads and step.completed is not None and page.campaign.status != CampaignStatus.CANCELLED:
        page.reopen = page.form("reopen", lambda part: ReasonForm(part=part))
    if page.leads and page.goes_on and page.n_unavailable:
        page.waive_all = page.form("waive-all", lambda part: ReasonForm(part=part))
