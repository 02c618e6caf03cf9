"""A page of a campaign's history, read at constant cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Value
from django.db.models.fields import CharField

from campaigns.history.acts import of_campaign, of_request
from campaigns.history.entries import Entry
from campaigns.history.kinds import KINDS
from campaigns.history.steps import of_step
from campaigns.models import Campaign, CampaignEvent, ProductionRequest, RequestComment, RequestEvent, StepEvent
from campaigns.steps.process import process_of
from portal.roles import Anyone

OF_CAMPAIGN, OF_REQUEST, OF_STEP = "campaign", "request", "step"


class Timeline:
    """The entries of a campaign that a reader may see, newest first. Slicing it reads a page in five queries, and one or two
    for a template that was not read before.

    It has `count()` and slices, so that Django's Paginator takes it as it is.
    """

    def __init__(self, campaign: Campaign, reader: Anyone, kind: str = "") -> None:
        self.campaign = campaign
        self.kind = kind if kind in KINDS else ""
        requests = ProductionRequest.objects.visible_to(reader).filter(campaigns=campaign).order_by().values("pk")
        self._own = CampaignEvent.objects.filter(campaign=campaign)
        self._theirs = RequestEvent.objects.filter(request__in=requests)
        self._of_steps = StepEvent.objects.filter(campaign=campaign)
        self._rows = self._found(self.kind)

    def _found(self, kind: str) -> QuerySet[Any, Any]:
        own, theirs, of_steps = self._own, self._theirs, self._of_steps
        if kind:
            verbs = KINDS[kind]
            own = own.filter(verb__in=verbs.of_campaign)
            theirs = theirs.filter(verb__in=verbs.of_requests)
            of_steps = of_steps.filter(verb__in=verbs.of_steps)
        found = [_keys(own, OF_CAMPAIGN), _keys(theirs, OF_REQUEST), _keys(of_steps, OF_STEP)]
        return found[0].union(*found[1:], all=True).order_by("-at", "-source", "-pk")

    def count(self) -> int:
        return self._rows.count()

    def __getitem__(self, part: slice) -> list[Entry]:
        return self._entries(list(self._rows[part]))

    def counts(self) -> dict[str, int]:
        """How many entries there are of each kind, whatever kind is shown; three queries."""
        own, theirs, of_steps = _by_verb(self._own), _by_verb(self._theirs), _by_verb(self._of_steps)
        return {
            key: _sum(own, kind.of_campaign) + _sum(theirs, kind.of_requests) + _sum(of_steps, kind.of_steps)
            for key, kind in KINDS.items()
        }

    def _entries(self, keys: Sequence[tuple[str, int, datetime]]) -> list[Entry]:
        own = CampaignEvent.objects.select_related("actor", "campaign").in_bulk(_pks(keys, OF_CAMPAIGN))
        theirs = RequestEvent.objects.select_related("actor").in_bulk(_pks(keys, OF_REQUEST))
        of_steps = StepEvent.objects.select_related("actor").in_bulk(_pks(keys, OF_STEP))
        said = RequestComment.objects.in_bulk(
            [event.data["comment"] for event in theirs.values() if isinstance(event.data.get("comment"), int)]
        )
        process = process_of(self.campaign) if of_steps else None
        found = {(OF_CAMPAIGN, pk): of_campaign(event) for pk, event in own.items()}
        found |= {(OF_REQUEST, pk): of_request(event, said) for pk, event in theirs.items()}
        if process is not None:
            found |= {(OF_STEP, pk): of_step(event, self.campaign, process) for pk, event in of_steps.items()}
        return [found[source, pk] for source, pk, _at in keys if (source, pk) in found]


def _by_verb(events: QuerySet[Any]) -> dict[str, int]:
    return dict(events.order_by().values_list("verb").annotate(Count("pk")))


def _sum(counts: dict[str, int], verbs: Iterable[str]) -> int:
    return sum(counts.get(verb, 0) for verb in verbs)


def _keys(events: QuerySet[Any], source: str) -> QuerySet[Any, Any]:
    return events.order_by().annotate(source=Value(source, output_field=CharField())).values_list("source", "pk", "at")


def _pks(keys: Iterable[tuple[str, int, datetime]], wanted: str) -> list[int]:
    return [pk for source, pk, _at in keys if source == wanted]
