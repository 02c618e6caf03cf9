"""Who may do what, as one table: each row an action, the rule that the code itself asks, and the addresses that do it.

`manage.py permission_table` writes docs/permissions.md from it by asking the rules for every kind of reader;
tests/campaigns/test_permissions.py sends a request of every kind of reader to every address and compares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib.auth.models import AnonymousUser

from campaigns import rules
from campaigns.models import Campaign, ProductionRequest, RequestState
from campaigns.requests import rules as request_rules
from campaigns.requests.life import MOVES, TRANSITIONS
from portal.models import User
from portal.roles import Anyone, Role, has_role

GROUP = 1  # of the request in question
S = RequestState


@dataclass(frozen=True)
class Reader:
    """One kind of person, in relation to the campaign or request that an action is about."""

    key: str
    label: str
    role: Role | None = None
    is_logged_in: bool = True
    asked_for_it: bool = False
    is_of_its_group: bool = False
    is_on_shift: bool = False


READERS = (
    Reader("anonymous", "not logged in", is_logged_in=False),
    Reader("outsider", "no role"),
    Reader("requester", "requester of another group", Role.REQUESTERS),
    Reader("colleague", "requester of its group", Role.REQUESTERS, is_of_its_group=True),
    Reader("owner", "requester who asked for it", Role.REQUESTERS, asked_for_it=True),
    Reader("shifter", "shifter of another campaign", Role.SHIFTERS),
    Reader("on_shift", "shifter of it", Role.SHIFTERS, is_on_shift=True),
    Reader("production", "production team", Role.PRODUCTION),
    Reader("data_management", "data-management team", Role.DATA_MANAGEMENT),
    Reader("coordinator", "coordinator", Role.COORDINATORS),
    Reader("administrator", "administrator", Role.ADMINISTRATORS),
)


class _Shifters:
    """What the rules ask of a campaign's appointments, for a campaign that is in no database."""

    def __init__(self, pks: set[int]) -> None:
        self.pks = pks

    def filter(self, *_of_today: object, user_id: int | None = None, **_days: object) -> _Shifters:
        return self if user_id is None else _Shifters(self.pks & {user_id})

    def exists(self) -> bool:
        return bool(self.pks)


class _AnyCampaign:
    def __init__(self, reader: Reader, user: Anyone) -> None:
        self.appointments = _Shifters({cast(int, user.pk)} if reader.is_on_shift else set())


@dataclass(frozen=True)
class Case:
    """A reader before an action: the person, a campaign and a request to ask the rules about. In no database."""

    user: Anyone
    campaign: Campaign
    request: ProductionRequest


def case_of(reader: Reader, state: RequestState) -> Case:
    user: Anyone = AnonymousUser()
    if reader.is_logged_in:
        user = User(pk=1, username=reader.key)
        user._roles = frozenset({reader.role} if reader.role else ())  # type: ignore[attr-defined]
        user._working_group_ids = frozenset({GROUP} if reader.is_of_its_group else ())  # type: ignore[attr-defined]
    request = ProductionRequest(state=state, requester_id=1 if reader.asked_for_it else 2, working_group_id=GROUP)
    return Case(user, cast(Campaign, _AnyCampaign(reader, user)), request)


@dataclass(frozen=True)
class Address:
    """One way to do it: method, URL name, and what the address must hold besides the object in question."""

    method: str
    name: str
    kwargs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Action:
    """`is_open`: also without a log-in where PUBLIC_READ is off. `state`: of the request that it is done to."""

    name: str
    who: Callable[[Case], bool]
    addresses: tuple[Address, ...]
    state: RequestState = S.SUBMITTED
    is_open: bool = False

    def is_allowed(self, reader: Reader, *, public_read: bool = True) -> bool:
        """Whether this reader may, by the rules. Without PUBLIC_READ nothing but what is open is for who is not logged in."""
        if not (public_read or self.is_open or reader.is_logged_in):
            return False
        return self.who(case_of(reader, self.state))


def _get(*names: str, **kwargs: Any) -> tuple[Address, ...]:
    return tuple(Address("GET", name, kwargs) for name in names)


def _post(*names: str, **kwargs: Any) -> tuple[Address, ...]:
    return tuple(Address("POST", name, kwargs) for name in names)


def _form(*names: str, **kwargs: Any) -> tuple[Address, ...]:
    """A page with a form that is sent to the same address."""
    return _get(*names, **kwargs) + _post(*names, **kwargs)


def anybody(case: Case) -> bool:
    return True


