"""Production requests as JSON, with the rules of the form: the same reading, the same services."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from campaigns.api.requests_serializers import (
    CONTENT_SCHEMA,
    ChangeSerializer,
    RequestListedSerializer,
    RequestQuery,
    RequestSerializer,
)
from campaigns.models import ProductionRequest, RequestState
from campaigns.requests.content import misfits
from campaigns.requests.errors import Incomplete
from campaigns.requests.exports import as_data
from campaigns.requests.lists import read_now
from campaigns.requests.rules import can_create
from campaigns.requests.services import FILING, change, create_request, save_draft, submit
from monitoring.api.views import NO_FILTERS
from portal.api.documenting import failures
from portal.api.errors import NotThere
from portal.api.permissions import WriteIfLoggedIn
from portal.api.views import Asked, Nothing
from portal.errors import NotAllowed
from portal.models import User

LOCATION = OpenApiParameter("Location", str, OpenApiParameter.HEADER, description="Where it is.", response=[201])
LARGEST_ID = 2**63 - 1


def request_or_404(request: Request, pk: int) -> ProductionRequest:
    """The production request of this number, if the reader may see it. Raises NotThere, in words."""
    found = None
    if pk <= LARGEST_ID:
        visible = ProductionRequest.objects.visible_to(request.user)
        found = visible.for_list().prefetch_related("campaigns").filter(pk=pk).first()
    if found is None:
        raise NotThere(f"There is no request {pk}.", "GET /api/v1/requests/ lists them.")
    return found


def person(request: Request) -> User:
    """Who asks; views that write let in only who is logged in."""
    assert isinstance(request.user, User)
    return request.user


def checked(content: Any) -> dict[str, Any]:
    """The content, if nothing in it is misspelt or wrong; it may be incomplete. Raises Incomplete with all that is wrong.

    The form keeps a draft with errors, as nobody shall lose what they typed; a program is told at once.
    """
    wrong = misfits(content)
    if not wrong:
        wrong = [problem for problem in read_now(content).problems if problem.level == "error"]
    if wrong:
        said = wrong[0].message if len(wrong) == 1 else f"{len(wrong)} fields cannot be used as they are."
        raise Incomplete(said, wrong)
    return dict(content)


class RequestListView(Asked, generics.GenericAPIView[ProductionRequest]):
    query = RequestQuery
    filter_backends = NO_FILTERS
    permission_classes = [WriteIfLoggedIn]
    serializer_class = RequestListedSerializer

    def get_queryset(self) -> QuerySet[ProductionRequest]:
        found = ProductionRequest.objects.visible_to(self.request.user).for_list()
        for parameter, column in (
            ("state", "state"), ("kind", "kind"), ("detector", "detector__name__iexact"),
            ("working_group", "working_group__name__iexact"), ("requester", "requester__username"),
        ):  # fmt: skip
            if asked := self.asked.get(parameter):
                found = found.filter(**{column: asked})
        for word in self.asked.get("search", "").lower().split()[:10]:
            found = found.filter(search_text__contains=word)
        column = self.asked.get("ordering", "-id")
        name = F(column.removeprefix("-"))
        # what has no value comes last, whichever way it is sorted
        return found.order_by(name.desc(nulls_last=True) if column.startswith("-") else name.asc(nulls_last=True), "-pk")

    @extend_schema(
        operation_id="requests_list",
        description="Production requests: submitted ones for whoever may read, drafts for their group and coordinators.",
        parameters=[RequestQuery],
        responses={200: RequestListedSerializer(many=True)} | failures(400, 401, 404),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(RequestListedSerializer(page, many=True, context={"request": request}).data)

    @extend_schema(
        operation_id="requests_create",
        description="Begin a draft with this content, which may be incomplete but not wrong: every field that cannot be used "
        "is named with the reason. Then POST to its submit/. Needs the role requesters, coordinators or administrators.",
        request={"application/json": CONTENT_SCHEMA},
        parameters=[LOCATION],
        responses={201: RequestSerializer} | failures(400, 401, 403),
    )
    def post(self, request: Request) -> Response:
        if not can_create(request.user):  # said before what is wrong with the content
            raise NotAllowed(FILING)
        made = create_request(actor=person(request), content=checked(request.data))
        where = reverse("campaigns-api:request-detail", args=[made.pk], request=request)
        return Response(as_data(made), status.HTTP_201_CREATED, headers={"Location": where})


class RequestView(Asked, APIView):
    query = Nothing
    permission_classes = [WriteIfLoggedIn]

    @extend_schema(
        operation_id="request_read",
        description="A request with all it says, its totals and what is missing or wrong.",
        responses={200: RequestSerializer} | failures(400, 401, 404),
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(as_data(request_or_404(request, pk)))

    @extend_schema(
        operation_id="request_change",
        description="Replace its content. `version` is the one the change began from; 409 when somebody saved since, and "
        "nothing is changed. A draft may be incomplete; a submitted request may not, and gets a new revision.",
        request=ChangeSerializer,
        responses={200: RequestSerializer} | failures(400, 401, 403, 404, 409),
    )
    def put(self, request: Request, pk: int) -> Response:
        found = request_or_404(request, pk)
        if not isinstance(request.data, dict):
            raise ParseError("Send one JSON object with version and content.")
        given = ChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        keep = save_draft if found.state == RequestState.DRAFT else change
        content = checked(given.validated_data["content"])
        return Response(as_data(keep(found, content, actor=person(request), version=given.validated_data["version"])))


class RequestSubmitView(APIView):
    permission_classes = [WriteIfLoggedIn]

    @extend_schema(
        operation_id="request_submit",
        description="Hand a draft, or one that changes were wanted of, to review. All eight items must be complete; every "
        "field that is missing or wrong is named.",
        request=None,
        responses={200: RequestSerializer} | failures(400, 401, 403, 404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        return Response(as_data(submit(request_or_404(request, pk), actor=person(request))))
