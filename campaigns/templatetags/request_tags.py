"""How requests are written on pages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django import template
from django.template import Context
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from campaigns.meetings.days import day_of
from campaigns.models import ProductionRequest, RequestEvent, RequestState, RequestVerb
from campaigns.requests.amounts import plainly
from campaigns.templatetags.meeting_tags import meeting_day
from portal.markdown import to_html
from portal.templatetags.portal_format import status

if TYPE_CHECKING:
    from campaigns.requests.content import Problem
    from campaigns.views.request_sheet import Sheet

register = template.Library()

STATES = {  # the visual language's states; portal.css gives each its icon and colour
    RequestState.DRAFT: "todo",
    RequestState.SUBMITTED: "running",
    RequestState.PRESENTED: "running",
    RequestState.CHANGES_WANTED: "warning",
    RequestState.ACCEPTED: "ok",
    RequestState.DECLINED: "refused",
    RequestState.WITHDRAWN: "waived",
}


@register.simple_tag
def request_status(request: ProductionRequest, pill: object = False) -> SafeString:
    """A request's state as icon and word."""
    return status(STATES.get(RequestState(request.state), "unknown"), request.get_state_display(), pill)


@register.filter
def plain_number(value: Decimal | int) -> str:
    """A number as people write it: 20,784 or 0.25, with no noughts behind."""
    return plainly(value)


@register.simple_tag
def problems_of(sheet: Sheet, number: int) -> list[Problem]:
    return sheet.problems_of(number)


@dataclass(frozen=True)
class Shown:
    """A difference as the history shows it."""

    label: str
    old: str
    new: str


@register.simple_tag
def event_changes(event: RequestEvent) -> list[Shown]:
    """Old and new values of an event; moves from state to state tell theirs by their verb."""
    data = event.data
    if event.verb == RequestVerb.CHANGED:
        return [Shown(one.get("label", ""), one.get("old", ""), one.get("new", "")) for one in data.get("changes", [])]
    if event.verb in (RequestVerb.PRIORITY_SET, RequestVerb.WANTED_BY_SET):
        return [Shown("", str(data.get("old") or "none"), str(data.get("new") or "none"))]
    return []


@register.simple_tag(takes_context=True)
def event_about(context: Context, event: RequestEvent) -> SafeString | str:
    """What belongs to an event's verb: a meeting's day, a campaign, a revision, the request cloned from, the comment. The
    page's `meetings` are those of such days.
    """
    data = event.data
    parts = []
    if data.get("campaign"):
        address = reverse("campaigns:campaign-detail", args=[data["campaign"]])
        parts.append(format_html('into <a href="{}">{}</a>', address, data.get("campaign_name", data["campaign"])))
    if data.get("meeting_on"):
        day = meeting_day(day_of(data["meeting_on"]), context.get("meetings") or {}, data["meeting_on"])
        parts.append(format_html("on {}" if event.verb == RequestVerb.PRESENTED else "at the meeting of {}", day))
    if data.get("revision"):
        address = reverse("campaigns:request-revisions", args=[event.request_id])
        parts.append(format_html('<a href="{}?to={}">revision {}</a>', address, data["revision"], data["revision"]))
    if data.get("origin"):
        address = reverse("campaigns:request-detail", args=[data["origin"]])
        parts.append(format_html('<a href="{}">request {}</a>', address, data["origin"]))
    if data.get("comment"):
        parts.append(format_html('<a href="#comment-{}">read it</a>', data["comment"]))
    return format_html_join(", ", "{}", ((part,) for part in parts))


@register.simple_tag
def comment_html(text: str, people: Collection[str] = ()) -> SafeString:
    """A comment's Markdown as safe HTML. #12 leads to request 12; whether it is there, the page it leads to says."""
    return to_html(text, link_number=lambda number: reverse("campaigns:request-detail", args=[number]), people=people)
