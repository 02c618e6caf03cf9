"""Samples as a table in the columns of production's own job lists, in and out. Pure.

A list becomes samples (NAMESPACE:DATASET, NFILES; EVENTS where the list has it); the columns that a request has no field for
stay with each sample under "extra", so that a list that was imported is exported with the same rows. Lists come from
spreadsheets: any order of columns, columns missing or doubled, a byte-order mark, blanks, commas, semicolons or tabs.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from campaigns.models import ProductionRequest
from campaigns.requests.amounts import NotANumber, number, whole
from campaigns.requests.code_version import why_not_a_tag
from campaigns.requests.inputs import SampleKind, what_is_wrong_with
from campaigns.requests.reading import Problem
from campaigns.requests.shape import EXTRA, MOST_ROWS, Content, clean, is_empty_row
from monitoring.csv_tables import FORMULA_STARTS
from portal.errors import Invalid

COLUMNS = ("TAG", "DUNESW", "NFILES", "SIZE_GB", "BATCH", "FCL", "CONFIG", "CAMPAIGN", "NAMESPACE", "DATASET")
EVENTS = "EVENTS"  # read when there; written when a sample has events, so that none are lost
KEPT_ASIDE = ("TAG", "DUNESW", "SIZE_GB", "BATCH", "FCL", "CONFIG", "CAMPAIGN")
LARGEST_BYTES = 5 * 10**6
MOST_LINES = 5_000
LONGEST_CELL = 500

Row = dict[str, str]


@dataclass(frozen=True)
class ImportRow:
    """A row of the list. `number` is its row in the file, the head being one of them; `sample` is None when it cannot be taken.

    `problems` have a column's name as path. `raw` is what the columns said, blanks around it removed.
    """

    number: int
    sample: dict[str, Any] | None
    problems: list[Problem]
    raw: Row

    @property
    def is_good(self) -> bool:
        return self.sample is not None


@dataclass(frozen=True)
class Import:
    """What a list holds. `problems` concern the list as a whole; with none of its columns found there are no rows."""

    rows: list[ImportRow] = field(default_factory=list)
    columns_found: list[str] = field(default_factory=list)
    columns_missing: list[str] = field(default_factory=list)
    columns_doubled: list[str] = field(default_factory=list)
    columns_unknown: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def n_good(self) -> int:
        return sum(row.is_good for row in self.rows)

    @property
    def samples(self) -> list[dict[str, Any]]:
        """The good rows as samples, in the order of the list."""
        return [row.sample for row in self.rows if row.sample is not None]


def parse(given: bytes | str) -> Import:
    """Read a list. Never raises: what cannot be read is a problem of the list or of its row."""
    if len(given) > LARGEST_BYTES:
        return _unreadable(f"The list has more than {LARGEST_BYTES // 10**6} MB; send a part of it.")
    try:
        text = given if isinstance(given, str) else _decoded(given)
    except UnicodeDecodeError:
        return _unreadable("This is no text. Save the list as CSV in UTF-8 and send that.")
    if not text.strip("\ufeff\x00 \t\r\n"):
        return _unreadable("There is nothing in it.")
    records, problem = _records(text.lstrip("\ufeff").replace("\x00", ""))
    at = next((i for i, cells in enumerate(records) if _known(cells)), None)
    if at is None:
        return _unreadable(f"No row names the columns. The first row should be {', '.join(COLUMNS)}, in any order.")
    head = [_column(cell) for cell in records[at]]
    found = list(dict.fromkeys(name for name in head if name in (*COLUMNS, EVENTS)))
    doubled = [name for name in found if head.count(name) > 1]
    rows = [
        _row(number, head, cells)
        for number, cells in enumerate(records[at + 1 :], at + 2)
        if any(cell.strip() for cell in cells)
    ]
    problems = [problem] if problem else []
    if "DATASET" not in found:
        problems.append(Problem("DATASET", "error", "There is no column DATASET; without it no row names a sample."))
    if len(rows) > MOST_LINES:
        problems.append(Problem("", "error", f"{len(rows):,} rows; only the first {MOST_LINES:,} are read."))
    return Import(
        rows=_with_repeats_noted(rows[:MOST_LINES]),
        columns_found=found,
        columns_missing=[name for name in COLUMNS if name not in found],
        columns_doubled=doubled,
        columns_unknown=list(
            dict.fromkeys(cell.strip()[:50] for cell in records[at] if _column(cell) not in found and cell.strip())
        ),
        problems=problems,
    )


def take(content: object, samples: Sequence[dict[str, Any]], *, replace: bool = False) -> Content:
    """The content with these samples after its own, or instead of them. Raises Invalid when they are too many."""
    taken = clean(content)
    own = [] if replace else [row for row in taken["samples"] if not is_empty_row("samples", row)]
    together = own + list(samples)
    if len(together) > MOST_ROWS:
        raise Invalid(
            f"{len(together):,} samples; a request holds at most {MOST_ROWS}. Import a part.",
            field="samples",
        )
    return clean(taken | {"samples": together})


def export(requests: Iterable[ProductionRequest]) -> str:
    """The samples of these requests, one a row, in production's columns; EVENTS is added when any sample has events."""
    rows = [row for request in requests for row in rows_of(request.content)]
    columns = COLUMNS + ((EVENTS,) if any(row[EVENTS] for row in rows) else ())
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_safe(row[name]) for name in columns] for row in rows)
    return out.getvalue()


