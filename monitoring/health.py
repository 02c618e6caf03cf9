"""What is wrong with justIN's answers or with a workflow, in words: for pages, lists and the API. Nothing here writes.

Every notice says since when. Ages of justIN's numbers are counted on justIN's clock, which is some seconds off the
portal's (Service.now); failures and next tries are on the portal's clock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, Sum
from django.utils import timezone

from monitoring.models import Failure, JobTally, JustinCampaign, Polled, Service, Tally, Workflow, WorkflowState
from monitoring.outcomes import ENDED, Outcome

SILENT = timedelta(minutes=15)  # no listing, or no poll, for this long or for three polls
STALE = timedelta(minutes=90)  # jobs of a running workflow; they are read at least every half hour
LEAST_ENDED = 10  # jobs at a site before its failures mean anything
BAD_SHARE = 0.5  # exit 0 below this at the site …
BETTER_BY = 0.25  # … while the rest of the workflow does better by as much

NOT_BEGUN = frozenset({WorkflowState.DRAFT, WorkflowState.SUBMITTED})
UNFINISHED = frozenset({WorkflowState.RUNNING, WorkflowState.PAUSED, WorkflowState.FINISHING})
LEVELS = ("bad", "paused", "warning", "stale", "unknown", "todo")

WHAT_TO_DO = {
    Failure.UNREACHABLE: "Nothing is lost; it is asked again. If it lasts, see whether justIN's own pages open.",
    Failure.SLOW: "Nothing is lost; it is asked again, less often.",
    Failure.SERVER_ERROR: "Nothing is lost; it is asked again. If it lasts, tell the people who run justIN.",
    Failure.ERROR_PAGE: "The address or the question may be wrong: check JUSTIN_URL; tell the portal's administrators.",
    Failure.LOGIN_WANTED: (
        "This justIN gives no downloads without a log-in (it does from version 01.07 on). "
        "The numbers stay as they are until it does."
    ),
    Failure.GARBAGE: "Nothing was taken from that answer. If it lasts, tell the portal's administrators.",
    Failure.CUT: "Nothing was taken from that answer; it is asked again.",
    Failure.WRONG_ROWS: "Nothing was taken from that answer. If it lasts, tell the portal's administrators.",
    Failure.WORSE: "The earlier numbers were kept. justIN may have archived the workflow.",
    Failure.BUSY: "Nothing is lost; it is asked again, less often.",
    Failure.REFUSED: "The query must be put right.",
    Failure.NOT_FOUND: "The name of the dataset must be put right.",
    Failure.TRAP: "The query must be written otherwise.",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that is wrong or not known.

    `level` is a status of the visual language; `kind` a word for code and tests; `since` when it began, as far as known.
    """

    level: str
    kind: str
    title: str
    detail: str = ""
    since: datetime | None = None
    next_try_at: datetime | None = None
    justin_id: int | None = None  # of the workflow, when it is about one

    @property
    def rank(self) -> int:
        """0 is worst."""
        return LEVELS.index(self.level)


@dataclass(frozen=True, slots=True)
class BadSite:
    """A site at which a workflow does much worse than elsewhere. Counts are jobs that ended."""

    site: str
    ended: int
    exit_zero: int
    elsewhere_ended: int
    elsewhere_zero: int
    top_end: str  # in words, e.g. "exit 65"
    top_n_jobs: int


def justin_service() -> Service:
    """How asking justIN goes; an unsaved row before the first poll. Reads only, unlike Service.justin."""
    return Service.objects.filter(name=Service.JUSTIN).first() or Service(name=Service.JUSTIN)


def worst_first(notices: Iterable[Notice]) -> list[Notice]:
    return sorted(notices, key=lambda notice: (notice.rank, notice.kind, -(notice.justin_id or 0)))


