"""A campaign's page: figures, what is wrong, and the tutorial's weekly table."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns.models import WorkflowComment
from campaigns.services import appoint_shifter, comment_on_workflow, create_campaign
from tests.factories import NOW, Jobs, make_campaign, make_hours, make_service, make_tally, make_workflow

pytestmark = [pytest.mark.django_db, pytest.mark.time_machine(NOW, tick=False)]
URL = "/campaigns/pdhd-reco-2026b/"


@pytest.fixture
def campaign(db):
    make_service()
    return make_campaign("pdhd-reco-2026b", 402, purpose="Reconstruction for the PDHD analysis group")


def page(client, path=URL):
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def cells(html, workflow_id):
    """The texts of a workflow's row, the first its id."""
    row = html.split(f'id="w{workflow_id}"')[1].split("</tr>")[0]
    return [re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]


def order(html):
    return [int(n) for n in re.findall(r'<tr id="w(\d+)"', html)]


def test_the_tutorials_row_reads_as_in_the_tutorial(client, campaign):
    workflow = make_workflow(12345, state="finished", files=(9700, 10000))
    make_tally(workflow, [Jobs("CERN", "finished", 9800), Jobs("CERN", "script-error", 200, code=1)])
    assert cells(page(client), 12345)[:8] == [
        "12345", "finished", "10,000", "9,800", "98.0", "9,800", "0", "9,700 / 10,000",
    ]  # fmt: skip


def test_events_are_said_to_be_missing_and_not_faked(client, campaign):
    make_tally(make_workflow(3206), [Jobs("CERN", "finished", 5)])
    html = page(client)
    assert cells(html, 3206)[8] == "–"
    assert "Events: not available yet" in html


def test_totals_add_counts_and_never_average_rates(client, campaign):
    make_tally(make_workflow(3201), [Jobs("CERN", "finished", 900), Jobs("CERN", "script-error", 100, code=1)])
    make_tally(make_workflow(3202), [Jobs("CERN", "script-error", 10, code=1)])
    html = page(client)
    total = html.split('id="w-total"')[1]
    assert ">1,010<" in total
    assert ">89.1<" in total  # 900 of 1,010; the mean of 90 and 0 would be 45
    assert "900 of 1,010 ended" in html


def test_what_was_never_read_is_unknown_and_what_has_not_begun_does_not_apply(client, campaign):
    make_workflow(3206, read_at=None, full_read_at=None)
    make_workflow(3224, state="submitted", files=(0, 0), read_at=None, full_read_at=None)
    html = page(client)
    assert cells(html, 3206)[2:7] == ["unknown"] * 5
    assert cells(html, 3224)[2:8] == ["–"] * 5 + ["not found yet"]
    assert "1 not read yet, their jobs are not counted" in html


def test_a_cut_answer_gives_lower_bounds_and_no_rate(client, campaign):
    workflow = make_workflow(2988, files=(22000, 22000))
    slices = [{"slice": "JOB_FINISHED of stage 1 at CERN, entry ce01", "n_rows": 10000, "why": "too many"}]
    make_tally(workflow, [Jobs("CERN", "finished", 20261)], complete=False, jobs_complete=False, incomplete=slices)
    html = page(client)
    assert cells(html, 2988)[2:7] == ["≥ 20,261", "≥ 20,261", "unknown", "≥ 20,261", "unknown"]
    assert "not all jobs could be counted" in html
    assert "Numbers of 2988 are lower bounds" in html


def test_an_unknown_state_shows_justins_own_word(client, campaign):
    make_tally(make_workflow(3206, state="hibernating"), [Jobs("CERN", "finished", 5)])
    html = page(client)
    assert '<span class="status" data-state="unknown">hibernating</span>' in html
    assert '<option value="hibernating">hibernating</option>' in html


