"""Numbers of files of a plan's samples as JSON: whose they are, and what MetaCat says."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.api.views import campaign_or_404, writer
from campaigns.models import Campaign
from campaigns.plan_services import draft_of
from campaigns.planning.sizes import SampleSize, sizes_of
from campaigns.sample_counts import ask_metacat, queries_of
from monitoring.counting import is_configured, kept
from portal.api.documenting import failures
from portal.api.permissions import WriteIfLoggedIn
from portal.api.views import Asked, Nothing


class ToldSerializer(serializers.Serializer[Any]):
    """MetaCat's last good number, and beside it why a later question failed."""

    n_files = serializers.IntegerField(allow_null=True)
    n_bytes = serializers.IntegerField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True, help_text="When the number was true.")
    changed_at = serializers.DateTimeField(allow_null=True, help_text="When another number than before was first told.")
    n_files_before = serializers.IntegerField(allow_null=True)
    doubt = serializers.CharField(help_text="Why the number may not mean what it seems; empty if nothing does.")
    is_open = serializers.BooleanField(help_text="Somebody asked and the worker has no answer yet.")
    failing_since = serializers.DateTimeField(allow_null=True)
    error_kind = serializers.CharField()
    error_text = serializers.CharField()
    next_try_at = serializers.DateTimeField(allow_null=True)


class SampleSizeSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    mql = serializers.CharField()
    n_files = serializers.IntegerField(allow_null=True, help_text="As planned.")
    n_files_from = serializers.CharField(help_text="Whose number that is.")
    difference = serializers.IntegerField(allow_null=True, help_text="Files that came (below 0: went) since planning.")
    metacat = ToldSerializer(allow_null=True, help_text="Null: never asked.")


class SampleSizesSerializer(serializers.Serializer[Any]):
    campaign = serializers.CharField()
    metacat_configured = serializers.BooleanField()
    samples = SampleSizeSerializer(many=True)


class PlanSamplesView(Asked, APIView):
    query = Nothing
    permission_classes = [WriteIfLoggedIn]

    @extend_schema(
        operation_id="campaign_plan_samples",
        description="The samples of the plan that is being drafted, with their numbers of files and what MetaCat told of them. "
        "Asks nobody.",
        responses={200: SampleSizesSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response(_told(campaign_or_404(request, slug)))

    @extend_schema(
        operation_id="campaign_plan_samples_ask",
        description="Have MetaCat asked for all samples of the plan; read the answers here a few seconds later, when `is_open` "
        "is false. Needs a shifter of the campaign or a coordinator.",
        request=None,
        responses={202: SampleSizesSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        ask_metacat(campaign, actor=writer(request))
        return Response(_told(campaign), status.HTTP_202_ACCEPTED)


def _told(campaign: Campaign) -> dict[str, Any]:
    content, _version = draft_of(campaign)
    sizes = sizes_of(content, kept(queries_of(content)))
    found = {
        "campaign": campaign.slug,
        "metacat_configured": is_configured(),
        "samples": [_sample(size) for size in sizes.values()],
    }
    return dict(SampleSizesSerializer(found).data)


def _sample(size: SampleSize) -> dict[str, Any]:
    sample = size.sample
    return {
        "key": sample.key,
        "label": sample.label,
        "mql": sample.mql,
        "n_files": sample.n_files,
        "n_files_from": sample.n_files_from,
        "difference": size.difference,
        "metacat": size.count,
    }
