"""The index of campaigns: every one, current and past, with its progress; as page, CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.index import choices_among, counts_by_status, filters_of, kind_label, with_shifters
from campaigns.models import Campaign, CampaignStatus
from campaigns.rules import can_create_campaign
from campaigns.shifts import shifts_of
from campaigns.summary import CampaignCard, campaign_cards
from campaigns.views.columns import Column, address, heads
from monitoring.csv_tables import csv_response
from monitoring.health import justin_service

CAMPAIGNS_PER_PAGE = 50
COLUMNS = [
    Column("name", "Campaign", is_number=False, falls_first=False),
    Column("status", "Status", is_number=False, falls_first=False),
    Column("", "Step", is_number=False),
    Column("", "Files processed", is_number=False),
    Column("", "%"),
    Column("", "Exit 0", "%"),
    Column("", "Running", "jobs"),
    Column("", "Wrong", is_number=False),
    Column("", "Read"),
    Column("detector", "Detector", is_number=False, falls_first=False),
    Column("kind", "Kind", is_number=False, falls_first=False),
    Column("", "On shift", is_number=False),
    Column("made", "Made"),
]
TABLE = [
    "campaign",
    "slug",
    "status",
    "detector",
    "kind",
    "purpose",
    "on_shift",
    "made_at",
    "workflows",
    "files_processed",
    "files_total",
    "jobs",
    "jobs_exit_zero",
    "success_rate",
    "running",
    "complete",
    "as_of",
    "step",
    "step_standing",
]


@require_safe
def campaign_list(request: HttpRequest) -> HttpResponse:
    """The campaigns that fit the filters in the address, a page at a time."""
    visible = Campaign.objects.visible_to(request.user)
    asked = filters_of(request.GET)
    by_status = counts_by_status(asked.without_status(visible))
    pages: Paginator[Campaign] = Paginator(with_shifters(asked.apply(visible)), CAMPAIGNS_PER_PAGE)
    pages.count = by_status.get(asked.status, 0) if asked.status else sum(by_status.values())
    page = pages.get_page(request.GET.get("page", 1))
    chips = [("All", sum(by_status.values()), not asked.status, address(request, status=None))]
    chips += [
        (status.label.capitalize(), by_status.get(status, 0), asked.status == status, address(request, status=status))
        for status in CampaignStatus
        if by_status.get(status) or asked.status == status
    ]
    return render(
        request,
        "campaigns/campaign_list.html",
        {
            "page": page,
            "cards": _cards(request, list(page.object_list)),
            "heads": heads(request, COLUMNS, asked.sort),
            "chips": chips,
            "asked": asked,
            "choices": choices_among(visible),
            "query": f"?{request.GET.urlencode()}" if request.GET else "",
            "n_all": visible.count() if asked.is_filtered else pages.count,
            "may_create": can_create_campaign(request.user),
            "justin": justin_service(),
        },
    )


@require_safe
def campaign_list_csv(request: HttpRequest) -> HttpResponse:
    """One line a campaign, with the filters of the address and without its paging. An empty cell is unknown."""
    return csv_response("campaigns", TABLE, _rows(request))


@require_safe
def campaign_list_json(request: HttpRequest) -> HttpResponse:
    """The same rows; null is unknown."""
    return JsonResponse({"rows": [dict(zip(TABLE, row, strict=True)) for row in _rows(request)]})


def _cards(request: HttpRequest, campaigns: list[Campaign]) -> list[CampaignCard]:
    """In the order given; each campaign has `on_shift` and `kind_label` for its row."""
    cards = {card.campaign.pk: card for card in campaign_cards(request.user, campaigns)}
    for campaign in campaigns:
        now = shifts_of(campaign.appointments.all()).now
        campaign.on_shift = ", ".join(one.user.username for one in now)  # type: ignore[attr-defined]
        campaign.kind_label = kind_label(campaign)  # type: ignore[attr-defined]
    return [cards[campaign.pk] for campaign in campaigns]


def _rows(request: HttpRequest) -> Iterator[list[object]]:
    found = with_shifters(filters_of(request.GET).apply(Campaign.objects.visible_to(request.user)))
    for card in _cards(request, list(found)):
        campaign, totals = card.campaign, card.totals
        yield [
            campaign.name,
            campaign.slug,
            campaign.status,
            campaign.detector_name or None,
            campaign.kind or None,
            campaign.purpose,
            campaign.on_shift,  # type: ignore[attr-defined]
            campaign.created_at,
            totals.n_workflows,
            totals.files_processed,
            totals.files_total,
            totals.jobs,
            totals.exit_zero,
            round(totals.success_rate, 6) if totals.success_rate is not None else None,
            totals.running,
            totals.complete,
            totals.as_of,
            card.step.step if card.step else None,
            card.step.words if card.step else None,
        ]
