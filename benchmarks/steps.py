"""Steps in numbers: the home page of a shifter with 30 active campaigns of 150 acts each, against 3 campaigns of 10."""

from __future__ import annotations

import hashlib

from django.test import Client

from benchmarks.measuring import best_of, say
from benchmarks.pages import page
from campaigns.models import Campaign, Evidence, EvidenceKind, StepEvent, StepVerb
from campaigns.services import appoint_shifter, create_campaign
from campaigns.steps.loading import held
from campaigns.steps.process import Kind, process_of
from campaigns.steps.refreshing import look_again, refresh
from portal.models import User
from portal.roles import Role, set_roles

FEW, MANY = (3, 10), (30, 150)


def measure() -> None:
    shifter = User.objects.create_user("shifter1")
    set_roles(shifter, [Role.SHIFTERS])
    client = Client(headers={"host": "localhost"})
    client.force_login(shifter)
    times, rounds = {}, {}
    for n_campaigns, n_acts in (FEW, MANY):
        Campaign.objects.update(status="finished")
        campaigns = [_campaign(f"bench-steps-{n_campaigns}-{number}", n_acts, shifter) for number in range(n_campaigns)]
        address = campaigns[0].get_absolute_url()
        pages = {"home of a shifter": "/", "a step": f"{address}steps/setup/", "history of a campaign": f"{address}history/"}
        times[n_campaigns] = {what: page(client, where) for what, where in pages.items()}
        rounds[n_campaigns] = best_of(lambda: look_again(Campaign.objects.active()))
    few, many = times[FEW[0]], times[MANY[0]]
    than = f"{FEW[0]} of {FEW[1]}"
    for what in few:
        note = f"; queries {many[what][1]} and {few[what][1]}, at most 25"
        say(f"{what}, {MANY[0]} campaigns of {MANY[1]} acts", many[what][0], few[what][0], than, note)
    say(f"looking at all facts again, {MANY[0]} campaigns", rounds[MANY[0]], rounds[FEW[0]], than)


def _campaign(name: str, n_acts: int, shifter: User) -> Campaign:
    """A campaign whose shifter gave evidence again and again."""
    campaign = create_campaign(name, actor=None)
    appoint_shifter(campaign, shifter, actor=None)
    step = process_of(campaign).steps[0]
    keys = [one.key for one in step.criteria if one.kind is Kind.MANUAL]
    texts = [f"what was seen, number {number}" for number in range(n_acts)]
    shown = Evidence.objects.bulk_create(
        Evidence(
            campaign=campaign, step=step.key, criterion=keys[number % len(keys)], kind=EvidenceKind.TEXT, text=text,
            sha256=hashlib.sha256(text.encode()).hexdigest(), author=shifter,
        )
        for number, text in enumerate(texts)
    )  # fmt: skip
    first = StepEvent.objects.filter(campaign=campaign).count() + 1
    StepEvent.objects.bulk_create(
        StepEvent(
            campaign=campaign, number=number, verb=StepVerb.EVIDENCE_ADDED, actor=shifter, step=step.key,
            criterion=one.criterion, note=one.text,
            data={"evidence": one.pk, "sha256": one.sha256, "kind": "text", "text": one.text, "about": ""},
        )
        for number, one in enumerate(shown, start=first)
    )  # fmt: skip
    with held(campaign):
        refresh(campaign)
    return campaign
