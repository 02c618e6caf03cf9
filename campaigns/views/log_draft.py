"""What the script of the form asks for while one writes: keeping the draft, its files, and how the text will look."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from campaigns.log.difference import difference
from campaigns.log.drafts import OtherDraft, clean_content, draft_of, drop_file, put_file, save_draft
from campaigns.log.rendering import preview
from campaigns.log.rules import NEEDS_A_ROLE, can_reply
from campaigns.models import Campaign, LogDraft, LogDraftFile
from campaigns.views.request_form import json_of_people
from campaigns.views.steps import campaign_of
from portal.errors import NotAllowed, Refused
from portal.markdown import OwnFile
from portal.models import User
from portal.serving import hand_out

LONGEST_PREVIEW = 120_000
LARGEST_SENT = 1_000_000  # bytes of JSON


@require_POST
@json_of_people
def log_draft(request: HttpRequest, slug: str) -> HttpResponse:
    """JSON {about, version, content} → {version, saved_at}; 409 with the other text when another window saved since."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    sent = _json(request)
    version, about = sent.get("version"), sent.get("about")
    if not isinstance(version, int) or isinstance(version, bool) or not isinstance(about, str):
        raise Refused("the browser sent no draft. Load the page anew.")
    _check_may_write(user)
    content = clean_content(sent.get("content"))
    try:
        draft = save_draft(campaign, actor=user, about=about, content=content, version=version)
    except OtherDraft as refused:
        return JsonResponse(_clash(refused.draft, content.get("body", "")), status=409)
    return JsonResponse({"version": draft.version, "saved_at": draft.saved_at})


@require_POST
@json_of_people
def log_draft_files(request: HttpRequest, slug: str) -> HttpResponse:
    """One file of the form field `file` → {name, reference, html}: the list of the draft's files, and how a text names this."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    about, file = request.POST.get("about", ""), request.FILES.get("file")
    _check_may_write(user)
    if file is None:
        raise Refused("the browser sent no file.")
    kept = put_file(campaign, actor=user, about=about, file=file)
    html = _file_list(request, campaign, user, about)
    return JsonResponse({"name": kept.name, "reference": reference_of(kept), "html": html})


@require_POST
@login_required
def log_draft_drop(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Take a file away; answers with the list of those that are left."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    about = request.POST.get("about", "")
    if not can_reply(user):
        raise PermissionDenied(NEEDS_A_ROLE)
    take_away(campaign, user, about, pk)
    return HttpResponse(_file_list(request, campaign, user, about))


@require_safe
@login_required
def log_draft_file(request: HttpRequest, slug: str, pk: int) -> FileResponse:
    """A file of one's own draft; nobody else sees it before it is in the log."""
    campaign = campaign_of(request, slug)
    file = get_object_or_404(LogDraftFile, pk=pk, draft__campaign=campaign, draft__user=cast(User, request.user))
    return hand_out(file.file, file.name, file.content_type, made_anew=file.is_picture)


@require_POST
@login_required
def log_preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The text as it will look, as a fragment."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if not can_reply(user):
        raise PermissionDenied(NEEDS_A_ROLE)
    draft = draft_of(campaign, user, request.POST.get("about", "")[:40])
    html = preview_of(request.POST.get("body", ""), list(draft.files.all()) if draft else [])
    return render(request, "log/_preview.html", {"preview": html})


def preview_of(body: str, files: Sequence[LogDraftFile]) -> SafeString:
    """The HTML of a text and the files that were put with it; '' for no text."""
    own = {file.name: OwnFile(url := _address(file), url if file.is_picture else "") for file in files}
    text = body[:LONGEST_PREVIEW]
    return preview(text, own) if text.strip() else SafeString("")


def take_away(campaign: Campaign, user: User, about: str, pk: int) -> None:
    """Only from one's own draft; one that is gone already is no error."""
    file = LogDraftFile.objects.filter(pk=pk, draft__campaign=campaign, draft__user=user, draft__about=about).first()
    if file is not None:
        drop_file(file)


def reference_of(file: LogDraftFile) -> str:
    """How a text names the file: a picture is shown, anything else is a link."""
    words = file.name.rpartition(".")[0].replace("[", "(").replace("]", ")") or file.name
    where = "file:" + urlencode({"": file.name}).removeprefix("=").replace("+", "%20").replace("(", "%28").replace(")", "%29")
    return f"{'!' if file.is_picture else ''}[{words}]({where})"


def _check_may_write(user: User) -> None:
    if not can_reply(user):
        raise NotAllowed(NEEDS_A_ROLE)


def _address(file: LogDraftFile) -> str:
    return reverse("campaigns:log-draft-file", args=[file.draft.campaign.slug, file.pk])


def _file_list(request: HttpRequest, campaign: Campaign, user: User, about: str) -> str:
    draft = draft_of(campaign, user, about)
    files = list(draft.files.all()) if draft else []
    return render_to_string("log/_draft_files.html", {"campaign": campaign, "files": files}, request) if files else ""


def _clash(draft: LogDraft, mine: str) -> dict[str, Any]:
    theirs = draft.content.get("body", "")
    context = {"draft": draft, "pieces": difference(theirs, mine), "is_gone": not draft.content}
    return {
        "html": render_to_string("log/_clash.html", context),
        "version": draft.version,
        "content": draft.content,
    }


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        sent = json.loads(request.body) if len(request.body) <= LARGEST_SENT else None
    except (ValueError, RecursionError):
        sent = None
    return sent if isinstance(sent, dict) else {}
