"""People's calendars: read by their secret address, which they make and end on their profile page."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from campaigns.shift.addresses import make_address, reader_of, revoke_address
from campaigns.shift.calendar import ical_of
from portal.models import User


@require_safe
@never_cache
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Whoever knows the address reads it, without logging in: calendars cannot."""
    user = reader_of(token)
    if user is None:
        raise Http404("There is no such calendar; its owner may have made a new address on the profile page.")
    answer = HttpResponse(ical_of(user), content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="dune-production.ics"'
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_POST
@login_required
@never_cache
def calendar_make(request: HttpRequest) -> HttpResponse:
    """A new address; the one before ends."""
    make_address(cast(User, request.user))
    messages.success(request, "Your calendar has a new address. One that you gave to a calendar before works no longer.")
    return redirect(f"{reverse('profile')}#calendar")


@require_POST
@login_required
@never_cache
def calendar_revoke(request: HttpRequest) -> HttpResponse:
    if revoke_address(cast(User, request.user)):
        messages.success(request, "The address of your calendar is ended; whoever reads it finds nothing any more.")
    return redirect(f"{reverse('profile')}#calendar")
