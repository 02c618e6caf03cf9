"""What API views share."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from portal.api.errors import NotThere
from portal.api.fields import PageQuery, Strict


class Asked:
    """A view whose query parameters are declared: `self.asked` holds them, checked. An unknown or wrong one is a 400."""

    query: type[Strict] = PageQuery
    asked: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if request.method in ("GET", "HEAD"):
            given = {name: value for name, value in request.query_params.items() if name != "format"}
            query = self.query(data=given)
            query.is_valid(raise_exception=True)
            self.asked = query.validated_data


class Nothing(Strict):
    """No query parameters."""


@extend_schema(exclude=True)
class RootView(Asked, APIView):
    """Where the API begins."""

    query = Nothing

    def get(self, request: Request) -> Response:
        return Response(
            {
                "campaigns": reverse("campaigns-api:campaign-list", request=request),
                "meetings": reverse("campaigns-api:meeting-list", request=request),
                "requests": reverse("campaigns-api:request-list", request=request),
                "workflows": reverse("monitoring-api:workflow-list", request=request),
                "sources": reverse("monitoring-api:sources", request=request),
                "schema": reverse("api-schema", request=request),
                "docs": reverse("api-docs", request=request),
            }
        )


@extend_schema(exclude=True)
class NothingHereView(APIView):
    """Every other address below /api/v1/: 404 in JSON, for every method."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotThere("The API has nothing at this address.", "/api/v1/docs/ lists the addresses; ids are whole numbers.")
