"""Campaigns as JSON. What changes something calls the same service as the pages do."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from campaigns.api.serializers import (
    CampaignSerializer,
    CampaignWorkflowSerializer,
    JustinCampaignSerializer,
    NewCampaignSerializer,
    NewJustinCampaignSerializer,
    NewWorkflowSerializer,
    SummarySerializer,
    TotalsSerializer,
    WeeklyRowSerializer,
)
from campaigns.models import Campaign, CampaignStatus
from campaigns.services import create_campaign, register_workflow, watch_justin_campaign
from campaigns.summary import SORTS, campaign_cards, weekly_table
from monitoring.api.views import NO_FILTERS, WorkflowQuery, asked_workflows
from monitoring.models import JustinCampaign, Workflow
from portal.api.documenting import failures
from portal.api.errors import NotThere
from portal.api.fields import PageQuery
from portal.api.pages import Pages
from portal.api.permissions import WriteIfLoggedIn
from portal.api.views import Asked, Nothing
from portal.models import User

LOCATION = OpenApiParameter("Location", str, OpenApiParameter.HEADER, description="Where it is.", response=[201])


def campaign_or_404(request: Request, slug: str) -> Campaign:
    """The campaign of this slug, if the reader may see it. Raises NotThere, in words."""
    campaign = Campaign.objects.visible_to(request.user).filter(slug=slug).first()
    if campaign is None:
        raise NotThere(f"There is no campaign {slug}.", "GET /api/v1/campaigns/ lists them, with their slugs.")
    return campaign


def writer(request: Request) -> User:
    """Who writes. The services take None for the server's own command line, so nobody may come by that way."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user


def with_cards(request: Request, campaigns: list[Campaign]) -> dict[str, Any]:
    """What CampaignSerializer needs beside the request: totals and notices, read for all campaigns at once."""
    return {"request": request, "cards": {card.campaign.pk: card for card in campaign_cards(request.user, campaigns)}}


class CampaignQuery(PageQuery):
    status = serializers.ChoiceField(CampaignStatus.choices, required=False)
    search = serializers.CharField(required=False, help_text="Part of the name or purpose.")
    ordering = serializers.ChoiceField(
        ["name", "-name", "created_at", "-created_at"], required=False, help_text="Default -created_at."
    )


