"""A plan's numbers of files from MetaCat: over HTTP, by the worker, on a button; never while a page is drawn."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from werkzeug import Response

from campaigns.models import Campaign, CampaignStatus, CriterionFact, PlanDraft
from campaigns.plan_services import publish_plan, save_plan
from campaigns.sample_counts import ask_metacat, forget_sample_counts, refresh_sample_counts
from campaigns.steps.states import CriterionState
from campaigns.tasks import forget_sample_counts as forget_task
from campaigns.tasks import refresh_sample_counts as task
from monitoring.models import QueryCount, Workflow, hash_of_query
from monitoring.simulator.server import Simulator
from monitoring.simulator.worlds import SAMPLE
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from tests.campaigns.steps.walking import Cast, begin
from tests.factories import make_service
from tests.metacat import Metacat
from tests.planning.plans import MQL, N_FILES, SLICES, lbl2
from tests.planning.test_plan_edit import fields
from tests.planning.test_plan_page import text
from tests.planning.watched import planned, take
from tests.requests.filing import filed

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/campaigns/lbl2-reco-2026/plan/"
EDIT = f"{URL}edit/"
RHC = "files from fardet-hd:lbl2-anu-rhc"


@pytest.fixture
def cast(shifter: User, production: User, data_manager: User, coordinator: User) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def of_shifter(client_of: Callable[[User], Client], cast: Cast) -> Client:
    return client_of(cast.shifter)


def forget_when(**also: object) -> None:
    """As if all was asked long ago."""
    long_ago = timezone.now() - timedelta(days=1)
    QueryCount.objects.update(asked_at=long_ago, wanted_at=None, next_try_at=None, **also)


# --- the page ---


def test_a_page_never_asks(of_shifter: Client, client: Client, cast: Cast, metacat: Metacat, worker) -> None:
    publish_plan(planned(cast), actor=cast.shifter, version=1)
    for reader in (of_shifter, client):
        told = text(reader.get(f"{URL}?lane=production.s1"))
        assert "20,784 files, request 1" in told
        assert "not asked yet" in told
    assert of_shifter.get(EDIT).status_code == 200
    assert metacat.asked == []


def test_the_button_has_the_worker_ask_and_the_page_says_how_old_the_number_is(
    of_shifter: Client, cast: Cast, metacat: Metacat, worker
) -> None:
    planned(cast)
    metacat.counts[MQL] = N_FILES
    answer = of_shifter.post(f"{URL}count/")
    assert answer.headers["Location"] == f"{URL}#sizes"
    told = text(of_shifter.get(f"{URL}?lane=production.s1"))
    assert "MetaCat told how many files 1 sample has." in told
    assert "20,784 files, request 1; MetaCat says the same, just now" in told
    assert [body for *_rest, body in metacat.asked] == [MQL]


def test_a_dataset_that_grew_is_shown_with_what_it_means_for_the_rows(
    of_shifter: Client, client: Client, cast: Cast, metacat: Metacat, worker
) -> None:
    campaign = planned(cast)
    publish_plan(campaign, actor=cast.shifter, version=1)
    metacat.counts[MQL] = N_FILES
    of_shifter.post(f"{URL}count/")
    assert CriterionFact.objects.get(criterion="plan-drafted").state == CriterionState.NOT_MET, "no validation is planned"
    forget_when()
    metacat.counts[MQL] = N_FILES + 17
    of_shifter.post(f"{URL}count/")
    for reader in (of_shifter, client):
        told = text(reader.get(URL))
        assert "planned with 20,784 files, MetaCat has 20,801: 17 files more since" in told
        assert "Row 6 runs to the end and takes them; slices with a limit do not." in told


def test_what_came_after_the_last_workflow_found_its_files_is_drafted_in_one_click(
    of_shifter: Client, cast: Cast, metacat: Metacat, worker
) -> None:
    planned(cast)
    for number, (skip, limit) in enumerate(SLICES[:4], start=1):
        take(1700 + number, skip, limit)
    take(1705, 17000, None, state="submitted", files=(0, 0))
    metacat.counts[MQL] = N_FILES + 17
    of_shifter.post(f"{URL}count/")
    assert "Row 6 runs to the end and takes them" in text(of_shifter.get(URL)), "justIN has not looked for its files yet"
    Workflow.objects.filter(justin_id=1705).update(state="running", files_total=3784)
    page = of_shifter.get(URL)
    assert "justIN found its files before: what came since is in none" in text(page)
    link = re.search(r'href="([^"]*take=s1[^"]*)"', page.content.decode())
    assert link is not None
    address = link[1].replace("&amp;", "&")
    assert address == f"{EDIT}?take=s1&add=s1:20784:20801&close=r5:3784#rows"
    editor = of_shifter.get(address.partition("#")[0])
    assert "Full production, s1 nu, FHC: All 20,801 files, each once." in text(editor)
    assert PlanDraft.objects.get().version == 1, "nothing is saved by looking"
    of_shifter.post(EDIT, fields(editor))
    plan = PlanDraft.objects.get().content
    assert (plan["samples"][0]["n_files"], plan["samples"][0]["n_files_from"][:8]) == (20_801, "MetaCat,")
    told = text(of_shifter.get(f"{URL}?lane=production.s1"))
    assert "planned with" not in told
    assert "submitted is not as planned" not in told, "workflow 1705 took what row 6 says by now"
    assert "20,784 submitted" in told


def test_a_sample_that_grew_is_noted_where_the_plan_is_judged(of_shifter: Client, cast: Cast, metacat: Metacat, worker) -> None:
    plan = lbl2()
    plan["rows"].insert(1, {"key": "validation-1", "step": "validation", "sample": "s1", "limit": 100})
    planned(cast, plan)
    assert CriterionFact.objects.get(criterion="plan-drafted").state == CriterionState.MET
    metacat.counts[MQL] = N_FILES + 17
    of_shifter.post(f"{URL}count/")
    fact = CriterionFact.objects.get(criterion="plan-drafted")
    assert fact.state == CriterionState.NOTED
    assert fact.saw == "7 workflows planned; MetaCat has 17 files more of s1 than planned."


def test_a_failure_stands_beside_the_last_good_number(of_shifter: Client, cast: Cast, metacat: Metacat, worker) -> None:
    planned(cast)
    metacat.counts[MQL] = N_FILES
    of_shifter.post(f"{URL}count/")
    forget_when()
    metacat.say(Response("<b>try later</b>", 503))
    answer = of_shifter.post(f"{URL}count/", follow=True)
    told = text(answer)
    assert "MetaCat gave no number for 1 sample; it says why below." in told
    assert "MetaCat is busy: count of" in told
    assert "status 503, try later" in told
    assert "is busy since" in told
    assert "<b>try" not in answer.content.decode()
    assert "MetaCat says the same" in told, "the number of before stays"


def test_a_number_that_should_be_newer_is_marked(of_shifter: Client, cast: Cast, metacat: Metacat, worker) -> None:
    planned(cast)
    metacat.counts[MQL] = N_FILES
    of_shifter.post(f"{URL}count/")
    assert 'class="age" data-state="stale"' not in of_shifter.get(URL).content.decode()
    QueryCount.objects.update(read_at=timezone.now() - timedelta(hours=13))
    assert 'class="age" data-state="stale"' in of_shifter.get(URL).content.decode()


def test_a_query_that_metacat_would_count_wrongly_says_what_to_write(
    of_shifter: Client, cast: Cast, metacat: Metacat, worker
) -> None:
    plan = lbl2()
    plan["samples"][0]["mql"] = f"{MQL} where core.start_time in 1:2"
    planned(cast, plan)
    told = text(of_shifter.post(f"{URL}count/", follow=True))
    assert "Write: core.start_time &gt;= 1 and core.start_time &lt;= 2." in told
    assert metacat.asked == []


def test_while_the_worker_is_away_the_page_says_that_it_is_being_asked(
    of_shifter: Client, cast: Cast, metacat: Metacat, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(cast)
    monkeypatch.setattr("campaigns.sample_counts.send_to_worker", lambda rows: False)
    told = text(of_shifter.post(f"{URL}count/", follow=True))
    assert "MetaCat is being asked; its answer will stand here in a moment." in told
    assert "being asked, for shifter1" in told
    metacat.counts[MQL] = N_FILES
    task()
    assert "MetaCat says the same" in text(of_shifter.get(f"{URL}?lane=production.s1"))


def test_without_an_address_typed_numbers_do_and_the_page_says_so(of_shifter: Client, cast: Cast, settings) -> None:
    settings.METACAT_URL = ""
    planned(cast)
    page = of_shifter.get(URL)
    assert "MetaCat is not configured here: they come from requests or are typed" in text(page)
    assert "Ask MetaCat" not in text(page)
    refused = of_shifter.post(f"{URL}count/")
    assert refused.status_code == 409
    assert "type the number of files" in text(refused)
    editor = of_shifter.get(EDIT)
    assert "so type how many files each has" in text(editor)
    assert "Take MetaCat" not in editor.content.decode()


def test_only_those_who_plan_the_campaign_have_metacat_asked(
    client: Client, client_of: Callable[[User], Client], cast: Cast, metacat: Metacat, worker, outsider: User
) -> None:
    campaign = planned(cast)
    metacat.counts[MQL] = N_FILES
    assert client.post(f"{URL}count/").headers["Location"].startswith("/accounts/login/")
    for user in (outsider, cast.production, cast.data_manager):
        assert client_of(user).post(f"{URL}count/").status_code == 403
        with pytest.raises(NotAllowed):
            ask_metacat(campaign, actor=user)
        assert "Ask MetaCat" not in text(client_of(user).get(URL))
    assert metacat.asked == []
    for user in (cast.shifter, cast.coordinator):
        assert client_of(user).post(f"{URL}count/").status_code == 302
        assert client_of(user).get(f"{URL}count/").status_code == 302
    assert len(metacat.asked) == 1, "the second asked within a minute of the first"


def test_a_plan_without_a_query_has_nothing_to_ask(cast: Cast, metacat: Metacat) -> None:
    make_service()
    campaign = begin(cast, "lbl2-reco-2026")
    with pytest.raises(Invalid, match="No sample of the plan"):
        ask_metacat(campaign, actor=cast.shifter)


def test_two_hundred_samples_cost_no_more_queries_than_one(
    of_shifter: Client, cast: Cast, metacat: Metacat, worker, django_assert_max_num_queries
) -> None:
    planned(cast)
    counts = []
    for n in (1, 200):
        plan = lbl2()
        plan["samples"] += [{"key": f"x{at}", "mql": f"files from a:b{at}", "n_files": 10} for at in range(1, n)]
        metacat.counts = {sample["mql"]: 20_000 for sample in plan["samples"]}
        save_plan(Campaign.objects.get(), plan, actor=cast.shifter, version=PlanDraft.objects.get().version)
        of_shifter.post(f"{URL}count/")
        of_shifter.get(URL)
        with django_assert_max_num_queries(25) as seen:
            assert of_shifter.get(URL).status_code == 200
        counts.append(len(seen))
        with django_assert_max_num_queries(25) as seen:
            assert of_shifter.get(EDIT).status_code == 200
        counts.append(len(seen))
    assert counts[:2] == counts[2:]


# --- the editor ---


def test_metacats_number_is_taken_with_its_date_and_nothing_typed_is_lost(
    of_shifter: Client, cast: Cast, metacat: Metacat, worker
) -> None:
    planned(cast)
    metacat.counts = {MQL: 20_801, RHC: 7_000}
    form = fields(of_shifter.get(EDIT)) | {"rss_mib": "6000", "samples-1-label": "anu", "samples-1-mql": RHC}
    answer = of_shifter.post(EDIT, form | {"action": "count:0"})
    assert answer.status_code == 200
    form = fields(answer)
    assert (form["samples-0-n_files"], form["rss_mib"], form["samples-1-label"]) == ("20801", "6000", "anu")
    assert form["samples-0-n_files_from"].startswith("MetaCat, ")
    form = fields(of_shifter.post(EDIT, form | {"action": "count:1"}))
    assert form["samples-1-n_files"] == "7000"
    assert PlanDraft.objects.get().version == 1, "nothing is saved by asking"
    of_shifter.post(EDIT, form)
    kept = {sample["key"]: sample for sample in PlanDraft.objects.get().content["samples"]}
    assert kept["s1"]["n_files"] == 20_801
    assert kept["s2"]["n_files_from"].startswith("MetaCat, ")
    assert "20,801 files, MetaCat just now" in text(of_shifter.get(f"{URL}?lane=production.s1"))


def test_a_number_typed_over_metacats_is_not_called_metacats(of_shifter: Client, cast: Cast, metacat: Metacat, worker) -> None:
    planned(cast)
    metacat.counts = {MQL: 20_801}
    form = fields(of_shifter.post(EDIT, fields(of_shifter.get(EDIT)) | {"action": "count:0"}))
    of_shifter.post(EDIT, form | {"samples-0-n_files": "20,900"})
    (sample,) = PlanDraft.objects.get().content["samples"]
    assert sample["n_files"] == 20_900
    assert sample["n_files_from"].startswith("typed by shifter1 on ")
    form = fields(of_shifter.get(EDIT))
    of_shifter.post(EDIT, form | {"samples-0-n_files": "20,950", "samples-0-n_files_from": "MetaCat, 1 Jan 2026"})
    assert PlanDraft.objects.get().content["samples"][0]["n_files_from"].startswith("typed by shifter1 on ")


@pytest.mark.parametrize(
    ("action", "query", "why"),
    [
        ("count:0", "", "Write the query first"),
        ("count:0", "files", "names no dataset"),
        ("count:0", "files from dune:nosuch", "MetaCat does not know the dataset"),
        ("count:7", MQL, "Write the query first"),
        ("count:", MQL, "Say which sample"),
        ("count:-1", MQL, "Say which sample"),
        ("count:99999", MQL, "Say which sample"),
    ],
)
def test_without_a_number_the_editor_says_why_and_keeps_what_stood_there(
    of_shifter: Client, cast: Cast, metacat: Metacat, worker, action: str, query: str, why: str
) -> None:
    planned(cast)
    form = fields(of_shifter.get(EDIT)) | {"samples-0-mql": query, "action": action}
    if not query:
        form["rows"] = ""
    if "nosuch" in query:
        metacat.counts[query] = 0
    answer = of_shifter.post(EDIT, form)
    assert answer.status_code == 400
    assert why in text(answer)
    assert fields(answer)["samples-0-n_files"] == "20784"


def test_whoever_does_not_plan_here_cannot_ask_by_the_editor(
    client_of: Callable[[User], Client], of_shifter: Client, cast: Cast, metacat: Metacat, worker
) -> None:
    planned(cast)
    form = fields(of_shifter.get(EDIT)) | {"action": "count:0"}
    assert client_of(cast.production).post(EDIT, form).status_code == 403
    assert metacat.asked == []


# --- drafting ---


def test_a_plan_is_drafted_with_metacats_number_where_there_is_one(
    of_shifter: Client, cast: Cast, requester: User, metacat: Metacat, worker
) -> None:
    make_service()
    campaign = begin(cast, "lbl2-reco-2026")
    campaign.requests.add(filed(requester))
    form = {"files_per_workflow": "5000", "jobs_per_workflow": "1000"}
    assert of_shifter.post(f"{URL}draft/", form).status_code == 302
    (first, *_rest) = PlanDraft.objects.get().content["samples"]
    assert first["n_files_from"].startswith("request "), "this MetaCat knows nothing of it"
    metacat.counts[first["mql"]] = 12_345
    forget_when()
    of_shifter.post(f"{URL}draft/", form | {"replace": "1"})
    plan = PlanDraft.objects.get().content
    assert plan["samples"][0]["n_files"] == 12_345
    assert plan["samples"][0]["n_files_from"].startswith("MetaCat, ")
    of_first = [row for row in plan["rows"] if row["step"] == "production" and row["sample"] == plan["samples"][0]["key"]]
    assert [row.get("limit") for row in of_first] == [5000, 5000, None]


# --- the clock ---


def test_samples_of_campaigns_that_go_on_are_asked_for_again_when_they_are_due(cast: Cast, metacat: Metacat) -> None:
    campaign = planned(cast)
    publish_plan(campaign, actor=cast.shifter, version=1)
    plan = lbl2()
    plan["samples"].append({"key": "s2", "mql": RHC})
    save_plan(campaign, plan, actor=cast.shifter, version=1)
    metacat.counts = {MQL: N_FILES, RHC: 7_000}
    assert refresh_sample_counts().n_asked == 2
    assert refresh_sample_counts().n_asked == 0, "nothing is due"
    forget_when()
    Campaign.objects.update(status=CampaignStatus.FINISHED)
    assert refresh_sample_counts().n_asked == 0
    Campaign.objects.update(status=CampaignStatus.ACTIVE)
    assert refresh_sample_counts().n_asked == 2


def test_a_change_seen_by_the_clock_is_noted_without_anybodys_help(cast: Cast, metacat: Metacat) -> None:
    plan = lbl2()
    plan["rows"].insert(1, {"key": "validation-1", "step": "validation", "sample": "s1", "limit": 100})
    planned(cast, plan)
    metacat.counts[MQL] = N_FILES - 3
    refresh_sample_counts()
    assert "MetaCat has 3 files fewer of s1 than planned" in CriterionFact.objects.get(criterion="plan-drafted").saw


def test_without_an_address_neither_people_nor_the_clock_ask(cast: Cast, metacat: Metacat, settings) -> None:
    settings.METACAT_URL = ""
    campaign = planned(cast)
    with pytest.raises(Conflict, match="not configured"):
        ask_metacat(campaign, actor=cast.shifter)
    assert "not configured" in refresh_sample_counts().skipped


def test_the_command_asks_for_what_is_due_and_says_what_failed(cast: Cast, metacat: Metacat, capsys) -> None:
    planned(cast)
    metacat.counts[MQL] = N_FILES
    call_command("count_samples")
    assert "1 asked, 1 new" in capsys.readouterr().out
    forget_when()
    metacat.say("busy_503")
    with pytest.raises(CommandError, match="1 without an answer"):
        call_command("count_samples")
    with pytest.raises(CommandError, match="is not asked before"):
        call_command("count_samples")


def test_the_demonstrations_sample_has_grown_since_it_was_planned(of_shifter: Client, cast: Cast, settings, worker) -> None:
    plan = lbl2()
    plan["samples"][0]["mql"] = SAMPLE
    planned(cast, plan)
    with Simulator("demo") as simulator:
        settings.METACAT_URL, settings.METACAT_PAUSE_SECONDS = simulator.metacat_url, 0.0
        of_shifter.post(f"{URL}count/")
    assert "planned with 20,784 files, MetaCat has 20,801: 17 files more" in text(of_shifter.get(URL))


# --- the API ---

API = "/api/v1/campaigns/lbl2-reco-2026/plan/samples/"


def test_the_api_tells_what_the_page_tells_and_asks_as_the_button_does(
    of_shifter: Client, client: Client, client_of: Callable[[User], Client], cast: Cast, metacat: Metacat, worker
) -> None:
    planned(cast)
    (sample,) = client.get(API).json()["samples"]
    assert (sample["n_files"], sample["n_files_from"], sample["metacat"]) == (N_FILES, "request 1", None)
    assert metacat.asked == []
    assert client.post(API).status_code == 401
    assert client_of(cast.production).post(API).status_code == 403
    metacat.counts[MQL] = N_FILES + 17
    answer = of_shifter.post(API)
    assert answer.status_code == 202
    (sample,) = answer.json()["samples"]
    assert (sample["difference"], sample["metacat"]["n_files"], sample["metacat"]["is_open"]) == (17, N_FILES + 17, False)


def test_the_api_says_that_metacat_is_not_configured(of_shifter: Client, cast: Cast, settings) -> None:
    settings.METACAT_URL = ""
    planned(cast)
    assert of_shifter.get(API).json()["metacat_configured"] is False
    assert of_shifter.post(API).status_code == 409


# --- what nobody uses any more ---


def test_counts_that_no_plan_has_used_for_a_season_are_forgotten_and_no_others(cast: Cast) -> None:
    publish_plan(planned(cast), actor=cast.shifter, version=1)
    queries = {"in a plan": MQL, "unused": RHC, "asked lately": "files where a", "wanted lately": "files where b"}
    for query in queries.values():
        QueryCount.objects.create(mql=query, sha256=hash_of_query(query))
    now = timezone.now()
    QueryCount.objects.update(added_at=now - timedelta(days=200), asked_at=now - timedelta(days=91))
    QueryCount.objects.filter(mql="files where a").update(asked_at=now - timedelta(days=89))
    QueryCount.objects.filter(mql="files where b").update(wanted_at=now - timedelta(days=1))
    Campaign.objects.update(status=CampaignStatus.FINISHED)
    assert forget_sample_counts() == 1
    assert set(QueryCount.objects.values_list("mql", flat=True)) == {MQL, "files where a", "files where b"}
    PlanDraft.objects.update(content={})
    assert forget_sample_counts() == 0, "the revision uses it still"
    forget_task()
    assert QueryCount.objects.count() == 3
