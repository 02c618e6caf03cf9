"""A campaign's tokens on the page of its plan: made, shown once, listed with their last use, revoked."""

from __future__ import annotations

from typing import cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from campaigns.campaign_forms import line
from campaigns.campaign_tokens import LONGEST_NAME, MOST_DAYS, WHO, make_token, revoke_token, tokens_of
from campaigns.models import Campaign, CampaignToken
from campaigns.step_forms import StepForm
from campaigns.steps.rules import can_work
from campaigns.views.steps import campaign_of
from portal.errors import Conflict, NotAllowed, Refused
from portal.models import User

DAYS = 30
WRONG_DAYS = f"Give a number of days from 1 to {MOST_DAYS}."


class CampaignTokenForm(StepForm):
    scope = forms.ChoiceField(
        label="What it does",
        required=False,
        choices=CampaignToken.Scope.choices,
        initial=CampaignToken.Scope.REPORT,
        widget=forms.Select(attrs={"class": "form-select"}),
        error_messages={"invalid_choice": "Choose what it is good for."},
    )
    name = forms.CharField(
        label="Used for",
        max_length=LONGEST_NAME,
        help_text="For example the machine and folder where the script runs.",
        widget=line(),
        error_messages={"required": "Say what it is used for."},
    )
    days = forms.IntegerField(
        label="Good for, in days", min_value=1, max_value=MOST_DAYS, initial=DAYS, widget=line(inputmode="numeric"),
        error_messages={"invalid": WRONG_DAYS, "required": WRONG_DAYS, "min_value": WRONG_DAYS, "max_value": WRONG_DAYS},
    )  # fmt: skip


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def plan_tokens(request: HttpRequest, slug: str) -> HttpResponse:
    """The tokens, and a form for another; the text of a new one is shown in the answer to the form, and never again."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if not can_work(user, campaign):
        raise PermissionDenied(WHO.format(campaign=campaign))
    if request.method != "POST":
        return _show(request, campaign, CampaignTokenForm(part="token"))
    form = CampaignTokenForm(request.POST, part="token")
    if not form.is_valid():
        form.point_out()
        return _show(request, campaign, form, status=400)
    try:
        asked = form.cleaned_data
        scope = asked.pop("scope") or CampaignToken.Scope.REPORT
        token, text = make_token(campaign, actor=user, scope=scope, **asked)
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        form.refuse(refused)
        return _show(request, campaign, form, status=409 if isinstance(refused, Conflict) else 400)
    return _show(request, campaign, CampaignTokenForm(part="token"), fresh=token, text=text)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def plan_token_revoke(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Ask once, then revoke."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if not can_work(user, campaign):
        raise PermissionDenied(WHO.format(campaign=campaign))
    token = CampaignToken.objects.filter(campaign=campaign, pk=pk).select_related("campaign", "made_by").first()
    if token is None:
        raise Http404("There is no such token.")
    if token.revoked_at is not None:
        messages.info(request, f"The token {token.start}… was revoked already.")
        return redirect("campaigns:plan-tokens", campaign.slug)
    if request.method == "POST":
        try:
            revoke_token(token, actor=user)
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        messages.success(request, f"The token {token.start}… is revoked. Scripts that use it are refused from now on.")
        return redirect("campaigns:plan-tokens", campaign.slug)
    return render(request, "plan/plan_token_revoke.html", {"campaign": campaign, "current": "campaign-plan", "token": token})


def _show(
    request: HttpRequest,
    campaign: Campaign,
    form: CampaignTokenForm,
    *,
    fresh: CampaignToken | None = None,
    text: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "campaign": campaign,
        "current": "campaign-plan",
        "form": form,
        "tokens": tokens_of(campaign),
        "fresh": fresh,
        "log_address": request.build_absolute_uri(reverse("campaigns-api:log", args=[campaign.slug])),
        "text": text,
    }
    return render(request, "plan/plan_tokens.html", context, status=status)
