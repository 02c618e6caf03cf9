"""Which datasets MetaCat has of a campaign, as JSON: what the portal read last; MetaCat is not asked."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.views import campaign_or_404
from campaigns.datasets import NEWEST_FIRST, SORTS, WHICH, asked_datasets, rows_of
from monitoring.api.views import NO_FILTERS
from monitoring.datasets import list_service
from monitoring.models import Dataset
from portal.api.documenting import failures
from portal.api.fields import PageQuery
from portal.api.views import Asked


class DatasetSerializer(serializers.Serializer[Any]):
    """A dataset as MetaCat listed it last."""

    did = serializers.CharField(source="dataset.did", help_text="NAMESPACE:NAME.")
    official = serializers.BooleanField(
        source="dataset.is_official", help_text="Made by people for a dune.campaign; else justIN's, of a workflow's outputs."
    )
    workflow_id = serializers.IntegerField(source="dataset.workflow_justin_id", allow_null=True)
    stage = serializers.IntegerField(source="dataset.stage", allow_null=True)
    campaign = serializers.CharField(source="dataset.campaign_tag", help_text="dune.campaign of its metadata; may be empty.")
    data_tier = serializers.CharField(source="dataset.data_tier", help_text="May be empty.")
    files_listed = serializers.IntegerField(
        source="dataset.n_files_listed", allow_null=True, help_text="MetaCat's counter, which holds retired files too."
    )
    files_counted = serializers.IntegerField(
        source="n_exact", allow_null=True, help_text="Without retired files. Only official ones are counted; else null."
    )
    counted_at = serializers.DateTimeField(allow_null=True)
    frozen = serializers.BooleanField(source="dataset.is_frozen")
    made_at = serializers.DateTimeField(source="dataset.created_at", allow_null=True, help_text="MetaCat's clock.")
    made_by = serializers.CharField(source="dataset.creator", help_text="May be empty.")
    description = serializers.CharField(source="dataset.description", help_text="May be empty.")
    first_seen_at = serializers.DateTimeField(source="dataset.first_seen_at")
    gone_at = serializers.DateTimeField(
        source="dataset.gone_at", allow_null=True, help_text="MetaCat no longer lists it since then."
    )


class DatasetsSerializer(serializers.Serializer[Any]):
    """A page of datasets, and how old the list is. `read_at` is null before MetaCat's list was first read."""

    read_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True, help_text="The list cannot be read since then.")
    looked_for = serializers.ListField(child=serializers.CharField(), help_text="Values of dune.campaign.")
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = DatasetSerializer(many=True)


class DatasetQuery(PageQuery):
    which = serializers.ChoiceField(WHICH, required=False, help_text="Default all.")
    search = serializers.CharField(
        required=False, help_text="Words, all of them parts of the name, tier, dune.campaign or creator, or a workflow's id."
    )
    ordering = serializers.ChoiceField(
        [sign + key for key in SORTS for sign in ("", "-")], required=False, help_text=f"Default {NEWEST_FIRST}."
    )


class CampaignDatasetsView(Asked, generics.GenericAPIView[Dataset]):
    query = DatasetQuery
    filter_backends = NO_FILTERS
    serializer_class = DatasetSerializer
    queryset = Dataset.objects.none()

    @extend_schema(
        operation_id="campaign_datasets_list",
        description="Datasets of the outputs of the campaign's workflows, and official ones made for it, also those that "
        "MetaCat no longer lists. The list is read once an hour or so.",
        parameters=[DatasetQuery],
        responses={200: DatasetsSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        found = asked_datasets(
            campaign,
            which=self.asked.get("which", ""),
            words=self.asked.get("search", ""),
            sort=self.asked.get("ordering", NEWEST_FIRST),
        )
        page = self.paginate_queryset(found) or []
        answer = self.get_paginated_response(DatasetSerializer(rows_of(page), many=True).data)
        service = list_service()
        answer.data = {
            "read_at": service.read_at,
            "failing_since": service.failing_since,
            "looked_for": campaign.dune_campaigns,
        } | answer.data
        return answer
