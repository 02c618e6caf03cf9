"""A campaign's log as JSON. Every action calls the same service as the pages do, and is refused by the same rules.

curl -H "Authorization: Token …" -F body="Submitted #3225." -F kind=submission .../api/v1/campaigns/NAME/log/
"""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from campaigns.api.log_serializers import (
    AmendmentGivenSerializer,
    ClosingGivenSerializer,
    EditGivenSerializer,
    EntryGivenSerializer,
    EntrySerializer,
    LogQuery,
    VersionSerializer,
)
from campaigns.api.steps import read
from campaigns.api.steps_serializers import ReasonSerializer
from campaigns.api.token_auth import WITH_CAMPAIGN_TOKENS, acting
from campaigns.api.views import LOCATION, campaign_or_404, writer
from campaigns.campaign_tokens import check_scope
from campaigns.log.errors import Newer
from campaigns.log.incidents import close_incident, reopen_incident
from campaigns.log.reading import IN_ORDER, NEWEST_FIRST, Filters, entries_of, entry_of, with_all
from campaigns.log.services import amend_entry, edit_entry, strike_entry, write_entry
from campaigns.models import Campaign, CampaignToken, LogEntry, ReferenceKind
from monitoring.api.views import NO_FILTERS
from portal.api.documenting import failures
from portal.api.errors import NotThere
from portal.api.fields import LARGEST_ID
from portal.api.permissions import WriteIfLoggedIn
from portal.api.views import Asked, Nothing
from portal.errors import Refused
from portal.tokens import name_of

NAMES = {"parent": "in_reply_to", "references": "sites"}  # as services call them: as the API does


def entry_or_404(request: Request, slug: str, number: int) -> LogEntry:
    """The entry of this number, with all that is shown of it. Raises NotThere."""
    campaign = campaign_or_404(request, slug)
    return _numbered(campaign, number)


def _numbered(campaign: Campaign, number: int) -> LogEntry:
    entry = entry_of(campaign, number) if number <= LARGEST_ID else None
    if entry is None:
        raise NotThere(f"The log of {campaign} has no entry {number}.", "GET the log lists its entries, with their numbers.")
    return entry


