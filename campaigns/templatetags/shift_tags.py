"""What pages show of the shift: times in the reader's zone, and the panels that several pages share."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Check
from campaigns.shift.addresses import address_of, token_of
from campaigns.shift.mine import checks_of, recent_checks
from campaigns.shift.wording import check_title
from campaigns.steps.rules import can_work
from portal.models import User
from portal.zones import day_in_words, time_of_day, zone_of

register = template.Library()

MARKS = re.compile(r"(?m)^\s*(?:[-*+>]|#{1,6}|\d+[.)])\s+|[*`]|\\(?=\W)")
LONGEST_EXCERPT = 400


@register.filter
def at_home(at: datetime, zone: ZoneInfo) -> str:
    """A moment in the reader's zone, with its day where that is not today: "22:00 Europe/Zurich, tomorrow"."""
    day = day_in_words(at, zone, timezone.now())
    return time_of_day(at, zone) + ("" if day == "today" else f", {day}")


@register.filter
def clock(at: datetime, zone: ZoneInfo) -> str:
    """The time of day alone, where its zone stands beside it."""
    return f"{at.astimezone(zone):%H:%M}"


@register.filter
def named_day(at: datetime, zone: ZoneInfo) -> str:
    """Today, tomorrow, Tue 24 Nov."""
    words = day_in_words(at, zone, timezone.now())
    return f"{words[:1].upper()}{words[1:]}"


@register.filter
def check_name(name: str) -> str:
    return check_title(name)


@register.filter
def excerpt(markdown: str) -> str:
    """The beginning of a text in one line, without the marks of its Markdown."""
    return " ".join(MARKS.sub("", markdown[:LONGEST_EXCERPT]).split())


@register.simple_tag
def check_state(check: Check) -> str:
    """In the visual language."""
    return ("warning" if check.is_late else "ok") if check.is_done else "warning"


@register.inclusion_tag("shift/_checks_panel.html", takes_context=True)
def checks_panel(context: Context, may_work: bool | None = None) -> dict[str, Any]:
    """The checks of the page's campaign, on its own page. No query where the page read the campaign with its `check_standing`,
    its `recent_checks`, and knows whether the reader `may_work`.
    """
    campaign, user, now = context["campaign"], context["user"], timezone.now()
    standing = getattr(campaign, "check_standing", None)
    recent = context["recent_checks"] if "recent_checks" in context else recent_checks([campaign.pk], now)[campaign.pk]
    return {
        "campaign": campaign,
        "checks": checks_of(campaign, user, standing, recent, now),
        "may_work": can_work(user, campaign) if may_work is None else may_work,
        "zone": zone_of(user),
        "csrf_token": context.get("csrf_token"),
        "justin": context.get("justin"),
    }


@register.inclusion_tag("shift/_calendar.html", takes_context=True)
def calendar_panel(context: Context) -> dict[str, Any]:
    """The address of the reader's calendar, on the profile page."""
    user = context["user"]
    address = address_of(user) if isinstance(user._wrapped if hasattr(user, "_wrapped") else user, User) else None
    path = reverse("campaigns:calendar-feed", args=[token_of(address)]) if address else ""
    return {
        "address": address,
        "url": f"{settings.SITE_URL.rstrip('/')}{path}" if path else "",
        "csrf_token": context.get("csrf_token"),
    }
