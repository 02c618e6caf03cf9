"""What machines say, as JSON."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from monitoring.api.serializers import (
    FailedJobSerializer,
    SourcesSerializer,
    WorkflowListedSerializer,
    WorkflowSerializer,
)
from monitoring.health import health_of, justin_service
from monitoring.models import FailedJob, Service, Workflow
from monitoring.numbers import failed_jobs_of, workflow_numbers
from portal.api.documenting import failures
from portal.api.errors import NotThere
from portal.api.fields import PageQuery
from portal.api.views import Asked, Nothing

NO_FILTERS: list[Any] = []  # parameters are declared and checked by Asked, never dropped in silence


def workflow_or_404(justin_id: int) -> Workflow:
    """The workflow of this justIN id with its totals. Raises NotThere, in words."""
    workflow = Workflow.objects.with_tally().filter(justin_id=justin_id).first()
    if workflow is None:
        raise NotThere(
            f"The portal does not know workflow {justin_id}.",
            "Watch its justIN campaign, or register the workflow for a campaign; GET /api/v1/workflows/ lists those known.",
        )
    return workflow


class WorkflowQuery(PageQuery):
    state = serializers.CharField(
        required=False, help_text="justIN's word; open: all but finished; unknown: registered by id only."
    )
    search = serializers.CharField(required=False, help_text="Part of the id, description, MQL or scope.")
    ordering = serializers.ChoiceField(
        ["workflow_id", "-workflow_id", "read_at", "-read_at"], required=False, help_text="Default -workflow_id."
    )


def asked_workflows(workflows: QuerySet[Workflow], asked: dict[str, Any]) -> QuerySet[Workflow]:
    """Filter and sort workflows as a WorkflowQuery says."""
    state, search = asked.get("state"), asked.get("search")
    if state == "open":
        workflows = workflows.exclude(state="finished")
    elif state:
        workflows = workflows.filter(state="" if state == "unknown" else state)
    if search:
        workflows = workflows.filter(
            Q(justin_id__contains=search)
            | Q(description__icontains=search)
            | Q(mql__icontains=search)
            | Q(scope_name__icontains=search)
        )
    order = asked.get("ordering", "-workflow_id").replace("workflow_id", "justin_id")
    return workflows.order_by(order, "-justin_id")


class WorkflowListView(Asked, generics.ListAPIView[Workflow]):
    """Every workflow the portal knows, as justIN lists it."""

    query = WorkflowQuery
    filter_backends = NO_FILTERS
    serializer_class = WorkflowListedSerializer

    def get_queryset(self) -> QuerySet[Workflow]:
        return asked_workflows(Workflow.objects.select_related("justin_campaign"), self.asked)

    @extend_schema(
        operation_id="workflows_list",
        parameters=[WorkflowQuery],
        responses={200: WorkflowListedSerializer(many=True)} | failures(400, 401, 404),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class WorkflowView(Asked, APIView):
    """One workflow: jobs, exit codes, sites, storages, files, outputs, jobs over time, and what is wrong."""

    query = Nothing

    @extend_schema(operation_id="workflow_read", responses={200: WorkflowSerializer} | failures(400, 401, 404))
    def get(self, request: Request, justin_id: int) -> Response:
        workflow = workflow_or_404(justin_id)
        workflow.numbers = workflow_numbers(workflow)  # type: ignore[attr-defined]
        workflow.notices = health_of(workflow, justin_service())  # type: ignore[attr-defined]
        return Response(WorkflowSerializer(workflow, context={"request": request}).data)


class FailedJobQuery(PageQuery):
    code = serializers.RegexField(
        r"^(-?\d{1,3}|lost|output|aborted|stalled)$",
        required=False,
        help_text="An exit code, or lost, output, aborted, stalled.",
        error_messages={"invalid": "Give an exit code, or lost, output, aborted or stalled."},
    )
    site = serializers.CharField(required=False, allow_blank=True, help_text="Empty: jobs without a site.")


class FailedJobsView(Asked, generics.ListAPIView[FailedJob]):
    """Samples of jobs that did not end well: the newest 200 of each kind, newest first. Not a count."""

    query = FailedJobQuery
    filter_backends = NO_FILTERS
    serializer_class = FailedJobSerializer

    def get_queryset(self) -> QuerySet[FailedJob]:
        workflow = workflow_or_404(self.kwargs["justin_id"])
        return failed_jobs_of(workflow, code=self.asked.get("code", ""), site=self.asked.get("site"))

    @extend_schema(
        operation_id="workflow_failed_jobs",
        parameters=[FailedJobQuery],
        responses={200: FailedJobSerializer(many=True)} | failures(400, 401, 404),
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class SourcesView(Asked, APIView):
    """How asking each source goes: its last good answer, since when and why it fails, and the next try."""

    query = Nothing

    @extend_schema(operation_id="sources_read", responses={200: SourcesSerializer} | failures(400, 401))
    def get(self, request: Request) -> Response:
        known = {service.name: service for service in Service.objects.all()}
        sources = {
            name.replace("-", "_"): known.get(name) or Service(name=name)
            for name in (Service.JUSTIN, Service.JUSTIN_INFO, Service.METACAT, Service.METACAT_DATASETS)
        }
        return Response(SourcesSerializer(sources).data)
