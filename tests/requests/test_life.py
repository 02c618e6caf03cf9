"""The way of a request through review, and who may go it."""

from __future__ import annotations

import pytest

from campaigns.models import CampaignEvent, ProductionRequest, RequestVerb, WorkingGroup
from campaigns.requests.errors import Incomplete, Stale
from campaigns.requests.life import TRANSITIONS, allowed_moves
from campaigns.requests.services import (
    accept,
    change,
    clone,
    create_request,
    decline,
    discard,
    present,
    save_draft,
    set_priority,
    set_wanted_by,
    submit,
    want_changes,
    withdraw,
)
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice
from portal.roles import Role
from tests.requests.contents import content

pytestmark = pytest.mark.django_db


@pytest.fixture
def submitted(requester) -> ProductionRequest:
    return submit(create_request(actor=requester, content=content()), actor=requester)


@pytest.fixture
def presented(submitted, coordinator) -> ProductionRequest:
    return present(submitted, actor=coordinator)


def test_a_request_goes_from_an_empty_draft_to_a_campaign(requester, coordinator) -> None:
    request = create_request(actor=requester)
    assert (request.state, request.n_complete, request.version) == ("draft", 0, 1)
    save_draft(request, content(), actor=requester, version=1)
    assert (request.n_complete, request.n_events, request.tape_bytes) == (8, 3_000_000, 100 * 10**12)
    assert request.cpu_hours == pytest.approx(40_000)
    submit(request, actor=requester)
    assert request.revisions.count() == 1
    present(request, actor=coordinator)
    campaign = accept(request, actor=coordinator, campaign_name="pdvd-reco-2026c")
    assert request.state == "accepted"
    assert list(campaign.requests.all()) == [request]
    assert (campaign.detector_name, campaign.kind, campaign.name_is_provisional) == ("ProtoDUNE-VD", "reconstruction", False)
    assert [event.verb for event in request.events.order_by("pk")] == ["created", "submitted", "presented", "accepted"]
    assert CampaignEvent.objects.filter(campaign=campaign, verb="request-added", note=str(request.pk)).exists()


def test_submitting_needs_all_eight_items_and_says_which_are_missing(requester) -> None:
    request = create_request(actor=requester, content=content(code__tag="develop", resources__memory_mib="4", datasets=[]))
    with pytest.raises(Incomplete) as refused:
        submit(request, actor=requester)
    assert refused.value.message == "Not everything is there yet. Items 1, 5 and 8 first."
    assert [problem.path for problem in refused.value.problems] == ["code.tag", "resources.memory_mib", "datasets"]
    request.refresh_from_db()
    assert (request.state, request.revisions.count()) == ("draft", 0)
