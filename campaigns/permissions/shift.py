"""The rows of the table that are about checks, handovers and people's calendars."""

from __future__ import annotations

from campaigns import rules
from campaigns.permissions.cases import Action, Case, anybody, form, get, logged_in, post
from campaigns.shift import handovers
from campaigns.steps import rules as step_rules
from portal.roles import Role, has_role


def _takes_over(case: Case) -> bool:
    """As handovers.why_not_take_over has it, for what somebody else wrote; who is appointed is asked of no database here."""
    return has_role(case.user, Role.SHIFTERS) and rules.is_shifter_of(case.user, case.campaign)


SHIFT: tuple[Action, ...] = (
    Action(
        "Read the shift’s page and the checks, on pages and by API",
        anybody,
        get("campaigns:campaign-shift", "campaigns:check-list", "campaigns:check-weeks-csv", "campaigns:check-weeks-json")
        + get("campaigns-api:campaign-checks"),
    ),
    Action(
        "Record a check: on its page, by one click where nothing is new, by API",
        lambda case: step_rules.can_work(case.user, case.campaign),
        form("campaigns:check-record") + post("campaigns:check-quick", "campaigns-api:campaign-checks"),
    ),
    Action(
        "Say when checks are due",
        lambda case: rules.can_set_up(case.user, case.campaign),
        form("campaigns:campaign-checks"),
    ),
    Action(
        "Hand over",
        lambda case: handovers.can_hand_over(case.user, case.campaign),
        form("campaigns:handover-write"),
    ),
    Action("Take over what another shifter left (its shifters of now and later)", _takes_over, form("campaigns:handover-take")),
)
CALENDAR: tuple[Action, ...] = (
    Action(
        "Own calendar’s secret address: make a new one, end it",
        logged_in,
        post("campaigns:calendar-make", "campaigns:calendar-revoke"),
    ),
    Action("Read a calendar whose secret address one knows", anybody, get("campaigns:calendar-feed"), is_open=True),
)
