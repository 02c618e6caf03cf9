"""Lists are paged."""

from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """50 a page, up to 500 on request."""

    page_size_query_param = "page_size"
    max_page_size = 500