def rows_of(content: object) -> list[Row]:
    """A content's samples as rows. What was imported is given back; for others the request's own code and steps are named."""
    given = clean(content)
    samples = [row for row in given["samples"] if not is_empty_row("samples", row)]
    return [_as_row(given, sample) for sample in samples]


# --- in ---


def _unreadable(message: str) -> Import:
    return Import(columns_missing=list(COLUMNS), problems=[Problem("", "error", message)])


def _decoded(given: bytes) -> str:
    """UTF-8 with or without a mark, UTF-16 with one, else the encoding of older spreadsheets. Raises UnicodeDecodeError."""
    if given.startswith((b"\xff\xfe", b"\xfe\xff")):
        return given.decode("utf-16")
    try:
        return given.decode("utf-8-sig")
    except UnicodeDecodeError:
        if b"\x00" in given:
            raise
        return given.decode("cp1252")


def _records(text: str) -> tuple[list[list[str]], Problem | None]:
    """The list's records, parted by whichever separator finds the most columns; and what stopped the reading, if anything."""
    best: tuple[list[list[str]], Problem | None] = ([], None)
    most = -1
    for separator in ",;\t|":
        records: list[list[str]] = []
        problem = None
        try:
            for cells in csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True):
                records.append(cells)
                if len(records) > MOST_LINES + 50:
                    break
        except csv.Error as error:
            problem = Problem("", "error", f"Row {len(records) + 1} cannot be read ({error}); check its quotes.")
        n_known = max((_known(cells) for cells in records), default=0)
        if n_known > most:
            most, best = n_known, (records, problem)
    return best


def _column(cell: str) -> str:
    return "_".join(cell.strip().strip("\ufeff").upper().replace("-", " ").replace("_", " ").split())


def _known(cells: Sequence[str]) -> int:
    """How many columns of a list these cells name; a single one is a head only when it is DATASET."""
    names = {_column(cell) for cell in cells} & {*COLUMNS, EVENTS}
    return len(names) if len(names) > 1 or "DATASET" in names else 0


def _row(number_: int, head: list[str], cells: list[str]) -> ImportRow:
    problems: list[Problem] = []
    raw: Row = dict.fromkeys(COLUMNS, "")
    for name, cell in zip(head, cells, strict=False):
        text = _bare(cell)
        if name not in raw and name != EVENTS:
            continue
        if raw.get(name) and text and raw[name] != text:
            problems.append(Problem(name, "error", f"{name} is there twice and says {_cut(raw[name])} and {_cut(text)}."))
        raw[name] = raw.get(name) or text
    surplus = [cell for cell in cells[len(head) :] if cell.strip()]
    if surplus:
        said = f"The row has {len(cells)} cells and the head {len(head)}; a comma inside a text needs quotes around it."
        problems.append(Problem("", "error", said))
    problems += [
        Problem(name, "error", f"{name} has {len(text):,} characters; use at most {LONGEST_CELL}.")
        for name, text in raw.items()
        if len(text) > LONGEST_CELL
    ]
    sample = _sample(raw, problems)
    bad = any(problem.level == "error" for problem in problems)
    return ImportRow(number_, None if bad else sample, problems, {name: text[:LONGEST_CELL] for name, text in raw.items()})


