"""The log as a document: read in order, as PDF, as Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.log.rendering import Renderer
from campaigns.log_documents.as_markdown import as_text, write_zip
from campaigns.log_documents.asking import ask_for_pdf, documents_of
from campaigns.log_documents.opening import read_asked
from campaigns.log_documents.paper import days_of, threads_of
from campaigns.log_documents.rules import can_ask, can_import
from campaigns.log_documents.state import LogState, state_of
from campaigns.log_documents.system_parts import what_is_missing
from campaigns.models import Campaign, LogDocument, LogImport
from campaigns.views.steps import campaign_of
from portal.errors import NotAllowed, Refused
from portal.models import User
from portal.roles import Anyone
from portal.serving import hand_out

THREADS_PER_PAGE = 100


@dataclass(frozen=True)
class PdfPanel:
    """What is to be said of the log as PDF: `document` of the log as it stands, `earlier` the newest of an earlier state, and
    why the last try to make one failed.
    """

    campaign: Campaign
    state: LogState
    document: LogDocument | None
    earlier: LogDocument | None
    failed: LogDocument | None
    missing: str
    may_ask: bool

    @property
    def is_open(self) -> bool:
        return self.document is not None and self.document.is_open

    @property
    def width(self) -> str:
        """Of the bar, in per cent; a little from the beginning, so that it is seen."""
        if self.document is None or not self.document.n_entries:
            return "2"
        return f"{max(2, min(100, 100 * self.document.n_done // self.document.n_entries))}"

    @property
    def n_since(self) -> int:
        """Entries that the earlier document does not have."""
        return max(0, self.state.up_to - self.earlier.up_to) if self.earlier else 0


def pdf_panel(campaign: Campaign, user: Anyone, state: LogState) -> PdfPanel:
    found = documents_of(campaign, state)
    return PdfPanel(campaign, state, found.now, found.earlier, found.failed, what_is_missing(), can_ask(user))


@require_safe
def log_document(request: HttpRequest, slug: str) -> HttpResponse:
    """All of it, from what was asked for to the newest entry, in pages of 100; beside it the files that can be had of it."""
    return show_document(request, campaign_of(request, slug))


def show_document(request: HttpRequest, campaign: Campaign, *, status: int = 200, refused: str = "") -> HttpResponse:
    """The page; `refused` is why what was asked for cannot be done."""
    state = state_of(campaign)
    threads = threads_of(campaign)
    page = Paginator(threads, THREADS_PER_PAGE).get_page(request.GET.get("page", 1))
    entries = list(page.object_list)
    renderer = Renderer(entries)
    may_import = can_import(request.user, campaign)
    context: dict[str, Any] = {
        "campaign": campaign,
        "current": "campaign-log",
        "pdf": pdf_panel(campaign, request.user, state),
        "page": page,
        "days": days_of(entries, lambda text, entry: renderer.text(text, entry.files.all())),
        "imports": LogImport.objects.filter(campaign=campaign).select_related("by"),
        "may_import": may_import,
        "may_set_up": may_import,  # the same people
        "n_in_log": state.up_to,
        "refused": refused,
        # told once, before the first entry
        "asked": read_asked(campaign) if page.number == 1 else None,
    }
    return render(request, "log_document/document.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def log_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """POST asks for the PDF. GET is how far it is, for the page that waits; by itself it leads to that page."""
    campaign = campaign_of(request, slug)
    if request.method == "POST":
        return _asked(request, campaign)
    if not getattr(request, "htmx", False):
        return redirect("campaigns:log-document", campaign.slug)
    return render(request, "log_document/_pdf.html", {"pdf": pdf_panel(campaign, request.user, state_of(campaign))})


@login_required
def _asked(request: HttpRequest, campaign: Campaign) -> HttpResponse:
    try:
        document, is_new = ask_for_pdf(campaign, actor=cast(User, request.user))
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except Refused as refused:
        return show_document(request, campaign, status=409, refused=refused.message)
    if not is_new and document.is_done:
        messages.info(request, "Nothing was written since: this is the PDF of the log as it stands.")
    return redirect(f"{_page(campaign)}#pdf")


@require_safe
def log_pdf_file(request: HttpRequest, slug: str, pk: int) -> FileResponse:
    """The file, as a download."""
    campaign = campaign_of(request, slug)
    document = get_object_or_404(LogDocument.objects.select_related("campaign"), pk=pk, campaign=campaign, state="done")
    return hand_out(document.file, document.file_name, "application/pdf")


@require_safe
def log_markdown(request: HttpRequest, slug: str) -> StreamingHttpResponse:
    """The text, sent while it is read; pictures and files are links to the portal."""
    campaign = campaign_of(request, slug)
    answer = StreamingHttpResponse(as_text(campaign), content_type="text/markdown; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{campaign.slug}-log.md"'
    return answer


@require_safe
def log_zip(request: HttpRequest, slug: str) -> FileResponse:
    """The text with all files beside it."""
    campaign = campaign_of(request, slug)
    made = TemporaryFile()  # noqa: SIM115  the answer closes it
    write_zip(campaign, made)
    made.seek(0)
    return FileResponse(made, as_attachment=True, filename=f"{campaign.slug}-log.zip", content_type="application/zip")


def _page(campaign: Campaign) -> str:
    return reverse("campaigns:log-document", args=[campaign.slug])
