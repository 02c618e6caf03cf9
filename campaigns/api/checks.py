"""A campaign's checks as JSON: what is due with its answers, what was recorded, and recording one.

curl -H "Authorization: Token …" --json '{"nothing_new": true}' .../api/v1/campaigns/NAME/checks/
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from campaigns.api.views import campaign_or_404, writer
from campaigns.models import Campaign, Check
from campaigns.shift.points import Point
from campaigns.shift.services import LONGEST_TEXT, check_recorder, dues_now, record_check
from campaigns.shift.standing import look_now
from monitoring.api.views import NO_FILTERS
from portal.api.documenting import failures
from portal.api.fields import PageQuery, Strict, TextField
from portal.api.permissions import WriteIfLoggedIn
from portal.api.views import Asked
from portal.errors import Invalid
from portal.tokens import name_of


class PointSerializer(serializers.Serializer[Point]):
    """One answer. `state`: ok, todo, warning, paused, bad, or unknown where the numbers are too old or were never read."""

    key = serializers.CharField(help_text="paused, exit-codes, finished, running or held.")
    question = serializers.CharField()
    state = serializers.CharField()
    words = serializers.CharField()
    is_new = serializers.BooleanField(help_text="The last check has not seen it.")
    as_of = serializers.DateTimeField(allow_null=True, help_text="How old the numbers are.")
    about = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of workflows that the words name.")


class CheckSerializer(serializers.ModelSerializer[Check]):
    """A window in which a check was due. `by`, `at` and `entry` are null while it is missed."""

    by = serializers.CharField(source="by.username", allow_null=True, default=None)
    entry = serializers.SerializerMethodField()
    is_late = serializers.BooleanField(help_text="Recorded after the window had closed.")
    points = PointSerializer(many=True)

    class Meta:
        model = Check
        fields = (
            "name", "opens_at", "closes_at", "opens_on", "time_zone", "state", "by", "at", "is_late", "nothing_new", "entry",
            "points",
        )  # fmt: skip

    def get_entry(self, check: Check) -> int | None:
        """Its number in the log."""
        return check.entry.number if check.entry else None


class DueSerializer(serializers.Serializer[Any]):
    """The check that is due, or that was missed and may still be made good."""

    name = serializers.CharField()
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    is_missed = serializers.BooleanField()
    nothing_new = serializers.BooleanField(help_text="Whether {“nothing_new”: true} would be taken now.")
    points = PointSerializer(many=True)


class ChecksSerializer(serializers.Serializer[Any]):
    """`due` is null where nothing is to be recorded now; `next_opens_at` where nothing runs."""

    due = DueSerializer(allow_null=True)
    next_opens_at = serializers.DateTimeField(allow_null=True)
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = CheckSerializer(many=True)


class CheckGivenSerializer(Strict):
    nothing_new = serializers.BooleanField(
        default=False, help_text="Record the numbers as they are; refused with 409 when something is new."
    )
    text = TextField(default="", help_text=f"What you make of what is new, Markdown, at most {LONGEST_TEXT:,} characters.")


class ChecksView(Asked, generics.GenericAPIView[Check]):
    query = PageQuery
    filter_backends = NO_FILTERS
    permission_classes = [WriteIfLoggedIn]
    serializer_class = CheckSerializer

    def get_queryset(self) -> QuerySet[Check]:
        campaign = campaign_or_404(self.request, self.kwargs["slug"])
        checks = Check.objects.filter(campaign=campaign).select_related("by", "entry")
        return checks.defer("numbers", "entry__body", "entry__search_text")

    @extend_schema(
        operation_id="campaign_checks_list",
        description="What is due now, with every point answered from what the portal read; and every window so far, newest "
        "first. The log has the entries of those that were recorded.",
        parameters=[PageQuery],
        responses={200: ChecksSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        answer = self.get_paginated_response(CheckSerializer(self.paginate_queryset(self.get_queryset()), many=True).data)
        answer.data = _now(campaign) | answer.data
        return answer

    @extend_schema(
        operation_id="campaign_checks_record",
        description="Record the check that is due, or make good the one that was missed last. Without `nothing_new`, a text "
        "must say what you make of what is new. Needs a shifter of the campaign or a coordinator. 409 when no check is due, "
        "when somebody recorded it first, or when something is new.",
        request=CheckGivenSerializer,
        responses={201: CheckSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str) -> Response:
        campaign, actor = campaign_or_404(request, slug), writer(request)
        check_recorder(actor, campaign)
        given = CheckGivenSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        if given.validated_data["nothing_new"] and given.validated_data["text"]:
            raise Invalid("Where nothing is new there is nothing to say: send one of the two.", field="text")
        check = record_check(campaign, actor=actor, token_name=name_of(request.auth), **given.validated_data)
        number = check.entry.number if check.entry else 0
        where = reverse("campaigns-api:log-entry", args=[campaign.slug, number], request=request)
        return Response(CheckSerializer(check).data, status.HTTP_201_CREATED, headers={"Location": where})


def _now(campaign: Campaign) -> dict[str, Any]:
    now = timezone.now()
    dues, found = dues_now(campaign, now), look_now(campaign, now)
    runs = bool(found.seen.workflows)
    window = (dues.open if runs else None) or dues.late
    due = {
        "name": window.name, "opens_at": window.opens_at, "closes_at": window.closes_at, "is_missed": dues.open is None,
        "nothing_new": not found.is_new, "points": [point.as_json() for point in found.points],
    } if window is not None else None  # fmt: skip
    return {"due": due, "next_opens_at": dues.next.opens_at if dues.next and runs else None}
