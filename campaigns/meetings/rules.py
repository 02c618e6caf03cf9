"""Who may do what at meetings. Pages, API and services ask here; whoever may read the portal reads them. The words are those of
refusals.
"""

from __future__ import annotations

from campaigns.models import AgendaItem, MeetingAction
from campaigns.rules import can_lead
from portal.roles import Anyone, Role, has_role

LEADING = "Meetings are planned and written up by coordinators."
NEEDS_A_ROLE = "The agenda is for those who hold a role in the portal. Ask an administrator for one."


def can_run(user: Anyone) -> bool:
    """Plan, move and cancel meetings, order and close their agenda, write minutes, note actions: coordinators."""
    return can_lead(user)


def can_propose(user: Anyone) -> bool:
    """Put something on the agenda: whoever holds any role."""
    return has_role(user, *Role)


def can_change_item(user: Anyone, item: AgendaItem) -> bool:
    """Change or withdraw an item: who put it there, as long as they hold a role, and coordinators."""
    return can_run(user) or (item.added_by_id == user.pk and can_propose(user))


def can_finish(user: Anyone, action: MeetingAction) -> bool:
    """Say that an action is done, or is not after all: who is responsible for it, and coordinators."""
    return can_run(user) or (action.responsible_id == user.pk and has_role(user, *Role))
