"""What may be processed: datasets, queries, run lists, Monte Carlo; and how each is written. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from django.db.models import TextChoices


class SampleKind(TextChoices):
    """Stored values never change."""

    DATASET = "dataset", "Dataset"
    MQL = "mql", "MetaCat query"
    RUNS = "runs", "Run list"
    MONTE_CARLO = "monte-carlo", "Monte Carlo"


DID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*:[A-Za-z0-9][A-Za-z0-9_.+/-]*")
RUNS = re.compile(r"[0-9]{1,12}(?:\s*[-\u2013]\s*[0-9]{1,12})?(?:\s*[,;]\s*|\s+|\Z)")
LARGEST_RUN = 10**8
LONGEST_NAME = 300
LONGEST_QUERY = 5_000


@dataclass(frozen=True)
class Wrong:
    """Which field of a sample's row is at fault, and why."""

    field: str
    message: str


def what_is_wrong_with(kind: str, what: str) -> Wrong | None:
    """Why a sample so described cannot be processed; None when it can, as far as its text tells."""
    if kind and kind not in SampleKind.values:
        return Wrong("kind", f"“{kind[:30]}” is no kind of sample. Choose one of {', '.join(SampleKind.values)}.")
    check = {
        SampleKind.DATASET: _dataset,
        SampleKind.MQL: _query,
        SampleKind.RUNS: _runs,
        SampleKind.MONTE_CARLO: _monte_carlo,
    }.get(kind)  # type: ignore[call-overload]
    message = check(what) if check else ""
    return Wrong("what", message) if message else None


def runs_of(what: str) -> list[tuple[int, int]]:
    """A run list as pairs of first and last run: "39301-39344, 39350" → [(39301, 39344), (39350, 39350)]. Raises ValueError."""
    pairs: list[tuple[int, int]] = []
    position = 0
    while position < len(what):
        match = RUNS.match(what, position)
        if match is None:
            raise ValueError("Write runs and ranges of runs, for example 39301-39344, 39350.")
        numbers = [int(digits) for digits in re.findall(r"[0-9]+", match.group())]
        first, last = numbers[0], numbers[-1]
        if last < first:
            raise ValueError(f"{first}-{last} runs backwards. Did you mean {last}-{first}?")
        if not 0 < first <= last < LARGEST_RUN:
            raise ValueError(f"{first if first < 1 or first >= LARGEST_RUN else last} is no run number.")
        pairs.append((first, last))
        position = match.end()
    if not pairs:
        raise ValueError("Write runs and ranges of runs, for example 39301-39344, 39350.")
    return pairs


def _dataset(what: str) -> str:
    if len(what) > LONGEST_NAME:
        return f"The name has {len(what):,} characters; use at most {LONGEST_NAME}."
    if DID.fullmatch(what):
        return ""
    if what.lower().startswith("files "):
        return "This is a query. Choose MetaCat query as its kind."
    if ":" not in what and re.fullmatch(r"[A-Za-z0-9_.+/-]+", what):
        return f"“{what[:60]}” has no scope. Write SCOPE:NAME, for example hd-protodune:{what[:60]}."
    return f"“{what[:60]}” is not a dataset's name. Write SCOPE:NAME, for example hd-protodune:hd-protodune-det-reco."


def _query(what: str) -> str:
    if len(what) > LONGEST_QUERY:
        return f"The query has {len(what):,} characters; use at most {LONGEST_QUERY:,}."
    if '"' in what:
        return "justIN takes no double quotes in a query; use single ones."
    if DID.fullmatch(what):
        return "This is a dataset's name. Choose dataset as its kind."
    if not re.match(r"files\s", what, re.IGNORECASE):
        return "A query begins with “files”, as files from hd-protodune:hd-protodune-det-reco where core.data_tier=raw."
    if what.count("(") != what.count(")") or what.count("'") % 2:
        return "A bracket or quote of the query is not closed."
    if re.search(r"\b(skip|limit)\s+[0-9]+\s*$", what, re.IGNORECASE):
        return "Leave out skip and limit: slices are made when production plans its workflows."
    return ""


def _runs(what: str) -> str:
    if len(what) > LONGEST_QUERY:
        return f"The list has {len(what):,} characters; use at most {LONGEST_QUERY:,}."
    try:
        pairs = sorted(runs_of(what))
    except ValueError as error:
        return str(error)
    for before, after in pairwise(pairs):
        if after[0] <= before[1]:
            return f"Run {after[0]} is there twice."
    return ""


def _monte_carlo(what: str) -> str:
    return f"It has {len(what):,} characters; use at most {LONGEST_NAME}." if len(what) > LONGEST_NAME else ""
