"""Lays a log out as PDF, piece by piece, so that it is known how far it is. The same log gives the same bytes.

The pieces are days of the log (paper.py), each a document of its own whose pages are numbered on. Title and contents come last,
when the pages are known; how many sheets they take is found out first, with numbers of the same width.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from campaigns.log_documents import contents, paper
from campaigns.log_documents.fetching import fetcher, pictures_of
from campaigns.log_documents.opening import Opening, read_opening
from campaigns.log_documents.state import LogState, state_of
from campaigns.models import Campaign

if TYPE_CHECKING:
    from weasyprint import Document

STYLE = "static:css/log-document.css"
PICTURES_PER_INCH = 220  # what is finer than a printer shows is made smaller
READ_AGAIN = 3
Told = Callable[[int], None]


@dataclass(frozen=True)
class Piece:
    """Some days as HTML, how many entries and replies are in them, and their lines in the contents."""

    html: str
    n_entries: int
    lines: Sequence[contents.Line]


@dataclass(frozen=True)
class Read:
    """A log read at one moment, ready to be laid out."""

    state: LogState
    opening: Opening
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Printed:
    body: bytes
    n_pages: int


def read_log(campaign: Campaign) -> Read:
    """All of it as it was at one moment: when somebody wrote meanwhile, it is read again."""
    for _attempt in range(READ_AGAIN):
        state = state_of(campaign)
        read = Read(state, read_opening(campaign, state), list(_pieces(campaign, state)))
        if state_of(campaign).key == state.key:
            break
    return read


def print_log(campaign: Campaign, read: Read, told: Told = lambda n_done: None) -> Printed:
    """The PDF. `told` hears after each piece how many entries are laid out."""
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # links from sheet to sheet are resolved at the end
    with TemporaryDirectory(prefix="log-pdf-") as folder:
        return _Printer(campaign, read, Path(folder)).printed(told)


def _pieces(campaign: Campaign, state: LogState) -> Iterator[Piece]:
    for n, days in enumerate(paper.pieces(campaign, paper.site())):
        html = render_to_string(
            "log_document/piece.html", {"campaign": campaign, "state": state, "days": days, "is_first": n == 0}
        )
        every = [said for day in days for item in day.items for said in (item if isinstance(item, list) else [item])]
        yield Piece(html, len(every) + sum(len(said.replies) for said in every), contents.lines_of_days(days))


class _Printer:
    def __init__(self, campaign: Campaign, read: Read, folder: Path) -> None:
        from weasyprint import CSS
        from weasyprint.document import DiskCache
        from weasyprint.text.fonts import FontConfiguration

        self.read = read
        self.kept = DiskCache(folder)  # pictures wait on disk, the same one for all pieces
        self.fonts = FontConfiguration()
        self.fetcher = fetcher(pictures_of(campaign, paper.site()))
        self.style = CSS(STYLE, url_fetcher=self.fetcher, font_config=self.fonts)
        days = [line for piece in read.pieces for line in piece.lines]
        self.lines = contents.lines_of_requests(read.opening.asked) + contents.shortened(days)

    def printed(self, told: Told) -> Printed:
        blank = self._front({})
        n_front = len(blank.pages)
        made: list[Document] = []
        pages: dict[str, int] = {}
        n_pages, n_done = n_front, 0
        for piece in self.read.pieces:
            document = self._laid_out(piece.html, first=n_pages)
            pages |= _anchors(document, n_pages)
            made.append(document)
            n_pages += len(document.pages)
            n_done += piece.n_entries
            told(n_done)
        front = self._front(pages | _anchors(blank, 0))
        assert len(front.pages) == n_front, "the numbers of pages changed how many sheets the contents take"
        whole = front.copy([page for document in (front, *made) for page in document.pages])
        body = whole.write_pdf(
            pdf_identifier=bytes.fromhex(self.read.state.key[:32]), cache=self.kept, dpi=PICTURES_PER_INCH,
        )  # fmt: skip
        assert body is not None
        return Printed(body, n_pages)

    def _front(self, pages: dict[str, int]) -> Document:
        lines = contents.with_pages(self.lines, pages)
        html = render_to_string("log_document/front.html", {"opening": self.read.opening, "contents": lines})
        return self._laid_out(html, first=0)

    def _laid_out(self, html: str, *, first: int) -> Document:
        """`first` is the number of pages before it."""
        from weasyprint import CSS, HTML

        numbers = CSS(string=f"@page :first {{ counter-reset: page {first + 1} }}")
        return HTML(string=html, base_url="document:", url_fetcher=self.fetcher).render(
            stylesheets=[self.style, numbers], font_config=self.fonts, cache=self.kept
        )


def _anchors(document: Any, before: int) -> dict[str, int]:
    """The page on which each anchor is, counted from 1 through the whole document."""
    return {name: before + n for n, page in enumerate(document.pages, 1) for name in page.anchors}
