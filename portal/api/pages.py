"""Lists are paged: {"count", "next", "previous", "results"}."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request

from portal.api.errors import NotThere


class Pages(PageNumberPagination):
    """50 a page, up to 500 on request."""

    page_size_query_param = "page_size"
    max_page_size = 500

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any] | None:
        try:
            return super().paginate_queryset(queryset, request, view)
        except NotFound as error:
            page = request.query_params.get("page", "")
            raise NotThere(f"There is no page {page[:20]}.", "Begin with page 1 and follow “next”.") from error
