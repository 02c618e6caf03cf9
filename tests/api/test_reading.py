"""What the API tells: addresses and keys that programs rely on, unknown as null, lists in pages, wrong filters refused."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from campaigns.models import Campaign
from campaigns.services import comment_on_workflow
from monitoring.models import Failure, Workflow
from portal.models import User
from tests.factories import (
    NOW,
    Jobs,
    make_campaign,
    make_failed_jobs,
    make_files,
    make_hours,
    make_service,
    make_storage,
    make_tally,
    make_workflow,
)

pytestmark = pytest.mark.django_db

ROW_KEYS = {
    "workflow_id", "jobs", "status", "jobs_exit_zero", "success_rate", "jobs_good", "events", "comments", "files_processed",
    "files_total", "complete", "as_of",
}  # fmt: skip
JOBS_KEYS = {
    "submitted", "started", "ended", "running", "exit_zero", "good", "script_error", "result_lost", "output_failed",
    "aborted", "stalled",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _now(time_machine_at) -> None:
    time_machine_at(NOW)
    make_service()


@pytest.fixture
def campaign() -> Campaign:
    campaign = make_campaign("pdhd-reco-2026b", 402, purpose="ProtoDUNE-HD beam runs")
    make_tally(
        make_workflow(12345, state="finished", files=(9000, 9000)),
        [Jobs("CERN", "finished", 9800), Jobs("CERN", "script-error", 200, code=1)],
    )
    make_workflow(12346, read_at=None, full_read_at=None, files=(0, 500))
    return campaign


def test_the_summary_has_the_tutorials_figures(api: APIClient, campaign: Campaign, coordinator: User) -> None:
    comment_on_workflow(campaign, Workflow.objects.get(justin_id=12345), "all well", actor=coordinator)
    answer = api.get("/api/v1/campaigns/pdhd-reco-2026b/summary/?ordering=workflow")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["campaign"], told["count"], told["next"], told["previous"]) == ("pdhd-reco-2026b", 2, None, None)
    row = told["rows"][0]
    assert row.keys() >= ROW_KEYS
    assert {key: row[key] for key in ROW_KEYS} == {
        "workflow_id": 12345, "jobs": 10_000, "status": "finished", "jobs_exit_zero": 9_800, "success_rate": 0.98,
        "jobs_good": 9_800, "events": None, "comments": "all well", "files_processed": 9000, "files_total": 9000,
        "complete": True, "as_of": "2026-11-23T18:42:00Z",
    }  # fmt: skip


def test_a_workflow_never_read_is_null_in_the_summary_and_totals_say_they_are_not_complete(api, campaign) -> None:
    told = api.get("/api/v1/campaigns/pdhd-reco-2026b/summary/").json()
    row = told["rows"][0]
    assert row["workflow_id"] == 12346
    assert [row[key] for key in ("jobs", "jobs_exit_zero", "success_rate", "jobs_good", "jobs_running", "as_of")] == [None] * 6
    assert row["complete"] is False
    totals = told["totals"]
    assert (totals["workflows"], totals["jobs"], totals["success_rate"], totals["complete"]) == (2, 10_000, 0.98, False)
    assert (totals["files_processed"], totals["files_total"], totals["workflows_unknown"]) == (9000, 9500, 1)
    assert totals["by_status"] == {"finished": 1, "running": 1}


def test_the_summary_is_paged_filtered_and_sorted_and_totals_stay(api, campaign) -> None:
    for number in range(1, 6):
        make_tally(make_workflow(number), [Jobs("CERN", "finished", number)])
    first = api.get("/api/v1/campaigns/pdhd-reco-2026b/summary/?page_size=3&ordering=-jobs").json()
    assert [row["workflow_id"] for row in first["rows"]] == [12345, 5, 4]
    second = api.get(first["next"]).json()
    assert [row["workflow_id"] for row in second["rows"]] == [3, 2, 1]
    assert second["totals"] == first["totals"]
    assert api.get(second["next"]).json()["rows"][0]["workflow_id"] == 12346
    found = api.get("/api/v1/campaigns/pdhd-reco-2026b/summary/?state=finished").json()
    assert ([row["workflow_id"] for row in found["rows"]], found["count"]) == ([12345], 1)
    assert found["totals"] == first["totals"]


def test_the_list_of_campaigns_has_totals_and_can_be_filtered(api, campaign) -> None:
    make_campaign("done-1", status="finished")
    told = api.get("/api/v1/campaigns/").json()
    assert (told["count"], [row["slug"] for row in told["results"]]) == (2, ["done-1", "pdhd-reco-2026b"])
    row = api.get("/api/v1/campaigns/?status=active").json()["results"][0]
    assert (row["name"], row["status"], row["justin_campaign_ids"]) == ("pdhd-reco-2026b", "active", [402])
    assert row["totals"]["jobs"] == 10_000
    assert [notice["kind"] for notice in row["notices"]] == ["never-read"]
    assert api.get("/api/v1/campaigns/?search=beam").json()["count"] == 1
    assert api.get("/api/v1/campaigns/?ordering=name&page_size=1").json()["results"][0]["slug"] == "done-1"


def test_one_campaign(api, campaign) -> None:
    told = api.get("/api/v1/campaigns/pdhd-reco-2026b/").json()
    assert (told["slug"], told["purpose"]) == ("pdhd-reco-2026b", "ProtoDUNE-HD beam runs")
    assert told["url"] == "http://testserver/campaigns/pdhd-reco-2026b/"


def test_a_workflow_with_everything(api) -> None:
    workflow = make_workflow(3206, state="paused", auto_paused_at=NOW, files=(341, 350))
    make_tally(
        workflow,
        [Jobs("CERN", "finished", 348), Jobs("UK_Brunel", "script-error", 13, code=65), Jobs("CERN", "stalled", 8),
         Jobs("CERN", "result-lost", 4), Jobs("CERN", "output-failed", 2), Jobs("CERN", "aborted", 1),
         Jobs("CERN", "running", 5), Jobs("", "queued", 3)],
        n_output_files=1364, output_bytes=460_000_000_000,
    )  # fmt: skip
    make_files(workflow, {("processed", 1): 229, ("processed", 2): 112, ("failed", 3): 9})
    make_storage(workflow, "NIKHEF", outcome="script-error", exit_code=65, n_jobs=5, n_files=6)
    make_hours(workflow, NOW.replace(minute=0), [(381, 350, 26, 341)])
    told = api.get("/api/v1/workflows/3206/").json()
    assert told["jobs"].keys() >= JOBS_KEYS
    assert {key: told["jobs"][key] for key in JOBS_KEYS} == {
        "submitted": 384, "started": 381, "ended": 376, "running": 5, "exit_zero": 350, "good": 348, "script_error": 13,
        "result_lost": 4, "output_failed": 2, "aborted": 1, "stalled": 8,
    }  # fmt: skip
    assert told["exit_codes"] == {"0": 350, "65": 13}
    assert told["success_rate"] == pytest.approx(350 / 376)
    brunel = told["sites"][1]
    assert {key: brunel[key] for key in ("site", "started", "ended", "exit_zero", "good", "exit_codes")} == {
        "site": "UK_Brunel", "started": 13, "ended": 13, "exit_zero": 0, "good": 0, "exit_codes": {"0": 0, "65": 13},
    }  # fmt: skip
    assert told["files"] == {"processed": 341, "failed": 9}
    assert told["stages"][0]["states"][0] == {"state": "processed", "files": 341, "retried": 112, "at_least": False}
    assert told["outputs"] == {"files": 1364, "bytes": 460_000_000_000, "estimated": False}
    assert (told["rses"][0]["rse"], told["rses"][0]["use"], told["rses"][0]["exit_codes"]) == ("NIKHEF", "read", {"65": 5})
    assert told["hours"] == {
        "step_hours": 1,
        "rows": [{"begins_at": "2026-11-23T18:00:00Z", "started": 381, "ended_zero": 350, "ended_other": 26, "running": 5}],
    }
    assert (told["complete"], told["as_of"]) == (True, "2026-11-23T18:42:00Z")
    assert (told["status"], told["paused_by"]) == ("paused", "justIN")
    assert (told["justin_campaign_id"], told["scope"], told["files_processed"]) == (402, "hd-protodune", 341)
    assert {notice["kind"] for notice in told["notices"]} == {"paused-by-justin", "bad-site"}


def test_a_workflow_never_read_has_nulls_not_zeros(api) -> None:
    make_workflow(3300, campaign=None, state="", files=(None, None), read_at=None, full_read_at=None)
    told = api.get("/api/v1/workflows/3300/").json()
    assert set(told["jobs"].values()) == {None}
    assert told["jobs"].keys() >= JOBS_KEYS
    assert told["outputs"] == {"files": None, "bytes": None, "estimated": False}
    assert (told["success_rate"], told["as_of"], told["complete"], told["status"]) == (None, None, False, None)
    assert (told["files_processed"], told["files_total"], told["justin_campaign_id"]) == (None, None, None)


def test_lower_bounds_are_marked_and_say_what_was_cut(api) -> None:
    cut = [{"slice": "JOB_FINISHED of stage 1 at CERN", "n_rows": 10_000, "why": "cannot be split"}]
    make_tally(make_workflow(9), [Jobs("CERN", "finished", 10_000)], complete=False, jobs_complete=False, incomplete=cut)
    told = api.get("/api/v1/workflows/9/").json()
    assert (told["complete"], told["incomplete"], told["success_rate"]) == (False, cut, None)
    assert (told["jobs"]["good"], told["jobs"]["running"]) == (10_000, None)
    assert told["rate_problem"] == "not all jobs could be counted"


def test_failed_jobs_are_samples_that_can_be_filtered(api) -> None:
    workflow = make_workflow(3206)
    make_failed_jobs(workflow, 13)
    make_failed_jobs(workflow, 2, outcome="stalled", code=None, site="")
    told = api.get("/api/v1/workflows/3206/failed-jobs/?code=65&site=UK_Brunel&page_size=5").json()
    assert (told["count"], len(told["results"])) == (13, 5)
    assert told["results"][0]["jobsub_id"] == "48121885.0@dunegpschedd02"
    assert "method=show-job" in told["results"][0]["justin_url"]
    assert {job["end"] for job in api.get("/api/v1/workflows/3206/failed-jobs/?site=").json()["results"]} == {"stalled"}
    wrong = api.get("/api/v1/workflows/3206/failed-jobs/?code=bad")
    assert wrong.status_code == 400
    assert wrong.json()["errors"][0]["field"] == "code"


def test_workflows_are_listed_for_a_campaign_and_for_all(api, campaign) -> None:
    make_workflow(7, campaign=500)
    told = api.get("/api/v1/campaigns/pdhd-reco-2026b/workflows/").json()
    assert [row["workflow_id"] for row in told["results"]] == [12346, 12345]
    assert api.get("/api/v1/workflows/?state=open&ordering=workflow_id").json()["results"][0]["workflow_id"] == 7
    assert api.get("/api/v1/workflows/?search=1234").json()["count"] == 2
    assert api.get("/api/v1/workflows/?state=unknown").json()["count"] == 0


def test_sources_say_how_asking_goes(api) -> None:
    assert api.get("/api/v1/sources/").json()["justin"]["state"] == "ok"
    make_service(failing_since=NOW - timedelta(hours=1), n_failures=4, error_kind=Failure.LOGIN_WANTED,
                 error_text="302 to a log-in", next_try_at=NOW + timedelta(minutes=8))  # fmt: skip
    told = api.get("/api/v1/sources/").json()
    assert told["justin"] == {
        "name": "justin", "state": "failing", "read_at": "2026-11-23T18:42:00Z", "failing_since": "2026-11-23T17:42:00Z",
        "n_failures": 4, "error_kind": "login-wanted", "error_text": "302 to a log-in",
        "next_try_at": "2026-11-23T18:50:00Z", "round_began_at": "2026-11-23T18:42:00Z",
        "round_ended_at": "2026-11-23T18:42:00Z",
    }  # fmt: skip
    assert told["justin_info"]["state"] == "never asked"


def test_a_campaigns_justin_campaigns_are_listed_with_how_reading_goes(api, campaign) -> None:
    told = api.get("/api/v1/campaigns/pdhd-reco-2026b/justin-campaigns/").json()
    assert told["count"] == 1
    assert told["results"][0].items() >= {"justin_campaign_id": 402, "workflows": 1, "failing_since": None}.items()


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/campaigns/no-such/",
        "/api/v1/campaigns/no-such/summary/",
        "/api/v1/campaigns/no-such/justin-campaigns/",
        "/api/v1/workflows/424242/",
        "/api/v1/workflows/99999999999999999999999/",
        "/api/v1/workflows/abc/",
        "/api/v1/nonsense/",
        "/api/v1/campaigns/a%00b/",
        "/api/v1/campaigns/ü/summary/",
        "/api/v1/campaigns/?page=77",
    ],
)
def test_what_is_not_there_is_404_in_json_with_a_remedy(api, campaign, path: str) -> None:
    answer = api.get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/json"
    told = answer.json()
    assert told.keys() == {"detail", "remedy", "errors"}
    assert told["detail"]
    assert told["remedy"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("stauts=active", "stauts"),
        ("status=nonsense", "status"),
        ("ordering=colour", "ordering"),
        ("page=abc", "page"),
        ("page_size=0", "page_size"),
        ("page=99999999999999999999", "page"),
        ("search=%00", "search"),
    ],
)
def test_a_filter_that_is_wrong_or_unknown_is_refused_never_dropped(api, campaign, query: str, field: str) -> None:
    answer = api.get(f"/api/v1/campaigns/?{query}")
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert error["message"]
    assert error["remedy"]


def test_reading_follows_the_sites_setting(api, api_of, campaign, settings, outsider: User) -> None:
    settings.PUBLIC_READ = False
    for path in ("campaigns/", "campaigns/pdhd-reco-2026b/", "campaigns/pdhd-reco-2026b/summary/", "workflows/",
                 "workflows/12345/", "workflows/12345/failed-jobs/", "sources/", ""):  # fmt: skip
        answer = api.get(f"/api/v1/{path}")
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token"), path
        assert "Token" in answer.json()["remedy"]
        assert api_of(outsider).get(f"/api/v1/{path}").status_code == 200, path


def test_the_root_leads_to_the_lists(api) -> None:
    assert api.get("/api/v1/").json()["campaigns"] == "http://testserver/api/v1/campaigns/"


def test_a_database_that_is_away_is_503_in_json(api) -> None:
    def away(*args: object) -> None:
        raise OperationalError("could not connect to server at a host that nobody should read of")

    with connection.execute_wrapper(away):
        answer = api.get("/api/v1/sources/")
    assert answer.status_code == 503
    assert "Try again" in answer.json()["remedy"]
    assert "host" not in answer.content.decode()


def test_a_mistake_of_the_portal_is_500_in_json_without_its_details(api, monkeypatch, caplog) -> None:
    def broken() -> None:
        raise RuntimeError("a secret of the inside")

    make_workflow(9)
    monkeypatch.setattr("monitoring.api.views.justin_service", broken)
    answer = api.get("/api/v1/workflows/9/")
    assert answer.status_code == 500
    assert answer.json()["remedy"].startswith("Nothing was changed.")
    assert "secret" not in answer.content.decode()
    assert "a secret of the inside" in caplog.text


def n_queries(api: APIClient, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert api.get(path).status_code == 200
    return len(queries)


def test_queries_do_not_grow_with_rows(api, coordinator: User) -> None:
    paths = ["/api/v1/campaigns/", "/api/v1/campaigns/c-1/", "/api/v1/campaigns/c-1/summary/", "/api/v1/workflows/",
             "/api/v1/campaigns/c-1/workflows/", "/api/v1/workflows/1001/"]  # fmt: skip

    def add(numbers: range) -> None:
        for number in numbers:
            make_campaign(f"c-{number}", number)
            for workflow in (make_workflow(1000 * n + number, campaign=1, state="paused") for n in range(1, 4)):
                make_tally(workflow, [Jobs(f"S{n}", "script-error", 30, code=n) for n in range(number)])
                make_failed_jobs(workflow, 3)
            first = Campaign.objects.get(slug="c-1")
            comment_on_workflow(first, Workflow.objects.get(justin_id=1000 + number), f"n {number}", actor=coordinator)

    add(range(1, 4))
    few = [n_queries(api, path) for path in paths]
    add(range(4, 31))
    many = [n_queries(api, path) for path in paths]
    assert many == few
    assert max(few) <= 25
