"""Campaigns in a row for the home page and the index: totals, what is wrong, how old. Queries do not grow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from campaigns.models import Campaign, CampaignJustinCampaign, RegisteredWorkflow, StepStanding
from campaigns.steps.states import StepState
from campaigns.summary.notices import WORTH_A_LOOK, by_workflow, check_notices, guard_notices, notices_of
from campaigns.summary.totals import Totals, sums_of, totals_of
from monitoring.health import LEVELS, Notice, justin_service, worst_first
from monitoring.models import JustinCampaign, Service, Workflow
from portal.roles import Anyone

STEP_STATES: dict[str, str] = {StepState.SENT_BACK: "refused", StepState.LAPSED: "lapsed"}


@dataclass(frozen=True)
class CampaignCard:
    """A campaign with its totals and what is wrong, the worst first. Failures of justIN as a whole are not among it.

    `step` is where it stands; None when all steps are complete, or for one that began before there were steps.
    """

    campaign: Campaign
    totals: Totals
    notices: list[Notice]
    step: StepStanding | None = None

    @property
    def rank(self) -> int:
        """How much it needs a person: 0 is most."""
        return self.notices[0].rank if self.notices else len(LEVELS)

    @property
    def step_state(self) -> str:
        """In the visual language, where the step is not simply open."""
        return STEP_STATES.get(self.step.state, "") if self.step else ""

    @property
    def newest_at(self) -> datetime | None:
        """The newest listing or reading, whichever tells more of its age."""
        return self.totals.listed_at or self.totals.as_of


def campaign_cards(
    user: Anyone,
    campaigns: Iterable[Campaign] | None = None,
    now: datetime | None = None,
    *,
    service: Service | None = None,
    with_notices: bool = True,
) -> list[CampaignCard]:
    """Cards of the campaigns given (those of one page), else of every active campaign the reader may see.

    Those that need a person come first, then by name. Eleven queries, and one for `campaigns` if it is a queryset; one fewer
    where the `service` was read already; six without notices.
    """
    visible = Campaign.objects.visible_to(user)
    if campaigns is None:
        chosen = list(visible.active())
    else:
        allowed = set(visible.filter(pk__in=[campaign.pk for campaign in campaigns]).values_list("pk", flat=True))
        chosen = [campaign for campaign in campaigns if campaign.pk in allowed]
    members = _Members(chosen)
    if not with_notices:
        totals, steps = members.totals(), _current_steps(members)
        bare = [CampaignCard(campaign, totals[campaign.pk], [], steps.get(campaign.pk)) for campaign in chosen]
        return sorted(bare, key=lambda card: card.campaign.name.lower())
    service, now = service or justin_service(), now or timezone.now()
    worth_a_look = list(members.workflows().with_tally().filter(WORTH_A_LOOK))
    known = by_workflow(worth_a_look, service, now)
    totals = members.totals()
    guards, missed = guard_notices(chosen), check_notices(chosen, now)
    steps = _current_steps(members)
    look: dict[int, list[Workflow]] = defaultdict(list)
    for workflow in worth_a_look:
        for campaign_pk in members.campaigns_of(workflow.pk, workflow.justin_campaign_id):
            look[campaign_pk].append(workflow)
    cards = [
        CampaignCard(
            campaign,
            totals[campaign.pk],
            guards.get(campaign.pk, [])
            + worst_first([
                *missed.get(campaign.pk, []),
                *notices_of(
                    look[campaign.pk], members.justin_campaigns[campaign.pk], service, now,
                    watches=campaign.pk in members.watching, known=known,
                ),
            ]),
            steps.get(campaign.pk),
        )
        for campaign in chosen
    ]  # fmt: skip
    return sorted(cards, key=lambda card: (card.rank, -len(card.notices), card.campaign.name.lower()))


def _current_steps(members: _Members) -> dict[int, StepStanding]:
    return {row.campaign_id: row for row in StepStanding.objects.filter(campaign__in=members.pks, is_current=True)}


class _Members:
    """Which workflows belong to which of some campaigns, each once: by a justIN campaign, or registered by id."""

    def __init__(self, campaigns: Iterable[Campaign]) -> None:
        pks = [campaign.pk for campaign in campaigns]
        self.pks = pks
        self.justin_campaigns: dict[int, list[JustinCampaign]] = defaultdict(list)
        self.by_justin_campaign: dict[int, set[int]] = defaultdict(set)
        self.by_workflow: dict[int, set[int]] = defaultdict(set)
        links = CampaignJustinCampaign.objects.filter(campaign__in=pks).select_related("justin_campaign")
        for link in links.order_by("justin_campaign__justin_id"):
            self.justin_campaigns[link.campaign_id].append(link.justin_campaign)
            self.by_justin_campaign[link.justin_campaign_id].add(link.campaign_id)
        for campaign_pk, workflow_pk in RegisteredWorkflow.objects.filter(campaign__in=pks).values_list(
            "campaign_id", "workflow_id"
        ):
            self.by_workflow[workflow_pk].add(campaign_pk)
        self.watching = set(self.justin_campaigns) | {pk for pks_ in self.by_workflow.values() for pk in pks_}

    def campaigns_of(self, workflow_pk: int, justin_campaign_pk: int | None) -> set[int]:
        listed = self.by_justin_campaign.get(justin_campaign_pk or 0, set())
        return listed | self.by_workflow.get(workflow_pk, set())

    def workflows(self) -> Any:
        return Workflow.objects.filter(Q(justin_campaign__in=list(self.by_justin_campaign)) | Q(pk__in=list(self.by_workflow)))

    def totals(self) -> dict[int, Totals]:
        """Two queries: sums by justIN campaign, and the registered workflows that no such sum holds for a campaign."""
        sums: dict[int, list[dict[str, Any]]] = defaultdict(list)
        listed = Workflow.objects.filter(justin_campaign__in=list(self.by_justin_campaign))
        for row in sums_of(listed, "justin_campaign_id", "state"):
            for campaign_pk in self.by_justin_campaign[row["justin_campaign_id"]]:
                sums[campaign_pk].append(row)
        registered = Workflow.objects.filter(pk__in=list(self.by_workflow))
        for row in sums_of(registered, "pk", "justin_campaign_id", "state"):
            already = self.by_justin_campaign.get(row["justin_campaign_id"] or 0, set())
            for campaign_pk in self.by_workflow[row["pk"]] - already:
                sums[campaign_pk].append(row)
        return {pk: totals_of(sums[pk]) for pk in self.pks}
