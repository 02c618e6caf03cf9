"""What every page about one request begins with: the request, if this reader may see it."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from campaigns.models import ProductionRequest


def visible_request(request: HttpRequest, pk: int) -> ProductionRequest:
    """The request, if this reader may see it; else 404, as if it were not there."""
    visible = ProductionRequest.objects.visible_to(request.user).for_list().select_related("saved_by", "cloned_from")
    return get_object_or_404(visible, pk=pk)
