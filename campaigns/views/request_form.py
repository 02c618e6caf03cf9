"""The request form: new, edit, and what its script asks for while one types (autosave, check, side by side).

A plain POST carries the whole form and the button that was pressed (`action`); the script sends the same content as JSON.
Both name the version they began from, so that nobody overwrites another's change unseen; what is refused comes back as typed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.models import ProductionRequest, RequestState
from campaigns.requests.errors import Incomplete, Stale
from campaigns.requests.rules import CLOSED, can_clone, can_create, can_edit
from campaigns.requests.services import change, create_request, save_draft, submit
from campaigns.requests.shape import Content, clean, empty
from campaigns.views import request_fields, request_merge, request_tokens
from campaigns.views.request_answers import Answer, answer, needed, words_of
from campaigns.views.request_posted import act, content_of
from portal.errors import NotAllowed, Refused
from portal.models import User

STATES = {
    RequestState.DRAFT: "todo",
    RequestState.SUBMITTED: "running",
    RequestState.PRESENTED: "running",
    RequestState.CHANGES_WANTED: "warning",
}
WHO_CREATES = "Filing a request needs the role requesters. Ask an administrator to give it to you."


@dataclass
class Typed:
    """What stands in the form and what it began from: `base` is the content of `version`, to compare others' changes with."""

    content: Content
    version: int
    base: Content
    token: str


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_new(request: HttpRequest) -> HttpResponse:
    """An empty form. The first save makes the draft; sent again (its answer was lost, Back was pressed) it finds that draft."""
    user = cast(User, request.user)
    if not can_create(user):
        raise PermissionDenied(WHO_CREATES)
    if request.method == "POST" and request.content_type == "application/json":
        return json_of_people(_autosave)(request, None)
    if request.method != "POST":
        return _page(request, None, Typed(_first(user), 0, empty(), request_tokens.new()))
    made = request_tokens.record_of(request, request.POST.get("token", ""))
    return _posted(request, made if made and can_edit(user, made) else None, first_version=1)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def request_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = cast(User, request.user)
    record = get_object_or_404(ProductionRequest.objects.visible_to(user).for_list(), pk=pk)
    if not can_edit(user, record):
        if record.state in CLOSED:
            messages.info(request, f"Request {pk} is {record.get_state_display()}; it is changed no more. It may be cloned.")
            return redirect(record)
        raise PermissionDenied(
            f"Request {pk} is changed by its requester, requesters of its working group and coordinators. "
            "You may comment on it, or clone it."
        )
    if request.method == "POST":
        return _posted(request, record)
    content = clean(record.content)
    return _page(request, record, Typed(content, record.version, content, request_tokens.token_of(request, pk)))


def _first(user: User) -> Content:
    """What an empty form says: the working group of a person who has one only."""
    names = list(user.working_groups.filter(is_active=True).values_list("name", flat=True)[:2])
    return empty() | {"working_group": names[0] if len(names) == 1 else ""}


def _posted(request: HttpRequest, record: ProductionRequest | None, *, first_version: int = 0) -> HttpResponse:
    """One press of a button. What is not about saving draws the form again with all that was typed."""
    user = cast(User, request.user)
    posted = request.POST
    typed = Typed(
        clean(content_of(posted)),
        _number(posted.get("version")) or first_version,
        _base(posted.get("base")),
        posted.get("token", "")[:64] or request_tokens.new(),
    )
    action = posted.get("action", "save")
    verb, _, rest = action.partition(":")
    if verb in ("add", "remove", "up", "down"):
        return _page(request, record, typed, focus=act(typed.content, action))
    if verb == "beside":
        return _page(request, record, typed, beside=_beside(user, typed.content, _number(rest)))
    if action == "check":
        return _page(request, record, typed, show_missing=True)
    is_new = record is None
    try:
        if action == "merge" and record is not None:
            typed = _merged(record, typed, posted)
        if action == "import" and record is not None and record.state != RequestState.DRAFT:
            return _import_of_revision(request, record, typed)
        record = _save(record, typed, actor=user)
        if is_new:
            request_tokens.keep(request, typed.token, record.pk)
        typed.version, typed.base = record.version, typed.content
        if action == "submit" and record.state in (RequestState.DRAFT, RequestState.CHANGES_WANTED):
            record = submit(record, actor=user)
            messages.success(request, f"Request {record.pk} is submitted. It is presented at the next production meeting.")
            return redirect(record)
    except Stale as stale:
        return _page(request, record, typed, stale=stale, status=409)
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Incomplete as incomplete:
        return _page(request, record, typed, refused=incomplete, show_missing=True)
    except Refused as refused:
        return _page(request, record, typed, refused=refused)
    if action == "import":
        return redirect("campaigns:request-import", record.pk)
    if action == "leave":
        messages.success(request, f"The draft of request {record.pk} is kept.")
        return redirect("campaigns:request-list")
    messages.success(request, f"Request {record.pk} is saved.")
    return redirect(record if record.state != RequestState.DRAFT else reverse("campaigns:request-edit", args=[record.pk]))


