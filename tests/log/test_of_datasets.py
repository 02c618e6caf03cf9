"""Datasets that MetaCat lists, as the logs of campaigns tell them: once each, and in the logs that they concern."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from campaigns import campaign_services as services
from campaigns.log.machine import note_fact
from campaigns.log.of_datasets import fact_of, tell_datasets
from campaigns.models import Campaign, LogEntry, StepWorkflow
from campaigns.services import register_workflow
from monitoring.datasets import read_datasets
from monitoring.models import Dataset
from monitoring.signals import datasets_read
from portal.models import User
from tests.factories import HOUR, NOW, make_campaign, make_dataset, make_workflow
from tests.metacat import Metacat
from tests.processes import run_python

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


@pytest.fixture
def campaign(campaign: Campaign) -> Campaign:
    """It began a day before everything here."""
    Campaign.objects.update(created_at=NOW - timedelta(days=1))
    campaign.refresh_from_db()
    return campaign


def bodies(campaign: Campaign) -> list[str]:
    entries = LogEntry.objects.filter(campaign=campaign, topic="dataset-made").order_by("number")
    return list(entries.values_list("body", flat=True))


def test_an_official_dataset_is_told_with_what_metacat_said_of_it(campaign: Campaign) -> None:
    make_dataset("hd__v1", campaign_tag=campaign.name, is_frozen=True)
    assert tell_datasets() == 1
    entry = LogEntry.objects.get(topic="dataset-made")
    assert entry.body == (
        "Dataset `hd-protodune:hd__v1` was made in MetaCat by dunepro: 485 files by MetaCat’s counter, frozen."
    )
    assert (entry.kind, entry.author, entry.fact) == ("machine", None, "dataset-made hd-protodune:hd__v1")
    assert (entry.happened_at, entry.state, entry.step) == (NOW - HOUR, "ok", "setup")
    assert entry.data == {"did": "hd-protodune:hd__v1", "n_files_listed": 485, "is_frozen": True}
    assert list(entry.references.values_list("kind", "value")) == []


def test_outputs_name_their_workflow_and_belong_to_the_step_that_it_was_run_for(campaign: Campaign) -> None:
    workflow = make_workflow(2542, campaign=402)
    StepWorkflow.objects.create(campaign=campaign, workflow=workflow, step="production")
    make_dataset("reco_w2542s1p1", workflow_justin_id=2542, stage=1, n_files_listed=1, creator="")
    make_dataset("more_w2542", workflow_justin_id=2542, n_files_listed=None, created_at=NOW)
    tell_datasets()
    assert bodies(campaign) == [
        "Dataset `hd-protodune:reco_w2542s1p1` of workflow #2542, stage 1, was made in MetaCat: "
        "1 file by MetaCat’s counter so far.",
        "Dataset `hd-protodune:more_w2542` of workflow #2542, was made in MetaCat by dunepro: its number of files is not told.",
    ]
    for entry in LogEntry.objects.filter(topic="dataset-made"):
        assert list(entry.references.values_list("kind", "value")) == [("workflow", "2542")]
        assert entry.step == "production"


def test_once_only_also_when_it_is_told_again_and_grew_or_went(campaign: Campaign) -> None:
    one = make_dataset("hd__v1", campaign_tag=campaign.name)
    assert tell_datasets() == 1
    Dataset.objects.update(n_files_listed=900, is_frozen=True, gone_at=NOW)
    assert tell_datasets() == 0
    Dataset.objects.update(gone_at=None)
    assert tell_datasets() == 0
    assert len(bodies(campaign)) == 1
    assert str(one) in bodies(campaign)[0]


def test_of_what_was_made_before_the_campaign_nothing_is_told(campaign: Campaign) -> None:
    before = campaign.created_at - timedelta(seconds=1)
    make_dataset("old__v1", campaign_tag=campaign.name, created_at=before)
    make_dataset("unknown_old__v1", campaign_tag=campaign.name, created_at=None, first_seen_at=before)
    make_dataset("unknown__v1", campaign_tag=campaign.name, created_at=None)
    assert tell_datasets() == 1
    assert "unknown__v1" in bodies(campaign)[0]
    assert LogEntry.objects.get(topic="dataset-made").happened_at == NOW


def test_nothing_happened_in_the_future_also_where_metacats_clock_is_ahead(campaign: Campaign) -> None:
    make_dataset("hd__v1", campaign_tag=campaign.name, created_at=NOW + HOUR)
    assert tell_datasets() == 1
    assert LogEntry.objects.get(topic="dataset-made").happened_at == NOW


def test_every_campaign_that_goes_on_and_has_it_is_told_and_no_other(campaign: Campaign, coordinator: User) -> None:
    others = {name: make_campaign(name, created_at=NOW - timedelta(days=1)) for name in ("tag", "paused", "over", "none")}
    for name in ("tag", "paused", "over"):
        services.change_settings(others[name], {"metadata_campaigns": [campaign.name]}, actor=coordinator)
    Campaign.objects.filter(name="paused").update(status="paused")
    Campaign.objects.filter(name="over").update(status="cancelled")
    make_dataset("hd__v1", campaign_tag=campaign.name)
    assert tell_datasets() == 3
    assert [len(bodies(one)) for one in (campaign, *others.values())] == [1, 1, 1, 0, 0]


def test_a_dataset_that_becomes_the_campaigns_later_is_told_then(campaign: Campaign, coordinator: User) -> None:
    make_dataset("a__v1", campaign_tag="hd_v1")
    make_dataset("o_w77s1p1", workflow_justin_id=77)
    assert tell_datasets() == 0
    services.change_settings(campaign, {"metadata_campaigns": ["hd_v1"]}, actor=coordinator)
    register_workflow(campaign, 77, actor=coordinator)
    assert tell_datasets() == 2


def test_names_that_are_too_long_for_a_fact_are_told_apart(campaign: Campaign) -> None:
    names = [("x" * 249) + end for end in "ab"]
    made = [make_dataset(name, campaign_tag=campaign.name) for name in names]
    assert {len(fact_of(one)) for one in made} == {200}
    assert tell_datasets() == 2
    assert tell_datasets() == 0


def test_a_name_cannot_break_out_of_its_entry(campaign: Campaign, client) -> None:
    make_dataset("`<b>x</b>` @coordinator1 #1", campaign_tag=campaign.name, creator="*x* [y](javascript:z)")
    assert tell_datasets() == 1
    page = client.get(f"/campaigns/{campaign.slug}/log/").content.decode()
    assert "<b>x</b>" not in page
    assert 'href="javascript' not in page


def test_a_campaign_whose_log_cannot_be_written_keeps_no_other_from_being_told(
    campaign: Campaign, coordinator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_campaign("other-2026", created_at=NOW - timedelta(days=1))
    services.change_settings(other, {"metadata_campaigns": [campaign.name]}, actor=coordinator)
    make_dataset("hd__v1", campaign_tag=campaign.name)

    def broken(one: Campaign, **how: object) -> LogEntry | None:
        if one.pk == campaign.pk:
            raise RuntimeError("the disk is full")
        return note_fact(one, **how)  # type: ignore[arg-type]

    monkeypatch.setattr("campaigns.log.of_datasets.note_fact", broken)
    assert tell_datasets() == 1
    monkeypatch.undo()
    assert tell_datasets() == 1


def test_a_reading_of_the_list_tells_also_what_came_while_nobody_listened(
    campaign: Campaign, coordinator: User, metacat: Metacat
) -> None:
    services.change_settings(campaign, {"metadata_campaigns": ["fd_mc_2026a"]}, actor=coordinator)
    Campaign.objects.update(created_at=NOW - timedelta(days=30))
    make_dataset("earlier__v1", campaign_tag="fd_mc_2026a", namespace="fardet-hd", created_at=NOW - timedelta(days=2))
    assert "it is read once more" in read_datasets(by_person=True).failure, "the list lacks the earlier one"
    assert bodies(campaign) == []
    assert read_datasets(by_person=True).n_gone == 1
    assert len(bodies(campaign)) == 2
    read_datasets(by_person=True)
    datasets_read.send_robust(sender=Dataset)
    assert len(bodies(campaign)) == 2


def test_the_entry_leads_to_the_dataset_on_its_page(campaign: Campaign, client) -> None:
    make_dataset("hd__v1", campaign_tag=campaign.name)
    tell_datasets()
    entry = LogEntry.objects.get(topic="dataset-made")
    address = f'href="/campaigns/{campaign.slug}/datasets/?q=hd-protodune%3Ahd__v1"'
    assert address in client.get(f"/campaigns/{campaign.slug}/log/").content.decode()
    assert address in client.get(entry.get_absolute_url()).content.decode()
    assert "hd__v1" in client.get(f"/campaigns/{campaign.slug}/datasets/?q=hd-protodune:hd__v1").content.decode()
    found = client.get(f"/api/v1/campaigns/{campaign.slug}/log/?topic=dataset-made").json()
    assert found["count"] == 1


@pytest.mark.django_db(transaction=True)
def test_of_tasks_that_tell_at_once_one_writes_each_entry(campaign: Campaign) -> None:
    for number in range(5):
        make_dataset(f"hd{number}__v1", campaign_tag=campaign.name)
    start = threading.Barrier(6)
    written: list[int] = []

    def run() -> None:
        try:
            start.wait()
            written.append(tell_datasets())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(written) == 5
    assert Counter(bodies(campaign)).most_common(1)[0][1] == 1
    assert len(bodies(campaign)) == 5


@pytest.mark.django_db(transaction=True)
def test_two_processes_that_read_the_list_tell_each_dataset_once(
    campaign: Campaign, coordinator: User, metacat: Metacat
) -> None:
    services.change_settings(campaign, {"metadata_campaigns": ["fd_mc_2026a"]}, actor=coordinator)
    Campaign.objects.update(created_at=NOW - timedelta(days=30))
    make_workflow(2542, campaign=402)
    code = "from monitoring.datasets import read_datasets\nprint(read_datasets(by_person=True).skipped)"
    outs: list[str] = []

    def run() -> None:
        done = run_python(code, METACAT_URL=metacat.url, METACAT_PAUSE_SECONDS="0")
        outs.append(done.stdout.strip() + done.stderr if done.returncode else done.stdout.strip())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(outs) <= {"", "another question is going on"}, outs
    assert len(bodies(campaign)) == 4, "the official one, and three of the workflow"
    assert Dataset.objects.count() == 10
