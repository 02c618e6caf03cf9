"""What the rule sees of the datasets in MetaCat's list."""

from __future__ import annotations

from datetime import timedelta

import pytest

from campaigns import campaign_services as services
from campaigns.models import Campaign
from campaigns.steps.states import CriterionState
from monitoring.models import Dataset, Service
from tests.campaigns.steps.looking import look
from tests.campaigns.steps.walking import Cast, begin
from tests.factories import NOW, make_dataset, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]
READ_AT = NOW - timedelta(minutes=20)


@pytest.fixture
def campaign(shifter, production, data_manager, coordinator, settings) -> Campaign:
    settings.METACAT_URL = "http://127.0.0.1:1/app"
    return begin(Cast(shifter, production, data_manager, coordinator))


@pytest.fixture
def service(db) -> Service:
    return Service.objects.create(name=Service.METACAT_DATASETS, read_at=READ_AT)


def test_it_is_not_available_before_the_list_was_read(campaign, settings):
    found = look(campaign, "datasets_listed")
    assert found.state is CriterionState.NOT_AVAILABLE
    assert found.saw == "Needs MetaCat’s list of datasets, which could not be read yet."
    settings.METACAT_URL = ""
    found = look(campaign, "datasets_listed")
    assert found.state is CriterionState.NOT_AVAILABLE
    assert "METACAT_URL" in found.saw


def test_outputs_of_workflows_and_what_is_gone_do_not_meet_it(campaign, service):
    make_workflow(3206, campaign=402)
    make_dataset("o_w3206s1p1", workflow_justin_id=3206)
    make_dataset("hd__v1", campaign_tag=campaign.name, gone_at=NOW)
    found = look(campaign, "datasets_listed")
    assert (found.state, found.as_of) == (CriterionState.NOT_MET, READ_AT)
    assert f"whose dune.campaign is {campaign.name}." in found.saw


def test_it_says_which_there_are_and_how_old_that_is(campaign, service, coordinator):
    services.change_settings(campaign, {"metadata_campaigns": ["hd_v1", "hd_v2"]}, actor=coordinator)
    make_dataset("a__v1", campaign_tag="hd_v1", is_frozen=True)
    make_dataset("b__v1", campaign_tag="hd_v2", n_files_listed=None, created_at=NOW)
    found = look(campaign, "datasets_listed")
    assert (found.state, found.as_of) == (CriterionState.MET, READ_AT)
    assert found.saw == (
        "2 official datasets in MetaCat: hd-protodune:a__v1 (485 files by its counter, frozen) and "
        "hd-protodune:b__v1 (number of files unknown)."
    )
    assert found.data == {"datasets": ["hd-protodune:a__v1", "hd-protodune:b__v1"], "n_datasets": 2}
    for number in range(100):
        make_dataset(f"c{number:03}__v1", campaign_tag="hd_v1", created_at=NOW)
    found = look(campaign, "datasets_listed")
    assert found.saw.endswith(" and 100 more.")
    assert (len(found.data["datasets"]), found.data["n_datasets"]) == (50, 102)


def test_a_list_that_fails_since_is_noted(campaign, service):
    make_dataset("a__v1", campaign_tag=campaign.name)
    Service.objects.update(failing_since=NOW)
    found = look(campaign, "datasets_listed")
    assert (found.state, found.as_of) == (CriterionState.NOTED, READ_AT)
    assert found.saw.endswith("The list could not be read again since 2026-11-23 18:42 UTC.")


def test_it_takes_the_same_queries_for_many(campaign, service, django_assert_num_queries):
    from campaigns.steps.facts import read_material
    from campaigns.steps.loading import read_situation

    situation = read_situation(campaign)
    for n in (0, 60):
        Dataset.objects.bulk_create(
            Dataset(namespace="hd", name=f"n{n}-{number}", campaign_tag=campaign.name, first_seen_at=NOW) for number in range(n)
        )
        with django_assert_num_queries(15):
            assert len(read_material(situation, NOW).datasets) == n
