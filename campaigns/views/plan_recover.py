"""Drafting what a finished workflow left: what is to be otherwise is asked, with what its failures suggest filled in."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from campaigns.campaign_forms import line
from campaigns.models import Campaign
from campaigns.plan.submission import LARGEST_DISTANCE, PLACE
from campaigns.plan_recovery import Recoverable, draft_recovery, recoverable, recovery_of
from campaigns.plan_services import PLANNING
from campaigns.planning.content import LARGEST
from campaigns.planning.recovery import Changed, Recovery, proposed
from campaigns.step_forms import StepForm
from campaigns.steps.rules import can_work
from campaigns.views.steps import campaign_of
from portal.errors import Conflict, Invalid, NotAllowed, Refused
from portal.models import User
from portal.wording import counted, listed


class RecoverForm(StepForm):
    """`version` is that of the draft which the rows are added to."""

    rss_mib = forms.IntegerField(
        required=False, label="Memory in MiB", min_value=1, max_value=LARGEST, widget=line(inputmode="numeric"),
        error_messages={"invalid": "Give a whole number of MiB.", "min_value": "Give a number of 1 or more."},
    )  # fmt: skip
    max_distance = forms.IntegerField(
        required=False, label="Largest distance", min_value=0, max_value=LARGEST_DISTANCE, widget=line(inputmode="numeric"),
        help_text="0 is the same site, 100 anywhere.",
        error_messages={"invalid": "Give a whole number.", "max_value": "100 is anywhere; give no more."},
    )  # fmt: skip
    site = forms.RegexField(
        rf"\A(?:{PLACE.pattern})\Z", required=False, max_length=100, label="Site", help_text="Only there; empty for any.",
        widget=line(spellcheck="false"),
        error_messages={"invalid": "This is no site’s name, for example UK_Manchester."},
    )  # fmt: skip
    with_not_found = forms.BooleanField(required=False, label="Also files that had no replica")
    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def begun(cls, found: Recoverable) -> RecoverForm:
        start = proposed(found.content.common, found.row, found.lost.ends)
        values = {"rss_mib": start.rss_mib, "max_distance": start.max_distance, "site": start.site}
        return cls(part="recover", initial=values | {"with_not_found": True, "version": found.version})

    def changed_values(self) -> Changed:
        data = self.cleaned_data
        return Changed(data["rss_mib"], data["max_distance"], data["site"])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_recover(request: HttpRequest, slug: str, justin_id: int) -> HttpResponse:
    """Show what would be drafted, then draft it."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if not can_work(user, campaign):
        raise PermissionDenied(PLANNING.format(campaign=campaign))
    try:
        found = recoverable(campaign, justin_id, actor=user)
    except Refused as refused:
        return _say(request, campaign, justin_id, refused)
    form = RecoverForm.begun(found)
    if request.method != "POST":
        return _show(request, campaign, found, form)
    form = RecoverForm(request.POST, part="recover")
    if not form.is_valid():
        form.point_out()
        return _show(request, campaign, found, form, status=400)
    data = form.cleaned_data
    try:
        made = draft_recovery(
            campaign, justin_id, form.changed_values(), actor=user, version=data["version"],
            with_not_found=data["with_not_found"],
        )  # fmt: skip
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        form.refuse(refused)
        return _show(request, campaign, found, form, status=409 if isinstance(refused, Conflict) else 400)
    keys = [row.key for row in made.rows]
    said = f"{counted(len(keys), 'row')} drafted: {listed(keys)}. {made.words} Publish the plan, then submit."
    messages.success(request, said)
    return redirect(f"{reverse('campaigns:campaign-plan', args=[campaign.slug])}?lane=all#{keys[0]}")


def _say(request: HttpRequest, campaign: Campaign, justin_id: int, refused: Refused) -> HttpResponse:
    """Why nothing is drafted, on a page that leads back."""
    context = {"campaign": campaign, "current": "campaign-plan", "justin_id": justin_id, "why": refused.message}
    status = 409 if isinstance(refused, Conflict) else 400
    return render(request, "plan/plan_recover.html", context, status=status)


def _show(
    request: HttpRequest, campaign: Campaign, found: Recoverable, form: RecoverForm, *, status: int = 200
) -> HttpResponse:
    made: Recovery | None = None
    why = ""
    try:
        made = recovery_of(found, Changed())
    except Invalid as refused:
        why = refused.message
    context: dict[str, Any] = {
        "campaign": campaign,
        "current": "campaign-plan",
        "justin_id": found.read.workflow.justin_id,
        "workflow": found.read.workflow,
        "found": found,
        "form": form,
        "made": made,
        "why": why,
    }
    return render(request, "plan/plan_recover.html", context, status=status if made else 400)
