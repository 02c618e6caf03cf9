"""Events of a campaign and of its requests in words."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from campaigns.history.entries import Change, Entry, who_did
from campaigns.history.kinds import KINDS
from campaigns.meetings.days import day_of
from campaigns.models import CampaignEvent, CampaignStatus, CampaignVerb, RequestComment, RequestEvent, RequestVerb


def of_campaign(event: CampaignEvent) -> Entry:
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
    kind = next((key for key, kind in KINDS.items() if event.verb in kind.of_campaign), "campaign")
    reason = str(data.get("reason", ""))
    return Entry(event.at, who_did(event), "campaign", path, kind, event.verb, what, changes, reason)


def of_request(event: RequestEvent, said: dict[int, RequestComment]) -> Entry:
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
    kind = next((key for key, kind in KINDS.items() if verb in kind.of_requests), "requests")
    return Entry(
        event.at, who_did(event), f"request {event.request_id}", path, kind, verb, what, changes, note,
        meeting_on=day_of(data.get("meeting_on")),
    )  # fmt: skip


def _changes(data: dict[str, Any]) -> list[Change]:
    return [
        Change(str(one.get("label", "")), str(one.get("old", "")), str(one.get("new", ""))) for one in data.get("changes", [])
    ]


def _status(value: object) -> str:
    return str(CampaignStatus(value).label) if value in CampaignStatus.values else str(value or "")
