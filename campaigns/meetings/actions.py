"""What people took on at a meeting: noted by coordinators, done by whoever is responsible."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime

from campaigns.meetings.acting import EARLIEST, LATEST, check_runs, check_takes_place, happened, held, in_words, line
from campaigns.meetings.rules import can_finish
from campaigns.models import Campaign, Meeting, MeetingAction, MeetingVerb
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from portal.notices import tell
from portal.roles import Role, has_role

LONGEST = 500
MOST_ACTIONS = 100


def add_action(
    meeting: Meeting,
    *,
    actor: User,
    text: str,
    responsible: User,
    due_on: date | None = None,
    campaign: Campaign | None = None,
) -> MeetingAction:
    """Note what somebody does until when; that person is told."""
    check_runs(actor)
    text = _checked(text, responsible, due_on)
    with held(meeting) as now:
        check_takes_place(meeting)
        if (n := meeting.actions.count()) >= MOST_ACTIONS:
            raise Conflict(f"The meeting has {n} actions already.")
        action = MeetingAction.objects.create(
            meeting=meeting, text=text, responsible=responsible, due_on=due_on, campaign=campaign, added_by=actor, added_at=now
        )
        happened(meeting, MeetingVerb.ACTION_ADDED, actor, text, responsible=responsible.username)
        _tell(action, actor)
    return action


def change_action(
    action: MeetingAction,
    *,
    actor: User,
    text: str,
    responsible: User,
    due_on: date | None = None,
    campaign: Campaign | None = None,
) -> MeetingAction:
    """Let an open action say something else; whoever is responsible from now on is told."""
    check_runs(actor)
    text = _checked(text, responsible, due_on)
    with _held_action(action):
        if not action.is_open:
            raise Conflict(f"{action.done_by} did it at {action.done_at:%Y-%m-%d %H:%M} UTC.")
        pairs = [
            ("text", "", action.text, text),
            ("responsible", "responsible", action.responsible.username, responsible.username),
            ("due_on", "due", in_words("due_on", action.due_on), in_words("due_on", due_on)),
            ("campaign", "campaign", str(action.campaign or "none"), str(campaign or "none")),
        ]
        changes = [{"field": f, "label": label, "old": old, "new": new} for f, label, old, new in pairs if old != new]
        if not changes:
            return action
        is_new = action.responsible_id != responsible.pk
        action.text, action.responsible, action.due_on, action.campaign = text, responsible, due_on, campaign
        action.save()
        happened(action.meeting, MeetingVerb.ACTION_CHANGED, actor, text, changes=changes)
        if is_new:
            _tell(action, actor)
    return action


def finish_action(action: MeetingAction, *, actor: User, outcome: str = "") -> MeetingAction:
    """It is done; `outcome` may say what came of it."""
    _check_may_finish(action, actor)
    outcome = line(outcome, "outcome", "", LONGEST, needed=False)
    with _held_action(action) as now:
        if not action.is_open:
            raise Conflict(f"{action.done_by} did it at {action.done_at:%Y-%m-%d %H:%M} UTC.")
        action.done_at, action.done_by, action.outcome = now, actor, outcome
        action.save(update_fields=["done_at", "done_by", "outcome"])
        happened(action.meeting, MeetingVerb.ACTION_DONE, actor, action.text, outcome=outcome)
    return action


def reopen_action(action: MeetingAction, *, actor: User) -> MeetingAction:
    """It is not done after all."""
    _check_may_finish(action, actor)
    with _held_action(action):
        if action.is_open:
            raise Conflict("It is open.")
        action.done_at, action.done_by, action.outcome = None, None, ""
        action.save(update_fields=["done_at", "done_by", "outcome"])
        happened(action.meeting, MeetingVerb.ACTION_REOPENED, actor, action.text)
    return action


@contextmanager
def _held_action(action: MeetingAction) -> Iterator[datetime]:
    """The action, read anew, under its meeting's row."""
    with held(action.meeting) as now:
        action.refresh_from_db()
        yield now


def _check_may_finish(action: MeetingAction, actor: User) -> None:
    if not can_finish(actor, action):
        raise NotAllowed(f"{action.responsible} is responsible for it; coordinators may say that it is done, too.")


def _checked(text: str, responsible: User, due_on: date | None) -> str:
    if not (responsible.is_active and has_role(responsible, *Role)):
        raise Invalid(f"{responsible} holds no role in the portal; choose somebody who does.", field="responsible")
    if due_on is not None and not EARLIEST <= due_on < LATEST:
        raise Invalid(f"{due_on.isoformat()} cannot be; check the year.", field="due_on")
    return line(text, "text", "Say what is to be done.", LONGEST)


def _tell(action: MeetingAction, actor: User) -> None:
    if action.responsible_id != actor.pk:
        due = f" Due {action.due_on.isoformat()}." if action.due_on else ""
        where = f"{action.meeting.get_absolute_url()}#actions"
        tell([action.responsible], f"You took on: {action.text}", f"Noted at {action.meeting}.{due}", path=where)
