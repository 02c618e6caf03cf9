"""Which datasets MetaCat has of a campaign: the second view of its files, as page, CSV and JSON. MetaCat is not asked here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.datasets import (
    NEWEST_FIRST,
    OFFICIAL_ONES,
    OUTPUTS,
    SORTS,
    WHICH,
    DatasetRow,
    asked_datasets,
    n_of_each,
    rows_of,
)
from campaigns.models import Campaign
from campaigns.rules import can_set_up
from campaigns.steps.services import OVER
from campaigns.views.columns import Column, address, heads
from campaigns.views.steps import campaign_of
from monitoring.csv_tables import csv_response
from monitoring.datasets import is_old, list_service

PER_PAGE = 50
LONGEST_SEARCH = 200
AT_ONCE = 2_000  # rows of a download that are read together
CHIPS = {"": "All", OFFICIAL_ONES: "Official", OUTPUTS: "Outputs of workflows"}
HEADS = [
    Column("name", "Dataset", is_number=False, falls_first=False),
    Column("workflow", "Kind", is_number=False),
    Column("tier", "Data tier", is_number=False, falls_first=False),
    Column("files", "Files", "MetaCat’s counter"),
    Column("", "Counted", "without retired"),
    Column("", "State", is_number=False),
    Column("made", "Made", is_number=False),
]
COLUMNS = [
    "dataset",
    "official",
    "workflow_id",
    "stage",
    "campaign",
    "data_tier",
    "files_listed",
    "files_counted",
    "counted_at",
    "frozen",
    "made_at",
    "made_by",
    "first_seen_at",
    "gone_at",
]


@require_safe
def dataset_list(request: HttpRequest, slug: str) -> HttpResponse:
    campaign = campaign_of(request, slug)
    which, words, sort = _asked(request)
    service, n = list_service(), n_of_each(campaign)
    page = Paginator(asked_datasets(campaign, which=which, words=words, sort=sort), PER_PAGE).get_page(
        request.GET.get("page", 1)
    )
    query = request.GET.urlencode()
    context: dict[str, Any] = {
        "campaign": campaign,
        "current": "file-list",
        "page": page,
        "rows": rows_of(page),
        "heads": heads(request, HEADS, sort),
        "chips": [(label, n[key], which == key, address(request, which=key or None)) for key, label in CHIPS.items()],
        "n_all": n[""],
        "which": which,
        "words": words,
        "sort": sort if "sort" in request.GET else "",
        "query": f"?{query}" if query else "",
        "service": service,
        "is_old": is_old(service),
        "is_over": campaign.status in OVER,
        "may_set_up": can_set_up(request.user, campaign),
    }
    return render(request, "files/dataset_list.html", context)


@require_safe
def dataset_list_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """One line a dataset, with the filters of the address and without its paging. Empty cells are unknown or do not apply."""
    campaign = campaign_of(request, slug)
    return csv_response(f"{campaign.slug}-datasets", COLUMNS, map(_values, _all_rows(request, campaign)))


@require_safe
def dataset_list_json(request: HttpRequest, slug: str) -> HttpResponse:
    """The same rows, with the values of dune.campaign that were looked for and when the list was read."""
    campaign = campaign_of(request, slug)
    service = list_service()
    return JsonResponse(
        {
            "campaign": campaign.name,
            "looked_for": campaign.dune_campaigns,
            "read_at": service.read_at,
            "failing_since": service.failing_since,
            "rows": [dict(zip(COLUMNS, _values(row), strict=True)) for row in _all_rows(request, campaign)],
        }
    )


def _all_rows(request: HttpRequest, campaign: Campaign) -> Iterator[DatasetRow]:
    which, words, sort = _asked(request)
    found = list(asked_datasets(campaign, which=which, words=words, sort=sort))
    for start in range(0, len(found), AT_ONCE):
        yield from rows_of(found[start : start + AT_ONCE])


def _asked(request: HttpRequest) -> tuple[str, str, str]:
    """Kind, words and order as the address has them; what is none of them is left out."""
    which, sort = request.GET.get("which", ""), request.GET.get("sort", "")
    words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    return which if which in WHICH else "", words, sort if sort.removeprefix("-") in SORTS else NEWEST_FIRST


def _values(row: DatasetRow) -> list[object]:
    one = row.dataset
    return [
        one.did,
        one.is_official,
        one.workflow_justin_id,
        one.stage,
        one.campaign_tag or None,
        one.data_tier or None,
        one.n_files_listed,
        row.n_exact,
        row.counted_at,
        one.is_frozen,
        one.created_at,
        one.creator or None,
        one.first_seen_at,
        one.gone_at,
    ]
