"""Secret addresses of people's calendars. The address is made from the portal's secret key and a random number that is kept, so
that a copy of the database alone opens no calendar; a new one makes the old one worthless.
"""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from campaigns.models import CalendarAddress
from portal.models import User

SALT = "campaigns.shift.calendar"


def token_of(address: CalendarAddress) -> str:
    """What stands in the address: the person's number, which is no secret, and 40 figures that nobody guesses."""
    return f"{address.user_id}-{salted_hmac(SALT, f'{address.user_id}:{address.nonce}', algorithm='sha256').hexdigest()[:40]}"


def address_of(user: User) -> CalendarAddress | None:
    return CalendarAddress.objects.filter(user=user).first()


def make_address(user: User) -> CalendarAddress:
    """A new address; one that the person had before ends."""
    with transaction.atomic():
        values = {"nonce": secrets.token_hex(16), "made_at": timezone.now()}
        return CalendarAddress.objects.update_or_create(user=user, defaults=values)[0]


def revoke_address(user: User) -> bool:
    """End it without a new one; whether there was one."""
    return CalendarAddress.objects.filter(user=user).delete()[0] > 0


def reader_of(token: str) -> User | None:
    """Whose calendar it is; None for an address that is none (any more), or of somebody who left."""
    number, _, _rest = token.partition("-")
    if not (number.isascii() and number.isdigit()) or len(number) > 18:
        return None
    address = CalendarAddress.objects.filter(user_id=int(number), user__is_active=True).select_related("user").first()
    return address.user if address is not None and constant_time_compare(token_of(address), token) else None
