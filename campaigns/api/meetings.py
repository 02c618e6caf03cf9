"""Meetings as JSON: when and where, what is on the agenda, what was decided, what people took on.

curl -H "Authorization: Token …" --json '{"title": "Disk at FNAL"}' .../api/v1/meetings/12/items/
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from campaigns.api.steps import read
from campaigns.api.views import LOCATION, campaign_or_404, writer
from campaigns.meetings.agenda import LONGEST_TEXT, propose_item
from campaigns.meetings.page import Told, items_of, told_of
from campaigns.models import AgendaItem, ItemState, Meeting, MeetingAction, MeetingState, ProductionRequest
from monitoring.api.views import NO_FILTERS
from portal.api.documenting import failures
from portal.api.errors import NotThere
from portal.api.fields import LARGEST_ID, PageQuery, Strict, TextField
from portal.api.permissions import WriteIfLoggedIn
from portal.api.views import Asked, Nothing
from portal.errors import Invalid


class MeetingSerializer(serializers.ModelSerializer[Meeting]):
    """`held_on` is its day by the clock of `time_zone`: the one that decisions and entries of logs name."""

    url = serializers.SerializerMethodField(help_text="Of its page.")
    series = serializers.CharField(source="series.name", allow_null=True, default=None)
    state = serializers.CharField(help_text=f"One of {', '.join(MeetingState.values)}.")
    reason = serializers.CharField(help_text="Why it was moved or cancelled.")

    class Meta:
        model = Meeting
        fields = [
            "id", "url", "title", "series", "held_on", "starts_at", "ends_at", "time_zone", "where", "state", "reason",
        ]  # fmt: skip

    def get_url(self, meeting: Meeting) -> str:
        return str(self.context["request"].build_absolute_uri(meeting.get_absolute_url()))


class AgendaItemSerializer(serializers.ModelSerializer[AgendaItem]):
    """Something that was put on the agenda; `goes_on` is the id of the meeting to which it was postponed."""

    text = serializers.CharField(help_text="Markdown.")
    campaign = serializers.CharField(source="campaign.slug", allow_null=True, default=None)
    request = serializers.IntegerField(source="request_id", allow_null=True)
    added_by = serializers.CharField(source="added_by.username")
    state = serializers.CharField(help_text=f"One of {', '.join(ItemState.values)}.")
    goes_on = serializers.IntegerField(source="went_to.meeting_id", allow_null=True, default=None)

    class Meta:
        model = AgendaItem
        fields = ["id", "title", "text", "campaign", "request", "added_by", "added_at", "state", "goes_on"]


class MeetingDecisionSerializer(serializers.Serializer[Any]):
    """What was recorded with the meeting's day, where it stands, and in which words."""

    at = serializers.DateTimeField(help_text="When it was recorded.")
    by = serializers.CharField()
    about = serializers.CharField(help_text="A campaign, or request and its number.")
    what = serializers.CharField()
    verdict = serializers.CharField(help_text="agreed, not agreed, presented or accepted.")
    note = serializers.CharField()
    path = serializers.CharField(help_text="The page it stands on, from the site's root.")


class MeetingActionSerializer(serializers.ModelSerializer[MeetingAction]):
    """What somebody took on. `done_at` and `done_by` are null while it is open."""

    meeting = serializers.IntegerField(source="meeting_id", help_text="At which it was noted.")
    responsible = serializers.CharField(source="responsible.username")
    campaign = serializers.CharField(source="campaign.slug", allow_null=True, default=None)
    done_by = serializers.CharField(source="done_by.username", allow_null=True, default=None)

    class Meta:
        model = MeetingAction
        fields = ["id", "meeting", "text", "responsible", "due_on", "campaign", "done_at", "done_by", "outcome"]


class MeetingDetailSerializer(MeetingSerializer):
    """With agenda, decisions, actions and minutes."""

    minutes = serializers.CharField(help_text="Markdown.")
    items = serializers.SerializerMethodField(help_text="In the order of the agenda.")
    decisions = serializers.SerializerMethodField(help_text="Of every meeting of that day, should there be several.")
    actions = serializers.SerializerMethodField()
    open_actions_from_before = serializers.SerializerMethodField()

    class Meta(MeetingSerializer.Meta):
        fields = [*MeetingSerializer.Meta.fields, "minutes", "items", "decisions", "actions", "open_actions_from_before"]

    @property
    def _told(self) -> Told:
        told: Told = self.context["told"]
        return told

    @extend_schema_field(AgendaItemSerializer(many=True))
    def get_items(self, meeting: Meeting) -> Any:
        return AgendaItemSerializer(self._told.items, many=True).data

    @extend_schema_field(MeetingDecisionSerializer(many=True))
    def get_decisions(self, meeting: Meeting) -> Any:
        return MeetingDecisionSerializer(self._told.decisions, many=True).data

    @extend_schema_field(MeetingActionSerializer(many=True))
    def get_actions(self, meeting: Meeting) -> Any:
        return MeetingActionSerializer(self._told.actions, many=True).data

    @extend_schema_field(MeetingActionSerializer(many=True))
    def get_open_actions_from_before(self, meeting: Meeting) -> Any:
        return MeetingActionSerializer(self._told.before, many=True).data


