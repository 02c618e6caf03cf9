"""The log on paper: what is on it, the same bytes for the same log, and what it never reads."""

from __future__ import annotations

import io
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader

from campaigns.campaign_services import add_request
from campaigns.log.services import amend_entry, edit_entry, strike_entry
from campaigns.log_documents import contents, printing
from campaigns.log_documents.fetching import NotOurs, fetcher, pictures_of, read_own
from campaigns.log_documents.paper import days_of, pieces, site, threads_of, title_of, writer
from campaigns.log_documents.state import changed_at, state_of
from campaigns.log_people import people_of
from campaigns.models import Campaign, EntryKind, LogEntry, LogFile
from portal.models import User
from tests.factories import a_picture, make_campaign, make_entries, make_entry
from tests.log_documents.conftest import BEGAN, CODE, HOUR, needs_pdf
from tests.processes import ROOT

pytestmark = needs_pdf


def made(campaign: Campaign) -> tuple[bytes, PdfReader, list[str]]:
    printed = printing.print_log(campaign, printing.read_log(campaign))
    reader = PdfReader(io.BytesIO(printed.body))
    assert printed.n_pages == len(reader.pages)
    return printed.body, reader, [page.extract_text() for page in reader.pages]


def n_pictures(reader: PdfReader) -> int:
    """All sheets share one list of pictures."""
    return len({image.name for page in reader.pages for image in page.images})


def test_title_contents_request_and_every_entry_are_in_it(log: Campaign):
    _body, reader, pages = made(log)
    text = "\n".join(pages)
    assert "pdhd-reco-2026b" in pages[0]
    assert "Reconstruction of beam runs for the beam group" in pages[0]
    assert "2 Nov 2026 to " in pages[0]
    assert "shifter1, from 2026-09-01 on" in pages[0]
    assert f"up to entry {state_of(log).up_to}" in pages[0]
    assert "Contents" in pages[1]
    for title in ("1 Code version", "2 Processing steps", "3 Validation sample", "4 Outputs to copy to tape", "5 Resources",
                  "6 and 7 Samples by priority", "8 Final output datasets"):  # fmt: skip
        assert title in text
    for entry in LogEntry.objects.filter(campaign=log, kind=EntryKind.MACHINE):
        assert entry.body in text
    assert "US_Wisconsin" in text
    assert "Reply 5 by coordinator1" in text
    assert "A ticket was opened." in text
    assert "Added by shifter1" in text
    assert "The node is out of production." in text
    assert "version 2, edited" in text
    assert "Struck through by coordinator1" in text
    assert "Written into the wrong log." in text
    assert "This was about another campaign." in text
    assert n_pictures(reader) == 1


def test_pages_in_the_contents_are_those_on_which_the_entries_are(log: Campaign):
    _body, _reader, pages = made(log)
    lines = [line for line in pages[1].split("\n") if "Incident: Disk full" in line or line.strip().isdigit()]
    assert lines, pages[1]
    numbers = {int(word) for line in pages[1].split("\n") for word in line.split() if word.isdigit()}
    page_of_incident = next(n for n, page in enumerate(pages, 1) if "justIN paused #3201" in page)
    assert page_of_incident in numbers
    for n, page in enumerate(pages, 1):
        if n > 1:
            assert page.rstrip().endswith(f"{n}") or f"\n{n}\n" in page or page.split("\n")[0].strip() == str(n), (n, page)


def test_code_wraps_instead_of_running_off_the_page(log: Campaign):
    _body, _reader, pages = made(log)
    text = "".join("".join(page.split()) for page in pages)
    assert "".join(CODE.split()) in text


def test_bookmarks_and_metadata_are_there(log: Campaign):
    _body, reader, _pages = made(log)
    titles = [one.title for one in _flat(reader.outline)]
    assert "What was asked for" in titles
    assert "Monday 2 November 2026" in titles
    assert "4 Incident: Disk full" in titles
    assert reader.metadata.title == "Log of pdhd-reco-2026b"
    assert reader.metadata.author == "DUNE production"
    assert reader.metadata.creation_date == changed_at(log).replace(microsecond=0)


def _flat(outline) -> list:
    found = []
    for one in outline:
        found += _flat(one) if isinstance(one, list) else [one]
    return found


def test_the_same_log_gives_the_same_bytes_also_later_and_in_another_process(log: Campaign, time_machine):
    first, _reader, _pages = made(log)
    assert made(log)[0] == first
    time_machine.move_to(BEGAN + timedelta(days=400))
    assert made(log)[0] == first


