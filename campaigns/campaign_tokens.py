"""Make, revoke and recognise tokens that are good for one campaign and one kind of thing.

Whoever uses a token acts as the person who made it, and may no more than that person may at that moment: a shifter whose
appointment ended has tokens that do nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from campaigns.models import Campaign, CampaignEvent, CampaignToken, CampaignVerb
from campaigns.steps.rules import can_work
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User

BEGINS = "dpt_"  # by which scanners of repositories know a token that was committed by mistake
SHOWN = 8
MOST_DAYS = 180
MOST_GOOD = 20
LONGEST_NAME = 100
NOTED_EVERY = timedelta(minutes=1)
WHO = "Only shifters of {campaign} and coordinators make and revoke its tokens."


def make_token(campaign: Campaign, *, actor: User, scope: str, name: str, days: int) -> tuple[CampaignToken, str]:
    """A new token and its text, readable this once. Good for so many days."""
    _check_may(actor, campaign)
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise Invalid("Say what it is for, for example: production folder on dunegpvm03.", field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"It has {len(name)} characters; use at most {LONGEST_NAME}.", field="name")
    if scope not in CampaignToken.Scope.values:
        raise Invalid(f"Choose one of {', '.join(CampaignToken.Scope.values)}.", field="scope")
    if not 1 <= days <= MOST_DAYS:
        raise Invalid(f"Give a number of days from 1 to {MOST_DAYS}.", field="days")
    text = BEGINS + secrets.token_urlsafe(32)
    with transaction.atomic():
        Campaign.objects.select_for_update().get(pk=campaign.pk)  # two at once do not slip past the limit together
        good = CampaignToken.objects.filter(campaign=campaign, revoked_at=None, expires_at__gt=timezone.now())
        if good.count() >= MOST_GOOD:
            raise Conflict(f"There are {MOST_GOOD} tokens already. Revoke one that is no longer used, then make this one.")
        token = CampaignToken.objects.create(
            campaign=campaign, scope=scope, name=name, start=text[:SHOWN], digest=_digest(text), made_by=actor,
            expires_at=timezone.now() + timedelta(days=days),
        )  # fmt: skip
        _happened(token, CampaignVerb.TOKEN_MADE, actor)
    return token, text


def revoke_token(token: CampaignToken, *, actor: User) -> None:
    """From now on it is refused. Revoking it again changes nothing."""
    _check_may(actor, token.campaign)
    with transaction.atomic():
        now = timezone.now()
        if CampaignToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now, revoked_by=actor):
            _happened(token, CampaignVerb.TOKEN_REVOKED, actor)


def tokens_of(campaign: Campaign) -> Sequence[CampaignToken]:
    """The campaign's tokens, newest first. One query."""
    return list(CampaignToken.objects.filter(campaign=campaign).select_related("made_by", "revoked_by"))


def token_with_text(text: str) -> CampaignToken | None:
    """The token that this is the text of, good or not."""
    if not text.startswith(BEGINS) or len(text) > 100:
        return None
    found = CampaignToken.objects.filter(digest=_digest(text)).select_related("campaign", "made_by")
    return found.first()


def check_scope(token: CampaignToken, campaign: Campaign, scope: CampaignToken.Scope) -> None:
    """Raise NotAllowed unless the token is for this campaign and this kind of thing."""
    if token.campaign_id != campaign.pk:
        raise NotAllowed(f"This token is good for {token.campaign} only.")
    if token.scope != scope:
        raise NotAllowed(f"This token is good for {token.get_scope_display()} only.")


def note_use(token: CampaignToken) -> None:
    """Remember that it was used, once a minute at most."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= NOTED_EVERY:
        CampaignToken.objects.filter(pk=token.pk).update(last_used_at=now)


def _check_may(actor: User, campaign: Campaign) -> None:
    if not can_work(actor, campaign):
        raise NotAllowed(WHO.format(campaign=campaign))


def _digest(text: str) -> str:
    """Tokens are random and long: a plain hash of one cannot be turned round."""
    return hashlib.sha256(text.encode()).hexdigest()


def _happened(token: CampaignToken, verb: CampaignVerb, actor: User) -> None:
    CampaignEvent.objects.create(
        campaign=token.campaign, verb=verb, actor=actor, note=f"{token.get_scope_display()}: {token.name}",
        data={"token": token.pk, "scope": token.scope, "start": token.start},
    )  # fmt: skip
