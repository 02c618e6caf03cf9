"""The reader's own page: who the portal takes them for, and their tokens for the API."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.errors import Refused
from portal.forms import MailForm, TokenForm, ZoneForm
from portal.models import User
from portal.roles import WHAT_ROLES_DO, Role, roles_of
from portal.tokens import create_token, revoke_token, token_with_key, tokens_of


@require_safe
@login_required
@never_cache
def profile(request: HttpRequest) -> HttpResponse:
    return _page(request, TokenForm())


@require_POST
@login_required
@never_cache
def mail_choose(request: HttpRequest) -> HttpResponse:
    """Keep how the reader wants to be told."""
    form = MailForm(request.POST)
    if not form.is_valid():
        return _page(request, TokenForm(), status=400, mail_form=form)
    user = _reader(request)
    user.mail = form.cleaned_data["mail"]
    user.save(update_fields=["mail"])
    messages.success(request, f"From now on: {user.get_mail_display()}.")
    return redirect("profile")


@require_POST
@login_required
@never_cache
def zone_choose(request: HttpRequest) -> HttpResponse:
    """Keep in which time zone the reader is told of duties."""
    form = ZoneForm(request.POST)
    if not form.is_valid():
        return _page(request, TokenForm(), status=400, zone_form=form)
    user = _reader(request)
    user.time_zone = form.cleaned_data["time_zone"]
    user.save(update_fields=["time_zone"])
    messages.success(request, f"Duties are shown in the time zone {user.time_zone} from now on.")
    return redirect("profile")


@require_POST
@login_required
@never_cache
def token_create(request: HttpRequest) -> HttpResponse:
    """Make a token and show it, this once: the portal keeps only what it needs to recognise it."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    days = form.cleaned_data["days"]
    try:
        token = create_token(request.user, expires_in=timedelta(days=days) if days else None)  # type: ignore[arg-type]
    except Refused as refused:
        form.add_error(None, refused.message)
        return _page(request, form, status=400)
    return _page(request, TokenForm(), token=token)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def token_revoke(request: HttpRequest, key: str) -> HttpResponse:
    """Ask once, then revoke. Only the reader's own tokens."""
    token = token_with_key(request.user, key)  # type: ignore[arg-type]
    if token is None:
        messages.info(request, f"You have no token that begins with {key}; it may have been revoked already.")
        return redirect("profile")
    if request.method == "POST":
        revoke_token(token)
        messages.success(request, f"The token {key}… is revoked. Programs that use it are refused from now on.")
        return redirect("profile")
    return render(request, "portal/token_revoke.html", {"token": token})


def _reader(request: HttpRequest) -> User:
    """Who asks; every view here lets in only who is logged in."""
    assert isinstance(request.user, User)
    return request.user


def _page(request: HttpRequest, form: TokenForm, *, status: int = 200, **extra: Any) -> HttpResponse:
    held = roles_of(request.user)
    context = {
        "roles": [(role.label, WHAT_ROLES_DO[role]) for role in Role if role in held],
        "tokens": tokens_of(request.user),  # type: ignore[arg-type]
        "form": form,
        "mail_form": MailForm(initial={"mail": _reader(request).mail}),
        "zone_form": ZoneForm(initial={"time_zone": _reader(request).time_zone}),
        **extra,
    }
    return render(request, "portal/profile.html", context, status=status)
