"""The home page: what needs somebody, then the active campaigns."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.models import Campaign
from campaigns.rules import can_create_campaign
from campaigns.summary import campaign_cards
from monitoring.health import Notice, justin_service, service_notice
from monitoring.models import WorkflowState

NOTICES_SHOWN = 12
LIVE_STATES = (WorkflowState.SUBMITTED, WorkflowState.RUNNING, WorkflowState.FINISHING)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    service = justin_service()
    cards = campaign_cards(request.user)
    wrong: list[tuple[Campaign | None, Notice]] = [(None, notice) for notice in service_notice(service)]
    wrong += sorted(((card.campaign, notice) for card in cards for notice in card.notices), key=lambda pair: pair[1].rank)
    return render(
        request,
        "campaigns/home.html",
        {
            "cards": cards,
            "justin": service,
            "wrong": wrong[:NOTICES_SHOWN],
            "n_wrong": len(wrong),
            "n_more": max(0, len(wrong) - NOTICES_SHOWN),
            "may_create": can_create_campaign(request.user),
            "has_any": bool(cards) or Campaign.objects.visible_to(request.user).exists(),
            "live": any(state in LIVE_STATES for card in cards for state in card.totals.by_state),
        },
    )
