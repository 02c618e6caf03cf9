"""Hearing of new entries: by mail, in the channel of people's chat, and as a feed."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from campaigns.log.watching import can_set_channel, watch, watch_in_channel
from campaigns.models import LogWatch
from campaigns.views.steps import campaign_of
from portal import webhook
from portal.errors import NotAllowed, Refused
from portal.models import User

Way = LogWatch.Way
WAYS = [
    (Way.DIGEST.value, "Once a day", "in one mail with your other notices"),
    (Way.AT_ONCE.value, "Each entry at once", "what people write; of machines what is bad or paused"),
    ("", "Not at all", ""),
]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log_watch(request: HttpRequest, slug: str) -> HttpResponse:
    """How the reader hears of this log; for its shifters also whether the channel does."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    error, status = "", 200
    if request.method == "POST":
        try:
            if request.POST.get("what") == "channel":
                is_on = request.POST.get("on") == "1"
                watch_in_channel(campaign, actor=user, is_on=is_on)
                messages.success(
                    request, "The channel hears of this log once a day." if is_on else "The channel hears no more."
                )
            else:
                made = watch(campaign, actor=user, way=request.POST.get("way", ""))
                said = f"You hear of new entries: {made.get_way_display()}." if made else "You hear no more of this log."
                messages.success(request, said)
            return redirect("campaigns:campaign-log", campaign.slug)
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except Refused as refused:
            error, status = refused.message, 400
    watches = list(LogWatch.objects.filter(campaign=campaign).select_related("user"))
    own = next((one for one in watches if one.user_id == user.pk and one.way != Way.CHANNEL), None)
    context = {
        "campaign": campaign,
        "current": "campaign-log",
        "ways": WAYS,
        "way": own.way if own else (Way.DIGEST.value if request.method == "GET" else ""),
        "error": error,
        "channel": next((one for one in watches if one.way == Way.CHANNEL), None),
        "channel_is_set": webhook.is_set(),
        "may_set_channel": can_set_channel(user, campaign),
        "public_read": settings.PUBLIC_READ,
    }
    return render(request, "log/watch.html", context, status=status)
