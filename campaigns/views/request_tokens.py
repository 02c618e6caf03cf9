"""Which draft a new form became: each empty form carries a token, so that sending it twice does not make two drafts."""

from __future__ import annotations

import secrets

from django.http import HttpRequest

from campaigns.models import ProductionRequest
from portal.roles import Anyone

KEY = "request-forms"
KEPT = 20


def new() -> str:
    return secrets.token_urlsafe(16)


def keep(request: HttpRequest, token: str, pk: int) -> None:
    """Remember in the session what the form with this token became; the newest few are enough."""
    made = dict(request.session.get(KEY, {})) | {token: pk}
    request.session[KEY] = dict(list(made.items())[-KEPT:])


def record_of(request: HttpRequest, token: str) -> ProductionRequest | None:
    """The draft that this form became, if the person may still see it."""
    pk = request.session.get(KEY, {}).get(token)
    user: Anyone = request.user
    return ProductionRequest.objects.visible_to(user).for_list().filter(pk=pk).first() if pk else None


def token_of(request: HttpRequest, pk: int) -> str:
    """The token of the form that became this draft in this session, else a new one."""
    return next((token for token, made in request.session.get(KEY, {}).items() if made == pk), "") or new()
