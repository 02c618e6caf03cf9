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

from campaigns.job_lists import Columns, Found, Line, cut, is_bad, read_table
from campaigns.models import ProductionRequest
from campaigns.requests.amounts import NotANumber, number, whole
from campaigns.requests.code_version import why_not_a_tag
from campaigns.requests.inputs import SampleKind, what_is_wrong_with
from campaigns.requests.reading import Problem
from campaigns.requests.shape import EXTRA, MOST_ROWS, Content, clean, is_empty_row
from monitoring.csv_tables import guarded
from portal.errors import Invalid

COLUMNS = ("TAG", "DUNESW", "NFILES", "SIZE_GB", "BATCH", "FCL", "CONFIG", "CAMPAIGN", "NAMESPACE", "DATASET")
EVENTS = "EVENTS"  # read when there; written when a sample has events, so that none are lost
KEPT_ASIDE = ("TAG", "DUNESW", "SIZE_GB", "BATCH", "FCL", "CONFIG", "CAMPAIGN")
COLUMNS_READ = Columns(COLUMNS, also=(EVENTS,), alone=("DATASET",))

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
class Import(Found):
    """What a list holds; with none of its columns found there are no rows."""

    rows: list[ImportRow] = field(default_factory=list)

    @property
    def n_good(self) -> int:
        return sum(row.is_good for row in self.rows)

    @property
    def samples(self) -> list[dict[str, Any]]:
        """The good rows as samples, in the order of the list."""
        return [row.sample for row in self.rows if row.sample is not None]


def parse(given: bytes | str) -> Import:
    """Read a list. Never raises: what cannot be read is a problem of the list or of its row."""
    table = read_table(given, COLUMNS_READ)
    if table.columns_found and "DATASET" not in table.columns_found:
        missing = Problem("DATASET", "error", "There is no column DATASET; without it no row names a sample.")
        table.problems.insert(0, missing)
    return Import(rows=_with_repeats_noted([_row(line) for line in table.lines]), **table.found)


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
    writer.writerows([guarded(row[name]) for name in columns] for row in rows)
    return out.getvalue()


def rows_of(content: object) -> list[Row]:
    """A content's samples as rows. What was imported is given back; for others the request's own code and steps are named."""
    given = clean(content)
    samples = [row for row in given["samples"] if not is_empty_row("samples", row)]
    return [_as_row(given, sample) for sample in samples]


# --- in ---


def _row(line: Line) -> ImportRow:
    raw = {name: " ".join(text.split()) for name, text in line.cells.items()}
    problems = list(line.problems)
    sample = _sample(raw, problems)
    return ImportRow(line.number, None if is_bad(problems) else sample, problems, raw)


def _sample(raw: Row, problems: list[Problem]) -> dict[str, Any]:
    kind, what = what_of(raw["NAMESPACE"], raw["DATASET"])
    if not raw["DATASET"]:
        problems.append(Problem("DATASET", "error", "It names no dataset."))
    elif raw["NAMESPACE"] and raw["DATASET"].partition(":")[0] != raw["NAMESPACE"] and ":" in raw["DATASET"]:
        problems.append(
            Problem("NAMESPACE", "error", f"{cut(raw['NAMESPACE'])} is not the namespace in {cut(raw['DATASET'])}.")
        )
    elif kind == SampleKind.DATASET and ":" not in what:
        problems.append(Problem("NAMESPACE", "error", f"It is empty, and {cut(what)} names none either."))
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
        problems.append(Problem("FCL", "warning", f"“{cut(raw['FCL'])}” is not the name of a fcl file."))
    extra = {name: raw[name] for name in KEPT_ASIDE}
    if parts_of(kind, what) != (raw["NAMESPACE"], raw["DATASET"]):
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


def what_of(namespace: str, dataset: str) -> tuple[str, str]:
    """Kind of sample, and what it is, by the columns NAMESPACE and DATASET."""
    if dataset[:6].lower() == "files ":
        return SampleKind.MQL.value, dataset
    return SampleKind.DATASET.value, f"{namespace}:{dataset}" if namespace and ":" not in dataset else dataset


# --- out ---


def _as_row(content: Content, sample: dict[str, Any]) -> Row:
    kind, what = sample["kind"].strip(), " ".join(sample["what"].split())
    namespace, dataset = parts_of(kind, what)
    extra = sample.get(EXTRA)
    if extra is None:
        aside = {
            "DUNESW": content["code"]["tag"].strip(),
            "FCL": next((step["fcl"].strip() for step in content["steps"] if step["fcl"].strip()), ""),
        }
    else:
        aside = extra
        if what_of(extra.get("NAMESPACE", ""), extra.get("DATASET", "")) == (kind, what):
            namespace, dataset = extra["NAMESPACE"], extra["DATASET"]
    named = {"NFILES": sample["files"].strip(), "NAMESPACE": namespace, "DATASET": dataset, EVENTS: sample["events"].strip()}
    return {name: aside.get(name, "") for name in KEPT_ASIDE} | named


def parts_of(kind: str, what: str) -> tuple[str, str]:
    """NAMESPACE and DATASET of a sample; a query, run list or Monte Carlo stands under DATASET as it is."""
    if kind != SampleKind.DATASET:
        return "", what
    namespace, colon, name = what.partition(":")
    return (namespace, name) if colon else ("", what)
