"""The API's viewer, under the same Content-Security-Policy as every page, but for the icons inside its style sheet."""

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView


@method_decorator(csp_update({"img-src": ["data:"]}), name="dispatch")
class ApiDocs(SpectacularSwaggerSplitView):
    """Swagger UI with its script at an address of its own: no inline script. Its icons are data: images."""

    url_name = "api-schema"
