"""Actions on requests: each checks role, state and input, writes the change and its event in one transaction and tells people,
or raises portal.errors.Refused and changes nothing. The request handed in is brought up to date.

Which move is possible when, and for whom, is the table in campaigns/requests/life.py. Comments: discussion.py.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from campaigns.models import (
    Campaign,
    ProductionRequest,
    RequestEvent,
    RequestState,
    RequestVerb,
)
from campaigns.requests.accepting import campaign_for
from campaigns.requests.content import LONGEST_TITLE, Reading, clean, empty
from campaigns.requests.diff import changes
from campaigns.requests.discussion import comment
from campaigns.requests.errors import Incomplete, Stale
from campaigns.requests.life import MOVES, Move
from campaigns.requests.lists import read_now
from campaigns.requests.rules import CLOSED, can_clone, can_create, can_edit, can_review
from campaigns.requests.saving import add_revision, check_version, is_as_it_stands, put_content
from campaigns.requests.telling import tell_group, tell_reviewers
from campaigns.signals import campaign_changed
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from portal.wording import joined

__all__ = [
    "Stale", "accept", "change", "clone", "comment", "create_request", "decline", "discard", "present", "save_draft",
    "set_priority", "set_wanted_by", "submit", "want_changes", "withdraw",
]  # fmt: skip

LARGEST_PRIORITY = 999
LONGEST_REASON = 5_000
FILING = "Filing a request needs the role requesters. Ask an administrator for it."
REVIEWING = "This needs the role coordinators. Ask a coordinator to do it."


def create_request(*, actor: User, content: object = None) -> ProductionRequest:
    """Begin a draft, empty or with this content. Whoever belongs to one working group begins with its name."""
    if not can_create(actor):
        raise NotAllowed(FILING)
    if content is None:
        content = empty() | {"working_group": _only_group(actor)}
    return _begin(actor, clean(content), RequestVerb.CREATED)


def clone(request: ProductionRequest, *, actor: User) -> ProductionRequest:
    """Begin a draft that says what this request says, but for the day it is wanted by."""
    if not can_clone(actor):
        raise NotAllowed(FILING)
    _check_visible(request, actor)
    content = clean(request.content) | {"title": _title_of_copy(request), "wanted_by": ""}
    return _begin(actor, content, RequestVerb.CLONED, cloned_from=request)


def save_draft(request: ProductionRequest, content: object, *, actor: User, version: int) -> ProductionRequest:
    """Keep what was typed into a draft, whatever it says. `version` is the one the typing began from.

    Raises Stale when somebody saved since; saving what stands already is no second save.
    """
    content = clean(content)
    with transaction.atomic():
        _lock(request)
        _check_may_edit(request, actor)
        if request.state != RequestState.DRAFT:
            raise Conflict(f"{_name(request)} is {request.get_state_display()} already; save it as a change.", field="state")
        if is_as_it_stands(request, content):
            return request
        check_version(request, content, version)
        other = request.saved_by if request.saved_by_id not in (None, actor.pk) else None
        old = request.content
        put_content(request, content, actor)
        if other is not None:  # a draft's own saves are no history, another person's hand is
            _happened(request, RequestVerb.CHANGED, actor, changes=_as_data(old, content))
    return request


def change(request: ProductionRequest, content: object, *, actor: User, version: int) -> ProductionRequest:
    """Change a request that was submitted: a new revision, which must be complete. Raises Stale, Incomplete."""
    content = clean(content)
    with transaction.atomic():
        _lock(request)
        _check_may_edit(request, actor)
        if request.state == RequestState.DRAFT:
            raise Conflict(f"{_name(request)} is a draft; save it as one.", field="state")
        if is_as_it_stands(request, content):
            return request
        check_version(request, content, version)
        _check_complete(read_now(content))
        found = _as_data(request.content, content)
        put_content(request, content, actor)
        revision = add_revision(request, actor)
        _happened(request, RequestVerb.CHANGED, actor, revision=revision.number, changes=found)
        if found:
            told = "\n".join(f"{one['label']}: {one['old'] or 'nothing'} → {one['new'] or 'nothing'}" for one in found[:20])
            tell_group(request, actor, f"{_title(request)} was changed (revision {revision.number})", told)
            if request.state in (RequestState.SUBMITTED, RequestState.PRESENTED):
                tell_reviewers(request, actor, f"{_title(request)} was changed (revision {revision.number})", told)
    return request


def submit(request: ProductionRequest, *, actor: User) -> ProductionRequest:
    """Hand a draft, or one that changes were wanted of, to review. Raises Incomplete with what is missing and wrong."""
    with transaction.atomic():
        move = _may_move(request, "submit", actor)
        _check_complete(read_now(request.content))
        revision = add_revision(request, actor)
        request.submitted_at = request.submitted_at or timezone.now()
        _move(request, move, actor, "", revision=revision.number)
        tell_reviewers(request, actor, f"{_title(request)} was submitted", request.content.get("why", "")[:500])
        tell_group(request, actor, f"{_title(request)} was submitted")
    return request


def present(request: ProductionRequest, *, actor: User, note: str = "", meeting_on: date | None = None) -> ProductionRequest:
    """Record that the request was presented at a production meeting (of today, unless another day is given)."""
    with transaction.atomic():
        move = _may_move(request, "present", actor)
        on = meeting_on or timezone.now().date()
        _move(request, move, actor, _reason(note), meeting_on=on.isoformat())
        tell_group(request, actor, f"{_title(request)} was presented on {on.isoformat()}", note)
    return request


def accept(
    request: ProductionRequest,
    *,
    actor: User,
    campaign_name: str = "",
    campaign: Campaign | None = None,
    provisional: bool = False,
    note: str = "",
    meeting_on: date | None = None,
) -> Campaign:
    """Accept the request: a new campaign of this name serves it, or an existing one does. Returns the campaign.

    Without a name and a campaign, the new campaign is called request-NUMBER provisionally, until a meeting agrees on a name.
    """
    with transaction.atomic():
        move = _may_move(request, "accept", actor)
        serving = campaign_for(request, actor, name=campaign_name, campaign=campaign, provisional=provisional)
        on = meeting_on or timezone.now().date()
        _move(
            request, move, actor, _reason(note),
            campaign=serving.slug, campaign_name=serving.name, meeting_on=on.isoformat(),
        )  # fmt: skip
        campaign_changed.send(Campaign, campaign=serving)
        tell_group(request, actor, f"{_title(request)} was accepted; campaign {serving.name} serves it", note)
    return serving


def want_changes(request: ProductionRequest, *, actor: User, reason: str) -> ProductionRequest:
    """Send the request back to its requester, saying what should change."""
    return _decide(request, "want-changes", actor, reason, "needs changes")


def decline(request: ProductionRequest, *, actor: User, reason: str) -> ProductionRequest:
    """Decline the request for good, saying why."""
    return _decide(request, "decline", actor, reason, "was declined")


def withdraw(request: ProductionRequest, *, actor: User, reason: str) -> ProductionRequest:
    """Take the request back for good, saying why."""
    with transaction.atomic():
        _decide(request, "withdraw", actor, reason, "was withdrawn")
        tell_reviewers(request, actor, f"{_title(request)} was withdrawn", reason)
    return request


def discard(request: ProductionRequest, *, actor: User) -> None:
    """Delete a draft that was never submitted; nobody but its group has seen it."""
    with transaction.atomic():
        _lock(request)
        _check_may_edit(request, actor)
        if request.state != RequestState.DRAFT:
            raise Conflict(f"{_name(request)} was submitted; withdraw it instead.", field="state")
        request.delete()


def set_priority(request: ProductionRequest, priority: int | None, *, actor: User, reason: str = "") -> ProductionRequest:
    """Set the request's priority, 1 being first; None takes it away. Kept in the history with the old one."""
    if priority is not None and (isinstance(priority, bool) or not 1 <= priority <= LARGEST_PRIORITY):
        raise Invalid(f"Give a priority from 1 (first) to {LARGEST_PRIORITY}, or none.", field="priority")
    return _set(request, "priority", priority, RequestVerb.PRIORITY_SET, actor, reason)


