"""How many files the samples of plans, and official datasets, have by MetaCat: asked for by people and by the clock, in the
worker; kept by query.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from campaigns.models import Campaign, PlanDraft, PlanRevision
from campaigns.plan_services import check_planner
from campaigns.planning.content import PlanContent, read_content
from campaigns.planning.drafting import mql_of
from campaigns.planning.sizes import told_by_metacat
from campaigns.requests.reading import Values
from monitoring import counting
from monitoring.models import Dataset, QueryCount
from monitoring.tasks import send_to_worker
from portal.errors import Conflict, Invalid
from portal.models import User

NOT_CONFIGURED = "MetaCat is not configured here (METACAT_URL): type the number of files, and who said it."
LOOK_AGAIN_SECONDS = 0.2
KEPT_FOR = timedelta(days=90)  # a plan that comes back to a query after a season has it asked anew


def queries_of(content: PlanContent | None) -> list[str]:
    """The queries of a plan's samples, each once; Monte Carlo has none."""
    if content is None:
        return []
    return list(dict.fromkeys(sample.mql.strip() for sample in content.samples if sample.mql.strip()))


def plans_of(campaign: Campaign) -> list[PlanContent]:
    """What is planned for a campaign: the draft, and the newest revision."""
    rows = [PlanDraft.objects.filter(campaign=campaign).first(), PlanRevision.objects.filter(campaign=campaign).last()]
    return [read_content(row.content) for row in rows if row is not None]


def ask_metacat(campaign: Campaign, *, actor: User, queries: Iterable[str] | None = None) -> list[QueryCount]:
    """Have MetaCat asked for these queries, or for all of the campaign's plan. Returns their rows; the worker answers soon.

    What was asked less than a minute ago is not asked again.
    """
    check_planner(actor, campaign)
    if not counting.is_configured():
        raise Conflict(NOT_CONFIGURED, field="metacat")
    wanted = list(queries) if queries is not None else [query for plan in plans_of(campaign) for query in queries_of(plan)]
    if not any(query.strip() for query in wanted):
        raise Invalid("No sample of the plan has a query that MetaCat could count.", field="samples")
    with transaction.atomic():
        rows = counting.want(wanted, who=actor.username)
        waiting = [row.pk for row in rows if row.is_open]
        if waiting:
            transaction.on_commit(lambda: send_to_worker(waiting))
    return rows


def answers(queries: Iterable[str], *, wait_seconds: float | None = None) -> dict[str, QueryCount]:
    """What is known of queries, by their text; waits for the worker while a question is open, METACAT_WAIT_SECONDS at most."""
    wanted = list(queries)
    deadline = time.monotonic() + (settings.METACAT_WAIT_SECONDS if wait_seconds is None else wait_seconds)
    while True:
        found = counting.kept(wanted)
        if not any(row.is_open for row in found.values()) or time.monotonic() >= deadline:
            return found
        time.sleep(LOOK_AGAIN_SECONDS)


def numbers_for(campaign: Campaign, asked: Sequence[tuple[int, Values]], *, actor: User) -> dict[str, tuple[int, str]]:
    """What MetaCat tells of the samples that requests ask for, by query: number of files and whose it is. Those that it does
    not tell in time, or of which it has none, are left to the requests. Nothing where it is not configured.
    """
    queries = list(dict.fromkeys(query for _n, values in asked for sample in values.samples if (query := mql_of(sample))))
    if not (queries and counting.is_configured()):
        return {}
    ask_metacat(campaign, actor=actor, queries=queries)
    return {
        query: (row.n_files, told_by_metacat(row)) for query, row in answers(queries).items() if row.n_files and not row.doubt
    }


def refresh_sample_counts() -> counting.Asking:
    """Ask for the samples of what is planned in campaigns that go on, and for their official datasets, as far as their counts
    have become due.
    """
    if not counting.is_configured():
        return counting.Asking(skipped=NOT_CONFIGURED)
    going_on = Campaign.objects.active()
    datasets = [one.count_query for campaign in going_on for one in campaign.datasets().official().listed()]
    rows = counting.want([*_planned(going_on), *datasets])
    now = timezone.now()
    return counting.ask([row.pk for row in counting.due(rows, now)])


def forget_sample_counts(now: datetime | None = None) -> int:
    """Remove the counts of queries that no plan has used for KEPT_FOR; those of the plans of campaigns that are over stay, and
    those of official datasets. Returns how many.
    """
    long_ago = (now or timezone.now()) - KEPT_FOR
    lately = PlanRevision.objects.filter(at__gte=long_ago).values_list("content", flat=True)
    datasets = [one.count_query for one in Dataset.objects.official().only("namespace", "name")]
    return counting.forget(unused_since=long_ago, but=[*_planned(Campaign.objects.all()), *_queries_in(lately), *datasets])


def _planned(campaigns: QuerySet[Campaign]) -> list[str]:
    """The queries of the drafts and newest revisions of these campaigns."""
    wanted = campaigns.order_by()
    newest = PlanRevision.objects.filter(campaign__in=wanted).order_by().values("campaign").annotate(last=Max("pk"))
    drafts = PlanDraft.objects.filter(campaign__in=wanted).values_list("content", flat=True)
    revisions = PlanRevision.objects.filter(pk__in=newest.values("last")).values_list("content", flat=True)
    return [*_queries_in(drafts), *_queries_in(revisions)]


def _queries_in(contents: Iterable[Any]) -> list[str]:
    return [query for content in contents for query in queries_of(read_content(content))]
