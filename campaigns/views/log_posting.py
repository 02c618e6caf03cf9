"""One press of a button of a form in which a text is written: a log's entry, a check, a handover. Send it, look at it, keep it,
take a file away, or throw all away.

Nothing typed is lost by a refusal: it comes back in the form, files stay with the draft, and the draft is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Protocol

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from campaigns.log.difference import Piece, difference
from campaigns.log.drafts import OtherDraft, clear_draft, draft_of, put_file, save_draft
from campaigns.log.errors import Newer
from campaigns.models import LogEntry
from campaigns.views.log import number_of
from campaigns.views.log_draft import preview_of, take_away
from campaigns.views.log_form import TextForm
from portal.errors import Conflict, Invalid, NotAllowed, Refused

ONCE_SECONDS = 86_400


class Show(Protocol):
    """Shows the page of a form; `pieces` is how its text differs from what was saved elsewhere."""

    def __call__(self, *, status: int = 200, pieces: list[Piece] | None = None) -> HttpResponse: ...


def posted(request: HttpRequest, form: TextForm, *, write: Callable[[], str], show: Show, back: str) -> HttpResponse:
    """Do what the button says. `write` sends the text and returns where that leads; `back` is where throwing away leads."""
    campaign, user, about = form.campaign, form.user, form.about
    action = request.POST.get("action", "write")
    for file in request.FILES.getlist("files"):
        try:
            put_file(campaign, actor=user, about=about, file=file)
        except Invalid as refused:
            form.file_errors.append(refused.message)
    dropped = number_of(request.POST.get("drop"))
    if dropped:
        take_away(campaign, user, about, dropped)
    if request.FILES or dropped:
        form.use_draft(draft_of(campaign, user, about))
    if dropped:
        return show()
    if action == "discard":
        clear_draft(campaign, actor=user, about=about)
        messages.info(request, "Thrown away.")
        return redirect(back)
    if action == "preview":
        form.preview = preview_of(form.typed["body"], form.files_kept)
        return show()
    if action == "keep":
        return _kept(request, form, show)
    if form.file_errors or not form.is_valid():
        return _refused(request, form, show, 400)
    try:
        leads_to = write()
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Newer as refused:
        return _newer(request, form, show, refused)
    except Refused as refused:
        if refused.field == "files":
            form.file_errors.append(refused.message)
        else:
            form.refuse(refused)
        return _refused(request, form, show, 409 if isinstance(refused, Conflict) else 400)
    seen = form.cleaned_data["draft_version"]
    clear_draft(campaign, actor=user, about=about, version=form.version_shown if seen is None else seen)
    return redirect(leads_to)


def once(form: TextForm, write: Callable[[dict[str, Any]], LogEntry]) -> LogEntry:
    """Let `write` make the entry, with data that names the form; the same form sent twice makes one."""
    token = form.cleaned_data["token"]
    name = f"log-form-{form.user.pk}-{token}"
    if token and not cache.add(name, True, timeout=ONCE_SECONDS):
        since = timezone.now() - timedelta(seconds=ONCE_SECONDS)
        own = LogEntry.objects.filter(campaign=form.campaign, author=form.user, written_at__gte=since)
        there = own.filter(data__form=token).select_related("campaign").first()
        if there is not None:
            return there
        raise Conflict("This was sent a moment ago and is being written. Look at the log before you send it again.")
    try:
        return write({"form": token} if token else {})
    except BaseException:
        cache.delete(name)
        raise


def clash_pieces(form: TextForm) -> list[Piece] | None:
    """How what was typed differs from what another window saved, where one did."""
    return difference(form.clash.draft.content.get("body", ""), form.typed["body"]) if form.clash else None


def _kept(request: HttpRequest, form: TextForm, show: Show) -> HttpResponse:
    """The button that keeps the draft where no script does."""
    version = number_of(request.POST.get("over") or request.POST.get("draft_version"))
    try:
        save_draft(form.campaign, actor=form.user, about=form.about, content=form.typed, version=version)
    except OtherDraft as refused:
        form.clash = refused
        return show(status=409)
    messages.success(request, "Kept as a draft; nobody else sees it.")
    return redirect(form.sends_to)


def _refused(request: HttpRequest, form: TextForm, show: Show, status: int) -> HttpResponse:
    """With all that was typed, which is kept as the draft as well."""
    with suppress(Refused):
        draft = save_draft(
            form.campaign, actor=form.user, about=form.about, content=form.typed,
            version=number_of(request.POST.get("draft_version")),
        )  # fmt: skip
        form.version_shown, form.is_kept = draft.version, bool(draft.content)
    return show(status=status)


def _newer(request: HttpRequest, form: TextForm, show: Show, refused: Newer) -> HttpResponse:
    """It was edited elsewhere: both texts, and the next press of the button puts this one in the place of that."""
    form.data = {**{name: request.POST[name] for name in request.POST}, "base": str(refused.version)}
    form.add_error(None, f"{refused.message} The button puts your text in the place of version {refused.version}.")
    return show(status=409, pieces=difference(refused.body, form.typed["body"]))
