"""Which workflows are run for a step, as JSON."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.steps import StepsView, read, step_or_404
from campaigns.api.steps_data import one_step
from campaigns.api.steps_serializers import StepSerializer, WorkflowGivenSerializer
from campaigns.api.views import writer
from campaigns.models import StepWorkflow
from campaigns.steps.attaching import attach_workflow, detach_workflow
from portal.api.documenting import failures
from portal.api.errors import NotThere
from portal.api.fields import LARGEST_ID


class StepWorkflowsView(StepsView):
    @extend_schema(
        operation_id="campaign_step_workflow_attach",
        description="Say that a workflow was run for a step. Needs a shifter of the campaign or a coordinator. Doing it again "
        "answers 200 and changes nothing, but for another use, which replaces the first.",
        request=WorkflowGivenSerializer,
        responses={
            201: StepSerializer,
            200: OpenApiResponse(StepSerializer, description="It was attached already."),
        }
        | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, step: str) -> Response:
        campaign = step_or_404(request, slug, step)
        given = read(WorkflowGivenSerializer, request)
        use = given.get("use", StepWorkflow.Use.MAIN)
        was_there = StepWorkflow.objects.filter(campaign=campaign, workflow__justin_id=given["workflow_id"]).exists()
        attach_workflow(campaign, step, given["workflow_id"], actor=writer(request), use=use)
        code = status.HTTP_200_OK if was_there else status.HTTP_201_CREATED
        return Response(one_step(campaign, step, request), code)


class StepWorkflowView(StepsView):
    @extend_schema(
        operation_id="campaign_step_workflow_detach",
        description="Take a workflow from a step, as it was attached to the wrong one; the history keeps it. Needs a "
        "shifter of the campaign or a coordinator.",
        responses={204: None} | failures(400, 401, 403, 404, 409),
    )
    def delete(self, request: Request, slug: str, step: str, justin_id: int) -> Response:
        campaign = step_or_404(request, slug, step)
        attached = StepWorkflow.objects.filter(campaign=campaign, step=step)
        if justin_id > LARGEST_ID or not attached.filter(workflow__justin_id=justin_id).exists():
            here = ", ".join(str(number) for number in attached.values_list("workflow__justin_id", flat=True)[:20])
            raise NotThere(
                f"Workflow {justin_id} is not attached to this step.", f"Attached are {here}." if here else "None is attached."
            )
        detach_workflow(campaign, justin_id, actor=writer(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
