"""What the poll noticed, told in the logs of the campaigns that it concerns: read from MonitoringEvents, the last one told
being kept, so that nothing is lost while nobody listened. A fact that a log has already is not told again.

An event may have to wait: who paused a workflow and with which numbers it finished is known once its jobs were read, and that
justIN is lost is told once it has lasted (LOG_LOST_AFTER_MINUTES).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from campaigns.log.content import as_text
from campaigns.log.machine import note_fact
from campaigns.log.numbers import final_numbers, numbers_of
from campaigns.models import Campaign, CampaignStatus, LogEntry, LogFollowed, StepWorkflow
from monitoring.models import MonitoringEvent, Verb, Workflow, WorkflowState
from portal.templatetags.portal_format import duration

FOLLOWED = "monitoring"
BATCH = 500
LOOK_BACK = 200  # events, of the last minutes only: the transaction of one may end after that of a later one
OVERLAP = timedelta(minutes=15)
LONGEST_WAIT = timedelta(hours=1)  # for a reading of the jobs
RECENT = timedelta(days=1)  # an older event does not belong to the step that the campaign is in now

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """A fact as an entry tells it. `workflow` is the one it is about, None for justIN itself."""

    fact: str
    topic: str
    body: str
    happened_at: datetime
    state: str
    workflow: Workflow | None = None
    references: tuple[tuple[str, str], ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


class Later(Exception):
    """What the event means is not known yet."""


def catch_up(now: datetime | None = None) -> int:
    """Tell all that was noticed and not told yet; returns how many entries were written. Safe to run twice, and at once."""
    now = now or timezone.now()
    followed = LogFollowed.objects.get_or_create(name=FOLLOWED)[0]
    written, told, waits = 0, followed.last_event, False
    for event in _untold(followed.last_event, now):
        try:
            written += note_event(event, now)
        except Later:
            waits = True
        except Exception:
            log.exception("What the poll noticed (event %s) could not be told in the logs.", event.pk)
            waits = waits or now - event.at < RECENT  # tried again with the next poll
        told = told if waits else max(told, event.pk)
    LogFollowed.objects.filter(pk=followed.pk, last_event__lt=told).update(last_event=told)
    return written


def note_event(event: MonitoringEvent, now: datetime | None = None) -> int:
    """Tell of one event in the log of every campaign that goes on and that it concerns. Raises Later."""
    now = now or timezone.now()
    told = told_of(event, now)
    if told is None:
        return 0
    written = 0
    justin_id = told.workflow.justin_id if told.workflow else None
    for campaign in _concerned(event):
        if told.topic == "justin-found" and not _was_told(campaign, told.data["lost"]):
            continue
        entry = note_fact(
            campaign, fact=told.fact, topic=told.topic, body=told.body, happened_at=told.happened_at, state=told.state,
            step=step_of(campaign, justin_id, told.happened_at, now), workflows=[justin_id] if justin_id else [],
            references=told.references, data=told.data,
        )  # fmt: skip
        written += entry is not None
    return written


def told_of(event: MonitoringEvent, now: datetime) -> Told | None:
    """What an event means for a log; None for what logs do not tell of. Raises Later."""
    if event.workflow is None:
        return _of_justin(event, now) if event.justin_campaign_id is None else None
    return _of_workflow(event, event.workflow, now)


# --- a workflow ---


def _of_workflow(event: MonitoringEvent, workflow: Workflow, now: datetime) -> Told | None:
    if event.verb == Verb.WORKFLOW_FOUND:
        return _found(event, workflow)
    if event.verb == Verb.AUTO_PAUSED:
        return _paused_by_justin(workflow, event.at)
    if event.verb in (Verb.SITE_BAD, Verb.SITE_RECOVERED):
        return _site(event, workflow)
    if event.verb == Verb.FINALLY_READ:
        return _finally_read(event, workflow)
    if event.verb == Verb.STATE_CHANGED:
        old, new = str(event.data.get("old", "")), str(event.data.get("new", ""))
        if not old:  # registered by its id, and listed only now
            return _found(event, workflow)
        if new == WorkflowState.PAUSED:
            return _paused(event, workflow, now)
        if new == WorkflowState.FINISHED:
            _wait_for_reading(event, workflow, now)
            return _finished(workflow, event.at)
        if old == WorkflowState.PAUSED:
            body = f"Workflow #{workflow.justin_id} was resumed; it is {as_text(new) or 'of unknown state'} now."
            return Told(f"resumed {event.pk}", "resumed", body, event.at, "running", workflow, data={"state": new})
        if old == WorkflowState.DRAFT:
            body = f"Workflow #{workflow.justin_id} was submitted{_by(workflow)}; it is {as_text(new)}."
            return Told(f"workflow-submitted {event.pk}", "workflow-submitted", body, event.at, "running", workflow)
    return None


def _found(event: MonitoringEvent, workflow: Workflow) -> Told:
    state = str(event.data.get("state") or event.data.get("new", ""))
    said = [f"Workflow #{workflow.justin_id} was found in justIN{_by(workflow)}: {as_text(state) or 'state unknown'}."]
    if workflow.description:
        said.append(f"“{as_text(workflow.description)}”")
    scope = f" Scope {as_text(workflow.scope_name)}." if workflow.scope_name else ""
    data = {"state": state, "user": workflow.user_name, "scope": workflow.scope_name, "description": workflow.description}
    icon = {WorkflowState.RUNNING: "running", WorkflowState.PAUSED: "paused", WorkflowState.FINISHED: "ok"}
    return Told(
        f"workflow-found {workflow.justin_id}", "workflow-found", " ".join(said) + scope, event.at,
        icon.get(WorkflowState(state), "todo") if state in WorkflowState.values else "unknown", workflow, data=data,
    )  # fmt: skip


def _paused(event: MonitoringEvent, workflow: Workflow, now: datetime) -> Told:
    """By justIN, if it paused by itself since the workflow last changed its state; else by a person."""
    _wait_for_reading(event, workflow, now)
    of_it = MonitoringEvent.objects.filter(workflow=workflow)
    before = of_it.filter(verb=Verb.STATE_CHANGED, pk__lt=event.pk).order_by("-pk").first()
    following = of_it.filter(verb=Verb.STATE_CHANGED, pk__gt=event.pk).order_by("pk").first()
    own = of_it.filter(verb=Verb.AUTO_PAUSED, at__gt=before.at if before else workflow.started_at or event.at)
    if following is not None:
        own = own.filter(at__lt=following.at)
    by_justin = own.order_by("-at").first()
    if by_justin is not None:
        return _paused_by_justin(workflow, by_justin.at)
    body = f"Workflow #{workflow.justin_id} was paused by a person; justIN does not say by whom or why."
    return Told(f"paused {event.pk}", "paused", body, event.at, "paused", workflow, data={"by": "a person"})


def _paused_by_justin(workflow: Workflow, at: datetime) -> Told:
    body = f"Workflow #{workflow.justin_id} was paused by justIN: too many of its jobs ended badly within an hour."
    fact = f"paused-by-justin {workflow.justin_id} {at:%Y-%m-%dT%H:%M:%S.%fZ}"
    return Told(fact, "paused", body, at, "paused", workflow, data={"by": "justIN"})


def _finished(workflow: Workflow, at: datetime) -> Told:
    numbers = numbers_of(workflow)
    when = workflow.finished_at or at
    return Told(
        _fact_of_finish(workflow), "workflow-finished", f"Workflow #{workflow.justin_id} finished{numbers.words}", when,
        "warning" if numbers.is_short else "ok", workflow, data=numbers.data,
    )  # fmt: skip


def _fact_of_finish(workflow: Workflow) -> str:
    """A workflow may go on after it was finished, and finish once more."""
    seen = workflow.seen_finished_at
    return f"workflow-finished {workflow.justin_id}" + (f" {seen:%Y-%m-%dT%H:%M:%SZ}" if seen else "")


def _finally_read(event: MonitoringEvent, workflow: Workflow) -> Told | None:
    """Numbers that came in after the finish was told; the finish itself where it was never seen to happen."""
    if not workflow.is_finished:
        return None
    earlier = LogEntry.objects.filter(fact=_fact_of_finish(workflow)).order_by("pk").first()
    if earlier is None:
        return _finished(workflow, event.at)
    numbers = numbers_of(workflow)
    if earlier.data == numbers.data:
        return None
    body = final_numbers(workflow, earlier.data, numbers)
    return Told(f"final-numbers {event.pk}", "final-numbers", body, event.at, "ok", workflow, data=numbers.data)


def _site(event: MonitoringEvent, workflow: Workflow) -> Told:
    site, is_bad = str(event.data.get("site", "")), event.verb == Verb.SITE_BAD
    what = "does badly" if is_bad else "does well again"
    numbers = event.note.removeprefix(f"{site}: ")
    body = f"{as_text(site)} {what} in workflow #{workflow.justin_id}: {as_text(numbers)}."
    return Told(
        f"{event.verb} {event.pk}", str(event.verb), body, event.at, "bad" if is_bad else "ok", workflow,
        (("site", site),), dict(event.data),
    )  # fmt: skip


def _wait_for_reading(event: MonitoringEvent, workflow: Workflow, now: datetime) -> None:
    """Raises Later until the workflow's jobs were read after the event; in vain after an hour."""
    new = event.data.get("new")
    was_read = workflow.read_state == new or workflow.state != new or workflow.final_read_at is not None
    if not was_read and not workflow.is_failing and now - event.at < LONGEST_WAIT:
        raise Later


