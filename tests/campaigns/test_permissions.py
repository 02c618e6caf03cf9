"""Every address, asked by every kind of reader, with PUBLIC_READ on and off, does what the table of permissions says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, time, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from campaigns import campaign_services
from campaigns.campaign_tokens import make_token
from campaigns.jobscript_services import keep_version
from campaigns.log.drafts import put_file
from campaigns.log.incidents import close_incident
from campaigns.log.rules import can_reply
from campaigns.management.commands import permission_table
from campaigns.meetings.actions import add_action, finish_action
from campaigns.meetings.agenda import propose_item, withdraw_item
from campaigns.meetings.series import make_series
from campaigns.meetings.services import cancel_meeting
from campaigns.models import (
    Alert,
    LogDocument,
    SavedView,
)
from campaigns.permissions import ACTIONS, READERS, Action, Address, Reader
from campaigns.plan_reports import report_workflow
from campaigns.plan_services import save_plan
from campaigns.requests.life import MOVES
from campaigns.services import watch_justin_campaign
from campaigns.shift.addresses import make_address, token_of
from campaigns.shift.handovers import write_handover
from campaigns.steps.evidence import add_evidence
from portal.models import User
from portal.roles import Role
from portal.tokens import create_token
from tests.campaigns.steps.walking import stands
from tests.campaigns.world import World, build, client_of, in_state, in_step, undone
from tests.factories import a_picture, make_entry
from tests.planning.plans import lbl2
from tests.requests.filing import whole

pytestmark = pytest.mark.django_db
A_SERIES = {
    "name": "Production meeting", "weekday": 0, "every_weeks": 1, "begins": time(16), "time_zone": "UTC", "n_minutes": 60,
}  # fmt: skip
FOREIGN = ("admin:", "account_", "socialaccount_")  # each of their packages keeps its own rules
NO_PAGES = {"monitoring-api:nothing-here", "None"}  # the answer to addresses that do not exist; the browser's icon


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """Once for all tests of this module, whose own transactions are savepoints in this one."""
    with django_db_blocker.unblock(), undone():
        yield build()


@pytest.fixture
def world(built: World, db: None) -> World:
    """A copy, so that no test sees what another did to the objects."""
    return deepcopy(built)


def evidence_file(world: World) -> int:
    file = SimpleUploadedFile("a.csv", b"what,TB\n1,2\n")
    return add_evidence(world.campaign, "metadata-discussion", actor=world.people["coordinator"], file=file).pk


def is_own(address: Address) -> bool:
    """Whether readers ask for something of their own there, so that each has another path."""
    return address.name in ("campaigns:view-delete", "token-revoke") or ":log" in address.name or ":meeting" in address.name


def path_of(world: World, address: Address, user: User | None) -> str:
    """The address with what it names, which is made if it is not there yet; where it `is_own`, the user's."""
    name = address.name
    if name == "campaigns:campaign-appointment":
        return reverse(name, args=[world.campaign.slug, world.appointment_pk])
    if name == "campaigns:view-delete":
        owner = user or world.people["owner"]
        return reverse(name, args=[SavedView.objects.create(user=owner, name="mine").pk])
    if name == "token-revoke":
        return reverse(name, args=[create_token(user or world.people["owner"], expires_in=timedelta(days=1)).split(":")[0][:8]])
    if name == "campaigns:evidence-file":
        return reverse(name, args=[evidence_file(world)])
    if name == "campaigns:alert-close":
        return reverse(name, args=[Alert.objects.create(campaign=world.campaign, step="setup", kind="scope", title="Wrong").pk])
    if name.startswith("campaigns:file-") or name == "campaigns-api:campaign-jobscript":
        kept = keep_version(world.campaign, "reco.jobscript", actor=world.people["coordinator"], version=0, text="lar\n")
        if name == "campaigns:file-compare":
            return f"{reverse(name, args=[world.campaign.slug])}?old={kept.pk}&new={kept.pk}"
        named = PARTS[name] - {"slug"}
        return reverse(name, args=[world.campaign.slug, *([kept.pk] if named else [])])
    if ":meeting" in name:
        return path_in_meetings(world, address, user)
    if ":log" in name:
        return path_in_log(world, address, user)
    if name == "campaigns:handover-take":
        handover = write_handover(world.campaign, actor=world.people["coordinator"], text="All is well.")
        return reverse(name, args=[world.campaign.slug, handover.pk])
    if name == "campaigns:calendar-feed":
        return reverse(name, args=[token_of(make_address(world.people["on_shift"]))])
    if name.startswith(("campaigns:plan-", "campaigns-api:plan-")):
        save_plan(world.campaign, lbl2(), actor=world.people["coordinator"], version=0)
    if name in ("campaigns:plan-unreport", "campaigns-api:plan-report"):
        report_workflow(world.campaign, "r1", 3206, actor=world.people["coordinator"])
    if name == "campaigns:plan-token-revoke":
        made, _text = make_token(world.campaign, actor=world.people["coordinator"], scope="report", name="mine", days=7)
        return reverse(name, args=[world.campaign.slug, made.pk])
    about_campaign = name == "campaigns:campaign-short"
    given = {
        "slug": world.campaign.slug,
        "justin_id": 402 if name == "campaigns:campaign-justin-purpose" else 3206,
        "pk": world.campaign.pk if about_campaign else world.request.pk,
        "file_pk": world.file_pk,
        "step": "setup",
        "criterion": "metadata-discussion",
    } | address.kwargs
    wanted = {key: value for key, value in given.items() if key in PARTS[name]}
    return reverse(name, kwargs=wanted)