def health_of(
    workflow: Workflow,
    service: Service | None = None,
    now: datetime | None = None,
    *,
    bad_sites: Sequence[BadSite] | None = None,
) -> list[Notice]:
    """What is wrong with a workflow, the worst first; justIN's own failures included when its `service` is given.

    `now`: the portal's clock. Bad sites cost one query; give `bad_sites` where they were read for many workflows at once.
    """
    now = now or timezone.now()
    notices = service_notice(service, now) if service is not None else []
    notices += row_notices(workflow, service, now)
    sites = bad_sites if bad_sites is not None else bad_sites_of([workflow.pk]).get(workflow.pk, [])
    notices += [bad_site_notice(workflow, site) for site in sites]
    return worst_first(notices)


def service_notice(service: Service, now: datetime | None = None) -> list[Notice]:
    """What is wrong with justIN as a whole, or with our asking; an empty list when all is well."""
    now = now or timezone.now()
    if service.is_failing:
        kind = "login-wanted" if service.error_kind == Failure.LOGIN_WANTED else "service-failing"
        return [
            Notice(
                "bad", kind, f"{service} {_failure(service)}", _what_to_do(service), service.failing_since,
                service.next_try_at,
            )
        ]  # fmt: skip
    last = max(filter(None, [service.round_began_at, service.round_ended_at]), default=None)
    if last is None:
        if service.read_at is None:
            return [Notice("todo", "never-polled", f"{service} was never asked yet", "The first poll is still to come.")]
        return []
    if now - last > silent_after():
        return [
            Notice(
                "stale", "no-poll", f"{service} has not been asked for some time",
                "The portal's own poll stands still: its worker or beat may not be running.", last,
            )
        ]  # fmt: skip
    return []


def row_notices(workflow: Workflow, service: Service | None = None, now: datetime | None = None) -> list[Notice]:
    """What a workflow's own row and totals tell: no query when its tally and justIN campaign are loaded."""
    now = now or timezone.now()
    number = workflow.justin_id
    notices: list[Notice] = []

    def add(level: str, kind: str, title: str, detail: str = "", since: datetime | None = None) -> None:
        notices.append(Notice(level, kind, title, detail, since, justin_id=number))

    tally: Tally | None = getattr(workflow, "tally", None)
    campaign = workflow.justin_campaign
    if workflow.is_failing:
        notices.append(_reading_fails(workflow, number, "reading-failing", f"Jobs of {number} cannot be read"))
    if campaign is not None and campaign.is_failing:
        notices.append(listing_notice(campaign, number))
    if workflow.state == WorkflowState.PAUSED:
        if workflow.auto_paused_at:
            add("paused", "paused-by-justin", f"{number} paused by justIN",
                "Too many of its jobs ended badly within an hour.", workflow.auto_paused_at)  # fmt: skip
        else:
            add("paused", "paused-by-person", f"{number} paused by a person",
                "justIN does not say by whom or why.", workflow.state_since)  # fmt: skip
    if workflow.is_finished and workflow.files_total == 0 and not workflow.files_processed:
        add("bad", "finished-without-files", f"{number} finished without any file",
            "Its query found none, or more files than the quota allows (10,000 unless raised): "
            "then justIN ends the workflow at once.", workflow.seen_finished_at or workflow.state_since)  # fmt: skip
    if workflow.unlisted_since:
        add("unknown", "unlisted", f"{number} is no longer listed by justIN",
            "It may be archived. What was read before is kept.", workflow.unlisted_since)  # fmt: skip
    if not workflow.state:
        add("unknown", "state-unknown", f"State of {number} unknown",
            "It is registered by its own id only; watch its justIN campaign to learn its state and file counts.",
            workflow.first_seen_at)  # fmt: skip
    elif workflow.state not in WorkflowState.values:
        add("unknown", "state-word", f"{number} is in a state the portal does not know: {workflow.state}",
            "justIN's own word is shown as it is.", workflow.state_since)  # fmt: skip
    if tally is None and workflow.state not in NOT_BEGUN and not workflow.is_failing:
        if workflow.read_at is None:
            add("unknown", "never-read", f"Jobs of {number} were not read yet", "They are read at one of the next polls.",
                workflow.first_seen_at)  # fmt: skip
        elif workflow.files_processed:
            add("unknown", "no-jobs", f"justIN tells of no jobs of {number}",
                f"It lists {workflow.files_processed:,} of its files as processed, so there were some; "
                "it may have archived them. Their numbers are unknown.", workflow.read_at)  # fmt: skip
        else:
            add("unknown", "nothing-known", f"justIN told nothing about {number}",
                "It knows no such workflow, or has no jobs and files of it yet.", workflow.read_at)  # fmt: skip
    if tally is not None and not tally.complete:
        add("warning", "capped", f"Numbers of {number} are lower bounds", _cut_slices(tally), tally.full_as_of)
    if is_stale(workflow, service, now):
        add("stale", "stale", f"Numbers of {number} are old",
            "They were true at the time given; nothing newer could be read.", stale_since(workflow))  # fmt: skip
    if workflow.files_total is not None and (workflow.files_processed or 0) > workflow.files_total > 0:
        add("warning", "over-all", f"{number} has more files processed than it has",
            f"justIN says {workflow.files_processed:,} of {workflow.files_total:,}.", workflow.listed_at)  # fmt: skip
    return notices


