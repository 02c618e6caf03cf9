"""The API's viewer, under the same Content-Security-Policy as every page."""

from drf_spectacular.views import SpectacularSwaggerSplitView


class ApiDocs(SpectacularSwaggerSplitView):
    """Swagger UI with its script at an address of its own: no inline script."""

    url_name = "api-schema"
