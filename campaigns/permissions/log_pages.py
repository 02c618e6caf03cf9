"""The rows of the table that are about the pages of a campaign's log."""

from __future__ import annotations

from campaigns.log import rules, watching
from campaigns.permissions.cases import Action, anybody, form, get, post

LOG_PAGES: tuple[Action, ...] = (
    Action(
        "Read the log as a page, what is new in it, its feed; search all logs",
        anybody,
        get("campaigns:campaign-log", "campaigns:log-new", "campaigns:log-feed", "campaigns:log-search"),
    ),
    Action(
        "Write in the log on its pages (kinds as above); have an entry’s beginning filled in",
        lambda case: rules.can_write(case.user, case.campaign),
        form("campaigns:log-write") + get("campaigns:log-template"),
    ),
    Action(
        "Reply on the pages; keep a draft and its files; look at a text before it is sent",
        lambda case: rules.can_reply(case.user),
        form("campaigns:log-reply")
        + post("campaigns:log-draft", "campaigns:log-draft-files", "campaigns:log-draft-drop", "campaigns:log-preview")
        + get("campaigns:log-draft-file"),
    ),
    Action(
        "Close an incident and reopen it",
        lambda case: rules.can_reply(case.user),
        post("campaigns:log-close", "campaigns:log-reopen", "campaigns-api:log-close", "campaigns-api:log-reopen"),
    ),
    Action(
        "On the pages edit an entry of one’s own for some days, and add to it at any time",
        lambda case: rules.can_reply(case.user),
        form("campaigns:log-edit", "campaigns:log-amend"),
    ),
    Action(
        "On the pages strike an entry of the log through",
        lambda case: rules.can_strike(case.user),
        form("campaigns:log-strike"),
    ),
    Action(
        "Say how far one has read a log; watch it by mail",
        lambda case: watching.can_watch(case.user),
        form("campaigns:log-read", "campaigns:log-watch"),
    ),
)
