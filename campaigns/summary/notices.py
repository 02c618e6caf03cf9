"""What is wrong in a campaign, in words, the worst first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from campaigns.models import Alert, Campaign, Check
from campaigns.shift.telling import shift_path
from campaigns.shift.wording import check_title
from campaigns.steps.telling import step_path
from monitoring.health import (
    Notice,
    bad_site_notice,
    bad_sites_of,
    justin_service,
    listing_notice,
    row_notices,
    service_notice,
    top_errors_of,
    worst_first,
)
from monitoring.models import JustinCampaign, Service, Workflow, WorkflowState

# what makes a workflow worth a look; all others have nothing to notice
WORTH_A_LOOK = (
    ~Q(state=WorkflowState.FINISHED)
    | Q(failing_since__isnull=False)
    | Q(tally=None)
    | Q(tally__complete=False)
    | Q(files_total=0)
    | Q(tally__n_started=0, files_processed__gt=0)
)
MISSED_SHOWN_FOR = timedelta(days=2)
MOST_OF_A_KIND = 3  # more notices of one kind are told as one
TOGETHER = {
    "stale": "Numbers of {n} workflows are old",
    "capped": "Numbers of {n} workflows are lower bounds",
    "never-read": "Jobs of {n} workflows were not read yet",
    "nothing-known": "justIN told nothing about {n} workflows",
    "no-jobs": "justIN tells of no jobs of {n} workflows that have processed files",
    "state-unknown": "State of {n} workflows unknown",
    "state-word": "{n} workflows are in a state the portal does not know",
    "reading-failing": "Jobs of {n} workflows cannot be read",
    "paused-by-justin": "{n} workflows paused by justIN",
    "paused-by-person": "{n} workflows paused by a person",
    "finished-without-files": "{n} workflows finished without any file",
    "over-all": "{n} workflows have more files processed than they have",
    "bad-site": "{n} times a site fails nearly everything of a workflow",
}
# kinds whose detail holds for each of them alike
SAME_REMEDY = frozenset({"stale", "never-read", "nothing-known", "state-unknown", "paused-by-person"})


@dataclass(frozen=True, slots=True)
class GuardNotice(Notice):
    """A guard rail that was broken: `path` is the page of the step that it blocks. Comes before all else that is wrong."""

    path: str = ""


@dataclass(frozen=True, slots=True)
class CheckNotice(Notice):
    """A check that was missed: `path` is the page of the shift."""

    path: str = ""


def campaign_notices(
    campaign: Campaign,
    service: Service | None = None,
    now: datetime | None = None,
    *,
    justin_campaigns: list[JustinCampaign] | None = None,
    checks: list[Check] | None = None,
) -> list[Notice]:
    """What is wrong with justIN and with this campaign, the worst first; a constant number of queries.

    `justin_campaigns`: those that the campaign watches; `checks`: its recent ones, newest first; where they were read already.
    """
    service = service or justin_service()
    now = now or timezone.now()
    workflows = list(campaign.workflows().with_tally().filter(WORTH_A_LOOK))
    if justin_campaigns is None:
        justin_campaigns = list(campaign.justin_campaigns.all())
    watches = bool(justin_campaigns or campaign.registered_workflows.exists())
    others = service_notice(service, now) + notices_of(workflows, justin_campaigns, service, now, watches=watches)
    others += check_notices([campaign], now, checks).get(campaign.pk, [])
    return [*guard_notices([campaign]).get(campaign.pk, []), *worst_first(others)]


def guard_notices(campaigns: Iterable[Campaign]) -> dict[int, list[Notice]]:
    """Open alerts by campaign's primary key, the newest first; one query."""
    by_pk = {campaign.pk: campaign for campaign in campaigns}
    found: dict[int, list[Notice]] = defaultdict(list)
    for alert in Alert.objects.filter(campaign__in=list(by_pk), closed_at=None).select_related("workflow"):
        found[alert.campaign_id].append(
            GuardNotice(
                "bad", "guard-broken", alert.title,
                alert.detail or "It blocks its step until it is put right.", alert.opened_at,
                justin_id=alert.workflow.justin_id if alert.workflow else None,
                path=step_path(by_pk[alert.campaign_id], alert.step),
            )
        )  # fmt: skip
    return dict(found)


