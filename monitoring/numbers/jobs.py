"""Jobs by how they ended, by site and by the hour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, Sum

from monitoring.exit_codes import meaning
from monitoring.models import HourTally, JobTally, Workflow
from monitoring.numbers.rows import EndRow, HourRow, SiteRow, ratio
from monitoring.outcomes import ENDED, Outcome

MOST_HOURS = 72  # rows of jobs over time; a longer span is told in longer steps
STEPS_HOURS = (1, 3, 6, 24, 168)

WORDS = {
    Outcome.RESULT_LOST: ("lost", "code lost", "justIN refused the result; among others every code above 127"),
    Outcome.OUTPUT_FAILED: ("output", "output failed", "exit 0, but outputs could not be put in place"),
    Outcome.ABORTED: ("aborted", "aborted", "ended before the jobscript began"),
    Outcome.STALLED: ("stalled", "stalled", "no sign of life for an hour, or gone from the batch system"),
}
OUTCOME_OF_KEY = {words[0]: outcome for outcome, words in WORDS.items()}
FILLS = {
    Outcome.FINISHED: "ok",
    Outcome.SCRIPT_ERROR: "bad",
    Outcome.RESULT_LOST: "bad",
    Outcome.OUTPUT_FAILED: "warning",
    Outcome.ABORTED: "warning",
    Outcome.STALLED: "unknown",
}


def end_key(outcome: Outcome | str, exit_code: int | None) -> str:
    """The name of one way to end in matrices, links and JSON: '0', the code, or a word."""
    outcome = Outcome(outcome)
    if outcome is Outcome.FINISHED:
        return "0"
    if outcome is Outcome.SCRIPT_ERROR:
        return str(exit_code) if exit_code is not None else "?"
    return WORDS[outcome][0]


def is_end(key: str) -> Q:
    """The condition that finds the jobs an end's key names; a word that is none finds nothing."""
    if key in OUTCOME_OF_KEY:
        return Q(outcome=OUTCOME_OF_KEY[key])
    try:
        return Q(outcome=Outcome.SCRIPT_ERROR, exit_code=int(key))
    except ValueError:
        return Q(pk__in=[])


def job_sums(tallies: QuerySet[JobTally]) -> Iterable[Mapping[str, Any]]:
    """Jobs by site, outcome and code, entries and stages put together."""
    return tallies.values("site_name", "outcome", "exit_code").annotate(
        jobs=Sum("n_jobs"), started=Sum("n_started"), zero=Sum("n_exit_zero")
    )


def sites_and_ends(workflow: Workflow, n_ended: int) -> tuple[list[SiteRow], list[EndRow]]:
    """Sites, those with most ended jobs first; ends: 0 first, then codes by falling count, then the other ways."""
    by_site: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    by_end: dict[tuple[Outcome, int | None], dict[str, int]] = defaultdict(dict)
    for row in job_sums(workflow.job_tallies.all()):
        by_site[row["site_name"]].append(row)
        outcome = Outcome(row["outcome"])
        if outcome in ENDED:
            code = row["exit_code"] if outcome is Outcome.SCRIPT_ERROR else None
            at = by_end[outcome, code]
            at[row["site_name"]] = at.get(row["site_name"], 0) + row["jobs"]
    sites = [_site_row(site, rows) for site, rows in by_site.items()]
    # jobs that wait have no site: no row for them alone
    sites = [row for row in sites if row.site or row.ended or row.started]
    sites.sort(key=lambda row: (-row.ended, -row.started, row.site))
    ends = [_end_row(outcome, code, at, n_ended) for (outcome, code), at in by_end.items()]
    ends.sort(key=lambda row: (ENDED.index(row.outcome), -row.n_jobs, row.exit_code or 0))
    return sites, ends


def _site_row(site: str, rows: list[Mapping[str, Any]]) -> SiteRow:
    ends: dict[str, int] = defaultdict(int)
    codes: dict[int, int] = defaultdict(int)
    n: dict[str, int] = defaultdict(int)
    for row in rows:
        outcome = Outcome(row["outcome"])
        n["started"] += row["started"]
        n["zero"] += row["zero"]
        if outcome is Outcome.RUNNING:
            n["running"] += row["jobs"]
        if outcome not in ENDED:
            continue
        n["ended"] += row["jobs"]
        n["ended_zero"] += row["zero"]
        ends[end_key(outcome, row["exit_code"])] += row["jobs"]
        if outcome is Outcome.FINISHED:
            n["good"] += row["jobs"]
        elif outcome is Outcome.SCRIPT_ERROR and row["exit_code"] is not None:
            codes[row["exit_code"]] += row["jobs"]
    if n["ended"] or n["zero"]:
        codes[0] = n["zero"]
    return SiteRow(
        site=site, started=n["started"], ended=n["ended"], running=n["running"], exit_zero=n["zero"],
        ended_zero=n["ended_zero"], good=n["good"],
        ends=dict(ends), exit_codes=dict(sorted(codes.items())),
    )  # fmt: skip


def _end_row(outcome: Outcome, code: int | None, at: Mapping[str, int], n_ended: int) -> EndRow:
    n_jobs = sum(at.values())
    top_site = min((site for site in at if site), key=lambda site: (-at[site], site), default="")
    if outcome is Outcome.FINISHED:
        label, means, code = "0", "good: exit 0 and outputs in place", 0
    elif outcome is Outcome.SCRIPT_ERROR:
        label, means = str(code) if code is not None else "unknown code", meaning(code)
    else:
        _key, label, means = WORDS[outcome]
    return EndRow(
        key=end_key(outcome, code), label=label, outcome=outcome, exit_code=code, meaning=means, n_jobs=n_jobs,
        share=ratio(n_jobs, n_ended), n_sites=sum(1 for site in at if site), top_site=top_site,
        top_site_n_jobs=at.get(top_site, 0) if top_site else 0, fill=FILLS[outcome],
    )  # fmt: skip


def hours_of(workflow: Workflow) -> tuple[list[HourRow], int]:
    """Jobs over time without gaps, and the hours in each row: as long as keeps them to some 72 rows."""
    rows = list(
        HourTally.objects.filter(workflow=workflow)
        .values("hour")
        .annotate(started=Sum("n_started"), zero=Sum("n_ended_zero"), other=Sum("n_ended_other"))
        .order_by("hour")
    )
    if not rows:
        return [], 1
    span = (rows[-1]["hour"] - rows[0]["hour"]) // timedelta(hours=1) + 1
    step = next((step for step in STEPS_HOURS if span / step <= MOST_HOURS), STEPS_HOURS[-1])
    sums: dict[datetime, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        at = sums[start_of_step(row["hour"], step)]
        for index, n in enumerate((row["started"], row["zero"], row["other"])):
            at[index] += n
    first, last = min(sums), max(sums)
    hours, running = [], 0
    for index in range((last - first) // timedelta(hours=step) + 1):
        at_hour = first + timedelta(hours=step * index)
        started, zero, other = sums.get(at_hour, (0, 0, 0))
        running = max(running + started - zero - other, 0)
        hours.append(HourRow(at_hour, started, zero, other, running))
    return hours, step


def start_of_step(at: datetime, hours: int) -> datetime:
    """The beginning of the step of that many hours (1, 3, 6, 12, 24 or 168: weeks begin on Monday) that holds `at`, UTC."""
    at = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if hours >= 168:
        at -= timedelta(days=at.weekday())
    return at.replace(hour=0 if hours >= 24 else at.hour - at.hour % hours)