def logged_in(case: Case) -> bool:
    return bool(case.user.is_authenticated)


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
    also = _post("campaigns-api:request-submit") if name == "submit" else ()
    addresses = _form("campaigns:request-move", move=name) + also
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
            _get("campaigns:home", *(f"campaigns:{name}" for name in CAMPAIGN_PAGES))
            + _get("monitoring:workflow-detail", "monitoring:workflow-matrix-csv", "monitoring:sources")
            + _get("campaigns-api:campaign-list", "campaigns-api:campaign-detail", "campaigns-api:campaign-summary")
            + _get("campaigns-api:campaign-justin-campaigns", "campaigns-api:campaign-workflows")
            + _get("monitoring-api:root", "monitoring-api:sources", "monitoring-api:workflow-list")
            + _get("monitoring-api:workflow-detail", "monitoring-api:workflow-failed-jobs"),
        ),
        Action(
            "Read requests that were submitted, and their discussion",
            anybody,
            _get("campaigns:request-list", "campaigns:request-list-csv", "campaigns:request-list-json")
            + _get(*(f"campaigns:{name}" for name in REQUEST_PAGES))
            + _get("campaigns-api:request-list", "campaigns-api:request-detail"),
        ),
        Action("Read a draft", _sees_drafts, _get("campaigns:request-detail", "campaigns-api:request-detail"), S.DRAFT),
        Action("Read the help", anybody, _get("help")),
        Action(
            "Read the API's description; ask whether the portal is well",
            anybody,
            _get("api-schema", "api-docs", "healthz"),
            is_open=True,
        ),
    ),
    "Requests": (
        Action(
            "File a request: by form, as a clone, by API",
            lambda case: request_rules.can_create(case.user),
            _form("campaigns:request-new")
            + _get("campaigns:request-clone-pick")
            + _post("campaigns:request-clone", "campaigns-api:request-list"),
        ),
        Action(
            "Change a draft, import its samples, discard it",
            lambda case: request_rules.can_edit(case.user, case.request),
            _form("campaigns:request-edit", "campaigns:request-import", "campaigns:request-discard")
            + _post("campaigns:request-autosave", "campaigns:request-beside")
            + (Address("PUT", "campaigns-api:request-detail"),),
            S.DRAFT,
        ),
        Action(
            "Change a request that was submitted, which makes a revision",
            lambda case: request_rules.can_edit(case.user, case.request),
            _form("campaigns:request-edit"),
        ),
        Action(
            "Have a content checked without saving it",
            logged_in,
            _post("campaigns:request-check"),
        ),
        *(_move(row.name) for row in TRANSITIONS),
        Action(
            "Set priority and wanted-by",
            lambda case: request_rules.can_review(case.user),
            _form("campaigns:request-priority"),
        ),
        Action(
            "Take part in the discussion",
            lambda case: request_rules.can_comment(case.user),
            _form("campaigns:request-comment"),
        ),
    ),
    "Campaigns": (
        Action(
            "Make a campaign",
            lambda case: rules.can_create_campaign(case.user),
            _form("campaigns:campaign-create") + _post("campaigns-api:campaign-list"),
        ),
        Action(
            "Rename it or agree on its name; say what it is for; set its status",
            lambda case: rules.can_lead(case.user),
            _form("campaigns:campaign-rename", "campaigns:campaign-about", "campaigns:campaign-status"),
        ),
        Action(
            "Appoint shifters, change or end their appointments",
            lambda case: rules.can_lead(case.user),
            _form("campaigns:campaign-appoint", "campaigns:campaign-appointment"),
        ),
        Action(
            "Tie an accepted request to it, or take one away",
            lambda case: rules.can_lead(case.user),
            _form("campaigns:campaign-request-add", "campaigns:campaign-request-remove"),
            S.ACCEPTED,
        ),
        Action(
            "Set how it is run: directory, jobscript, jobs to keep running, links, what its justIN campaigns are for",
            lambda case: rules.can_set_up(case.user, case.campaign),
            _get("campaigns:campaign-settings") + _form("campaigns:campaign-work", "campaigns:campaign-justin-purpose"),
        ),
        Action(
            "Say which justIN campaigns and workflows are watched for it",
            lambda case: rules.can_manage_workflows(case.user, case.campaign),
            _form("campaigns:campaign-watch")
            + _post("campaigns-api:campaign-justin-campaigns", "campaigns-api:campaign-workflows"),
        ),
        Action(
            "Comment on a workflow in the weekly table",
            lambda case: rules.can_comment(case.user, case.campaign),
            _form("campaigns:workflow-comment"),
        ),
    ),
    "Oneself": (
        Action(
            "Own profile, mails, API tokens",
            logged_in,
            _get("profile", "token-revoke") + _post("mail-choose", "token-create", "token-revoke"),
        ),
        Action("Own saved views", logged_in, _post("campaigns:view-save", "campaigns:view-delete")),
    ),
    "Administration": (
        Action(
            "Accounts, roles, and the lists of detectors, working groups and official repositories",
            lambda case: has_role(case.user, Role.ADMINISTRATORS),
            _get("admin:index", "admin:portal_user_changelist", "admin:campaigns_detector_changelist"),
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
        "Written by `manage.py permission_table` from the rules in `campaigns/permissions.py`; do not edit it by hand.",
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
