"""What an entry begins with: the text of its kind, filled with what the portal knows at that moment.

opening(campaign, EntryKind.TEST_RESULT, workflow=3206).body → Markdown with the workflow's exit codes. Its number of queries
does not grow.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils import timezone

from campaigns.log.opening_plan import submission_text
from campaigns.meetings.reading import day_proposed, meetings_on
from campaigns.models import Alert, Campaign, EntryKind, StepWorkflow
from campaigns.plan.submission import TEST_SCOPE
from campaigns.summary.totals import campaign_totals
from monitoring.exit_codes import meaning
from monitoring.models import JobTally, Workflow, WorkflowState
from monitoring.numbers.jobs import end_key, sites_and_ends
from monitoring.outcomes import ENDED, Outcome
from portal.templatetags.portal_format import column_time, count, percent_unit

MOST_ROWS = 12
SIGNS = re.compile(r"[\\`*\[\]<>|]")
OPEN_STATES = (WorkflowState.SUBMITTED, WorkflowState.RUNNING, WorkflowState.PAUSED, WorkflowState.FINISHING)


@dataclass(frozen=True)
class Opening:
    """A text to begin with, and what it is about."""

    body: str = ""
    tags: tuple[str, ...] = ()
    workflows: tuple[int, ...] = ()
    sites: tuple[str, ...] = ()
    meeting: str = ""  # its day, where the portal has a meeting of that day


def opening(campaign: Campaign, kind: str, *, workflow: int | None = None, site: str = "") -> Opening:
    """The text for an entry of this kind, about that workflow or site where one is named (what is no workflow of the
    campaign is as if none were named)."""
    known = campaign.workflows().with_tally().filter(justin_id=workflow).first() if workflow else None
    write = _WRITERS.get(EntryKind(kind)) if kind in EntryKind.values else None
    if write is None:
        return Opening(workflows=(known.justin_id,) if known else (), sites=(site,) if site else ())
    return write(campaign, known, site)


# --- one for each kind ---


def _test_result(campaign: Campaign, workflow: Workflow | None, site: str) -> Opening:
    workflow = workflow or _test_of(campaign)
    if workflow is None:
        return Opening("No workflow in `usertests` is known yet: name the one this is about as #NUMBER.\n\nConclusion: ")
    tally = getattr(workflow, "tally", None)
    lines = [f"Test #{workflow.justin_id}, scope `{workflow.scope_name or 'unknown'}`: {_ended(workflow)}"]
    if tally is not None:
        _sites, ends = sites_and_ends(workflow, tally.n_ended)
        heads = ["Exit code", "Means", "Jobs", "Share", "Most of them at"]
        rows = [
            [end.label, end.meaning or "–", count(end.n_jobs), percent_unit(end.share), end.top_site or "–"]
            for end in ends[:MOST_ROWS]
        ]
        lines.append(_table(heads, rows, {2, 3}))
    lines.append("- Outputs: \n- Metadata: \n\nConclusion: ")
    return Opening("\n\n".join(lines), ("test",), (workflow.justin_id,))


def _submission(campaign: Campaign, workflow: Workflow | None, site: str) -> Opening:
    text = submission_text(campaign, workflow)
    return Opening(text, (), (workflow.justin_id,) if workflow else ())


def _incident(campaign: Campaign, workflow: Workflow | None, site: str) -> Opening:
    """Where it goes wrong: a site over the workflows that run, or the sites of a workflow, or the worst of the campaign."""
    open_ones = campaign.workflows().filter(state__in=OPEN_STATES).order_by().values("pk")
    tallies = JobTally.objects.filter(workflow=workflow) if workflow else JobTally.objects.filter(workflow__in=open_ones)
    about = f"#{workflow.justin_id}" if workflow else "the workflows that run"
    if site:
        rows = _numbers(tallies.filter(site_name=site), "workflow__justin_id")
        lead, first = f"{site}, in {about}. {_as_of(workflow)}", "Workflow"
    else:
        rows = _numbers(tallies, "site_name")
        lead, first = f"By site, in {about}. {_as_of(workflow)}", "Site"
    named = [f"#{name}" if site else name or "no site" for name, _ended, _zero, _codes in rows]
    table = (
        _table(
            [first, "Ended", "Exit 0", "Other ends"],
            [[name, count(ended), count(zero), codes] for name, (_key, ended, zero, codes) in zip(named, rows, strict=True)],
            {1, 2},
        )
        if rows
        else "No job ended there yet, as far as the portal knows."
    )
    return Opening(
        f"{lead}\n\n{table}\n\nWhat is wrong: \n\nWhat is done about it: ",
        (),
        (workflow.justin_id,) if workflow else (),
        (site,) if site else (),
    )


def _check(campaign: Campaign, workflow: Workflow | None, site: str) -> Opening:
    return Opening(f"{_state_of_things(campaign)}\n\nWhat I make of it: ")


def _handover(campaign: Campaign, workflow: Workflow | None, site: str) -> Opening:
    alerts = [f"- Open alert: {alert.title}" for alert in Alert.objects.filter(campaign=campaign, closed_at=None)[:MOST_ROWS]]
    parts = [_state_of_things(campaign), "\n".join(alerts), "What is open: \n\nWhat to do next: "]
    return Opening("\n\n".join(filter(None, parts)))


def _report(campaign: Campaign, workflow: Workflow | None, site: str) -> Opening:
    totals = campaign_totals(campaign)
    least = "" if totals.complete else "at least "
    lines = [
        f"- Workflows: {count(totals.n_workflows)}, {count(totals.n_open)} of them not finished",
        f"- Jobs that ended: {least}{count(totals.jobs)}, exit code 0: {percent_unit(totals.success_rate)}",
        f"- Files processed: {count(totals.files_processed)} of {count(totals.files_total)}",
        "- Events: ",
    ]
    return Opening(f"As of {column_time(totals.as_of)} UTC.\n\n" + "\n".join(lines) + "\n\n")


def _decision(campaign: Campaign, workflow: Workflow | None, site: str) -> Opening:
    day = day_proposed()
    meeting = meetings_on([day]).get(day)
    return Opening(f"Decided: \n\nAt the meeting of {day.isoformat()}, because: ", meeting=day.isoformat() if meeting else "")


_WRITERS: dict[EntryKind, Callable[[Campaign, Workflow | None, str], Opening]] = {
    EntryKind.TEST_RESULT: _test_result,
    EntryKind.SUBMISSION: _submission,
    EntryKind.INCIDENT: _incident,
    EntryKind.CHECK: _check,
    EntryKind.HANDOVER: _handover,
    EntryKind.REPORT: _report,
    EntryKind.DECISION: _decision,
}


# --- what they are made of ---


def _test_of(campaign: Campaign) -> Workflow | None:
    """The workflow attached to the test, else the newest in the scope of tests."""
    attached = StepWorkflow.objects.filter(campaign=campaign, step="test").order_by("-pk").values_list("workflow", flat=True)
    mine = campaign.workflows().with_tally()
    pk = attached.first()
    if pk is not None:
        return mine.filter(pk=pk).first()
    return mine.filter(scope_name=TEST_SCOPE).order_by("-justin_id").first()


def _ended(workflow: Workflow) -> str:
    tally = getattr(workflow, "tally", None)
    if tally is None:
        return "its jobs were not read yet."
    least = "" if tally.jobs_complete else "at least "
    zero = tally.n_exit_zero - tally.n_outputting
    return (
        f"{least}{count(tally.n_ended)} of {count(tally.n_submitted)} jobs ended, {count(zero)} with exit code 0"
        f"{f' ({percent_unit(zero / tally.n_ended)})' if tally.n_ended and tally.jobs_complete else ''}. {_as_of(workflow)}"
    )


def _as_of(workflow: Workflow | None) -> str:
    tally = getattr(workflow, "tally", None) if workflow else None
    return f"As of {column_time(tally.as_of if tally else timezone.now())} UTC."


def _state_of_things(campaign: Campaign) -> str:
    """Every workflow that is not finished, a line each."""
    workflows = list(campaign.workflows().with_tally().filter(state__in=OPEN_STATES).order_by("justin_id"))
    tallies = [tally for one in workflows if (tally := getattr(one, "tally", None)) is not None]
    running = sum(tally.n_running for tally in tallies)
    aim = f" of the {count(campaign.n_jobs_reference)} agreed" if campaign.n_jobs_reference else ""
    cut = "" if all(tally.jobs_complete for tally in tallies) else "at least "
    stalled = sum(tally.n_stalled for tally in tallies)
    lines = [f"- Running jobs: {cut}{count(running)}{aim}; stalled: {count(stalled)}"]
    lines += [f"- #{one.justin_id} {one.state}: {_files(one)}, {_ended(one)}" for one in workflows[:MOST_ROWS]]
    if len(workflows) > MOST_ROWS:
        lines.append(f"- and {count(len(workflows) - MOST_ROWS)} more that are not finished")
    return "\n".join(lines) if workflows else "- No workflow is running, paused or waiting."


def _files(workflow: Workflow) -> str:
    return f"{count(workflow.files_processed)} of {count(workflow.files_total)} files"


def _numbers(tallies: Iterable[JobTally], name: str) -> list[tuple[str, int, int, str]]:
    """(name, ended, exit 0, other ends in words), those with most other ends first."""
    ended: Counter[str] = Counter()
    zero: Counter[str] = Counter()
    others: dict[str, Counter[str]] = defaultdict(Counter)
    counted = tallies.values_list(name, "outcome", "exit_code", "n_jobs", "n_exit_zero")  # type: ignore[attr-defined]
    for key, outcome, code, n_jobs, n_zero in counted:
        if Outcome(outcome) not in ENDED:
            continue
        key = str(key)
        ended[key] += n_jobs
        zero[key] += n_zero
        if outcome != Outcome.FINISHED:
            word = end_key(outcome, code)
            means = meaning(code) if outcome == Outcome.SCRIPT_ERROR else ""
            others[key][f"{word} ({means})" if means else word] += n_jobs
    worst = sorted(ended, key=lambda key: (-sum(others[key].values()), -ended[key], key))[:MOST_ROWS]
    return [
        (key, ended[key], zero[key], ", ".join(f"{n:,} × {end}" for end, n in others[key].most_common(3)) or "none")
        for key in worst
    ]


def _table(heads: list[str], rows: list[list[str]], numbers: set[int]) -> str:
    """A table that is pleasant to go on writing in: only what would be read as markup is escaped, names stay as they are."""
    rule = ["--:" if place in numbers else "---" for place in range(len(heads))]
    lines = [heads, rule, *([SIGNS.sub(r"\\\g<0>", cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
