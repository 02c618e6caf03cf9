"""A renamed campaign's old addresses go on working: its page, every page below it, and the same in the API."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from campaigns.names import campaign_once_named

NAMESPACES = ("campaigns", "campaigns-api")


class FormerNameMiddleware:
    """Where an address below a campaign's finds nothing, lead on to the campaign that once had this name.

    301 for reading; 308 for anything else, so that what was sent is sent again and not turned into a read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        match = request.resolver_match
        if response.status_code != 404 or match is None or match.app_name not in NAMESPACES or "slug" not in match.kwargs:
            return response
        campaign = campaign_once_named(match.kwargs["slug"], request.user)
        if campaign is None:
            return response
        path = reverse(match.view_name, kwargs={**match.kwargs, "slug": campaign.slug})
        query = request.META.get("QUERY_STRING", "")
        to = f"{path}?{query}" if query else path
        moved = HttpResponsePermanentRedirect(to, preserve_request=request.method not in ("GET", "HEAD"))
        moved["Cache-Control"] = "no-cache"  # the campaign may get its old name back
        return moved
