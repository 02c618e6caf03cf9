"""The home page answers: what waits for me, what needs somebody, and how are the campaigns."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from zeal import zeal_context

from campaigns.campaign_services import appoint
from campaigns.models import Alert, Campaign, ProductionRequest, QueueItem, StepStanding
from portal.roles import Role
from tests.campaigns.serving import accepted
from tests.campaigns.steps.walking import Cast, begin, fill
from tests.factories import NOW, Jobs, make_campaign, make_service, make_tally, make_workflow
from tests.requests.filing import filed

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


def page(client: Client, path: str = "/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_an_empty_portal_says_what_to_do_next(client, client_of, coordinator, requester):
    html = page(client)
    assert "No campaign yet" in html
    assert "manage.py watch_campaign 402 --campaign pdhd-reco-2026b" in html
    assert "/campaigns/new/" not in html
    assert "A coordinator makes a campaign" in page(client_of(requester))
    assert 'href="/campaigns/new/"' in page(client_of(coordinator))


def test_when_all_is_well_the_page_says_so(client):
    make_service()
    make_campaign("pdhd-reco-2026b", 402)
    make_tally(make_workflow(3206, state="finished", files=(350, 350)), [Jobs("CERN", "finished", 350)])
    html = page(client)
    assert "Nothing is wrong that the portal knows of." in html
    assert "350 of 350" in html
    assert 'class="num">100.0<' in html


def test_what_is_wrong_comes_with_its_campaign_and_its_workflow(client):
    make_service()
    make_campaign("pdhd-reco-2026b", 402)
    paused = make_workflow(3223, state="paused", auto_paused_at=NOW - timedelta(hours=14))
    make_tally(paused, [Jobs("US_Wisconsin", "script-error", 91, code=71), Jobs("CERN", "finished", 145)])
    html = page(client)
    assert "3223 paused by justIN" in html
    assert 'href="/workflows/3223/"' in html
    assert "14 h ago" in html
    assert "91 of 91 errors are exit 71 at US_Wisconsin" in html


def test_justin_being_down_is_the_first_thing_said_and_old_numbers_stay(client):
    since = NOW - timedelta(hours=3)
    make_service(failing_since=since, error_kind="login-wanted", error_text="302 to log-in", n_failures=5,
                 next_try_at=NOW + timedelta(minutes=20), read_at=since)  # fmt: skip
    make_campaign("pdhd-reco-2026b", 402)
    make_tally(make_workflow(3206, listed_at=since, read_at=since), [Jobs("CERN", "finished", 9)])
    html = page(client)
    assert html.index("justIN wants a log-in") < html.index("Active campaigns")
    assert "2026-11-23 15:42:00 UTC" in html  # since when, exactly
    assert "2026-11-23 19:02:00 UTC" in html  # the next try
    assert "173 of 350" in html
    assert 'data-state="stale" datetime="2026-11-23T15:42:00Z"' in html


def test_a_campaign_never_read_shows_unknown_and_not_zero(client):
    make_service()
    make_campaign("pdhd-reco-2026b", 402)
    make_workflow(3206, read_at=None, full_read_at=None)
    row = page(client).split('id="c-pdhd-reco-2026b"')[1].split("</tr>")[0]
    assert row.count(">unknown<") == 2  # success, running
    assert ">0<" not in row


def test_finished_campaigns_are_not_among_the_active(client):
    make_service()
    campaign = make_campaign("old-reco-2025", 402)
    Campaign.objects.filter(pk=campaign.pk).update(status="finished")
    html = page(client)
    assert "old-reco-2025" not in html
    assert "No campaign is active." in html


def test_queries_do_not_grow_with_campaigns(client_of, shifter):
    make_service()
    client = client_of(shifter)
    n_queries = []
    for index in range(8):
        make_campaign(f"reco-{index}", 400 + index)
        make_tally(make_workflow(3200 + index, campaign=400 + index), [Jobs("CERN", "finished", 9)])
        with CaptureQueriesContext(connection) as queries:
            page(client)
        n_queries.append(len(queries))
    assert len(set(n_queries)) == 1
    assert n_queries[0] <= 25


# --- what waits for the reader ---


@pytest.fixture
def cast(shifter, production, data_manager, coordinator) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


def panel(html: str) -> str:
    """The panel "Waiting for you"."""
    return html.split('id="waiting-list"')[1].split("</section>")[0]


def test_the_first_thing_on_the_page_is_what_waits_for_me(client_of, cast):
    campaign = begin(cast)
    fill(campaign, "setup", cast)
    html = page(client_of(cast.production))
    assert html.index("Waiting for you") < html.index("What needs somebody") < html.index("Active campaigns")
    row = panel(html)
    assert "Sign step 1, Set up, for production, or refuse" in row
    assert f'href="/campaigns/{campaign.slug}/steps/setup/#sign"' in row
    assert row.count("<a ") == 1
    assert f"{campaign} · 1 Set up · for production · " in row
    assert "just now" in row


def test_what_is_overdue_says_so(client_of, cast, requester):
    campaign = begin(cast)
    accepted(requester, cast.coordinator, campaign)
    item = QueueItem.objects.create(
        campaign=campaign, step="validation", criterion="requester-feedback", who="requesters", words="look and answer",
        due_on=NOW.date(),
    )  # fmt: skip
    row = panel(page(client_of(requester)))
    assert "due 23 Nov" in row
    assert f'href="/campaigns/{campaign.slug}/steps/validation/#feedback"' in row
    assert "overdue" not in row
    QueueItem.objects.filter(pk=item.pk).update(due_on=NOW.date() - timedelta(days=1))
    assert "overdue since 22 Nov" in panel(page(client_of(requester)))


def test_requests_and_steps_are_one_list_the_oldest_first(client_of, cast, requester):
    asked = filed(requester, title="Asked long ago")
    ProductionRequest.objects.filter(pk=asked.pk).update(saved_at=NOW - timedelta(days=3))
    campaign = begin(cast)
    QueueItem.objects.filter(campaign=campaign).update(since=NOW - timedelta(days=1))
    filed(requester, title="Asked just now")
    rows = client_of(cast.coordinator).get("/").context["rows"]
    assert (rows[0].about[0], rows[-1].about[0]) == ("Asked long ago", "Asked just now")
    assert {row.about[0] for row in rows[1:-1]} == {campaign.name}


def test_what_is_typed_into_names_and_reasons_is_shown_as_text(client_of, cast):
    campaign = begin(cast)
    QueueItem.objects.create(campaign=campaign, step="setup", criterion="x", who="shifters", words="<script>alert(1)</script>")
    html = page(client_of(cast.shifter))
    assert "&lt;script&gt;" in html
    assert "<script>alert" not in html


def test_many_are_cut_and_all_can_be_seen(client_of, cast):
    for n in range(4):
        begin(cast, f"reco-{n}")
    n_all = QueueItem.objects.filter(who="shifters").count()
    client = client_of(cast.shifter)
    html = page(client)
    assert html.count('class="item"') - html.split('id="wrong"')[1].count('class="item"') == 10
    assert f"and {n_all - 10} more in the steps of campaigns" in html
    assert f"{n_all}, oldest first" in html
    everything = panel(page(client, "/?waiting=all"))
    assert everything.count('class="item"') == n_all
    assert "show all" not in everything


def test_people_with_a_role_are_told_that_nothing_waits_and_others_have_no_panel(client, client_of, production, outsider):
    make_campaign("pdhd-reco-2026b", 402)
    assert "Nothing waits for you." in panel(page(client_of(production)))
    for reader in (client, client_of(outsider)):
        assert "Waiting for you" not in page(reader)


# --- steps and guard rails ---


def test_the_table_says_which_step_each_campaign_is_in_and_how_far(client, cast):
    campaign = begin(cast)
    make_campaign("before-there-were-steps", 402)
    StepStanding.objects.filter(campaign__name="before-there-were-steps").delete()
    standing = StepStanding.objects.get(campaign=campaign, is_current=True)
    for path in ("/", "/campaigns/"):
        html = page(client, path)
        row = html.split(f'id="c-{campaign.slug}"')[1].split("</tr>")[0]
        assert f'<a href="/campaigns/{campaign.slug}/steps/setup/">1 Set up</a>' in row
        assert standing.words in row
        other = html.split('id="c-before-there-were-steps"')[1].split("</tr>")[0]
        assert "/steps/" not in other
    StepStanding.objects.filter(pk=standing.pk).update(state="sent-back", words="9 of 11 met, 1 refused")
    assert '<span class="status" data-state="refused">9 of 11 met, 1 refused</span>' in page(client)
    (listed,) = [one for one in client.get("/campaigns/list.json").json()["rows"] if one["slug"] == campaign.slug]
    assert (listed["step"], listed["step_standing"]) == ("setup", "9 of 11 met, 1 refused")


def test_a_broken_guard_rail_comes_before_all_else_and_leads_to_its_step(client):
    make_service(failing_since=NOW - timedelta(hours=3), error_kind="login-wanted", next_try_at=NOW)
    campaign = make_campaign("pdhd-reco-2026b", 402)
    make_tally(make_workflow(3223, state="paused", auto_paused_at=NOW - timedelta(hours=14)), [Jobs("CERN", "finished", 145)])
    workflow = make_workflow(3206)
    title = "Workflow 3206 of step 2, Test, has the scope hd-protodune"
    alert = Alert.objects.create(
        campaign=campaign, workflow=workflow, step="test", kind="scope", title=title, opened_at=NOW - timedelta(minutes=7)
    )
    Alert.objects.create(campaign=campaign, step="test", kind="scope", title="An old one", closed_at=NOW)
    link = f'<a href="/campaigns/{campaign.slug}/steps/test/"><span class="status wrap" data-state="bad">{title}</span></a>'
    for path, before in (("/", "justIN wants a log-in"), (f"/campaigns/{campaign.slug}/", "3223 paused by justIN")):
        html = page(client, path)
        wrong = html.split('id="wrong-list"')[1]
        assert wrong.index(link) < wrong.index(before)
        assert "7 min ago" in wrong
        assert "An old one" not in html
    Alert.objects.filter(pk=alert.pk).update(closed_at=NOW)
    assert title not in page(client)


def test_queries_do_not_grow_with_steps_that_wait(client_of, cast, requester, make_user):
    make_service()
    many = make_user("coordinator2", *(role for role in Role if role != Role.ADMINISTRATORS))
    client = client_of(many)
    n_queries = []
    for n in range(8):
        campaign = begin(cast, f"reco-{n}")
        appoint(campaign, many, actor=cast.coordinator)
        accepted(requester, cast.coordinator, campaign, title=f"Run {n}")
        Alert.objects.create(campaign=campaign, step="setup", kind="scope", title="A guard rail")
        with CaptureQueriesContext(connection) as queries, zeal_context():
            assert client.get("/?waiting=all").status_code == 200
        n_queries.append(len(queries))
    assert len(set(n_queries[1:])) == 1
    assert n_queries[-1] <= 25, n_queries
