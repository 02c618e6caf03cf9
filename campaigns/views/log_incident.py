"""Closing and reopening an incident by one click. With words it is done by a reply (log_write.log_reply)."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from campaigns.log.incidents import close_incident, reopen_incident
from campaigns.models import LogEntry
from campaigns.views.log_write import entry_or_404
from portal.errors import NotAllowed, Refused
from portal.models import User


@login_required
@require_POST
def log_close(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return _done(request, entry_or_404(request, slug, number), close_incident, "closed")


@login_required
@require_POST
def log_reopen(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    return _done(request, entry_or_404(request, slug, number), reopen_incident, "open again")


def _done(request: HttpRequest, entry: LogEntry, act: Callable[..., LogEntry], words: str) -> HttpResponse:
    """Leads back to where it was clicked: the entry's own page, or the log."""
    try:
        act(entry, actor=cast(User, request.user))
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, f"Incident {entry.number} is {words}.")
    if request.POST.get("back") == "entry":
        return redirect(entry)
    return redirect(f"{reverse('campaigns:campaign-log', args=[entry.campaign.slug])}#e{entry.number}")
