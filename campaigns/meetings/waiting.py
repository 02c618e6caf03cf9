"""What waits for a meeting by facts: nobody has to put it on the agenda. For the next meeting only, and as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Case, Count, F, IntegerField, Value, When
from django.urls import reverse

from campaigns.models import Campaign, Check, CheckState, ProductionRequest, RequestState
from campaigns.steps.mine import Waits, waiting_now
from campaigns.steps.process import Kind
from campaigns.summary import CampaignCard, campaign_cards
from campaigns.summary.notices import GuardNotice
from campaigns.summary.waiting import WORDS
from monitoring.health import Notice
from monitoring.models import Service
from portal.roles import Anyone

WEEK = timedelta(days=7)
MOST_REQUESTS = 50
TO_MEETING = (RequestState.SUBMITTED, RequestState.PRESENTED)


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
    decisions: Sequence[Waits] = ()
    alerts: Sequence[tuple[Campaign, Notice]] = ()
    missed: Sequence[Missed] = ()
    cards: Sequence[CampaignCard] = field(default_factory=list)

    @property
    def n(self) -> int:
        """How many points there are; missed checks are one."""
        requests = len(self.requests) + self.n_more_requests
        return requests + len(self.decisions) + len(self.alerts) + bool(self.missed)


def facts_for(user: Anyone, now: datetime, *, service: Service) -> Facts:
    """With the campaigns that go on, as `campaign_cards` has them. Sixteen queries, whatever there is."""
    cards = campaign_cards(user, now=now, service=service)
    by_name = sorted(cards, key=lambda card: card.campaign.name.lower())
    visible = {card.campaign.pk: card.campaign for card in cards}
    requests, n_more = _requests(user)
    return Facts(
        requests, n_more, _decisions(visible),
        [(card.campaign, one) for card in by_name for one in card.notices if isinstance(one, GuardNotice)],
        _missed(visible, now), cards,
    )  # fmt: skip


def n_waiting(user: Anyone, cards: Sequence[CampaignCard], now: datetime) -> int:
    """How many points `facts_for` has, where the cards were read already. Five queries."""
    visible = {card.campaign.pk: card.campaign for card in cards}
    alerts = sum(isinstance(notice, GuardNotice) for card in cards for notice in card.notices)
    n_requests = ProductionRequest.objects.visible_to(user).filter(state__in=TO_MEETING).count()
    return n_requests + len(_decisions(visible)) + alerts + bool(_missed(visible, now))


def _requests(user: Anyone) -> tuple[list[tuple[ProductionRequest, str]], int]:
    """Those that a meeting sees or decides, decisions first, then by priority."""
    wanted = ProductionRequest.objects.visible_to(user).filter(state__in=TO_MEETING)
    turn = Case(When(state=RequestState.PRESENTED, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = wanted.for_list().defer("content", "search_text").order_by(turn, F("priority").asc(nulls_last=True), "pk")
    rows = list(found[: MOST_REQUESTS + 1])
    n_more = wanted.count() - MOST_REQUESTS if len(rows) > MOST_REQUESTS else 0
    return [(row, WORDS[RequestState(row.state)]) for row in rows[:MOST_REQUESTS]], n_more


def _decisions(visible: dict[int, Campaign]) -> list[Waits]:
    """Criteria of the open steps that a meeting decides, by campaign."""
    found = [
        one
        for one in waiting_now()
        if one.criterion is not None and one.criterion.kind is Kind.DECISION and one.campaign.pk in visible
    ]
    return sorted(found, key=lambda one: (one.campaign.name.lower(), one.since))


def _missed(visible: dict[int, Campaign], now: datetime) -> list[Missed]:
    missed = Check.objects.filter(campaign__in=list(visible), state=CheckState.MISSED, closes_at__gt=now - WEEK)
    counts = missed.order_by().values_list("campaign").annotate(n=Count("pk"))
    return sorted((Missed(visible[pk], n) for pk, n in counts), key=lambda one: (-one.n, one.campaign.name.lower()))