def test_old_numbers_are_marked_as_old(client, campaign):
    earlier = NOW - timedelta(hours=3)
    make_tally(make_workflow(3206, listed_at=earlier, read_at=earlier), [Jobs("CERN", "finished", 5)])
    html = page(client)
    assert "as of 23 Nov 15:42" in cells(html, 3206)[1]
    assert "Numbers of 3206 are old" in html


def test_justin_that_wants_a_log_in_is_said_with_the_exact_time(client, campaign):
    make_service(failing_since=NOW - timedelta(hours=1), error_kind="login-wanted", n_failures=3)
    make_tally(make_workflow(3206), [Jobs("CERN", "finished", 5)])
    html = page(client)
    assert html.index("justIN wants a log-in.") < html.index('id="figures"')
    assert html.count("justIN wants a log-in") == 1
    assert "2026-11-23 17:42:00 UTC" in html
    assert cells(html, 3206)[2] == "5"


@pytest.fixture
def three(campaign, coordinator):
    make_tally(make_workflow(3201, state="finished", files=(350, 350), description="part one"), [Jobs("CERN", "finished", 350)])
    make_tally(make_workflow(3202, state="paused", files=(100, 350)), [Jobs("CERN", "script-error", 20, code=71)])
    running = make_workflow(3203, state="running", files=(10, 350))
    make_tally(running, [Jobs("CERN", "finished", 10), Jobs("CERN", "running", 40)])
    comment_on_workflow(campaign, running, "=1+1 slow site", actor=coordinator)
    return campaign


def test_a_head_sorts_and_a_second_click_turns_the_order(client, three):
    html = page(client)
    assert order(html) == [3203, 3202, 3201]
    assert 'aria-sort="descending"><a id="sort-workflow" href="?sort=workflow#weekly"' in html
    html = page(client, URL + "?sort=-jobs")
    assert order(html) == [3201, 3202, 3203]
    assert 'href="?sort=jobs#weekly"' in html
    assert order(page(client, URL + "?sort=jobs")) == [3203, 3202, 3201]
    assert order(page(client, URL + "?sort=nonsense")) == [3203, 3202, 3201]


def test_filters_choose_rows_and_leave_the_totals_alone(client, three):
    whole = page(client).split('id="w-total"')[1].split("</tr>")[0]
    for query, left in {
        "?state=paused": [3202],
        "?state=open": [3203, 3202],
        "?commented=1": [3203],
        "?q=part+one": [3201],
        "?q=320&state=finished": [3201],
        "?q=%00": [3203, 3202, 3201],
    }.items():
        html = page(client, URL + query)
        assert order(html) == left, query
        assert html.split('id="w-total"')[1].split("</tr>")[0] == whole
    assert "No workflow fits these filters" in page(client, URL + "?q=nothing")


def test_the_filters_are_kept_by_heads_chips_and_downloads(client, three):
    html = page(client, URL + "?state=open&sort=-jobs")
    assert 'href="?state=open&amp;sort=-good#weekly"' in html
    assert f'href="{URL}workflows.csv?state=open&amp;sort=-jobs"' in html


def test_csv_and_json_have_the_filtered_rows_and_json_the_totals_of_all(client, three):
    answer = client.get(f"{URL}workflows.csv?state=open&sort=workflow")
    assert answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [row["workflow_id"] for row in rows] == ["3202", "3203"]
    assert rows[1]["success_rate"] == "1.0"
    assert rows[1]["events"] == ""
    assert rows[1]["comments"] == "'=1+1 slow site"  # no formula
    data = client.get(f"{URL}workflows.json?state=open").json()
    assert [row["workflow_id"] for row in data["rows"]] == [3203, 3202]
    assert data["rows"][0]["comments"] == "=1+1 slow site"
    assert data["totals"]["jobs"] == 380
    assert data["totals"]["events"] is None


