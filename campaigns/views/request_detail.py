"""A request's page: what is asked for, where it stands, who must act, and what was said and done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.meetings.days import day_of
from campaigns.meetings.reading import meetings_on
from campaigns.models import ProductionRequest, RequestComment, RequestEvent, RequestState, RequestVerb
from campaigns.requests import diff, exports, sanity
from campaigns.requests.life import allowed_moves
from campaigns.requests.lists import official_lists
from campaigns.requests.rules import can_comment, can_create, can_edit, can_review
from campaigns.review_forms import CommentForm, PriorityForm
from campaigns.views.request_page import visible_request
from campaigns.views.request_review import offered
from campaigns.views.request_sheet import sheet_of
from portal.models import User

EVENTS_SHOWN = 30
DECISIONS = {
    RequestState.ACCEPTED: RequestVerb.ACCEPTED,
    RequestState.DECLINED: RequestVerb.DECLINED,
    RequestState.WITHDRAWN: RequestVerb.WITHDRAWN,
    RequestState.CHANGES_WANTED: RequestVerb.CHANGES_WANTED,
}
DECISION_STATES = {
    RequestState.ACCEPTED: "ok",
    RequestState.DECLINED: "refused",
    RequestState.WITHDRAWN: "waived",
    RequestState.CHANGES_WANTED: "warning",
}


@dataclass(frozen=True)
class Stage:
    """One part of a request's way: `state` as the visual language has it; `words` while it has no time."""

    label: str
    state: str
    words: str = ""
    at: datetime | None = None
    actor: User | None = None
    is_current: bool = False


@dataclass(frozen=True)
class Next:
    """Who must act and what for; `reason` is what a reviewer said, if that is what it waits on."""

    who: str
    what: str
    reason: str = ""


@dataclass
class Thread:
    comment: RequestComment
    replies: list[RequestComment] = field(default_factory=list)


@require_safe
def request_detail(request: HttpRequest, pk: int) -> HttpResponse:
    filed = visible_request(request, pk)
    user = request.user
    events = list(filed.events.select_related("actor"))
    may_edit, may_review = can_edit(user, filed), can_review(user)
    may_act = may_edit or may_review
    sheet = sheet_of(filed.content, **official_lists())
    moves = [move for move in allowed_moves(user, filed) if move.name != "submit" or not sheet.reading.blocking]
    shown = events if request.GET.get("history") == "all" else events[:EVENTS_SHOWN]
    threads = threads_of(filed)
    return render(
        request,
        "requests/request_detail.html",
        {
            "filed": filed,
            "sheet": sheet,
            "show_problems": may_act,
            "other_problems": sheet.problems_of(0),
            "warnings": sanity.out_of_proportion(sheet.reading, exclude=filed.pk) if may_act else [],
            "alike": sanity.alike(filed.content, exclude=filed.pk, viewer=user) if may_act else [],
            "stages": stages_of(filed, events),
            "next": next_of(filed, events, sheet.reading.n_complete),
            "moves": offered(moves),
            "edit_first": filed.state in (RequestState.DRAFT, RequestState.CHANGES_WANTED) and not moves,
            "campaigns": list(filed.campaigns.order_by("name")),
            "events": shown,
            "meetings": meetings_on(day_of(event.data.get("meeting_on")) for event in shown),
            "n_more_events": len(events) - len(shown),
            "set_events": [one for one in events if one.verb in (RequestVerb.PRIORITY_SET, RequestVerb.WANTED_BY_SET)][:4],
            "n_revisions": filed.revisions.count(),
            "threads": threads,
            "n_comments": sum(1 + len(thread.replies) for thread in threads),
            "comment_form": CommentForm(),
            "priority_form": PriorityForm.showing(filed) if may_review else None,
            "may_edit": may_edit,
            "may_discard": may_edit and filed.state == RequestState.DRAFT,
            "may_review": may_review,
            "may_act": may_act,
            "may_create": can_create(user),
            "may_comment": can_comment(user),
        },
    )


