"""Pages of meetings: the list, the agenda by facts, what was decided, forms that keep what was typed, constant queries."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from zeal import zeal_context

from campaigns.meetings.actions import add_action
from campaigns.meetings.agenda import propose_item
from campaigns.meetings.services import cancel_meeting, change_meeting, write_minutes
from campaigns.models import Alert, Check, LogReference, Meeting, ProductionRequest
from campaigns.requests import services as requests
from campaigns.steps.services import decide
from tests.factories import Jobs, make_campaign, make_entry, make_service, make_tally, make_workflow
from tests.requests.filing import filed

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _service(db: None) -> None:
    make_service()


def part(html: str, heading: str) -> str:
    """The panel of this heading."""
    return html.split(f'id="{heading}"')[1].split("</section>")[0]


# --- the list ---


def test_the_next_meeting_is_on_top_in_the_readers_zone(series, client, client_of, shifter):
    html = client.get("/meetings/").content.decode()
    assert "Mon 30 Nov, 15:00–16:00 UTC" in part(html, "next")
    shifter.time_zone = "America/Chicago"
    shifter.save()
    propose_item(series.meetings.order_by("starts_at")[0], actor=shifter, title="Disk")
    html = client_of(shifter).get("/meetings/").content.decode()
    assert "Mon 30 Nov, 09:00–10:00 America/Chicago" in part(html, "next")
    assert "1 item proposed" in part(html, "next")
    assert "Make a series" not in html
    assert html.index('id="coming"') < html.index('id="past"') < html.index('id="series"')


def test_without_any_meeting_it_says_who_plans_them(client, client_of, coordinator):
    assert "Coordinators plan them." in client.get("/meetings/").content.decode()
    assert "/meetings/series/new/" in client_of(coordinator).get("/meetings/").content.decode()


def test_filters_by_words_and_year_are_in_the_address(plan, series, client, coordinator, shifter):
    old, recent = plan(date(2025, 6, 2), title="Old one"), plan(MONDAY)
    write_minutes(recent, actor=coordinator, text="The **disk** at FNAL is full.", version=0)
    add_action(old, actor=coordinator, text="Ask about tapes", responsible=shifter)
    found = {
        query: client.get(f"/meetings/list.json?{query}").json()["rows"]
        for query in ("q=disk+fnal", "q=tapes", "year=2025", "q=x y")
    }
    assert [[row["meeting"] for row in rows] for rows in found.values()] == [[recent.pk], [old.pk], [old.pk], []]
    html = client.get("/meetings/?q=tapes").content.decode()
    assert "Old one" in part(html, "past")
    assert "The disk" not in html
    assert client.get("/meetings/?q=nothing&year=abc").status_code == 200
    csv = client.get("/meetings/list.csv?year=2025").content.decode().splitlines()
    assert len(csv) == 2


def test_past_meetings_are_paged_and_queries_do_not_grow(plan, client):
    Meeting.objects.all().delete()
    for n in range(2):
        plan(MONDAY - timedelta(days=7 * n))
    with CaptureQueriesContext(connection) as few:
        client.get("/meetings/")
    for n in range(2, 30):
        plan(MONDAY - timedelta(days=7 * n))
    with CaptureQueriesContext(connection) as many:
        html = client.get("/meetings/").content.decode()
    assert len(many) == len(few) <= 10
    assert "1 to 25 of 30" in html
    assert "26 to 30 of 30" in client.get("/meetings/?page=2").content.decode()


# --- the agenda by facts ---


def fill(n: int, requester, coordinator) -> None:
    """A campaign more, with a decision that waits, an alert, a missed check; and a request."""
    campaign = make_campaign(f"reco-{n}", 400 + n)
    make_tally(make_workflow(3200 + n, campaign=400 + n), [Jobs("CERN", "finished", 9)])
    filed(requester, title=f"Sample {n}")
    Alert.objects.create(campaign=campaign, step="setup", kind="scope", title=f"Wrong scope of {n}")
    closes_at = datetime(2026, 11, 23, 12, tzinfo=UTC)
    Check.objects.create(
        campaign=campaign, name="morning", opens_at=closes_at - timedelta(hours=6), closes_at=closes_at, opens_on=MONDAY,
        time_zone="UTC", state="missed",
    )  # fmt: skip


def test_what_waits_for_the_next_meeting_is_there_by_itself(series, following, client_of, requester, coordinator):
    fill(1, requester, coordinator)
    html = client_of(coordinator).get(following.get_absolute_url()).content.decode()
    waits = part(html, "waits")
    assert "Sample 1" in waits
    assert reverse("campaigns:request-move", args=[ProductionRequest.objects.get().pk, "present"]) in waits
    assert "The plan is agreed at a meeting" in waits
    assert 'href="/campaigns/reco-1/steps/setup/#c-plan-agreed"' in waits
    assert "Wrong scope of 1" in waits
    assert 'Checks missed in 7 days:</span> <a href="/campaigns/reco-1/checks/">reco-1 1</a>' in waits
    assert "1 Set up" in part(html, "going")
    later = series.meetings.order_by("starts_at")[1]
    html = client_of(coordinator).get(later.get_absolute_url()).content.decode()
    assert 'id="waits"' not in html
    assert f'What waits by facts is on the agenda of the <a href="{following.get_absolute_url()}"' in html


def test_the_agenda_of_a_past_meeting_is_what_was_decided_and_proposed(plan, client, requester, coordinator):
    held, campaign = plan(MONDAY), make_campaign("reco-1", 401)
    request = filed(requester, title="Sample 1")
    requests.present(request, actor=coordinator, meeting_on=MONDAY, note="Looks good.")
    decide(campaign, "plan-agreed", actor=coordinator, is_agreed=False, meeting_on=MONDAY, note="Smaller slices.")
    decide(campaign, "plan-agreed", actor=coordinator, is_agreed=True, meeting_on=date(2026, 11, 24))
    html = client.get(held.get_absolute_url()).content.decode()
    assert 'id="waits"' not in html
    said = part(html, "decisions")
    assert "Presented" in said
    assert "Not agreed" in said
    assert "“Looks good.”" in said
    assert "“Smaller slices.”" in said
    assert "2, recorded with this day" in said


def test_a_request_that_is_a_draft_again_is_shown_only_to_who_may_see_drafts(plan, client, client_of, requester, coordinator):
    held, request = plan(MONDAY), filed(requester, title="Sample 1")
    requests.present(request, actor=coordinator, meeting_on=MONDAY)
    ProductionRequest.objects.filter(pk=request.pk).update(state="draft")
    assert "Sample 1" not in client.get(held.get_absolute_url()).content.decode()
    assert "Sample 1" in part(client_of(coordinator).get(held.get_absolute_url()).content.decode(), "decisions")


def test_two_meetings_of_a_day_both_show_its_decisions_and_say_so(plan, client, coordinator):
    first, second = plan(MONDAY), plan(MONDAY, begins=time(9), title="Operations")
    decide(make_campaign(), "plan-agreed", actor=coordinator, is_agreed=True, meeting_on=MONDAY)
    for one, other in ((first, second), (second, first)):
        html = client.get(one.get_absolute_url()).content.decode()
        assert "The plan is agreed at a meeting" in part(html, "decisions")
        assert f'<a href="{other.get_absolute_url()}">{other.title}</a> is on the same day' in html
    cancel_meeting(second, actor=coordinator, reason="No.")
    assert "is on the same day" not in client.get(first.get_absolute_url()).content.decode()


def test_queries_do_not_grow_with_what_there_is_and_are_at_most_25(
    series, following, client_of, requester, coordinator, shifter
):
    client, counts = client_of(coordinator), []
    for n in range(1, 7):
        fill(n, requester, coordinator)
        campaign = make_campaign(f"done-{n}", 500 + n)
        decide(campaign, "plan-agreed", actor=coordinator, is_agreed=True, meeting_on=date(2026, 11, 24))
        propose_item(following, actor=shifter, title=f"Item {n}", text="#3201", campaign=campaign)
        add_action(following, actor=coordinator, text=f"Action {n}", responsible=shifter, campaign=campaign)
        make_entry(campaign, coordinator, references=[("meeting", "2026-11-30")])
        with CaptureQueriesContext(connection) as queries, zeal_context():
            assert client.get(following.get_absolute_url()).status_code == 200
        counts.append(len(queries))
    assert len(set(counts[1:])) == 1, counts
    assert counts[-1] <= 25


def test_queries_of_a_past_meeting_do_not_grow_with_its_decisions(plan, client, coordinator):
    held, counts = plan(MONDAY), []
    for n in range(4):
        decide(make_campaign(f"done-{n}", 500 + n), "plan-agreed", actor=coordinator, is_agreed=True, meeting_on=MONDAY)
        with CaptureQueriesContext(connection) as queries, zeal_context():
            client.get(held.get_absolute_url())
        counts.append(len(queries))
    assert len(set(counts)) == 1
    assert counts[0] <= 12


# --- forms ---


def test_a_meeting_is_planned_and_what_is_wrong_keeps_what_was_typed(at, client_of, coordinator):
    client = client_of(coordinator)
    values = {
        "title": "Extra",
        "on": "2026-12-03",
        "begins": "25:00",
        "time_zone": "Europe/Zurich",
        "n_minutes": "30",
        "where": "40",
    }
    refused = client.post("/meetings/new/", values)
    html = refused.content.decode()
    assert refused.status_code == 400
    assert "Give the time as 16:00." in html
    assert 'value="Extra"' in html
    assert 'value="25:00"' in html
    answer = client.post("/meetings/new/", values | {"begins": "14:00"})
    made = Meeting.objects.get()
    assert answer.headers["Location"] == made.get_absolute_url()
    assert made.starts_at == datetime(2026, 12, 3, 13, tzinfo=UTC)


def test_moving_sends_what_stood_on_the_page_so_that_nobody_is_overwritten_unseen(series, following, client_of, coordinator):
    client = client_of(coordinator)
    address = f"{following.get_absolute_url()}edit/"
    page = client.get(address).content.decode()
    stood = {
        "title": "Production meeting",
        "on": "2026-11-30",
        "begins": "16:00",
        "time_zone": "Europe/Zurich",
        "n_minutes": "60",
    }
    assert 'name="initial-begins" value="16:00:00"' in page
    shown = {f"initial-{name}": value for name, value in stood.items()} | {"initial-where": following.where}
    change_meeting(following, {"begins": time(17)}, actor=coordinator)
    sent = {**stood, "where": following.where, **shown}
    assert client.post(address, sent | {"where": "Room 40"}).status_code == 302
    following.refresh_from_db()
    assert (following.where, following.starts_at.hour) == ("Room 40", 16)  # the time of the other stays
    refused = client.post(address, sent | {"where": "Room 40", "begins": "18:00"})
    assert refused.status_code == 400
    assert "Somebody set the time to “17:00” in the meantime." in refused.content.decode()


def test_a_series_form_changes_only_what_was_changed(series, client_of, coordinator):
    client = client_of(coordinator)
    address = f"/meetings/series/{series.pk}/"
    stood = {
        "name": "Production meeting", "weekday": "0", "every_weeks": "1", "begins": "16:00", "time_zone": "Europe/Zurich",
        "n_minutes": "60", "where": series.where, "from_on": "2026-11-01", "until_on": "", "is_active": "goes-on",
    }  # fmt: skip
    shown = {f"initial-{name}": value for name, value in stood.items()}
    answer = client.post(address, {**stood, **shown, "weekday": "3"}, follow=True)
    assert "Set: weekday. Coming meetings follow." in answer.content.decode()
    series.refresh_from_db()
    assert (series.weekday, series.is_active) == (3, True)
    stale = client.post(address, {**stood, **shown, "weekday": "4"})
    assert "Somebody set the weekday to “Thursday” in the meantime." in stale.content.decode()
    client.post(address, {**stood, **shown, "weekday": "3", "initial-weekday": "3", "is_active": "ended"})
    series.refresh_from_db()
    assert not series.is_active
    assert not series.meetings.exists()
    assert "ended" in part(client.get("/meetings/").content.decode(), "series")


def test_minutes_that_somebody_else_wrote_stand_beside_what_was_typed(plan, client_of, coordinator):
    held, client = plan(MONDAY), client_of(coordinator)
    address = f"{held.get_absolute_url()}minutes/"
    write_minutes(held, actor=coordinator, text="Theirs.", version=0)
    refused = client.post(address, {"text": "Mine.", "version": "0"})
    html = refused.content.decode()
    assert refused.status_code == 400
    assert "What the minutes say now" in html
    assert "Theirs." in html
    assert "Mine." in html
    assert 'name="version" value="1"' in html
    assert client.post(address, {"text": "Mine.", "version": "1"}).headers["Location"].endswith("#minutes")
    held.refresh_from_db()
    assert held.minutes == "Mine."


def test_minutes_are_shown_safely(plan, client, coordinator):
    held = plan(MONDAY)
    write_minutes(held, actor=coordinator, text="<script>alert(1)</script> **bold** [x](javascript:alert(1))", version=0)
    html = part(client.get(held.get_absolute_url()).content.decode(), "minutes")
    assert "<script>alert" not in html
    assert "<b>bold</b>" in html or "<strong>bold</strong>" in html
    assert 'href="javascript' not in html


def test_an_item_that_is_refused_comes_back_as_typed(series, following, client_of, shifter):
    client, address = client_of(shifter), f"{following.get_absolute_url()}items/"
    refused = client.post(address, {"title": "Disk", "text": "How much?", "request": "99"})
    html = refused.content.decode()
    assert refused.status_code == 400
    assert "There is no request 99." in html
    assert 'value="Disk"' in html
    assert "How much?" in html
    answer = client.post(address, {"title": "Disk", "text": "How much?"}, follow=True)
    assert "It is on the agenda." in answer.content.decode()


def test_a_draft_of_another_group_is_as_if_it_were_not_there(series, following, client_of, requester, shifter):
    request = filed(requester, state="draft")
    refused = client_of(shifter).post(f"{following.get_absolute_url()}items/", {"title": "It", "request": str(request.pk)})
    assert f"There is no request {request.pk}." in refused.content.decode()


def test_an_item_or_action_of_another_meeting_is_not_found_here(series, following, client_of, coordinator, shifter):
    item = propose_item(following, actor=shifter, title="Disk")
    other = series.meetings.order_by("starts_at")[1]
    client = client_of(coordinator)
    assert client.post(f"/meetings/{other.pk}/items/{item.pk}/done/").status_code == 404
    assert client.post(f"/meetings/{following.pk}/items/{item.pk}/explode/").status_code == 404
    assert client.get("/meetings/999/").status_code == 404


def test_what_cannot_be_done_is_said_on_the_page(series, following, client_of, coordinator, shifter):
    item = propose_item(following, actor=shifter, title="Disk")
    client, address = client_of(coordinator), f"/meetings/{following.pk}/items/{item.pk}/done/"
    client.post(address)
    assert "“Disk” is done already." in client.post(address, follow=True).content.decode()


# --- elsewhere ---


def test_entries_of_logs_that_point_to_it_are_named_and_lead_back(plan, client, coordinator, shifter):
    held, campaign = plan(MONDAY), make_campaign()
    entry = make_entry(campaign, shifter, body="As agreed.", references=[("meeting", "2026-11-23")])
    html = part(client.get(held.get_absolute_url()).content.decode(), "entries")
    assert f'href="{entry.get_absolute_url()}"' in html
    assert "As agreed." in html
    page = client.get(f"/campaigns/{campaign.slug}/log/").content.decode()
    assert f'<a href="{held.get_absolute_url()}">meeting 2026-11-23</a>' in page
    found = client.get(f"/campaigns/{campaign.slug}/log/?meeting=2026-11-23").content.decode()
    assert "As agreed." in found
    assert "As agreed." not in client.get(f"/campaigns/{campaign.slug}/log/?meeting=2026-11-16").content.decode()


def test_a_decision_leads_to_its_meeting_from_step_request_history_and_log(plan, client, requester, coordinator):
    held, campaign = plan(MONDAY), make_campaign()
    decide(campaign, "plan-agreed", actor=coordinator, is_agreed=True, meeting_on=MONDAY)
    request = filed(requester)
    requests.present(request, actor=coordinator, meeting_on=MONDAY)
    link = f'<a href="{held.get_absolute_url()}">'
    assert f"at the meeting of {link}23 Nov 2026</a>" in client.get(f"/campaigns/{campaign.slug}/steps/setup/").content.decode()
    assert f"on {link}2026-11-23</a>" in client.get(request.get_absolute_url()).content.decode()
    assert f"{link}the meeting</a>" in client.get(f"/campaigns/{campaign.slug}/history/").content.decode()
    assert LogReference.objects.filter(kind="meeting", value="2026-11-23", entry__topic="decided").count() == 1


def test_where_there_is_no_meeting_of_the_day_nothing_leads_anywhere(at, client, coordinator):
    campaign = make_campaign()
    decide(campaign, "plan-agreed", actor=coordinator, is_agreed=True, meeting_on=MONDAY)
    assert "at the meeting of 23 Nov 2026, recorded" in client.get(f"/campaigns/{campaign.slug}/steps/setup/").content.decode()
    assert not LogReference.objects.filter(kind="meeting").exists()


def test_the_home_page_has_the_next_meeting_for_everybody_and_my_actions_for_me(
    series, following, client, client_of, requester, coordinator, shifter
):
    fill(1, requester, coordinator)
    propose_item(following, actor=shifter, title="Disk")
    add_action(following, actor=coordinator, text="Ask FNAL", responsible=shifter, due_on=date(2026, 11, 20))
    html = client.get("/").content.decode()
    assert "Mon 30 Nov, 15:00–16:00 UTC" in html
    assert "1 item proposed" in html
    mine = client_of(shifter).get("/").content.decode()
    assert "Ask FNAL" in mine
    assert "you took it on at the meeting of 2026-11-30 · " in mine
    assert "overdue since 20 Nov" in mine
    assert "Ask FNAL" not in client_of(coordinator).get("/").content.decode()


def test_forms_propose_the_day_of_the_latest_meeting_that_began(series, following, plan, client_of, coordinator, requester, at):
    plan(MONDAY)
    request, campaign = filed(requester), make_campaign()
    client = client_of(coordinator)

    def proposed() -> tuple[str, str]:
        step = client.get(f"/campaigns/{campaign.slug}/steps/setup/").content.decode()
        move = client.get(reverse("campaigns:request-move", args=[request.pk, "present"])).content.decode()
        return tuple(page.split('name="meeting_on" value="')[1].split('"')[0] for page in (step, move))  # type: ignore[return-value]

    assert proposed() == ("2026-11-23", "2026-11-23")
    at(datetime(2026, 11, 30, 8, tzinfo=UTC))  # one is today, in the afternoon
    assert proposed() == ("2026-11-30", "2026-11-30")
    cancel_meeting(following, actor=coordinator, reason="Holiday.")
    assert proposed() == ("2026-11-23", "2026-11-23")


def test_without_meetings_forms_propose_today(at, client_of, coordinator):
    campaign = make_campaign()
    page = client_of(coordinator).get(f"/campaigns/{campaign.slug}/steps/setup/").content.decode()
    assert 'name="meeting_on" value="2026-11-24"' in page
