"""Production's job lists and checklists read as rows of a plan. Pure.

A line of a checklist is a row: its slice begins at SKIP and has BATCH files (−1 or empty: to the end). A line of a job list
has no SKIP: it is a sample of NFILES files, cut into slices of BATCH. NAMESPACE and DATASET name the sample; a query stands
under DATASET as it is, Monte Carlo as "monte-carlo 500". Columns of the portal's own (ROW, FOR, …) keep what production's have
no place for; lists without them are read as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from campaigns.job_lists import Columns, Found, Line, cut, is_bad, read_table
from campaigns.plan.errors import WrongValue
from campaigns.plan.mql import parse_mql
from campaigns.plan.slices import draft_slices
from campaigns.planning.content import LARGEST, LONGEST, LONGEST_OWN_QUERY, LONGEST_QUERY
from campaigns.planning.keys import FOR, FOR_NAMES, KEY, for_word, is_end
from campaigns.requests.amounts import NotANumber, number
from campaigns.requests.csv_samples import what_of
from campaigns.requests.inputs import SampleKind, what_is_wrong_with
from campaigns.requests.reading import Problem

COLUMNS = (
    "NAMESPACE", "TAG", "SKIP", "TIMESTAMP", "PASS", "WORKFLOW iD", "# of jobs", "status", "#event/job", "#files",
    "success fraction", "total # of events", "volume (GB)", "comments", "DUNESW", "NFILES", "SIZE_GB", "BATCH", "FCL",
    "CONFIG", "CAMPAIGN", "DATASET",
)  # fmt: skip
OWN = ("ROW", "FOR", "SAMPLE")
OWN_WHEN_USED = ("JOBS", "MEMORY", "DISTANCE", "SITE", "AGAIN", "QUERY")
NUMBERS = {"JOBS": ("n_jobs", 1), "MEMORY": ("rss_mib", 1), "DISTANCE": ("max_distance", 0)}
READ = Columns(
    COLUMNS,
    also=(*OWN, *OWN_WHEN_USED),
    others={
        "workflow": "WORKFLOW iD", "justin id": "WORKFLOW iD", "# jobs": "# of jobs", "n jobs": "# of jobs",
        "success rate": "success fraction", "comment": "comments", "notes": "comments", "limit": "BATCH", "key": "ROW",
        "volume": "volume (GB)", "#events": "total # of events", "events/job": "#event/job", "size": "SIZE_GB",
    },
    alone=("DATASET",),
)  # fmt: skip
MONTE_CARLO = re.compile(r"monte[ -]?carlo(?:\s+([0-9][0-9, ]*))?", re.IGNORECASE)
QUERY = re.compile(r"\s*\(*\s*(?:files|fids|file)\b", re.IGNORECASE)
IDS = re.compile(r"[\s,;+/&]+")
GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")


@dataclass(frozen=True)
class ListedSample:
    """The sample of a line; `key` where the list gives one. Without `mql` it is Monte Carlo."""

    mql: str
    label: str = ""
    key: str = ""
    n_files: int | None = None


@dataclass(frozen=True)
class ListedLine:
    """A line of the list, with the rows of a plan that it makes (without their sample) and the workflows that it says are
    theirs. `sample` is None for one that names none; a line that cannot be taken has no rows."""

    number: int
    cells: dict[str, str]
    problems: list[Problem]
    sample: ListedSample | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    workflow_ids: list[int] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return bool(self.rows)

    @property
    def is_noted(self) -> bool:
        return bool(self.problems)


@dataclass(frozen=True)
class JobList(Found):
    lines: list[ListedLine] = field(default_factory=list)

    @property
    def good(self) -> list[ListedLine]:
        return [line for line in self.lines if line.is_good]


def read_list(given: bytes | str, *, for_what: str = "production") -> JobList:
    """Read a list; `for_what` is a word of keys.FOR, for lines that do not say it. Never raises."""
    table = read_table(given, READ, longest_cell=LONGEST_OWN_QUERY)
    return JobList(lines=_with_keys_once([_line(line, for_what) for line in table.lines]), **table.found)


def _line(line: Line, for_what: str) -> ListedLine:
    cells, problems = line.cells, list(line.problems)
    sample, n_monte_carlo = _sample(cells, problems)
    row = _row(cells, for_what, problems)
    ids = _workflow_ids(cells["WORKFLOW iD"], problems)
    rows = [row]
    if n_monte_carlo is not None:
        row.setdefault("n_jobs", n_monte_carlo)
    elif sample is not None and not sample.mql and not row.get("mql") and "limit" in row:
        row["n_jobs"] = row.pop("limit")  # "monte-carlo" with the number of jobs under BATCH
    elif sample is not None and sample.mql and not cells["SKIP"] and not row.get("mql"):
        rows = _sliced(row, sample.n_files, problems)
    if sample is not None and not sample.mql and not row.get("mql") and "n_jobs" not in row:
        problems.append(Problem("DATASET", "error", "Say how many Monte Carlo jobs: monte-carlo 500."))
    if len(rows) > 1 and ids:
        told = f"The line makes {len(rows)} rows, so that its workflow is not reported: it is found by its slice."
        problems.append(Problem("WORKFLOW iD", "warning", told))
        ids = []
    if is_bad(problems):
        rows, ids = [], []
    return ListedLine(line.number, {k: v for k, v in cells.items() if v}, problems, sample, rows, ids)


def _sample(cells: dict[str, str], problems: list[Problem]) -> tuple[ListedSample | None, int | None]:
    """The sample, and how many Monte Carlo jobs stand in its place."""
    dataset, label, key = cells["DATASET"], cells["TAG"][:200], cells.get("SAMPLE", "")
    if key and not KEY.fullmatch(key):
        problems.append(Problem("SAMPLE", "error", "A key has letters, digits, _ and - only, 40 at most."))
    if not dataset:
        if cells["NAMESPACE"]:
            problems.append(Problem("DATASET", "error", "It names no dataset."))
        return None, None
    monte_carlo = MONTE_CARLO.fullmatch(dataset)
    if monte_carlo:
        return ListedSample("", label, key), _count("DATASET", monte_carlo[1] or "", 1, problems)
    if QUERY.match(dataset):
        kind, what = SampleKind.MQL.value, dataset
    else:
        kind, what = what_of(cells["NAMESPACE"], " ".join(dataset.split()))
    if cells["NAMESPACE"] and ":" in dataset and kind == SampleKind.DATASET and dataset.partition(":")[0] != cells["NAMESPACE"]:
        problems.append(Problem("NAMESPACE", "error", f"{cut(cells['NAMESPACE'])} is not the namespace in {cut(dataset)}."))
    elif kind == SampleKind.DATASET and (wrong := what_is_wrong_with(kind, what)):
        problems.append(Problem("DATASET", "error", wrong.message))
    mql = what if kind == SampleKind.MQL else f"files from {what}"
    if len(mql) > LONGEST_QUERY:
        told = f"The query has {len(mql):,} characters; use at most {LONGEST_QUERY:,}."
        problems.append(Problem("DATASET", "error", told))
    if kind == SampleKind.MQL and (problem := parse_mql(mql).problem):
        problems.append(Problem("DATASET", "warning", problem))
    return ListedSample(mql, label, key, _count("NFILES", cells["NFILES"], 0, problems)), None


def _row(cells: dict[str, str], for_what: str, problems: list[Problem]) -> dict[str, Any]:
    """The row of a line as far as it can be read, without its sample."""
    key, said_for = cells.get("ROW", ""), cells.get("FOR", "")
    if key and not KEY.fullmatch(key):
        problems.append(Problem("ROW", "error", "A key has letters, digits, _ and - only, 40 at most."))
    word = for_word(said_for) if said_for else for_what
    if not word:
        problems.append(Problem("FOR", "error", f"“{cut(said_for)}” is none of {', '.join(FOR_NAMES)}."))
    step, use = FOR.get(word, FOR["production"])
    row: dict[str, Any] = {"key": key, "step": step, "use": use, "skip": _count("SKIP", cells["SKIP"], 0, problems) or 0}
    limit = None if is_end(cells["BATCH"]) else _count("BATCH", cells["BATCH"], 1, problems)
    row |= {"limit": limit} if limit is not None else {}
    for name, (field_name, least) in NUMBERS.items():
        n = _count(name, cells.get(name, ""), least, problems)
        row |= {field_name: n} if n is not None else {}
    longest = {"comments": LONGEST, "SITE": 100, "AGAIN": 40, "QUERY": LONGEST_OWN_QUERY}
    for name, field_name in {"comments": "notes", "SITE": "site", "AGAIN": "parent", "QUERY": "mql"}.items():
        text = cells.get(name, "")
        if len(text) > longest[name]:
            problems.append(Problem(name, "error", f"{name} has {len(text):,} characters; use at most {longest[name]:,}."))
        row |= {field_name: text} if text else {}
    return row


def _sliced(row: dict[str, Any], n_files: int | None, problems: list[Problem]) -> list[dict[str, Any]]:
    """The rows of a line without SKIP: a whole sample in slices of BATCH. Trials take its first BATCH files only."""
    limit = row.get("limit")
    is_whole = (row["step"], row["use"]) == FOR["production"]
    if limit is None or n_files is None or limit >= n_files or not is_whole:
        if limit is not None and n_files is None and is_whole:
            problems.append(Problem("NFILES", "warning", f"It is empty, so that only the first {limit:,} files are taken."))
        return [row]
    if row["key"]:
        problems.append(Problem("ROW", "error", "SKIP is empty: say where the slice of this row begins."))
        return []
    try:
        pieces = draft_slices(n_files, limit)
    except WrongValue as wrong:
        problems.append(Problem("BATCH", "error", wrong.message))
        return []
    bare = {name: value for name, value in row.items() if name != "limit"}
    return [bare | {"skip": one.skip} | ({} if one.limit is None else {"limit": one.limit}) for one in pieces]


def _workflow_ids(cell: str, problems: list[Problem]) -> list[int]:
    """ "1638", "1,638" (as a spreadsheet shows it) or several: "1513 1638"."""
    tokens = [cell.replace(",", "")] if GROUPED.fullmatch(cell) else [token for token in IDS.split(cell) if token]
    ids = []
    for token in tokens:
        bare = re.sub(r"^[#wW]|\.0$", "", token)
        if re.fullmatch(r"[0-9]{1,10}", bare) and 0 < int(bare) <= LARGEST:
            ids.append(int(bare))
        else:
            problems.append(Problem("WORKFLOW iD", "error", f"“{cut(token)}” is no number of a workflow."))
    return list(dict.fromkeys(ids))


def _count(column: str, typed: str, least: int, problems: list[Problem]) -> int | None:
    try:
        value = number(typed)
    except NotANumber as error:
        problems.append(Problem(column, "error", str(error)))
        return None
    if value is None:
        return None
    if value != value.to_integral_value() or not least <= value <= LARGEST:
        problems.append(Problem(column, "error", f"“{cut(typed)}” is no whole number from {least} to {LARGEST:,}."))
        return None
    return int(value)


def _with_keys_once(lines: list[ListedLine]) -> list[ListedLine]:
    """A ROW that is there twice is taken once: the first time."""
    seen: dict[str, int] = {}
    told = []
    for line in lines:
        key = line.cells.get("ROW", "")
        if key and line.is_good and key in seen:
            twice = Problem("ROW", "error", f"{key} stands in line {seen[key]} already.")
            line = ListedLine(line.number, line.cells, [*line.problems, twice], line.sample)
        if key:
            seen.setdefault(key, line.number)
        told.append(line)
    return told
