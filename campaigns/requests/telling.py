"""Who is told what happens to a request. Inside the transactions of the actions; mails go out later."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from campaigns.models import ProductionRequest
from portal.models import User
from portal.notices import tell
from portal.roles import Role


def group_of(request: ProductionRequest) -> list[User]:
    """Its requester and the members of its working group, whoever is active."""
    return list(
        User.objects.filter(
            Q(pk=request.requester_id) | Q(working_groups=request.working_group_id) & Q(working_groups__isnull=False),
            is_active=True,
        ).distinct()
    )


def reviewers() -> list[User]:
    """Who may review, and so should hear of what waits."""
    return list(User.objects.filter(groups__name=Role.COORDINATORS, is_active=True).distinct())


def tell_group(request: ProductionRequest, actor: User, subject: str, text: str = "") -> None:
    """Tell the requester's group, but not the person who did it."""
    _tell(group_of(request), request, actor, subject, text)


def tell_reviewers(request: ProductionRequest, actor: User, subject: str, text: str = "") -> None:
    """Tell the coordinators, but neither the person who did it nor those told as the requester's group."""
    group = {user.pk for user in group_of(request)}
    _tell([user for user in reviewers() if user.pk not in group], request, actor, subject, text)


def tell_people(people: Iterable[User], request: ProductionRequest, actor: User, subject: str, text: str = "") -> None:
    """Tell these people, but not the person who did it."""
    _tell(people, request, actor, subject, text)


def _tell(people: Iterable[User], request: ProductionRequest, actor: User, subject: str, text: str) -> None:
    others = [user for user in people if user.pk != actor.pk]
    if others:
        tell(others, subject, text, path=f"/requests/{request.pk}/")