class LogView(Asked, generics.GenericAPIView[LogEntry]):
    query = LogQuery
    filter_backends = NO_FILTERS
    authentication_classes = WITH_CAMPAIGN_TOKENS
    permission_classes = [WriteIfLoggedIn]
    serializer_class = EntrySerializer

    def get_queryset(self) -> QuerySet[LogEntry]:
        campaign = campaign_or_404(self.request, self.kwargs["slug"])
        order = IN_ORDER if self.asked.get("order") == "oldest" else NEWEST_FIRST
        return with_all(entries_of(campaign, _filters(self.asked), order))

    @extend_schema(
        operation_id="campaign_log_list",
        description="Entries with their replies, newest first. With `q`, `author`, `tag`, `workflow_id` or `site` replies are "
        "found by themselves too.",
        parameters=[LogQuery],
        responses={200: EntrySerializer(many=True)} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str) -> Response:
        if isinstance(request.auth, CampaignToken):
            check_scope(request.auth, campaign_or_404(request, slug), CampaignToken.Scope.LOG)
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(EntrySerializer(page, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="campaign_log_write",
        description="Write an entry, or with `in_reply_to` a reply; as JSON, or as a form (multipart/form-data) with files. "
        "Notes and incidents: whoever holds a role; the other kinds: shifters of the campaign and coordinators. It is shown "
        "with your name and that of the token.",
        request={"application/json": EntryGivenSerializer, "multipart/form-data": EntryGivenSerializer},
        parameters=[LOCATION],
        responses={201: EntrySerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str) -> Response:
        campaign = campaign_or_404(request, slug)
        actor, token = acting(request, campaign, CampaignToken.Scope.LOG)
        given = read(EntryGivenSerializer, request)
        answered = given.pop("in_reply_to", None)
        points_to = [(ReferenceKind.SITE, site) for site in given.pop("sites", ())]
        points_to += [(ReferenceKind.MEETING, day) for day in given.pop("meetings", ())]
        entry = write_entry(
            campaign, actor=actor, token_name=token.name if token else name_of(request.auth), references=points_to,
            parent=_numbered(campaign, answered) if answered else None, **given,
        )  # fmt: skip
        answer = _shown(request, campaign, entry.number)
        return Response(answer, status.HTTP_201_CREATED, headers={"Location": request.build_absolute_uri(f"{entry.number}/")})

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(_renamed(exc))


class EntryAPI(Asked, APIView):
    """What views of one entry share."""

    query = Nothing
    permission_classes = [WriteIfLoggedIn]


class EntryView(EntryAPI):
    @extend_schema(
        operation_id="campaign_log_read",
        description="One entry with its replies.",
        responses={200: EntrySerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str, number: int) -> Response:
        entry = entry_or_404(request, slug, number)
        return Response(EntrySerializer(entry, context={"request": request}).data)

    @extend_schema(
        operation_id="campaign_log_edit",
        description="Let your own entry say something else, as long as the site allows it (three days unless set otherwise). "
        "Every version is kept. 409 when there is a newer version than the one that you changed; beside `detail` the answer "
        "then has its `body` and `version`.",
        request=EditGivenSerializer,
        responses={200: EntrySerializer} | failures(400, 401, 403, 404, 409),
    )
    def patch(self, request: Request, slug: str, number: int) -> Response:
        entry, actor = entry_or_404(request, slug, number), writer(request)
        try:
            edit_entry(entry, actor=actor, **read(EditGivenSerializer, request))
        except Newer as newer:
            answer = self.handle_exception(newer)
            answer.data |= {"body": newer.body, "version": newer.version}
            return answer
        return Response(_shown(request, entry.campaign, number))


class EntryVersionsView(EntryAPI):
    @extend_schema(
        operation_id="campaign_log_versions",
        description="All that an entry ever said, in order.",
        responses={200: VersionSerializer(many=True)} | failures(400, 401, 404),
    )
    def get(self, request: Request, slug: str, number: int) -> Response:
        entry = entry_or_404(request, slug, number)
        return Response(VersionSerializer(entry.versions.all(), many=True).data)


class EntryAmendView(EntryAPI):
    @extend_schema(
        operation_id="campaign_log_amend",
        description="Add to your own entry, at any time.",
        request={"application/json": AmendmentGivenSerializer, "multipart/form-data": AmendmentGivenSerializer},
        responses={201: EntrySerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        entry, actor = entry_or_404(request, slug, number), writer(request)
        amend_entry(entry, actor=actor, **read(AmendmentGivenSerializer, request))
        return Response(_shown(request, entry.campaign, number), status.HTTP_201_CREATED)


class EntryStrikeView(EntryAPI):
    @extend_schema(
        operation_id="campaign_log_strike",
        description="Strike an entry through, for all to see. Needs the role coordinators.",
        request=ReasonSerializer,
        responses={200: EntrySerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        entry, actor = entry_or_404(request, slug, number), writer(request)
        strike_entry(entry, actor=actor, **read(ReasonSerializer, request))
        return Response(_shown(request, entry.campaign, number))


class EntryCloseView(EntryAPI):
    @extend_schema(
        operation_id="campaign_log_close",
        description="Close an incident, with a reply that says why. Whoever may reply. 409 when it is closed already.",
        request=ClosingGivenSerializer,
        responses={200: EntrySerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        entry, actor = entry_or_404(request, slug, number), writer(request)
        close_incident(entry, actor=actor, token_name=name_of(request.auth), **read(ClosingGivenSerializer, request))
        return Response(_shown(request, entry.campaign, number))


class EntryReopenView(EntryAPI):
    @extend_schema(
        operation_id="campaign_log_reopen",
        description="Reopen an incident that was closed, with a reply that says why. 409 when it is open.",
        request=ClosingGivenSerializer,
        responses={200: EntrySerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, slug: str, number: int) -> Response:
        entry, actor = entry_or_404(request, slug, number), writer(request)
        reopen_incident(entry, actor=actor, token_name=name_of(request.auth), **read(ClosingGivenSerializer, request))
        return Response(_shown(request, entry.campaign, number))


def _shown(request: Request, campaign: Campaign, number: int) -> Any:
    return EntrySerializer(_numbered(campaign, number), context={"request": request}).data


def _filters(asked: dict[str, Any]) -> Filters:
    references = [(ReferenceKind.WORKFLOW, str(asked["workflow_id"]))] if "workflow_id" in asked else []
    references += [(ReferenceKind.SITE, asked["site"])] if "site" in asked else []
    references += [(ReferenceKind.MEETING, asked["meeting"].isoformat())] if "meeting" in asked else []
    return Filters(
        kinds=asked.get("kind", frozenset()), by=asked.get("by", ""), author=asked.get("author", ""),
        step=asked.get("step", ""), topic=asked.get("topic", ""), tags=(asked["tag"],) if "tag" in asked else (),
        references=tuple((str(kind), value) for kind, value in references), since=asked.get("since"),
        until=asked.get("until"), words=asked.get("q", ""),
    )  # fmt: skip


def _renamed(exc: Exception) -> Exception:
    """With the field's name as it was sent."""
    if isinstance(exc, Refused):
        exc.field = NAMES.get(exc.field, exc.field)
    return exc
