"""Look at what monitoring knows of a campaign, as a check asks for it: `look(campaign, since=last_check)`. Reads only, in a
constant number of queries: tallies, never raw rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Max, Q, Sum
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.shift.seen import BadSiteSeen, ErrorSeen, FinishedSeen, Seen, WorkflowSeen
from campaigns.shift.windows import Span
from monitoring.exit_codes import meaning
from monitoring.health import NOT_BEGUN, bad_sites_of, is_stale, justin_service, service_notice, silent_after, stale_since
from monitoring.models import HourTally, JobTally, RseTally, Service, Workflow, WorkflowState
from monitoring.numbers import JobNumbers
from monitoring.outcomes import ENDED, Outcome

MOST_CODES = 8
SEEN_LATE = timedelta(days=1)  # a poller that stood still sees the end of a workflow so late
LEAST_ERRORS = 5  # with one code, before their place means anything
MOST_OF_THEM = 0.5  # at one place …
TIMES_ITS_SHARE = 1.5  # … and more than so many times what falls to it of all jobs
NEVER_BUSY = frozenset({WorkflowState.DRAFT, WorkflowState.FINISHED})


def look(campaign: Campaign, *, since: datetime, now: datetime | None = None, service: Service | None = None) -> Seen:
    """What is known now; `since`: of the last check, for what finished after it. Eight queries at most."""
    now = now or timezone.now()
    service = service or justin_service()
    offset = timedelta(seconds=service.clock_offset_seconds)
    news = Q(state=WorkflowState.FINISHED, seen_finished_at__gt=since + offset) & _finished_lately(since + offset)
    rows = list(campaign.workflows().with_tally().filter(_going() | news).order_by("justin_id"))
    going = [one for one in rows if one.state != WorkflowState.FINISHED]
    finished = [one for one in rows if one.state == WorkflowState.FINISHED]
    begun = [one for one in going if one.state not in NOT_BEGUN]
    pks = [one.pk for one in begun]
    bad = bad_sites_of(pks) if pks else {}
    unknown_since, why = _unknown(going, service, now, offset)
    starts = (
        HourTally.objects.filter(workflow__in=pks, n_started__gt=0).aggregate(newest=Max("hour"))["newest"] if pks else None
    )
    return Seen(
        at=now,
        as_of=_as_of(begun, going, service, offset),
        unknown_since=unknown_since,
        unknown_why=why,
        reference=campaign.n_jobs_reference,
        workflows={one.justin_id: _workflow(one, offset) for one in going},
        finished={one.justin_id: _finished(one, offset) for one in finished},
        errors=tuple(_errors(pks)) if pks else (),
        bad_sites=tuple(
            BadSiteSeen(one.justin_id, site.site, site.ended - site.exit_zero, site.ended)
            for one in begun
            for site in bad.get(one.pk, [])
        ),
        lower_bounds=tuple(one.justin_id for one in begun if _tally(one) is not None and not one.tally.jobs_complete),
        last_start_at=starts - offset if starts else None,
    )


def spans_of(campaign: Campaign, since: datetime, service: Service | None = None) -> list[Span]:
    """When its workflows were there to be looked after, as far as that reaches past `since`: whether a check was due at all.
    One query.
    """
    offset = timedelta(seconds=(service or justin_service()).clock_offset_seconds)
    rows = campaign.workflows().filter(_going() | Q(state=WorkflowState.FINISHED, seen_finished_at__gt=since + offset))
    found = []
    for began, first, finished in rows.values_list("started_at", "first_seen_at", "seen_finished_at"):
        found.append(Span(min(filter(None, [began and began - offset, first])), finished and finished - offset))
    return found


def _going() -> Q:
    """Workflows that somebody has to look after: submitted and not finished. Of those whose state is not known (registered by
    their id alone) those with jobs that run or wait.
    """
    known = ~Q(state__in=[*NEVER_BUSY, ""]) & Q(unlisted_since=None)
    busy = Q(state="", unlisted_since=None) & (Q(tally__n_running__gt=0) | Q(tally__n_queued__gt=0))
    return known | busy


def _finished_lately(since: datetime) -> Q:
    """Not long before it was seen to be finished: what the portal met for the first time when it was over long since is no
    news. justIN leaves the time empty for some ways of finishing.
    """
    return Q(finished_at=None) | Q(finished_at__gt=since - SEEN_LATE)


def _tally(workflow: Workflow) -> object:
    return getattr(workflow, "tally", None)


def _workflow(one: Workflow, offset: timedelta) -> WorkflowSeen:
    since = (one.auto_paused_at if one.paused_by == "justIN" else None) or one.state_since
    since = since - offset if since else None
    if _tally(one) is None:
        # what has not begun has no jobs; of everything else they are not known
        n = 0 if one.state in NOT_BEGUN else None
        return WorkflowSeen(one.state, since, one.paused_by, n, n, n, n, n)
    jobs = JobNumbers.of(one.tally)
    return WorkflowSeen(
        one.state, since, one.paused_by, jobs.ended, jobs.ended_zero, jobs.stalled, jobs.running, jobs.queued
    )  # fmt: skip


def _finished(one: Workflow, offset: timedelta) -> FinishedSeen:
    at = (one.seen_finished_at or one.finished_at or one.state_since or timezone.now()) - offset
    jobs = JobNumbers.of(one.tally) if _tally(one) is not None else None
    return FinishedSeen(
        at, one.files_processed, one.files_total, jobs.ended if jobs else None, jobs.ended_zero if jobs else None
    )  # fmt: skip


def _as_of(begun: Sequence[Workflow], going: Sequence[Workflow], service: Service, offset: timedelta) -> datetime | None:
    """The oldest of the answers that the numbers come from; without a workflow that goes on, of justIN's last answer."""
    times = [one.tally.as_of if _tally(one) is not None else None for one in begun]
    times += [one.listed_at for one in going]
    known = [at for at in times if at is not None]
    oldest = min(known) if known else service.read_at
    return oldest - offset if oldest else None


