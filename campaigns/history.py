"""Everything that people did to a campaign and to the requests it serves, as one timeline with old and new values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet, Value
from django.db.models.fields import CharField
from django.urls import reverse

from campaigns.models import (
    Campaign,
    CampaignEvent,
    CampaignStatus,
    CampaignVerb,
    ProductionRequest,
    RequestComment,
    RequestEvent,
    RequestVerb,
)
from portal.roles import Anyone

OF_CAMPAIGN, OF_REQUEST = "campaign", "request"
KINDS: dict[str, tuple[str, frozenset[CampaignVerb], frozenset[RequestVerb]]] = {
    # in the address: (in words, what of the campaign, what of its requests)
    "campaign": (
        "Campaign",
        frozenset({CampaignVerb.CREATED, CampaignVerb.RENAMED, CampaignVerb.CHANGED, CampaignVerb.STATUS_CHANGED}),
        frozenset(),
    ),
    "shifters": (
        "Shifters",
        frozenset({CampaignVerb.SHIFTER_APPOINTED, CampaignVerb.APPOINTMENT_ENDED}),
        frozenset(),
    ),
    "watched": (
        "What is watched",
        frozenset({CampaignVerb.JUSTIN_CAMPAIGN_ADDED, CampaignVerb.WORKFLOW_REGISTERED}),
        frozenset(),
    ),
    "requests": (
        "Requests",
        frozenset({CampaignVerb.REQUEST_ADDED}),
        frozenset(RequestVerb) - {RequestVerb.COMMENTED},
    ),
    "comments": ("Comments", frozenset({CampaignVerb.COMMENTED}), frozenset({RequestVerb.COMMENTED})),
}


@dataclass(frozen=True)
class Change:
    """One value that changed; `label` says which, where the entry's verb does not. '' stands for nothing."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class Entry:
    """One thing that a person (or the portal) did. `about` is what it was done to, `path` where to read more."""

    at: datetime
    who: str
    about: str
    path: str
    kind: str
    verb: str
    what: str
    changes: list[Change] = field(default_factory=list)
    note: str = ""


class Timeline:
    """The entries of a campaign that a reader may see, newest first. Slicing it reads a page in four queries.

    It has `count()` and slices, so that Django's Paginator takes it as it is.
    """

    def __init__(self, campaign: Campaign, reader: Anyone, kind: str = "") -> None:
        self.campaign = campaign
        self.kind = kind if kind in KINDS else ""
        self._requests = ProductionRequest.objects.visible_to(reader).filter(campaigns=campaign).order_by().values("pk")
        self._rows = self._found(self.kind)

    def _found(self, kind: str) -> QuerySet[Any, Any]:
        own = CampaignEvent.objects.filter(campaign=self.campaign)
        theirs = RequestEvent.objects.filter(request__in=self._requests)
        if kind:
            _label, of_campaign, of_requests = KINDS[kind]
            own, theirs = own.filter(verb__in=of_campaign), theirs.filter(verb__in=of_requests)
        return _keys(own, OF_CAMPAIGN).union(_keys(theirs, OF_REQUEST), all=True).order_by("-at", "-source", "-pk")

    def count(self) -> int:
        return self._rows.count()

    def __getitem__(self, part: slice) -> list[Entry]:
        return _entries(list(self._rows[part]))

    def counts(self) -> dict[str, int]:
        """How many entries there are of each kind, whatever kind is shown; two queries."""
        of_campaign = _by_verb(CampaignEvent.objects.filter(campaign=self.campaign))
        of_requests = _by_verb(RequestEvent.objects.filter(request__in=self._requests))
        return {
            kind: sum(of_campaign.get(verb, 0) for verb in own) + sum(of_requests.get(verb, 0) for verb in theirs)
            for kind, (_label, own, theirs) in KINDS.items()
        }


def _by_verb(events: QuerySet[Any]) -> dict[str, int]:
    return dict(events.order_by().values_list("verb").annotate(Count("pk")))


def _keys(events: QuerySet[Any], source: str) -> QuerySet[Any, Any]:
    return events.order_by().annotate(source=Value(source, output_field=CharField())).values_list("source", "pk", "at")


