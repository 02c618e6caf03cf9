"""What a reviewer would ask, asked before: totals out of proportion to earlier requests, and requests like this one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from campaigns.models import ProductionRequest, RequestQuerySet, RequestState
from campaigns.requests.content import Reading, read
from campaigns.requests.likeness import likeness_of, sample_key
from campaigns.requests.reading import Problem, Values
from portal.roles import Anyone
from portal.templatetags.portal_format import bytes_decimal

COMPARED_WITH = 10  # the newest of the kind
FEWEST_TO_COMPARE = 2
OUT_OF_PROPORTION = 5.0
LOOKED_THROUGH = 40  # newest requests with the same fcl files that are read for near ones
MOST_ALIKE = 5
SERIOUS = (RequestState.SUBMITTED, RequestState.PRESENTED, RequestState.CHANGES_WANTED, RequestState.ACCEPTED)


@dataclass(frozen=True)
class Alike:
    """A request that looks like this one: what is the same and what differs, in words. `is_duplicate`: it asks for the same."""

    request: ProductionRequest
    same: list[str]
    differs: list[str]
    is_duplicate: bool


def warnings_for(
    subject: ProductionRequest | object, *, exclude: int | None = None, viewer: Anyone | None = None
) -> list[Problem]:
    """What a reviewer would ask of this request (or content): totals out of proportion, a duplicate. At most three queries."""
    content, own = _of(subject)
    reading = read(content)
    own = own if own is not None else exclude
    return out_of_proportion(reading, exclude=own) + [
        Problem(
            "samples.0.what", "warning",
            f"Request {found.request.pk} ({found.request.get_state_display()}) asks for the same: {', '.join(found.same)}.",
            "duplicate",
        )
        for found in alike(content, exclude=own, viewer=viewer)
        if found.is_duplicate
    ]  # fmt: skip


def out_of_proportion(reading: Reading, *, exclude: int | None = None) -> list[Problem]:
    """Totals that are 5 times more or less than the median of the last requests of the kind. One query."""
    kind = reading.values.kind
    if not kind:
        return []
    earlier = list(
        ProductionRequest.objects.filter(kind=kind, state__in=SERIOUS)
        .exclude(pk=exclude or 0)
        .order_by("-pk")
        .values_list("tape_bytes", "n_events", "cpu_hours")[:COMPARED_WITH]
    )
    totals = reading.totals
    measured = (
        ("outputs.0.files", totals.tape_bytes, [row[0] for row in earlier], bytes_decimal),
        ("samples.0.events", totals.n_events, [row[1] for row in earlier], lambda n: f"{n:,.0f} events"),
        (
            "resources.cpu_seconds_per_event", totals.cpu_hours, [row[2] for row in earlier],
            lambda hours: f"{hours:,.0f} CPU hours" if hours >= 1 else "less than a CPU hour",
        ),
    )  # fmt: skip
    found = []
    for path, own, others, in_words in measured:
        known = [other for other in others if other]
        if not own or len(known) < FEWEST_TO_COMPARE:
            continue
        usual = median(known)
        factor = own / usual if own >= usual else usual / own
        if factor < OUT_OF_PROPORTION:
            continue
        low, high = in_words(min(known)), in_words(max(known))
        span = low if low == high else f"{low} to {high}"
        how = "times what" if own > usual else "times less than"
        found.append(
            Problem(
                path,
                "warning",
                f"{in_words(own)} are about {factor:,.0f} {how} the last {len(known)} requests of this kind had ({span}). "
                "Right if it is meant; reviewers will ask.",
                f"{in_words(own)}, {'much' if own > usual else 'little'}",
            )
        )
    return found


def alike(content: object, exclude: int | None = None, *, viewer: Anyone | None = None, limit: int = MOST_ALIKE) -> list[Alike]:
    """Earlier requests that ask for the same, then those near (same detector and steps). Two queries at most.

    Drafts of others are left out; with a `viewer` also their own drafts are found. Declined and withdrawn ones do not count.
    """
    values = read(content).values
    open_ones = _open(viewer).exclude(pk=exclude or 0)
    likeness = likeness_of(values)
    twins = list(open_ones.filter(likeness=likeness)[:limit]) if likeness else []
    found = [Alike(twin, *_compared(values, read(twin.content).values), True) for twin in twins]
    if len(found) < limit and values.detector and values.steps:
        near = open_ones.filter(detector__name=values.detector).exclude(pk__in=[twin.pk for twin in twins])
        steps = _fcls(values)
        for fcl in steps[:4]:  # the database finds who mentions them, so that few are read in full
            near = near.filter(search_text__contains=fcl.lower())
        for other in near[:LOOKED_THROUGH] if steps else ():
            theirs = read(other.content).values
            if _fcls(theirs) == steps:
                found.append(Alike(other, *_compared(values, theirs), False))
                if len(found) == limit:
                    break
    return found


def _open(viewer: Anyone | None) -> RequestQuerySet:
    found = ProductionRequest.objects.for_list().order_by("-pk")
    if viewer is None:
        return found.filter(state__in=SERIOUS)
    return found.visible_to(viewer).filter(state__in=(*SERIOUS, RequestState.DRAFT))


def _of(subject: ProductionRequest | object) -> tuple[object, int | None]:
    return (subject.content, subject.pk) if isinstance(subject, ProductionRequest) else (subject, None)


def _fcls(values: Values) -> list[str]:
    return [step.fcl for step in values.steps if step.fcl]


def _compared(mine: Values, theirs: Values) -> tuple[list[str], list[str]]:
    """What is the same and what differs, in the words of the form."""
    pairs: Sequence[tuple[str, object, object]] = (
        ("detector", mine.detector, theirs.detector),
        ("kind", mine.kind, theirs.kind),
        ("code version", (mine.code.package, mine.code.tag), (theirs.code.package, theirs.code.tag)),
        ("steps", _fcls(mine), _fcls(theirs)),
        ("samples", {sample_key(s) for s in mine.samples}, {sample_key(s) for s in theirs.samples}),
        ("outputs to tape", {o.pattern for o in mine.outputs}, {o.pattern for o in theirs.outputs}),
    )
    same = [name for name, one, other in pairs if one and one == other]
    return same, [name for name, one, other in pairs if one != other]
