"""Writing a content into a request's row: the columns read from it, the version, the saves and revisions beside it.

Called inside the transactions of campaigns/requests/services.py, on a row that is locked.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from campaigns.models import Detector, ProductionRequest, RequestRevision, RequestSave, RequestVerb, WorkingGroup
from campaigns.requests.content import LONGEST_TITLE, Content, Reading, clean, without_empty_rows
from campaigns.requests.diff import changes
from campaigns.requests.errors import Stale
from campaigns.requests.likeness import likeness_of
from campaigns.requests.lists import read_now
from portal.models import User

KEPT_SAVES = 20  # versions back from which a late save can still be compared; far more than two people need
LONGEST_SEARCH_TEXT = 20_000
LARGEST_STORED = 2**63 - 1


def put_content(request: ProductionRequest, content: Content, actor: User) -> Reading:
    """Make this the request's content, as its next version (its first, when the row is new). Saves the row."""
    reading = read_now(content)
    if request.pk is not None:
        request.version += 1
    request.content = content
    request.saved_at = timezone.now()
    request.saved_by = actor
    for column, value in columns_of(request, reading).items():
        setattr(request, column, value)
    request.save()
    RequestSave.objects.create(request=request, version=request.version, content=content, by=actor, at=request.saved_at)
    request.saves.filter(version__lte=request.version - KEPT_SAVES).delete()
    return reading


def columns_of(request: ProductionRequest, reading: Reading) -> dict[str, Any]:
    """The columns that lists, search and comparisons use, read from a content. Empty or None where it does not say."""
    values, totals = reading.values, reading.totals
    columns: dict[str, Any] = {
        "title": values.title[:LONGEST_TITLE],
        "working_group": WorkingGroup.objects.filter(name=values.working_group).first() if values.working_group else None,
        "detector": Detector.objects.filter(name=values.detector).first() if values.detector else None,
        "kind": values.kind,
        "n_complete": reading.n_complete,
        "n_events": _storable(totals.n_events),
        "tape_bytes": _storable(totals.tape_bytes),
        "cpu_hours": totals.cpu_hours,
        "likeness": likeness_of(values),
        "search_text": _search_text(request, reading),
    }
    if not _wanted_by_is_set(request):
        columns["wanted_by_on"] = values.wanted_by_on
    return columns


def check_version(request: ProductionRequest, content: Content, version: int) -> None:
    """Raise Stale when the request was saved after the version that this content began from."""
    if request.version == version:
        return
    base = request.saves.filter(version=version).values_list("content", flat=True).first()
    if base is None:
        raise Stale(request, changes(content, request.content), mine=[], base=None)
    raise Stale(request, changes(base, request.content), mine=changes(base, content), base=base)


def is_as_it_stands(request: ProductionRequest, content: Content) -> bool:
    """Whether saving this would change nothing, e.g. the answer to the last save was lost and it comes again."""
    return clean(request.content) == content


def add_revision(request: ProductionRequest, actor: User) -> RequestRevision:
    """Keep what the request says now as its next revision; the last one again when nothing changed."""
    content = without_empty_rows(request.content)
    last = request.revisions.last()
    if last is not None and not changes(last.content, content):
        return last
    number = last.number + 1 if last else 1
    return RequestRevision.objects.create(request=request, number=number, content=content, author=actor)


def _wanted_by_is_set(request: ProductionRequest) -> bool:
    """Whether a coordinator has set the date; what the requester types does not move it any more."""
    return request.pk is not None and request.events.filter(verb=RequestVerb.WANTED_BY_SET).exists()


def _storable(n: int | None) -> int | None:
    return n if n is not None and n <= LARGEST_STORED else None


def _search_text(request: ProductionRequest, reading: Reading) -> str:
    values = reading.values
    parts = [
        values.title, values.working_group, values.detector, values.kind, values.contact, values.why,
        values.code.package, values.code.tag, values.code.repository, values.validation.what,
        *(f"{step.name} {step.fcl}" for step in values.steps),
        *(output.pattern for output in values.outputs),
        *(sample.what for sample in values.samples),
        *values.datasets,
        request.requester.username, request.requester.get_full_name(),
    ]  # fmt: skip
    return "\n".join(part for part in parts if part).lower()[:LONGEST_SEARCH_TEXT]
