"""Naming, staffing and setting up a campaign: by its actions, and on its settings page."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from campaigns import campaign_services as services
from campaigns.models import Campaign, CampaignJustinCampaign, CampaignVerb, FormerName
from campaigns.rules import is_shifter_of
from campaigns.services import create_campaign, watch_justin_campaign
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice
from portal.roles import Role
from tests.campaigns.serving import accepted
from tests.factories import NOW, make_campaign, make_service

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]
TODAY = NOW.date()


@pytest.fixture
def campaign(db):
    make_service()
    return make_campaign("pdhd-reco-2026b", 402)


def newest(campaign):
    return campaign.events.first()


def address(campaign, name="settings", *more):
    return reverse(f"campaigns:campaign-{name}", args=[campaign.slug, *more])


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


# --- names ---


def test_a_renamed_campaign_answers_at_its_old_addresses(client, campaign, coordinator):
    services.rename(campaign, "pdhd-reco-2026c", actor=coordinator, reason="b was taken.")
    services.rename(campaign, "pdhd-reco-2026.d", actor=coordinator)
    for path in ("/campaigns/{}/", "/campaigns/{}/history/", "/campaigns/{}/workflows.csv", "/api/v1/campaigns/{}/summary/"):
        for old in ("pdhd-reco-2026b", "pdhd-reco-2026c"):
            query = "?page=1&q=a%20b" if "/api/" not in path else "?page=1"
            answer = client.get(path.format(old) + query)
            assert answer.status_code == 301
            assert answer.headers["Location"] == path.format("pdhd-reco-2026-d") + query
            assert client.get(answer.headers["Location"]).status_code == 200
    event = campaign.events.filter(verb=CampaignVerb.RENAMED).last()
    assert event.data == {"old": "pdhd-reco-2026b", "new": "pdhd-reco-2026c", "reason": "b was taken."}
    assert event.actor == coordinator


def test_what_is_sent_to_an_old_address_is_sent_on_and_not_turned_into_a_read(client_of, campaign, coordinator):
    services.rename(campaign, "new-name", actor=coordinator)
    client = client_of(coordinator)
    answer = client.post("/campaigns/pdhd-reco-2026b/settings/about/", {"purpose": "Kept", "initial-purpose": ""}, follow=True)
    assert answer.redirect_chain[0] == ("/campaigns/new-name/settings/about/", 308)
    campaign.refresh_from_db()
    assert campaign.purpose == "Kept"


def test_an_old_address_tells_nothing_to_who_may_not_read(client, campaign, coordinator, settings):
    services.rename(campaign, "new-name", actor=coordinator)
    settings.PUBLIC_READ = False
    assert "login" in client.get("/campaigns/pdhd-reco-2026b/").headers["Location"]
    assert client.get("/api/v1/campaigns/pdhd-reco-2026b/").status_code == 401


def test_an_address_that_never_was_stays_unknown(client, campaign, coordinator):
    services.rename(campaign, "new-name", actor=coordinator)
    assert client.get("/campaigns/never-was/").status_code == 404
    assert client.get("/campaigns/pdhd-reco-2026b/no-such-page/").status_code == 404


def test_a_campaign_may_have_its_old_name_back_and_nobody_else_may(client, campaign, coordinator):
    services.rename(campaign, "new-name", actor=coordinator)
    with pytest.raises(Conflict, match="new-name was once named pdhd-reco-2026b"):
        create_campaign("PDHD-reco-2026b", actor=coordinator)
    other = create_campaign("other", actor=coordinator)
    with pytest.raises(Conflict):
        services.rename(other, "pdhd-reco-2026b", actor=coordinator)
    services.rename(campaign, "pdhd-reco-2026b", actor=coordinator)
    assert client.get("/campaigns/pdhd-reco-2026b/").status_code == 200
    assert client.get("/campaigns/new-name/").headers["Location"] == "/campaigns/pdhd-reco-2026b/"
    assert list(FormerName.objects.values_list("slug", flat=True)) == ["new-name"]


def test_a_provisional_name_is_agreed_without_a_new_address(client, campaign, coordinator):
    Campaign.objects.filter(pk=campaign.pk).update(name_is_provisional=True)
    assert "name provisional" in page(client, campaign.get_absolute_url())
    services.rename(campaign, campaign.name, actor=coordinator, provisional=False)
    assert "name provisional" not in page(client, campaign.get_absolute_url())
    assert newest(campaign).data["old"] == "pdhd-reco-2026b (provisional)"
    assert not campaign.former_names.exists()
    n_events = campaign.events.count()
    services.rename(campaign, campaign.name, actor=coordinator)
    assert campaign.events.count() == n_events


@pytest.mark.parametrize("name", ["", "a b", "new", "-x", "x" * 101, "../etc", "é"])
def test_a_name_that_cannot_be_is_refused_and_nothing_changes(campaign, coordinator, name):
    with pytest.raises((Invalid, Conflict)):
        services.rename(campaign, name, actor=coordinator)
    campaign.refresh_from_db()
    assert campaign.name == "pdhd-reco-2026b"
    assert not campaign.events.filter(verb=CampaignVerb.RENAMED).exists()


def test_a_change_of_case_alone_moves_no_address(client, campaign, coordinator):
    services.rename(campaign, "PDHD-reco-2026b", actor=coordinator)
    assert not campaign.former_names.exists()
    assert "PDHD-reco-2026b" in page(client, "/campaigns/pdhd-reco-2026b/")


def test_the_short_address_outlives_every_name(client, campaign, coordinator):
    services.rename(campaign, "new-name", actor=coordinator)
    answer = client.get(f"/c/{campaign.pk}/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/campaigns/new-name/")
    assert client.get("/c/99999/").status_code == 404


# --- settings ---


def test_each_setting_keeps_old_and_new_in_one_event(campaign, coordinator):
    changed = services.change_settings(
        campaign,
        {"purpose": "For  the\nbeam group", "kind": "reconstruction", "n_jobs_reference": 600, "detector_name": "ProtoDUNE-HD"},
        actor=coordinator,
    )
    assert changed == ["purpose", "kind", "jobs to keep running", "detector"]
    services.change_settings(campaign, {"n_jobs_reference": 1200, "kind": "reconstruction"}, actor=coordinator)
    assert newest(campaign).data == {
        "changes": [{"field": "n_jobs_reference", "label": "jobs to keep running", "old": "600", "new": "1,200"}]
    }
    campaign.refresh_from_db()
    assert (campaign.purpose, campaign.kind, campaign.n_jobs_reference) == ("For the beam group", "reconstruction", 1200)


def test_a_shifter_of_it_sets_how_it_is_run_and_nothing_else(campaign, coordinator, shifter):
    with pytest.raises(NotAllowed):
        services.change_settings(campaign, {"jobscript_reference": "x"}, actor=shifter)
    services.appoint(campaign, shifter, actor=coordinator)
    services.change_settings(campaign, {"jobscript_reference": "DUNE/prod/reco.jobscript:v1"}, actor=shifter)
    with pytest.raises(NotAllowed):
        services.change_settings(campaign, {"jobscript_reference": "y", "purpose": "Mine"}, actor=shifter)
    campaign.refresh_from_db()
    assert (campaign.jobscript_reference, campaign.purpose) == ("DUNE/prod/reco.jobscript:v1", "")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("working_directory", "/exp/dune/no/machine"),
        ("working_directory", "dunegpvm03:relative"),
        ("n_jobs_reference", 0),
        ("n_jobs_reference", True),
        ("kind", "analysis"),
        ("detector_name", "No Such Detector"),
        ("jobscript_reference", "x" * 301),
        ("links", [{"label": "a", "url": "javascript:alert(1)"}]),
        ("links", [{"label": "a", "url": "https://"}]),
        ("links", [{"label": "a", "url": "https://[x"}]),
        ("links", [{"label": "a", "url": 'https://a.example/" onclick="x'}]),
        ("links", [{"label": "a", "url": "https://a.example"}] * 31),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(campaign, coordinator, name, value):
    with pytest.raises(Invalid) as refused:
        services.change_settings(campaign, {name: value}, actor=coordinator)
    assert refused.value.field == name
    assert newest(campaign).verb != CampaignVerb.CHANGED


def test_what_somebody_changed_meanwhile_is_not_overwritten(client_of, campaign, coordinator):
    client = client_of(coordinator)
    stale = {"purpose": "Mine", "initial-purpose": "", "kind": "simulation", "initial-kind": ""}
    services.change_settings(campaign, {"purpose": "Theirs"}, actor=coordinator)
    answer = client.post(address(campaign, "about"), stale)
    assert answer.status_code == 400
    assert "Somebody set the purpose to “Theirs” in the meantime." in answer.content.decode()
    assert "Mine" in answer.content.decode()
    campaign.refresh_from_db()
    assert (campaign.purpose, campaign.kind) == ("Theirs", "")


def test_fields_that_were_not_touched_leave_what_others_set(client_of, campaign, coordinator):
    services.change_settings(campaign, {"purpose": "Theirs"}, actor=coordinator)
    sent = {"purpose": "", "initial-purpose": "", "kind": "simulation", "initial-kind": ""}
    assert client_of(coordinator).post(address(campaign, "about"), sent).status_code == 302
    campaign.refresh_from_db()
    assert (campaign.purpose, campaign.kind) == ("Theirs", "simulation")


def test_links_are_added_changed_and_taken_away_in_their_rows(client_of, campaign, coordinator):
    client = client_of(coordinator)
    sent = {"seen-links": "[]", "label-2": "DocDB 1", "url-2": "https://docs.example/?id=1", "url-3": "https://git.example/x"}
    assert client.post(address(campaign, "work"), sent).status_code == 302
    campaign.refresh_from_db()
    links = [
        {"label": "DocDB 1", "url": "https://docs.example/?id=1"},
        {"label": "git.example", "url": "https://git.example/x"},
    ]
    assert campaign.links == links
    assert 'href="https://docs.example/?id=1"' in page(client, campaign.get_absolute_url())
    sent = {"seen-links": json.dumps(links), "label-1": "DocDB 1", "url-1": "https://docs.example/?id=2"}
    assert client.post(address(campaign, "work"), sent).status_code == 302
    campaign.refresh_from_db()
    assert campaign.links == [{"label": "DocDB 1", "url": "https://docs.example/?id=2"}]
    bad = {"seen-links": json.dumps(campaign.links), "label-1": "x", "url-1": "ftp://a"}
    answer = client.post(address(campaign, "work"), bad)
    assert answer.status_code == 400
    assert "Link 1: give the whole address" in answer.content.decode()
    assert 'value="ftp://a"' in answer.content.decode()


def test_a_personal_directory_is_taken_with_a_warning(client_of, campaign, coordinator):
    client = client_of(coordinator)
    for path, is_personal in (
        ("dunegpvm03:/exp/dune/app/users/dunepro/reco", False),
        ("dunegpvm03:/nashome/s/shifter1/reco", True),
    ):
        sent = {"working_directory": path, "initial-working_directory": ""}
        answer = client.post(address(campaign, "work"), sent, follow=True)
        assert ("looks like a person" in answer.content.decode()) is is_personal
        Campaign.objects.filter(pk=campaign.pk).update(working_directory="")


# --- status ---


def test_finishing_is_asked_once_more_and_can_be_set_back(client, client_of, campaign, coordinator):
    told = client_of(coordinator)
    asked = told.post(address(campaign, "status"), {"status": "finished", "seen_status": "active", "reason": "All is done."})
    assert asked.status_code == 200
    assert "Finish pdhd-reco-2026b?" in asked.content.decode()
    campaign.refresh_from_db()
    assert campaign.status == "active"
    sent = {"status": "finished", "seen_status": "active", "reason": "All is done.", "confirmed": "on"}
    assert told.post(address(campaign, "status"), sent).status_code == 302
    assert "pdhd-reco-2026b" not in page(client, "/")
    assert newest(campaign).data == {"old": "active", "new": "finished", "reason": "All is done."}
    assert told.post(address(campaign, "status"), {"status": "active", "seen_status": "finished"}).status_code == 302
    assert "pdhd-reco-2026b" in page(client, "/")


def test_a_status_that_somebody_set_meanwhile_is_told(client_of, campaign, coordinator):
    services.set_status(campaign, "paused", actor=coordinator)
    sent = {"status": "cancelled", "seen_status": "active", "confirmed": "on"}
    answer = client_of(coordinator).post(address(campaign, "status"), sent)
    assert answer.status_code == 400
    assert "was set to paused in the meantime" in answer.content.decode()
    campaign.refresh_from_db()
    assert campaign.status == "paused"


# --- shifters ---


def test_an_appointment_counts_from_its_first_day_to_its_last(campaign, coordinator, shifter, time_machine):
    first, last = TODAY + timedelta(days=2), TODAY + timedelta(days=4)
    services.appoint(campaign, shifter, actor=coordinator, from_on=first, until_on=last)
    for day, is_on in ((1, False), (2, True), (4, True), (5, False)):
        time_machine.move_to(NOW + timedelta(days=day))
        assert is_shifter_of(shifter, campaign) is is_on
    assert newest(campaign).data == {"from_on": first.isoformat(), "until_on": last.isoformat()}
    assert f"from {first.isoformat()} to {last.isoformat()}" in Notice.objects.get(user=shifter).subject


def test_the_days_of_one_person_do_not_overlap(campaign, coordinator, shifter):
    one = services.appoint(campaign, shifter, actor=coordinator, from_on=TODAY, until_on=TODAY + timedelta(days=5))
    with pytest.raises(Conflict):
        services.appoint(campaign, shifter, actor=coordinator, from_on=TODAY + timedelta(days=5))
    later = services.appoint(campaign, shifter, actor=coordinator, from_on=TODAY + timedelta(days=6))
    with pytest.raises(Conflict):
        services.change_appointment(one, actor=coordinator, from_on=TODAY, until_on=None)
    with pytest.raises(Invalid):
        services.change_appointment(one, actor=coordinator, from_on=TODAY, until_on=TODAY - timedelta(days=1))
    services.end_appointment(later, actor=coordinator)  # it has not begun: it never counts
    services.change_appointment(one, actor=coordinator, from_on=TODAY, until_on=None)
    assert newest(campaign).data["changes"] == [
        {
            "field": "until_on",
            "label": "appointment of shifter1, until",
            "old": (TODAY + timedelta(days=5)).isoformat(),
            "new": "",
        }
    ]
    assert is_shifter_of(shifter, campaign)


def test_an_end_is_noted_with_the_old_one_and_only_once(campaign, coordinator, shifter):
    one = services.appoint(
        campaign, shifter, actor=coordinator, from_on=TODAY - timedelta(days=9), until_on=TODAY + timedelta(days=9)
    )
    services.end_appointment(one, actor=coordinator)
    event = newest(campaign)
    assert (event.verb, event.note) == (CampaignVerb.APPOINTMENT_ENDED, "shifter1")
    assert event.data == {"old": (TODAY + timedelta(days=9)).isoformat(), "new": TODAY.isoformat()}
    with pytest.raises(Conflict, match="ended with"):
        services.end_appointment(one, actor=coordinator)


def test_only_who_holds_the_role_is_appointed_and_only_coordinators_appoint(campaign, coordinator, shifter, outsider):
    with pytest.raises(Invalid, match="does not hold the role shifters"):
        services.appoint(campaign, outsider, actor=coordinator)
    services.appoint(campaign, shifter, actor=coordinator)
    with pytest.raises(NotAllowed):
        services.end_appointment(campaign.appointments.get(), actor=shifter)


def test_days_are_set_and_ended_on_the_page(client_of, campaign, coordinator, shifter, make_user):
    client = client_of(coordinator)
    coming = (TODAY + timedelta(days=3)).isoformat()
    sent = {"user": shifter.pk, "from_on": coming, "until_on": ""}
    assert client.post(address(campaign, "appoint"), sent).status_code == 302
    one = campaign.appointments.get()
    other = address(campaign, "appointment", one.pk)
    sent = {"from_on": TODAY.isoformat(), "initial-from_on": coming, "until_on": "", "initial-until_on": "", "save": "1"}
    assert client.post(other, sent).status_code == 302
    answer = client.post(other, sent)  # the page behind it is old by now
    assert answer.status_code == 302
    answer = client.post(other, sent | {"from_on": "2026-12-24"})
    assert answer.status_code == 400
    assert "Somebody set it to from 2026-11-23 on in the meantime." in answer.content.decode()
    assert client.post(other, {"end": "1"}).status_code == 302
    one.refresh_from_db()
    assert (one.from_on, one.until_on) == (TODAY, TODAY)
    assert client.post(other, sent | {"from_on": "yesterday"}).status_code == 400
    elsewhere = address(make_campaign("other"), "appointment", one.pk)
    assert client.post(elsewhere, {"end": "1"}).status_code == 404


# --- justIN campaigns, requests ---


def test_what_a_justin_campaign_is_for_is_noted(client, client_of, campaign, coordinator, shifter):
    watch_justin_campaign(campaign, 437, actor=coordinator)
    services.appoint(campaign, shifter, actor=coordinator)
    told = client_of(shifter)
    assert told.post(address(campaign, "justin-purpose", 437), {"purpose": "test"}).status_code == 302
    assert CampaignJustinCampaign.objects.get(justin_campaign__justin_id=437).purpose == "test"
    assert newest(campaign).data["changes"][0] | {"field": ""} == {
        "field": "", "label": "purpose of justIN campaign 437", "old": "", "new": "test",
    }  # fmt: skip
    assert told.post(address(campaign, "justin-purpose", 437), {"purpose": "fun"}).status_code == 400
    assert told.post(address(campaign, "justin-purpose", 9), {"purpose": "test"}).status_code == 404
    assert "test" in page(client, campaign.get_absolute_url())


def test_a_campaign_serves_several_requests_and_lets_go_of_one_that_another_serves(client_of, campaign, coordinator, requester):
    other = make_campaign("other")
    request = accepted(requester, coordinator, other)
    client = client_of(coordinator)
    assert client.post(address(campaign, "request-add"), {"request": request.pk}).status_code == 302
    assert not services.add_request(campaign, request, actor=coordinator)
    assert set(request.campaigns.all()) == {campaign, other}
    assert client.post(address(other, "request-remove", request.pk)).status_code == 302
    answer = client.post(address(campaign, "request-remove", request.pk))
    assert answer.status_code == 400
    assert "No other campaign serves request" in answer.content.decode()
    assert list(request.campaigns.all()) == [campaign]


def test_a_request_that_is_not_accepted_is_not_tied_to_a_campaign(campaign, coordinator, requester):
    from tests.requests.filing import filed

    with pytest.raises(Invalid, match="is submitted"):
        services.add_request(campaign, filed(requester), actor=coordinator)


# --- the page ---


def test_the_page_shows_each_what_they_may_set(client_of, campaign, coordinator, shifter, outsider):
    html = page(client_of(coordinator), address(campaign))
    for part in ("name", "about", "work", "status", "shifters", "justin", "requests"):
        assert f'id="{part}"' in html
    page(client_of(shifter), address(campaign), 403)
    services.appoint(campaign, shifter, actor=coordinator)
    html = page(client_of(shifter), address(campaign))
    assert 'id="work"' in html
    assert 'id="status"' not in html
    assert "Settings" in page(client_of(shifter), campaign.get_absolute_url())
    assert "/settings/" not in page(client_of(outsider), campaign.get_absolute_url())


def test_the_page_costs_the_same_with_many_shifters_and_requests(client_of, campaign, coordinator, requester, make_user):
    from tests.requests.filing import cost

    client, costs = client_of(coordinator), []
    for number in range(12):
        accepted(requester, coordinator, campaign, title=f"Request {number}")
        shifter = make_user(f"shifter{number + 2}", Role.SHIFTERS)
        services.appoint(campaign, shifter, actor=coordinator)
        if number in (1, 11):
            costs.append(cost(client, address(campaign)))
    assert costs[0] == costs[1] <= 25


def test_coming_back_from_the_log_in_leads_to_the_part_of_the_page(client_of, campaign, coordinator):
    answer = client_of(coordinator).get(address(campaign, "rename"))
    assert answer.headers["Location"] == "/campaigns/pdhd-reco-2026b/settings/#name"
    answer = Client().post(address(campaign, "rename"), {"name": "x"})
    assert answer.headers["Location"].startswith("/accounts/login/")


def test_a_new_name_leads_to_the_settings_under_the_new_address(client_of, campaign, coordinator):
    sent = {"name": "pdhd-reco-2026c", "standing": "agreed"}
    answer = client_of(coordinator).post(address(campaign, "rename"), sent)
    assert answer.headers["Location"] == "/campaigns/pdhd-reco-2026c/settings/#name"


@pytest.mark.django_db(transaction=True)
def test_two_who_take_the_same_name_at_once_get_one_campaign_of_it(make_user):
    coordinator = make_user("coordinator1", Role.COORDINATORS)
    campaigns = [create_campaign(name, actor=None) for name in ("first", "second")]
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def rename(campaign: Campaign) -> None:
        start.wait()
        try:
            services.rename(campaign, "wanted", actor=coordinator)
            outcomes.append("renamed")
        except Conflict:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=rename, args=[one]) for one in campaigns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused", "renamed"]
    assert Campaign.objects.filter(slug="wanted").count() == 1
    assert FormerName.objects.count() == 1


def test_dates_are_those_of_the_calendar(campaign, coordinator, shifter):
    assert services.appoint(campaign, shifter, actor=coordinator).from_on == date(2026, 11, 23)
