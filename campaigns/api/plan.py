"""A campaign's plan as JSON: what is planned, the arithmetic of slices, and what was really submitted."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.api.plan_examples import COVERAGE_EXAMPLES, DRAFT_EXAMPLES, PLAN_EXAMPLES
from campaigns.api.plan_serializers import (
    CoverageSerializer,
    DraftAskedSerializer,
    DraftSerializer,
    PlanGivenSerializer,
    PlanSerializer,
    PublishSerializer,
)
from campaigns.api.views import campaign_or_404, writer
from campaigns.jobscripts.in_plan import named_by, with_jobscript
from campaigns.jobscripts.kept import current_jobscript, files_in_use
from campaigns.models import Campaign
from campaigns.plan.errors import WrongValue
from campaigns.plan.slices import Coverage, Slice, draft_slices
from campaigns.plan_services import check_planner, draft_of, newest_revision, publish_plan, save_plan
from campaigns.planning.actual import SampleCoverage, against, coverages, workflows_of
from campaigns.planning.content import PlanContent, PlannedRow, PlannedSample, hash_of, written
from campaigns.planning.reported import reported
from campaigns.planning.rows import lay_out
from campaigns.requests.inputs import DID
from portal.api.documenting import failures
from portal.api.permissions import WriteIfLoggedIn
from portal.api.views import Asked, Nothing
from portal.errors import Invalid
from portal.models import User

COMPUTED = "computed"
NO_SAMPLE = "files from nobody:named-it"


class PlanView(Asked, APIView):
    query = Nothing
    permission_classes = [WriteIfLoggedIn]

    @extend_schema(
        operation_id="campaign_plan_read",
        description="The plan as it is being drafted, each row with what follows from it: files it takes, what remains, its "
        "justin command, and the workflows that serve it.",
        responses={200: PlanSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response(_plan(campaign_or_404(request, slug)))

    @extend_schema(
        operation_id="campaign_plan_save",
        description="Keep this as the draft. `version` is the one that you changed (0: the first). Needs a shifter of the "
        "campaign or a coordinator.",
        request=PlanGivenSerializer,
        examples=PLAN_EXAMPLES,
        responses={200: PlanSerializer} | failures(400, 401, 403, 404, 409),
    )
    def put(self, request: Request, slug: str) -> Response:
        campaign, user = _planned_by(request, slug)
        given = PlanGivenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        rows = data["rows"]
        if isinstance(rows, list):
            rows = [{k: v for k, v in row.items() if k != COMPUTED} if isinstance(row, dict) else row for row in rows]
        content = {"common": data["common"], "samples": data["samples"], "rows": rows}
        save_plan(campaign, content, actor=user, version=data["version"])
        return Response(_plan(campaign))


class PlanPublishView(Asked, APIView):
    query = Nothing
    permission_classes = [WriteIfLoggedIn]

    @extend_schema(
        operation_id="campaign_plan_publish",
        description="Make the draft the plan's next revision. Sign-offs that are bound to the plan lapse.",
        request=PublishSerializer,
        responses={201: PlanSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str) -> Response:
        campaign, user = _planned_by(request, slug)
        given = PublishSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        publish_plan(campaign, actor=user, **given.validated_data)
        return Response(_plan(campaign), status.HTTP_201_CREATED)


class PlanDraftView(Asked, APIView):
    query = Nothing
    permission_classes = [WriteIfLoggedIn]

    @extend_schema(
        operation_id="campaign_plan_draft",
        description="Slices of a sample worked out, nothing is kept: what each takes, what remains, its command with the "
        "plan's common settings, gaps and overlaps. A limit of −1 or null runs to the end.",
        request=DraftAskedSerializer,
        examples=DRAFT_EXAMPLES,
        responses={200: DraftSerializer} | failures(400, 401, 403, 404),
    )
    def post(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        given = DraftAskedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        return Response(_drafted(campaign, given.validated_data))


class PlanCoverageView(Asked, APIView):
    query = Nothing

    @extend_schema(
        operation_id="campaign_plan_coverage",
        description="What the campaign's workflows cover of each sample, by their MQL; also where nothing was planned here. "
        "Positions count the inputs of the ordered sample from 0, and [from, to] is without `to`.",
        examples=COVERAGE_EXAMPLES,
        responses={200: CoverageSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        content, version = draft_of(campaign)
        reads = workflows_of(campaign)
        actuals = against(content, lay_out(content), reads, reported(campaign)) if version else []
        found = coverages(content if version else None, reads, actuals)
        samples = [one for one in found if one.sample]
        return Response(
            {
                "campaign": campaign.slug,
                "samples": [_covered(one) for one in samples],
                "together": _together(samples),
                "unread": [{"workflow_id": n, "problem": why} for one in found for n, why in one.unread],
            }
        )


def _planned_by(request: Request, slug: str) -> tuple[Campaign, User]:
    """The campaign and who plans it; refused before what was sent is looked at."""
    campaign, user = campaign_or_404(request, slug), writer(request)
    check_planner(user, campaign)
    return campaign, user


def _plan(campaign: Campaign) -> dict[str, Any]:
    content, version = draft_of(campaign)
    revision = newest_revision(campaign)
    files = files_in_use(campaign)
    filled = with_jobscript(content, next((one for one in files if one.is_jobscript), None))
    kept = named_by(filled, files)
    layout = lay_out(filled)
    told = written(content)
    rows = []
    for raw, actual in zip(told["rows"], against(content, layout, workflows_of(campaign), reported(campaign)), strict=True):
        laid = actual.laid
        rows.append(
            raw
            | {
                COMPUTED: {
                    "number": laid.number,
                    "n_files": laid.n_files,
                    "remaining": laid.remaining,
                    "scope": laid.scope,
                    "command": laid.command,
                    "problems": list(laid.problems),
                    "warning": laid.warning,
                    "workflows": [read.workflow.justin_id for read in actual.attempts],
                    "may_be": [read.workflow.justin_id for read in actual.may_be],
                }
            }
        )
    return {
        "campaign": campaign.slug,
        "version": version,
        "revision": revision.number if revision else None,
        "revision_sha256": revision.sha256 if revision else "",
        "is_published": revision is not None and revision.sha256 == hash_of(content),
        "jobscript": {"id": kept.pk, "name": kept.name, "version": kept.number, "sha256": kept.sha256} if kept else None,
        "common": told["common"],
        "samples": told["samples"],
        "rows": rows,
    }


def _drafted(campaign: Campaign, asked: dict[str, Any]) -> dict[str, Any]:
    plan, _version = draft_of(campaign)
    sample = _sample(plan, asked.get("sample", ""))
    n_files = asked.get("n_files", sample.n_files)
    try:
        if "slices" in asked:
            pieces = [Slice(one["skip"], one["limit"]) for one in asked["slices"]]
        elif n_files is None:
            raise Invalid("Say how many files the sample has.", field="n_files")
        else:
            pieces = draft_slices(n_files, asked["files_per_workflow"])
    except WrongValue as wrong:
        raise Invalid(wrong.message, field=wrong.field) from wrong
    rows = [
        PlannedRow(f"r{number}", "production", "s", skip=piece.skip, limit=piece.limit)
        for number, piece in enumerate(pieces, start=1)
    ]
    # without a sample the arithmetic still holds; there is just no command
    common = with_jobscript(plan, current_jobscript(campaign)).common
    layout = lay_out(PlanContent(common, [PlannedSample("s", mql=sample.mql or NO_SAMPLE, n_files=n_files)], rows))
    [covered] = layout.coverages.values() if layout.coverages else [None]
    unnamed = [] if sample.mql else ["Say which sample: its key in the plan, a dataset as SCOPE:NAME, or MQL."]
    return {
        "n_files": n_files,
        "rows": [
            {
                "skip": one.row.skip, "limit": one.row.limit, "n_files": one.n_files, "remaining": one.remaining,
                "command": "" if unnamed else one.command, "problems": unnamed or list(one.problems), "warning": one.warning,
            }
            for one in layout.rows
        ],
        "gaps": [list(gap) for gap in covered.gaps] if covered else [],
        "overlaps": _overlaps(covered) if covered else [],
    }  # fmt: skip


def _sample(plan: PlanContent, asked: str) -> PlannedSample:
    """The sample meant: one of the plan by its key, a dataset, or MQL."""
    if not asked:
        first = next((one for one in plan.samples if one.mql), None)
        return first or PlannedSample("s")
    known = plan.sample(asked)
    if known is not None:
        return known
    is_dataset = DID.fullmatch(asked) is not None
    if not is_dataset and not re.match(r"\s*\(*\s*(files|fids|file)\b", asked):
        raise Invalid("Give the key of a sample of the plan, a dataset as SCOPE:NAME, or MQL (files from …).", field="sample")
    mql = f"files from {asked}" if is_dataset else asked
    same = next((one for one in plan.samples if one.mql == mql), None)
    return same or PlannedSample("s", mql=mql)


def _covered(one: SampleCoverage) -> dict[str, Any]:
    return {
        "sample": one.sample,
        "label": one.label,
        "n_files": one.n_files,
        "planned": one.planned,
        "submitted": one.submitted.n_distinct,
        "processed": one.processed,
        "processed_exact": one.processed_is_exact,
        "gaps": [list(gap) for gap in one.submitted.gaps],
        "overlaps": _overlaps(one.submitted),
        "past_end": [list(past) for past in one.submitted.past_end],
        "workflows": one.workflows,
        "again": one.again,
    }


def _together(samples: list[SampleCoverage]) -> dict[str, Any]:
    """Sums of distinct inputs; None as soon as one of them is not known. Positions are those of the samples laid end to end."""
    starts = _starts(samples)
    gaps = [[start + a, start + b] for start, one in zip(starts, samples, strict=False) for a, b in one.submitted.gaps]
    overlaps = [
        [start + a, None if b is None else start + b, ids]
        for start, one in zip(starts, samples, strict=False)
        for a, b, ids in _overlaps(one.submitted)
    ]
    is_known = len(starts) == len(samples)
    return {
        "planned": _sum([one.planned for one in samples]),
        "submitted": _sum([one.submitted.n_distinct for one in samples]),
        "processed": _sum([one.processed for one in samples]),
        "processed_exact": all(one.processed_is_exact for one in samples),
        "gaps": gaps if is_known else None,
        "overlaps": overlaps if is_known else None,
    }


def _starts(samples: list[SampleCoverage]) -> list[int]:
    """Where each sample begins when they are laid end to end, up to the first whose size is not known."""
    starts, at = [], 0
    for one in samples:
        starts.append(at)
        if one.n_files is None:
            break
        at += one.n_files
    return starts


def _sum(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None


def _overlaps(covered: Coverage[int]) -> list[list[Any]]:
    return [[one.start, one.end, list(one.ids)] for one in covered.overlaps]
