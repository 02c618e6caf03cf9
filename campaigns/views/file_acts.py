"""What people do to a campaign's files: keep a new version, withdraw a file. Nothing typed is lost by a refusal."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from campaigns.file_forms import FileForm
from campaigns.jobscript_services import KEEPING, keep_version, newest_of, withdraw_file
from campaigns.jobscripts.findings import ABOUT_THE_LINTER, RULES
from campaigns.jobscripts.linter import lint
from campaigns.models import Campaign, JobscriptKind, JobscriptVersion
from campaigns.step_forms import ReasonForm
from campaigns.steps.loading import read_situation
from campaigns.steps.rules import can_work
from campaigns.steps.services import OVER
from campaigns.steps.states import SignState
from campaigns.views.files import seen_difference, show_version, text_lines, version_of
from campaigns.views.steps import campaign_of
from portal.errors import Conflict, NotAllowed, Refused
from portal.models import User
from portal.wording import counted


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def file_new(request: HttpRequest, slug: str) -> HttpResponse:
    """A file, or its next version. `?from=KEY` starts from a version of any campaign, `?kind=input` from nothing."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    if not can_work(user, campaign):
        raise PermissionDenied(KEEPING.format(campaign=campaign))
    if campaign.status in OVER:
        messages.info(request, f"{campaign} is {campaign.get_status_display()}; its files stay as they are.")
        return redirect("campaigns:file-list", campaign.slug)
    if request.method != "POST":
        return _blank(request, campaign)
    form = FileForm(request.POST, request.FILES, part="file")
    if not form.is_valid():
        form.point_out()
        form.show_again()
        return _show(request, campaign, form, status=400)
    form.show_again()
    if request.POST.get("action") == "look":
        return _show(request, campaign, form)
    return _keep(request, campaign, form, user)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def file_withdraw(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The file is not used any more."""
    user, campaign = cast(User, request.user), campaign_of(request, slug)
    version = version_of(campaign, pk)
    if request.method != "POST":
        return redirect("campaigns:file-version", campaign.slug, version.pk)
    form = ReasonForm(request.POST, part="withdraw")
    try:
        form.is_valid()
        withdraw_file(campaign, version, actor=user, reason=form.cleaned_data.get("reason", ""))
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        if isinstance(refused, Conflict):
            messages.error(request, refused.message)
            return redirect("campaigns:file-list", campaign.slug)
        form.refuse(refused)
        return show_version(request, campaign_of(request, slug), version, sent=form, status=400)
    messages.success(request, f"{version.name} is withdrawn; what was kept of it stays readable.")
    return redirect("campaigns:file-list", campaign.slug)


def _keep(request: HttpRequest, campaign: Campaign, form: FileForm, user: User) -> HttpResponse:
    data = form.cleaned_data
    version = data["over"] if data.get("over") is not None else data.get("version") or 0
    try:
        kept = keep_version(
            campaign, data["name"], actor=user, version=version, kind=data["kind"], text=data["text"],
            git_reference=data["git_reference"], git_commit=data["git_commit"], note=data["note"], based_on=data["based_on"],
        )  # fmt: skip
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Conflict as refused:
        theirs = newest_of(campaign, data["name"].strip()) if refused.field == "version" else None
        form.refuse(refused)
        return _show(request, campaign_of(request, campaign.slug), form, theirs=theirs, status=409)
    except Refused as refused:
        form.refuse(refused)
        return _show(request, campaign_of(request, campaign.slug), form, status=400)
    n = len(lint(kept.text)) if kept.is_jobscript and kept.text else 0
    said = f" The linter says {counted(n, 'thing')} of it; they stand beside the lines." if n else ""
    messages.success(request, f"{kept} is kept.{said}")
    return redirect("campaigns:file-version", campaign.slug, kept.pk)


def _blank(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    asked, kind = request.GET.get("from", ""), request.GET.get("kind", "")
    kind = kind if kind in JobscriptKind.values else JobscriptKind.JOBSCRIPT
    origin = _origin(request, asked) if asked else None
    if asked and origin is None:
        raise Http404("The version to start from is not there.")
    there = newest_of(campaign, origin.name) if origin else None
    is_own = origin is not None and origin.campaign_id == campaign.pk
    form = FileForm.of(origin, version=there.number if there else 0, kind=kind, is_own=is_own)
    return _show(request, campaign, form)


def _origin(request: HttpRequest, asked: object) -> JobscriptVersion | None:
    """The version that a form is begun from, of any campaign that this reader may see."""
    text = str(asked or "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    visible = Campaign.objects.visible_to(request.user)
    found = JobscriptVersion.objects.filter(pk=int(text), campaign__in=visible, is_withdrawn=False)
    return found.select_related("campaign", "author").first()


def _show(
    request: HttpRequest,
    campaign: Campaign,
    form: FileForm,
    *,
    theirs: JobscriptVersion | None = None,
    status: int = 200,
) -> HttpResponse:
    origin = _origin(request, form["based_on"].value())
    is_looked_at = form.is_bound
    text = form.cleaned_data.get("text", "") if is_looked_at else origin.text if origin else ""
    is_script = (form["kind"].value() or "") == JobscriptKind.JOBSCRIPT
    findings = lint(text) if text and is_script else None
    context: dict[str, Any] = {
        "campaign": campaign,
        "current": "file-list",
        "form": form,
        "origin": origin,
        "is_foreign": origin is not None and origin.campaign_id != campaign.pk,
        "theirs": theirs,
        "is_looked_at": is_looked_at,
        "findings": findings,
        "with_findings": [line for line in text_lines(text, findings or ()) if line.findings],
        "difference": seen_difference(origin, form),
        "lapsing": signers(campaign),
        "rules": [rule for key, rule in RULES.items() if key not in ABOUT_THE_LINTER],
    }
    return render(request, "files/file_new.html", context, status=status)


def signers(campaign: Campaign) -> list[str]:
    """Sign-offs that are bound to the jobscript and stand now."""
    return [
        f"{sign.act.actor_name} for {sign.team.label.lower()}, step {step.step.position}"
        for step in read_situation(campaign).standing.steps
        if "jobscript" in step.step.binds
        for sign in step.signs.values()
        if sign.state is SignState.SIGNED and sign.act is not None
    ]
