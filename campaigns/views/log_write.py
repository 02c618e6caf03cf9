"""Writing in a log without or with script: a new entry, a reply, an edit, an addition, striking through."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.log import services
from campaigns.log.difference import Piece
from campaigns.log.drafts import draft_of, files_ready
from campaigns.log.incidents import close_incident, reopen_incident
from campaigns.log.opening import Opening, opening
from campaigns.log.reading import entry_of
from campaigns.log.rules import NEEDS_A_ROLE, can_amend, can_edit, can_reply, can_strike, kinds_for
from campaigns.log.unread import mark_read, wrote
from campaigns.models import Campaign, LogEntry, ReferenceKind
from campaigns.views.log import number_of
from campaigns.views.log_form import EntryForm, StrikeForm, TextForm, amend_form, edit_form, entry_form, reply_form
from campaigns.views.log_posting import clash_pieces, once, posted
from campaigns.views.log_shown import shown
from campaigns.views.steps import campaign_of
from portal.errors import Conflict, NotAllowed, Refused
from portal.models import User


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log_write(request: HttpRequest, slug: str) -> HttpResponse:
    """A new entry. `?kind=`, `?workflow=` and `?site=` begin one that is filled with what the portal knows."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    kinds = kinds_for(user, campaign)
    if not kinds:
        raise PermissionDenied(NEEDS_A_ROLE)
    draft = draft_of(campaign, user)
    if request.method != "POST":
        kind = request.GET.get("kind", "")
        begun = None if draft and draft.content else _opening(request.GET, campaign, kind)
        return _show(request, entry_form(campaign, user, draft, kinds, begun=begun, kind=kind))
    form = entry_form(campaign, user, draft, kinds, request.POST)
    if request.POST.get("action") == "fill":
        begun = _opening(request.POST, campaign, request.POST.get("kind", ""))
        filled = request.POST.copy()
        filled["body"] = "\n\n".join(filter(None, (begun.body, request.POST.get("body", "").strip())))
        return _show(request, entry_form(campaign, user, draft, kinds, filled))
    return _posted(request, form, lambda: _written(form))


