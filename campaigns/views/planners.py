"""Pages on which the plan of a campaign is changed are for those who plan it, as long as it goes on."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from campaigns.models import Campaign
from campaigns.plan_services import PLANNING
from campaigns.steps.rules import can_work
from campaigns.steps.services import OVER
from campaigns.views.steps import campaign_of
from portal.models import User


def for_planners(view: Callable[[HttpRequest, Campaign, User], HttpResponse]) -> Callable[..., HttpResponse]:
    """The view of a campaign's address, called with the campaign and who plans it; others are refused, in words."""

    @login_required
    @wraps(view)
    def checked(request: HttpRequest, slug: str) -> HttpResponse:
        user, campaign = cast(User, request.user), campaign_of(request, slug)
        if not can_work(user, campaign):
            raise PermissionDenied(PLANNING.format(campaign=campaign))
        if campaign.status in OVER:
            messages.info(request, f"{campaign} is {campaign.get_status_display()}; nothing is planned for it any more.")
            return redirect("campaigns:campaign-plan", campaign.slug)
        return view(request, campaign, user)

    return checked