class CampaignListView(Asked, generics.GenericAPIView[Campaign]):
    query = CampaignQuery
    filter_backends = NO_FILTERS
    permission_classes = [WriteIfLoggedIn]
    serializer_class = CampaignSerializer

    def get_queryset(self) -> QuerySet[Campaign]:
        campaigns = Campaign.objects.visible_to(self.request.user).prefetch_related("justin_campaigns")
        if state := self.asked.get("status"):
            campaigns = campaigns.filter(status=state)
        if search := self.asked.get("search"):
            campaigns = campaigns.filter(Q(name__icontains=search) | Q(purpose__icontains=search))
        return campaigns.order_by(self.asked.get("ordering", "-created_at"), "-pk")

    @extend_schema(
        operation_id="campaigns_list",
        description="Campaigns with their totals and what is wrong.",
        parameters=[CampaignQuery],
        responses={200: CampaignSerializer(many=True)} | failures(400, 401, 404),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(CampaignSerializer(page, many=True, context=with_cards(request, page)).data)

    @extend_schema(
        operation_id="campaigns_create",
        description="Make a campaign. Needs the role coordinators or administrators.",
        request=NewCampaignSerializer,
        parameters=[LOCATION],
        responses={201: CampaignSerializer} | failures(400, 401, 403, 409),
    )
    def post(self, request: Request) -> Response:
        given = NewCampaignSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        campaign = create_campaign(actor=writer(request), **given.validated_data)
        where = reverse("campaigns-api:campaign-detail", args=[campaign.slug], request=request)
        data = CampaignSerializer(campaign, context=with_cards(request, [campaign])).data
        return Response(data, status.HTTP_201_CREATED, headers={"Location": where})


class CampaignView(Asked, APIView):
    query = Nothing

    @extend_schema(
        operation_id="campaign_read",
        description="A campaign with its totals and what is wrong.",
        responses={200: CampaignSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        return Response(CampaignSerializer(campaign, context=with_cards(request, [campaign])).data)


class SummaryQuery(PageQuery):
    state = serializers.CharField(required=False, help_text="justIN's word; open: all but finished; unknown.")
    search = serializers.CharField(required=False, help_text="Part of the workflow's id, description, MQL, scope or comment.")
    commented = serializers.BooleanField(required=False, help_text="true: only those with a comment.")
    ordering = serializers.ChoiceField(
        [sign + key for key in SORTS for sign in ("", "-")], required=False, help_text="Default -workflow."
    )


class SummaryPages(Pages):
    """100 rows a page, up to 1000 on request."""

    page_size = 100
    max_page_size = 1000


class SummaryView(Asked, APIView):
    query = SummaryQuery

    @extend_schema(
        operation_id="campaign_summary",
        description="The weekly table: a page of rows (100, up to 1000 with page_size), and totals over all workflows "
        "whatever the page or filter.",
        parameters=[SummaryQuery],
        responses={200: SummarySerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        table = weekly_table(
            campaign,
            sort=self.asked.get("ordering", "-workflow"),
            state=self.asked.get("state", ""),
            q=self.asked.get("search", ""),
            commented=self.asked.get("commented", False),
        )
        pages = SummaryPages()
        rows = pages.paginate_queryset(table.rows, request, self) or []
        assert pages.page is not None
        return Response(
            {
                "campaign": campaign.slug,
                "name": campaign.name,
                "count": pages.page.paginator.count,
                "next": pages.get_next_link(),
                "previous": pages.get_previous_link(),
                "rows": WeeklyRowSerializer(rows, many=True).data,
                "totals": TotalsSerializer(table.totals).data,
            }
        )


class JustinCampaignsView(Asked, generics.GenericAPIView[JustinCampaign]):
    filter_backends = NO_FILTERS
    permission_classes = [WriteIfLoggedIn]
    serializer_class = JustinCampaignSerializer

    @extend_schema(
        operation_id="campaign_justin_campaigns_list",
        description="The justIN campaigns that serve this campaign, and how reading their listings goes.",
        parameters=[PageQuery],
        responses={200: JustinCampaignSerializer(many=True)} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        page = self.paginate_queryset(campaign.justin_campaigns.order_by("justin_id")) or []
        return self.get_paginated_response(JustinCampaignSerializer(page, many=True).data)

    @extend_schema(
        operation_id="campaign_justin_campaigns_add",
        description="Watch a justIN campaign for this campaign. Needs a shifter of it, a coordinator or an administrator. "
        "Doing it again answers 200 and changes nothing. Its workflows are listed at the next poll.",
        request=NewJustinCampaignSerializer,
        responses={
            201: JustinCampaignSerializer,
            200: OpenApiResponse(JustinCampaignSerializer, description="It was watched already."),
        }
        | failures(400, 401, 403, 404),
    )
    def post(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        given = NewJustinCampaignSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        added, is_new = watch_justin_campaign(campaign, given.validated_data["justin_campaign_id"], actor=writer(request))
        return Response(JustinCampaignSerializer(added).data, status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)


class CampaignWorkflowsView(Asked, generics.GenericAPIView[Workflow]):
    query = WorkflowQuery
    filter_backends = NO_FILTERS
    permission_classes = [WriteIfLoggedIn]
    serializer_class = CampaignWorkflowSerializer

    @extend_schema(
        operation_id="campaign_workflows_list",
        description="The campaign's workflows as justIN lists them; their jobs are in the summary.",
        parameters=[WorkflowQuery],
        responses={200: CampaignWorkflowSerializer(many=True)} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        workflows = campaign_or_404(request, slug).workflows().select_related("justin_campaign")
        page = self.paginate_queryset(asked_workflows(workflows, self.asked)) or []
        return self.get_paginated_response(CampaignWorkflowSerializer(page, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="campaign_workflows_register",
        description="Watch a single workflow for this campaign, for when its justIN campaign is not watched. Needs a shifter "
        "of it, a coordinator or an administrator. Doing it again answers 200 and changes nothing.",
        request=NewWorkflowSerializer,
        parameters=[LOCATION],
        responses={
            201: CampaignWorkflowSerializer,
            200: OpenApiResponse(CampaignWorkflowSerializer, description="It was registered already."),
        }
        | failures(400, 401, 403, 404),
    )
    def post(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        given = NewWorkflowSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        workflow, is_new = register_workflow(campaign, given.validated_data["workflow_id"], actor=writer(request))
        where = reverse("monitoring-api:workflow-detail", args=[workflow.justin_id], request=request)
        data = CampaignWorkflowSerializer(workflow, context={"request": request}).data
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(data, code, headers={"Location": where} if is_new else None)
