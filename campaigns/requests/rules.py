"""Who may do what to requests. Pages, API and services ask here and nowhere else."""

from __future__ import annotations

from campaigns.models import ProductionRequest, RequestState, WorkingGroup
from portal.roles import Anyone, Role, has_role

CLOSED = frozenset({RequestState.ACCEPTED, RequestState.DECLINED, RequestState.WITHDRAWN})


def can_create(user: Anyone) -> bool:
    """File a request: requesters, coordinators and administrators."""
    return has_role(user, Role.REQUESTERS, Role.COORDINATORS, Role.ADMINISTRATORS)


def can_review(user: Anyone) -> bool:
    """Present, accept, want changes, decline, set priority: coordinators and administrators."""
    return has_role(user, Role.COORDINATORS, Role.ADMINISTRATORS)


def speaks_for(user: Anyone, request: ProductionRequest) -> bool:
    """Its requester, a requester of its working group, coordinators and administrators."""
    if can_review(user):
        return True
    if not has_role(user, Role.REQUESTERS):
        return False
    return request.requester_id == user.pk or (
        request.working_group_id is not None and request.working_group_id in groups_of(user)
    )


def can_edit(user: Anyone, request: ProductionRequest) -> bool:
    """Change what it says: whoever speaks for it, as long as nothing is decided."""
    return request.state not in CLOSED and speaks_for(user, request)


def can_comment(user: Anyone) -> bool:
    """Take part in the discussion: whoever is logged in and holds any role."""
    return has_role(user, *Role)


def can_clone(user: Anyone) -> bool:
    """Begin a request from an earlier one that one can see: whoever may file one."""
    return can_create(user)


def groups_of(user: Anyone) -> frozenset[int]:
    """The working groups a person belongs to, asked of the database once per user object."""
    if not hasattr(user, "_working_group_ids"):
        user._working_group_ids = frozenset(  # type: ignore[union-attr]
            WorkingGroup.objects.filter(members=user.pk).values_list("pk", flat=True)
        )
    return user._working_group_ids  # type: ignore[union-attr]
