"""The permanent address of an entry of the log."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from campaigns.log.reading import entry_of
from campaigns.log.rendering import Renderer
from campaigns.models import Campaign


@require_safe
def log_entry(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One entry with its replies."""
    campaign = get_object_or_404(Campaign.objects.visible_to(request.user), slug=slug)
    entry = entry_of(campaign, number) if number < 2**31 else None
    if entry is None:
        raise Http404(f"The log of {campaign} has no entry {number}.")
    renderer = Renderer([entry])
    rows = [(one, renderer.body(one)) for one in (entry, *entry.replies.all())]
    return render(request, "log/entry_detail.html", {"campaign": campaign, "entry": entry, "rows": rows})
