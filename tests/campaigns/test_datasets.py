"""Which datasets are a campaign's, the setting that says so, the page, the downloads and the API."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from werkzeug import Response
from zeal import zeal_context

from campaigns import campaign_services as services
from campaigns.datasets import asked_datasets
from campaigns.models import Campaign, CampaignVerb
from campaigns.sample_counts import refresh_sample_counts
from monitoring.counting import want
from monitoring.datasets import read_datasets
from monitoring.models import Dataset, QueryCount, Service
from portal.errors import Invalid, NotAllowed
from portal.models import User
from tests.factories import NOW, make_campaign, make_dataset, make_service, make_workflow
from tests.metacat import Metacat

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]
PATH = "/campaigns/pdhd-reco-2026b/datasets/"
API = "/api/v1/campaigns/pdhd-reco-2026b/datasets/"


@pytest.fixture
def campaign(db) -> Campaign:
    make_service()
    Service.objects.create(name=Service.METACAT_DATASETS, read_at=NOW - timedelta(minutes=20))
    campaign = make_campaign("pdhd-reco-2026b", 402)
    make_workflow(3206, campaign=402)
    return campaign


@pytest.fixture(autouse=True)
def configured(settings) -> None:
    settings.METACAT_URL = "http://127.0.0.1:1/app"


def words(client: Client, path: str = PATH, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return " ".join(answer.content.decode().split())


def names(answer: Any) -> list[str]:
    return [row["did"].partition(":")[2] for row in answer.json()["results"]]


# --- whose ---


def test_a_campaign_has_those_of_its_workflows_and_those_of_its_name(campaign: Campaign) -> None:
    registered = make_workflow(3301, campaign=None)
    other = make_campaign("other-2026", 403)
    make_workflow(3210, campaign=403)
    for name, fields in {
        "a": {"workflow_justin_id": 3206}, "b": {"campaign_tag": "pdhd-reco-2026b"}, "c": {"workflow_justin_id": 3210},
        "d": {"campaign_tag": "other-2026"}, "e": {"workflow_justin_id": 3301},
        "f": {"workflow_justin_id": 3206, "campaign_tag": "pdhd-reco-2026b"},
    }.items():  # fmt: skip
        make_dataset(name, **fields)
    assert [one.name for one in asked_datasets(campaign, sort="name")] == ["a", "b", "f"]
    assert {one.name for one in other.datasets()} == {"c", "d"}
    campaign.registered_workflows.add(registered)
    assert [one.name for one in asked_datasets(campaign, sort="name")] == ["a", "b", "e", "f"]


def test_values_that_are_set_stand_in_the_place_of_the_name(campaign: Campaign, coordinator: User) -> None:
    for tag in ("pdhd-reco-2026b", "hd_2026_v1", "hd_2026_v2"):
        make_dataset(tag, campaign_tag=tag)
    services.change_settings(campaign, {"metadata_campaigns": ["hd_2026_v1", "hd_2026_v2"]}, actor=coordinator)
    assert {one.name for one in campaign.datasets()} == {"hd_2026_v1", "hd_2026_v2"}
    event = campaign.events.filter(verb=CampaignVerb.CHANGED).latest("pk")
    assert event.data["changes"] == [
        {"field": "metadata_campaigns", "label": "values of dune.campaign", "old": "", "new": "hd_2026_v1, hd_2026_v2"}
    ]
    services.change_settings(campaign, {"metadata_campaigns": []}, actor=coordinator)
    assert campaign.dune_campaigns == ["pdhd-reco-2026b"]


def test_official_is_what_carries_a_campaign_and_is_no_growing_output(campaign: Campaign) -> None:
    kinds = {
        "tagged": {"campaign_tag": "x"},
        "frozen": {"campaign_tag": "x", "is_frozen": True},
        "frozen of a workflow": {"campaign_tag": "x", "is_frozen": True, "workflow_justin_id": 7},
        "output": {"workflow_justin_id": 7},
        "tagged output": {"workflow_justin_id": 7, "campaign_tag": "x"},
        "frozen output": {"workflow_justin_id": 7, "is_frozen": True},
    }
    made = {what: make_dataset(what.replace(" ", "-"), **fields) for what, fields in kinds.items()}
    official = {"tagged", "frozen", "frozen of a workflow"}
    assert {what for what, one in made.items() if one.is_official} == official
    assert {one.name.replace("-", " ") for one in Dataset.objects.official()} == official
    assert {one.name.replace("-", " ") for one in Dataset.objects.outputs()} == set(kinds) - official


@pytest.mark.parametrize("tags", [["a b"], ["x'"], ['"x"'], ["#x"], ["-x"], ["x" * 101], [f"t{n}" for n in range(21)], ["é"]])
def test_what_cannot_be_a_value_is_refused_with_an_example(campaign: Campaign, coordinator: User, tags: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        services.change_settings(campaign, {"metadata_campaigns": tags}, actor=coordinator)
    assert refused.value.field == "metadata_campaigns"
    campaign.refresh_from_db()
    assert campaign.metadata_campaigns == []


def test_the_settings_page_takes_values_with_commas_and_keeps_what_was_typed(
    client_of, campaign: Campaign, shifter: User, coordinator: User, outsider: User
) -> None:
    services.appoint(campaign, shifter, actor=coordinator)
    client, address = client_of(shifter), "/campaigns/pdhd-reco-2026b/settings/work/"
    sent = {"metadata_campaigns": " hd_v1,, hd_v2 hd_v1 ", "initial-metadata_campaigns": ""}
    assert client.post(address, sent).status_code == 302
    campaign.refresh_from_db()
    assert campaign.metadata_campaigns == ["hd_v1", "hd_v2"]
    assert 'value="hd_v1, hd_v2"' in words(client, "/campaigns/pdhd-reco-2026b/settings/")
    answer = client.post(address, {"metadata_campaigns": "hd'v3", "initial-metadata_campaigns": "hd_v1, hd_v2"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "hd&#x27;v3” is no value of dune.campaign" in page
    assert 'value="hd&#x27;v3"' in page
    answer = client.post(address, {"metadata_campaigns": "hd_v4", "initial-metadata_campaigns": "hd_v9"})
    assert "Somebody set the values of dune.campaign to “hd_v1, hd_v2” in the meantime" in answer.content.decode()
    n = campaign.events.count()
    same = {"metadata_campaigns": "hd_v1 hd_v2", "initial-metadata_campaigns": "hd_v1, hd_v2"}
    assert client.post(address, same).status_code == 302
    assert campaign.events.count() == n
    with pytest.raises(NotAllowed):
        services.change_settings(campaign, {"metadata_campaigns": ["x"]}, actor=outsider)


# --- the page ---


def test_the_page_tells_of_each_what_metacat_said_and_how_old_it_is(client: Client, campaign: Campaign) -> None:
    make_dataset("outputs_w3206s1p1", workflow_justin_id=3206, stage=1, n_files_listed=582, creator="dunepro")
    one = make_dataset(
        "hd__official__v1", campaign_tag="pdhd-reco-2026b", is_frozen=True, n_files_listed=100, data_tier="full-reconstructed"
    )
    [counted] = want([one.count_query])
    QueryCount.objects.filter(pk=counted.pk).update(n_files=99, read_at=NOW - timedelta(minutes=3))
    page = words(client)
    assert "list of MetaCat read" in page
    assert "20 min ago" in page
    assert "hd-protodune:hd__official__v1" in page
    assert 'data-copy="hd-protodune:hd__official__v1"' in page
    assert '<td class="num">100</td> <td class="num whole">99 <span class="quiet"><time class="age"' in page
    assert '<td class="whole"><a href="/workflows/3206/">workflow 3206</a>, stage 1' in page
    assert "full-reconstructed" in page
    assert "MetaCat’s counter holds retired files too" in page


def test_what_is_not_known_is_said_and_never_zero(client: Client, campaign: Campaign) -> None:
    make_dataset("a__v1", campaign_tag="pdhd-reco-2026b", n_files_listed=None, created_at=None)
    page = words(client)
    assert '<td class="num">unknown</td>' in page
    assert "not counted yet" in page
    assert '<td class="whole">unknown' in page
    Campaign.objects.update(status="finished")
    assert "not counted</span>" in words(client)


def test_a_dataset_that_is_gone_stays_and_says_since_when(client: Client, campaign: Campaign) -> None:
    make_dataset("a__v1", campaign_tag="pdhd-reco-2026b", gone_at=NOW - timedelta(days=2))
    page = words(client)
    assert "gone</span>" in page
    assert "since 21 Nov 18:42" in page


def test_a_list_that_cannot_be_read_is_told_above_what_is_kept(client: Client, campaign: Campaign) -> None:
    make_dataset("a__v1", campaign_tag="pdhd-reco-2026b")
    Service.objects.filter(name=Service.METACAT_DATASETS).update(
        failing_since=NOW - timedelta(hours=1), error_kind="cut", error_text="list of datasets: the list ends in the middle"
    )
    page = words(client)
    assert "could not be read again since 2026-11-23 17:42:00 UTC" in page
    assert "ends in the middle" in page
    assert "a__v1" in page
    Service.objects.filter(name=Service.METACAT_DATASETS).update(failing_since=None, read_at=NOW - timedelta(hours=9))
    assert "list of datasets is old" in words(client)


def test_an_empty_page_says_what_to_do(client: Client, client_of, campaign: Campaign, coordinator: User, settings) -> None:
    page = words(client)
    assert "MetaCat lists no dataset of pdhd-reco-2026b yet." in page
    assert "<code>pdhd-reco-2026b</code>" in page
    assert "Set what is looked for" not in page
    assert "/campaigns/pdhd-reco-2026b/settings/#work" in words(client_of(coordinator))
    Service.objects.filter(name=Service.METACAT_DATASETS).delete()
    assert "was not read yet" in words(client)
    settings.METACAT_URL = ""
    assert "<code>METACAT_URL</code>" in words(client)


def test_kinds_words_order_and_pages_are_in_the_address(client: Client, campaign: Campaign) -> None:
    make_dataset("x__v1", campaign_tag="pdhd-reco-2026b", n_files_listed=5, created_at=NOW - timedelta(days=3))
    for number in range(60):
        make_dataset(f"out{number:02}_w3206s1p1", workflow_justin_id=3206, n_files_listed=number, created_at=NOW)
    first = client.get(PATH)
    assert len(first.context["rows"]) == 50
    assert len(client.get(f"{PATH}?page=2").context["rows"]) == 11
    assert [row.dataset.name for row in client.get(f"{PATH}?which=official").context["rows"]] == ["x__v1"]
    assert client.get(f"{PATH}?which=outputs").context["page"].paginator.count == 60
    assert client.get(f"{PATH}?q=out1+w3206").context["page"].paginator.count == 10
    assert client.get(f"{PATH}?q=%233206").context["page"].paginator.count == 60
    assert client.get(f"{PATH}?q=hd-protodune:x__v1").context["page"].paginator.count == 1
    assert client.get(f"{PATH}?sort=-files").context["rows"][0].dataset.n_files_listed == 59
    assert client.get(f"{PATH}?sort=files").context["rows"][0].dataset.n_files_listed == 0
    assert client.get(f"{PATH}?sort=made").context["rows"][0].dataset.name == "x__v1"
    page = words(client, f"{PATH}?q=out1&which=outputs&sort=-files")
    assert '<input type="hidden" name="which" value="outputs">' in page
    assert '<input type="hidden" name="sort" value="-files">' in page
    assert 'href="/campaigns/pdhd-reco-2026b/datasets.csv?q=out1&amp;which=outputs&amp;sort=-files"' in page
    assert "No dataset fits." in words(client, f"{PATH}?q=nosuch")
    for odd in ("which=both", "sort=secret", "page=999", "page=x", "q=%00", "q=" + "9" * 300):
        assert client.get(f"{PATH}?{odd}").status_code == 200


def test_the_page_costs_the_same_queries_for_one_row_and_for_fifty(
    client_of, campaign: Campaign, coordinator: User, django_assert_max_num_queries
) -> None:
    client = client_of(coordinator)

    def n_queries() -> int:
        with django_assert_max_num_queries(25) as seen, zeal_context():
            client.get(PATH)
        return len(seen)

    make_dataset("x__v1", campaign_tag="pdhd-reco-2026b")
    make_dataset("o_w3206s1p1", workflow_justin_id=3206)
    n_queries()
    few = n_queries()
    for number in range(60):
        make_dataset(f"y{number}__v1", campaign_tag="pdhd-reco-2026b")
        make_workflow(4000 + number, campaign=402)
        make_dataset(f"y{number}_w{4000 + number}s1p1", workflow_justin_id=4000 + number)
    assert n_queries() == few


def test_both_views_of_the_files_lead_to_each_other(client: Client, campaign: Campaign) -> None:
    assert f'href="{PATH}"' in words(client, "/campaigns/pdhd-reco-2026b/files/")
    page = words(client)
    assert 'href="/campaigns/pdhd-reco-2026b/files/"' in page
    assert f'href="{PATH}" aria-current="page"' in page


# --- for programs ---


def test_csv_and_json_have_the_rows_of_the_page(client: Client, campaign: Campaign) -> None:
    make_dataset("=x__v1", campaign_tag="pdhd-reco-2026b", namespace="=hd", n_files_listed=None, is_frozen=True)
    make_dataset("o_w3206s2p1", workflow_justin_id=3206, stage=2, n_files_listed=7, gone_at=NOW)
    rows = list(csv.DictReader(io.StringIO(client.get(PATH.rstrip("/") + ".csv?sort=name").content.decode())))
    assert [row["dataset"] for row in rows] == ["'=hd:=x__v1", "hd-protodune:o_w3206s2p1"]
    assert (rows[0]["official"], rows[0]["files_listed"], rows[0]["frozen"], rows[0]["gone_at"]) == ("yes", "", "yes", "")
    assert (rows[1]["workflow_id"], rows[1]["stage"], rows[1]["files_listed"]) == ("3206", "2", "7")
    assert rows[1]["gone_at"] == "2026-11-23T18:42:00Z"
    told = client.get(PATH.rstrip("/") + ".json?which=outputs").json()
    assert (told["looked_for"], told["read_at"]) == (["pdhd-reco-2026b"], "2026-11-23T18:22:00Z")
    assert [(row["dataset"], row["official"], row["files_counted"]) for row in told["rows"]] == [
        ("hd-protodune:o_w3206s2p1", False, None)
    ]


def test_the_api_pages_filters_and_tells_how_old_the_list_is(client: Client, campaign: Campaign) -> None:
    make_dataset("x__v1", campaign_tag="pdhd-reco-2026b", description="files where …")
    make_dataset("o_w3206s1p1", workflow_justin_id=3206, stage=1)
    told = client.get(f"{API}?page_size=1&ordering=name").json()
    assert (told["count"], told["read_at"], told["failing_since"]) == (2, "2026-11-23T18:22:00Z", None)
    assert told["next"].endswith("page=2&page_size=1")
    assert told["results"] == [
        {
            "did": "hd-protodune:o_w3206s1p1", "official": False, "workflow_id": 3206, "stage": 1, "campaign": "",
            "data_tier": "", "files_listed": 485, "files_counted": None, "counted_at": None, "frozen": False,
            "made_at": "2026-11-23T17:42:00Z", "made_by": "dunepro", "description": "",
            "first_seen_at": "2026-11-23T18:42:00Z", "gone_at": None,
        }
    ]  # fmt: skip
    assert names(client.get(f"{API}?which=official")) == ["x__v1"]
    assert names(client.get(f"{API}?search=3206")) == ["o_w3206s1p1"]
    assert client.get(f"{API}?which=both").status_code == 400
    assert client.get(f"{API}?wich=official").status_code == 400
    assert client.get(API.replace("2026b", "2027")).status_code == 404


def test_the_api_costs_the_same_queries_for_many(client: Client, campaign: Campaign, django_assert_max_num_queries) -> None:
    for number in range(40):
        make_dataset(f"y{number}__v1", campaign_tag="pdhd-reco-2026b")
    with django_assert_max_num_queries(7):
        assert client.get(API).json()["count"] == 40


# --- counting ---


def test_official_datasets_of_campaigns_that_go_on_are_counted_with_the_samples(
    campaign: Campaign, metacat: Metacat, client: Client
) -> None:
    one = make_dataset("x__v1", campaign_tag="pdhd-reco-2026b", n_files_listed=100)
    make_dataset("gone__v1", campaign_tag="pdhd-reco-2026b", gone_at=NOW)
    make_dataset("o_w3206s1p1", workflow_justin_id=3206)
    metacat.counts[one.count_query] = 99
    assert refresh_sample_counts().n_asked == 1
    assert [body for _method, _path, body in metacat.asked] == ["files from hd-protodune:x__v1"]
    assert client.get(API + "?which=official&search=x__v1").json()["results"][0]["files_counted"] == 99
    Campaign.objects.update(status="finished")
    QueryCount.objects.update(next_try_at=None)
    assert refresh_sample_counts().n_asked == 0


def test_a_count_that_failed_says_why_beside_the_counter(campaign: Campaign, metacat: Metacat, client: Client) -> None:
    make_dataset("x__v1", campaign_tag="pdhd-reco-2026b", n_files_listed=100)
    metacat.say(Response("try later", 503))
    refresh_sample_counts()
    page = words(client)
    assert 'unknown <span class="quiet">MetaCat is busy</span>' in page
    assert '<td class="num">100</td>' in page


def test_from_metacats_list_to_the_page(campaign: Campaign, metacat: Metacat, client: Client, coordinator: User) -> None:
    services.change_settings(campaign, {"metadata_campaigns": ["fd_mc_2026a"]}, actor=coordinator)
    assert read_datasets(by_person=True).failure == ""
    page = words(client)
    assert "fardet-hd__fd_mc_2026a__full-reconstructed__v10_04_07d00" in page
    assert '<td class="num">485</td>' in page