def _entries(keys: Sequence[tuple[str, int, datetime]]) -> list[Entry]:
    own = CampaignEvent.objects.select_related("actor", "campaign").in_bulk(_pks(keys, OF_CAMPAIGN))
    theirs = RequestEvent.objects.select_related("actor").in_bulk(_pks(keys, OF_REQUEST))
    said = RequestComment.objects.in_bulk(
        [event.data["comment"] for event in theirs.values() if isinstance(event.data.get("comment"), int)]
    )
    return [
        _of_campaign(own[pk]) if source == OF_CAMPAIGN else _of_request(theirs[pk], said)
        for source, pk, _at in keys
        if pk in (own if source == OF_CAMPAIGN else theirs)
    ]


def _pks(keys: Iterable[tuple[str, int, datetime]], wanted: str) -> list[int]:
    return [pk for source, pk, _at in keys if source == wanted]


def _kind_of(verb: str, place: int) -> str:
    return next((kind for kind, row in KINDS.items() if verb in row[place]), "campaign")


def _of_campaign(event: CampaignEvent) -> Entry:
    data, verb = event.data, CampaignVerb(event.verb) if event.verb in CampaignVerb.values else None
    what = event.get_verb_display()
    if event.note and verb not in (CampaignVerb.CREATED,):
        what = f"{what} {event.note}"
    path = ""
    changes = []
    if verb == CampaignVerb.CHANGED:
        changes = _changes(data)
    elif verb == CampaignVerb.STATUS_CHANGED:
        changes = [Change("", _status(data.get("old")), _status(data.get("new")))]
    elif verb == CampaignVerb.SHIFTER_APPOINTED and data.get("from_on"):
        changes = [Change("", "", f"from {data['from_on']}" + (f" to {data['until_on']}" if data.get("until_on") else " on"))]
    elif verb == CampaignVerb.REQUEST_ADDED:
        path = reverse("campaigns:request-detail", args=[data["request"]]) if data.get("request") else ""
        changes = [Change("", "", str(data.get("title", "")))] if data.get("title") else []
    elif "new" in data:
        changes = [Change("", str(data.get("old") or ""), str(data.get("new") or ""))]
        if verb == CampaignVerb.COMMENTED and event.note.isascii() and event.note.isdigit():
            path = reverse("monitoring:workflow-detail", args=[int(event.note)])
    return Entry(
        event.at, _who(event), "campaign", path, _kind_of(event.verb, 1), event.verb, what, changes, str(data.get("reason", ""))
    )  # fmt: skip


def _of_request(event: RequestEvent, said: dict[int, RequestComment]) -> Entry:
    data, verb = event.data, event.verb
    path = reverse("campaigns:request-detail", args=[event.request_id])
    what, changes, note = event.get_verb_display(), [], event.note
    if data.get("revision"):
        what = f"{what} (revision {data['revision']})"
    if data.get("meeting_on"):
        what = f"{what.removesuffix(' at a meeting')} at the meeting of {data['meeting_on']}"
    if verb == RequestVerb.CHANGED:
        changes = _changes(data)
    elif verb in (RequestVerb.PRIORITY_SET, RequestVerb.WANTED_BY_SET):
        changes = [Change("", str(data.get("old") or ""), str(data.get("new") or ""))]
    elif verb == RequestVerb.COMMENTED and data.get("comment") in said:
        note, path = said[data["comment"]].text, f"{path}#comment-{data['comment']}"
    elif data.get("old") and data.get("new"):
        changes = [Change("state", str(data["old"]), str(data["new"]))]
    return Entry(event.at, _who(event), f"request {event.request_id}", path, _kind_of(verb, 2), verb, what, changes, note)


def _changes(data: dict[str, Any]) -> list[Change]:
    return [
        Change(str(one.get("label", "")), str(one.get("old", "")), str(one.get("new", ""))) for one in data.get("changes", [])
    ]


def _who(event: CampaignEvent | RequestEvent) -> str:
    return event.actor.username if event.actor else "the portal"


def _status(value: object) -> str:
    return str(CampaignStatus(value).label) if value in CampaignStatus.values else str(value or "")
