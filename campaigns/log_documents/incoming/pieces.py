"""Cuts the text of a document into entries: a heading that names a day begins one, with that day as its time. Pure.

A line that is nothing but a date, or a date and a time, counts as a heading. A heading that is only a time begins an entry
of the day above it. What stands before the first day, or under a heading of a higher level that names none, cannot be dated:
all of it together is one entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from campaigns.log_documents.incoming.lines import FENCE, FORMAT, Line, is_end_of_code, lines_of, plain
from campaigns.log_documents.incoming.when import Unread, When, read_clock, read_when, year_in

PICTURE = re.compile(r"!\[[^\]\n]*\]\(file:(?P<name>picture-\d{3,}\.\w+)\)")
LONGEST_PIECE = 50_000
MOST_PICTURES = 10
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Piece:
    """One entry to be. `at` None: not dated. `part` counts the parts of one that is too long for a single entry."""

    at: datetime | None
    has_time: bool
    body: str
    part: int = 1

    @property
    def pictures(self) -> list[str]:
        """The names of those that the text shows, each once."""
        return list(dict.fromkeys(match["name"] for match in PICTURE.finditer(self.body)))

    @property
    def title(self) -> str:
        """Its first line in plain words."""
        for line in self.body.split("\n"):
            words = FORMAT.sub("", PICTURE.sub("", line)).strip("#>-+| \t")
            if words:
                return words[:120]
        return "pictures only"


@dataclass(frozen=True)
class Cut:
    """`notes`: what looks like a date and was not taken for one, and why."""

    pieces: Sequence[Piece]
    notes: Sequence[str] = ()


@dataclass
class _Open:
    """An entry that is being filled. `level` is that of the heading which began it."""

    at: datetime | None = None
    has_time: bool = False
    level: int = 0
    lines: list[str] = field(default_factory=list)


class _Cutter:
    """Takes the lines one after another."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.undated = _Open()
        self.made: list[_Open] = []
        self.open = self.undated
        self.headings: list[Line] = []  # undated ones that no text followed yet: they go to what comes next
        self.notes: list[str] = []
        self.year: int | None = None
        self.last_day: date | None = None

    def take(self, line: Line) -> None:
        if not line.level:
            if line.text.strip() and self.headings:
                self.open.lines += [text for one in self.headings for text in (one.text, "")]
                self.headings = []
            self.open.lines.append(line.text)
            return
        when = self._when(line)
        if when is not None:
            self._begin(line, when)
        elif line.is_plain:
            self.take(replace(line, level=0))
        else:
            self.year = year_in(line.words) or self.year
            if line.level < self.open.level:
                self.open = self.undated
            if self.open is self.undated:
                self.headings.append(line)
            else:
                self.open.lines.append(line.text)

    def _begin(self, line: Line, when: When) -> None:
        self.last_day = when.day
        above = [text for one in self.headings for text in (f"**{plain(one.words)}**", "")]
        self.headings = []
        self.open = _Open(when.at, when.clock is not None, line.level, above)
        if when.rest:
            self.open.lines += [f"**{plain(line.words)}**", ""]
        self.made.append(self.open)

    def _when(self, line: Line) -> When | None:
        words = plain(line.words)
        when = read_when(words, year=self.year, near=self.last_day)
        if line.is_plain:  # a sentence may begin with a date; only a date alone is a heading
            if isinstance(when, When) and when.rest:
                return None
        elif when is None and self.open.at is not None and self.last_day is not None:
            when = read_clock(words, self.last_day)
        why = when.why if isinstance(when, Unread) else _impossible(when, self.now)
        if why:
            self.notes.append(f"“{words[:80]}” is not taken for a date: {why}.")
            return None
        return when if isinstance(when, When) else None


def cut(text: str, now: datetime) -> Cut:
    """The entries of a document in its order, the undated one first."""
    cutter = _Cutter(now)
    for line in lines_of(text):
        cutter.take(line)
    cutter.open.lines += [one.text for one in cutter.headings]
    return Cut([piece for one in (cutter.undated, *cutter.made) for piece in _pieces(one)], cutter.notes)


def _impossible(when: When | None, now: datetime) -> str:
    if when is None:
        return ""
    if when.at > now + timedelta(minutes=10):
        return "it is still to come"
    return "there was nothing to log yet" if when.at < EARLIEST else ""


def _pieces(one: _Open) -> list[Piece]:
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(one.lines)).strip("\n")
    if not body.strip():
        return []
    return [Piece(one.at, one.has_time, part, n) for n, part in enumerate(_parts(body), 1)]


def _parts(body: str) -> Iterator[str]:
    """The text in parts that an entry can hold: cut between paragraphs, and in the middle of one only where it must be."""
    part: list[str] = []
    n_characters, pictures = 0, set[str]()
    for paragraph in _paragraphs(body):
        names = {match["name"] for match in PICTURE.finditer(paragraph)}
        if part and (n_characters + len(paragraph) > LONGEST_PIECE or len(pictures | names) > MOST_PICTURES):
            yield "\n\n".join(part)
            part, n_characters, pictures = [], 0, set()
        part.append(paragraph)
        n_characters += len(paragraph) + 2
        pictures |= names
    if part:
        yield "\n\n".join(part)


def _paragraphs(body: str) -> Iterator[str]:
    for block in _blocks(body):
        shown = PICTURE.findall(block)
        pieces = re.split(r"(?<=\))(?=\s*!\[)|\n", block) if len(shown) > MOST_PICTURES else [block]
        for piece in pieces:
            for start in range(0, len(piece), LONGEST_PIECE):
                yield piece[start : start + LONGEST_PIECE]


def _blocks(body: str) -> Iterator[str]:
    """Paragraphs; code in a fence is one, with its blank lines."""
    block: list[str] = []
    fence = ""
    for line in body.split("\n"):
        found = FENCE.match(line)
        if found and not fence:
            fence = found["fence"]
        elif fence and is_end_of_code(line, fence):
            fence = ""
        if line.strip() or fence:
            block.append(line)
        elif block:
            yield "\n".join(block)
            block = []
    if block:
        yield "\n".join(block)
