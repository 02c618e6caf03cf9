"""What people say of a criterion, as JSON: evidence taken back, decisions, waivers. Evidence itself is given in steps.py."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.steps import StepsView, criterion_or_404, read
from campaigns.api.steps_data import one_step
from campaigns.api.steps_serializers import DecisionGivenSerializer, MaybeReasonSerializer, ReasonSerializer, StepSerializer
from campaigns.api.views import writer
from campaigns.steps.services import decide, end_waiver, take_back, waive
from portal.api.documenting import failures

ANSWERS = {200: StepSerializer} | failures(400, 401, 403, 404, 409)


class TakeBackView(StepsView):
    @extend_schema(
        operation_id="campaign_criterion_take_back",
        description="Say that a criterion is not met after all: its evidence stays readable and counts no more. Needs whoever "
        "may give evidence for it.",
        request=MaybeReasonSerializer,
        responses=ANSWERS,
    )
    def post(self, request: Request, slug: str, criterion: str) -> Response:
        campaign, step = criterion_or_404(request, slug, criterion)
        take_back(campaign, criterion, actor=writer(request), **read(MaybeReasonSerializer, request))
        return Response(one_step(campaign, step, request))


class DecisionView(StepsView):
    @extend_schema(
        operation_id="campaign_criterion_decide",
        description="Record what a meeting decided; a later decision stands in its place. Needs the role coordinators.",
        request=DecisionGivenSerializer,
        responses=ANSWERS,
    )
    def post(self, request: Request, slug: str, criterion: str) -> Response:
        campaign, step = criterion_or_404(request, slug, criterion)
        given = read(DecisionGivenSerializer, request)
        decide(campaign, criterion, actor=writer(request), is_agreed=given.pop("agreed"), **given)
        return Response(one_step(campaign, step, request))


class WaiveView(StepsView):
    @extend_schema(
        operation_id="campaign_criterion_waive",
        description="Let the step be completed without a criterion; sign-offs that were given before lapse. Needs the role "
        "coordinators. Sign-offs cannot be waived.",
        request=ReasonSerializer,
        responses=ANSWERS,
    )
    def post(self, request: Request, slug: str, criterion: str) -> Response:
        campaign, step = criterion_or_404(request, slug, criterion)
        waive(campaign, criterion, actor=writer(request), **read(ReasonSerializer, request))
        return Response(one_step(campaign, step, request))


class EndWaiverView(StepsView):
    @extend_schema(
        operation_id="campaign_criterion_end_waiver",
        description="Ask for a waived criterion again after all. Needs the role coordinators.",
        request=MaybeReasonSerializer,
        responses=ANSWERS,
    )
    def post(self, request: Request, slug: str, criterion: str) -> Response:
        campaign, step = criterion_or_404(request, slug, criterion)
        end_waiver(campaign, criterion, actor=writer(request), **read(MaybeReasonSerializer, request))
        return Response(one_step(campaign, step, request))
