"""Taking an earlier document into the log: looked at first; nothing is kept before it is taken."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from campaigns.log_documents.incoming.taking import NEEDS, TakenAlready, look_at, take
from campaigns.log_documents.rules import can_import
from campaigns.models import Campaign
from campaigns.views.steps import campaign_of
from portal.errors import Conflict, NotAllowed, Refused
from portal.models import User

MOST_SHOWN = 300


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log_import(request: HttpRequest, slug: str) -> HttpResponse:
    """The form; what a file holds; and taking it. A browser without scripts is asked for the file again when it is taken."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if not can_import(user, campaign):
        raise PermissionDenied(NEEDS)
    context: dict[str, Any] = {"campaign": campaign, "current": "campaign-log"}
    if request.method != "POST":
        return render(request, "log_document/import.html", context)
    file = request.FILES.get("file")
    try:
        if not isinstance(file, UploadedFile):
            context["refused"] = "Choose the file first."
            context["sha256"] = request.POST.get("sha256", "")[:64]
        elif request.POST.get("action") == "take":
            return _take(request, campaign, file, user)
        else:
            looked = look_at(campaign, file, actor=user)
            context |= {"looked": looked, "shown": looked.entries[:MOST_SHOWN], "n_more": len(looked.entries) - MOST_SHOWN}
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except TakenAlready as refused:
        context |= {"refused": refused.message, "there": refused.there}
    except Refused as refused:
        context["refused"] = refused.message
        status = 409 if isinstance(refused, Conflict) else 400
        return _shown(request, context, status)
    return _shown(request, context, 409 if "there" in context else 200)


def _take(request: HttpRequest, campaign: Campaign, file: UploadedFile[Any], user: User) -> HttpResponse:
    taken = take(campaign, file, actor=user, sha256=request.POST.get("sha256", ""))
    n = taken.n_entries
    messages.success(request, f"{n:,} {'entry' if n == 1 else 'entries'} taken from {taken.file_name}.")
    return redirect("campaigns:log-document", campaign.slug)


def _shown(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    """For a script only the part that changed, with status 200 so that it is put in place; the words say what is wrong."""
    if getattr(request, "htmx", False):
        return render(request, "log_document/_import_looked.html", context)
    return render(request, "log_document/import.html", context, status=status)
