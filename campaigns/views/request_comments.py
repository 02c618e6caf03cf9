"""The discussion of a request: saying something, looking at it before, and fetching a file."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.models import Attachment, ProductionRequest, RequestComment
from campaigns.requests import services
from campaigns.requests.rules import can_comment
from campaigns.review_forms import CommentForm
from campaigns.templatetags.request_tags import comment_html
from campaigns.views.request_page import visible_request
from portal.errors import Refused
from portal.markdown import names_mentioned
from portal.models import User
from portal.serving import hand_out


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_comment(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something on a request, or (with `preview`) see how it will look. What was typed is never lost on an error."""
    user = cast(User, request.user)
    filed = visible_request(request, pk)
    if not can_comment(user):
        raise PermissionDenied("Taking part in the discussion needs a role, for example requesters.")
    parent = _parent(request, filed)
    form = CommentForm(request.POST if request.method == "POST" else None)
    files = request.FILES.getlist("files")
    wants_preview = "preview" in request.POST
    if wants_preview and request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(_preview(request.POST.get("text", "")))
    if request.method == "POST" and form.is_valid() and not wants_preview:
        try:
            comment = services.comment(filed, form.cleaned_data["text"], actor=user, parent=parent, files=files)
        except Refused as refused:
            form.add_error("text", refused.message)
        else:
            messages.success(request, "Your reply is there." if parent else "Your comment is there.")
            return redirect(f"{filed.get_absolute_url()}#comment-{comment.pk}")
    return render(
        request,
        "requests/comment.html",
        {
            "filed": filed,
            "form": form,
            "parent": parent,
            "preview": _preview(request.POST.get("text", "")) if wants_preview else "",
            "had_files": bool(files),
        },
        status=400 if request.method == "POST" and not wants_preview else 200,
    )


@require_safe
def request_file(request: HttpRequest, pk: int, file_pk: int) -> FileResponse:
    """A file of the discussion, always as a download: what people upload is never shown under our address."""
    filed = visible_request(request, pk)
    attachment = get_object_or_404(Attachment, pk=file_pk, comment__request=filed)
    return hand_out(attachment.file, attachment.name, attachment.content_type)


def _parent(request: HttpRequest, filed: ProductionRequest) -> RequestComment | None:
    """The comment that is replied to; threads are one level deep, so a reply to a reply goes beside it."""
    asked = request.POST.get("parent") or request.GET.get("parent") or ""
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise Http404
    found = get_object_or_404(RequestComment.objects.select_related("author", "parent__author"), pk=int(asked), request=filed)
    return found.parent or found


def _preview(text: str) -> str:
    """The text as it will look; names are marked if there are such people."""
    names = names_mentioned(text[:20_000])[:50]
    people = User.objects.filter(username__in=names, is_active=True).values_list("username", flat=True) if names else []
    return comment_html(text[:20_000], list(people)) if text.strip() else "Nothing to show yet."
