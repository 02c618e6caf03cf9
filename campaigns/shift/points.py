"""The tutorial's points of a check, answered from what monitoring knows: `points_of(seen, before)`. Pure.

Each point has a state of the visual language, words, how old its numbers are, and whether it is new: something that the last
check has not seen. Where nothing is new one click records the numbers. What cannot be known now is never told as zero, and
is always worth a look.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from campaigns.shift.seen import BadSiteSeen, ErrorSeen, Seen, WorkflowSeen
from portal.templatetags.portal_format import column_time, percent_unit
from portal.wording import counted, listed

ENOUGH_RUNNING = 0.8  # of the reference number: below it is time to submit the next
FELL_BY = 0.3  # of the running jobs since the last check, below the reference
MORE_FAIL = 0.1  # of the jobs that ended since the last check …
TWICE = 2.0  # … and so many times the rate before
FEW_STALLED = 5  # more jobs stalled than this since the last check are new …
STALLED_SHARE = 0.02  # … if they are so much of those that ended
SITE_SHOWN = 2
QUIET = ("ok", "todo")


@dataclass(frozen=True)
class Point:
    """One answer. `about`: justIN ids of the workflows that its words name, for links."""

    key: str
    question: str
    state: str
    words: str
    is_new: bool = False
    as_of: datetime | None = None
    about: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "as_of": f"{self.as_of.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if self.as_of else None,
            "about": list(self.about),
        }


def point_from(kept: dict[str, Any]) -> Point:
    """As `as_json` wrote it."""
    as_of = kept.get("as_of")
    return Point(
        str(kept.get("key", "")), str(kept.get("question", "")), str(kept.get("state", "unknown")), str(kept.get("words", "")),
        bool(kept.get("is_new")), datetime.fromisoformat(as_of) if as_of else None, tuple(kept.get("about") or ()),
    )  # fmt: skip


def points_of(seen: Seen, before: Seen | None) -> list[Point]:
    """All of them, in the tutorial's order. `before`: what the last check saw; None if there was none."""
    if seen.unknown_since is not None:
        return _unknown(seen)
    return [
        _paused(seen, before),
        _exit_codes(seen, before),
        _finished(seen),
        _running(seen, before),
        _held(seen, before),
    ]


def is_anything_new(points: Iterable[Point]) -> bool:
    """Whether somebody has to write the sense of it; else one click will do."""
    return any(point.is_new for point in points)


def _unknown(seen: Seen) -> list[Point]:
    """All that is told is old: what it was, and, with the first, since when nothing newer is known and why."""
    why = f" ({seen.unknown_why})" if seen.unknown_why else ""
    since = f"unknown since {column_time(seen.unknown_since)} UTC{why}"
    shown = [_paused(seen, None), _exit_codes(seen, None), _finished(seen), _running(seen, None), _held(seen, None)]
    return [
        Point(
            one.key, one.question, "unknown", f"{'unknown' if n else since}; then: {one.words}", True, one.as_of, one.about
        )
        for n, one in enumerate(shown)
    ]  # fmt: skip


def _paused(seen: Seen, before: Seen | None) -> Point:
    question, paused = "Any workflow paused?", seen.paused
    odd = {number: one for number, one in seen.workflows.items() if not one.state}
    if not paused and odd:
        known = before is not None and set(odd) <= {n for n, one in before.workflows.items() if not one.state}
        words = f"not known of {listed(sorted(odd))}, as justIN’s listing does not hold {'it' if len(odd) == 1 else 'them'}"
        return Point("paused", question, "unknown", words, not known, seen.as_of, tuple(sorted(odd)))
    if not paused:
        return Point("paused", question, "ok", "none", False, seen.as_of)
    then = before.paused if before else {}
    fresh = [number for number, one in paused.items() if number not in then or then[number].since != one.since]
    words = listed(_paused_words(number, one) for number, one in paused.items())
    if not fresh:
        words += ", as at the last check"
    return Point("paused", question, "paused", words, bool(fresh), seen.as_of, tuple(paused))


