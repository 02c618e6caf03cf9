"""Handing a campaign over: what a shifter leaves for the next is a log entry, and the next says once that it was taken over."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from campaigns.log.services import Files, reply, write_entry
from campaigns.models import Campaign, EntryKind, Handover
from campaigns.shift.telling import shift_path
from campaigns.steps.rules import can_work
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from portal.notices import tell
from portal.roles import Anyone, Role, has_role
from portal.zones import today_of

TAKEN = "Taken over."


def can_hand_over(user: Anyone, campaign: Campaign) -> bool:
    """Its shifters and coordinators."""
    return can_work(user, campaign)


def why_not_take_over(user: Anyone, handover: Handover) -> str:
    """Why this person does not take it over, '' if they may: whoever is on shift now or will be, but not who wrote it."""
    if user.pk is None or not has_role(user, Role.SHIFTERS):
        return "A handover is taken over by a shifter of the campaign."
    if user.pk == handover.by_id:
        return "You wrote it; the next shifter takes it over."
    today = today_of(user)
    appointed = handover.campaign.appointments.filter(Q(until_on=None) | Q(until_on__gte=today), user_id=user.pk)
    return "" if appointed.exists() else f"You are not appointed to {handover.campaign}, now or later."


def write_handover(
    campaign: Campaign,
    *,
    actor: User,
    text: str,
    files: Files = (),
    token_name: str = "",
    data: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> Handover:
    """Leave word for the next shifter, as an entry of the log; whoever else is on shift, or is next, hears of it."""
    if not can_hand_over(actor, campaign):
        raise NotAllowed(f"Handovers of {campaign} are written by its shifters and coordinators.")
    if not text.replace("\0", "").strip():
        raise Invalid("Say what the next shifter has to know.", field="text")
    with transaction.atomic():
        campaign.refresh_from_db(from_queryset=Campaign.objects.select_for_update())
        entry = write_entry(
            campaign, actor=actor, kind=EntryKind.HANDOVER, body=text, files=files, token_name=token_name, data=data
        )  # fmt: skip
        made = Handover.objects.create(campaign=campaign, entry=entry, by=actor, at=now or timezone.now())
        tell(
            [user for user in _now_and_next(campaign, timezone.localdate()) if user.pk != actor.pk],
            f"{campaign}: {actor} hands over to you", "Read it, then say that you have taken over.", path=shift_path(campaign),
        )  # fmt: skip
    return made


def take_over(handover: Handover, *, actor: User) -> Handover:
    """Say, once, that it was read and taken over; the log has it as a reply."""
    why_not = why_not_take_over(actor, handover)
    if why_not:
        raise NotAllowed(why_not)
    with transaction.atomic():
        Campaign.objects.select_for_update().only("pk").get(pk=handover.campaign_id)
        free = Handover.objects.filter(pk=handover.pk, taken_at=None)
        if not free.update(taken_by=actor, taken_at=timezone.now()):
            handover.refresh_from_db()
            raise Conflict(f"{handover.taken_by} took it over on {handover.taken_at:%Y-%m-%d at %H:%M} UTC.")
        reply(handover.entry, actor=actor, body=TAKEN)
        handover.refresh_from_db()
        tell([handover.by], f"{handover.campaign}: {actor} has taken over", path=shift_path(handover.campaign))
    return handover


def newest_handover(campaign: Campaign) -> Handover | None:
    """With its entry and people. One query."""
    return Handover.objects.filter(campaign=campaign).select_related("entry", "by", "taken_by", "campaign").first()


def _now_and_next(campaign: Campaign, today: date) -> list[User]:
    """Who is on shift, and whoever comes first after that."""
    found = (
        campaign.appointments.filter(Q(until_on=None) | Q(until_on__gte=today)).select_related("user").order_by("from_on", "pk")
    )
    rows = [one for one in found if one.until_on is None or one.until_on >= one.from_on]
    now = [one.user for one in rows if one.from_on <= today]
    coming = [one for one in rows if one.from_on > today]
    following = [one.user for one in coming if one.from_on == coming[0].from_on]
    return list({user.pk: user for user in [*now, *following]}.values())
