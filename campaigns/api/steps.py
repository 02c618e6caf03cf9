"""A campaign's steps as JSON. Every action calls the same service as the pages do, and is refused by the same rules."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.api.steps_data import all_steps, evidence_data, missing_of, one_step, standing
from campaigns.api.steps_serializers import (
    EvidenceGivenSerializer,
    EvidenceSerializer,
    FeedbackAskedSerializer,
    FeedbackGivenSerializer,
    ReasonSerializer,
    SignOffGivenSerializer,
    StepSerializer,
    StepsSerializer,
)
from campaigns.api.views import campaign_or_404, writer
from campaigns.models import Campaign
from campaigns.steps import feedback
from campaigns.steps.errors import NotReady
from campaigns.steps.evidence import add_evidence
from campaigns.steps.loading import read_situation
from campaigns.steps.process import process_of
from campaigns.steps.services import complete_step, reopen_step
from campaigns.steps.signing import sign_step
from portal.api.documenting import failures
from portal.api.errors import NotThere
from portal.api.fields import Strict
from portal.api.permissions import WriteIfLoggedIn
from portal.api.views import Asked, Nothing
from portal.errors import Conflict, Refused

NAMES = {"workflow": "workflow_id", "justin_id": "workflow_id", "files": "file"}  # as services call them: as the API does
IN_ADDRESS = ("step", "criterion", "team")  # of a conflict about a team, sending another one would not do either


class StepsView(Asked, APIView):
    """What all views of steps share: who may, and that refusals name what was sent."""

    query = Nothing
    permission_classes = [WriteIfLoggedIn]

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Refused):
            exc.field = NAMES.get(exc.field, exc.field)
            if isinstance(exc, Conflict) and exc.field in IN_ADDRESS:
                exc.field = ""  # nothing that was sent is at fault, and another of it would not do
        return super().handle_exception(exc)


def read(given: type[Strict], request: Request) -> dict[str, Any]:
    """What was sent, checked."""
    serializer = given(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def step_or_404(request: Request, slug: str, step: str) -> Campaign:
    """The campaign, if it has this step. Raises NotThere, with the keys there are."""
    campaign = campaign_or_404(request, slug)
    process = process_of(campaign)
    if process.step(step) is None:
        known = ", ".join(one.key for one in process.steps)
        raise NotThere(f"There is no step {step[:60]}.", f"The steps of {campaign} are {known}.")
    return campaign


def criterion_or_404(request: Request, slug: str, criterion: str) -> tuple[Campaign, str]:
    """The campaign and the key of the criterion's step. Raises NotThere, with the keys there are."""
    campaign = campaign_or_404(request, slug)
    process = process_of(campaign)
    found = process.criterion(criterion)
    if found is None:
        known = ", ".join(one.key for step in process.steps for one in step.criteria)
        raise NotThere(f"There is no criterion {criterion[:60]}.", f"The criteria of {campaign} are {known}.")
    return campaign, found[0].key


