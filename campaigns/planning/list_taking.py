"""What a list makes of a plan: which lines are rows that are there already, which change one, which are new. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from campaigns.plan.mql import parse_mql
from campaigns.planning.content import MOST_ROWS, PlanContent, read_content, written
from campaigns.planning.keys import give_keys
from campaigns.planning.list_reading import JobList, ListedLine, ListedSample
from portal.errors import Invalid

KEPT, CHANGED, NEW = "there already", "changes", "new"
COLUMN_OF = {
    "step": "FOR", "use": "FOR", "skip": "SKIP", "limit": "BATCH", "rss_mib": "MEMORY", "max_distance": "DISTANCE",
    "site": "SITE", "parent": "AGAIN", "mql": "QUERY", "notes": "comments", "n_jobs": "JOBS",
}  # fmt: skip
Document = dict[str, Any]


@dataclass(frozen=True)
class Taken:
    """The plan with the list in it. `fates`: by number of a line what becomes of it; `problems`: by number of a line, why it
    could not be taken after all; `reported`: the workflows that the list says serve a row, by its key."""

    content: PlanContent
    fates: dict[int, str] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)
    reported: dict[str, list[int]] = field(default_factory=dict)

    @property
    def n_taken(self) -> int:
        return len(self.fates)


def take_list(content: PlanContent, listed: JobList, *, replace: bool = False, source: str = "list") -> Taken:
    """The plan with the good lines of the list. A ROW of the same key is changed (in the columns that the list has), a line
    without ROW that takes what a row takes is that row, others follow at the end; with `replace` the plan's other rows and
    samples go. `source` is who said the list's numbers of files. Raises Invalid when the rows are too many.
    """
    merge = _Merge(content, listed, source, replace=replace)
    for line in listed.good:
        merge.add(line)
    rows = merge.rows()
    if len(rows) > MOST_ROWS:
        raise Invalid(f"{len(rows):,} rows; a plan has at most {MOST_ROWS:,}.", field="rows")
    used = {row["sample"] for row in rows}
    samples = [one for one in merge.samples.documents if not replace or one["key"] in used]
    after = written(content) | {"samples": samples, "rows": rows}
    reported = {document["key"]: line.workflow_ids for line, document in merge.listed if line.workflow_ids}
    return Taken(read_content(after), merge.fates, merge.problems, reported)


class _Samples:
    """The plan's samples, to which those of the list are added; one that is there already is known by its query."""

    def __init__(self, documents: list[Document], source: str) -> None:
        self.documents = documents
        self.source = source
        self.known: dict[tuple[str, str, str], Document] = {}
        self.claimed: set[str] = set()  # by a key that the list gave
        self.sizes: dict[str, int] = {}  # that the list says

    def of(self, listed: ListedSample) -> Document:
        name = listed.mql, "" if listed.mql else listed.label, listed.key
        if name not in self.known:
            self.known[name] = self._found(listed) or self._made(listed)
        return self.known[name]

    def only(self) -> Document | None:
        """Of a line that names no sample: the plan's, when it has one."""
        return self.documents[0] if len(self.documents) == 1 else None

    def fill(self, document: Document, listed: ListedSample) -> str:
        """Put in what the list says of the sample; the reason where it contradicts itself."""
        if listed.label and not document.get("label"):
            document["label"] = listed.label
        if listed.n_files is None:
            return ""
        said = self.sizes.setdefault(document["key"], listed.n_files)
        if said != listed.n_files:
            return f"NFILES is {listed.n_files:,} here and {said:,} above, of the same sample."
        if document.get("n_files") != said:
            document["n_files"], document["n_files_from"] = said, self.source
        return ""

    def _found(self, listed: ListedSample) -> Document | None:
        same = [one for one in self.documents if _is_same(one, listed)]
        if listed.key:
            same = [one for one in same if one["key"] == listed.key] or [one for one in same if one["key"] not in self.claimed]
            self.claimed.update(one["key"] for one in same[:1])
        return same[0] if same else None

    def _made(self, listed: ListedSample) -> Document:
        used = {one["key"] for one in self.documents}
        free = next(key for number in range(1, len(used) + 2) if (key := f"s{number}") not in used)
        made = {"key": listed.key if listed.key and listed.key not in used else free}
        if listed.mql:
            made["mql"] = listed.mql
        self.claimed.add(made["key"])
        self.documents.append(made)
        return made


