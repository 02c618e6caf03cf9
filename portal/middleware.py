"""Who may read: the one place that turns PUBLIC_READ=off into a log-in page."""

from collections.abc import Callable

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse

from portal.roles import may_read

# the API answers 401 in its own words; the address of a calendar is its own secret
OPEN_PREFIXES = ("/accounts/", "/static/", "/api/", "/calendar/", "/healthz", "/favicon.ico")


class ReadAccessMiddleware:
    """Sends readers who may not read to the log-in page, and back to the page they asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OPEN_PREFIXES) or may_read(request.user):
            return self.get_response(request)
        return redirect_to_login(request.get_full_path())
