"""Actions on a meeting as a whole: plan one, change or move it, cancel it, let it take place after all, write its minutes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from campaigns.meetings.acting import (
    LONGEST_REASON,
    change_seen,
    check_runs,
    check_takes_place,
    check_time,
    happened,
    held,
    line,
    paragraphs,
)
from campaigns.meetings.decided import n_decided
from campaigns.models import Appointment, Campaign, ItemState, Meeting, MeetingState, MeetingVerb
from portal.errors import Conflict, Invalid
from portal.models import User
from portal.notices import tell
from portal.wording import counted
from portal.zones import moment_of, zone_named

LONGEST_MINUTES = 60_000
FIELDS = ("title", "on", "begins", "time_zone", "n_minutes", "where")
OF_TIME = frozenset({"on", "begins", "time_zone"})


class NewerMinutes(Conflict):
    """Somebody wrote the minutes since; `text` is what they say now, `version` its number."""

    def __init__(self, meeting: Meeting) -> None:
        by = f"{meeting.changed_by} wrote" if meeting.changed_by else "Somebody wrote"
        super().__init__(
            f"{by} the minutes in the meantime. What they say now stands below; save again to put yours in its place."
        )
        self.text, self.version = meeting.minutes, meeting.minutes_version


def plan_meeting(values: Mapping[str, Any], *, actor: User) -> Meeting:
    """A meeting of no series; also one that was held, so that its decisions have a page. `values` are those of FIELDS."""
    check_runs(actor)
    meeting = Meeting(is_edited=True, changed_by=actor)
    _put(meeting, _checked(values))
    with transaction.atomic():
        meeting.save()
        happened(meeting, MeetingVerb.PLANNED, actor)
    return meeting


def change_meeting(
    meeting: Meeting,
    values: Mapping[str, Any],
    *,
    actor: User,
    reason: str = "",
    seen: Mapping[str, Any] | None = None,
) -> list[str]:
    """Change those of FIELDS that are given; with another time it is moved. Returns the labels of what changed. `seen`: as the
    person had it before their eyes.
    """
    check_runs(actor)
    reason = paragraphs(reason, "reason", LONGEST_REASON)
    with held(meeting) as now:
        check_takes_place(meeting)
        old = shown(meeting)
        new = _checked(old | dict(values))
        changes = change_seen(old, new, seen)
        if not changes:
            return []
        is_moved = not OF_TIME.isdisjoint(one["field"] for one in changes)
        if is_moved:
            _check_may_move(meeting, now)
        was_at = meeting.starts_at
        _put(meeting, new)
        if is_moved:
            meeting.reason = reason
        _save(meeting, actor, now)
        happened(meeting, MeetingVerb.CHANGED, actor, reason, changes=changes)
        if is_moved and max(was_at, meeting.starts_at) > now:
            when = f"{meeting.starts_at.astimezone(zone_named(meeting.time_zone)):%A %Y-%m-%d at %H:%M} {meeting.time_zone}"
            _tell(meeting, actor, f"{meeting.title} is moved to {when}", reason)
    return [one["label"] for one in changes]


def cancel_meeting(meeting: Meeting, *, actor: User, reason: str) -> Meeting:
    """It does not take place. Its page and agenda stay; it can be undone."""
    check_runs(actor)
    reason = paragraphs(reason, "reason", LONGEST_REASON)
    if not reason:
        raise Invalid("Say why; it stands on the meeting's page and in calendars.", field="reason")
    with held(meeting) as now:
        if meeting.is_cancelled:
            raise Conflict(f"{meeting.changed_by or 'The portal'} cancelled it at {meeting.changed_at:%Y-%m-%d %H:%M} UTC.")
        _check_nothing_recorded(meeting, "be cancelled")
        meeting.state, meeting.reason = MeetingState.CANCELLED, reason
        _save(meeting, actor, now)
        happened(meeting, MeetingVerb.CANCELLED, actor, reason)
        if meeting.ends_at > now:
            _tell(meeting, actor, f"{meeting} is cancelled", reason)
    return meeting


def restore_meeting(meeting: Meeting, *, actor: User) -> Meeting:
    """A meeting that was cancelled takes place after all, at its time."""
    check_runs(actor)
    with held(meeting) as now:
        if not meeting.is_cancelled:
            raise Conflict(f"{meeting} is not cancelled.")
        meeting.state, meeting.reason = MeetingState.PLANNED, ""
        _save(meeting, actor, now)
        happened(meeting, MeetingVerb.RESTORED, actor)
        if meeting.ends_at > now:
            _tell(meeting, actor, f"{meeting} takes place after all", "")
    return meeting


def write_minutes(meeting: Meeting, *, actor: User, text: str, version: int) -> Meeting:
    """Let the minutes say this. `version` is the one the person began from; NewerMinutes when there is another by now. Every
    version stays in the history.
    """
    check_runs(actor)
    text = paragraphs(text, "text", LONGEST_MINUTES)
    with held(meeting) as now:
        check_takes_place(meeting)
        if version != meeting.minutes_version:
            raise NewerMinutes(meeting)
        if text == meeting.minutes:
            return meeting
        meeting.minutes, meeting.minutes_version = text, version + 1
        meeting.changed_at, meeting.changed_by, meeting.is_edited = now, actor, True
        meeting.save()
        happened(meeting, MeetingVerb.MINUTES_WRITTEN, actor, minutes=text, version=meeting.minutes_version)
    return meeting


def shown(meeting: Meeting) -> dict[str, Any]:
    """The meeting as its form shows it: day and time by its own clock."""
    here = meeting.starts_at.astimezone(zone_named(meeting.time_zone))
    return {
        "title": meeting.title, "on": here.date(), "begins": here.time(), "time_zone": meeting.time_zone,
        "n_minutes": meeting.n_minutes, "where": meeting.where,
    }  # fmt: skip


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: values[name] for name in FIELDS}
    found["title"] = line(found["title"], "title", "Give the meeting a title, for example Production meeting.", 100)
    found["where"] = line(found["where"], "where", "", 500, needed=False)
    check_time(found)
    return found


def _put(meeting: Meeting, values: Mapping[str, Any]) -> None:
    meeting.title, meeting.where = values["title"], values["where"]
    starts_at = moment_of(values["on"], values["begins"], zone_named(values["time_zone"])).astimezone(UTC)
    meeting.set_time(starts_at, values["n_minutes"], values["time_zone"])


def _save(meeting: Meeting, actor: User, now: datetime) -> None:
    """As calendars see it, it changed."""
    meeting.changed_at, meeting.changed_by, meeting.is_edited = now, actor, True
    meeting.sequence += 1
    meeting.save()


def _check_may_move(meeting: Meeting, now: datetime) -> None:
    if meeting.has_begun(now):
        _check_nothing_recorded(meeting, "be moved")


def _check_nothing_recorded(meeting: Meeting, what: str) -> None:
    """A meeting whose day decisions name, or that has minutes, was held then."""
    if meeting.minutes:
        raise Conflict(f"It has minutes, so it was held and cannot {what}.")
    n = n_decided(meeting.held_on)
    others = Meeting.objects.taking_place().filter(held_on=meeting.held_on).exclude(pk=meeting.pk)
    if n and not others.exists():
        says = "names" if n == 1 else "name"
        raise Conflict(f"{counted(n, 'decision')} {says} its day, {meeting.held_on.isoformat()}, so it cannot {what}.")


def _tell(meeting: Meeting, actor: User, subject: str, text: str) -> None:
    """Who put something on its agenda, and who is on shift that day."""
    tell((user for user in _concerned(meeting) if user.pk != actor.pk), subject, text, path=meeting.get_absolute_url())


def _concerned(meeting: Meeting) -> Iterable[User]:
    day = meeting.held_on
    on_shift = Appointment.objects.filter(Q(until_on=None) | Q(until_on__gte=day), from_on__lte=day)
    on_shift = on_shift.filter(campaign__in=Campaign.objects.active()).exclude(until_on__lt=F("from_on"))
    proposed = meeting.items.filter(state=ItemState.OPEN)
    return User.objects.filter(Q(pk__in=on_shift.values("user")) | Q(pk__in=proposed.values("added_by")), is_active=True)