class MeetingQuery(PageQuery):
    since = serializers.DateField(required=False, help_text="Of this day or later.")
    until = serializers.DateField(required=False, help_text="Of this day or earlier.")
    state = serializers.ChoiceField(MeetingState.choices, required=False)


class AgendaItemGivenSerializer(Strict):
    title = TextField(help_text="What it is about, in a few words.")
    text = TextField(default="", help_text=f"Markdown, at most {LONGEST_TEXT:,} characters.")
    campaign = TextField(required=False, help_text="Slug of a campaign.")
    request = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_ID, help_text="Number of a request.")


class MeetingListView(Asked, generics.GenericAPIView[Meeting]):
    query = MeetingQuery
    filter_backends = NO_FILTERS
    permission_classes = [WriteIfLoggedIn]
    serializer_class = MeetingSerializer

    def get_queryset(self) -> QuerySet[Meeting]:
        meetings = Meeting.objects.select_related("series")
        if since := self.asked.get("since"):
            meetings = meetings.filter(held_on__gte=since)
        if until := self.asked.get("until"):
            meetings = meetings.filter(held_on__lte=until)
        if state := self.asked.get("state"):
            meetings = meetings.filter(state=state)
        return meetings.order_by("-starts_at", "-pk")

    @extend_schema(
        operation_id="meetings_list",
        description="Meetings, the latest first; those of the next eight weeks are among them.",
        parameters=[MeetingQuery],
        responses={200: MeetingSerializer(many=True)} | failures(400, 401),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(MeetingSerializer(page, many=True, context={"request": request}).data)


class MeetingView(Asked, APIView):
    query = Nothing
    permission_classes = [WriteIfLoggedIn]

    @extend_schema(
        operation_id="meetings_read",
        description="One meeting with its agenda as people put it together, what was decided, and what people took on.",
        responses={200: MeetingDetailSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        meeting = meeting_or_404(pk)
        context = {"request": request, "told": told_of(meeting, request.user, timezone.now())}
        return Response(MeetingDetailSerializer(meeting, context=context).data)


class MeetingItemsView(Asked, APIView):
    query = Nothing
    permission_classes = [WriteIfLoggedIn]

    @extend_schema(
        operation_id="meetings_items_list",
        description="What was put on the agenda, in its order.",
        responses={200: AgendaItemSerializer(many=True)} | failures(400, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(AgendaItemSerializer(items_of(meeting_or_404(pk)), many=True).data)

    @extend_schema(
        operation_id="meetings_items_propose",
        description="Put something on the agenda, as its last item. Needs any role. 409 when the meeting is over or cancelled.",
        request=AgendaItemGivenSerializer,
        parameters=[LOCATION],
        responses={201: AgendaItemSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        meeting, actor = meeting_or_404(pk), writer(request)
        given = read(AgendaItemGivenSerializer, request)
        campaign = campaign_or_404(request, given["campaign"]) if given.get("campaign") else None
        asked = _request(request, given["request"]) if "request" in given else None
        item = propose_item(
            meeting, actor=actor, title=given["title"], text=given["text"], campaign=campaign, request=asked
        )  # fmt: skip
        where = reverse("campaigns-api:meeting-detail", args=[meeting.pk], request=request)
        return Response(AgendaItemSerializer(item).data, status.HTTP_201_CREATED, headers={"Location": where})


def meeting_or_404(pk: int) -> Meeting:
    """The meeting of this id. Raises NotThere, in words."""
    meeting = Meeting.objects.select_related("series").filter(pk=pk).first() if pk <= LARGEST_ID else None
    if meeting is None:
        raise NotThere(f"There is no meeting {pk}.", "GET /api/v1/meetings/ lists them, with their ids.")
    return meeting


def _request(request: Request, pk: int) -> ProductionRequest:
    found = ProductionRequest.objects.visible_to(request.user).filter(pk=pk).first()
    if found is None:
        raise Invalid(f"There is no request {pk}.", field="request")
    return found
