"""Requests and campaigns in numbers: lists and pages with 50 requests and 5 campaigns against 5,000 and 500."""

from __future__ import annotations

import copy

from django.test import Client

from benchmarks.measuring import say
from benchmarks.pages import page
from campaigns.demo.requests import REQUESTS, load_requests
from campaigns.models import Campaign, CampaignEvent, CampaignRequest, CampaignVerb, ProductionRequest
from campaigns.services import create_campaign
from portal.models import User
from portal.roles import Role, set_roles

FEW, MANY = 50, 5_000


def measure() -> None:
    requester, coordinator = (User.objects.create_user(name) for name in ("requester1", "coordinator1"))
    set_roles(requester, [Role.REQUESTERS])
    set_roles(coordinator, [Role.COORDINATORS])
    for _title, _about, _samples, outcome in REQUESTS:
        if "2026" in outcome:
            create_campaign(outcome, actor=None)
    load_requests(requester, coordinator)
    client = Client(headers={"host": "localhost"})
    client.force_login(coordinator)
    first = ProductionRequest.objects.order_by("pk").first()
    assert first is not None
    pages = {
        "list of requests": "/requests/",
        "search in requests": "/requests/?q=protodune&kind=simulation",
        "a request": first.get_absolute_url(),
        "list of campaigns": "/campaigns/",
        "home": "/",
    }
    times = {}
    for n in (FEW, MANY):
        _fill(n, coordinator)
        times[n] = {what: page(client, address) for what, address in pages.items()}
    for what in pages:
        many, few = times[MANY][what], times[FEW][what]
        note = f"; queries {many[1]} and {few[1]}, at most 25"
        say(f"{what}, {MANY:,} requests and {MANY // 10} campaigns", many[0], few[0], f"{FEW} and {FEW // 10}", note)


def _fill(n: int, actor: User) -> None:
    """Copies of the demonstration's requests, one campaign to ten of them."""
    samples = list(ProductionRequest.objects.order_by("pk")[: len(REQUESTS)])
    made = []
    for number in range(ProductionRequest.objects.count(), n):
        request = copy.copy(samples[number % len(samples)])
        request.pk = None
        request._state = copy.copy(request._state)
        request._state.adding = True
        request.likeness = str(number)
        made.append(request)
    made = ProductionRequest.objects.bulk_create(made, batch_size=500)
    names = [f"bench-many-{number}" for number in range(Campaign.objects.count(), n // 10)]
    campaigns = Campaign.objects.bulk_create(Campaign(name=name, slug=name, status="finished") for name in names)
    CampaignRequest.objects.bulk_create(
        CampaignRequest(campaign=campaign, request=request, added_by=actor)
        for campaign, request in zip(campaigns, made[::10], strict=False)
    )
    CampaignEvent.objects.bulk_create(
        CampaignEvent(campaign=campaign, verb=CampaignVerb.CREATED, actor=actor) for campaign in campaigns
    )