def _sample(raw: Row, problems: list[Problem]) -> dict[str, Any]:
    kind, what = _what(raw["NAMESPACE"], raw["DATASET"])
    if not raw["DATASET"]:
        problems.append(Problem("DATASET", "error", "It names no dataset."))
    elif raw["NAMESPACE"] and raw["DATASET"].partition(":")[0] != raw["NAMESPACE"] and ":" in raw["DATASET"]:
        problems.append(
            Problem("NAMESPACE", "error", f"{_cut(raw['NAMESPACE'])} is not the namespace in {_cut(raw['DATASET'])}.")
        )
    elif kind == SampleKind.DATASET and ":" not in what:
        problems.append(Problem("NAMESPACE", "error", f"It is empty, and {_cut(what)} names none either."))
    elif wrong := what_is_wrong_with(kind, what):
        problems.append(Problem("DATASET", "error", wrong.message))
    for name in ("NFILES", EVENTS):
        try:
            whole(raw.get(name, ""))
        except NotANumber as error:
            problems.append(Problem(name, "error", f"{name}: {error}"))
    _check_size(raw, problems)
    if raw["DUNESW"] and (why := why_not_a_tag(raw["DUNESW"])):
        problems.append(Problem("DUNESW", "warning", why))
    if raw["FCL"] and not raw["FCL"].endswith(".fcl"):
        problems.append(Problem("FCL", "warning", f"“{_cut(raw['FCL'])}” is not the name of a fcl file."))
    extra = {name: raw[name] for name in KEPT_ASIDE}
    if _parts(kind, what) != (raw["NAMESPACE"], raw["DATASET"]):
        extra |= {"NAMESPACE": raw["NAMESPACE"], "DATASET": raw["DATASET"]}
    return {"kind": kind, "what": what, "files": raw["NFILES"], "events": raw.get(EVENTS, ""), EXTRA: extra}


def _check_size(raw: Row, problems: list[Problem]) -> None:
    try:
        size = number(raw["SIZE_GB"])
    except NotANumber as error:
        problems.append(Problem("SIZE_GB", "error", f"SIZE_GB: {error}"))
        return
    try:
        n_files = whole(raw["NFILES"])
    except NotANumber:
        return
    if size and n_files and size / n_files > 1000:
        said = f"{raw['SIZE_GB']} GB in {n_files:,} files are more than a TB a file. Is it in MB?"
        problems.append(Problem("SIZE_GB", "warning", said))


def _with_repeats_noted(rows: list[ImportRow]) -> list[ImportRow]:
    """Rows that name the same dataset with the same fcl file and version get a warning: it would be processed twice."""
    seen: dict[tuple[str, ...], int] = {}
    noted = []
    for row in rows:
        key = tuple(row.raw[name] for name in ("NAMESPACE", "DATASET", "FCL", "CONFIG", "DUNESW"))
        if row.sample is not None and key in seen:
            twice = Problem("DATASET", "warning", f"The same as row {seen[key]}; it would be processed twice.")
            row = ImportRow(row.number, row.sample, [*row.problems, twice], row.raw)
        seen.setdefault(key, row.number)
        noted.append(row)
    return noted


def _what(namespace: str, dataset: str) -> tuple[str, str]:
    if dataset[:6].lower() == "files ":
        return SampleKind.MQL.value, dataset
    return SampleKind.DATASET.value, f"{namespace}:{dataset}" if namespace and ":" not in dataset else dataset


def _bare(cell: str) -> str:
    """A cell's text in one line; the apostrophe with which a spreadsheet is told that = begins no formula goes."""
    text = " ".join(cell.split())
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


# --- out ---


def _as_row(content: Content, sample: dict[str, Any]) -> Row:
    kind, what = sample["kind"].strip(), " ".join(sample["what"].split())
    namespace, dataset = _parts(kind, what)
    extra = sample.get(EXTRA)
    if extra is None:
        aside = {
            "DUNESW": content["code"]["tag"].strip(),
            "FCL": next((step["fcl"].strip() for step in content["steps"] if step["fcl"].strip()), ""),
        }
    else:
        aside = extra
        if _what(extra.get("NAMESPACE", ""), extra.get("DATASET", "")) == (kind, what):
            namespace, dataset = extra["NAMESPACE"], extra["DATASET"]
    named = {"NFILES": sample["files"].strip(), "NAMESPACE": namespace, "DATASET": dataset, EVENTS: sample["events"].strip()}
    return {name: aside.get(name, "") for name in KEPT_ASIDE} | named


def _parts(kind: str, what: str) -> tuple[str, str]:
    """NAMESPACE and DATASET of a sample; a query, run list or Monte Carlo stands under DATASET as it is."""
    if kind != SampleKind.DATASET:
        return "", what
    namespace, colon, name = what.partition(":")
    return (namespace, name) if colon else ("", what)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
