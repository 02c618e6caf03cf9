"""The list of requests, as a page and for other programs."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.models import Detector, ProductionRequest, RequestKind, RequestState, SavedView, WorkingGroup
from campaigns.requests.rules import can_create
from campaigns.views.columns import address, heads
from campaigns.views.request_filters import COLUMNS, OPEN, OPEN_STATES, counts_by_state, filters_of, kept_query, of
from monitoring.csv_tables import csv_response

ROWS_PER_PAGE = 50
NOT_SHOWN = ("content", "search_text")  # the largest columns
TABLE = [
    "request",
    "title",
    "state",
    "items_complete",
    "kind",
    "detector",
    "working_group",
    "requester",
    "priority",
    "wanted_by",
    "events",
    "tape_bytes",
    "cpu_hours",
    "submitted_at",
    "changed_at",
]


@require_safe
def request_list(request: HttpRequest) -> HttpResponse:
    """Requests the reader may see, a page at a time: those that fit the filters in the address."""
    visible = ProductionRequest.objects.visible_to(request.user)
    asked = filters_of(request)
    but_for_state = asked.without_state(visible, request.user)
    by_state = counts_by_state(but_for_state)
    page = Paginator(asked.apply(visible, request.user).for_list().defer(*NOT_SHOWN), ROWS_PER_PAGE)
    page.count = sum(by_state.values()) if not asked.state else _count(by_state, asked.state)
    return render(
        request,
        "requests/request_list.html",
        {
            "page": page.get_page(request.GET.get("page", 1)),
            "asked": asked,
            "heads": heads(request, COLUMNS, asked.sort),
            "chips": _chips(request, by_state, asked.state),
            "mine_href": address(request, mine=None if asked.mine else "1"),
            "n_mine": visible.filter(of(request.user)).count() if request.user.is_authenticated else 0,
            "kinds": RequestKind.choices,
            "detectors": Detector.objects.values_list("name", flat=True),
            "groups": WorkingGroup.objects.values_list("name", flat=True),
            "views": _views(request),
            "query": kept_query(request.GET.urlencode()),
            "n_all": sum(by_state.values()) if not asked.is_filtered else visible.count(),
            "may_create": can_create(request.user),
        },
    )


@require_safe
def request_list_csv(request: HttpRequest) -> HttpResponse:
    """One line a request, with the filters of the address and without its paging. An empty cell is not known."""
    return csv_response("requests", TABLE, _rows(request))


@require_safe
def request_list_json(request: HttpRequest) -> HttpResponse:
    """The same rows; null is not known."""
    return JsonResponse({"rows": [dict(zip(TABLE, row, strict=True)) for row in _rows(request)]})


def _rows(request: HttpRequest) -> Iterator[list[object]]:
    found = filters_of(request).apply(ProductionRequest.objects.visible_to(request.user), request.user)
    for row in found.for_list().defer(*NOT_SHOWN).iterator():
        yield [
            row.pk,
            row.title,
            row.state,
            row.n_complete,
            row.kind or None,
            row.detector.name if row.detector else None,
            row.working_group.name if row.working_group else None,
            row.requester.username,
            row.priority,
            row.wanted_by_on,
            row.n_events,
            row.tape_bytes,
            round(row.cpu_hours, 1) if row.cpu_hours is not None else None,
            row.submitted_at,
            row.saved_at,
        ]


def _count(by_state: dict[str, int], state: str) -> int:
    return sum(by_state.get(one, 0) for one in (OPEN_STATES if state == OPEN else (state,)))


def _chips(request: HttpRequest, by_state: dict[str, int], state: str) -> list[tuple[str, int, bool, str]]:
    """All, what is open in review, and each state there is (or that is asked for)."""
    chips = [
        ("All", sum(by_state.values()), not state, address(request, state=None)),
        ("In review", _count(by_state, OPEN), state == OPEN, address(request, state=OPEN)),
    ]
    chips += [
        (one.label.capitalize(), by_state.get(one, 0), state == one, address(request, state=one))
        for one in RequestState
        if by_state.get(one) or state == one
    ]
    return chips


def _views(request: HttpRequest) -> list[tuple[SavedView, bool]]:
    """The reader's saved views of this page, and whether it is the one shown."""
    if not request.user.is_authenticated:
        return []
    shown = kept_query(request.GET.urlencode())
    return [(view, kept_query(view.query) == shown) for view in SavedView.objects.filter(user=request.user, page="requests")]
