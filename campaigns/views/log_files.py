"""Files of a log: pictures that the portal made anew are shown, everything else is a download."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from campaigns.models import Campaign, LogFile
from portal.serving import hand_out


@require_safe
def log_file(request: HttpRequest, slug: str, pk: int, name: str) -> FileResponse:
    """A file of an entry. The name in the address is for people who save it; the number says which it is."""
    kept = _visible(request, slug, pk)
    return hand_out(kept.file, kept.name, kept.content_type, made_anew=kept.is_picture)


@require_safe
def log_thumbnail(request: HttpRequest, slug: str, pk: int) -> FileResponse:
    """The small copy of a picture."""
    kept = _visible(request, slug, pk)
    return hand_out(kept.thumbnail, kept.name, kept.content_type, made_anew=True)


def _visible(request: HttpRequest, slug: str, pk: int) -> LogFile:
    visible = Campaign.objects.visible_to(request.user)
    return get_object_or_404(LogFile, pk=pk, entry__campaign__slug=slug, entry__campaign__in=visible)