def path_in_log(world: World, address: Address, user: User | None) -> str:
    """Of an entry that the reader wrote, if they may write; else that another one wrote."""
    if address.name == "campaigns:log-pdf-file":
        return log_document_of(world).get_absolute_url()
    author = user if user is not None and can_reply(user) else world.people["coordinator"]
    is_incident = address.name.endswith(("log-close", "log-reopen"))
    entry = make_entry(world.campaign, author, kind="incident" if is_incident else "note", files=[a_picture()])
    if address.name.endswith("log-reopen"):
        close_incident(entry, actor=world.people["coordinator"])
    file: Any = entry.files.get()
    if address.name == "campaigns:log-draft-file" and author == user:
        file = put_file(world.campaign, actor=author, about="new", file=a_picture())
    given = {"slug": world.campaign.slug, "number": entry.number, "pk": file.pk, "name": file.name}
    return reverse(address.name, kwargs={key: value for key, value in given.items() if key in PARTS[address.name]})


def path_in_meetings(world: World, address: Address, user: User | None) -> str:
    """With an item that the reader proposed and an action that is theirs, if they hold a role; else another person's."""
    coordinator = world.people["coordinator"]
    owner = user if user is not None and can_reply(user) else coordinator
    series = make_series(A_SERIES, actor=coordinator)
    meeting = series.meetings.order_by("starts_at")[0]
    if address.name == "campaigns:meeting-restore":
        cancel_meeting(meeting, actor=coordinator, reason="Holiday.")
        return reverse(address.name, args=[meeting.pk])
    item = propose_item(meeting, actor=owner, title="Disk")
    if address.kwargs.get("act") == "reopen":
        withdraw_item(item, actor=owner)
    action = add_action(meeting, actor=coordinator, text="Ask", responsible=owner)
    if address.name == "campaigns:meeting-action-reopen":
        finish_action(action, actor=owner)
    about_series = address.name == "campaigns:meeting-series"
    given = {
        "pk": series.pk if about_series else meeting.pk, "item": item.pk, "action": action.pk, "act": "done",
    } | address.kwargs  # fmt: skip
    return reverse(address.name, kwargs={key: value for key, value in given.items() if key in PARTS[address.name]})


def log_document_of(world: World) -> LogDocument:
    """A PDF that was made, as far as whoever downloads it sees."""
    document = LogDocument(campaign=world.campaign, state="done", log_key="k", people_key="p", up_to=1, n_entries=1)
    document.file.save("log.pdf", ContentFile(b"%PDF-"))
    return document


