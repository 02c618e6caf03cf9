"""Recording a check: on a page of its own with every point answered, or by one click where nothing is new."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.log.drafts import draft_of, files_ready
from campaigns.models import Campaign, Check, LogDraft
from campaigns.shift.services import RECORDING, dues_now, record_check, why_not_due
from campaigns.shift.standing import look_now
from campaigns.shift.wording import check_title, prefilled
from campaigns.steps.rules import can_work
from campaigns.views.log_form import CheckForm, check_form
from campaigns.views.log_posting import clash_pieces, posted
from campaigns.views.steps import campaign_of
from portal.errors import NotAllowed, Refused
from portal.models import User
from portal.templatetags.portal_format import duration
from portal.zones import day_in_words, time_of_day, zone_of

BACK = {"home": "campaigns:home", "campaign": "campaigns:campaign-detail", "shift": "campaigns:campaign-shift"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def check_record(request: HttpRequest, slug: str) -> HttpResponse:
    """The check that is due with its answers filled in; what was typed stays when it is refused."""
    user, campaign = cast(User, request.user), _campaign(request, slug)
    draft = draft_of(campaign, user, "check")
    if request.method != "POST":
        return _page(request, campaign, draft, None)
    form = check_form(campaign, user, draft, request.POST)

    def write() -> str:
        check = record_check(campaign, actor=user, text=form.cleaned_data["body"], files=files_ready(form.draft))
        messages.success(request, _said(check))
        return reverse(BACK["shift"], args=[campaign.slug])

    def show(*, status: int = 200, **_pieces: object) -> HttpResponse:
        return _page(request, campaign, form.draft, form, status=status)

    return posted(request, form, write=write, show=show, back=form.sends_to)


@login_required
@require_POST
def check_quick(request: HttpRequest, slug: str) -> HttpResponse:
    """One click: nothing is new, the numbers are recorded. Leads back to where it was clicked."""
    user, campaign = cast(User, request.user), _campaign(request, slug)
    try:
        check = record_check(campaign, actor=user, nothing_new=True)
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        messages.error(request, refused.message)
        return redirect("campaigns:check-record", campaign.slug)
    messages.success(request, _said(check))
    name = BACK.get(request.POST.get("back", ""), BACK["shift"])
    return redirect(reverse(name, args=[] if name == BACK["home"] else [campaign.slug]))


def _campaign(request: HttpRequest, slug: str) -> Campaign:
    campaign = campaign_of(request, slug)
    if not can_work(request.user, campaign):
        raise PermissionDenied(RECORDING.format(campaign=campaign))
    return campaign


def _said(check: Check) -> str:
    late = ", late" if check.is_late else ""
    return f"{check_title(check.name)} of {check.campaign} recorded{late}: entry {check.entry.number if check.entry else ''}."


def _page(
    request: HttpRequest, campaign: Campaign, draft: LogDraft | None, form: CheckForm | None, *, status: int = 200
) -> HttpResponse:
    user, now, zone = cast(User, request.user), timezone.now(), zone_of(request.user)
    found = look_now(campaign, now)
    dues = dues_now(campaign, now)
    window = dues.open or dues.late
    is_due = window is not None and (bool(found.seen.workflows) or dues.late is not None)
    context: dict[str, Any] = {
        "campaign": campaign, "current": "campaign-shift", "points": found.points, "seen": found.seen, "last": found.last,
        "is_due": is_due, "is_quick": is_due and not found.is_new,
        "form": form or check_form(campaign, user, draft, begun=prefilled(found.points)),
        "clash_pieces": clash_pieces(form) if form else None, "checked": dues.checked,
        "unsent": form.typed["body"] if form else (draft.content.get("body", "") if draft else ""),
    }  # fmt: skip
    if window is not None and is_due:
        day = day_in_words(window.closes_at, zone, now)
        by = time_of_day(window.closes_at, zone) + ("" if day == "today" else f" {day}")
        context |= {
            "title": check_title(window.name),
            "by": f"missed, was due by {by}" if dues.open is None else f"due by {by}",
            "left": "" if dues.open is None else f"in {duration(window.closes_at - now)}",
        }
    else:
        runs = bool(found.seen.workflows) or window is None
        context["why_not"] = (
            why_not_due(campaign, dues, user, now) if runs else f"Nothing of {campaign} runs, so no check of it is due."
        )
    return render(request, "shift/check_record.html", context, status=status)