def _by(workflow: Workflow) -> str:
    return f", submitted by {as_text(workflow.user_name)}" if workflow.user_name else ""


# --- justIN itself ---


def _of_justin(event: MonitoringEvent, now: datetime) -> Told | None:
    if event.verb == Verb.READING_FAILED:
        back = _about_justin(Verb.READING_RECOVERED).filter(pk__gt=event.pk).order_by("pk").first()
        if (back.at if back else now) - event.at < timedelta(minutes=settings.LOG_LOST_AFTER_MINUTES):
            if back is None:
                raise Later
            return None  # it was over before it was worth a word
        why = as_text(event.note).rstrip(".") or "it does not answer"
        body = f"The portal lost justIN: {why}. Numbers stay as they were until it is found."
        return Told(f"justin-lost {event.pk}", "justin-lost", body, event.at, "bad")
    if event.verb == Verb.READING_RECOVERED:
        lost = _about_justin(Verb.READING_FAILED).filter(pk__lt=event.pk).order_by("-pk").first()
        if lost is None:
            return None
        body = f"The portal found justIN again, after {duration(event.at - lost.at)}."
        return Told(f"justin-found {event.pk}", "justin-found", body, event.at, "ok", data={"lost": lost.pk})
    return None


def _about_justin(verb: Verb) -> QuerySet[MonitoringEvent]:
    """Events of justIN itself, not of one campaign or workflow there."""
    return MonitoringEvent.objects.filter(workflow=None, justin_campaign=None, verb=verb)