def body_of(world: World, address: Address) -> dict[str, Any]:
    """What makes the address act when the reader may; anything that is no refusal would do."""
    content = whole(why="Changed.")
    coming = timezone.localdate() + timedelta(days=400)
    bodies: dict[str, dict[str, Any]] = {
        "campaigns:campaign-rename": {"name": "another-2026", "standing": "agreed"},
        "campaigns:campaign-status": {"status": "paused"},
        "campaigns:campaign-appoint": {"user": world.people["shifter"].pk, "from_on": coming.isoformat()},
        "campaigns:campaign-appointment": {"end": "1"},
        "campaigns:campaign-request-add": {"request": world.request.pk},
        "campaigns:campaign-justin-purpose": {"purpose": "test"},
        "campaigns:campaign-create": {"name": "new-2026"},
        "campaigns:campaign-watch": {"kind": "workflow", "justin_id": "77"},
        "campaigns:workflow-comment": {"text": "Seen."},
        "campaigns:request-move": {"reason": "Why.", "into": "new", "name": "made-2026", "standing": "agreed"},
        "campaigns:request-comment": {"text": "Said."},
        "campaigns:request-priority": {"priority": "3"},
        "campaigns:view-save": {"name": "mine", "query": "state=open"},
        "campaigns:request-autosave": {"version": world.request.version, "content": content},
        "campaigns:request-check": {"content": content},
        "campaigns:request-beside": {"content": content},
        "campaigns-api:request-list": {"content": content},
        "campaigns-api:request-detail": {"version": world.request.version, "content": content},
        "campaigns-api:campaign-list": {"name": "new-2026"},
        "campaigns-api:campaign-justin-campaigns": {"justin_campaign_id": 77},
        "campaigns-api:campaign-workflows": {"workflow_id": 77},
        "campaigns:file-new": {"name": "other.jobscript", "kind": "jobscript", "text": "lar", "version": "0"},
        "campaigns:file-withdraw": {"reason": "Why."},
        "campaigns-api:campaign-jobscripts": {"name": "other.jobscript", "text": "lar", "version": 0},
        "campaigns-api:campaign-plan": lbl2() | {"version": 0},
        "campaigns-api:campaign-plan-draft": {"n_files": 20, "files_per_workflow": 5},
        "campaigns:plan-report": {"row": "r1", "workflow": "3206"},
        "campaigns:plan-unreport": {"reason": "Wrong row."},
        "campaigns:plan-tokens": {"name": "mine", "days": "7"},
        "campaigns-api:plan-reports": {"row": "r1", "workflow_id": 3206},
        "campaigns-api:plan-report": {"reason": "Wrong row."},
        "campaigns-api:log": {"body": "Seen.", "kind": address.kwargs.get("kind", "note")},
        "campaigns-api:log-entry": {"version": 1, "body": "Seen better."},
        "campaigns-api:log-amend": {"body": "Seen again."},
        "campaigns-api:log-strike": {"reason": "Seen elsewhere."},
        "campaigns:log-write": {"kind": "note", "body": "Seen."},
        "campaigns:log-reply": {"body": "Seen."},
        "campaigns:log-edit": {"body": "Seen better.", "base": 1},
        "campaigns:log-amend": {"body": "Seen again."},
        "campaigns:log-strike": {"reason": "Seen elsewhere."},
        "campaigns:log-draft": {"about": "new", "version": 0, "content": {"body": "Seen"}},
        "campaigns:log-read": {"number": 1},
        "campaigns:log-watch": {"what": "own", "way": "digest"},
        **bodies_of_steps(world, address),
        "campaigns:check-record": {"body": "Seen."},
        "campaigns:campaign-checks": {"is_wanted": "wanted", "n_first_days": "3"},
        "campaigns:handover-write": {"body": "All is well."},
        "campaigns-api:campaign-checks": {"nothing_new": True},
        **bodies_of_meetings(coming),
        "mail-choose": {"mail": "never"},
        "zone-choose": {"time_zone": "Europe/Zurich"},
        "token-create": {"days": "7"},
    }
    return bodies.get(address.name, {})


