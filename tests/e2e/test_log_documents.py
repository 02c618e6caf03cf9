"""The log as a document in a real browser: asked for, watched, and a document taken into it, with and without script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from campaigns.log_documents import asking
from campaigns.log_documents.making import make_document
from campaigns.models import Campaign, DocumentState, LogDocument, LogImport
from portal.models import User
from tests.factories import make_entry
from tests.log_documents.conftest import needs_pdf
from tests.log_documents.packages import docx, heading, paragraph, table

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PAGE = "/campaigns/pdhd-reco-2026b/log/document/"
DOCUMENT = docx(
    paragraph("Kept elsewhere."), heading("2 Nov 2025 14:30 UTC"), paragraph("All ten jobs ended with 0. " * 30),
    heading("3 Nov 2025"), table(("a_very_long_name_without_any_blank_" * 4, "jobs"), ("x", "13")),
)  # fmt: skip


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "log.docx"
    path.write_bytes(DOCUMENT)
    return path


@needs_pdf
def test_a_pdf_is_watched_while_it_is_made_and_downloaded(
    world: Campaign, shifter: User, visit, monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path
):
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(asking.current_app, "send_task", lambda name, **_how: None)
    make_entry(world, shifter, "Submitted #3222.")
    page = visit(PAGE, as_user=shifter).page
    page.get_by_role("button", name="Make the PDF").click()
    expect(page.get_by_text("Waits for the worker")).to_be_visible()
    row = LogDocument.objects.get()
    LogDocument.objects.filter(pk=row.pk).update(state=DocumentState.MAKING, n_done=1, n_entries=9)
    expect(page.get_by_text("1 of 9 entries laid out")).to_be_visible()
    LogDocument.objects.filter(pk=row.pk).update(state=DocumentState.QUEUED)
    make_document(row)
    link = page.get_by_role("link", name="Download the PDF")
    expect(link).to_be_visible()
    with page.expect_download() as download:
        link.click()
    assert re.fullmatch(r"pdhd-reco-2026b-log-\d+\.pdf", download.value.suggested_filename)
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")


def test_a_document_is_looked_at_in_place_and_taken_without_choosing_it_again(
    world: Campaign, shifter: User, visit, document: Path, settings, tmp_path: Path
):
    settings.MEDIA_ROOT = tmp_path / "media"
    page = visit(f"{PAGE}import/", as_user=shifter).page
    page.set_input_files("#file", document)
    page.get_by_role("button", name="Look at what it holds").click()
    expect(page.get_by_role("heading", name="log.docx becomes 3 entries")).to_be_visible()
    assert not LogImport.objects.exists()
    page.get_by_role("button", name="Take 3 entries").click()
    expect(page.get_by_text("3 entries taken from log.docx.")).to_be_visible()
    assert LogImport.objects.get().n_entries == 3


def test_without_script_the_file_is_chosen_again(
    world: Campaign, shifter: User, visit, document: Path, settings, tmp_path: Path
):
    settings.MEDIA_ROOT = tmp_path / "media"
    page = visit(f"{PAGE}import/", as_user=shifter, script=False).page
    page.set_input_files("#file", document)
    page.get_by_role("button", name="Look at what it holds").click()
    expect(page.get_by_text("choose the same file again")).to_be_visible()
    page.set_input_files("#file", document)
    page.get_by_role("button", name="Take 3 entries").click()
    expect(page.get_by_text("3 entries taken from log.docx.")).to_be_visible()


@pytest.mark.parametrize(
    "screen", [{"width": 1440}, {"width": 390, "height": 844, "dark": True}], ids=["desktop", "phone-dark"]
)
def test_nothing_sticks_out_or_is_hard_to_reach(
    world: Campaign, shifter: User, visit, document: Path, settings, tmp_path: Path, screen: dict[str, object]
):
    settings.MEDIA_ROOT = tmp_path / "media"
    make_entry(world, shifter, "# Long\n\n" + "x" * 300 + "\n\n| a | b |\n|---|---|\n| " + "y" * 200 + " | 1 |")
    one = visit(PAGE, as_user=shifter, **screen)
    assert one.page.evaluate("document.documentElement.scrollWidth") <= int(str(screen["width"]))
    assert one.axe() == []
    other = visit(f"{PAGE}import/", as_user=shifter, **screen)
    other.page.set_input_files("#file", document)
    other.page.get_by_role("button", name="Look at what it holds").click()
    expect(other.page.get_by_role("heading", name="log.docx becomes 3 entries")).to_be_visible()
    assert other.page.evaluate("document.documentElement.scrollWidth") <= int(str(screen["width"]))
    assert other.axe() == []