class _Merge:
    def __init__(self, content: PlanContent, listed: JobList, source: str, *, replace: bool) -> None:
        told = written(content)
        self.samples = _Samples(told["samples"], source)
        self.replace = replace
        self.columns = set(listed.columns_found)
        self.before: dict[str, Document] = {row["key"]: row for row in told["rows"]}
        self.by_slice: dict[tuple[object, ...], list[str]] = defaultdict(list)
        for key, row in self.before.items():
            self.by_slice[_what_it_takes(row)].append(key)
        self.listed: list[tuple[ListedLine, Document]] = []
        self.fates: dict[int, str] = {}
        self.problems: dict[int, str] = {}

    def add(self, line: ListedLine) -> None:
        sample = self.samples.of(line.sample) if line.sample is not None else self.samples.only()
        problem = self._problem(line, sample)
        if problem or sample is None:
            self.problems[line.number] = problem
            return
        fates = [self._add_row(line, row | {"sample": sample["key"]}) for row in line.rows]
        self.fates[line.number] = fates[0] if len(fates) == 1 else f"{len(fates):,} rows"

    def rows(self) -> list[Document]:
        """In the order of the list where it replaces, else new ones after the plan's own."""
        self._drop_orphans()
        listed = [document for _line, document in self.listed]
        give_keys(listed, taken=self.before)  # also of rows that go: workflows may have their key in the description
        if self.replace:
            return listed
        now = self.before | {document["key"]: document for document in listed}
        return list(now.values())

    def _drop_orphans(self) -> None:
        """Lines that are to be done again for a row that is not there, and what is left without its row by that."""
        while True:
            keys = {document["key"] for _line, document in self.listed} | (set() if self.replace else set(self.before))
            orphans = {line.number: again for line, row in self.listed if (again := row.get("parent", "")) not in {*keys, ""}}
            orphans |= {line.number: row["key"] for line, row in self.listed if row["key"] and row.get("parent") == row["key"]}
            if not orphans:
                return
            self.problems |= {at: f"AGAIN is {again[:40]}, which is no other row here." for at, again in orphans.items()}
            self.fates = {number: fate for number, fate in self.fates.items() if number not in orphans}
            self.listed = [(line, row) for line, row in self.listed if line.number not in orphans]

    def _problem(self, line: ListedLine, sample: Document | None) -> str:
        if sample is None:
            return "It names no sample: fill in NAMESPACE and DATASET."
        row = line.rows[0]
        if not (sample.get("mql") or row.get("mql") or row.get("n_jobs")):
            return "The sample is Monte Carlo: write how many jobs under DATASET, as monte-carlo 500."
        return self.samples.fill(sample, line.sample) if line.sample is not None else ""

    def _add_row(self, line: ListedLine, document: Document) -> str:
        if not document["key"] and (waiting := self.by_slice.get(_what_it_takes(document))):
            document["key"] = waiting.pop(0)
        self.listed.append((line, document))
        before = self.before.get(document["key"])
        if before is None:
            return NEW
        kept = {name: before[name] for name, column in COLUMN_OF.items() if column not in self.columns and name in before}
        document.update({name: value for name, value in kept.items() if name != "n_jobs" or name not in document})
        return f"{document['key']}: {KEPT if _plain(before) == _plain(document) else CHANGED}"


def _is_same(document: Document, listed: ListedSample) -> bool:
    mql = document.get("mql", "")
    if not mql or not listed.mql:
        return bool(mql) == bool(listed.mql) and document.get("label", "") == listed.label
    return bool(mql == listed.mql or _query(mql) == _query(listed.mql))


def _query(mql: str) -> str:
    parsed = parse_mql(mql)
    return mql if parsed.problem else parsed.sample


def _what_it_takes(row: Document) -> tuple[object, ...]:
    return (
        row["step"], row.get("use", "main"), row["sample"], row.get("skip", 0), row.get("limit"), row.get("n_jobs"),
        row.get("mql", ""), row.get("parent", ""),
    )  # fmt: skip


def _plain(row: Document) -> Document:
    """Without what an absent value means anyway."""
    return {name: value for name, value in row.items() if (name, value) not in (("skip", 0), ("use", "main"))}
