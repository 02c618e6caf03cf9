"""Tables in the columns of production's own lists, as spreadsheets and mails bring them. Pure.

`read_table` takes any order and spelling of the columns' names, columns that are missing or doubled, lines above the head, a
byte-order mark, blanks, commas, semicolons or tabs. What cells mean is for the caller: campaigns/requests/csv_samples.py reads
samples, campaigns/planning/list_reading.py rows of a plan.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from campaigns.requests.reading import Problem
from monitoring.csv_tables import unguarded

LARGEST_BYTES = 5 * 10**6
LARGEST_UPLOAD_BYTES = 1_000_000
MOST_LINES = 5_000
HEAD_WITHIN = 50  # lines
LONGEST_CELL = 500
UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Cells = dict[str, str]


@dataclass(frozen=True)
class Columns:
    """The columns of a kind of list. `also` are read when they are there; `others` are further spellings of a name; each of
    `alone` makes a head by itself, where others need company."""

    names: tuple[str, ...]
    also: tuple[str, ...] = ()
    others: Mapping[str, str] = field(default_factory=dict)
    alone: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.names + self.also

    def known(self, cell: str) -> str:
        """The column that a cell of the head names; '' for none."""
        return self._by_spelling.get(_squeezed(cell), "")

    @cached_property
    def _by_spelling(self) -> dict[str, str]:
        return {_squeezed(name): name for name in self.all} | {_squeezed(other): name for other, name in self.others.items()}

    def n_known(self, cells: Sequence[str]) -> int:
        """How many columns these cells name, when they can be a head."""
        names = {self.known(cell) for cell in cells} - {""}
        return len(names) if len(names) > 1 or names & {*self.alone} else 0


@dataclass(frozen=True)
class Line:
    """A row of the list. `number` is its row in the file, the head being one of them; `problems` have a column as path."""

    number: int
    cells: Cells
    problems: list[Problem]


@dataclass(frozen=True)
class Found:
    """What was found of a list's columns. `problems` concern the list as a whole."""

    columns_found: list[str] = field(default_factory=list)
    columns_missing: list[str] = field(default_factory=list)
    columns_doubled: list[str] = field(default_factory=list)
    columns_unknown: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Table(Found):
    """What a list holds; with none of its columns found there are no lines."""

    lines: list[Line] = field(default_factory=list)

    @property
    def found(self) -> dict[str, list[Any]]:
        """Of what kind it is, for whoever reads more from its lines."""
        return {one.name: getattr(self, one.name) for one in fields(Found)}


def read_table(given: bytes | str, columns: Columns, *, longest_cell: int = LONGEST_CELL) -> Table:
    """Read a list. Never raises: what cannot be read is a problem of the list or of its line."""
    if len(given) > LARGEST_BYTES:
        return _unreadable(columns, f"The list has more than {LARGEST_BYTES // 10**6} MB; send a part of it.")
    try:
        text = given if isinstance(given, str) else decoded(given)
    except UnicodeDecodeError:
        return _unreadable(columns, "This is no text. Save the list as CSV in UTF-8 and send that.")
    if not text.strip("\ufeff\x00 \t\r\n"):
        return _unreadable(columns, "There is nothing in it.")
    records, problem = _records(text.lstrip("\ufeff").replace("\x00", ""), columns)
    at = next((i for i, cells in enumerate(records[:HEAD_WITHIN]) if columns.n_known(cells)), None)
    if at is None:
        return _unreadable(
            columns, f"No row names the columns. The first row should be {', '.join(columns.names)}, in any order."
        )
    head = [columns.known(cell) for cell in records[at]]
    found = [name for name in dict.fromkeys(head) if name]
    lines = [
        _line(number, head, cells, columns, longest_cell)
        for number, cells in enumerate(records[at + 1 :], at + 2)
        if any(cell.strip() for cell in cells)
    ]
    problems = [problem] if problem else []
    if len(lines) > MOST_LINES:
        problems.append(Problem("", "error", f"{len(lines):,} rows; only the first {MOST_LINES:,} are read."))
    return Table(
        lines=lines[:MOST_LINES],
        columns_found=found,
        columns_missing=[name for name in columns.names if name not in found],
        columns_doubled=[name for name in found if head.count(name) > 1],
        columns_unknown=list(
            dict.fromkeys(
                cell.strip()[:50] for cell, name in zip(records[at], head, strict=True) if not name and cell.strip("\ufeff \t")
            )
        ),
        problems=problems,
    )


