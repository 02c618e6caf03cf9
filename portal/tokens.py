"""Tokens for the API. Only a digest is kept: a token is readable once, when it is made."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from knox.models import AuthToken

from portal.errors import Conflict, NotAllowed
from portal.models import User


def tokens_of(user: User) -> QuerySet[AuthToken]:
    """The person's tokens that are still good, newest first."""
    return AuthToken.objects.filter(Q(expiry=None) | Q(expiry__gt=timezone.now()), user=user).order_by("-created")


def token_with_key(user: User, key: str) -> AuthToken | None:
    """The person's own token that begins with `key` (its first 15 characters, which lists show)."""
    return tokens_of(user).filter(token_key=key).first()


def create_token(user: User, *, expires_in: timedelta | None = None) -> str:
    """Make a token and return it, readable this once; `expires_in` None: good until revoked.

    Conflict when the person has as many tokens as the site allows, NotAllowed for an account that is switched off.
    """
    if not user.is_active:
        raise NotAllowed(f"The account {user.username} is switched off.")
    limit = cast(int, settings.REST_KNOX["TOKEN_LIMIT_PER_USER"])
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)  # two at once do not slip past the limit together
        if tokens_of(user).count() >= limit:
            raise Conflict(f"There are {limit} tokens already. Revoke one that is no longer used, then make this one.")
        return AuthToken.objects.create(user=user, expiry=expires_in)[1]


def revoke_token(token: AuthToken) -> None:
    """From now on the token is refused."""
    token.delete()


def name_of(token: object) -> str:
    """What to call the token that a request came with: its name, else how lists show it; '' for a request without one."""
    if not isinstance(token, AuthToken):
        return ""
    return str(getattr(token, "name", "") or f"token {token.token_key[:8]}")
