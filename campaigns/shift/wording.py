"""How checks are written: in the log, on pages, in messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from campaigns.models import Alert, Check
from campaigns.shift.points import Point
from campaigns.shift.standing import Look
from campaigns.shift.windows import Window
from monitoring.models import Workflow
from portal.templatetags.portal_format import column_time
from portal.zones import day_in_words, time_of_day

NOTHING_NEW = "Nothing new."
MARKS = re.compile(r"([\\`*\[\]<>])")


def check_title(name: str) -> str:
    """Morning check."""
    return f"{name[:1].upper()}{name[1:]} check"


def window_words(window: Window, zone: ZoneInfo, now: datetime) -> str:
    """When it opens, for a sentence: "from 06:00 Europe/Zurich", with its day where that is not today."""
    day = day_in_words(window.opens_at, zone, now)
    return f"from {time_of_day(window.opens_at, zone)}" + ("" if day == "today" else f", {day}")


def due_by(closes_at: datetime, zone: ZoneInfo) -> str:
    """For a pill: "due by 22:00 Europe/Zurich"."""
    return f"due by {time_of_day(closes_at, zone)}"


def which_check(check: Check, zone: ZoneInfo, now: datetime) -> str:
    """For a sentence: "morning check of yesterday"."""
    return f"{check.name} check of {day_in_words(check.opens_at, zone, now)}"


def body_of(window: Window, found: Look, text: str, now: datetime) -> str:
    """The entry's Markdown: what the person makes of it, then each point as it was answered, with the age of the numbers."""
    said = text or NOTHING_NEW
    lines = [f"- {_in_markdown(point)}" for point in found.points]
    as_of = found.seen.as_of
    age = f"Numbers as of {column_time(as_of)} UTC." if as_of else "It is not known how old these numbers are."
    late = " Recorded after the window had closed." if now >= window.closes_at else ""
    return "\n\n".join([said, "\n".join(lines), f"{age}{late}"])


def prefilled(points: Iterable[Point]) -> str:
    """With what the text of a check opens where something is new: a line for each, to be finished."""
    return "\n".join(f"{point.question.rstrip('?')}: {_linked(point, point.words)}. " for point in points if point.is_new)


def _in_markdown(point: Point) -> str:
    words = _linked(point, MARKS.sub(r"\\\1", point.words))
    question = MARKS.sub(r"\\\1", point.question)
    return f"{question} **{words}**" if point.is_new else f"{question}: {words}".replace("?:", "?")


def _linked(point: Point, words: str) -> str:
    """With the workflows that it names as #3221, which the log makes links of."""
    for number in point.about:
        words = re.sub(rf"(?<![\d#,]){number}(?![\d,]\d)(?!\d)", f"#{number}", words, count=1)
    return words


def handover_draft(running: Iterable[Workflow], alerts: Iterable[Alert], last: Check | None) -> str:
    """With what a handover opens: what runs, what is open, the last check; the sense of it is the shifter's."""
    workflows = [f"- #{one.justin_id} {one.state or 'in an unknown state'}{_files(one)}" for one in running]
    wrong = [f"- {alert.title}" for alert in alerts]
    check = (
        f"Last check: {last.name}, entry {last.entry.number}."
        if last is not None and last.entry
        else "No check was recorded yet."
    )
    parts = ["What to look after: ", "Running:\n" + "\n".join(workflows) if workflows else "Nothing runs."]
    return "\n\n".join([*parts, *(["Open alerts:\n" + "\n".join(wrong)] if wrong else []), check])


def _files(one: Workflow) -> str:
    if one.files_total is None or one.files_processed is None:
        return ", files not known"
    if one.files_total == 0 and not one.is_finished:  # what justIN says until it has looked for them
        return ", files not found yet"
    return f", {one.files_processed:,} of {one.files_total:,} files"
