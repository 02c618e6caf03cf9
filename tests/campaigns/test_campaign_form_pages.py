"""Forms: make a campaign, say what to watch, comment on a workflow. They work without script, and keep what was typed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns.models import Campaign, WorkflowComment
from campaigns.services import appoint_shifter
from monitoring.models import JustinCampaign
from tests.factories import NOW, Jobs, make_campaign, make_service, make_tally, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]
COMMENT = "/campaigns/pdhd-reco-2026b/workflows/3206/comment/"
WATCH = "/campaigns/pdhd-reco-2026b/watch/"
HTMX = {"HTTP_HX_REQUEST": "true"}


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def campaign(db):
    make_service()
    return make_campaign("pdhd-reco-2026b", 402)


@pytest.fixture
def workflow(campaign):
    workflow = make_workflow(3206)
    make_tally(workflow, [Jobs("CERN", "finished", 5)])
    return workflow


@pytest.fixture
def shifter_of_it(campaign, shifter):
    appoint_shifter(campaign, shifter, actor=None)
    return shifter


# --- make a campaign ---


def test_a_coordinator_makes_a_campaign_and_goes_on_to_say_what_to_watch(client_of, coordinator):
    client = client_of(coordinator)
    answer = client.post("/campaigns/new/", {"name": "vd-mc-2026b", "purpose": "for calibration"}, follow=True)
    assert answer.redirect_chain == [("/campaigns/vd-mc-2026b/watch/", 302)]
    assert "vd-mc-2026b is made" in text(answer)
    assert Campaign.objects.get().purpose == "for calibration"


@pytest.mark.parametrize(
    ("name", "said"),
    [("", "A campaign needs a name"), ("a b", "Use letters, digits"), ("PDHD-reco-2026b", "much alike"), ("new", "taken by")],
)
def test_a_bad_name_is_answered_beside_the_field_with_what_was_typed_kept(client_of, coordinator, campaign, name, said):
    answer = client_of(coordinator).post("/campaigns/new/", {"name": name, "purpose": "kept"})
    html = text(answer)
    assert said in html
    assert 'aria-invalid="true" aria-describedby="id_name-e id_name-h"' in html
    assert f'value="{name}"' in html
    assert 'value="kept"' in html
    assert Campaign.objects.count() == 1


def test_others_may_not_make_a_campaign(client, client_of, shifter, db):
    assert client.get("/campaigns/new/").headers["Location"].startswith("/accounts/login/?next=")
    assert client_of(shifter).post("/campaigns/new/", {"name": "x"}).status_code == 403
    assert not Campaign.objects.exists()


# --- say what to watch ---


def test_a_shifter_of_the_campaign_adds_a_justin_campaign(client_of, shifter_of_it, campaign):
    answer = client_of(shifter_of_it).post(WATCH, {"kind": "campaign", "justin_id": "437"}, follow=True)
    assert "justIN campaign 437 is watched now. It is read at the next poll, within 5 minutes." in text(answer)
    assert JustinCampaign.objects.get(justin_id=437).is_watched
    again = client_of(shifter_of_it).post(WATCH, {"kind": "campaign", "justin_id": "437"}, follow=True)
    assert "was watched for pdhd-reco-2026b already" in text(again)


def test_a_single_workflow_can_be_added_while_justin_is_down(client_of, coordinator, campaign):
    make_service(failing_since=NOW - timedelta(hours=1), error_kind="unreachable")
    answer = client_of(coordinator).post(WATCH, {"kind": "workflow", "justin_id": "2251"}, follow=True)
    assert "Workflow 2251 is watched now. justIN does not answer at the moment" in text(answer)
    assert list(campaign.registered_workflows.values_list("justin_id", flat=True)) == [2251]


@pytest.mark.parametrize("number", ["", "abc", "0", "-4", "3.5", "99999999999"])
def test_a_bad_number_is_said_and_kept(client_of, coordinator, campaign, number):
    answer = client_of(coordinator).post(WATCH, {"kind": "campaign", "justin_id": number})
    html = text(answer)
    assert answer.status_code == 200
    assert 'id="id_justin_id-e"' in html
    assert f'value="{number}"' in html
    assert JustinCampaign.objects.count() == 1


def test_others_may_not_say_what_to_watch(client, client_of, shifter, campaign):
    assert client.post(WATCH, {"kind": "campaign", "justin_id": "9"}).status_code == 302
    assert client_of(shifter).post(WATCH, {"kind": "campaign", "justin_id": "9"}).status_code == 403
    assert not JustinCampaign.objects.filter(justin_id=9).exists()


# --- comment ---


def test_a_comment_is_written_on_a_plain_page(client_of, shifter_of_it, workflow):
    client = client_of(shifter_of_it)
    assert 'name="text"' in text(client.get(COMMENT))
    answer = client.post(COMMENT, {"text": "site told"})
    assert answer.headers["Location"] == "/campaigns/pdhd-reco-2026b/#w3206"
    html = text(client.get("/campaigns/pdhd-reco-2026b/"))
    assert 'title="shifter1, 2026-11-23 18:42:00 UTC">site told' in html
    assert "With comment 1" in html


def test_in_place_the_cell_turns_into_a_form_and_back(client_of, shifter_of_it, workflow):
    client = client_of(shifter_of_it)
    form = text(client.get(COMMENT, **HTMX))
    assert form.startswith("<form")
    assert "data-editing" in form
    cell = text(client.post(COMMENT, {"text": "site <b>told</b>"}, **HTMX))
    assert "<html" not in cell
    assert "site &lt;b&gt;told&lt;/b&gt;" in cell
    assert "autofocus" in cell
    assert "site &lt;b&gt;told" in text(client.get(COMMENT + "?show", **HTMX))


def test_a_comment_that_is_too_long_is_refused_and_kept(client_of, shifter_of_it, workflow):
    long = "x" * 501
    for extra in ({}, HTMX):
        html = text(client_of(shifter_of_it).post(COMMENT, {"text": long}, **extra))
        assert "The comment has 501 characters; use at most 500." in html
        assert f'value="{long}"' in html
    assert not WorkflowComment.objects.exists()


def test_an_empty_comment_takes_the_last_one_back(client_of, shifter_of_it, workflow):
    client = client_of(shifter_of_it)
    client.post(COMMENT, {"text": "wrong row"})
    client.post(COMMENT, {"text": "  "})
    assert "wrong row" not in text(client.get("/campaigns/pdhd-reco-2026b/")).split('id="w3206"')[1].split("</tr>")[0]
    assert WorkflowComment.objects.count() == 2  # both are kept


def test_others_may_not_comment_and_other_workflows_are_not_found(client, client_of, shifter, coordinator, workflow):
    assert client.post(COMMENT, {"text": "x"}).headers["Location"].startswith("/accounts/login/")
    assert client_of(shifter).post(COMMENT, {"text": "x"}).status_code == 403
    make_workflow(9001, campaign=999)
    assert client_of(coordinator).get(COMMENT.replace("3206", "9001")).status_code == 404
    assert not WorkflowComment.objects.exists()
