"""Who may do what, as one table: each row an action, the rule that the code itself asks, and the addresses that do it.

`manage.py permission_table` writes docs/permissions.md from it by asking the rules for every kind of reader;
tests/campaigns/test_permissions.py sends a request of every kind of reader to every address and compares.
"""

from __future__ import annotations

from campaigns import rules
from campaigns.models import RequestState
from campaigns.permissions.cases import READERS, Action, Address, Case, Reader, anybody, form, get, logged_in, post
from campaigns.permissions.files import FILES
from campaigns.permissions.log import LOG
from campaigns.permissions.log_documents import LOG_DOCUMENTS
from campaigns.permissions.log_pages import LOG_PAGES
from campaigns.permissions.meetings import MEETINGS
from campaigns.permissions.plan import PLAN
from campaigns.permissions.shift import CALENDAR, SHIFT
from campaigns.permissions.steps import STEPS
from campaigns.requests import rules as request_rules
from campaigns.requests.life import MOVES, TRANSITIONS
from portal.roles import Role, has_role

__all__ = ["ACTIONS", "READERS", "Action", "Address", "Reader", "as_markdown"]
S = RequestState


def _sees_drafts(case: Case) -> bool:
    """As RequestQuerySet.visible_to has it: whoever asked, its group whatever their role, coordinators."""
    user, request = case.user, case.request
    mine = logged_in(case) and (
        request.requester_id == user.pk or request.working_group_id in getattr(user, "_working_group_ids", ())
    )
    return mine or has_role(user, Role.COORDINATORS, Role.ADMINISTRATORS)


def _moves(case: Case, name: str) -> bool:
    return MOVES[name].who(case.user, case.request)


def _move(name: str) -> Action:
    """A row of the table of moves, in the first state that allows it."""
    row = MOVES[name]
    state = next(state for state in S if state in row.from_states)
    also = post("campaigns-api:request-submit") if name == "submit" else ()
    addresses = form("campaigns:request-move", move=name) + also
    return Action(f"{row.label} (from the state “{state.label}”)", lambda case: _moves(case, name), addresses, state)


CAMPAIGN_PAGES = (
    "campaign-list", "campaign-list-csv", "campaign-list-json", "campaign-detail", "campaign-short",
    "campaign-workflows-csv", "campaign-workflows-json", "campaign-history", "campaign-history-csv",
    "campaign-history-json", "campaign-wiki", "campaign-markdown", "campaign-mediawiki",
)  # fmt: skip
REQUEST_PAGES = ("request-detail", "request-revisions", "request-csv", "request-json", "request-pdf", "request-file")

