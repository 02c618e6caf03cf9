"""A workflow's page: did it work; if not, which code, which site; how complete are these numbers."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from monitoring.models import MonitoringEvent, Verb
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

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]


def page(client, path="/workflows/3206/"):
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def part(html, ident):
    """The markup from an id to the end of its section."""
    return html.split(f'id="{ident}"')[1].split("</section>")[0]


def texts(row):
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]


@pytest.fixture
def workflow(db):
    """As workflow 3206 of the recordings in small: one site that fails everything with exit 65."""
    make_service()
    make_campaign("pdhd-reco-2026b", 402)
    workflow = make_workflow(3206, state="finished", files=(341, 350), finished_at=NOW - timedelta(hours=1))
    make_tally(
        workflow,
        [
            Jobs("UK_Brunel", "script-error", 13, code=65),
            Jobs("CERN", "finished", 300),
            Jobs("CERN", "script-error", 22, code=65),
            Jobs("CERN", "script-error", 8, code=90),
            Jobs("ES_PIC", "finished", 48),
            Jobs("ES_PIC", "result-lost", 40),
            Jobs("", "stalled", 8),
        ],
    )
    make_files(workflow, {("processed", 1): 229, ("processed", 2): 112, ("failed", 3): 9})
    make_hours(workflow, NOW.replace(minute=0) - timedelta(hours=4), [(400, 100, 20, 90), (39, 248, 71, 251)])
    make_storage(workflow, "NIKHEF", n_jobs=60, outcome="script-error", exit_code=65, n_files=60)
    make_storage(workflow, "DUNE_US_BNL_SDCC", "written", n_files=341, n_bytes=460_000_000_000)
    make_failed_jobs(workflow, 13)
    make_failed_jobs(workflow, 8, site="CERN", code=90)
    return workflow


def test_the_figures_answer_whether_it_worked(client, workflow):
    html = page(client)
    figures = html.split('id="figures"')[1].split("</section>")[0]
    assert ">439</dd>" in figures  # ended
    assert "348 <small>79.3" in figures  # exit 0
    assert ">43</dd><dd>2 different codes; 40 more codes lost" in figures
    assert "341 <small>of 350</small>" in figures


def test_each_end_is_one_row_with_its_meaning_share_and_place(client, workflow):
    rows = [texts(row) for row in part(page(client), "codes-rows").split("</tbody>")[0].split("</tr>")[:-1]]
    assert rows[0] == ["0", "good: exit 0 and outputs in place", "348", "79.3", "2 sites"]
    assert rows[1][0].startswith("65")
    assert rows[1][2:] == ["35", "8.0", "2 sites, 22 at CERN"]
    assert rows[2][0].startswith("90")
    assert rows[2][1] == "–"  # in no dictionary
    assert [row[0].partition(":")[0] for row in rows[3:]] == ["code lost", "stalled"]
    assert sum(int(row[2]) for row in rows) == 439


def test_a_site_that_fails_everything_is_said_first(client, workflow):
    html = page(client)
    assert "UK_Brunel fails everything of 3206: 13 of 13 jobs." in html
    assert html.index("UK_Brunel fails everything") < html.index('id="codes"')


def test_the_matrix_leads_to_the_failed_jobs_of_a_cell(client, workflow):
    html = page(client)
    row = part(html, "matrix").split('id="s-UK_Brunel"')[1].split("</tr>")[0]
    assert 'data-heat="4"><a href="?code=65&amp;site=UK_Brunel#samples"' in row
    filtered = page(client, "/workflows/3206/?code=65&site=UK_Brunel")
    samples = part(filtered, "samples")
    assert "13 samples with exit 65 at UK_Brunel" in samples
    assert samples.count("48121885.") >= 13
    assert "jobscript_exit=65&amp;site_name=UK_Brunel" in samples  # all of them in justIN
    assert "8 samples" in part(page(client, "/workflows/3206/?code=90"), "samples")
    assert "No sample fits." in page(client, "/workflows/3206/?code=lost")


@pytest.mark.parametrize("query", ["?code=²", "?code=99999999999999999999", "?site=%00", "?page=x", "?code=%00&site="])
def test_odd_filters_break_nothing(client, workflow, query):
    page(client, f"/workflows/3206/{query}")


def test_only_the_largest_sites_are_shown_until_all_are_asked_for(client, db):
    make_service()
    workflow = make_workflow(3206)
    make_tally(workflow, [Jobs(f"SITE_{n:02}", "finished", 100 - n) for n in range(30)])
    matrix = part(page(client), "matrix")
    assert matrix.count('id="s-SITE_') == 15
    assert "15 more sites" in matrix
    assert "All 30 sites" in matrix
    assert part(page(client, "/workflows/3206/?sites=all"), "matrix").count('id="s-SITE_') == 30
    answer = client.get("/workflows/3206/sites.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert len(rows) == 30
    assert rows[0] == {"site": "SITE_00", "running": "0", "ended": "100", "exit_zero": "100", "good": "100"}


def test_the_csv_has_a_column_for_each_end(client, workflow):
    rows = list(csv.DictReader(io.StringIO(client.get("/workflows/3206/sites.csv").content.decode())))
    brunel = next(row for row in rows if row["site"] == "UK_Brunel")
    assert (brunel["exit_65"], brunel["exit_90"], brunel["lost"], brunel["ended"]) == ("13", "0", "0", "13")
    assert rows[-1]["site"] == ""


def test_jobs_over_time_are_a_plot_of_the_table_beneath_it(client, workflow):
    html = page(client)
    assert 'data-chart="hours" data-source="hours-table"' in html
    assert texts(html.split('id="hours-rows">')[1].split("</tr>")[1])[1:] == ["39", "248", "71", "0"]
    assert "Up to 280 jobs ran at once" in html


def test_file_states_storages_and_the_query_are_told(client, workflow):
    html = page(client)
    assert "<b>341</b> processed, 112 of them retried" in html
    assert "<b>9</b> failed" in html
    assert texts(part(html, "read-from").split("<tbody>")[1])[:4] == ["NIKHEF", "60", "60", "100.0"]
    assert texts(part(html, "written-to").split("<tbody>")[1]) == ["DUNE_US_BNL_SDCC", "341", "460 GB"]
    assert "files from hd-protodune:fnal-w3100s1p1 ordered skip 3206 limit 350" in html


def test_a_pause_says_by_whom_and_since_when(client, db):
    make_service()
    workflow = make_workflow(3206, state="paused", auto_paused_at=NOW - timedelta(hours=14))
    make_tally(workflow, [Jobs("CERN", "finished", 5)])
    assert "3206 paused by justIN." in page(client)
    assert "2026-11-23 04:42:00 UTC" in page(client)
    workflow.auto_paused_at = None
    workflow.save()
    assert "3206 paused by a person." in page(client)


def test_a_workflow_never_read_is_unknown_and_not_zero(client, db):
    make_service()
    make_workflow(3206, campaign=None, state="", files=(None, None), read_at=None, full_read_at=None, state_since=None,
                  first_seen_at=NOW)  # fmt: skip
    html = page(client)
    assert '<span class="status pill" data-state="unknown">unknown</span>' in html
    figures = html.split('id="figures"')[1].split("</section>")[0]
    assert figures.count(">unknown<") == 2
    assert not re.search(r">0[ <]", figures)
    assert "The jobs of this workflow were not read yet." in html
    assert "never read" in html


def test_a_cut_answer_is_told_slice_by_slice_without_rates(client, db):
    make_service()
    workflow = make_workflow(3206)
    slices = [{"slice": "JOB_FINISHED of stage 1 at US_FNAL-FermiGrid", "n_rows": 10000, "why": "an entry cannot be split"}]
    make_tally(
        workflow,
        [Jobs("US_FNAL-FermiGrid", "finished", 10000), Jobs("CERN", "running", 3)],
        complete=False,
        jobs_complete=False,
        incomplete=slices,
        output_bytes_estimated=True,
        n_output_files=10000,
        output_bytes=5_000_000_000,
    )
    html = page(client)
    figures = html.split('id="figures"')[1].split("</section>")[0]
    assert "≥ 10,000" in figures
    assert "no rate: not all jobs could be counted" in figures
    assert ">unknown</dd><dd>an answer was cut" in figures  # running
    assert "about 5.0 GB, by mean size" in figures
    assert "100.0" not in re.sub(r"<svg.*?</svg>", "", html)
    assert texts(part(html, "incomplete").split("<tbody>")[1]) == [
        "JOB_FINISHED of stage 1 at US_FNAL-FermiGrid", "≥ 10,000", "an entry cannot be split",
    ]  # fmt: skip


def test_a_reading_that_fails_is_said_and_the_old_numbers_stay(client, workflow):
    workflow.failing_since, workflow.error_kind, workflow.n_failures = NOW - timedelta(hours=2), "cut", 3
    workflow.next_try_at = NOW + timedelta(minutes=30)
    workflow.save()
    html = page(client)
    assert "Jobs of 3206 cannot be read: justIN sent an answer that ends in the middle" in html
    assert "Since 2026-11-23 16:42:00 UTC." in html
    assert "Next try 2026-11-23 19:12:00 UTC." in html
    assert ">439</dd>" in html


def test_links_lead_to_justins_own_pages(client, workflow, settings):
    settings.JUSTIN_URL = "https://justin.example/dashboard/"
    html = page(client)
    for address in (
        "https://justin.example/dashboard/?method=show-workflow&amp;workflow_id=3206",
        "https://justin.example/dashboard/?method=show-job&amp;jobsub_id=48121885.0%40dunegpschedd02",
        "https://justin.example/wrapperlogs/48121885.0.dunegpschedd02",
        "https://justin.example/dashboard/?method=show-campaign&amp;campaign_id=402",
    ):
        assert f'href="{address}"' in html


def test_text_from_justin_is_never_markup(client, workflow):
    workflow.description = workflow.mql = workflow.user_name = "<script>alert(1)</script>"
    workflow.save()
    html = page(client)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_it_leads_back_to_its_campaigns(client, workflow):
    assert '<a href="/campaigns/pdhd-reco-2026b/">pdhd-reco-2026b</a>' in page(client)


def test_a_workflow_nobody_watches_is_not_found(client, db):
    assert client.get("/workflows/1/").status_code == 404
    assert client.get("/workflows/99999999999999/").status_code == 404
    assert client.get("/workflows/1/sites.csv").status_code == 404


def test_queries_do_not_grow_with_jobs_sites_and_stages(client_of, shifter, workflow):
    client = client_of(shifter)
    page(client)
    with CaptureQueriesContext(connection) as before:
        page(client)
    large = make_workflow(3300)
    make_tally(large, [Jobs(f"SITE_{n}", outcome, 200, code=n % 60 + 1 if outcome == "script-error" else None, stage=n % 2 + 1)
                       for n in range(100) for outcome in ("finished", "script-error", "stalled", "running")])  # fmt: skip
    make_failed_jobs(large, 400)
    for stage in (1, 2):
        make_files(large, {("processed", 1): 10000, ("failed", 3): 50}, stage=stage)
    for _ in range(20):
        MonitoringEvent.objects.create(
            verb=Verb.STATE_CHANGED, workflow=large, at=NOW, data={"old": "running", "new": "paused"}
        )
    with CaptureQueriesContext(connection) as after:
        page(client, "/workflows/3300/")
    assert len(after) <= len(before) <= 25
