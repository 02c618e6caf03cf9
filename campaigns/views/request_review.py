"""Moving a request on: one page a move, which asks for what the move needs and says what cannot be undone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from campaigns.meetings.reading import day_proposed
from campaigns.models import Campaign, ProductionRequest, RequestState
from campaigns.requests import services
from campaigns.requests.errors import Incomplete
from campaigns.requests.life import MOVES, Move
from campaigns.requests.rules import can_edit, can_review
from campaigns.review_forms import AcceptForm, NoteForm, PriorityForm, ReasonForm
from campaigns.views.request_page import visible_request
from portal.errors import Conflict, NotAllowed, Refused
from portal.models import User

Answers = dict[str, Any]


class NothingToAsk(forms.Form):
    """For moves that need no answer."""


@dataclass(frozen=True)
class MovePage:
    """How a move is offered. `at_once`: its button on the request's page does it; else a page asks first."""

    explains: str
    form: type[forms.Form]
    carry_out: Callable[[ProductionRequest, Answers, User], ProductionRequest | Campaign]
    said: str
    button: str = "btn-plain"
    confirm: str = "btn-primary"
    at_once: bool = False
    instead: str = ""  # what is left to do after a move that cannot be undone


def _accept(filed: ProductionRequest, answers: Answers, actor: User) -> Campaign:
    is_new = answers["into"] == AcceptForm.NEW
    return services.accept(
        filed,
        actor=actor,
        campaign_name=answers["name"] if is_new else "",
        campaign=None if is_new else answers["campaign"],
        provisional=is_new and answers["standing"] == AcceptForm.PROVISIONAL,
        note=answers["note"],
        meeting_on=answers["meeting_on"],
    )


PAGES: dict[str, MovePage] = {
    "submit": MovePage(
        "From then on everybody who may read the portal sees it, and every change makes a revision. "
        "It is presented at the next production meeting.",
        NothingToAsk,
        lambda filed, answers, actor: services.submit(filed, actor=actor),
        "Submitted. It is presented at the next production meeting.",
        button="btn-primary",
        at_once=True,
    ),
    "present": MovePage(
        "Notes that a production meeting saw the request. The decision may follow at once or at a later meeting.",
        NoteForm,
        lambda filed, answers, actor: services.present(
            filed, actor=actor, note=answers["note"], meeting_on=answers["meeting_on"]
        ),
        "Noted as presented. What the meeting decides can be entered now.",
        button="btn-primary",
    ),
    "accept": MovePage(
        "The request goes into a campaign, which from then on has a page of its own.",
        AcceptForm,
        _accept,
        "Accepted.",
        button="btn-primary",
        instead="a request that changes later is a new one",
    ),
    "want-changes": MovePage(
        "The request goes back to its requester, who is told your reason, changes it and submits it again.",
        ReasonForm,
        lambda filed, answers, actor: services.want_changes(filed, actor=actor, reason=answers["reason"]),
        "The requester is told what to change.",
    ),
    "decline": MovePage(
        "The request is closed. Its requester is told your reason.",
        ReasonForm,
        lambda filed, answers, actor: services.decline(filed, actor=actor, reason=answers["reason"]),
        "Declined, and the requester is told why.",
        button="btn-stop",
        confirm="btn-stop",
        instead="it can be cloned into a new request",
    ),
    "withdraw": MovePage(
        "The request is closed and leaves the review. It stays readable, with your reason.",
        ReasonForm,
        lambda filed, answers, actor: services.withdraw(filed, actor=actor, reason=answers["reason"]),
        "Withdrawn.",
        button="btn-stop",
        confirm="btn-stop",
        instead="it can be cloned into a new request",
    ),
}