AREAS: dict[str, tuple[Action, ...]] = {
    "Reading": (
        Action(
            "Read campaigns, workflows and what justIN said, on pages and by API",
            anybody,
            get("campaigns:home", *(f"campaigns:{name}" for name in CAMPAIGN_PAGES))
            + get("monitoring:workflow-detail", "monitoring:workflow-matrix-csv", "monitoring:sources")
            + get("campaigns-api:campaign-list", "campaigns-api:campaign-detail", "campaigns-api:campaign-summary")
            + get("campaigns-api:campaign-justin-campaigns", "campaigns-api:campaign-workflows")
            + get("monitoring-api:root", "monitoring-api:sources", "monitoring-api:workflow-list")
            + get("monitoring-api:workflow-detail", "monitoring-api:workflow-failed-jobs"),
        ),
        Action(
            "Read requests that were submitted, and their discussion",
            anybody,
            get("campaigns:request-list", "campaigns:request-list-csv", "campaigns:request-list-json")
            + get(*(f"campaigns:{name}" for name in REQUEST_PAGES))
            + get("campaigns-api:request-list", "campaigns-api:request-detail"),
        ),
        Action("Read a draft", _sees_drafts, get("campaigns:request-detail", "campaigns-api:request-detail"), S.DRAFT),
        Action("Read the help", anybody, get("help")),
        Action(
            "Read the API's description; ask whether the portal is well",
            anybody,
            get("api-schema", "api-docs", "healthz"),
            is_open=True,
        ),
    ),
    "Requests": (
        Action(
            "File a request: by form, as a clone, by API",
            lambda case: request_rules.can_create(case.user),
            form("campaigns:request-new")
            + get("campaigns:request-clone-pick")
            + post("campaigns:request-clone", "campaigns-api:request-list"),
        ),
        Action(
            "Change a draft, import its samples, discard it",
            lambda case: request_rules.can_edit(case.user, case.request),
            form("campaigns:request-edit", "campaigns:request-import", "campaigns:request-discard")
            + post("campaigns:request-autosave", "campaigns:request-beside")
            + (Address("PUT", "campaigns-api:request-detail"),),
            S.DRAFT,
        ),
        Action(
            "Change a request that was submitted, which makes a revision",
            lambda case: request_rules.can_edit(case.user, case.request),
            form("campaigns:request-edit"),
        ),
        Action(
            "Have a content checked without saving it",
            logged_in,
            post("campaigns:request-check"),
        ),
        *(_move(row.name) for row in TRANSITIONS),
        Action(
            "Set priority and wanted-by",
            lambda case: request_rules.can_review(case.user),
            form("campaigns:request-priority"),
        ),
        Action(
            "Take part in the discussion",
            lambda case: request_rules.can_comment(case.user),
            form("campaigns:request-comment"),
        ),
    ),
    "Campaigns": (
        Action(
            "Make a campaign",
            lambda case: rules.can_create_campaign(case.user),
            form("campaigns:campaign-create") + post("campaigns-api:campaign-list"),
        ),
        Action(
            "Rename it or agree on its name; say what it is for; set its status",
            lambda case: rules.can_lead(case.user),
            form("campaigns:campaign-rename", "campaigns:campaign-about", "campaigns:campaign-status"),
        ),
        Action(
            "Appoint shifters, change or end their appointments",
            lambda case: rules.can_lead(case.user),
            form("campaigns:campaign-appoint", "campaigns:campaign-appointment"),
        ),
        Action(
            "Tie an accepted request to it, or take one away",
            lambda case: rules.can_lead(case.user),
            form("campaigns:campaign-request-add", "campaigns:campaign-request-remove"),
            S.ACCEPTED,
        ),
        Action(
            "Set how it is run: directory, jobscript, jobs to keep running, links, what its justIN campaigns are for",
            lambda case: rules.can_set_up(case.user, case.campaign),
            get("campaigns:campaign-settings") + form("campaigns:campaign-work", "campaigns:campaign-justin-purpose"),
        ),
        Action(
            "Say which justIN campaigns and workflows are watched for it",
            lambda case: rules.can_manage_workflows(case.user, case.campaign),
            form("campaigns:campaign-watch")
            + post("campaigns-api:campaign-justin-campaigns", "campaigns-api:campaign-workflows"),
        ),
        Action(
            "Comment on a workflow in the weekly table",
            lambda case: rules.can_comment(case.user, case.campaign),
            form("campaigns:workflow-comment"),
        ),
    ),
    "Steps": STEPS,
    "Plan": PLAN,
    "Shift": SHIFT,
    "Meetings": MEETINGS,
    "Files": FILES,
    "Log": LOG + LOG_PAGES,
    "Log as a document": LOG_DOCUMENTS,
    "Oneself": (
        Action(
            "Own profile, mails, time zone, API tokens",
            logged_in,
            get("profile", "token-revoke") + post("mail-choose", "zone-choose", "token-create", "token-revoke"),
        ),
        *CALENDAR,
        Action("Own saved views", logged_in, post("campaigns:view-save", "campaigns:view-delete")),
    ),
    "Administration": (
        Action(
            "Accounts, roles, and the lists of detectors, working groups and official repositories",
            lambda case: has_role(case.user, Role.ADMINISTRATORS),
            get("admin:index", "admin:portal_user_changelist", "admin:campaigns_detector_changelist"),
            is_open=True,
        ),
    ),
}
ACTIONS = tuple(action for actions in AREAS.values() for action in actions)


def as_markdown() -> str:
    """The table as docs/permissions.md has it."""
    parts = [
        "# Who may do what",
        "",
        "Written by `manage.py permission_table` from the rules in `campaigns/permissions/`; do not edit it by hand.",
        "Roles are groups: an administrator gives them, or the directory that people log in with. No name is in the code.",
        "A person who holds several roles may do what any of them may; a superuser may do everything.",
        "",
        "**yes** always, **open** while `PUBLIC_READ` is on (with it off: after logging in), – never. What a person may not do",
        "is answered with the log-in page (not logged in), 403 and the reason, or 404 where even its existence is not told.",
    ]
    for area, actions in AREAS.items():
        parts += ["", f"## {area}", ""]
        parts.append("| action | " + " | ".join(reader.label for reader in READERS) + " |")
        parts.append("| --- |" + " :---: |" * len(READERS))
        parts += [f"| {action.name} | " + " | ".join(_cell(action, reader) for reader in READERS) + " |" for action in actions]
    return "\n".join(parts) + "\n"


def _cell(action: Action, reader: Reader) -> str:
    if not action.is_allowed(reader):
        return "–"
    return "yes" if action.is_allowed(reader, public_read=False) else "open"
