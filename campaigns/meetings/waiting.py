"""What waits for a meeting by facts: nobody has to put it on the agenda. For the next meeting only, and as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Case, Count, F, IntegerField, Value, When
from django.urls import reverse

from campaigns.models import Campaign, Check, CheckState, ProductionRequest, QueueItem, RequestState
from campaigns.steps.process import Criterion, Kind, Step, Who, process_of
from campaigns.steps.telling import step_path
from campaigns.summary import CampaignCard, campaign_cards
from campaigns.summary.notices import guard_notices
from campaigns.summary.waiting import WORDS
from monitoring.health import Notice
from portal.roles import Anyone

WEEK = timedelta(days=7)
MOST_REQUESTS = 50
TO_MEETING = (RequestState.SUBMITTED, RequestState.PRESENTED)


@dataclass(frozen=True)
class Asked:
    """A decision that the open step of a campaign waits for."""

    campaign: Campaign
    step: Step
    criterion: Criterion
    since: datetime

    @property
    def path(self) -> str:
        return step_path(self.campaign, self.step.key, f"c-{self.criterion.key}")


@dataclass(frozen=True)
class Missed:
    """Checks of a campaign that were missed in the last week."""

    campaign: Campaign
    n: int

    @property
    def path(self) -> str:
        return reverse("campaigns:check-list", args=[self.campaign.slug])


@dataclass(frozen=True)
class Facts:
    """In the order in which a meeting takes them."""

    requests: Sequence[tuple[ProductionRequest, str]] = ()
    n_more_requests: int = 0
    decisions: Sequence[Asked] = ()
    alerts: Sequence[tuple[Campaign, Notice]] = ()
    missed: Sequence[Missed] = ()
    cards: Sequence[CampaignCard] = field(default_factory=list)

    @property
    def n(self) -> int:
        """How many points there are; missed checks are one."""
        requests = len(self.requests) + self.n_more_requests
        return requests + len(self.decisions) + len(self.alerts) + bool(self.missed)


def facts_for(user: Anyone, now: datetime) -> Facts:
    """With the campaigns that go on, by name. Ten queries, whatever there is."""
    cards = campaign_cards(user, now=now, with_notices=False)
    visible = {card.campaign.pk: card.campaign for card in cards}
    requests, n_more = _requests(user)
    alerts = guard_notices(visible.values())
    return Facts(
        requests, n_more, _decisions(visible),
        [(campaign, notice) for pk, campaign in visible.items() for notice in alerts.get(pk, [])],
        _missed(visible, now), cards,
    )  # fmt: skip


def _requests(user: Anyone) -> tuple[list[tuple[ProductionRequest, str]], int]:
    """Those that a meeting sees or decides, decisions first, then by priority."""
    wanted = ProductionRequest.objects.visible_to(user).filter(state__in=TO_MEETING)
    turn = Case(When(state=RequestState.PRESENTED, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = wanted.for_list().defer("content", "search_text").order_by(turn, F("priority").asc(nulls_last=True), "pk")
    rows = list(found[: MOST_REQUESTS + 1])
    n_more = wanted.count() - MOST_REQUESTS if len(rows) > MOST_REQUESTS else 0
    return [(row, WORDS[RequestState(row.state)]) for row in rows[:MOST_REQUESTS]], n_more


def _decisions(visible: dict[int, Campaign]) -> list[Asked]:
    """Criteria of the open steps that a meeting decides, by campaign. One query."""
    rows = QueueItem.objects.filter(campaign__in=list(visible), who=Who.COORDINATORS).exclude(criterion="")
    found = []
    for row in rows.select_related("campaign__template").order_by("since", "pk"):
        process = process_of(row.campaign)
        step, criterion = process.step(row.step), process.criterion(row.criterion)
        if step is not None and criterion is not None and criterion[1].kind is Kind.DECISION:
            found.append(Asked(row.campaign, step, criterion[1], row.since))
    return sorted(found, key=lambda one: (one.campaign.name.lower(), one.since))


def _missed(visible: dict[int, Campaign], now: datetime) -> list[Missed]:
    missed = Check.objects.filter(campaign__in=list(visible), state=CheckState.MISSED, closes_at__gt=now - WEEK)
    counts = missed.order_by().values_list("campaign").annotate(n=Count("pk"))
    return sorted((Missed(visible[pk], n) for pk, n in counts), key=lambda one: (-one.n, one.campaign.name.lower()))
