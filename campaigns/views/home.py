"""The home page: what waits for the reader, what needs somebody, then the active campaigns."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.log.unfinished import unfinished
from campaigns.log.unread import unread_counts
from campaigns.meetings.reading import my_actions, next_meeting
from campaigns.models import Campaign
from campaigns.rules import can_create_campaign
from campaigns.shift.mine import my_checks
from campaigns.steps.mine import my_queue
from campaigns.summary import campaign_cards
from campaigns.summary.notices import GuardNotice
from campaigns.summary.waiting import requests_waiting_for, waiting_rows
from monitoring.health import Notice, justin_service, service_notice
from monitoring.models import WorkflowState
from portal.roles import roles_of
from portal.zones import zone_of

NOTICES_SHOWN = 12
WAITING_SHOWN = 10
DRAFTS_SHOWN = 5
ALL_SHOWN = 500  # with ?waiting=all
LIVE_STATES = (WorkflowState.SUBMITTED, WorkflowState.RUNNING, WorkflowState.FINISHING)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    service = justin_service()
    cards = campaign_cards(request.user, service=service)
    wrong: list[tuple[Campaign | None, Notice]] = [(None, notice) for notice in service_notice(service)]
    wrong += sorted(((card.campaign, notice) for card in cards for notice in card.notices), key=lambda pair: pair[1].rank)
    wrong.sort(key=lambda pair: not isinstance(pair[1], GuardNotice))  # a broken guard rail comes before all else
    queue = my_queue(request.user, n_shown=ALL_SHOWN if request.GET.get("waiting") == "all" else WAITING_SHOWN)
    waiting = requests_waiting_for(request.user)
    checks, actions = my_checks(request.user), my_actions(request.user)
    drafts = list(unfinished(request.user)[: DRAFTS_SHOWN + 1])
    now, following = timezone.now(), next_meeting()
    return render(
        request,
        "campaigns/home.html",
        {
            "checks": checks,
            "waiting": waiting,
            "queue": queue,
            "rows": waiting_rows(queue.items, waiting.first, actions, timezone.localdate()),
            "drafts": drafts[:DRAFTS_SHOWN],
            "has_more_drafts": len(drafts) > DRAFTS_SHOWN,
            "n_waiting": len(checks) + len(queue.items) + queue.n_more + len(waiting.first) + waiting.n_more + len(actions),
            "following": following,
            "zone": zone_of(request.user),
            "now": now,
            "has_roles": bool(roles_of(request.user)),
            "cards": cards,
            "unread": unread_counts(request.user, [card.campaign for card in cards]),
            "justin": service,
            "justin_notices": service_notice(service),
            "wrong": wrong[:NOTICES_SHOWN],
            "n_wrong": len(wrong),
            "n_more": max(0, len(wrong) - NOTICES_SHOWN),
            "may_create": can_create_campaign(request.user),
            "has_any": bool(cards) or Campaign.objects.visible_to(request.user).exists(),
            "live": any(state in LIVE_STATES for card in cards for state in card.totals.by_state),
        },
    )