def set_wanted_by(request: ProductionRequest, on: date | None, *, actor: User, reason: str = "") -> ProductionRequest:
    """Set the day the request is wanted by; what the requester typed stays readable in its content."""
    return _set(request, "wanted_by_on", on, RequestVerb.WANTED_BY_SET, actor, reason)


# --- steps that actions share ---


def _begin(
    actor: User, content: dict[str, Any], verb: RequestVerb, cloned_from: ProductionRequest | None = None
) -> ProductionRequest:
    with transaction.atomic():
        request = ProductionRequest(requester=actor, cloned_from=cloned_from)
        put_content(request, content, actor)
        if cloned_from is None:
            _happened(request, verb, actor)
        else:
            _happened(request, verb, actor, origin=cloned_from.pk)
    return request


def _decide(request: ProductionRequest, name: str, actor: User, reason: str, said: str) -> ProductionRequest:
    with transaction.atomic():
        move = _may_move(request, name, actor)
        reason = _reason(reason)
        if move.needs_reason and not reason:
            raise Invalid(f"Give a reason: the others read it when {_name(request)} {said}.", field="reason")
        _move(request, move, actor, reason)
        tell_group(request, actor, f"{_title(request)} {said}", reason)
    return request


def _may_move(request: ProductionRequest, name: str, actor: User) -> Move:
    """Lock the request and look up the move; raises what says who may, or what was done in the meantime."""
    move = MOVES[name]
    _lock(request)
    if not move.who(actor, request):
        raise NotAllowed(f"“{move.label}” is for {move.who_in_words}.")
    if request.state not in move.from_states:
        last = request.events.exclude(verb=RequestVerb.COMMENTED).select_related("actor").first()
        by = f": {last.actor or 'the portal'} {last.get_verb_display()} on {last.at:%Y-%m-%d at %H:%M} UTC" if last else ""
        needed = " or ".join(sorted(state.label for state in move.from_states))
        raise Conflict(
            f"{_name(request)} is {request.get_state_display()}{by}. “{move.label}” needs one that is {needed}.", field="state"
        )
    return move


