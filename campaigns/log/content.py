"""What is written into the log, checked and put into shape. Pure but for the questions whether a step or a meeting exists."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from django.utils import timezone

from campaigns.meetings.reading import why_no_meeting
from campaigns.models import Campaign, EntryKind, ReferenceKind, StepStanding
from portal.errors import Invalid
from portal.markdown import numbers_mentioned
from portal.wording import plain

LONGEST_BODY = 60_000
LONGEST_REASON = 5_000
MOST_TAGS = 20
MOST_REFERENCES = 200
LARGEST_ID = 2**31 - 1
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=10)  # clocks of machines differ
TAG = re.compile(r"\w[\w.+/-]{0,39}")
MARKUP = re.compile(r"[\\`*\[\]<>#!|~@&]|(?<!\w)_|_(?!\w)")
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
CRITERION = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")

Reference = tuple[str, str]  # kind and value


def checked_body(text: str, *, with_files: bool = False) -> str:
    """The text with line breaks of one kind and without what no database keeps. Raises Invalid when empty or endless."""
    text = plain(text)
    if not text:
        raise Invalid("Write something; a file needs a word on what it is." if with_files else "Write something.", field="body")
    if len(text) > LONGEST_BODY:
        raise Invalid(f"It has {len(text):,} characters; use at most {LONGEST_BODY:,}, or a file.", field="body")
    return text


def checked_reason(text: str) -> str:
    text = plain(text)
    if not text:
        raise Invalid("Give a reason; it stays beside the entry.", field="reason")
    if len(text) > LONGEST_REASON:
        raise Invalid(f"It has {len(text):,} characters; use at most {LONGEST_REASON:,}.", field="reason")
    return text


def checked_kind(kind: str) -> EntryKind:
    """Raises Invalid for a kind there is none of, and for that of machines."""
    if kind not in EntryKind.values or kind == EntryKind.MACHINE:
        known = ", ".join(value for value in EntryKind.values if value != EntryKind.MACHINE)
        raise Invalid(f"There is no kind {str(kind)[:40]}; choose {known}.", field="kind")
    return EntryKind(kind)


def checked_time(at: datetime | None, now: datetime | None = None) -> datetime:
    """When it happened; now unless given. A time without a zone is UTC."""
    now = now or timezone.now()
    if at is None:
        return now
    at = at if timezone.is_aware(at) else at.replace(tzinfo=UTC)
    if at > now + AHEAD:
        raise Invalid(f"{at:%Y-%m-%d %H:%M} UTC is still to come; give the time when it happened.", field="happened_at")
    if at < EARLIEST:
        raise Invalid(f"{at:%Y-%m-%d} is before there was anything to log; check the year.", field="happened_at")
    return at


def checked_tags(tags: Iterable[str]) -> list[str]:
    """In lower case, without a leading #, each once, in the order given."""
    found: dict[str, None] = {}
    for tag in tags:
        word = unicodedata.normalize("NFC", str(tag)).strip().lstrip("#").lower()
        if not word:
            continue
        if not TAG.fullmatch(word):
            raise Invalid(f"“{word[:60]}” is no tag: use one word of letters, figures and - _ . + /, at most 40.", field="tags")
        found[word] = None
    if len(found) > MOST_TAGS:
        raise Invalid(f"{len(found)} tags are too many; use at most {MOST_TAGS}.", field="tags")
    return list(found)


def checked_step(campaign: Campaign, step: str | None) -> str:
    """The key of a step of the campaign; None: the step it is in; '': of none."""
    if step == "":
        return ""
    if step is None:
        return current_step(campaign)
    known = list(StepStanding.objects.filter(campaign=campaign).order_by("position").values_list("step", flat=True))
    if step not in known:
        raise Invalid(f"There is no step {step[:40]}; they are {', '.join(known)}.", field="step")
    return step


def current_step(campaign: Campaign) -> str:
    """The key of the step that the campaign is in, '' when all are complete."""
    return StepStanding.objects.filter(campaign=campaign, is_current=True).values_list("step", flat=True).first() or ""


def references_in(body: str) -> list[Reference]:
    """What running text points to: #3225 is a workflow."""
    return [
        (ReferenceKind.WORKFLOW, str(number)) for number in numbers_mentioned(body)[:MOST_REFERENCES] if number <= LARGEST_ID
    ]


def checked_references(workflows: Iterable[int], references: Iterable[Reference], tags: Sequence[str]) -> list[Reference]:
    """Each once; tags are kept with them, so that all is found by one index. A workflow need not be known yet."""
    found: dict[Reference, None] = {}
    for justin_id in workflows:
        if isinstance(justin_id, bool) or not isinstance(justin_id, int) or not 0 < justin_id <= LARGEST_ID:
            raise Invalid(f"{str(justin_id)[:40]} is no id of a workflow; give it as justIN shows it.", field="workflows")
        found[ReferenceKind.WORKFLOW, str(justin_id)] = None
    for kind, value in references:
        found[_checked_reference(kind, plain(str(value)).strip())] = None
    if len(found) > MOST_REFERENCES:
        raise Invalid(f"{len(found)} links are too many; use at most {MOST_REFERENCES}.", field="references")
    return [*found, *((ReferenceKind.TAG, tag) for tag in tags)]


def _checked_reference(kind: str, value: str) -> Reference:
    if kind not in ReferenceKind.values or kind == ReferenceKind.TAG:
        known = ", ".join(one for one in ReferenceKind.values if one != ReferenceKind.TAG)
        raise Invalid(f"An entry points to no {str(kind)[:40]}; choose {known}.", field="references")
    if not value or len(value) > 200 or "\n" in value:
        raise Invalid(f"Give the {kind} in one line of at most 200 characters.", field="references")
    wrong = ""
    if kind == ReferenceKind.WORKFLOW:
        is_number = value.isascii() and value.isdigit() and len(value) <= 10
        value = str(int(value)) if is_number else value
        wrong = "" if is_number and 0 < int(value) <= LARGEST_ID else "is no id of a workflow"
    elif kind == ReferenceKind.CRITERION:
        wrong = "" if CRITERION.fullmatch(value) else "is no key of a criterion"
    elif kind == ReferenceKind.MEETING:
        return ReferenceKind.MEETING, _checked_meeting(value)
    if wrong:
        raise Invalid(f"{value[:60]} {wrong}.", field="references")
    return ReferenceKind(kind), value


def _checked_meeting(value: str) -> str:
    """The day of a meeting."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise Invalid(f"{value[:60]} is no day of a meeting; give it as 2026-11-30.", field="meetings") from None
    if why_not := why_no_meeting(day):
        raise Invalid(f"{why_not}.", field="meetings")
    return day.isoformat()


def as_text(text: str, most: int = 300) -> str:
    """A text of somebody else's in one line of Markdown that shows it as it stands."""
    line = " ".join(plain(text).split())
    line = line if len(line) <= most else f"{line[: most - 1]}…"
    return MARKUP.sub(r"\\\g<0>", line)


def searchable(*parts: str) -> str:
    """All that a search looks at, as one text: composed characters, lower case, without Markdown's backslashes."""
    text = ESCAPED.sub(r"\1", "\n".join(part for part in parts if part))
    return unicodedata.normalize("NFC", text).lower()


def words_of(query: str) -> list[str]:
    """The words that a search asks for, as `searchable` writes them; each once, at most twelve."""
    return list(dict.fromkeys(searchable(query.replace("\0", "")[:500]).split()))[:12]
