"""The rows of the table that are about meetings."""

from __future__ import annotations

from campaigns.meetings import rules
from campaigns.models import AgendaItem, MeetingAction
from campaigns.permissions.cases import Action, Case, anybody, form, get, post


def _own_item(case: Case) -> bool:
    """As can_change_item has it, for what the person proposed."""
    return rules.can_change_item(case.user, AgendaItem(added_by_id=case.user.pk or 0))


def _own_action(case: Case) -> bool:
    """As can_finish has it, for what the person is responsible for."""
    return rules.can_finish(case.user, MeetingAction(responsible_id=case.user.pk or 0))


def _runs(case: Case) -> bool:
    return rules.can_run(case.user)


MEETINGS: tuple[Action, ...] = (
    Action(
        "Read meetings, their agenda, minutes, decisions and actions, on pages and by API",
        anybody,
        get("campaigns:meeting-list", "campaigns:meeting-list-csv", "campaigns:meeting-list-json", "campaigns:meeting-detail")
        + get("campaigns-api:meeting-list", "campaigns-api:meeting-detail", "campaigns-api:meeting-items"),
    ),
    Action(
        "Plan a meeting or a series, edit and move them; cancel a meeting, or let it take place after all",
        _runs,
        form("campaigns:meeting-new", "campaigns:meeting-series-new", "campaigns:meeting-series", "campaigns:meeting-edit")
        + form("campaigns:meeting-cancel")
        + post("campaigns:meeting-restore"),
    ),
    Action("Write the minutes", _runs, form("campaigns:meeting-minutes")),
    Action(
        "Put something on the agenda, also by API",
        lambda case: rules.can_propose(case.user),
        form("campaigns:meeting-item-add") + post("campaigns-api:meeting-items"),
    ),
    Action(
        "Edit, withdraw and put back an item that one proposed oneself",
        _own_item,
        form("campaigns:meeting-item-edit")
        + post("campaigns:meeting-item-act", act="withdraw")
        + post("campaigns:meeting-item-act", act="reopen"),
    ),
    Action(
        "Order the agenda; say that an item was dealt with, or postpone it",
        _runs,
        tuple(one for act in ("done", "postpone", "up", "down") for one in post("campaigns:meeting-item-act", act=act)),
    ),
    Action("Note an action, edit one", _runs, form("campaigns:meeting-action-add", "campaigns:meeting-action-edit")),
    Action(
        "Say that an action is done for which one is responsible, or that it is not after all",
        _own_action,
        post("campaigns:meeting-action-finish", "campaigns:meeting-action-reopen"),
    ),
)