DISCARDING = MovePage(
    "Nobody but its requester, the working group and coordinators has seen it.",
    NothingToAsk,
    lambda filed, answers, actor: filed,
    "",
    confirm="btn-stop",
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_move(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    """Ask for what a move needs, then make it. A move that the state no longer allows leads back and says so."""
    user = cast(User, request.user)
    if move not in MOVES:
        raise Http404
    filed, row, page = visible_request(request, pk), MOVES[move], PAGES[move]
    if not row.who(user, filed):
        raise PermissionDenied(f"{row.label}: only {row.who_in_words} may.")
    if filed.state not in row.from_states:
        messages.warning(request, f"The request is {filed.get_state_display()} by now; nothing was changed.")
        return redirect(filed)
    form = page.form(request.POST) if request.method == "POST" else page.form(initial={"meeting_on": day_proposed()})
    problems = []
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                _check_seen(filed, request.POST.get("seen", ""))
                made = page.carry_out(filed, form.cleaned_data, user)
        except Incomplete as refused:
            form.add_error(None, refused.message)
            problems = refused.problems
        except Refused as refused:
            _show(form, refused)
        else:
            messages.success(request, page.said)
            return redirect(made)
    return render(
        request,
        "requests/move.html",
        {
            "filed": filed,
            "move": row,
            "page": page,
            "form": form,
            "plain": [name for name in form.fields if name not in AcceptForm.INTO],
            "problems": problems,
            "seen": filed.version if request.method == "POST" else request.GET.get("seen", filed.version),
        },
        status=400 if request.method == "POST" else 200,
    )


def _check_seen(filed: ProductionRequest, seen: str) -> None:
    """A decision is about what the person read: one made on an older version is refused. Called in the move's transaction."""
    now = ProductionRequest.objects.select_for_update().get(pk=filed.pk)
    if seen and seen != str(now.version):
        filed.version = now.version
        raise Conflict(
            f"{now.saved_by or 'Somebody'} changed the request at {now.saved_at:%H:%M} UTC, after you opened it. "
            "Read it again, then decide; nothing was done."
        )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a draft, after asking. What was submitted is withdrawn instead, and stays readable."""
    user = cast(User, request.user)
    filed = visible_request(request, pk)
    form = NothingToAsk(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        try:
            services.discard(filed, actor=user)
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except Refused as refused:
            messages.warning(request, refused.message)
            return redirect(filed)
        messages.success(request, f"The draft {filed.title or 'without a title'} is discarded.")
        return redirect("campaigns:request-list")
    if not can_edit(user, filed):
        raise PermissionDenied("Only its requester, requesters of its working group and coordinators discard a draft.")
    if filed.state != RequestState.DRAFT:
        return redirect(filed)
    move = {"label": "Discard the draft", "is_final": True}
    return render(request, "requests/move.html", {"filed": filed, "move": move, "page": DISCARDING, "form": form})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_priority(request: HttpRequest, pk: int) -> HttpResponse:
    """Priority and wanted-by, which coordinators set."""
    user = cast(User, request.user)
    filed = visible_request(request, pk)
    if not can_review(user):
        raise PermissionDenied("Priority and wanted-by are set by coordinators.")
    form = PriorityForm(request.POST) if request.method == "POST" else PriorityForm.showing(filed)
    if request.method == "POST" and form.is_valid():
        try:
            changed = _set(filed, form.cleaned_data, user)
        except Refused as refused:
            _show(form, refused)
        else:
            messages.success(request, f"Set: {' and '.join(changed)}." if changed else "Nothing was changed.")
            return redirect(f"{filed.get_absolute_url()}#priority")
    return render(
        request, "requests/priority.html", {"filed": filed, "form": form}, status=400 if request.method == "POST" else 200
    )


def offered(moves: list[Move]) -> list[tuple[Move, MovePage]]:
    """These moves with how they are offered."""
    return [(move, PAGES[move.name]) for move in moves]


def _set(filed: ProductionRequest, answers: Answers, actor: User) -> list[str]:
    changed = []
    if answers["priority"] != filed.priority:
        services.set_priority(filed, answers["priority"], actor=actor, reason=answers["reason"])
        changed.append("priority")
    if answers["wanted_by_on"] != filed.wanted_by_on:
        services.set_wanted_by(filed, answers["wanted_by_on"], actor=actor, reason=answers["reason"])
        changed.append("wanted by")
    return changed


def _show(form: forms.Form, refused: Refused) -> None:
    """A refusal beside the field at fault, or above the form."""
    names = {"campaign_name": "name"}
    field = names.get(refused.field, refused.field)
    form.add_error(field if field in form.fields else None, refused.message)
