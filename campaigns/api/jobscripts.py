"""A campaign's jobscript and input files as JSON: versions, their texts with what the linter says, keeping a new one."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from campaigns.api.jobscripts_serializers import (
    JobscriptGivenSerializer,
    JobscriptQuery,
    JobscriptSerializer,
    JobscriptTextSerializer,
)
from campaigns.api.views import LOCATION, campaign_or_404, writer
from campaigns.jobscript_services import check_keeper, keep_version
from campaigns.jobscripts.kept import current_jobscript
from campaigns.jobscripts.linter import lint
from campaigns.models import Campaign, JobscriptVersion
from monitoring.api.views import NO_FILTERS
from portal.api.documenting import failures
from portal.api.errors import NotThere
from portal.api.permissions import WriteIfLoggedIn
from portal.api.views import Asked, Nothing


class JobscriptsView(Asked, generics.GenericAPIView[JobscriptVersion]):
    query = JobscriptQuery
    filter_backends = NO_FILTERS
    permission_classes = [WriteIfLoggedIn]
    serializer_class = JobscriptSerializer
    queryset = JobscriptVersion.objects.none()

    @extend_schema(
        operation_id="campaign_jobscripts_list",
        description="The newest version of each file of a campaign, withdrawn ones too; with `name` every version of one.",
        parameters=[JobscriptQuery],
        responses={200: JobscriptSerializer(many=True)} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        page = self.paginate_queryset(self._asked(campaign)) or []
        return self.get_paginated_response(_told(campaign, page, request))

    @extend_schema(
        operation_id="campaign_jobscript_keep",
        description="Keep the next version of a file. Sign-offs that are bound to the jobscript lapse. Needs a shifter of the "
        "campaign or a coordinator.",
        request=JobscriptGivenSerializer,
        parameters=[LOCATION],
        responses={201: JobscriptTextSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str) -> Response:
        campaign, user = campaign_or_404(request, slug), writer(request)
        check_keeper(user, campaign)
        given = JobscriptGivenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        kept = keep_version(campaign, actor=user, **given.validated_data)
        where = reverse("campaigns-api:campaign-jobscript", args=[campaign.slug, kept.pk], request=request)
        data = _with_text(campaign, kept, request)
        return Response(data, status.HTTP_201_CREATED, headers={"Location": where})

    def _asked(self, campaign: Campaign) -> QuerySet[JobscriptVersion]:
        versions = JobscriptVersion.objects.filter(campaign=campaign).select_related("author").defer("text")
        if name := self.asked.get("name"):
            return versions.filter(name=name).order_by("-number")
        return versions.newest().order_by("name")


class JobscriptView(Asked, APIView):
    query = Nothing
    permission_classes = [WriteIfLoggedIn]

    @extend_schema(
        operation_id="campaign_jobscript_read",
        description="A version of a file with its text, and what the linter says of it.",
        responses={200: JobscriptTextSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str, pk: int) -> Response:
        campaign = campaign_or_404(request, slug)
        wanted = JobscriptVersion.objects.filter(campaign=campaign, pk=pk) if 0 < pk < 2**63 else None
        found = wanted.select_related("author").first() if wanted is not None else None
        if found is None:
            raise NotThere(f"{campaign} keeps no version {pk}.", f"GET /api/v1/campaigns/{slug}/jobscripts/ lists its files.")
        return Response(_with_text(campaign, found, request))


def _told(campaign: Campaign, versions: list[JobscriptVersion], request: Request) -> list[dict[str, Any]]:
    """Two queries more, whatever there is."""
    current = current_jobscript(campaign)
    newest = set(JobscriptVersion.objects.filter(campaign=campaign).newest().values_list("pk", flat=True))
    return [
        {
            "id": one.pk,
            "name": one.name,
            "kind": one.kind,
            "version": one.number,
            "is_newest": one.pk in newest,
            "is_withdrawn": one.is_withdrawn,
            "is_run_now": current is not None and one.pk == current.pk,
            "sha256": one.sha256,
            "size_bytes": one.size_bytes,
            "git_reference": one.git_reference,
            "git_commit": one.git_commit,
            "based_on": one.based_on_id,
            "author": one.author.username,
            "at": one.at,
            "note": one.note,
            "url": reverse("campaigns-api:campaign-jobscript", args=[campaign.slug, one.pk], request=request),
        }
        for one in versions
    ]


def _with_text(campaign: Campaign, version: JobscriptVersion, request: Request) -> dict[str, Any]:
    [told] = _told(campaign, [version], request)
    findings = None
    if version.is_jobscript and version.text:
        findings = [
            {"line": one.line, "rule": one.rule, "what": one.what, "why": one.why, "right": one.right}
            for one in lint(version.text)
        ]
    return told | {"text": version.text, "findings": findings}