def _save(record: ProductionRequest | None, typed: Typed, *, actor: User) -> ProductionRequest:
    """Keep what was typed: as a draft, or as a revision once it was submitted."""
    if record is None:
        return create_request(actor=actor, content=typed.content)
    if record.state == RequestState.DRAFT:
        return save_draft(record, typed.content, actor=actor, version=typed.version)
    return change(record, typed.content, actor=actor, version=typed.version)


def _merged(record: ProductionRequest, typed: Typed, posted: Any) -> Typed:
    """What the reader chose of both, to be saved over the version that was shown. Choices of no other line are looked at."""
    record.refresh_from_db()
    theirs = clean(record.content)
    asked = request_merge.choices(typed.base, theirs, typed.content)
    picks = {choice.path: posted.get(f"pick.{choice.path}", choice.pick) for choice in asked}
    seen = _number(posted.get("their_version"))
    if seen != record.version:  # a third change came: show that one too, nothing is put together yet
        return typed
    return Typed(request_merge.merge(theirs, typed.content, picks), seen, theirs, typed.token)


def _import_of_revision(request: HttpRequest, record: ProductionRequest, typed: Typed) -> HttpResponse:
    """Importing makes a revision by itself, so that changes on this page come first."""
    if typed.content == clean(record.content):
        return redirect("campaigns:request-import", record.pk)
    refused = Refused("Save your changes first, then import: an import makes a revision of its own.")
    return _page(request, record, typed, refused=refused)