def is_stale(workflow: Workflow, service: Service | None = None, now: datetime | None = None) -> bool:
    """Whether what is shown of an unfinished workflow is older than it should be.

    Its listing should be as old as a poll or two, its jobs at most half an hour (90 minutes of patience).
    """
    if workflow.is_finished or workflow.final_read_at or workflow.unlisted_since:
        return False
    now = now or timezone.now()
    there = now + timedelta(seconds=service.clock_offset_seconds) if service is not None else now
    if workflow.listed_at and there - workflow.listed_at > silent_after():
        return True
    has_begun = workflow.state not in NOT_BEGUN
    return bool(has_begun and workflow.read_at is not None and there - workflow.read_at > STALE)


def stale_since(workflow: Workflow) -> datetime | None:
    """The time of the oldest of the two answers its numbers come from."""
    return min(filter(None, [workflow.listed_at, workflow.read_at]), default=None)


def silent_after() -> timedelta:
    """Three polls without a word, at least a quarter of an hour."""
    return max(SILENT, timedelta(seconds=3 * settings.JUSTIN_POLL_SECONDS))


def bad_sites_of(workflow_pks: Iterable[int]) -> dict[int, list[BadSite]]:
    """Sites that fail nearly everything, by workflow's primary key; two queries, the second only where there is a suspect.

    At least 10 jobs ended there, fewer than half with exit 0, and the rest of the workflow does better by 25 points.
    """
    ended = JobTally.objects.filter(workflow__in=list(workflow_pks), outcome__in=ENDED)
    sums = ended.values("workflow_id", "site_name").annotate(
        jobs=Sum("n_jobs"), zero=Sum("n_exit_zero"),
        all_jobs=F("workflow__tally__n_ended"), all_zero=F("workflow__tally__n_exit_zero") - F("workflow__tally__n_outputting"),
    )  # fmt: skip
    few = sums.exclude(site_name="").filter(jobs__gte=LEAST_ENDED, zero__lt=F("jobs") * BAD_SHARE)
    suspects = [one for one in few if one["all_jobs"] > one["jobs"] and _does_worse(one)]
    if not suspects:
        return {}
    worst: dict[tuple[int, str], tuple[int, str]] = {}
    places = Q()
    for one in suspects:
        places |= Q(workflow_id=one["workflow_id"], site_name=one["site_name"])
    ways = ended.filter(places).values("workflow_id", "site_name", "outcome", "exit_code")
    for row in ways.annotate(failed=Sum(F("n_jobs") - F("n_exit_zero"))).order_by("failed"):
        end = in_words(row["outcome"], row["exit_code"])
        worst[row["workflow_id"], row["site_name"]] = (row["failed"], end)
    bad: dict[int, list[BadSite]] = defaultdict(list)
    for one in suspects:
        n_jobs, end = worst[one["workflow_id"], one["site_name"]]
        rest, rest_zero = one["all_jobs"] - one["jobs"], one["all_zero"] - one["zero"]
        bad[one["workflow_id"]].append(BadSite(one["site_name"], one["jobs"], one["zero"], rest, rest_zero, end, n_jobs))
    for sites in bad.values():
        sites.sort(key=lambda site: site.exit_zero - site.ended)
    return dict(bad)