def _unknown(going: Sequence[Workflow], service: Service, now: datetime, offset: timedelta) -> tuple[datetime | None, str]:
    """Since when the numbers are not as fresh as they should be, and why; (None, '') while they are."""
    last_answer = service.read_at - offset if service.read_at else None
    old = [one for one in going if is_stale(one, service, now)]
    if last_answer is not None and now - last_answer > silent_after():
        notices = service_notice(service, now)
        why = notices[0].title if notices else f"{service} has not answered since"
        return min(filter(None, [last_answer, _since(going, offset)])), why
    if old:
        which = f"{old[0].justin_id}" if len(old) == 1 else f"{len(old)} workflows"
        return _since(old, offset) or now, f"nothing newer was read of {which}"
    return None, ""


def _since(workflows: Sequence[Workflow], offset: timedelta) -> datetime | None:
    times = [at for one in workflows if (at := stale_since(one)) is not None]
    return min(times) - offset if times else None


Ends = Iterable[tuple[str, str, int | None, int]]  # place, how jobs ended, exit code, jobs


def _errors(pks: Sequence[int]) -> list[ErrorSeen]:
    """Exit codes other than 0 of these workflows, the commonest first, with the place at which each is concentrated."""
    ended = JobTally.objects.filter(workflow__in=pks, outcome__in=ENDED).order_by("site_name")
    at_sites, of_sites = _by_place(ended.values_list("site_name", "outcome", "exit_code").annotate(n=Sum("n_jobs")).iterator())
    if not at_sites:
        return []
    read = RseTally.objects.filter(workflow__in=pks, use=RseTally.Use.READ, outcome__in=ENDED).order_by("rse_name")
    at_rses, of_rses = _by_place(read.values_list("rse_name", "outcome", "exit_code").annotate(n=Sum("n_jobs")).iterator())
    found = []
    for code, at in at_sites.items():
        place, kind = concentrated(at, of_sites), "site"
        if not place:
            place, kind = concentrated(at_rses.get(code, {}), of_rses), "RSE"
        n_there = (at if kind == "site" else at_rses.get(code, {})).get(place, 0) if place else 0
        found.append(ErrorSeen(code, sum(at.values()), meaning(code), place, kind if place else "", n_there))
    return sorted(found, key=lambda one: (-one.n, one.code))[:MOST_CODES]


def _by_place(ends: Ends) -> tuple[dict[int, dict[str, int]], dict[str, int]]:
    """Errors by code and place, and all ended jobs by place."""
    errors: dict[int, dict[str, int]] = defaultdict(dict)
    all_ended: dict[str, int] = defaultdict(int)
    for place, outcome, code, n in ends:
        all_ended[place] += n
        if outcome == Outcome.SCRIPT_ERROR and code is not None:
            errors[code][place] = errors[code].get(place, 0) + n
    return errors, all_ended


def concentrated(at: dict[str, int], of_all: dict[str, int]) -> str:
    """The place at which most of the errors are, though not most of the jobs; '' if there is none."""
    n, n_all = sum(at.values()), sum(of_all.values())
    if n < LEAST_ERRORS or not n_all:
        return ""
    place, n_there = max(at.items(), key=lambda item: (item[1], item[0]))
    share, usual = n_there / n, of_all.get(place, 0) / n_all
    return place if place and share >= MOST_OF_THEM and share >= TIMES_ITS_SHARE * usual else ""
