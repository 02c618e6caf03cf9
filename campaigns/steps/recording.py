"""Writing an act. Only inside a transaction that holds the campaign's row (loading.held)."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.db.models import Max

from campaigns.models import Campaign, StepEvent, StepVerb
from campaigns.signals import acted
from campaigns.steps.standing import Act
from portal.errors import Conflict
from portal.models import User


def record(
    campaign: Campaign,
    verb: StepVerb,
    *,
    actor: User | None,
    step: str = "",
    criterion: str = "",
    team: str = "",
    fingerprint: str = "",
    note: str = "",
    **data: object,
) -> StepEvent:
    """Add the campaign's next act. Raises Conflict when somebody wrote the same number first."""
    last = StepEvent.objects.filter(campaign=campaign).aggregate(last=Max("number"))["last"] or 0
    try:
        with transaction.atomic():
            event = StepEvent.objects.create(
                campaign=campaign, number=last + 1, verb=verb, actor=actor, step=step, criterion=criterion, team=team,
                fingerprint=fingerprint, note=note, data=data,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict("Somebody changed this campaign’s steps a moment ago; look again.") from error
    acted.send(sender=StepEvent, event=event)
    return event


def acts_of(campaign: Campaign) -> list[Act]:
    """All acts of a campaign in their order. One query; no model instances, as they are read at every change."""
    rows = StepEvent.objects.filter(campaign=campaign).order_by("number")
    return [
        Act(*row[:-1], actor_name=row[-1] or "the portal")
        for row in rows.values_list(
            "number", "verb", "at", "step", "criterion", "team", "fingerprint", "note", "data", "actor_id", "actor__username"
        )
    ]


def act_of(event: StepEvent) -> Act:
    """The act as the pure part knows it."""
    return Act(
        event.number, event.verb, event.at, event.step, event.criterion, event.team, event.fingerprint, event.note,
        event.data, event.actor_id, event.actor.username if event.actor else "the portal",
    )  # fmt: skip
