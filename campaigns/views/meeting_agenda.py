"""What people do to the agenda and the actions of a meeting: each address leads back to the meeting's page, or shows
its form again with what is wrong beside what was typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from campaigns.meeting_forms import ActionForm, ItemForm
from campaigns.meetings.actions import add_action, change_action, finish_action, reopen_action
from campaigns.meetings.agenda import (
    change_item,
    close_item,
    move_item,
    postpone_item,
    propose_item,
    reopen_item,
    withdraw_item,
)
from campaigns.meetings.rules import LEADING, NEEDS_A_ROLE, can_change_item, can_propose, can_run
from campaigns.models import AgendaItem, Meeting, MeetingAction
from campaigns.step_forms import StepForm
from campaigns.views.meetings import meeting_of
from portal.errors import NotAllowed, Refused
from portal.models import User

Act = Callable[[AgendaItem, User], object]
ACTS: dict[str, tuple[Act, str]] = {  # what each does, and what is said then
    "done": (lambda item, user: close_item(item, actor=user), "“{item}” was dealt with."),
    "postpone": (lambda item, user: postpone_item(item, actor=user), "“{item}” goes on at the next meeting."),
    "withdraw": (lambda item, user: withdraw_item(item, actor=user), "“{item}” is taken from the agenda. It can be put back."),
    "reopen": (lambda item, user: reopen_item(item, actor=user), "“{item}” is on the agenda again."),
    "up": (lambda item, user: move_item(item, actor=user, up=True), ""),
    "down": (lambda item, user: move_item(item, actor=user, up=False), ""),
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Put something on the agenda."""
    user, meeting = cast(User, request.user), meeting_of(pk)
    if not can_propose(user):
        raise PermissionDenied(NEEDS_A_ROLE)
    form = ItemForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and _taken(form, lambda: propose_item(meeting, actor=user, **form.cleaned_data)):
        messages.success(request, "It is on the agenda.")
        return redirect(f"{meeting.get_absolute_url()}#items")
    return _show(request, form, meeting, "Put something on the agenda", "Put it on the agenda")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_edit(request: HttpRequest, pk: int, item: int) -> HttpResponse:
    """Let an item say something else."""
    user, one = cast(User, request.user), _item(pk, item)
    if not can_change_item(user, one):
        raise PermissionDenied(f"“{one.title}” is changed by {one.added_by}, who put it on the agenda, and by coordinators.")
    form = ItemForm(request.POST if request.method == "POST" else None, user=user, item=one)
    if request.method == "POST" and _taken(form, lambda: change_item(one, actor=user, **form.cleaned_data)):
        messages.success(request, "Saved.")
        return redirect(f"{one.meeting.get_absolute_url()}#items")
    return _show(request, form, one.meeting, "Edit the item")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_act(request: HttpRequest, pk: int, item: int, act: str) -> HttpResponse:
    """One press of a button beside an item."""
    if act not in ACTS:
        raise Http404
    one = _item(pk, item)
    carry_out, says = ACTS[act]
    return _pressed(request, one.meeting, "items", lambda user: carry_out(one, user), says.format(item=one.title))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Note what somebody takes on."""
    user, meeting = cast(User, request.user), meeting_of(pk)
    if not can_run(user):
        raise PermissionDenied(LEADING)
    form = ActionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and _taken(form, lambda: add_action(meeting, actor=user, **form.cleaned_data)):
        messages.success(request, f"It is noted, and {form.cleaned_data['responsible']} is told.")
        return redirect(f"{meeting.get_absolute_url()}#actions")
    return _show(request, form, meeting, "Note an action", "Note it")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_edit(request: HttpRequest, pk: int, action: int) -> HttpResponse:
    """Let an open action say something else."""
    user, one = cast(User, request.user), _action(pk, action)
    if not can_run(user):
        raise PermissionDenied(LEADING)
    form = ActionForm(request.POST if request.method == "POST" else None, action=one)
    if request.method == "POST" and _taken(form, lambda: change_action(one, actor=user, **form.cleaned_data)):
        messages.success(request, "Saved.")
        return redirect(f"{one.meeting.get_absolute_url()}#actions")
    return _show(request, form, one.meeting, "Edit the action")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_finish(request: HttpRequest, pk: int, action: int) -> HttpResponse:
    """It is done."""
    one, outcome = _action(pk, action), request.POST.get("outcome", "")
    return _pressed(
        request, one.meeting, "actions", lambda user: finish_action(one, actor=user, outcome=outcome), "It is done."
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def action_reopen(request: HttpRequest, pk: int, action: int) -> HttpResponse:
    """It is not done after all."""
    one = _action(pk, action)
    return _pressed(request, one.meeting, "actions", lambda user: reopen_action(one, actor=user), "It is open again.")


# --- what they share ---


def _item(pk: int, item: int) -> AgendaItem:
    return get_object_or_404(AgendaItem.objects.select_related("meeting", "added_by"), meeting=pk, pk=item)


def _action(pk: int, action: int) -> MeetingAction:
    return get_object_or_404(MeetingAction.objects.select_related("meeting", "responsible"), meeting=pk, pk=action)


def _taken(form: StepForm, carry_out: Callable[[], object]) -> bool:
    """Whether the form could be read and was carried out; else it shows what is wrong."""
    if not form.is_valid():
        form.point_out()
        return False
    try:
        carry_out()
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        form.refuse(refused)
        return False
    return True


def _pressed(
    request: HttpRequest, meeting: Meeting, anchor: str, carry_out: Callable[[User], object], says: str
) -> HttpResponse:
    """A button without a form, which leads back to where it stood; what is refused is said there."""
    if request.method == "POST":
        try:
            carry_out(cast(User, request.user))
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except Refused as refused:
            messages.error(request, refused.message)
        else:
            if says:
                messages.success(request, says)
    return redirect(f"{meeting.get_absolute_url()}#{anchor}")


def _show(request: HttpRequest, form: StepForm, meeting: Meeting, title: str, button: str = "Save") -> HttpResponse:
    context: dict[str, Any] = {"form": form, "meeting": meeting, "title": title, "button": button}
    return render(request, "meetings/meeting_form.html", context, status=400 if request.method == "POST" else 200)
