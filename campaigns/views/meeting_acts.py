"""What coordinators do to meetings by a form: plan, edit, move, cancel, write minutes; and their series."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from campaigns.campaign_forms import SettingsForm
from campaigns.meeting_forms import CancelForm, MeetingForm, MinutesForm, SeriesForm
from campaigns.meetings.page import items_of
from campaigns.meetings.rules import LEADING, can_run
from campaigns.meetings.series import change_series, make_series
from campaigns.meetings.services import (
    NewerMinutes,
    cancel_meeting,
    change_meeting,
    plan_meeting,
    restore_meeting,
    write_minutes,
)
from campaigns.models import ItemState, Meeting, MeetingSeries
from campaigns.views.meetings import meeting_of
from portal.errors import NotAllowed, Refused
from portal.models import User
from portal.wording import joined

View = Callable[..., HttpResponse]


def for_those_who_run(view: View) -> View:
    """The view of an address that coordinators use, called with the person; others are refused, in words."""

    @login_required
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def checked(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not can_run(request.user):
            raise PermissionDenied(LEADING)
        return view(request, user=cast(User, request.user), **kwargs)

    return checked


@for_those_who_run
def meeting_new(request: HttpRequest, user: User) -> HttpResponse:
    """A meeting of no series."""
    last = Meeting.objects.exclude(where="").order_by("-starts_at").values_list("where", flat=True).first() or ""
    form = MeetingForm(request.POST) if request.method == "POST" else MeetingForm.blank(user, timezone.now(), last)
    form.fields.pop("reason", None)
    made: list[Meeting] = []
    if _taken(request, form, lambda: made.append(plan_meeting(form.cleaned_data, actor=user))):
        messages.success(request, f"{made[0]} is planned.")
        return redirect(made[0])
    return _show(request, form, title="Plan a meeting", button="Plan it", lede=NEW)


@for_those_who_run
def meeting_edit(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Another title, place or time."""
    meeting = meeting_of(pk)
    if meeting.is_cancelled:
        messages.info(request, f"{meeting} is cancelled. Say first that it takes place after all.")
        return redirect(meeting)
    form = MeetingForm.of(meeting, request.POST if request.method == "POST" else None)
    changed: list[str] = []

    def carry_out() -> None:
        reason = form.cleaned_data["reason"]
        values = {name: value for name, value in form.changed().items() if name != "reason"}
        changed.extend(change_meeting(meeting, values, actor=user, reason=reason, seen=form.seen()))

    if _taken(request, form, carry_out):
        messages.success(request, f"Set: {joined(changed)}." if changed else "Nothing was changed.")
        return redirect(meeting)
    lede = EDIT + (OF_SERIES if meeting.series_id and not meeting.is_edited else "")
    return _show(request, form, meeting=meeting, title="Edit or move", button="Save", lede=lede)


@for_those_who_run
def meeting_cancel(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """It does not take place."""
    meeting = meeting_of(pk)
    form = CancelForm(request.POST if request.method == "POST" else None, part="cancel")
    if _taken(request, form, lambda: cancel_meeting(meeting, actor=user, reason=form.cleaned_data["reason"])):
        messages.success(request, f"{meeting} is cancelled. It can be undone on this page.")
        return redirect(meeting)
    if meeting.is_cancelled:
        messages.info(request, f"{meeting} is cancelled already.")
        return redirect(meeting)
    return _show(request, form, meeting=meeting, title="Cancel the meeting", button="Cancel it", lede=CANCEL, is_stop=True)


@for_those_who_run
def meeting_restore(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """It takes place after all."""
    meeting = meeting_of(pk)
    if request.method == "POST":
        try:
            restore_meeting(meeting, actor=user)
        except Refused as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, f"{meeting} takes place after all.")
    return redirect(meeting)


@for_those_who_run
def meeting_minutes(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Write the minutes. When somebody wrote them since, what they say now stands beside what was typed."""
    meeting, newer = meeting_of(pk), None
    if request.method == "POST":
        form = MinutesForm(request.POST, part="minutes")
    else:
        text = meeting.minutes or _beginning(meeting)
        form = MinutesForm(part="minutes", initial={"text": text, "version": meeting.minutes_version})

    def carry_out() -> None:
        nonlocal newer
        try:
            write_minutes(meeting, actor=user, text=form.cleaned_data["text"], version=form.cleaned_data["version"])
        except NewerMinutes as other:
            newer = other
            form.data = {**form.data.dict(), "version": str(other.version)}  # type: ignore[attr-defined] # sent again, it is meant
            raise

    if _taken(request, form, carry_out):
        messages.success(request, "The minutes are saved.")
        return redirect(f"{meeting.get_absolute_url()}#minutes")
    return _show(request, form, meeting=meeting, title="Minutes", button="Save the minutes", newer=newer)


# --- series ---


@for_those_who_run
def meeting_series_new(request: HttpRequest, user: User) -> HttpResponse:
    form = SeriesForm(request.POST) if request.method == "POST" else SeriesForm.blank(user, timezone.now())
    made: list[MeetingSeries] = []
    if _taken(request, form, lambda: made.append(make_series(form.cleaned_data, actor=user))):
        messages.success(request, f"{made[0]} has its meetings of the next eight weeks.")
        return redirect("campaigns:meeting-list")
    return _show(request, form, title="A series of meetings", button="Make it", lede=SERIES)


@for_those_who_run
def meeting_series(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Change a series; its coming meetings follow."""
    series = get_object_or_404(MeetingSeries, pk=pk)
    form = SeriesForm.of(series, request.POST if request.method == "POST" else None)
    changed: list[str] = []
    if _taken(request, form, lambda: changed.extend(change_series(series, form.changed(), actor=user, seen=form.seen()))):
        messages.success(request, f"Set: {joined(changed)}. Coming meetings follow." if changed else "Nothing was changed.")
        return redirect("campaigns:meeting-list")
    history = list(series.events.select_related("actor")[:20])
    return _show(request, form, title=series.name, button="Save", lede=FOLLOWS, history=history)


# --- what they share ---

NEW = "A meeting that was held already may be planned, too, so that its decisions have a page."
EDIT = "Calendars that show it follow, and who put something on its agenda is told when it is moved."
OF_SERIES = " From then on it does not follow its series."
CANCEL = "Its page and its agenda stay. It can be undone."
SERIES = "Its meetings are made eight weeks ahead, at the same local time in summer and winter. Each can be moved or cancelled."
FOLLOWS = "Coming meetings that nobody changed follow; those that were moved, cancelled or held stay as they are."


def _taken(request: HttpRequest, form: SettingsForm, carry_out: Callable[[], object]) -> bool:
    """Whether the form was sent, can be read and was carried out; else it shows what is wrong."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        carry_out()
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        return False
    return True


def _show(request: HttpRequest, form: SettingsForm, **context: Any) -> HttpResponse:
    status = 400 if request.method == "POST" else 200
    return render(request, "meetings/meeting_form.html", {"form": form, **context}, status=status)


def _beginning(meeting: Meeting) -> str:
    """With what minutes begin: who was there, then each item."""
    titles = [item.title for item in items_of(meeting) if item.state != ItemState.WITHDRAWN]
    return "\n\n".join(["Present: ", *(f"### {title}\n" for title in titles)])