def bodies_of_meetings(day: date) -> dict[str, dict[str, Any]]:
    clock = {"begins": "16:00", "time_zone": "Europe/Zurich", "n_minutes": "60"}
    meeting = {"title": "Production meeting", "on": day.isoformat(), **clock}
    series = {
        "name": "Operations",
        "weekday": "2",
        "every_weeks": "1",
        "from_on": day.isoformat(),
        "is_active": "goes-on",
        **clock,
    }
    return {
        "campaigns:meeting-new": meeting,
        "campaigns:meeting-edit": meeting,
        "campaigns:meeting-series-new": series,
        "campaigns:meeting-series": series,
        "campaigns:meeting-cancel": {"reason": "Holiday."},
        "campaigns:meeting-minutes": {"text": "Present: all.", "version": "0"},
        "campaigns:meeting-item-add": {"title": "Disk at FNAL"},
        "campaigns:meeting-item-edit": {"title": "Disk at FNAL"},
        "campaigns-api:meeting-items": {"title": "Disk at FNAL"},
        "campaigns:meeting-action-edit": {"text": "Ask again"},
    }


def bodies_of_steps(world: World, address: Address) -> dict[str, dict[str, Any]]:
    sign_off = {}
    if "team" in address.kwargs:
        seen = stands(world.campaign, address.kwargs["step"]).print.fingerprint
        sign_off = {"team": address.kwargs["team"], "verdict": "approve", "revision": seen, "comment": ""}
    reason = {"reason": "Why."}
    return {
        "campaigns:step-sign": sign_off,
        "campaigns:step-reopen": reason,
        "campaigns:unavailable-waive": reason,
        "campaigns:workflow-attach": {"other": "3206", "use": "main"},
        "campaigns:feedback-give": {"verdict": "yes"},
        "campaigns:feedback-skip": reason,
        "campaigns:evidence-add": {"text": "Seen."},
        "campaigns:decision-record": {"verdict": "agreed"},
        "campaigns:criterion-waive": reason,
        "campaigns:template-move": {"template": "1"},
        "campaigns:alert-close": reason,
        "campaigns-api:step-sign-offs": sign_off,
        "campaigns-api:step-reopen": reason,
        "campaigns-api:step-workflows": {"workflow_id": 3206},
        "campaigns-api:step-feedback": {"verdict": "yes"},
        "campaigns-api:step-feedback-skip": reason,
        "campaigns-api:criterion-evidence": {"text": "Seen."},
        "campaigns-api:criterion-decision": {"agreed": True},
        "campaigns-api:criterion-waive": reason,
    }


AS_JSON = ("campaigns-api:", "campaigns:request-autosave", "campaigns:request-check", "campaigns:request-beside")


def ask(world: World, address: Address, reader: Reader, path: str) -> int:
    """The status of the answer; nothing that was done stays. A redirect to the log-in page counts as 401."""
    client = client_of(world, reader)
    with undone():
        if address.method == "GET":
            answer = client.get(path)
        elif address.name.startswith(AS_JSON) or address.name == "campaigns:log-draft":
            body = json.dumps(body_of(world, address))
            answer = client.generic(address.method, path, body, content_type="application/json")
        else:
            answer = client.post(path, body_of(world, address))
    if answer.status_code == 302 and "/login/" in answer.headers["Location"]:
        return 401
    return answer.status_code


def routes(resolver: URLResolver, space: str = "", before: str = "") -> list[tuple[str, str, set[str]]]:
    found = []
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found += routes(pattern, inner, path)
        elif isinstance(pattern, URLPattern):
            found.append((f"{space}{pattern.name}", path, set(pattern.pattern.converters)))
    return found


ROUTES = routes(get_resolver())
PARTS = {name: parts for name, _path, parts in ROUTES}
OURS = sorted({name for name, _path, _parts in ROUTES if not name.startswith(FOREIGN) and name not in NO_PAGES})
CLAIMED = {(address.method, address.name) for action in ACTIONS for address in action.addresses}


def each_address() -> list[Any]:
    return [
        pytest.param(action, address, id="-".join([address.method, address.name, *address.kwargs.values(), action.state]))
        for action in ACTIONS
        for address in action.addresses
    ]


