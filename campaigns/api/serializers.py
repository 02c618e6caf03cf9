"""What the API tells of campaigns, and what it takes. Counts are null where they are unknown, ratios lie between 0 and 1."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.models import Campaign
from campaigns.summary import Totals, WeeklyRow
from monitoring.api.serializers import NoticeSerializer, WorkflowListedSerializer, count, rate
from monitoring.models import JustinCampaign
from portal.api.fields import IdField, Strict, TextField


class TotalsSerializer(serializers.Serializer[Totals]):
    """Over all workflows of a campaign, whatever the page or filter. Counts are added, rates are made from the sums."""

    workflows = serializers.IntegerField(source="n_workflows")
    by_status = serializers.SerializerMethodField()
    jobs = count("Jobs that ended.")
    jobs_exit_zero = count("Of these, the jobscript exited 0.", source="exit_zero")
    success_rate = rate("Exit 0 over jobs that ended.")
    jobs_good = count("Exit 0 and outputs in place.", source="good")
    good_rate = rate("Good over jobs that ended.")
    rate_problem = serializers.CharField(help_text="Why there is no rate; else empty.")
    jobs_running = count("", source="running")
    events = count("Not available yet: always null.")
    files_processed = count("Stage 1.")
    files_total = count("Stage 1, as far as justIN has looked for files.")
    workflows_unknown = serializers.IntegerField(source="n_unknown", help_text="Workflows whose jobs were never read.")
    workflows_incomplete = serializers.IntegerField(source="n_incomplete", help_text="With counts that are lower bounds.")
    complete = serializers.BooleanField(help_text="False: counts of jobs are lower bounds.")
    as_of = serializers.DateTimeField(allow_null=True, help_text="Oldest reading among workflows still read.")

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_by_status(self, totals: Totals) -> dict[str, int]:
        return {state or "unknown": n for state, n in totals.by_state.items()}


class CampaignSerializer(serializers.ModelSerializer[Campaign]):
    """A campaign with its totals."""

    url = serializers.SerializerMethodField(help_text="Its page in the portal.")
    justin_campaign_ids = serializers.SerializerMethodField()
    totals = serializers.SerializerMethodField()
    notices = serializers.SerializerMethodField()

    class Meta:
        model = Campaign
        fields = ["slug", "name", "purpose", "status", "created_at", "url", "justin_campaign_ids", "totals", "notices"]
        read_only_fields = fields

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, campaign: Campaign) -> str:
        return str(self.context["request"].build_absolute_uri(campaign.get_absolute_url()))

    @extend_schema_field({"type": "array", "items": {"type": "integer"}})
    def get_justin_campaign_ids(self, campaign: Campaign) -> list[int]:
        return sorted(justin_campaign.justin_id for justin_campaign in campaign.justin_campaigns.all())

    @extend_schema_field(TotalsSerializer)
    def get_totals(self, campaign: Campaign) -> Any:
        return TotalsSerializer(self.context["cards"][campaign.pk].totals).data

    @extend_schema_field(NoticeSerializer(many=True))
    def get_notices(self, campaign: Campaign) -> Any:
        return NoticeSerializer(self.context["cards"][campaign.pk].notices, many=True).data


class NewCampaignSerializer(Strict):
    name = TextField(
        help_text="1 to 100 letters, digits, dots, underscores and hyphens; unique whatever the case. E.g. pdhd-reco-2026b."
    )
    purpose = TextField(required=False, help_text="What for, and for whom, in one sentence.")


class JustinCampaignSerializer(serializers.ModelSerializer[JustinCampaign]):
    """A justIN campaign that serves a campaign, and how reading its listing goes."""

    justin_campaign_id = serializers.IntegerField(source="justin_id")
    workflows = count("Workflows in the newest listing; null before the first.", source="n_listed")

    class Meta:
        model = JustinCampaign
        fields = ["justin_campaign_id", "workflows", "read_at", "failing_since", "error_kind", "error_text", "next_try_at"]
        read_only_fields = fields


class NewJustinCampaignSerializer(Strict):
    justin_campaign_id = IdField(help_text="As justIN shows it.")


class NewWorkflowSerializer(Strict):
    workflow_id = IdField(help_text="As justIN shows it.")


class CampaignWorkflowSerializer(WorkflowListedSerializer):
    """A workflow of the campaign, as justIN lists it."""

    class Meta(WorkflowListedSerializer.Meta):
        pass


class WeeklyRowSerializer(serializers.Serializer[Any]):
    """A workflow in the weekly table; every count of jobs is null while its jobs were never read."""

    workflow_id = serializers.IntegerField(source="workflow.justin_id")
    description = serializers.CharField(source="workflow.description")
    jobs = count("Jobs that ended.")
    status = serializers.SerializerMethodField()
    paused_by = serializers.ChoiceField(["justIN", "a person", ""], source="workflow.paused_by", help_text="Empty: not paused.")
    jobs_exit_zero = count("Of the jobs that ended, the jobscript exited 0.", source="exit_zero")
    success_rate = rate("Exit 0 over jobs that ended.")
    rate_problem = serializers.CharField(help_text="Why there is no rate; else empty.")
    jobs_good = count("Exit 0 and outputs in place.", source="good")
    jobs_running = count("Null where a cut answer leaves it unknown.", source="running")
    events = count("Not available yet: always null.")
    comments = serializers.CharField(source="comment_text", help_text="The newest comment, or empty.")
    files_processed = count("Stage 1, exact.")
    files_total = count("Stage 1; 0 before justIN has looked for files.")
    complete = serializers.BooleanField(help_text="False: counts are unknown or lower bounds.")
    as_of = serializers.DateTimeField(allow_null=True, help_text="Jobs; justIN's clock.")
    stale = serializers.BooleanField(source="is_stale", help_text="Older than it should be.")
    notices = NoticeSerializer(many=True)

    @extend_schema_field({"type": "string", "nullable": True, "description": "justIN's own word; null: not known."})
    def get_status(self, row: WeeklyRow) -> str | None:
        return row.status or None


class SummarySerializer(serializers.Serializer[Any]):
    """The weekly table: a page of rows, and totals over all."""

    campaign = serializers.CharField(help_text="Its slug.")
    name = serializers.CharField()
    count = serializers.IntegerField(help_text="Rows after filters.")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    rows = WeeklyRowSerializer(many=True)
    totals = TotalsSerializer()