def test_every_change_changes_it(log: Campaign, shifter: User, coordinator: User, requester: User):
    seen = {made(log)[0]}
    keys = {state_of(log).key}
    entry = LogEntry.objects.get(campaign=log, body="Was 48 of 672.")

    def changed() -> None:
        seen.add(made(log)[0])
        keys.add(state_of(log).key)

    amend_entry(entry, actor=shifter, body="And so it stayed.")
    changed()
    strike_entry(entry, actor=coordinator, reason="No.")
    changed()
    make_entry(log, body="Workflow #3300 finished.", fact="later")
    changed()
    Campaign.objects.filter(pk=log.pk).update(purpose="Something else")
    log.refresh_from_db()
    changed()
    assert len(seen) == len(keys) == 5


def test_machines_do_not_change_what_people_wrote(log: Campaign, shifter: User):
    before = people_of(log)
    make_entry(log, body="Workflow #3300 finished.", fact="later")
    assert people_of(log) == before
    entry = make_entry(log, shifter)
    assert people_of(log) != before
    after = people_of(log)
    edit_entry(entry, actor=shifter, version=1, body="Otherwise.")
    assert people_of(log) not in (before, after)


# --- what is read while it is laid out ---

HOSTILE = [
    "![x](http://127.0.0.1:{port}/pixel.png)",
    "![x](file:///etc/passwd)",
    "![x](/etc/passwd)",
    "![x](file:../../../../etc/passwd)",
    "![x](static:css/log-document.css)",
    "![x](data:image/svg+xml;base64,PHN2Zy8+)",
    '<img src="http://127.0.0.1:{port}/pixel.png">',
    '<link rel="stylesheet" href="http://127.0.0.1:{port}/x.css">',
    '<link rel="attachment" href="file:///etc/passwd">',
    '<style>@import url("http://127.0.0.1:{port}/x.css"); body { background: url(http://127.0.0.1:{port}/y) }</style>',
    '<object data="http://127.0.0.1:{port}/z"></object><iframe src="http://127.0.0.1:{port}/z"></iframe>',
    '<svg><image href="http://127.0.0.1:{port}/pixel.png"/></svg>',
    "[x]: http://127.0.0.1:{port}/pixel.png\n\n![x]",
    '<p style="background: url(http://127.0.0.1:{port}/b)">x</p>',
    "<a href='x' rel='attachment'>x</a>",
]


def test_hostile_texts_make_it_read_nothing_from_elsewhere(campaign: Campaign, shifter: User, monkeypatch: pytest.MonkeyPatch):
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.3)
    port = listening.getsockname()[1]
    for n, text in enumerate(HOSTILE):
        make_entry(campaign, shifter, f"Payload {n}.\n\n" + text.replace("{port}", str(port)))
    asked: list[str] = []
    real = read_own

    def heard(address: str, pictures: dict[str, int]) -> tuple[bytes, str]:
        asked.append(address)
        return real(address, pictures)

    monkeypatch.setattr("campaigns.log_documents.fetching.read_own", heard)
    body, reader, pages = made(campaign)
    assert asked == [printing.STYLE]
    assert b"root:" not in body
    assert not reader.attachments
    text = "\n".join(pages)
    assert all(f"Payload {n}." in text for n in range(len(HOSTILE)))
    with pytest.raises(TimeoutError):
        listening.accept()
    listening.close()


def test_pictures_of_another_log_cannot_be_had(campaign: Campaign, shifter: User, coordinator: User):
    other = make_campaign("other-2026", 403)
    theirs = make_entry(other, coordinator, "Secret.", files=[a_picture()]).files.get()
    ours = make_entry(campaign, shifter, "Ours.", files=[a_picture()]).files.get()
    known = pictures_of(campaign, site())
    assert read_own(site() + ours.get_absolute_url(), known)[1] == "image/png"
    address = theirs.get_absolute_url()
    make_entry(campaign, shifter, f"![x]({address}) ![y]({site()}{address}) ![z](file:{theirs.pk})")
    for address in (
        site() + theirs.get_absolute_url(),
        theirs.get_absolute_url(),
        theirs.file.path,
        f"file://{ours.file.path}",
    ):
        with pytest.raises(NotOurs):
            read_own(address, known)
    _body, reader, _pages = made(campaign)
    assert n_pictures(reader) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/x.png", "https://example.org/x.png", "ftp://127.0.0.1/x", "file:///etc/passwd", "/etc/passwd",
        "static:../portal/settings.py", "static:css/portal.css", "static:/etc/passwd", "static:css/../../../etc/passwd",
        "data:text/css,body{}", "", "document:", "STATIC:css/log-document.css",
    ],
)  # fmt: skip
def test_the_fetcher_refuses_whatever_is_not_in_its_table(address: str):
    with pytest.raises(NotOurs):
        fetcher({}).fetch(address)
    with pytest.raises(NotOurs):
        fetcher({})(address)
    with pytest.raises(NotOurs):
        fetcher({}).open(address)


def test_a_file_of_the_log_that_is_gone_does_not_stop_it(log: Campaign):
    file = LogFile.objects.get(entry__campaign=log)
    Path(file.file.path).unlink()
    _body, reader, pages = made(log)
    assert n_pictures(reader) == 0
    assert "Disk full" in "\n".join(pages)