def _paused_words(number: int, one: WorkflowSeen) -> str:
    by = f" by {one.paused_by}" if one.paused_by else ""
    return f"{number}{by} since {column_time(one.since)}" if one.since else f"{number}{by}"


def _exit_codes(seen: Seen, before: Seen | None) -> Point:
    n = len(seen.workflows)
    question = f"Exit codes of {counted(n, 'running workflow')}" if n else "Exit codes"
    if not n:
        return Point("exit-codes", question, "ok", "no workflow goes on", False, seen.as_of)
    ended, zero = seen.total("ended"), seen.total("exit_zero")
    known_before = {one.code: one.place for one in before.errors} if before else {}
    bad_before = {(one.workflow, one.site) for one in before.bad_sites} if before else set()
    fresh_bad = [one for one in seen.bad_sites if (one.workflow, one.site) not in bad_before]
    fresh = [one for one in seen.errors if one.code not in known_before or (one.place and known_before[one.code] != one.place)]
    worse = _is_worse(seen, before)
    words = [_bad_words(one) for one in seen.bad_sites[:SITE_SHOWN]]
    words += [_error_words(one) for one in seen.errors[: max(1, 3 - len(words))]]
    more = len(seen.errors) - 3
    if more > 0:
        words.append(f"{more} more {'code' if more == 1 else 'codes'}")
    is_new = bool(fresh_bad or fresh or worse)
    if ended is None or zero is None:
        unread = seen.unread
        missing = f"not known of {listed(unread)}, whose jobs were not read" if unread else "not all known"
        new_gap = before is None or not set(unread) <= set(before.unread)
        return Point(
            "exit-codes", question, "unknown", "; ".join([*words, missing]), is_new or new_gap, seen.as_of, tuple(unread)
        )
    bound = "at least " if seen.lower_bounds else ""
    if not seen.errors and not seen.bad_sites:
        said = f"all zero, {bound}{counted(ended, 'job')} ended" if zero == ended else f"{bound}{zero:,} of {ended:,} zero"
        if not ended:
            said = "no job has ended yet"
        if worse:
            said = f"{worse}; {said}"
        state = "warning" if worse or ended - zero > MORE_FAIL * ended else "ok"
        return Point("exit-codes", question, state, said, bool(worse), seen.as_of)
    if worse:
        words.insert(0, worse)
    said = "; ".join([*words, f"{bound}{zero:,} of {ended:,} zero"])
    if not is_new and before is not None:
        said += ", as at the last check"
    state = "bad" if seen.bad_sites else "warning"
    return Point("exit-codes", question, state, said, is_new, seen.as_of, tuple(one.workflow for one in seen.bad_sites))


def _bad_words(one: BadSiteSeen) -> str:
    return f"{one.site} fails {one.failed:,} of {one.ended:,} of {one.workflow}"


def _error_words(one: ErrorSeen) -> str:
    code = f"{one.code} ({one.meaning})" if one.meaning else str(one.code)
    return f"{code}: {one.n:,} times" + (f", {one.n_at_place:,} of them at {one.place}" if one.place else "")


def _is_worse(seen: Seen, before: Seen | None) -> str:
    """In words, if many more of the jobs that ended since the last check failed than before it; '' else."""
    if before is None:
        return ""
    new_ended = new_failed = old_ended = old_failed = 0
    for number, one in seen.workflows.items():
        then = before.workflows.get(number)
        if one.ended is None or one.exit_zero is None:
            continue
        was_ended, was_zero = (then.ended or 0, then.exit_zero or 0) if then else (0, 0)
        new_ended += one.ended - was_ended
        new_failed += (one.ended - one.exit_zero) - (was_ended - was_zero)
        old_ended += was_ended
        old_failed += was_ended - was_zero
    if new_ended <= 0 or new_failed <= 0 or new_failed > new_ended:
        return ""
    rate, old_rate = new_failed / new_ended, old_failed / old_ended if old_ended else 0.0
    if rate < MORE_FAIL or rate < TWICE * old_rate:
        return ""
    return f"{percent_unit(rate)} of the {counted(new_ended, 'job')} since the last check failed"


