"""Beginning from what is there already: clone an earlier request, or take samples from a CSV list of production's columns."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.job_lists import sent_list
from campaigns.models import ProductionRequest, RequestState
from campaigns.requests import csv_samples
from campaigns.requests.errors import Incomplete, Stale
from campaigns.requests.rules import can_clone, can_edit
from campaigns.requests.services import change, clone, save_draft
from campaigns.requests.shape import clean, is_empty_row
from portal.errors import NotAllowed, Refused
from portal.models import User

SHOWN = 25
WHO_CLONES = "Cloning a request needs the role requesters. Ask an administrator to give it to you."


@login_required
@require_safe
def request_clone_pick(request: HttpRequest) -> HttpResponse:
    """Earlier requests, newest first, each with a button that clones it; `q` finds words or a number."""
    if not can_clone(request.user):
        raise PermissionDenied(WHO_CLONES)
    q = request.GET.get("q", "").strip().replace("\0", "")[:200]
    found = ProductionRequest.objects.visible_to(request.user).for_list()
    if q.isdecimal() and len(q) < 10:
        found = found.filter(pk=int(q))
    else:
        for word in q.lower().split():
            found = found.filter(search_text__contains=word)
    page = Paginator(found.order_by("-pk"), SHOWN).get_page(request.GET.get("page", 1))
    return render(request, "requests/form_clone.html", {"page": page, "q": q})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_clone(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a draft that says the same. Asked without a press of the button (after a log-in), it offers the button."""
    user = cast(User, request.user)
    original = get_object_or_404(ProductionRequest.objects.visible_to(user), pk=pk)
    if request.method != "POST":
        return redirect(f"{reverse('campaigns:request-clone-pick')}?q={original.pk}")
    try:
        copy = clone(original, actor=user)
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    messages.success(
        request,
        f"This is a copy of request {original.pk}, yours to change. Say when it is wanted by; nothing is submitted yet.",
    )
    return redirect("campaigns:request-edit", copy.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_import(request: HttpRequest, pk: int) -> HttpResponse:
    """Samples from a CSV file or from pasted text: looked at first, then the good rows are taken."""
    user = cast(User, request.user)
    record = get_object_or_404(ProductionRequest.objects.visible_to(user).for_list(), pk=pk)
    if not can_edit(user, record):
        raise PermissionDenied(f"You may not change request {pk} now.")
    context: dict[str, Any] = {"record": record, "n_now": len(_samples(record)), "columns": csv_samples.COLUMNS}
    if request.method == "POST":
        text, refused = sent_list(request.FILES.get("file"), request.POST.get("text", ""))
        context |= {"text": text, "refused": refused}
        if not refused:
            preview = csv_samples.parse(text)
            n_bad = len(preview.rows) - preview.n_good
            context |= {"preview": preview, "n_bad": n_bad, "n_bad_words": f"{n_bad} left out"}
            if request.POST.get("action") in ("append", "replace") and preview.n_good:
                return _take(request, record, preview, context)
            if not preview.rows and not preview.problems:
                context["refused"] = "There is no row in it. The first line names the columns, each further line is a sample."
    return render(request, "requests/form_import.html", context)


def _take(
    request: HttpRequest, record: ProductionRequest, preview: csv_samples.Import, context: dict[str, Any]
) -> HttpResponse:
    user = cast(User, request.user)
    version = request.POST.get("version", "")
    try:
        content = csv_samples.take(record.content, preview.samples, replace=request.POST["action"] == "replace")
        save = save_draft if record.state == RequestState.DRAFT else change
        save(record, content, actor=user, version=int(version) if version.isdecimal() and len(version) < 10 else 0)
    except Stale as stale:
        context |= {
            "refused": f"{stale.current.saved_by} changed this request while you looked. Its samples are counted anew below; "
            "nothing is taken yet, press again to take the rows.",
            "record": stale.current,
            "n_now": len(_samples(stale.current)),
        }
        return render(request, "requests/form_import.html", context, status=409)
    except Incomplete as incomplete:
        context["refused"] = f"{incomplete.message} A request under review stays complete: mend the rows first."
        return render(request, "requests/form_import.html", context)
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        context["refused"] = refused.message
        return render(request, "requests/form_import.html", context)
    n_bad = len(preview.rows) - preview.n_good
    left = f" {n_bad} with something wrong {'was' if n_bad == 1 else 'were'} left out." if n_bad else ""
    messages.success(request, f"{preview.n_good} sample{'' if preview.n_good == 1 else 's'} taken from the list.{left}")
    return redirect(f"{reverse('campaigns:request-edit', args=[record.pk])}#item6")


def _samples(record: ProductionRequest) -> list[dict[str, Any]]:
    """The samples as they are, without rows that say nothing."""
    samples: list[dict[str, Any]] = [row for row in clean(record.content)["samples"] if not is_empty_row("samples", row)]
    return samples
