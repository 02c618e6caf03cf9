"""Actions on a campaign's steps: evidence, decisions, waivers, completing and reopening. Sign-offs are in signing.py, feedback
in feedback.py. Each checks role, step and input, writes its act and all that follows in one transaction, or raises
portal.errors.Refused and changes nothing.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from campaigns.campaign_services import change_status_held
from campaigns.models import Campaign, CampaignStatus, ProcessTemplate, StepEvent, StepVerb
from campaigns.steps.errors import NotReady
from campaigns.steps.loading import Situation, held
from campaigns.steps.process import Criterion, Difference, Kind, differences, process_of, read_process
from campaigns.steps.recording import record
from campaigns.steps.refreshing import refresh
from campaigns.steps.rules import can_decide, can_give_evidence, can_work, may_be_waived
from campaigns.steps.standing import CriterionStands, StepStands
from campaigns.steps.states import CriterionState, SignState, StepState
from campaigns.steps.telling import tell_completed, tell_reopened
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

LONGEST_REASON = 5_000
COORDINATORS = "This needs the role coordinators."
OVER = frozenset({CampaignStatus.FINISHED, CampaignStatus.CANCELLED})


def take_back(campaign: Campaign, criterion_key: str, *, actor: User, reason: str = "") -> StepEvent:
    """Say that a criterion is not met after all. Its evidence stays readable and no longer counts."""
    reason = checked_reason(reason, needed=False)
    with held(campaign) as situation:
        step, one = criterion_of(situation, criterion_key)
        if not can_give_evidence(actor, campaign, one.criterion):
            raise NotAllowed(f"Only shifters of {campaign} and coordinators take evidence back.")
        check_open(situation, step)  # a complete step never loses what met it; more may be added where it stays open
        if not one.evidence:
            raise Conflict(f"“{one.criterion.text}” has no evidence that counts.", field="criterion")
        event = record(
            campaign, StepVerb.TAKEN_BACK, actor=actor, step=step.key, criterion=one.key, note=reason,
            evidence=list(one.evidence),
        )  # fmt: skip
        refresh(campaign)
    return event


def decide(
    campaign: Campaign,
    criterion_key: str,
    *,
    actor: User,
    is_agreed: bool,
    meeting_on: date | None = None,
    note: str = "",
) -> StepEvent:
    """Record what a meeting (of today, unless another day is given) decided. A later decision stands in its place."""
    if not can_decide(actor):
        raise NotAllowed(f"Recording a decision: {COORDINATORS}")
    note = checked_reason(note, needed=not is_agreed, field="note", what="Say what is to be done instead.")
    on = meeting_on or timezone.localdate()
    if on > timezone.localdate() + timedelta(days=1):
        raise Invalid(f"{on.isoformat()} is still to come; record a decision after its meeting.", field="meeting_on")
    with held(campaign) as situation:
        step, one = criterion_of(situation, criterion_key)
        if one.criterion.kind is not Kind.DECISION:
            raise Invalid(f"“{one.criterion.text}” is no decision.", field="criterion")
        check_open(situation, step)
        event = record(
            campaign, StepVerb.DECIDED, actor=actor, step=step.key, criterion=one.key, note=note,
            is_agreed=is_agreed, meeting_on=on.isoformat(),
        )  # fmt: skip
        if is_agreed and one.key == "full-production-approved" and campaign.status == CampaignStatus.PAUSED:
            change_status_held(campaign, CampaignStatus.ACTIVE, actor=actor, reason="full-scale production is approved")
        refresh(campaign)
    return event


def waive(campaign: Campaign, criterion_key: str, *, actor: User, reason: str) -> StepEvent:
    """Let a step be completed without a criterion. Sign-offs that were given before lapse."""
    if not can_decide(actor):
        raise NotAllowed(f"Waiving: {COORDINATORS}")
    reason = checked_reason(reason)
    with held(campaign) as situation:
        step, one = criterion_of(situation, criterion_key)
        if not may_be_waived(one.criterion):
            raise Conflict("A sign-off cannot be waived: another member of the team signs.", field="criterion")
        check_open(situation, step)
        if one.act is not None and one.act.verb == StepVerb.WAIVED:
            raise Conflict(f"{one.act.actor_name} waived it on {one.act.at:%Y-%m-%d at %H:%M} UTC.", field="criterion")
        event = record(
            campaign, StepVerb.WAIVED, actor=actor, step=step.key, criterion=one.key, note=reason, old=str(one.state)
        )
        refresh(campaign)
    return event


def waive_unavailable(campaign: Campaign, step_key: str, *, actor: User, reason: str) -> list[StepEvent]:
    """Waive, for one reason, all criteria of a step whose facts the portal does not know yet."""
    if not can_decide(actor):
        raise NotAllowed(f"Waiving: {COORDINATORS}")
    reason = checked_reason(reason)
    with held(campaign) as situation:
        step = step_of(situation, step_key)
        check_open(situation, step)
        unknown = [one for one in step.missing if one.state is CriterionState.NOT_AVAILABLE]
        if not unknown:
            raise Conflict(f"Nothing in {step.step} is not available.", field="step")
        events = [
            record(campaign, StepVerb.WAIVED, actor=actor, step=step.key, criterion=one.key, note=reason, old=str(one.state))
            for one in unknown
        ]
        refresh(campaign)
    return events


def end_waiver(campaign: Campaign, criterion_key: str, *, actor: User, reason: str = "") -> StepEvent:
    """Ask for a criterion again after all."""
    if not can_decide(actor):
        raise NotAllowed(f"Ending a waiver: {COORDINATORS}")
    reason = checked_reason(reason, needed=False)
    with held(campaign) as situation:
        step, one = criterion_of(situation, criterion_key)
        check_open(situation, step)
        if one.act is None or one.act.verb != StepVerb.WAIVED:
            raise Conflict(f"“{one.criterion.text}” is not waived.", field="criterion")
        event = record(campaign, StepVerb.WAIVER_ENDED, actor=actor, step=step.key, criterion=one.key, note=reason)
        refresh(campaign)
    return event


def complete_step(campaign: Campaign, step_key: str, *, actor: User) -> StepEvent:
    """Complete a step in which nothing is missing; the next one opens, and after the last the campaign is finished."""
    if not can_work(actor, campaign):
        raise NotAllowed(f"Only shifters of {campaign} and coordinators complete a step.")
    with held(campaign) as situation:
        step = step_of(situation, step_key)
        if step.completed is not None:
            done = step.completed
            raise Conflict(
                f"{_capital(step)} was completed by {done.actor_name} on {done.at:%Y-%m-%d at %H:%M} UTC.", field="step"
            )
        situation = refresh(campaign)  # with the facts of this moment
        step = step_of(situation, step_key)
        check_open(situation, step)
        if step.missing:
            raise NotReady(f"{_capital(step)} is not ready: {_missing(step)}", step)
        if step.blocked_by:
            raise NotReady(f"{_capital(step)} is blocked: {' '.join(step.blocked_by)}", step)
        event = record(
            campaign, StepVerb.COMPLETED, actor=actor, step=step.key, fingerprint=step.print.fingerprint,
            template=situation.process.version, criteria={one.key: str(one.state) for one in step.criteria},
        )  # fmt: skip
        following = situation.process.after(step.step)
        if following is None:
            change_status_held(campaign, CampaignStatus.FINISHED, actor=actor, reason=f"{step.step} is complete")
        refresh(campaign)
        tell_completed(campaign, step, str(following) if following else "", actor)
    return event


def reopen_step(campaign: Campaign, step_key: str, *, actor: User, reason: str) -> StepEvent:
    """Open a complete step again. It and all later ones are no longer complete, and their sign-offs are void."""
    if not can_decide(actor):
        raise NotAllowed(f"Reopening a step: {COORDINATORS}")
    reason = checked_reason(reason)
    with held(campaign) as situation:
        step = step_of(situation, step_key)
        if campaign.status == CampaignStatus.CANCELLED:
            raise Conflict(f"{campaign} is cancelled; set it active first.", field="step")
        if step.completed is None:
            raise Conflict(f"{_capital(step)} is {step.state.label}; only a complete step is reopened.", field="step")
        later = [one for one in situation.standing.steps if one.step.position >= step.step.position]
        void = [(one, sign) for one in later for sign in one.signs.values() if sign.act and sign.state is not SignState.VOID]
        signers = {sign.act.actor for _step, sign in void if sign.act and sign.act.actor}
        event = record(
            campaign, StepVerb.REOPENED, actor=actor, step=step.key, note=reason,
            void=[f"{one.key} {sign.team}" for one, sign in void],
            completed=[one.key for one in later if one.completed],
        )  # fmt: skip
        if campaign.status == CampaignStatus.FINISHED:
            change_status_held(campaign, CampaignStatus.ACTIVE, actor=actor, reason=f"{step.step} was reopened")
        refresh(campaign)
        tell_reopened(campaign, step, signers, actor, reason)
    return event


def move_template(campaign: Campaign, number: int, *, actor: User, reason: str = "") -> list[Difference]:
    """Let the campaign run by another version of the steps; returns how it differs from the one before."""
    if not can_decide(actor):
        raise NotAllowed(f"Moving to another template: {COORDINATORS}")
    reason = checked_reason(reason, needed=False)
    with held(campaign) as situation:
        template = ProcessTemplate.objects.filter(number=number).first()
        if template is None:
            raise Invalid(f"There is no template {number}.", field="template")
        old = situation.process
        if old.version == number:
            raise Conflict(f"{campaign} runs by template {number} already.", field="template")
        if campaign.status in OVER:  # it would end with steps that nobody took
            raise Conflict(f"{campaign} is {campaign.get_status_display()}; reopen it first.", field="template")
        new = read_process(template.content)
        found = differences(old, new)
        campaign.template = template
        campaign.save(update_fields=["template"])
        record(
            campaign, StepVerb.TEMPLATE_MOVED, actor=actor, note=reason, old=old.version, new=number,
            changes=[[one.step, one.criterion, one.what, one.old, one.new] for one in found],
        )  # fmt: skip
        refresh(campaign)
    return found


def newer_template(campaign: Campaign) -> ProcessTemplate | None:
    """The newest version, if the campaign runs by an older one."""
    newest = ProcessTemplate.objects.order_by("-number").first()
    return newest if newest is not None and newest.number > process_of(campaign).version else None


# --- what actions share ---


def step_of(situation: Situation, key: str) -> StepStands:
    """The step of this key. Raises Invalid with the keys there are."""
    step = situation.standing.step(key)
    if step is None:
        known = ", ".join(one.key for one in situation.process.steps)
        raise Invalid(f"There is no step {key[:40]}; they are {known}.", field="step")
    return step


def criterion_of(situation: Situation, key: str) -> tuple[StepStands, CriterionStands]:
    """The criterion of this key and its step. Raises Invalid."""
    found = situation.standing.of_criterion(key)
    if found is None:
        raise Invalid(f"There is no criterion {key[:60]} in {situation.campaign}.", field="criterion")
    return found


def check_open(situation: Situation, step: StepStands, criterion: Criterion | None = None) -> None:
    """Raises Conflict unless work goes on in the step; what stays open may also be changed after it is complete."""
    if situation.campaign.status in OVER:
        raise Conflict(f"{situation.campaign} is {situation.campaign.get_status_display()}; reopen it first.", field="step")
    if step.is_open or (criterion is not None and criterion.stays_open and step.opened_at is not None):
        return
    if step.state is StepState.NOT_OPEN:
        current = situation.standing.current
        first = f"{_capital(current)} comes first." if current else ""
        raise Conflict(f"{_capital(step)} is not open yet. {first}".strip(), field="step")
    done = step.completed
    by = f" by {done.actor_name} on {done.at:%Y-%m-%d at %H:%M} UTC" if done else ""
    raise Conflict(f"{_capital(step)} was completed{by}. A coordinator may reopen it.", field="step")


def checked_reason(text: str, *, needed: bool = True, field: str = "reason", what: str = "") -> str:
    """The text without what no text needs. Raises Invalid when it is missing or endless."""
    text = plain(text)
    if needed and not text:
        raise Invalid(what or "Give a reason; it stays in the history.", field=field)
    if len(text) > LONGEST_REASON:
        raise Invalid(f"It has {len(text):,} characters; use at most {LONGEST_REASON:,}.", field=field)
    return text


def plain(text: str) -> str:
    """The text without what no database keeps: null characters and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode().strip()


def _missing(step: StepStands) -> str:
    shown = [f"{one.criterion.text} ({one.state.label})" for one in step.missing[:3]]
    more = len(step.missing) - len(shown)
    return "; ".join(shown) + (f"; and {more} more." if more else ".")


def _capital(step: StepStands) -> str:
    return f"Step {step.step.position}, {step.step.title}"