def _page(
    request: HttpRequest,
    record: ProductionRequest | None,
    typed: Typed,
    *,
    focus: str = "",
    show_missing: bool = False,
    refused: Refused | None = None,
    stale: Stale | None = None,
    beside: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    user = cast(User, request.user)
    said = answer(typed.content, user=user, record=record)
    problems = said.problems + (said.reading.missing if show_missing else [])
    words = words_of(said.reading)
    state = RequestState(record.state) if record else RequestState.DRAFT
    saved = clean(record.content) if record else _first(user)
    context = {
        "record": record,
        "heading": f"Edit request {record.pk}" if record else "New request",
        "state": (STATES.get(state, "unknown"), state.label),
        "mode": "draft" if state == RequestState.DRAFT else "revision",
        "primary": "Submit request" if state in (RequestState.DRAFT, RequestState.CHANGES_WANTED) else "Save changes",
        "needed": _what_comes(state, said),
        "form": request_fields.build(typed.content, problems, words, focus=focus),
        "words": words,
        "reading": said.reading,
        "items": _items(said),
        "share": f"{12.5 * said.reading.n_complete:g}",
        "alike": said.alike,
        "refused": refused.message if refused else "",
        "refused_items": [one for one in _items(said) if one["state"] in ("bad", "todo")] if show_missing else [],
        "beside": beside,
        "choices": None,
        "version": typed.version,
        "base_json": json.dumps(typed.base),
        "token": typed.token,
        "unsaved": typed.content != saved,
        "may_clone": can_clone(user),
    }
    if stale is not None:
        context |= _conflict(stale, typed)
    return render(request, "requests/form.html", context, status=status)


def _what_comes(state: RequestState, said: Answer) -> str:
    if state in (RequestState.DRAFT, RequestState.CHANGES_WANTED):
        return needed(said.reading)
    return "Saving makes a new revision; reviewers see what changed."


def _items(said: Answer) -> list[dict[str, Any]]:
    """The checklist's lines; `target` is the id of the field that a line leads to."""
    return [
        {
            "number": item.number, "title": item.title, "path": item.path, "state": item.state, "words": item.words,
            "target": "f-" + item.path.replace(".", "-"),
        }
        for item in said.items
    ]  # fmt: skip


def _conflict(stale: Stale, typed: Typed) -> dict[str, Any]:
    base = clean(stale.base) if stale.base is not None else typed.base
    typed.base = base
    return {
        "current": stale.current,
        "by": str(stale.current.saved_by or ""),
        "choices": request_merge.choices(base, clean(stale.current.content), typed.content),
        "base_json": json.dumps(base),
    }


def _beside(user: User, content: Content, pk: int) -> dict[str, Any]:
    other = get_object_or_404(ProductionRequest.objects.visible_to(user).for_list(), pk=pk)
    lines = request_merge.side_by_side(content, clean(other.content))
    return {"other": other, "lines": lines, "n_same": sum(line.same for line in lines)}


# --- what the script asks for ---


def json_of_people(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A JSON address for people who are logged in: says in words when they no longer are, instead of sending a log-in page."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            said = "Not saved: you are logged out. What you typed is kept in this browser and saved once you are back in."
            return JsonResponse({"error": said, "login": True}, status=401)
        try:
            return view(request, *args, **kwargs)
        except NotAllowed as refused:
            return JsonResponse({"error": f"Not saved: {refused.message}"}, status=403)
        except Refused as refused:
            return JsonResponse({"error": f"Not saved: {refused.message}", "field": refused.field}, status=400)

    return answered


@require_POST
@json_of_people
def request_autosave(request: HttpRequest, pk: int) -> HttpResponse:
    """JSON {version, content, base, tried} → {version, saved_at, content, reading …}, or 409 with what another changed."""
    user = cast(User, request.user)
    record = ProductionRequest.objects.visible_to(user).for_list().filter(pk=pk).first()
    if record is None:
        return JsonResponse({"error": f"Not saved: there is no request {pk} any more that you may see."}, status=404)
    if not can_edit(user, record):
        raise NotAllowed(f"request {pk} is {record.get_state_display()}, and you may not change it now.")
    if record.state != RequestState.DRAFT:
        raise Refused(f"somebody submitted request {pk}. Load the page anew to change it as a revision.")
    return _autosave(request, record)


def _autosave(request: HttpRequest, record: ProductionRequest | None) -> HttpResponse:
    user = cast(User, request.user)
    body = _body(request)
    token = str(body.get("token", ""))[:64]
    if not token.isascii():  # none of ours; JSON may hold half a character, which no page can show
        token = ""
    if not isinstance(body.get("content"), dict):
        raise Refused("the browser sent no content. Load the page anew.")
    typed = Typed(clean(body["content"]), _number(body.get("version")), _base(body.get("base")), token)
    if record is None and (record := request_tokens.record_of(request, token)) is not None:
        typed.version = typed.version or 1  # it was made by a save whose answer never arrived
    is_new = record is None
    try:
        record = _save(record, typed, actor=user)
    except Stale as stale:
        tried = body["tried"] if isinstance(body.get("tried"), list) else []
        if stale.current.saved_by != user or clean(stale.current.content) not in map(clean, tried[:5]):
            return _stale_answer(stale, typed)
        typed.version = stale.current.version  # the save before this one had arrived, only its answer was lost
        record = _save(stale.current, typed, actor=user)
    if is_new and token:
        request_tokens.keep(request, token, record.pk)
    return JsonResponse(
        answer(typed.content, user=user, record=record).as_json()
        | {
            "pk": record.pk,
            "version": record.version,
            "saved_at": record.saved_at.isoformat(),
            "content": clean(record.content),
            "edit": reverse("campaigns:request-edit", args=[record.pk]),
            "autosave": reverse("campaigns:request-autosave", args=[record.pk]),
        }
    )


def _stale_answer(stale: Stale, typed: Typed) -> JsonResponse:
    current = stale.current
    return JsonResponse(
        {
            "error": stale.message,
            "version": current.version,
            "content": clean(current.content),
            "by": str(current.saved_by or ""),
            "at": current.saved_at.isoformat(),
            "changes": [vars(one) for one in stale.changed],
            "html": render_to_string("requests/form_conflict.html", _conflict(stale, typed)),
        },
        status=409,
    )


@require_POST
@json_of_people
def request_check(request: HttpRequest) -> HttpResponse:
    """JSON {content, pk} → what the portal says of it; nothing is saved."""
    body = _body(request)
    user = cast(User, request.user)
    record = ProductionRequest.objects.visible_to(user).filter(pk=_number(body.get("pk"))).first()
    said = answer(clean(body.get("content")), user=user, record=record)
    told = said.as_json()
    if record is not None:
        told["needed"] = _what_comes(RequestState(record.state), said)
    return JsonResponse(told)


@require_POST
@json_of_people
def request_beside(request: HttpRequest, pk: int) -> HttpResponse:
    """JSON {content} → what is typed and request `pk` side by side, as a piece of the page."""
    user = cast(User, request.user)
    if not ProductionRequest.objects.visible_to(user).filter(pk=pk).exists():
        return HttpResponseNotFound()
    return render(request, "requests/form_beside.html", _beside(user, clean(_body(request).get("content")), pk))


def _body(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError) as error:  # the second: brackets within brackets without end
        raise Refused("the browser sent no JSON. Load the page anew.") from error
    if not isinstance(body, dict):
        raise Refused("the browser sent no JSON object. Load the page anew.")
    return body


def _base(text: object) -> Content:
    """The content that a form began from, as it carries it along; an empty one if it was spoilt on the way."""
    try:
        return clean(json.loads(text)) if isinstance(text, str) else empty()
    except (ValueError, RecursionError):
        return empty()


def _number(text: object) -> int:
    return int(str(text)) if str(text).isascii() and str(text).isdigit() and len(str(text)) < 10 else 0
