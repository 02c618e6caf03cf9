"""Reading meetings: the list with the next one on top, and the page of each."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.log.rendering import Renderer
from campaigns.meetings.page import told_of
from campaigns.meetings.reading import Filters, filters_of, next_meeting, years
from campaigns.meetings.rules import can_change_item, can_finish, can_propose, can_run
from campaigns.meetings.waiting import facts_for
from campaigns.meetings.wording import own_clock, when_exactly
from campaigns.models import Meeting, MeetingQuerySet, MeetingSeries
from monitoring.csv_tables import csv_response
from monitoring.health import justin_service
from portal.zones import day_in_words, today_of, zone_of

MEETINGS_PER_PAGE = 25
MOST_COMING = 50
MOST_IN_TABLE = 5_000
TABLE = ["meeting", "title", "held_on", "starts_at", "ends_at", "time_zone", "where", "state", "reason", "items", "actions"]


@require_safe
def meeting_list(request: HttpRequest) -> HttpResponse:
    """The next one, those that come, and the past, as far as they fit the filters in the address."""
    now, asked = timezone.now(), filters_of(request.GET)
    found = asked.apply(Meeting.objects.all())
    coming = list(found.coming(now).with_counts()[: MOST_COMING + 1])
    pages: Paginator[Meeting] = Paginator(found.past(now).with_counts(), MEETINGS_PER_PAGE)
    pages.count = found.past(now).count()  # without counting what is on each agenda
    following = next_meeting(now)
    if not asked.is_filtered:
        coming = [one for one in coming if one != following]
    return render(
        request,
        "meetings/meeting_list.html",
        {
            "following": following,
            "coming": coming[:MOST_COMING],
            "has_more_coming": len(coming) > MOST_COMING,
            "page": pages.get_page(request.GET.get("page", 1)),
            "asked": asked,
            "years": years(),
            "series": list(MeetingSeries.objects.order_by("-is_active", "name", "pk")),
            "query": f"?{request.GET.urlencode()}" if request.GET else "",
            "may_run": can_run(request.user),
            "zone": zone_of(request.user),
            "now": now,
        },
    )


@require_safe
def meeting_list_csv(request: HttpRequest) -> HttpResponse:
    """One line a meeting, the newest first, with the filters of the address."""
    return csv_response("meetings", TABLE, _rows(filters_of(request.GET)))


@require_safe
def meeting_list_json(request: HttpRequest) -> HttpResponse:
    """The same rows."""
    return JsonResponse({"rows": [dict(zip(TABLE, row, strict=True)) for row in _rows(filters_of(request.GET))]})


def _rows(asked: Filters) -> list[list[object]]:
    found: MeetingQuerySet = asked.apply(Meeting.objects.all()).with_counts()
    return [
        [
            one.pk, one.title, one.held_on, one.starts_at, one.ends_at, one.time_zone, one.where, one.state, one.reason,
            one.n_items, one.n_actions,
        ]
        for one in found.order_by("-starts_at", "-pk")[:MOST_IN_TABLE]
    ]  # fmt: skip


def meeting_of(pk: int) -> Meeting:
    """The meeting, with its series; 404 where there is none. Meetings are for all who may read."""
    return get_object_or_404(Meeting.objects.select_related("series", "changed_by"), pk=pk)


@require_safe
def meeting_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The agenda, what was decided, actions and minutes; on the next one also what waits by facts."""
    meeting = meeting_of(pk)
    now, user, zone = timezone.now(), request.user, zone_of(request.user)
    told, may_run = told_of(meeting, user, now), can_run(user)
    is_past = meeting.is_past(now)
    has_facts = not (is_past or meeting.is_cancelled or told.earlier)
    renderer = Renderer(texts=[meeting.minutes, *(item.text for item in told.items)])
    context = {
        "meeting": meeting,
        "told": told,
        "facts": facts_for(user, now) if has_facts else None,
        "is_past": is_past,
        "has_begun": meeting.has_begun(now),
        "items": [(item, renderer.text(item.text), may_run or can_change_item(user, item)) for item in told.on_agenda],
        "withdrawn": [(item, may_run or can_change_item(user, item)) for item in told.withdrawn],
        "actions": [(action, can_finish(user, action)) for action in told.actions],
        "before": [(action, can_finish(user, action)) for action in told.before],
        "minutes": renderer.text(meeting.minutes),
        "may_run": may_run,
        "may_propose": can_propose(user) and not (is_past or meeting.is_cancelled),
        "zone": zone,
        "when": when_exactly(meeting, zone),
        "near": day_in_words(meeting.starts_at, zone, now),
        "own_clock": own_clock(meeting, zone),
        "today": today_of(user, now),
        "now": now,
        "justin": justin_service(),
    }
    return render(request, "meetings/meeting_detail.html", context)
