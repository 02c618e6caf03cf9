"""Names of campaigns: what one may be called, which names are taken, and the way from a former name to the campaign."""

from __future__ import annotations

import re

from django.utils.text import slugify

from campaigns.models import Campaign, FormerName
from portal.errors import Conflict, Invalid
from portal.roles import Anyone

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
LONGEST_NAME = 100
RESERVED = {"new"}  # addresses below /campaigns/


def checked_name(name: str, *, of: Campaign | None = None) -> tuple[str, str]:
    """The name without blanks around it, and its slug. Raises Invalid, Conflict.

    Unique whatever the case. A former name of another campaign is taken, as its address leads there; `of` may have its own.
    """
    name = name.strip()
    if not name:
        raise Invalid("A campaign needs a name, for example pdhd-reco-2026b.", field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(f"The name has {len(name)} characters; use at most {LONGEST_NAME}.", field="name")
    if not NAME.match(name):
        raise Invalid(
            "Use letters, digits, dot, underscore and hyphen, beginning with a letter or digit, for example pdhd-reco-2026b.",
            field="name",
        )
    slug = slugify(name.replace(".", "-"))
    if slug in RESERVED:
        raise Invalid(f"The name {name} is taken by the portal itself; choose another.", field="name")
    others = Campaign.objects.exclude(pk=of.pk) if of else Campaign.objects.all()
    if others.filter(name__iexact=name).exists() or others.filter(slug=slug).exists():
        raise Conflict(f"There is a campaign named {name} (or much alike) already; choose another name.", field="name")
    former = FormerName.objects.filter(slug=slug).exclude(campaign=of).select_related("campaign").first()
    if former:
        raise Conflict(
            f"{former.campaign} was once named {former.name}, and that address leads to it; choose another.", field="name"
        )
    return name, slug


def campaign_once_named(slug: str, reader: Anyone) -> Campaign | None:
    """The campaign that this was the address of before it was renamed, if the reader may see it."""
    return Campaign.objects.visible_to(reader).filter(former_names__slug=slug).first()