def _does_worse(one: Mapping[str, Any]) -> bool:
    elsewhere = (one["all_zero"] - one["zero"]) / (one["all_jobs"] - one["jobs"])
    return bool(elsewhere - one["zero"] / one["jobs"] >= BETTER_BY)


def top_errors_of(workflow_pks: Iterable[int]) -> dict[int, str]:
    """The most frequent jobscript error of each workflow in words; one query."""
    sums = (
        JobTally.objects.filter(workflow__in=list(workflow_pks), outcome=Outcome.SCRIPT_ERROR)
        .values("workflow_id", "site_name", code=F("exit_code"))
        .annotate(jobs=Sum("n_jobs"))
        .order_by("workflow_id", "-jobs", "site_name", "code")
    )
    errors: dict[int, list[tuple[int, str, int | None]]] = defaultdict(list)
    for row in sums:
        errors[row["workflow_id"]].append((row["jobs"], row["site_name"], row["code"]))
    words = {}
    for pk, rows in errors.items():
        n_jobs, site, code = rows[0]
        at = f" at {site}" if site else ""
        words[pk] = f"{n_jobs:,} of {sum(n for n, _, _ in rows):,} errors are exit {code}{at}."
    return words


def in_words(outcome: str, exit_code: int | None) -> str:
    """One way to end, as notices say it."""
    if outcome == Outcome.SCRIPT_ERROR:
        return f"exit {exit_code}" if exit_code is not None else "an unknown exit code"
    return {
        Outcome.RESULT_LOST: "a lost exit code",
        Outcome.OUTPUT_FAILED: "outputs that failed",
        Outcome.ABORTED: "an abort before the jobscript",
        Outcome.STALLED: "no sign of life",
    }.get(Outcome(outcome), "exit 0")


def bad_site_notice(workflow: Workflow, site: BadSite) -> Notice:
    """A failing site, in words."""
    what = "everything" if not site.exit_zero else "nearly everything"
    return Notice(
        "bad",
        "bad-site",
        f"{site.site} fails {what} of {workflow.justin_id}: {site.ended - site.exit_zero:,} of {site.ended:,} jobs",
        f"{site.top_n_jobs:,} of them with {site.top_end}; elsewhere "
        f"{site.elsewhere_ended - site.elsewhere_zero:,} of {site.elsewhere_ended:,} fail.",
        justin_id=workflow.justin_id,
    )


def listing_notice(campaign: JustinCampaign, number: int | None = None) -> Notice:
    """A justIN campaign whose listing cannot be read."""
    return _reading_fails(campaign, number, "listing-failing", f"The listing of {campaign} cannot be read")


def _reading_fails(polled: Polled, number: int | None, kind: str, title: str) -> Notice:
    level = "warning" if polled.error_kind == Failure.WORSE else "bad"
    return Notice(
        level, kind, f"{title}: justIN {_failure(polled)}", _what_to_do(polled), polled.failing_since,
        polled.next_try_at, number,
    )  # fmt: skip


def _failure(polled: Polled) -> str:
    return Failure(polled.error_kind).label if polled.error_kind in Failure.values else "cannot be read"


def _what_to_do(polled: Polled) -> str:
    return WHAT_TO_DO[Failure(polled.error_kind)] if polled.error_kind in Failure.values else polled.error_text


def _cut_slices(tally: Tally) -> str:
    slices = [str(cut.get("slice", "")) for cut in tally.incomplete]
    named = "; ".join(slices[:3]) + (f" and {len(slices) - 3} more" if len(slices) > 3 else "")
    some = f"{len(slices)} answer{'s' if len(slices) != 1 else ''} of justIN stopped at the row cap"
    return f"{some}: {named}." if named else "An answer of justIN stopped at its row cap."