def _was_told(campaign: Campaign, lost: int) -> bool:
    return LogEntry.objects.filter(campaign=campaign, fact=f"justin-lost {lost}").exists()


# --- whose log ---


def _untold(last: int, now: datetime) -> Iterator[MonitoringEvent]:
    """In their order; those of the last minutes once more."""
    events = MonitoringEvent.objects.select_related("workflow__tally", "workflow__justin_campaign").order_by("pk")
    yield from events.filter(pk__gt=last - LOOK_BACK, pk__lte=last, at__gte=now - OVERLAP)
    while batch := list(events.filter(pk__gt=last)[:BATCH]):
        yield from batch
        last = batch[-1].pk


def _concerned(event: MonitoringEvent) -> Iterable[Campaign]:
    """Campaigns that go on: those the workflow belongs to; of what concerns justIN itself all that watch anything there."""
    campaigns = Campaign.objects.exclude(status__in=(CampaignStatus.FINISHED, CampaignStatus.CANCELLED)).order_by("pk")
    if event.workflow is None:
        watching = Q(justin_campaigns__isnull=False) | Q(registered_workflows__isnull=False)
        return campaigns.filter(watching, created_at__lte=event.at).distinct()
    of_it = Q(registered_workflows=event.workflow)
    if event.workflow.justin_campaign_id is not None:
        of_it |= Q(justin_campaigns=event.workflow.justin_campaign_id)
    return campaigns.filter(of_it).distinct()


def step_of(campaign: Campaign, workflow: int | None, happened_at: datetime, now: datetime) -> str | None:
    """The step that the workflow of this justIN id was run for; else the one the campaign is in, if it happened lately; else
    none.
    """
    if workflow is not None:
        use = StepWorkflow.objects.filter(campaign=campaign, workflow__justin_id=workflow).first()
        if use is not None:
            return use.step
    return None if now - happened_at < RECENT else ""