@require_safe
def request_revisions(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed between two revisions: the last two, unless the address names others."""
    filed = visible_request(request, pk)
    revisions = list(filed.revisions.select_related("author"))
    by_number = {one.number: one for one in revisions}
    new = by_number.get(_number(request, "to")) or (revisions[-1] if revisions else None)
    old = by_number.get(_number(request, "from")) or (by_number.get(new.number - 1) if new else None)
    return render(
        request,
        "requests/revisions.html",
        {
            "filed": filed,
            "revisions": revisions,
            "newest_first": revisions[::-1],
            "old": old,
            "new": new,
            "changes": diff.changes(old.content, new.content) if old and new else [],
        },
    )


@require_safe
def request_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """One line a sample, in the columns of production's own job lists."""
    filed = visible_request(request, pk)
    return _download(exports.as_csv(filed), "text/csv; charset=utf-8", f"request-{filed.pk}.csv")


@require_safe
def request_json(request: HttpRequest, pk: int) -> HttpResponse:
    """The content as the API takes it, with state, totals and dates."""
    filed = visible_request(request, pk)
    return _download(exports.as_json(filed), "application/json", f"request-{filed.pk}.json")


@require_safe
def request_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The request on paper."""
    filed = visible_request(request, pk)
    return _download(exports.as_pdf(filed), "application/pdf", f"request-{filed.pk}.pdf")


def threads_of(filed: ProductionRequest) -> list[Thread]:
    """The discussion: each comment with its replies, in the order they came. Three queries."""
    comments = filed.comments.select_related("author").prefetch_related(
        "attachments", Prefetch("mentioned", queryset=User.objects.only("username"))
    )
    threads: dict[int, Thread] = {}
    for comment in comments:
        comment.people = [user.username for user in comment.mentioned.all()]  # type: ignore[attr-defined]
        if comment.parent_id is None:
            threads[comment.pk] = Thread(comment)
    for comment in comments:
        if comment.parent_id in threads:
            threads[comment.parent_id].replies.append(comment)
    return list(threads.values())


def stages_of(filed: ProductionRequest, events: Iterable[RequestEvent]) -> list[Stage]:
    """Draft, submitted, presented, decided: each with when it came about last and by whom. Events newest first."""
    newest: dict[str, RequestEvent] = {}
    for event in events:
        newest.setdefault(event.verb, event)
    state = RequestState(filed.state)
    began = newest.get(RequestVerb.CREATED) or newest.get(RequestVerb.CLONED)
    made = [Stage("Draft", "ok", "begun", filed.created_at, began.actor if began else None)]
    done = {
        RequestState.DRAFT: 0,
        RequestState.SUBMITTED: 1,
        RequestState.PRESENTED: 2,
    }.get(state, 3)
    for number, label, verb in ((1, "Submitted", RequestVerb.SUBMITTED), (2, "Presented", RequestVerb.PRESENTED)):
        said = newest.get(verb)
        if done >= number and said:
            made.append(Stage(label, "ok", "", said.at, said.actor))
        else:
            made.append(Stage(label, "todo", "not yet" if done < number else "passed over"))
    if state in DECISIONS:
        said = newest.get(DECISIONS[state])
        made.append(
            Stage(
                state.label.capitalize(),
                DECISION_STATES[state],
                "",
                said.at if said else None,
                said.actor if said else None,
                True,
            )
        )
    else:
        made.append(Stage("Decided", "todo", "not yet"))
        now = made[done]
        made[done] = Stage(now.label, "running", now.words, now.at, now.actor, True)
    return made


def next_of(filed: ProductionRequest, events: Iterable[RequestEvent], n_complete: int) -> Next:
    """What happens next, in one sentence that begins with who must act."""
    state = RequestState(filed.state)
    asker = f"{filed.requester} or the group {filed.working_group.name}" if filed.working_group else f"{filed.requester}"
    if state == RequestState.DRAFT:
        todo = "submits it" if n_complete == 8 else f"completes it ({n_complete} of 8 items are) and submits it"
        return Next(f"{filed.requester}", f"{todo}. Until then only the requester, the group and coordinators see it.")
    if state == RequestState.SUBMITTED:
        return Next("A coordinator", "presents it at the next production meeting.")
    if state == RequestState.PRESENTED:
        return Next("Coordinators", "note what the meeting decides: accept it, want changes, or decline it.")
    said = next((one for one in events if one.verb == DECISIONS[state]), None)
    reason = said.note if said else ""
    if state == RequestState.CHANGES_WANTED:
        return Next(asker, "changes it and submits it again. What the reviewers want:", reason)
    if state == RequestState.ACCEPTED:
        return Next("Production", "works on it; the page of its campaign tells how far it is.", reason)
    word = "declined" if state == RequestState.DECLINED else "withdrawn"
    return Next("Nobody", f"has anything to do: it is {word}. Clone it to ask again. The reason given:", reason)


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _download(body: str | bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