class StepListView(StepsView):
    @extend_schema(
        operation_id="campaign_steps_list",
        description="The steps in order: setup, test, validation, production, close-out. Each with its state, its criteria and "
        "their evidence, what is missing and who acts next, and its sign-offs.",
        responses={200: StepsSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response(all_steps(campaign_or_404(request, slug), request))


class StepView(StepsView):
    @extend_schema(
        operation_id="campaign_step_read",
        description="One of the steps.",
        responses={200: StepSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str, step: str) -> Response:
        return Response(one_step(step_or_404(request, slug, step), step, request))


class SignOffsView(StepsView):
    @extend_schema(
        operation_id="campaign_step_sign",
        description="Sign a step for a team, or refuse it. Needs the role of the team; neither a shifter of the campaign nor "
        "its requester, nor who signed for the other team. 409 when the step's revision is not the one you saw, or when "
        "somebody of the team was first.",
        request=SignOffGivenSerializer,
        responses={201: StepSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, step: str) -> Response:
        campaign = step_or_404(request, slug, step)
        sign_step(campaign, step, actor=writer(request), **read(SignOffGivenSerializer, request))
        return Response(one_step(campaign, step, request), status.HTTP_201_CREATED)


class StepCompleteView(StepsView):
    @extend_schema(
        operation_id="campaign_step_complete",
        description="Complete a step; the next one opens. Needs a shifter of the campaign or a coordinator. While something is "
        "missing it is 409, and beside `detail` the answer has `missing` ([{key, text, kind, state, who, saw}]) and "
        "`blocked_by`, as the step has them.",
        request=Nothing,
        responses={200: StepSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, step: str) -> Response:
        campaign = step_or_404(request, slug, step)
        read(Nothing, request)
        try:
            complete_step(campaign, step, actor=writer(request))
        except Conflict as refused:
            seen = refused.step if isinstance(refused, NotReady) else standing(read_situation(campaign), step)
            answer = self.handle_exception(refused)
            answer.data |= {"missing": missing_of(seen), "blocked_by": list(seen.blocked_by)}
            return answer
        return Response(one_step(campaign, step, request))


class StepReopenView(StepsView):
    @extend_schema(
        operation_id="campaign_step_reopen",
        description="Open a complete step again: it and all later ones are no longer complete, and their sign-offs are void. "
        "Needs the role coordinators.",
        request=ReasonSerializer,
        responses={200: StepSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, step: str) -> Response:
        campaign = step_or_404(request, slug, step)
        reopen_step(campaign, step, actor=writer(request), **read(ReasonSerializer, request))
        return Response(one_step(campaign, step, request))


class EvidenceView(StepsView):
    @extend_schema(
        operation_id="campaign_criterion_evidence_add",
        description="Give evidence for a criterion: a text, a link, a workflow, or a file (multipart/form-data). Needs a "
        "shifter of the campaign or a coordinator; the data-management team for what it is to do.",
        request=EvidenceGivenSerializer,
        responses={201: EvidenceSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, criterion: str) -> Response:
        campaign, _step = criterion_or_404(request, slug, criterion)
        given = read(EvidenceGivenSerializer, request)
        workflow = given.pop("workflow_id", None)
        evidence = add_evidence(campaign, criterion, actor=writer(request), workflow=workflow, **given)
        return Response(evidence_data(evidence, request), status.HTTP_201_CREATED)


class FeedbackView(StepsView):
    """What the views of the requester's word on the validation sample share."""

    def check(self, request: Request, slug: str, step: str) -> Campaign:
        """The campaign. Raises NotThere where another step asks for feedback."""
        campaign = step_or_404(request, slug, step)
        asking = [one.key for one in process_of(campaign).steps if any(c.rule == feedback.RULE for c in one.criteria)]
        if step not in asking:
            raise NotThere(f"Step {step} asks for no feedback.", f"Steps that do: {', '.join(asking) or 'none'}.")
        return campaign


class FeedbackGiveView(FeedbackView):
    @extend_schema(
        operation_id="campaign_feedback_give",
        description="Answer for the requester. Needs whoever asked for what the campaign produces, or a requester of their "
        "group.",
        request=FeedbackGivenSerializer,
        responses={200: StepSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, step: str) -> Response:
        campaign = self.check(request, slug, step)
        feedback.give_feedback(campaign, actor=writer(request), **read(FeedbackGivenSerializer, request))
        return Response(one_step(campaign, step, request))


class FeedbackAskView(FeedbackView):
    @extend_schema(
        operation_id="campaign_feedback_ask",
        description="Ask the requester for feedback by a day, which pauses the campaign. Needs a shifter of the campaign or a "
        "coordinator.",
        request=FeedbackAskedSerializer,
        responses={200: StepSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, step: str) -> Response:
        campaign = self.check(request, slug, step)
        feedback.ask_feedback(campaign, actor=writer(request), **read(FeedbackAskedSerializer, request))
        return Response(one_step(campaign, step, request))


class FeedbackSkipView(FeedbackView):
    @extend_schema(
        operation_id="campaign_feedback_skip",
        description="Go on without the requester's reply once it is overdue. Needs the role coordinators.",
        request=ReasonSerializer,
        responses={200: StepSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, step: str) -> Response:
        campaign = self.check(request, slug, step)
        feedback.skip_feedback(campaign, actor=writer(request), **read(ReasonSerializer, request))
        return Response(one_step(campaign, step, request))
