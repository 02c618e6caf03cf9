"""Numbers of files of a plan's samples on its pages: whose they are, what MetaCat says now, and taking its number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import QueryDict

from campaigns.models import Campaign
from campaigns.planning.content import PlanContent, read_content, written
from campaigns.planning.sizes import METACAT, SampleSize, changed, sizes_of, told_by_metacat, typed_by
from campaigns.sample_counts import answers, ask_metacat, queries_of
from campaigns.views.plan_form import PlanForm
from campaigns.views.plan_rows import RowLine
from campaigns.views.plan_text import write_rows
from monitoring.counting import is_configured, kept
from monitoring.models import Failure, QueryCount
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

CLOSED = re.compile(r"[A-Za-z0-9_-]{1,40}:[1-9][0-9]{0,8}")


@dataclass(frozen=True)
class Change:
    """A sample that has another number of files than planned, and what follows."""

    size: SampleSize
    effect: str
    add: str = ""  # a row for the files that no row takes, as the editor's address has it


@dataclass(frozen=True)
class Sizes:
    """The panel. `by_key`: every sample of the plan."""

    is_configured: bool
    by_key: dict[str, SampleSize]
    changes: list[Change]

    @property
    def samples(self) -> list[SampleSize]:
        return [size for size in self.by_key.values() if size.has_query]

    @property
    def is_open(self) -> bool:
        return any(size.count is not None and size.count.is_open for size in self.samples)


def found_by(lines: Iterable[RowLine]) -> dict[str, int]:
    """How many files justIN found for the newest workflow of each row, by the row's key; what did not begin has none."""
    return {line.row.key: line.newest.files_total for line in lines if line.newest is not None and line.newest.files_total}


def sizes_for(content: PlanContent, found: Mapping[str, int]) -> Sizes:
    """One query, whatever the plan holds. `found`: files of rows that have a workflow which began, by the row's key."""
    by_key = sizes_of(content, kept(queries_of(content)))
    return Sizes(is_configured(), by_key, [_change(size, found) for size in changed(by_key.values())])


def _change(size: SampleSize, found: Mapping[str, int]) -> Change:
    """With the address of a draft that takes what no row takes: from the planned end on, or from where workflows that were
    submitted to the end found their last file; their rows get that as their limit.
    """
    words = size.effect_words(found)
    if size.known is None or (size.difference or 0) <= 0 or any(row.key not in found for _n, row in size.open_ended):
        return Change(size, words)
    ended = [(row, found[row.key]) for _n, row in size.open_ended]
    start = max((row.skip + n for row, n in ended), default=size.sample.n_files or 0)
    if not size.n_rows or start >= size.known:
        return Change(size, words)
    close = "".join(f"&close={row.key}:{n}" for row, n in ended)
    return Change(size, words, f"{size.sample.key}:{start}:{size.known}{close}")


# --- the editor ---


def with_count(posted: QueryDict, action: str, campaign: Campaign, user: User) -> tuple[QueryDict, str, str]:
    """What was sent, with MetaCat's number in the sample that `action` ("count:2") names; else why not, in words.

    Returns (what stands in the form now, the field that the words are about, the words).
    """
    at = action.removeprefix("count:")
    if not (at.isascii() and at.isdigit() and len(at) < 4):
        return posted, "", "Say which sample MetaCat is to be asked for."
    query = posted.get(f"samples-{at}-mql", "").strip()
    field = f"samples-{at}"
    if not query:
        return posted, field, "Write the query first; without one it is Monte Carlo."
    try:
        ask_metacat(campaign, actor=user, queries=[query])
    except NotAllowed as refused:
        raise PermissionDenied(refused.message) from refused
    except (Invalid, Conflict) as refused:
        return posted, field, refused.message
    row = answers([query]).get(query)
    if row is None or row.is_open:
        return posted, field, "MetaCat is being asked; press again in a moment."
    if row.is_failing or row.n_files is None:
        return posted, field, why_no_number(row)
    if row.doubt:
        return posted, field, f"MetaCat has {row.n_files:,} files; {row.doubt}."
    changed = posted.copy()
    changed[f"{field}-n_files"] = str(row.n_files)
    changed[f"{field}-n_files_from"] = told_by_metacat(row)
    return changed, "", ""


def with_known(form: PlanForm, content: PlanContent, key: str, close: Iterable[str] = ()) -> PlanContent:
    """The plan with MetaCat's number in this sample, if one is known; it stands in the form, not saved. Asks nobody.

    `close`: rows that run to the end and get a limit, as ROW:LIMIT.
    """
    closing = {one.partition(":")[0]: int(one.partition(":")[2]) for one in close if CLOSED.fullmatch(one)}
    sample = content.sample(key)
    row = kept([sample.mql]).get(sample.mql.strip()) if sample is not None else None
    if row is None or row.n_files is None or row.doubt:
        return content
    for one in form.samples:
        if one.values["key"] == key:
            one.values |= {"n_files": str(row.n_files), "n_files_from": told_by_metacat(row)}
    told = written(content)
    for document in told["samples"]:
        if document["key"] == key:
            document |= {"n_files": row.n_files, "n_files_from": told_by_metacat(row)}
    for document in told["rows"]:
        if document["key"] in closing and document.get("limit") is None:
            document["limit"] = closing[document["key"]]
    form.content, form.is_unsaved = read_content(told), True
    form.text = write_rows(form.content.rows)
    return form.content


def why_no_number(row: QueryCount) -> str:
    """The failure of a question, for people."""
    kind = Failure(row.error_kind).label if row.error_kind in Failure.values else "gave no number"
    return f"MetaCat {kind}: {row.error_text}"


def honest(posted: QueryDict, base: PlanContent | None, who: str) -> QueryDict:
    """Numbers that were typed over MetaCat's are not called MetaCat's any more."""
    n = posted.get("n_samples", "")
    numbers = range(min(int(n), 200) if n.isascii() and n.isdigit() and len(n) < 9 else 0)
    claims = [at for at in numbers if posted.get(f"samples-{at}-n_files_from", "").strip().startswith(METACAT)]
    if not claims:
        return posted
    counts = kept(posted.get(f"samples-{at}-mql", "") for at in claims)
    before = {(one.mql.strip(), str(one.n_files), one.n_files_from) for one in base.samples} if base else set()
    changed = posted.copy()
    for at in claims:
        query, number, source = (posted.get(f"samples-{at}-{name}", "").strip() for name in ("mql", "n_files", "n_files_from"))
        typed = number.replace(",", "")
        row = counts.get(query)
        is_told = row is not None and typed in (str(row.n_files), str(row.n_files_before))
        if typed and not is_told and (query, typed, source) not in before:
            changed[f"samples-{at}-n_files_from"] = typed_by(who)
    return changed
