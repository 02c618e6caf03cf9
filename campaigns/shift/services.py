"""Actions of people on checks: record one, say when they are due. Each checks role and input and writes everything in one
transaction that holds the campaign's row, or raises portal.errors.Refused and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from campaigns.log.services import Files, write_entry
from campaigns.models import Campaign, CampaignEvent, CampaignVerb, Check, CheckSchedule, CheckState, EntryKind, LogEntry
from campaigns.rules import can_set_up
from campaigns.shift.due import ACTIVE, Dues, checks_around, dues_of, schedule_row, slots_of, windows_ahead
from campaigns.shift.settling import settle_held
from campaigns.shift.standing import Look, keep_standing, look_now
from campaigns.shift.windows import LONGEST_FIRST_DAYS, Window, WrongSlots, kept_slots, read_slots, write_slots
from campaigns.shift.wording import body_of, window_words
from campaigns.steps.refreshing import refresh
from campaigns.steps.rules import can_work
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from portal.wording import listed
from portal.zones import zone_names, zone_of

RECORDING = "Checks of {campaign} are recorded by its shifters and coordinators. Ask a coordinator to appoint you."
MOST_REFERENCES = 50
LONGEST_TEXT = 20_000
LABELS = {
    "is_wanted": "checks",
    "time_zone": "time zone of checks",
    "slots": "windows of checks",
    "first_slots": "windows of checks in the first days",
    "n_first_days": "number of first days",
}


def record_check(
    campaign: Campaign,
    *,
    actor: User,
    text: str = "",
    nothing_new: bool = False,
    files: Files = (),
    token_name: str = "",
    now: datetime | None = None,
) -> Check:
    """Record the check that is due, or make good the one that was missed last, with the numbers as they are now.

    `nothing_new`: refused with Conflict when something is. Without it a `text` must say what the person makes of what is new.
    Of two who record at once the second is told who was first.
    """
    check_recorder(actor, campaign)
    now = now or timezone.now()
    text = text.replace("\0", "").strip()
    if len(text) > LONGEST_TEXT:
        raise Invalid(f"It has {len(text):,} characters; use at most {LONGEST_TEXT:,}, or a file.", field="text")
    with transaction.atomic():
        campaign.refresh_from_db(from_queryset=Campaign.objects.select_for_update())
        settle_held(campaign, now)
        dues = dues_now(campaign, now)
        if dues.open is None and dues.late is None:
            raise Conflict(why_not_due(campaign, dues, actor, now))
        found = look_now(campaign, now)
        if dues.late is None and not found.seen.workflows:
            raise Conflict(f"Nothing of {campaign} runs, so no check of it is due.")
        _check_said(found, text, nothing_new)
        check = _record(campaign, dues, found, actor, text, files, token_name, now)
        keep_standing(campaign, now)
        refresh(campaign, now)
    return check


def check_recorder(actor: User, campaign: Campaign) -> None:
    """Raises NotAllowed where a person may not record checks."""
    if not can_work(actor, campaign):
        raise NotAllowed(RECORDING.format(campaign=campaign))


def dues_now(campaign: Campaign, now: datetime) -> Dues:
    """What its clock says, as recording a check sees it. Four queries at most."""
    return dues_of(windows_ahead(campaign, schedule_row(campaign), now), checks_around(campaign, now), now)


def why_not_due(campaign: Campaign, dues: Dues, actor: User | None, now: datetime) -> str:
    """Why there is nothing to record, in words."""
    zone = zone_of(actor)
    if campaign.status not in ACTIVE:
        return f"{campaign} is {campaign.get_status_display()}; no check of it is due any more."
    following = f" The next is due {window_words(dues.next, zone, now)}." if dues.next else ""
    one = dues.checked
    if one is not None and one.at is not None and one.entry is not None:
        at = f"{one.at.astimezone(zone):%H:%M} {zone.key}"
        return f"{one.by} recorded the {one.name} check at {at} (entry {one.entry.number}).{following}"
    return f"No check of {campaign} is due now.{following}" if following else f"No check of {campaign} is due."


def _check_said(found: Look, text: str, nothing_new: bool) -> None:
    new = [point for point in found.points if point.is_new]
    if not new or (text and not nothing_new):
        return
    said = listed(f"{point.question.rstrip('?').lower()}: {point.words}" for point in new)
    if nothing_new:
        raise Conflict(f"Something is new since the last check: {said}. Say what you make of it.")
    raise Invalid(f"Say what you make of what is new: {said}.", field="text")


def _record(
    campaign: Campaign, dues: Dues, found: Look, actor: User, text: str, files: Files, token_name: str, now: datetime
) -> Check:
    window = dues.open or _window_of(dues.late)
    nothing_new = not found.is_new and not text
    points = [point.as_json() for point in found.points]
    about = [number for point in found.points if point.state != "ok" or point.is_new for number in point.about]
    sites = [("site", bad.site) for bad in found.seen.bad_sites]
    entry = write_entry(
        campaign, actor=actor, kind=EntryKind.CHECK, body=body_of(window, found, text, now), files=files, happened_at=now,
        token_name=token_name, workflows=list(dict.fromkeys(about))[:MOST_REFERENCES],
        references=list(dict.fromkeys(sites))[:MOST_REFERENCES],
        data={"check": {
            "name": window.name, "opens_at": window.opens_at.isoformat(), "closes_at": window.closes_at.isoformat(),
            "nothing_new": nothing_new, "is_late": now >= window.closes_at, "points": points,
        }},
    )  # fmt: skip
    return _keep(campaign, dues, found, entry, now, nothing_new=nothing_new)


def adopt_entry(entry: LogEntry) -> Check | None:
    """Let an entry of kind check that somebody wrote straight into the log be the check that is due, if one is, with the
    numbers as they are now. In the transaction that wrote the entry and holds the campaign's row.
    """
    campaign, now = entry.campaign, timezone.now()
    if entry.author is None or not can_work(entry.author, campaign):
        return None
    settle_held(campaign, now)
    dues = dues_now(campaign, now)
    if dues.open is None and dues.late is None:
        return None
    found = look_now(campaign, now)
    if dues.late is None and not found.seen.workflows:
        return None
    check = _keep(campaign, dues, found, entry, now, nothing_new=False)
    keep_standing(campaign, now)
    return check


def _keep(campaign: Campaign, dues: Dues, found: Look, entry: LogEntry, now: datetime, *, nothing_new: bool) -> Check:
    """The row of a check whose entry is written: a new one, or that of the window that was missed."""
    values = {
        "state": CheckState.DONE, "by": entry.author, "at": now, "entry": entry, "nothing_new": nothing_new,
        "numbers": found.seen.as_json(), "points": [point.as_json() for point in found.points],
    }  # fmt: skip
    if dues.open is None and dues.late is not None:
        Check.objects.filter(pk=dues.late.pk).update(**values)
        return Check.objects.select_related("entry", "by").get(pk=dues.late.pk)
    window = dues.open or _window_of(dues.late)
    return Check.objects.create(
        campaign=campaign, name=window.name, opens_at=window.opens_at, closes_at=window.closes_at, opens_on=window.opens_on,
        time_zone=window.zone, **values,
    )  # fmt: skip


def _window_of(check: Check | None) -> Window:
    assert check is not None
    return Window(check.name, check.opens_at, check.closes_at, check.time_zone)


# --- when checks are due ---


def set_schedule(
    campaign: Campaign,
    *,
    actor: User,
    is_wanted: bool,
    time_zone: str,
    slots: str,
    first_slots: str,
    n_first_days: int,
    seen: Mapping[str, str] | None = None,
) -> list[str]:
    """Say when checks are due from now on; what closed before stays judged by the old windows. Windows are written as people
    write them. Returns the labels of what changed. `seen`: as the person had it before their eyes, see `schedule_shown`.
    """
    if not can_set_up(actor, campaign):
        raise NotAllowed(f"When checks of {campaign} are due is set by its shifters and coordinators.")
    if time_zone and time_zone not in zone_names():
        raise Invalid("Choose a time zone of the list, or that of whoever is on shift.", field="time_zone")
    if not 0 <= n_first_days <= LONGEST_FIRST_DAYS:
        raise Invalid(f"Give a number of days from 0 to {LONGEST_FIRST_DAYS}.", field="n_first_days")
    values: dict[str, Any] = {"is_wanted": is_wanted, "time_zone": time_zone, "n_first_days": n_first_days}
    for name, text in (("slots", slots), ("first_slots", first_slots)):
        try:
            values[name] = kept_slots(read_slots(text)) if text.strip() else []
        except WrongSlots as wrong:
            raise Invalid(str(wrong), field=name) from wrong
    with transaction.atomic():
        campaign.refresh_from_db(from_queryset=Campaign.objects.select_for_update())
        now = timezone.now()
        settle_held(campaign, now)
        row = CheckSchedule.objects.get(campaign=campaign)
        before = schedule_shown(row)
        other = next((name for name, was in (seen or {}).items() if name in before and before[name] != was), None)
        if other is not None:
            raise Conflict(f"Somebody set the {LABELS[other]} to “{before[other] or 'nothing'}” in the meantime.", field=other)
        for name, value in values.items():
            setattr(row, name, value)
        after = schedule_shown(row)
        changes = [
            {"field": f"checks-{name}", "label": LABELS[name], "old": before[name], "new": after[name]}
            for name in before
            if before[name] != after[name]
        ]
        if changes:
            row.save(update_fields=list(values))
            CampaignEvent.objects.create(
                campaign=campaign, verb=CampaignVerb.CHANGED, actor=actor, note="when checks are due", data={"changes": changes}
            )
            keep_standing(campaign, now)
    return [one["label"] for one in changes]


def schedule_shown(row: CheckSchedule) -> dict[str, str]:
    """Each setting as history and forms show it."""
    slots, first_slots = slots_of(row)
    return {
        "is_wanted": "wanted" if row.is_wanted else "not wanted",
        "time_zone": row.time_zone,
        "slots": write_slots(slots),
        "first_slots": write_slots(first_slots),
        "n_first_days": str(row.n_first_days),
    }