def readers() -> list[Reader]:
    """All of them. Who may do what is no matter of the database: on a second one those ask who may least, some and all."""
    if connection.vendor == "sqlite":
        return list(READERS)
    return [reader for reader in READERS if reader.key in ("anonymous", "on_shift", "administrator")]


@pytest.mark.parametrize(("action", "address"), each_address())
def test_every_reader_may_at_every_address_what_the_table_says(
    world: World, settings: Any, action: Action, address: Address
) -> None:
    in_state(world, action.state)
    if action.step:
        in_step(world, action.step)
    wrong = []
    shared = "" if is_own(address) else path_of(world, address, None)
    for reader in readers():
        with undone():
            path = shared or path_of(world, address, world.people.get(reader.key))
            for public_read in (True, False):
                settings.PUBLIC_READ = public_read
                status = ask(world, address, reader, path)
                is_refused = status in (401, 403, 404)
                assert status < 500, f"{reader.key}: {status}"
                assert status != 405, f"{reader.key}: the address takes no {address.method}"
                if is_refused == action.is_allowed(reader, public_read=public_read):
                    wrong.append(f"{reader.key}, PUBLIC_READ={public_read}: answers {status}")
    assert not wrong, f"{action.name}, {address.method} {address.name}:\n" + "\n".join(wrong)


def test_every_address_of_the_portal_is_in_the_table():
    assert {name for name in OURS if not name.startswith("admin:")} - {name for _method, name in CLAIMED} == set()


@pytest.mark.parametrize("name", OURS)
def test_every_way_to_send_something_to_an_address_is_in_the_table(world, name):
    """An address that takes more than reading, for whoever may do all, must be claimed with that method."""
    everything = next(reader for reader in READERS if reader.key == "administrator")
    move = {"move": "present"} if name == "campaigns:request-move" else {}
    path = path_of(world, Address("POST", name, move), world.people["administrator"])
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        client = client_of(world, everything)
        with undone():
            status = client.generic(method, path, "{}", content_type="application/json").status_code
        # function views that name no methods of their own answer PUT and the like as they answer GET
        takes_it = status != 405 and (method == "POST" or name.startswith("campaigns-api:"))
        if takes_it:
            assert (method, name) in CLAIMED, f"{method} {name} answers {status} and is in no row of the table"


def test_every_move_of_a_request_is_a_row():
    moves = {address.kwargs["move"] for action in ACTIONS for address in action.addresses if "move" in address.kwargs}
    assert moves == set(MOVES)


def test_the_document_is_up_to_date():
    out = StringIO()
    call_command("permission_table", "--check", stdout=out)
    assert "up to date" in out.getvalue()


def test_a_document_that_differs_is_noticed_and_left_alone(tmp_path, monkeypatch):
    old = tmp_path / "permissions.md"
    old.write_text("Everybody may do everything.\n")
    monkeypatch.setattr(permission_table, "PATH", old)
    with pytest.raises(CommandError, match="out of date"):
        call_command("permission_table", "--check")
    assert old.read_text() == "Everybody may do everything.\n"
    call_command("permission_table", stdout=StringIO())
    assert "| Make a campaign |" in old.read_text()


def test_a_shifter_by_role_alone_sets_up_no_campaign_and_an_ended_appointment_counts_no_more(world):
    on_shift, coordinator = world.people["on_shift"], world.people["coordinator"]
    appointment = world.campaign.appointments.get(user=on_shift)
    appointment.from_on -= timedelta(days=3)
    appointment.save()
    path = reverse("campaigns:campaign-work", args=[world.campaign.slug])
    client = client_of(world, next(reader for reader in READERS if reader.key == "on_shift"))
    assert client.post(path, {"jobscript_reference": "a"}).status_code == 302
    campaign_services.end_appointment(appointment, actor=coordinator, until_on=timezone.localdate() - timedelta(days=1))
    assert client.post(path, {"jobscript_reference": "b"}).status_code == 403
    world.campaign.refresh_from_db()
    assert Role.SHIFTERS in on_shift.groups.values_list("name", flat=True)
    assert watch_justin_campaign(world.campaign, 402, actor=coordinator)[1] is False
