"""What meetings decided: acts on steps and requests that name the day of a meeting. They stand where they were recorded; here
they are found again by that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from campaigns.models import Campaign, ProductionRequest, RequestEvent, RequestVerb, StepEvent, StepVerb
from campaigns.steps.process import newest_template, process_of
from campaigns.steps.telling import step_path
from portal.roles import Anyone

MOST = 500
EARLIER = timedelta(days=1)  # a decision may be recorded so long before its date begins in UTC; see steps/services.py


@dataclass(frozen=True)
class Decision:
    """One line of what was decided. `state` is a status of the visual language."""

    about: str
    path: str
    what: str
    state: str
    verdict: str
    note: str
    by: str
    at: datetime


def n_decided(day: date) -> int:
    """How many acts name this day. Two queries."""
    return _of_steps(day).count() + _of_requests(day).count()


def decided_on(day: date, user: Anyone) -> list[Decision]:
    """What was decided at a meeting of this day, as far as the reader may see it, in the order of recording. Two queries, and
    one more where a campaign runs by no template of its own.
    """
    visible = Campaign.objects.visible_to(user)
    acts = list(_of_steps(day).filter(campaign__in=visible.values("pk")).select_related("campaign__template", "actor")[:MOST])
    newest = newest_template() if any(act.campaign.template_id is None for act in acts) else None
    found = []
    for act in acts:
        act.campaign.template = act.campaign.template or newest
        found.append(_of_step(act))
    requests = ProductionRequest.objects.visible_to(user).values("pk")
    events = _of_requests(day).filter(request__in=requests).select_related("request", "actor")
    events = events.defer("request__content", "request__search_text")
    found += [_of_request(event) for event in events[:MOST]]
    return sorted(found, key=lambda one: one.at)


def _of_steps(day: date) -> QuerySet[StepEvent]:
    since = datetime.combine(day, time(), UTC) - EARLIER
    return StepEvent.objects.filter(verb=StepVerb.DECIDED, at__gte=since, data__meeting_on=day.isoformat()).order_by("at", "pk")


def _of_requests(day: date) -> QuerySet[RequestEvent]:
    found = RequestEvent.objects.filter(verb__in=[RequestVerb.PRESENTED, RequestVerb.ACCEPTED])
    return found.filter(data__meeting_on=day.isoformat()).order_by("at", "pk")


def _of_step(act: StepEvent) -> Decision:
    process, agreed = process_of(act.campaign), act.data.get("is_agreed") is True
    criterion = process.criterion(act.criterion)
    return Decision(
        act.campaign.name, step_path(act.campaign, act.step, f"c-{act.criterion}"),
        criterion[1].text if criterion else act.criterion, "ok" if agreed else "refused",
        "agreed" if agreed else "not agreed", act.note, str(act.actor or "the portal"), act.at,
    )  # fmt: skip


def _of_request(event: RequestEvent) -> Decision:
    is_accepted = event.verb == RequestVerb.ACCEPTED
    into = event.data.get("campaign_name", "")
    return Decision(
        f"request {event.request_id}", f"{reverse('campaigns:request-detail', args=[event.request_id])}",
        f"{event.request.title or 'Without a title'}{f', into {into}' if is_accepted and into else ''}",
        "ok" if is_accepted else "running", "accepted" if is_accepted else "presented", event.note,
        str(event.actor or "the portal"), event.at,
    )  # fmt: skip