def _written(form: EntryForm) -> LogEntry:
    """Write the entry; the same form sent twice writes it once."""
    data = form.cleaned_data
    entry = once(
        form,
        lambda named: services.write_entry(
            form.campaign, actor=form.user, kind=data["kind"], body=data["body"], happened_at=data["happened_at"],
            tags=data["tags"], workflows=data["workflows"],
            references=[
                *((ReferenceKind.SITE.value, site) for site in data["sites"]),
                *((ReferenceKind.MEETING.value, day) for day in [data["meeting"]] if day),
            ],
            files=files_ready(form.draft), data=named,
        ),
    )  # fmt: skip
    if data["read_to"]:
        mark_read(form.campaign, form.user, data["read_to"])  # whoever writes has read what stood on the page
    wrote(entry, form.user)
    return entry


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log_reply(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """A reply, which stands under the entry; it may close an incident, or reopen it."""
    user, entry = cast(User, request.user), entry_or_404(request, slug, number)
    if not can_reply(user):
        raise PermissionDenied(NEEDS_A_ROLE)
    form = reply_form(entry, user, draft_of(entry.campaign, user, f"reply-{number}"), _sent(request))

    def write() -> LogEntry:
        answer = {"close": close_incident, "reopen": reopen_incident}.get(request.POST.get("action", ""), services.reply)
        made = answer(entry, actor=user, body=form.cleaned_data["body"], files=files_ready(form.draft))
        wrote(made, user)
        return made

    return _posted(request, form, write, entry) if request.method == "POST" else _show(request, form, entry)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log_edit(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Change what one wrote, as long as that may be done; afterwards it leads to adding to it."""
    user, entry = cast(User, request.user), entry_or_404(request, slug, number)
    if not can_edit(user, entry):
        if can_amend(user, entry):
            messages.info(request, f"Entry {number} stands for longer than it may be edited. You may add to it.")
            return redirect("campaigns:log-amend", slug, number)
        raise PermissionDenied(_whose(entry, "edits"))
    form = edit_form(entry, user, draft_of(entry.campaign, user, f"edit-{number}"), _sent(request))

    def write() -> LogEntry:
        data = form.cleaned_data
        version = data["base"] or entry.version
        return services.edit_entry(
            entry, actor=user, version=version, body=data["body"], tags=data["tags"], files=files_ready(form.draft)
        )

    return _posted(request, form, write, entry) if request.method == "POST" else _show(request, form, entry)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log_amend(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Add to what one wrote, at any time."""
    user, entry = cast(User, request.user), entry_or_404(request, slug, number)
    if not can_amend(user, entry):
        raise PermissionDenied(_whose(entry, "adds to"))
    form = amend_form(entry, user, draft_of(entry.campaign, user, f"amend-{number}"), _sent(request))

    def write() -> LogEntry:
        return services.amend_entry(entry, actor=user, body=form.cleaned_data["body"], files=files_ready(form.draft))

    return _posted(request, form, write, entry) if request.method == "POST" else _show(request, form, entry)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def log_strike(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Strike an entry through, with a reason that all can read."""
    user, entry = cast(User, request.user), entry_or_404(request, slug, number)
    if not can_strike(user):
        raise PermissionDenied("Striking an entry through needs the role coordinators.")
    form = StrikeForm(_sent(request), part="strike")
    status = 400 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        try:
            services.strike_entry(entry, actor=user, reason=form.cleaned_data["reason"])
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except Refused as refused:
            form.refuse(refused)
            status = 409 if isinstance(refused, Conflict) else 400
        else:
            messages.success(request, f"Entry {number} is struck through.")
            return redirect(entry)
    [row] = shown([entry])
    context = {"campaign": entry.campaign, "current": "campaign-log", "form": form, "row": row}
    return render(request, "log/strike.html", context, status=status)


@require_safe
@login_required
def log_template(request: HttpRequest, slug: str) -> HttpResponse:
    """As JSON what an entry of this kind begins with, filled with what is known now."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if not kinds_for(user, campaign):
        raise PermissionDenied(NEEDS_A_ROLE)
    begun = _opening(request.GET, campaign, request.GET.get("kind", ""))
    return JsonResponse(
        {
            "body": begun.body,
            "tags": " ".join(begun.tags),
            "workflows": ", ".join(map(str, begun.workflows)),
            "sites": " ".join(begun.sites),
            "meeting": begun.meeting,
        }
    )


# --- what they share ---


def _posted(request: HttpRequest, form: TextForm, write: Callable[[], LogEntry], entry: LogEntry | None = None) -> HttpResponse:
    """What was written is shown where it stands: on the log's page, of a thread on the entry's."""

    def written() -> str:
        made = write()
        page = _log_of(form.campaign) if form.about == "new" else (made.parent or made).get_absolute_url()
        return f"{page}#e{made.number}"

    def show(*, status: int = 200, pieces: list[Piece] | None = None) -> HttpResponse:
        return _show(request, form, entry, status=status, pieces=pieces)

    return posted(request, form, write=written, show=show, back=entry.get_absolute_url() if entry else _log_of(form.campaign))


def _show(
    request: HttpRequest,
    form: TextForm,
    entry: LogEntry | None = None,
    *,
    status: int = 200,
    pieces: list[Piece] | None = None,
) -> HttpResponse:
    context = {
        "campaign": form.campaign,
        "current": "campaign-log",
        "form": form,
        "row": shown([entry])[0] if entry else None,
        "clash_pieces": clash_pieces(form),
        "pieces": pieces,
    }
    return render(request, "log/write.html", context, status=status)


def _opening(given: QueryDict, campaign: Campaign, kind: str) -> Opening:
    get = given.get
    typed = str(get("workflow") or get("workflows") or "").replace("#", " ").replace(",", " ").split()
    sites = str(get("site") or get("sites") or "").replace("\0", "").replace(",", " ").split()
    return opening(campaign, kind, workflow=number_of(typed[0]) if typed else None, site=sites[0][:100] if sites else "")


def _sent(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def entry_or_404(request: HttpRequest, slug: str, number: int) -> LogEntry:
    """The entry of this number, with all that is shown of it."""
    campaign = campaign_of(request, slug)
    entry = entry_of(campaign, number) if number < 2**31 else None
    if entry is None:
        raise Http404(f"The log of {campaign} has no entry {number}.")
    return entry


def _log_of(campaign: Campaign) -> str:
    return reverse("campaigns:campaign-log", args=[campaign.slug])


def _whose(entry: LogEntry, verb: str) -> str:
    if entry.is_struck:
        return f"Entry {entry.number} is struck through; nobody {verb} it any more."
    if not entry.author:
        return f"The portal saw what entry {entry.number} says; nobody {verb} it. Reply to it instead."
    return f"{entry.author} wrote entry {entry.number}; nobody else {verb} it. Reply to it instead."
