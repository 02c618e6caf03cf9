"""What an entry begins with: numbers of now, from the workflow, the site and the plan that it is about."""

from __future__ import annotations

import pytest

from campaigns.log.opening import opening
from campaigns.models import EntryKind
from campaigns.plan_services import publish_plan
from monitoring.models import Workflow
from portal.markdown import to_html
from tests.campaigns.steps.walking import Cast
from tests.factories import Jobs, make_campaign, make_tally, make_workflow
from tests.planning.watched import planned, submitted, take

pytestmark = pytest.mark.django_db


def test_a_test_result_has_the_exit_codes_of_its_workflow(campaign):
    begun = opening(campaign, "test-result", workflow=3225)
    assert begun.workflows == (3225,)
    assert begun.tags == ("test",)
    assert "Test #3225, scope `hd-protodune`: 200 of 301 jobs ended, 170 with exit code 0 (85.0 %)." in begun.body.replace(
        "\u202f", " "
    )
    assert "| 0 | good: exit 0 and outputs in place | 170 | 85.0\u202f% | CERN |" in begun.body
    assert "| 65 | data error (EX_DATAERR); art: an exception was thrown | 30 | 15.0\u202f% | UK_Brunel |" in begun.body
    assert "<table>" in to_html(begun.body)


def test_without_a_workflow_a_test_result_is_about_the_newest_in_usertests(campaign):
    make_tally(make_workflow(3210, campaign=402, scope_name="usertests"), [Jobs("CERN", "finished", 10)])
    assert opening(campaign, "test-result").workflows == (3210,)
    Workflow.objects.filter(scope_name="usertests").delete()
    assert "#NUMBER" in opening(campaign, "test-result").body


def test_a_workflow_of_another_campaign_is_as_if_none_were_named(campaign):
    make_workflow(4000, campaign=999)
    assert opening(campaign, "test-result", workflow=4000).workflows == ()


def test_an_incident_has_the_numbers_of_its_site(campaign):
    begun = opening(campaign, "incident", site="UK_Brunel")
    assert begun.sites == ("UK_Brunel",)
    assert "| #3225 | 30 | 0 | 30 × 65 (data error (EX_DATAERR); art: an exception was thrown) |" in begun.body


def test_an_incident_of_no_site_shows_the_worst_first(campaign):
    body = opening(campaign, "incident").body
    assert body.index("| UK_Brunel | 30 | 0 |") < body.index("| CERN | 170 | 170 | none |")
    assert "No job ended there yet" in opening(campaign, "incident", site="Nowhere").body


def test_a_check_says_how_the_workflows_stand(campaign):
    campaign.n_jobs_reference = 600
    campaign.save()
    body = opening(campaign, "check").body
    assert "Running jobs: 101 of the 600 agreed; stalled: 0" in body
    assert "- #3225 running: 173 of 350 files" in body


def test_a_number_that_is_not_known_is_a_word(campaign):
    make_workflow(3226, campaign=402, read_at=None, files=(None, None))
    assert "- #3226 running: unknown of unknown files, its jobs were not read yet." in opening(campaign, "check").body


@pytest.fixture
def with_plan(shifter, production, data_manager, coordinator):
    campaign = planned(Cast(shifter, production, data_manager, coordinator))
    publish_plan(campaign, actor=shifter, version=1, note="As agreed.")
    submitted(campaign)
    return campaign


def test_a_submission_has_the_row_its_command_and_the_workflow(with_plan):
    body = opening(with_plan, "submission", workflow=1639).body
    assert "inputs 7,000 to 11,999) of revision 1 is submitted as #1639." in body
    assert "```sh\njustin " in body
    assert "skip 7000 limit 5000" in body


def test_without_a_workflow_a_submission_is_the_next_row_of_the_plan(with_plan):
    body = opening(with_plan, "submission").body
    assert "is submitted as #\n" in body
    assert "```sh\njustin " in body


def test_a_workflow_that_serves_no_row_is_said_to(with_plan):
    take(1700, 100, 10)
    assert "It serves no row of revision 1" in opening(with_plan, "submission", workflow=1700).body


@pytest.mark.parametrize("kind", EntryKind.values)
def test_every_kind_begins_somehow_in_an_empty_campaign_too(db, kind):
    assert isinstance(opening(make_campaign("empty-2026"), kind).body, str)