def _finished(seen: Seen) -> Point:
    question, finished = "Finished since the last check?", dict(sorted(seen.finished.items()))
    if not finished:
        return Point("finished", question, "ok", "none", False, seen.as_of)
    words, whole = [], True
    for number, one in finished.items():
        parts = []
        if one.files_total is not None and one.files_processed is not None:
            parts.append(f"{one.files_processed:,} of {counted(one.files_total, 'file')}")
            whole = whole and one.files_processed == one.files_total and one.files_total > 0
        if one.ended and one.exit_zero is not None:
            parts.append(f"{one.exit_zero:,} of {counted(one.ended, 'job')} zero")
            whole = whole and one.exit_zero == one.ended
        words.append(f"{number} ({', '.join(parts)})" if parts else f"{number}")
    return Point("finished", question, "ok" if whole else "warning", listed(words), True, seen.as_of, tuple(finished))


def _running(seen: Seen, before: Seen | None) -> Point:
    running = seen.total("running")
    question = f"Running jobs against the agreed {seen.reference:,}" if seen.reference else "Running jobs"
    if running is None:
        unread = seen.unread or [number for number, one in sorted(seen.workflows.items()) if one.running is None]
        known = before is not None and before.total("running") is None and set(seen.workflows) <= set(before.workflows)
        words = f"not known of {listed(unread)}"
        return Point("running", question, "unknown", words, not known, seen.as_of, tuple(unread))
    bound = "at least " if seen.lower_bounds else ""
    then = before.total("running") if before else None
    trend = "" if then is None or then == running else f", {then:,} at the last check"
    if not seen.reference:
        words = f"{bound}{running:,}{trend}; the campaign has no reference number"
        return Point("running", question, "todo", words, False, seen.as_of)
    if running >= ENOUGH_RUNNING * seen.reference:
        return Point("running", question, "ok", f"{bound}{running:,}{trend}", False, seen.as_of)
    was_low = then is not None and then < ENOUGH_RUNNING * (before.reference or seen.reference if before else 0)
    fell = then is not None and running < (1 - FELL_BY) * then
    words = f"{bound}{running:,}{trend}: submit the next?"
    return Point("running", question, "warning", words, not was_low or fell, seen.as_of)


def _held(seen: Seen, before: Seen | None) -> Point:
    question, stalled, queued = "Held or stalled?", seen.total("stalled"), seen.total("queued")
    if stalled is None:
        known = before is not None and before.total("stalled") is None and set(seen.workflows) <= set(before.workflows)
        return Point("held", question, "unknown", f"not known of {listed(seen.unread)}", not known, seen.as_of)
    then = before.total("stalled") if before else None
    more = _more_stalled(seen, before)
    words = []
    if stalled:
        same = " as at the last check" if then == stalled else f", {then:,} at the last check" if then is not None else ""
        words.append(f"{stalled:,} stalled{same}")
    stands_still = bool(queued) and not seen.total("running")
    if stands_still:
        last = f", the last job started {column_time(seen.last_start_at)}" if seen.last_start_at else ", none has started"
        words.append(f"{counted(queued or 0, 'job')} wait and none runs{last}")
    stood_still = before is not None and bool(before.total("queued")) and not before.total("running")
    is_new = more > 0 or (stands_still and not stood_still)
    state = "warning" if more or stands_still else "ok"
    return Point("held", question, state, "; ".join(words) or "none", is_new, seen.as_of)


def _more_stalled(seen: Seen, before: Seen | None) -> int:
    """How many more stalled since the last check than is usual; 0 if it is usual."""
    if before is None:
        ended, stalled = seen.total("ended") or 0, seen.total("stalled") or 0
    else:
        shared: Sequence[tuple[WorkflowSeen, WorkflowSeen | None]] = [
            (one, before.workflows.get(number)) for number, one in seen.workflows.items()
        ]
        ended = sum((one.ended or 0) - ((then.ended or 0) if then else 0) for one, then in shared)
        stalled = sum((one.stalled or 0) - ((then.stalled or 0) if then else 0) for one, then in shared)
    return stalled if stalled > max(FEW_STALLED, STALLED_SHARE * ended) else 0
