"""Guard rails: a workflow whose real scope contradicts the step it was run for opens a red alert, which blocks the step."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils import timezone

from campaigns.models import Alert, Campaign, CampaignJustinCampaign, StepVerb
from campaigns.steps.facts.material import USERTESTS, Material
from campaigns.steps.process import Guard, Process, Step
from campaigns.steps.recording import record
from campaigns.steps.telling import people_with, shifters_of, step_path, tell_people
from monitoring.models import Workflow
from portal.models import User
from portal.roles import Role

SCOPE = "scope"
LONGEST_TITLE = 300
LONGEST_SCOPE = 100  # in a title
MOST_TOLD = 20  # alerts named in one notice; their page has the rest
RUN_IN = {Guard.USERTESTS: f"tests run in {USERTESTS}", Guard.NOT_USERTESTS: "only tests run there"}
# where workflows belong that are attached to no step, by what their justIN campaign serves for
STEP_OF: dict[str, str] = {CampaignJustinCampaign.Purpose.TEST: "test", CampaignJustinCampaign.Purpose.PRODUCTION: "production"}


@dataclass(frozen=True)
class Breach:
    """A workflow whose scope contradicts a step. `where` tells how it belongs to the step, `remedy` what ends that."""

    workflow: Workflow
    step: Step
    where: str
    remedy: str

    @property
    def key(self) -> tuple[int, str]:
        return self.workflow.justin_id, self.step.key

    @property
    def scope(self) -> str:
        return self.workflow.scope_name

    @property
    def title(self) -> str:
        scope = self.scope if len(self.scope) <= LONGEST_SCOPE else f"{self.scope[: LONGEST_SCOPE - 1]}…"
        return (f"Workflow {self.workflow.justin_id} of {self.where} has the scope {scope}; {RUN_IN[self.step.guard]}")[
            :LONGEST_TITLE
        ]


def broken(process: Process, material: Material) -> list[Breach]:
    """The guard rails that are broken now, in the order of the workflows' ids. Pure. An unknown scope breaks none."""
    found = []
    for one in material.attached:
        step = process.step(one.step)
        if step is not None and _contradicts(step.guard, one.workflow.scope_name):
            found.append(Breach(one.workflow, step, f"{step},", "the workflow is detached"))
    for workflow in material.contradicting:
        purpose = material.purposes.get(workflow.justin_campaign_id or 0, "")
        step = process.step(STEP_OF.get(purpose, ""))
        if step is not None and workflow.justin_campaign and _contradicts(step.guard, workflow.scope_name):
            where = f"justIN campaign {workflow.justin_campaign.justin_id}, which serves for {purpose},"
            remedy = "the workflow is attached to the step it was run for, or its justIN campaign serves for something else"
            found.append(Breach(workflow, step, where, remedy))
    return sorted(found, key=lambda breach: breach.key)


def keep_alerts(campaign: Campaign, process: Process, material: Material) -> bool:
    """Open an alert for each breach that has none, and close those whose breach is gone. In the caller's transaction, which
    holds the campaign's row; safe to run twice. What a coordinator closed stays closed for that workflow, step and scope.
    Returns whether one was opened or closed.
    """
    closed = False
    breaches = {one.key: one for one in broken(process, material)}
    scopes, settled = _history(material)
    for alert in Alert.objects.filter(campaign=campaign, kind=SCOPE, closed_at=None).select_related("workflow"):
        key = (alert.workflow.justin_id if alert.workflow else 0, alert.step)
        breach = breaches.get(key)
        if breach is not None and scopes.get(alert.pk, breach.scope) == breach.scope:
            del breaches[key]
        elif breach is not None or not _is_unknown(alert, material):
            close_held(alert, None, _why_gone(alert, breach), scopes.get(alert.pk, ""))
            closed = True
    opened = [_open(campaign, breach) for breach in breaches.values() if (*breach.key, breach.scope) not in settled]
    if opened:
        _tell(campaign, opened)
    return closed or bool(opened)


def _contradicts(guard: Guard, scope: str) -> bool:
    if not scope or guard is Guard.NONE:
        return False
    return (scope == USERTESTS) is not (guard is Guard.USERTESTS)


def _history(material: Material) -> tuple[dict[int, str], set[tuple[int, str, str]]]:
    """The scope that each alert was opened for, and what people closed: workflow, step and scope."""
    scopes: dict[int, str] = {}
    settled: set[tuple[int, str, str]] = set()
    for act in material.acts:
        if act.verb == StepVerb.ALERT_OPENED:
            scopes[int(act.data["alert"])] = str(act.data["scope"])
        elif act.verb == StepVerb.ALERT_CLOSED and act.actor is not None:
            settled.add((int(act.data["workflow"]), act.step, str(act.data["scope"])))
    return scopes, settled


def _is_unknown(alert: Alert, material: Material) -> bool:
    """Whether nobody knows that the breach is gone: the workflow belongs where it did, and its scope is not known now."""
    if alert.workflow is None or alert.workflow.scope_name:
        return False
    where = [one.step for one in material.attached if one.workflow_id == alert.workflow_id]
    return not where or alert.step in where


def _why_gone(alert: Alert, breach: Breach | None) -> str:
    if alert.workflow is None:
        return "its workflow is gone"
    name = f"workflow {alert.workflow.justin_id}"
    if breach is not None:
        return f"{name} has the scope {breach.scope} now"
    return f"{name}, of scope {alert.workflow.scope_name or 'unknown'}, no longer contradicts the step"


def _open(campaign: Campaign, breach: Breach) -> Alert:
    alert = Alert.objects.create(
        campaign=campaign, workflow=breach.workflow, step=breach.step.key, kind=SCOPE, title=breach.title,
        detail=f"It blocks {breach.step} until {breach.remedy}, or a coordinator closes this with a reason.",
    )  # fmt: skip
    record(
        campaign, StepVerb.ALERT_OPENED, actor=None, step=alert.step, note=alert.title,
        alert=alert.pk, workflow=breach.workflow.justin_id, scope=breach.scope,
    )  # fmt: skip
    return alert


def close_held(alert: Alert, actor: User | None, reason: str, scope: str) -> None:
    """Close it in the caller's transaction; `actor` None where the breach is gone."""
    alert.closed_at, alert.closed_by, alert.closed_because = timezone.now(), actor, reason
    alert.save(update_fields=["closed_at", "closed_by", "closed_because"])
    record(
        alert.campaign, StepVerb.ALERT_CLOSED, actor=actor, step=alert.step, note=reason,
        alert=alert.pk, workflow=alert.workflow.justin_id if alert.workflow else 0, scope=scope, title=alert.title,
    )  # fmt: skip


def _tell(campaign: Campaign, opened: list[Alert]) -> None:
    """One mail, at once, whatever the number: a justIN campaign said to serve for the wrong thing breaks many at a time."""
    first, n = opened[0], len(opened)
    subject = f"{campaign}: {first.title}" if n == 1 else f"{campaign}: {n} workflows have a scope that contradicts their step"
    lines = [alert.title for alert in opened[:MOST_TOLD]] if n > 1 else []
    lines += [f"and {n - MOST_TOLD} more"] if n > MOST_TOLD else []
    people = {user.pk: user for user in [*shifters_of(campaign), *people_with(Role.COORDINATORS)]}
    tell_people(people.values(), None, subject, "\n".join([*lines, first.detail]), step_path(campaign, first.step), urgent=True)