def _move(request: ProductionRequest, move: Move, actor: User, note: str, **data: object) -> None:
    old = request.state
    request.state = move.to
    request.save(update_fields=["state", "submitted_at"])
    if move.is_final:
        request.saves.all().delete()  # nobody can save any more
    _happened(request, move.verb, actor, note, old=old, new=str(move.to), **data)


def _set(
    request: ProductionRequest, column: str, value: int | date | None, verb: RequestVerb, actor: User, reason: str
) -> ProductionRequest:
    if not can_review(actor):
        raise NotAllowed(REVIEWING)
    with transaction.atomic():
        _lock(request)
        if request.state in CLOSED - {RequestState.ACCEPTED}:
            raise Conflict(f"{_name(request)} is {request.get_state_display()}; nothing is planned for it.", field="state")
        old = getattr(request, column)
        if old == value:
            return request
        setattr(request, column, value)
        request.save(update_fields=[column])
        shown = {"old": _plain(old), "new": _plain(value)}
        _happened(request, verb, actor, _reason(reason), old=shown["old"], new=shown["new"])
        what = "Priority" if column == "priority" else "Wanted by"
        told = f"{what}: {shown['old'] or 'none'} → {shown['new'] or 'none'}\n{reason}".strip()
        tell_group(request, actor, f"{_title(request)}: {what.lower()} was set", told)
    return request


def _lock(request: ProductionRequest) -> None:
    """Read the row anew and hold it to the end of the transaction; SQLite holds the whole database."""
    try:
        request.refresh_from_db(from_queryset=ProductionRequest.objects.select_for_update())
    except ProductionRequest.DoesNotExist:
        raise Conflict("This draft was discarded in the meantime.") from None


def _check_may_edit(request: ProductionRequest, actor: User) -> None:
    if can_edit(actor, request):
        return
    if request.state in CLOSED:
        raise Conflict(
            f"{_name(request)} is {request.get_state_display()} and stays as it is. Clone it to ask anew.", field="state"
        )
    raise NotAllowed("Only its requester, requesters of its working group and coordinators change a request.")


def _check_visible(request: ProductionRequest, actor: User) -> None:
    if not ProductionRequest.objects.visible_to(actor).filter(pk=request.pk).exists():
        raise NotAllowed("This draft is not open to you.")


def _check_complete(reading: Reading) -> None:
    if not reading.blocking:
        return
    numbers = [str(item.number) for item in reading.items if not item.is_complete]
    about = [problem.message for problem in reading.blocking if "." not in problem.path and problem.path != "datasets"]
    first = f"Item{'s' if len(numbers) > 1 else ''} {joined(numbers)} first." if numbers else ""
    raise Incomplete(" ".join(filter(None, ["Not everything is there yet.", first, *about[:4]])), reading.blocking)


def _reason(text: str) -> str:
    text = text.replace("\x00", "").strip()
    if len(text) > LONGEST_REASON:
        raise Invalid(f"It has {len(text):,} characters; use at most {LONGEST_REASON:,}.", field="reason")
    return text


def _only_group(actor: User) -> str:
    names = list(actor.working_groups.filter(is_active=True).values_list("name", flat=True)[:2])
    return names[0] if len(names) == 1 else ""


def _title_of_copy(request: ProductionRequest) -> str:
    title = str(clean(request.content)["title"]).strip()
    title = title.removesuffix("(copy)").strip()
    return f"{title[: LONGEST_TITLE - 7]} (copy)".strip()


def _name(request: ProductionRequest) -> str:
    return f"Request {request.pk}"


def _title(request: ProductionRequest) -> str:
    return f"Request {request.pk} “{request.title}”" if request.title else _name(request)


def _plain(value: int | date | None) -> int | str | None:
    return value.isoformat() if isinstance(value, date) else value


def _as_data(old: object, new: object) -> list[dict[str, str]]:
    return [{"path": one.path, "label": one.label, "old": one.old, "new": one.new} for one in changes(old, new)]


def _happened(request: ProductionRequest, verb: RequestVerb, actor: User, note: str = "", **data: object) -> None:
    RequestEvent.objects.create(request=request, verb=verb, actor=actor, note=note, data=data)
