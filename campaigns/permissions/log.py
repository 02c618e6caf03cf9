"""The rows of the table that are about a campaign's log."""

from __future__ import annotations

from campaigns.log import rules
from campaigns.models import EntryKind
from campaigns.permissions.cases import Action, Address, anybody, get, post

API = "campaigns-api:log"

LOG: tuple[Action, ...] = (
    Action(
        "Read the log, its files and every version of its entries, on pages and by API",
        anybody,
        get("campaigns:log-entry", "campaigns:log-file", "campaigns:log-thumbnail")
        + get(API, "campaigns-api:log-entry", "campaigns-api:log-versions"),
    ),
    Action(
        "Write a note or an incident into the log, and reply",
        lambda case: rules.can_write(case.user, case.campaign, EntryKind.NOTE),
        (Address("POST", API, {"kind": "note"}), Address("POST", API, {"kind": "incident"})),
    ),
    Action(
        "Write a check, submission, test result, decision, handover or report into the log",
        lambda case: rules.can_write(case.user, case.campaign, EntryKind.CHECK),
        tuple(
            Address("POST", API, {"kind": str(kind)})
            for kind in EntryKind
            if kind not in rules.OPEN_KINDS and kind != EntryKind.MACHINE
        ),
    ),
    Action(
        "Edit an entry of one’s own for some days, and add to it at any time",
        lambda case: rules.can_reply(case.user),
        (Address("PATCH", "campaigns-api:log-entry"), *post("campaigns-api:log-amend")),
    ),
    Action("Strike an entry of the log through", lambda case: rules.can_strike(case.user), post("campaigns-api:log-strike")),
)