def test_more_than_a_hundred_rows_are_paged_and_totals_stay_over_all(client, campaign):
    for number in range(3001, 3131):
        make_tally(make_workflow(number, state="finished", files=(1, 1)), [Jobs("CERN", "finished", 1)])
    first, second = page(client), page(client, URL + "?page=2")
    assert (len(order(first)), len(order(second))) == (100, 30)
    assert "1 to 100 of 130" in first
    assert ">130<" in second.split('id="w-total"')[1]
    assert len(order(page(client, URL + "?page=99"))) == 30
    assert len(client.get(f"{URL}workflows.json").json()["rows"]) == 130


def test_progress_is_a_plot_of_the_table_beneath_it(client, campaign):
    workflow = make_workflow(3206, files=(30, 350))
    make_tally(workflow, [Jobs("CERN", "finished", 30)])
    make_hours(workflow, NOW.replace(minute=0) - timedelta(hours=3), [(40, 10, 0, 10), (0, 20, 0, 20)])
    html = page(client)
    assert 'data-chart="progress" data-source="progress-table"' in html
    assert 'id="progress-table" data-target="350"' in html
    assert "to 30 of 350 on 23 Nov 18:42 UTC" in html


def test_a_campaign_that_watches_nothing_says_what_to_do(client, client_of, coordinator):
    make_service()
    make_campaign("empty-2026")
    assert "Its shifters and coordinators say which justIN campaign to watch." in page(client, "/campaigns/empty-2026/")
    assert 'href="/campaigns/empty-2026/watch/"' in page(client_of(coordinator), "/campaigns/empty-2026/")


def test_running_campaigns_refresh_themselves_and_finished_ones_do_not(client, campaign):
    workflow = make_workflow(3206, state="running")
    html = page(client, URL + "?sort=-jobs")
    assert f'hx-get="{URL}?sort=-jobs" hx-trigger="every 15s, refresh"' in html
    workflow.state = "finished"
    workflow.save()
    assert "hx-trigger" not in page(client)


def test_only_those_who_may_see_buttons_that_change_things(client, client_of, campaign, shifter, coordinator, outsider):
    make_tally(make_workflow(3206), [Jobs("CERN", "finished", 5)])
    for person in (None, outsider, shifter):
        html = page(client if person is None else client_of(person))
        assert "/watch/" not in html
        assert "/comment/" not in html
    appoint_shifter(campaign, shifter, actor=None)
    for person in (shifter, coordinator):
        html = page(client_of(person))
        assert f'href="{URL}watch/"' in html
        assert f'href="{URL}workflows/3206/comment/"' in html


def test_a_campaign_that_is_not_there_is_not_found(client):
    assert client.get("/campaigns/none/").status_code == 404
    assert client.get("/campaigns/none/workflows.csv").status_code == 404


def test_queries_do_not_grow_with_workflows(client_of, campaign, shifter):
    appoint_shifter(campaign, shifter, actor=None)
    client = client_of(shifter)
    n_queries = []
    for number in range(3201, 3231):
        workflow = make_workflow(number, state=["running", "paused", "finished"][number % 3])
        make_tally(workflow, [Jobs("CERN", "finished", 30), Jobs("UK_Brunel", "script-error", 20, code=65)])
        WorkflowComment.objects.create(campaign=campaign, workflow=workflow, text="seen", author=shifter)
        if number in (3203, 3230):
            with CaptureQueriesContext(connection) as queries:
                page(client)
            n_queries.append(len(queries))
    assert n_queries[0] == n_queries[1] <= 25


def test_a_campaign_without_workflows_shows_no_zeros(client: Client, db: None) -> None:
    create_campaign("empty-2026", actor=None)
    page = client.get("/campaigns/empty-2026/").content.decode()
    figures = page[page.index('<dl class="figures">') : page.index("<dt>Workflows</dt>")]
    assert figures.count('<dd class="num">–</dd>') == 4
    assert "0" not in re.sub(r"<[^>]*>", "", figures).replace("code 0", "")
