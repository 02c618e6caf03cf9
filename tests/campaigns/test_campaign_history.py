"""A campaign's history: its own events and those of its requests in one timeline, with old and new values."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns import campaign_services as settings_of
from campaigns.campaign_tokens import make_token
from campaigns.history import KINDS, Timeline
from campaigns.jobscript_services import keep_version
from campaigns.models import CampaignEvent, CampaignJustinCampaign, CampaignVerb, RequestVerb, StepEvent, StepVerb
from campaigns.requests import services as requests
from campaigns.services import comment_on_workflow
from campaigns.steps.refreshing import look_again
from campaigns.steps.signing import ask_for_sign_offs
from tests.campaigns.serving import accepted
from tests.factories import NOW, make_campaign, make_service, make_workflow
from tests.requests.filing import cost, filed

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=True)]


@pytest.fixture
def campaign(db):
    make_service()
    return make_campaign("pdhd-reco-2026b", 402)


@pytest.fixture
def busy(campaign, requester, coordinator, shifter):
    """Something of every kind, to the campaign, its steps and its request; and a request that is not its own."""
    request = accepted(requester, coordinator, campaign)
    requests.set_priority(request, 2, actor=coordinator, reason="Before the review.")
    requests.comment(request, "When does **it** begin?", actor=shifter)
    settings_of.appoint(campaign, shifter, actor=coordinator)
    comment_on_workflow(campaign, make_workflow(3206), "Site told", actor=shifter)
    make_token(campaign, actor=shifter, scope="report", name="dunegpvm03", days=7)
    keep_version(campaign, "reco.jobscript", actor=shifter, version=0, text="lar\n")
    ask_for_sign_offs(campaign, "setup", actor=shifter)
    CampaignJustinCampaign.objects.update(purpose="test")  # which 3206, in another scope than usertests, contradicts
    look_again([campaign])
    settings_of.change_settings(campaign, {"purpose": "For the beam group", "kind": "reconstruction"}, actor=coordinator)
    settings_of.set_status(campaign, "paused", actor=coordinator, reason="Tapes are full.")
    filed(requester, title="Another campaign's")
    return campaign


def page(client, query=""):
    answer = client.get(f"/campaigns/pdhd-reco-2026b/history/{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_it_holds_every_event_of_the_campaign_and_its_requests_newest_first(busy, outsider):
    entries = Timeline(busy, outsider)[0:100]
    assert len(entries) == busy.events.count() + busy.requests.get().events.count() + busy.step_events.count()
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    assert entries[-1].what == "made the campaign"
    abouts = {"campaign", f"request {busy.requests.get().pk}", "step 1, Set up", "step 2, Test", "files"}
    assert {entry.about for entry in entries} == abouts


def test_old_and_new_values_are_shown_with_who_and_why(client, busy):
    html = page(client)
    was = '<span class="was"><span class="visually-hidden">was </span>active</span>'
    assert f"coordinator1 changed its status <ul><li>{was} → paused" in html
    assert "Tapes are full." in html
    assert "purpose: For the beam group" in html
    assert "kind: Reconstruction" in html
    assert "Before the review." in html
    assert "When does **it** begin?" in html
    assert "presented it at the meeting of 2026-11-23" in html


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_shows_its_own_and_the_chips_count_them(client, busy, kind):
    timeline = Timeline(busy, busy.events.first().actor, kind)
    entries = timeline[0:100]
    assert entries
    assert {entry.kind for entry in entries} == {kind}
    assert timeline.count() == timeline.counts()[kind] == len(entries)
    label = KINDS[kind].label
    assert f'aria-current="true">{label} {len(entries)}</a>' in page(client, f"?kind={kind}")


def test_every_verb_belongs_to_exactly_one_kind():
    """So that a verb that is new is not forgotten."""
    assert sorted(verb for kind in KINDS.values() for verb in kind.of_campaign) == sorted(CampaignVerb)
    assert sorted(verb for kind in KINDS.values() for verb in kind.of_requests) == sorted(RequestVerb)
    assert sorted(verb for kind in KINDS.values() for verb in kind.of_steps) == sorted(StepVerb)


def test_a_kind_that_is_none_of_ours_shows_all(client, busy):
    assert 'aria-current="true">All' in page(client, "?kind=nonsense")
    assert "Nothing of this kind" not in page(client, "?kind=%00")


def test_csv_has_a_line_for_each_changed_value(client, busy):
    answer = client.get("/campaigns/pdhd-reco-2026b/history.csv?kind=campaign")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    changed = [(row["field"], row["old"], row["new"]) for row in rows if row["what"] == "changed purpose and kind"]
    assert changed == [("purpose", "", "For the beam group"), ("kind", "", "Reconstruction")]
    status = next(row for row in rows if row["what"] == "changed its status")
    assert (status["who"], status["old"], status["new"], status["note"]) == (
        "coordinator1",
        "active",
        "paused",
        "Tapes are full.",
    )


def test_json_has_the_same_entries(client, busy, outsider):
    answer = client.get("/campaigns/pdhd-reco-2026b/history.json").json()
    assert answer["campaign"] == "pdhd-reco-2026b"
    assert [one["what"] for one in answer["entries"]] == [entry.what for entry in Timeline(busy, outsider)[0:100]]
    assert answer["entries"][0]["changes"] == [{"field": "", "old": "active", "new": "paused"}]


def test_a_long_history_is_paged_at_constant_cost_and_given_whole_as_csv(client, campaign, coordinator):
    start = timezone.now()
    costs = []
    for n_more in (60, 1200):
        CampaignEvent.objects.bulk_create(
            CampaignEvent(
                campaign=campaign, verb=CampaignVerb.CHANGED, actor=coordinator, note="links", at=start + timedelta(seconds=n)
            )
            for n in range(n_more)
        )  # fmt: skip
        last = campaign.step_events.count()
        StepEvent.objects.bulk_create(
            StepEvent(
                campaign=campaign, number=last + n, verb=StepVerb.WAIVED, actor=coordinator, step="setup",
                criterion="plan-drafted", note="On paper.", data={"old": "not-met"}, at=start + timedelta(seconds=n),
            )
            for n in range(1, n_more)
        )  # fmt: skip
        costs.append(cost(client, "/campaigns/pdhd-reco-2026b/history/"))
    assert costs[0] == costs[1] <= 25
    n_all = campaign.events.count() + campaign.step_events.count()
    assert f"1 to 50 of {n_all:,}" in page(client)
    assert "made the campaign" in page(client, f"?page={-(-n_all // 50)}")
    lines = client.get("/campaigns/pdhd-reco-2026b/history.csv?kind=watched").content.decode().splitlines()
    assert len(lines) == campaign.events.filter(verb=CampaignVerb.JUSTIN_CAMPAIGN_ADDED).count() + 1
    assert len(client.get("/campaigns/pdhd-reco-2026b/history.json").json()["entries"]) == n_all


def test_requests_that_a_reader_may_not_see_are_left_out(client, busy, requester):
    request = busy.requests.get()
    request.state = "draft"
    request.save(update_fields=["state"])
    assert "Before the review." not in page(client)
    about = f"request {request.pk}"
    assert about not in {entry.about for entry in Timeline(busy, busy.appointments.get().user)[0:100]}
    assert about in {entry.about for entry in Timeline(busy, requester)[0:100]}
    told = client.get("/campaigns/pdhd-reco-2026b/history.json").json()["entries"]
    assert about not in {entry["about"] for entry in told}
