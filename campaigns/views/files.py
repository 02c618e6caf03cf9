"""Reading a campaign's files: the list, a version with what the linter says of it, two versions side by side, downloads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from campaigns.file_forms import FileForm
from campaigns.jobscripts.diffing import Difference, difference
from campaigns.jobscripts.findings import Finding
from campaigns.jobscripts.linter import lint
from campaigns.jobscripts.search import MOST_FOUND, find_files
from campaigns.models import Campaign, JobscriptKind, JobscriptVersion
from campaigns.step_forms import ReasonForm, StepForm
from campaigns.steps.rules import can_work
from campaigns.steps.services import OVER
from campaigns.views.steps import campaign_of
from portal.roles import Anyone
from portal.wording import counted

MOST_LINES = 5_000  # of a version that the page shows; the download has all
CLEAN = "nothing to say"


@dataclass(frozen=True)
class Row:
    """A file in the list. `findings` is None where the linter reads nothing: an input file, or one whose text is elsewhere."""

    version: JobscriptVersion
    is_run_now: bool
    findings: tuple[Finding, ...] | None

    @property
    def said(self) -> str:
        if self.findings is None:
            return ""
        return f"{counted(len(self.findings), 'thing')} to look at" if self.findings else CLEAN


@dataclass(frozen=True)
class TextLine:
    number: int
    text: str
    findings: Sequence[Finding]


@require_safe
def file_list(request: HttpRequest, slug: str) -> HttpResponse:
    campaign = campaign_of(request, slug)
    rows = _rows(campaign)
    context = {
        "campaign": campaign,
        "current": "file-list",
        "rows": [row for row in rows if not row.version.is_withdrawn],
        "withdrawn": [row for row in rows if row.version.is_withdrawn],
        "may_keep": may_keep(request.user, campaign),
        "is_over": campaign.status in OVER,
    }
    return render(request, "files/file_list.html", context)


@require_safe
def file_find(request: HttpRequest, slug: str) -> HttpResponse:
    """Files of other campaigns to start from; without words the newest."""
    campaign = campaign_of(request, slug)
    asked, kind = request.GET.get("q", "").replace("\0", "")[:200], request.GET.get("kind", "")
    kind = kind if kind in JobscriptKind.values else ""
    found, n = find_files(request.user, asked, kind=kind, but=campaign)
    context = {
        "campaign": campaign,
        "current": "file-list",
        "found": found,
        "n": n,
        "asked": asked,
        "kind": kind,
        "kinds": JobscriptKind.choices,
        "most": MOST_FOUND,
        "may_keep": may_keep(request.user, campaign),
    }
    return render(request, "files/file_find.html", context)


@require_safe
def file_version(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    campaign = campaign_of(request, slug)
    return show_version(request, campaign, version_of(campaign, pk))


def show_version(
    request: HttpRequest, campaign: Campaign, version: JobscriptVersion, *, sent: StepForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of a version; `sent` is the form for withdrawing that could not be taken."""
    versions = JobscriptVersion.objects.filter(campaign=campaign, name=version.name)
    others = list(versions.select_related("author").defer("text").order_by("-number"))
    findings = findings_of(version)
    lines = text_lines(version.text, findings or ())
    is_newest = others[0].pk == version.pk
    may = may_keep(request.user, campaign)
    context = {
        "campaign": campaign,
        "current": "file-list",
        "version": version,
        "others": others,
        "newest": others[0],
        "before": next((one for one in others if one.number == version.number - 1), None),
        "findings": findings,
        "lines": lines[:MOST_LINES],
        "n_left": max(0, len(lines) - MOST_LINES),
        "may_keep": may,
        "withdraw_form": (sent or ReasonForm(part="withdraw")) if may and is_newest and not version.is_withdrawn else None,
    }
    return render(request, "files/file_version.html", context, status=status)


@require_safe
def file_download(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The bytes as they were kept, always as a download: what people upload is never shown under our address."""
    version = version_of(campaign_of(request, slug), pk)
    if not version.text:
        where = f"Take it from {version.git_reference}." if version.git_reference else "It was withdrawn."
        raise Http404(f"The text of {version} is not kept here. {where}")
    answer = HttpResponse(version.text.encode(), content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{version.name}"'  # names have letters, digits, . _ + - only
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_safe
def file_compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Two versions, `?old=KEY&new=KEY`; the old one may be of another campaign."""
    campaign = campaign_of(request, slug)
    new = version_of(campaign, _key(request.GET.get("new", "")))
    visible = JobscriptVersion.objects.filter(campaign__in=Campaign.objects.visible_to(request.user))
    old = get_object_or_404(visible.select_related("campaign", "author"), pk=_key(request.GET.get("old", "")))
    versions = JobscriptVersion.objects.filter(campaign=campaign, name=new.name, is_withdrawn=False).defer("text")
    context = {
        "campaign": campaign,
        "current": "file-list",
        "old": old,
        "new": new,
        "is_foreign": old.campaign_id != campaign.pk,
        "difference": difference(old.text, new.text) if old.text and new.text else None,
        "versions": list(versions.order_by("-number")),
    }
    return render(request, "files/file_compare.html", context)


def may_keep(user: Anyone, campaign: Campaign) -> bool:
    return campaign.status not in OVER and can_work(user, campaign)


def version_of(campaign: Campaign, pk: int) -> JobscriptVersion:
    """A version of this campaign, or 404 in words."""
    wanted = JobscriptVersion.objects.filter(campaign=campaign, pk=pk) if 0 < pk < 2**63 else JobscriptVersion.objects.none()
    found = wanted.select_related("author", "based_on__campaign").defer("based_on__text").first()
    if found is None:
        raise Http404(f"{campaign} keeps no such version. Its files are at its tab Files.")
    found.campaign = campaign
    return found


def findings_of(version: JobscriptVersion) -> tuple[Finding, ...] | None:
    """What the linter says; None where it has nothing to read."""
    return lint(version.text) if version.is_jobscript and version.text else None


def text_lines(text: str, findings: Sequence[Finding]) -> list[TextLine]:
    """The lines of a text, numbered, each with what was found there."""
    if not text:
        return []
    lines = (text[:-1] if text.endswith("\n") else text).split("\n")
    by_line: dict[int, list[Finding]] = {}
    for one in findings:
        by_line.setdefault(min(one.line, len(lines)), []).append(one)
    return [TextLine(number, line, by_line.get(number, ())) for number, line in enumerate(lines, start=1)]


def seen_difference(origin: JobscriptVersion | None, form: FileForm) -> Difference | None:
    """What a form changes of the version that it was begun from; None where there is nothing to compare."""
    text = form.cleaned_data.get("text", "") if form.is_bound else ""
    return difference(origin.text, text) if origin is not None and origin.text and text else None


def _rows(campaign: Campaign) -> list[Row]:
    """Three queries, whatever there is."""
    newest = list(
        JobscriptVersion.objects.filter(campaign=campaign).newest().select_related("author", "based_on__campaign")
        .defer("text", "based_on__text").order_by("-pk")
    )  # fmt: skip
    scripts = [one.pk for one in newest if one.is_jobscript and not one.is_withdrawn]
    texts = dict(JobscriptVersion.objects.filter(pk__in=scripts).values_list("pk", "text")) if scripts else {}
    run_now = scripts[0] if scripts else None
    return [
        Row(one, one.pk == run_now, lint(texts[one.pk]) if texts.get(one.pk) else None)
        for one in sorted(newest, key=lambda one: not one.is_jobscript)
    ]


def _key(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