def sent_list(upload: object, pasted: str) -> tuple[str, str]:
    """The list that a form sent, as text, and why it cannot be used. A file goes before what was pasted."""
    if isinstance(upload, UploadedFile):
        if (upload.size or 0) > LARGEST_UPLOAD_BYTES:
            return "", f"The file has {upload.size:,} bytes; use at most {LARGEST_UPLOAD_BYTES:,}. Is it the right one?"
        raw = upload.read()
        if b"\0" in raw and not raw.startswith(UTF_16):
            return "", f"{upload.name} is no text file. Save the table as CSV first."
        try:
            return decoded(raw), ""
        except UnicodeDecodeError:
            return "", f"{upload.name} cannot be read as text. Save it as CSV in UTF-8."
    text = pasted.replace("\0", "")
    if len(text) > LARGEST_UPLOAD_BYTES:
        return text[:LARGEST_UPLOAD_BYTES], "The text is too long to be a list. Is it the right one?"
    return text, "" if text.strip() else "Choose a file or paste the list first."


def decoded(given: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else the encoding of older spreadsheets. Raises UnicodeDecodeError."""
    if given.startswith(UTF_16):
        return given.decode("utf-16")
    try:
        return given.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\x00" in given:
            raise
        return given.decode("cp1252")


def cut(text: str) -> str:
    """As it is quoted in a sentence."""
    return text if len(text) <= 60 else text[:59] + "…"


def is_bad(problems: Iterable[Problem]) -> bool:
    return any(problem.level == "error" for problem in problems)


def _unreadable(columns: Columns, message: str) -> Table:
    return Table(columns_missing=list(columns.names), problems=[Problem("", "error", message)])


def _records(text: str, columns: Columns) -> tuple[list[list[str]], Problem | None]:
    """The list's records, parted by whichever separator finds the most columns; and what stopped the reading, if anything."""
    best: tuple[list[list[str]], Problem | None] = ([], None)
    most = -1
    for separator in ",;\t|":
        records: list[list[str]] = []
        problem = None
        try:
            for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True):
                records.append(cells)
                if len(records) > MOST_LINES + HEAD_WITHIN:
                    break
        except csv.Error as error:
            problem = Problem("", "error", f"Row {len(records) + 1} cannot be read ({error}); check its quotes.")
        n_known = max((columns.n_known(cells) for cells in records[:HEAD_WITHIN]), default=0)
        if n_known > most:
            most, best = n_known, (records, problem)
    return best


def _squeezed(cell: str) -> str:
    """SIZE_GB, "size gb" and Size-GB are one name; "# of jobs" and "#files" keep their sign, as NFILES is another column."""
    return re.sub(r"[^A-Z0-9#]", "", cell.upper())


def _line(number: int, head: Sequence[str], cells: Sequence[str], columns: Columns, longest: int) -> Line:
    problems: list[Problem] = []
    told: Cells = dict.fromkeys(columns.names, "")
    for name, cell in zip(head, cells, strict=False):
        text = unguarded(cell.strip())
        if not name:
            continue
        if told.get(name) and text and told[name] != text:
            problems.append(Problem(name, "error", f"{name} is there twice and says {cut(told[name])} and {cut(text)}."))
        told[name] = told.get(name) or text
    if any(cell.strip() for cell in cells[len(head) :]):
        said = f"The row has {len(cells)} cells and the head {len(head)}; a comma inside a text needs quotes around it."
        problems.append(Problem("", "error", said))
    problems += [
        Problem(name, "error", f"{name} has {len(text):,} characters; use at most {longest}.")
        for name, text in told.items()
        if len(text) > longest
    ]
    return Line(number, {name: text[:longest] for name, text in told.items()}, problems)
