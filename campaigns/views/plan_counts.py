"""The button that has MetaCat asked for the samples of a plan."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from campaigns.sample_counts import answers, ask_metacat
from campaigns.views.plan import show_plan
from campaigns.views.steps import campaign_of
from portal.errors import Conflict, NotAllowed, Refused
from portal.models import User
from portal.wording import counted

LATER = "MetaCat is being asked; its answer will stand here in a moment. Load the page again."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_count(request: HttpRequest, slug: str) -> HttpResponse:
    """Have MetaCat asked for all samples of the plan. The worker asks; the page waits for it a few seconds at most."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    here = f"{reverse('campaigns:campaign-plan', args=[campaign.slug])}#sizes"
    if request.method != "POST":
        return redirect(here)
    try:
        rows = ask_metacat(campaign, actor=user)
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        return show_plan(request, campaign, error=refused.message, status=409 if isinstance(refused, Conflict) else 400)
    found = answers(row.mql for row in rows).values()
    failed = [row for row in found if not row.is_open and row.is_failing]
    if any(row.is_open for row in found):
        messages.info(request, LATER)
    if failed:
        messages.warning(request, f"MetaCat gave no number for {counted(len(failed), 'sample')}; it says why below.")
    if good := sum(not (row.is_open or row.is_failing) for row in found):
        messages.success(request, f"MetaCat told how many files {counted(good, 'sample')} {'has' if good == 1 else 'have'}.")
    return redirect(here)
