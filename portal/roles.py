"""The six roles: Django groups by these names. A person may hold several; predicates here are the only place that asks."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group
from django.db import models

from portal.models import User

Anyone = User | AnonymousUser


class Role(models.TextChoices):
    """Group names; stored values never change."""

    REQUESTERS = "requesters", "Requesters"
    SHIFTERS = "shifters", "Shifters"
    PRODUCTION = "production", "Production team"
    DATA_MANAGEMENT = "data-management", "Data-management team"
    COORDINATORS = "coordinators", "Coordinators"
    ADMINISTRATORS = "administrators", "Administrators"


WHAT_ROLES_DO = {  # in words, for the profile and help pages
    Role.REQUESTERS: "Files production requests and follows them; edits those of the working groups they belong to; says what "
    "the group thinks of the validation sample.",
    Role.SHIFTERS: "For the campaigns they are appointed to: says which justIN campaigns and workflows to watch, comments; "
    "works through the steps: gives evidence, asks for sign-offs, completes.",
    Role.PRODUCTION: "Reads every campaign and workflow; signs steps for the production team, or refuses and says why.",
    Role.DATA_MANAGEMENT: "Reads every campaign and workflow; signs steps for the data-management team, or refuses and "
    "says why; sees to datasets.",
    Role.COORDINATORS: "Makes campaigns, reviews requests, appoints shifters; for every campaign says what to watch, comments, "
    "records decisions, waives criteria, reopens steps.",
    Role.ADMINISTRATORS: "All that coordinators do; gives people their accounts and roles.",
}


def roles_of(user: Anyone) -> frozenset[str]:
    """The roles a person holds, asked of the database once per user object."""
    if not user.is_authenticated:
        return frozenset()
    known: frozenset[str] | None = user.__dict__.get("_roles")
    if known is None:
        known = user.__dict__["_roles"] = frozenset(user.groups.values_list("name", flat=True)) & frozenset(Role.values)
    return known


def has_role(user: Anyone, *roles: Role) -> bool:
    """Whether the person is active and holds one of the roles. Superusers hold every role."""
    if not (user.is_authenticated and user.is_active):
        return False
    return user.is_superuser or not roles_of(user).isdisjoint(roles)


def may_read(user: Anyone) -> bool:
    """Whether campaigns and logs are open to this reader: everybody when PUBLIC_READ is on, else whoever logged in."""
    return settings.PUBLIC_READ or (user.is_authenticated and user.is_active)


def set_roles(user: User, roles: Iterable[Role]) -> None:
    """Make these the person's roles; groups that are no roles stay as they are."""
    groups = [Group.objects.get_or_create(name=role)[0] for role in roles]
    user.groups.remove(*user.groups.filter(name__in=Role.values))
    user.groups.add(*groups)
    user.__dict__.pop("_roles", None)
