"""A campaign's datasets in MetaCat for pages and API: chosen, sorted, with what was counted of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Concat

from campaigns.models import Campaign
from monitoring.counting import kept
from monitoring.models import OFFICIAL, Dataset, QueryCount, Workflow

OFFICIAL_ONES, OUTPUTS = "official", "outputs"
WHICH = (OFFICIAL_ONES, OUTPUTS)
SORTS = {
    "name": "whole_name",
    "workflow": "workflow_justin_id",
    "tier": "data_tier",
    "files": "n_files_listed",
    "made": "created_at",
}
NEWEST_FIRST = "-made"
MOST_WORDS = 10


@dataclass(frozen=True)
class DatasetRow:
    """A dataset, what counting its files gave (only official ones are counted), and whether its workflow has a page here."""

    dataset: Dataset
    count: QueryCount | None
    workflow_is_known: bool

    @property
    def n_exact(self) -> int | None:
        """Files without retired ones; None where that is not known. Zero is one: its query has no condition to be misspelt."""
        return self.count.n_files if self.count is not None else None

    @property
    def counted_at(self) -> datetime | None:
        """How old `n_exact` is."""
        return self.count.read_at if self.count is not None and self.n_exact is not None else None


def asked_datasets(campaign: Campaign, *, which: str = "", words: str = "", sort: str = NEWEST_FIRST) -> QuerySet[Dataset]:
    """The campaign's datasets of this kind ('' for all) that have all the words, in order; gone ones too."""
    name = Concat("namespace", Value(":"), "name")
    datasets = campaign.datasets().alias(whole_name=name).defer("metadata")
    if which in WHICH:
        datasets = datasets.official() if which == OFFICIAL_ONES else datasets.outputs()
    for word in words.replace("\0", "").split()[:MOST_WORDS]:
        number = word.removeprefix("#")
        of_workflow = Q(workflow_justin_id=int(number)) if number.isascii() and number.isdigit() and len(number) < 10 else Q()
        datasets = datasets.filter(
            Q(whole_name__icontains=word)
            | Q(data_tier__icontains=word)
            | Q(campaign_tag__icontains=word)
            | Q(creator__icontains=word)
            | of_workflow
        )
    key = F(SORTS.get(sort.removeprefix("-"), "created_at"))
    order = key.desc(nulls_last=True) if sort.startswith("-") else key.asc(nulls_last=True)
    return datasets.order_by(order, "namespace", "name")


def rows_of(datasets: Iterable[Dataset]) -> list[DatasetRow]:
    """Two queries, whatever their number."""
    listed = list(datasets)
    counts = kept(one.count_query for one in listed if one.is_official)
    wanted = {one.workflow_justin_id for one in listed if one.workflow_justin_id is not None}
    known = set(Workflow.objects.filter(justin_id__in=wanted).values_list("justin_id", flat=True))
    return [DatasetRow(one, counts.get(one.count_query), one.workflow_justin_id in known) for one in listed]


def n_of_each(campaign: Campaign) -> dict[str, int]:
    """How many datasets there are of each kind, '' being all."""
    found = campaign.datasets().aggregate(every=Count("pk"), official=Count("pk", filter=OFFICIAL))
    return {"": found["every"], OFFICIAL_ONES: found["official"], OUTPUTS: found["every"] - found["official"]}
