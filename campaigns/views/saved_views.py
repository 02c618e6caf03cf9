"""Saved views: a list's filters under a name, for one person."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from campaigns.models import SavedView
from campaigns.views.request_filters import kept_query
from portal.models import User

PAGE = "requests"
MOST_VIEWS = 50
LONGEST_NAME = SavedView._meta.get_field("name").max_length or 0
LONGEST_QUERY = SavedView._meta.get_field("query").max_length or 0


@login_required
@require_POST
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep the filters given as `query` under a name; the same name again takes the new filters."""
    user = cast(User, request.user)
    name = " ".join(request.POST.get("name", "").replace("\0", "").split())
    query = kept_query(request.POST.get("query", ""))
    back = f"{reverse('campaigns:request-list')}?{query}" if query else reverse("campaigns:request-list")
    why_not = _why_not(user, name, query)
    if why_not:
        messages.error(request, why_not)
        return redirect(back)
    with transaction.atomic():
        _view, is_new = SavedView.objects.update_or_create(user=user, page=PAGE, name=name, defaults={"query": query})
    messages.success(request, f"The view {name} is saved." if is_new else f"The view {name} has these filters now.")
    return redirect(back)


@login_required
@require_POST
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one of the reader's own views; the list keeps showing its filters, so that it can be saved again."""
    view = get_object_or_404(SavedView, pk=pk, user=cast(User, request.user))
    view.delete()
    messages.success(request, f"The view {view.name} is deleted. Its filters are still set here; save them to have it back.")
    query = kept_query(view.query)
    return redirect(reverse("campaigns:request-list") + (f"?{query}" if query else ""))


def _why_not(user: User, name: str, query: str) -> str:
    if not name:
        return "Give the view a name, for example Reconstruction in review."
    if len(name) > LONGEST_NAME:
        return f"The name has {len(name)} characters; use at most {LONGEST_NAME}."
    if len(query) > LONGEST_QUERY:
        return "These filters are too long to be saved. Shorten the search."
    mine = SavedView.objects.filter(user=user, page=PAGE)
    if mine.count() >= MOST_VIEWS and not mine.filter(name=name).exists():
        return f"You have {MOST_VIEWS} saved views. Delete one first."
    return ""