@pytest.mark.parametrize(
    "body",
    ["x" * 60_000, "| a |\n|---|\n" + "| b |\n" * 600, "> " * 2_000 + "x", "- " * 500 + "x", "```\n" + "y" * 20_000,
     "\u202e\u0000\ufffe\ud83d text", "*" * 5_000, "&#x1F600; 😀 漢字 العربية"],
    ids=["one word", "a long table", "quotes in quotes", "lists in lists", "code that stays open", "odd characters", "stars",
         "letters"],
)  # fmt: skip
def test_texts_that_try_the_patience_of_a_layout_become_pages(campaign: Campaign, shifter: User, body: str):
    make_entry(campaign, shifter, body)
    _body, reader, _pages = made(campaign)
    assert len(reader.pages) >= 3


# --- how a long one is read and laid out ---


def test_a_long_log_is_laid_out_in_pieces_and_tells_how_far_it_is(campaign: Campaign, shifter: User):
    make_entries(campaign, 330, shifter, first=BEGAN, every=HOUR)
    told: list[int] = []
    printed = printing.print_log(campaign, printing.read_log(campaign), told.append)
    assert len(told) >= 3
    assert told == sorted(told)
    assert told[-1] == 330
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(printed.body)).pages]
    text = "\n".join(pages)
    assert all(f"Entry {n}:" in text for n in range(0, 330, 7))
    assert f"{len(pages)}" in pages[-1]


def test_reading_costs_as_many_queries_for_many_entries_as_for_few(
    campaign: Campaign, shifter: User, django_assert_max_num_queries
):
    make_entries(campaign, 95, shifter, first=BEGAN, every=HOUR)
    with django_assert_max_num_queries(30):
        printing.read_log(campaign)


def test_pieces_end_with_a_day_unless_the_day_is_endless(campaign: Campaign, shifter: User):
    make_entries(campaign, 250, shifter, first=BEGAN, every=HOUR)
    days = [[day.day for day in piece] for piece in pieces(campaign)]
    assert len(days) == 3
    every = [day for piece in days for day in piece]
    assert every == sorted(set(every))
    make_entries(campaign, 900, shifter, first=BEGAN + 300 * HOUR, every=timedelta(seconds=30))
    assert max(sum(len(day.items) for day in piece) for piece in pieces(campaign)) <= 400


def test_a_log_that_goes_on_while_it_is_read_is_read_again(campaign: Campaign, shifter: User, monkeypatch: pytest.MonkeyPatch):
    make_entry(campaign, shifter, "First.")
    real = printing.read_opening
    n = 0

    def slow(campaign: Campaign, state: object) -> object:
        nonlocal n
        n += 1
        if n == 1:
            make_entry(campaign, shifter, "Meanwhile.")
        return real(campaign, state)  # type: ignore[arg-type]

    monkeypatch.setattr(printing, "read_opening", slow)
    read = printing.read_log(campaign)
    assert read.state.n_entries == 2
    assert read.state == state_of(campaign)
    assert sum(piece.n_entries for piece in read.pieces) == 2


def test_contents_of_a_very_long_log_leave_out_what_is_everyday(campaign: Campaign, shifter: User):
    make_entries(campaign, 1_500, shifter, first=BEGAN, every=HOUR)
    days = days_of(threads_of(campaign), writer())
    lines = contents.lines_of_days(days)
    short = contents.shortened(lines)
    assert len(lines) > contents.MOST_LINES >= len(short)
    assert any(line.level == 1 for line in short)
    assert all(line.level == 1 or not line.is_everyday for line in short)


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("# Disk full\n\nmore", "Disk full"),
        ("\n\n**Bold** and `code`", "Bold and code"),
        ("![free disk](file:1)", "free disk"),
        ("> quoted", "quoted"),
        ("At UK_Brunel _now_", "At UK_Brunel now"),
        ("see [this](http://x) now", "see this now"),
        ("x" * 200, "x" * 89 + "…"),
        ("---\n***\n", ""),
    ],
)
def test_the_title_of_an_entry_is_its_first_line_in_plain_words(body: str, title: str):
    assert title_of(body) == title


def test_importing_the_portal_does_not_load_the_library_that_makes_pdfs():
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'portal.settings'; import django; django.setup();"
        "import campaigns.urls, campaigns.tasks, campaigns.api.urls, sys; print('weasyprint' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_a_request_that_was_changed_is_in_the_state_of_the_log(
    campaign: Campaign, shifter: User, coordinator: User, requester: User
):
    from tests.requests.filing import filed

    make_entry(campaign, shifter)
    before = state_of(campaign)
    request = filed(requester)
    request.state = "accepted"
    request.save()
    add_request(campaign, request, actor=coordinator)
    assert state_of(campaign).key != before.key