def check_notices(
    campaigns: Iterable[Campaign], now: datetime, checks: Iterable[Check] | None = None
) -> dict[int, list[Notice]]:
    """Checks that were missed since the last one that was done, by campaign's primary key, as one notice; one query, none where
    the `checks` were read already.
    """
    by_pk = {campaign.pk: campaign for campaign in campaigns}
    missed: dict[int, list[Check]] = defaultdict(list)
    done: set[int] = set()
    if checks is None:
        recent = Check.objects.filter(campaign__in=list(by_pk), closes_at__gte=now - MISSED_SHOWN_FOR).order_by("-opens_at")
        checks = recent.only("campaign", "name", "opens_at", "closes_at", "opens_on", "state")
    for check in (check for check in checks if check.closes_at >= now - MISSED_SHOWN_FOR):
        if check.is_done:
            done.add(check.campaign_id)
        elif check.campaign_id not in done:
            missed[check.campaign_id].append(check)
    return {
        pk: [
            CheckNotice(
                "warning", "check-missed",
                f"{check_title(found[0].name)} missed" if len(found) == 1 else f"{len(found)} checks missed in a row",
                f"{'It was' if len(found) == 1 else 'The last was'} due by {found[0].closes_at:%H:%M} UTC.", found[0].closes_at,
                path=shift_path(by_pk[pk]),
            )
        ]
        for pk, found in missed.items()
    }  # fmt: skip


def notices_of(
    workflows: Iterable[Workflow],
    justin_campaigns: Iterable[JustinCampaign],
    service: Service,
    now: datetime,
    *,
    watches: bool,
    known: dict[int, list[Notice]] | None = None,
) -> list[Notice]:
    """The notices of these workflows (with their tallies loaded) and justIN campaigns. `known`: see `by_workflow`."""
    workflows = list(workflows)
    known = known if known is not None else by_workflow(workflows, service, now)
    found = [notice for workflow in workflows for notice in known.get(workflow.pk, [])]
    notices = [notice for notice in found if notice.kind != "listing-failing"]
    # a listing that fails is told once, not once for each of its workflows
    failing = {notice.title: replace(notice, justin_id=None) for notice in found if notice.kind == "listing-failing"}
    for justin_campaign in justin_campaigns:
        if justin_campaign.is_failing:
            notice = listing_notice(justin_campaign)
            failing.setdefault(notice.title, notice)
        elif justin_campaign.read_at and not justin_campaign.n_listed:
            notices.append(
                Notice(
                    "unknown", "campaign-empty",
                    f"justIN knows no campaign {justin_campaign.justin_id}, or it has no workflows yet",
                    "It is asked again at each poll.", justin_campaign.added_at,
                )
            )  # fmt: skip
        elif not justin_campaign.read_at:
            notices.append(
                Notice(
                    "todo", "campaign-unread", f"{justin_campaign} was not asked for yet",
                    "It is asked for at the next poll.", justin_campaign.added_at,
                )
            )  # fmt: skip
    notices += failing.values()
    if not watches:
        notices.append(
            Notice(
                "todo", "nothing-watched", "Nothing is watched for this campaign yet",
                "Add its justIN campaign, or a workflow by its id.",
            )
        )  # fmt: skip
    return worst_first(_together(notices))


def by_workflow(workflows: Iterable[Workflow], service: Service, now: datetime) -> dict[int, list[Notice]]:
    """Notices by workflow's primary key, failing sites and commonest errors of unfinished ones included: two queries."""
    workflows = list(workflows)
    unfinished = [workflow.pk for workflow in workflows if not workflow.is_finished]
    paused = [workflow.pk for workflow in workflows if workflow.state == WorkflowState.PAUSED]
    bad_sites = bad_sites_of(unfinished)
    errors = top_errors_of(paused)
    found: dict[int, list[Notice]] = {}
    for workflow in workflows:
        notices = [
            replace(notice, detail=errors[workflow.pk]) if notice.level == "paused" and workflow.pk in errors else notice
            for notice in row_notices(workflow, service, now)
        ]
        notices += [bad_site_notice(workflow, site) for site in bad_sites.get(workflow.pk, [])]
        if notices:
            found[workflow.pk] = notices
    return found


def _together(notices: list[Notice]) -> list[Notice]:
    """Many notices of one kind as a single one that counts them and names the newest workflows."""
    by_kind: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices:
        by_kind[notice.kind].append(notice)
    told = []
    for kind, same in by_kind.items():
        if len(same) <= MOST_OF_A_KIND or kind not in TOGETHER:
            told += same
            continue
        numbers = sorted({notice.justin_id for notice in same if notice.justin_id}, reverse=True)
        named = ", ".join(map(str, numbers[:MOST_OF_A_KIND]))
        more = f" and {len(numbers) - MOST_OF_A_KIND} more" if len(numbers) > MOST_OF_A_KIND else ""
        told.append(
            Notice(
                level=min(same, key=lambda notice: notice.rank).level,
                kind=kind,
                title=TOGETHER[kind].format(n=len(same)),
                detail=f"Workflows {named}{more}. {same[0].detail if kind in SAME_REMEDY else ''}".strip(),
                since=min((notice.since for notice in same if notice.since), default=None),
                next_try_at=min((notice.next_try_at for notice in same if notice.next_try_at), default=None),
            )
        )
    return told
