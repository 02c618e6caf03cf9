"""Which workflow is which row of the plan, as JSON: told by people, or by the script that submitted them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.api.token_auth import WITH_CAMPAIGN_TOKENS, acting
from campaigns.api.views import campaign_or_404, writer
from campaigns.models import CampaignToken, PlannedWorkflow
from campaigns.plan_reports import report_workflow, take_back_report
from campaigns.planning.reported import reports_of
from portal.api.documenting import failures
from portal.api.errors import NotThere
from portal.api.fields import LARGEST_ID, IdField, Strict, TextField
from portal.api.permissions import WriteIfLoggedIn
from portal.api.views import Asked, Nothing
from portal.errors import NotAllowed


class ReportGivenSerializer(Strict):
    row = TextField(help_text="Key of the row.")
    workflow_id = IdField(help_text="As justIN gave it.")
    command_sha = TextField(required=False, default="", help_text="Fingerprint of the command, as scripts know it.")


class TakenBackSerializer(Strict):
    reason = TextField(help_text="It stays in the history.")


class ReportSerializer(serializers.Serializer[Any]):
    row = serializers.CharField(source="row_key")
    workflow_id = serializers.IntegerField(source="workflow.justin_id")
    how = serializers.ChoiceField(PlannedWorkflow.How.choices)
    reported_by = serializers.CharField(source="reported_by.username")
    at = serializers.DateTimeField()
    revision = serializers.IntegerField(allow_null=True, help_text="Newest revision of the plan at that time.")
    command_sha = serializers.CharField()
    jobscript_sha256 = serializers.CharField(help_text="Of the campaign's jobscript at that time; empty where none is kept.")


class ReportMadeSerializer(ReportSerializer):
    note = serializers.SerializerMethodField(help_text="Why it is not attached to its step yet; else empty.")

    def get_note(self, planned: PlannedWorkflow) -> str:
        return str(self.context["note"])


class ReportsSerializer(serializers.Serializer[Any]):
    campaign = serializers.CharField()
    reports = ReportSerializer(many=True)


class PlanReportsView(Asked, APIView):
    query = Nothing
    permission_classes = [WriteIfLoggedIn]
    authentication_classes = WITH_CAMPAIGN_TOKENS

    @extend_schema(
        operation_id="campaign_plan_reports_list",
        description="Workflows that were reported for rows of the plan, in the order of their ids. Others are matched by "
        "their description and slice.",
        responses={200: ReportsSerializer} | failures(400, 401, 403, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        if isinstance(request.auth, CampaignToken):
            raise NotAllowed(f"A campaign’s token is good for {request.auth.get_scope_display()} only; read without it.")
        campaign = campaign_or_404(request, slug)
        found = sorted(reports_of(campaign).items())
        return Response({"campaign": campaign.slug, "reports": ReportSerializer([one for _id, one in found], many=True).data})

    @extend_schema(
        operation_id="campaign_plan_reports_add",
        description="Say which workflow a row became. Needs a shifter of the campaign, a coordinator, or a token of the "
        "campaign. Saying it again answers 200 and changes nothing. It is watched, and attached to its step, at once.",
        request=ReportGivenSerializer,
        responses={
            201: ReportMadeSerializer,
            200: OpenApiResponse(ReportMadeSerializer, description="It was reported already."),
        }
        | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        actor, token = acting(request, campaign, CampaignToken.Scope.REPORT)
        given = ReportGivenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        how = PlannedWorkflow.How.SCRIPT if token else PlannedWorkflow.How.PERSON
        done = report_workflow(
            campaign, data["row"], data["workflow_id"], actor=actor, how=how, token=token, command_sha=data["command_sha"]
        )
        code = status.HTTP_201_CREATED if done.is_new else status.HTTP_200_OK
        return Response(ReportMadeSerializer(done.planned, context={"note": done.note}).data, code)


class PlanReportView(Asked, APIView):
    query = Nothing
    permission_classes = [WriteIfLoggedIn]

    @extend_schema(
        operation_id="campaign_plan_report_take_back",
        description="Say that a workflow is not the row it was reported for. The history keeps it, with the reason.",
        request=TakenBackSerializer,
        responses={204: None} | failures(400, 401, 403, 404, 409),
    )
    def delete(self, request: Request, slug: str, justin_id: int) -> Response:
        campaign, actor = campaign_or_404(request, slug), writer(request)
        reports = PlannedWorkflow.objects.filter(campaign=campaign)
        if justin_id > LARGEST_ID or not reports.filter(workflow__justin_id=justin_id).exists():
            raise NotThere(f"Workflow {justin_id} is reported for no row.", "GET the reports to see which are.")
        given = TakenBackSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        take_back_report(campaign, justin_id, actor=actor, reason=given.validated_data["reason"])
        return Response(status=status.HTTP_204_NO_CONTENT)
