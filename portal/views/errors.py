"""Pages for what went wrong: what happened, that nothing was lost, and the way out. The API gets the same as JSON."""

import sys

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.urls import reverse
from django.utils.http import urlencode

from portal.models import User
from portal.roles import Role, roles_of

CSRF_REMEDY = "Go back, copy what you typed, reload the page and send it again. Cookies must be allowed for this site."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a request that no page of ours sends."""
    if _is_api(request):
        return _json(400, "The request cannot be read.", "Compare it with the API's description at /api/v1/docs/.")
    wrong_host = isinstance(exception, SuspiciousOperation) and "HTTP_HOST" in str(exception)
    return HttpResponse(loader.render_to_string("400.html", {"wrong_host": wrong_host}), status=400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: says why (the exception's own words, which name the role), which roles the reader has, and whom to ask."""
    reason = str(exception or "")
    if _is_api(request):
        return _json(403, reason or "Your roles do not allow this.", "Ask an administrator of the portal for the role.")
    user = getattr(request, "user", AnonymousUser())
    context: dict[str, object] = {"reason": reason, "login_url": _login_url(request)}
    if user.is_authenticated:
        context |= {
            "roles": [role.label for role in Role if role in roles_of(user)],
            "administrators": _people_to_ask(),
        }
    return HttpResponse(loader.render_to_string("403.html", context, request), status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if _is_api(request):
        return _json(404, "There is nothing at this address.", "The addresses are listed at /api/v1/docs/.")
    said = exception.args[0] if exception.args and isinstance(exception.args[0], str) else ""
    return HttpResponse(loader.render_to_string("404.html", {"said": said}, request), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500, or 503 while the database is away. Needs neither the database nor what pages usually know."""
    database_is_away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = 503 if database_is_away else 500
    if _is_api(request):
        if database_is_away:
            response: HttpResponse = _json(503, "The portal's database does not answer.", "Try again in a minute.")
        else:
            response = _json(500, "The portal made an error; it is logged.", "Tell the portal's administrators.")
    else:
        response = HttpResponse(loader.render_to_string("500.html", {"database_is_away": database_is_away}), status=status)
    if database_is_away:
        response["Retry-After"] = "30"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose secret does not fit: an old page, a log-in or log-out in between, or no cookies."""
    if _is_api(request):
        return _json(403, f"The request did not prove where it comes from: {reason}.", "Use a token from your profile.")
    return HttpResponse(loader.render_to_string("403_csrf.html", {"remedy": CSRF_REMEDY}, request), status=403)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") and not request.path.startswith("/api/v1/docs")


def _json(status: int, detail: str, remedy: str) -> JsonResponse:
    """The shape of every error of the API; see portal/api/errors.py."""
    return JsonResponse({"detail": detail, "remedy": remedy, "errors": []}, status=status)


def _login_url(request: HttpRequest) -> str:
    """The log-in page that leads back to where the reader wanted to go."""
    back = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return f"{reverse('account_login')}?{urlencode({'next': back})}"


def _people_to_ask() -> list[User]:
    """The administrators, who give roles."""
    return list(User.objects.filter(groups__name=Role.ADMINISTRATORS, is_active=True).order_by("username").distinct()[:10])
