"""The weekly table, totals, progress and cards of campaigns."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from campaigns.services import comment_on_workflow, register_workflow
from campaigns.summary import SORTS, campaign_cards, campaign_notices, campaign_totals, progress, weekly_table
from monitoring.models import Failure, JustinCampaign, Workflow
from portal.models import User
from tests.factories import NOW, Jobs, make_campaign, make_hours, make_service, make_tally, make_workflow

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
ANYBODY = AnonymousUser()


@pytest.fixture(autouse=True)
def _healthy_justin() -> None:
    make_service()


@pytest.fixture
def campaign() -> Campaign:
    """One finished, one running with a job that still puts outputs in place, one never read, one submitted."""
    campaign = make_campaign("pdhd-reco-2026b", 402)
    make_tally(
        make_workflow(12345, state="finished", files=(9000, 9000), final_read_at=NOW - 50 * HOUR, read_at=NOW - 50 * HOUR),
        [Jobs("CERN", "finished", 9800), Jobs("CERN", "script-error", 200, code=1)],
    )
    make_tally(
        make_workflow(12346, files=(60, 500)),
        [Jobs("CERN", "finished", 60), Jobs("NIKHEF", "script-error", 40, code=65), Jobs("CERN", "running", 7, exited_zero=2)],
    )  # fmt: skip
    make_workflow(12347, files=(0, 500), read_at=None, full_read_at=None)
    make_workflow(12348, state="submitted", files=(0, 0), read_at=None, full_read_at=None)
    return campaign


def ids(rows) -> list[int]:
    return [row.workflow.justin_id for row in rows]


def test_the_tutorials_row(campaign: Campaign) -> None:
    row = weekly_table(campaign, sort="workflow", now=NOW).rows[0]
    assert (row.workflow.justin_id, row.jobs, row.status, row.exit_zero) == (12345, 10_000, "finished", 9_800)
    assert (row.success_rate, row.events, row.comment_text) == (0.98, None, "")
    assert (row.files_processed, row.files_total, row.files_share, row.complete) == (9000, 9000, 1.0, True)
    assert row.notices == []
    assert not row.is_stale


def test_success_is_exit_0_over_ended_even_while_outputs_are_put_in_place(campaign: Campaign) -> None:
    row = weekly_table(campaign, sort="workflow", now=NOW).rows[1]
    assert (row.jobs, row.exit_zero, row.good, row.running, row.success_rate) == (100, 60, 60, 7, 0.6)


def test_a_workflow_never_read_has_unknown_counts_not_zeros(campaign: Campaign) -> None:
    row = weekly_table(campaign, sort="workflow", now=NOW).rows[2]
    assert (row.jobs, row.exit_zero, row.good, row.running, row.success_rate) == (None,) * 5
    assert row.rate_problem == "unknown"
    assert not row.complete
    assert row.as_of is None
    assert [notice.kind for notice in row.notices] == ["never-read"]


def test_totals_add_counts_and_never_average_rates(campaign: Campaign) -> None:
    totals = weekly_table(campaign, now=NOW).totals
    assert (totals.n_workflows, totals.by_state) == (4, {"finished": 1, "running": 2, "submitted": 1})
    assert (totals.jobs, totals.exit_zero, totals.good, totals.running) == (10_100, 9_860, 9_860, 7)
    assert totals.success_rate == pytest.approx(9860 / 10_100)  # the mean of the rates would be 79 %
    assert (totals.files_processed, totals.files_total) == (9060, 10_000)
    assert totals.files_share == pytest.approx(0.906)
    assert (totals.n_unknown, totals.n_files_unknown, totals.n_open, totals.events) == (1, 1, 3, None)
    assert not totals.complete
    assert totals.as_of == NOW  # the finished one is left alone: its age says nothing


def test_totals_do_not_change_with_filter_or_page(campaign: Campaign) -> None:
    whole = campaign_totals(campaign)
    for table in (weekly_table(campaign, q="12346"), weekly_table(campaign, state="open"), weekly_table(campaign, q="no such")):
        assert table.totals == whole
    assert whole.n_workflows == 4


def test_totals_of_nothing_read_are_unknown_and_of_nothing_at_all_zero() -> None:
    campaign = make_campaign("empty-1", 500)
    assert (campaign_totals(campaign).jobs, campaign_totals(campaign).success_rate) == (0, None)
    make_workflow(1, campaign=500, read_at=None, files=(None, None))
    totals = campaign_totals(campaign)
    assert (totals.jobs, totals.running, totals.files_processed, totals.n_unknown) == (None, None, None, 1)


def test_totals_with_a_cut_answer_have_no_rate_and_say_why(campaign: Campaign) -> None:
    make_tally(Workflow.objects.get(justin_id=12347), [Jobs("CERN", "finished", 10_000)], complete=False, jobs_complete=False)
    totals = campaign_totals(campaign)
    assert (totals.success_rate, totals.good_rate, totals.n_cut) == (None, None, 1)
    assert totals.rate_problem == "not all jobs could be counted"


def test_files_above_all_are_flagged_and_no_share() -> None:
    campaign = make_campaign("x1", 402)
    make_workflow(1, files=(99_400, 10_000), state="finished")
    totals = campaign_totals(campaign)
    assert totals.files_share is None
    assert totals.files_problem == "99,400 of 10,000 is more than all"
    (row,) = weekly_table(campaign).rows
    assert (row.files_share, row.files_problem) == (None, "99,400 of 10,000 is more than all")


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("workflow", [12345, 12346, 12347, 12348]),
        ("-workflow", [12348, 12347, 12346, 12345]),
        ("jobs", [12346, 12345, 12348, 12347]),  # unknown comes last either way
        ("-jobs", [12345, 12346, 12348, 12347]),
        ("-success", [12345, 12346, 12348, 12347]),
        ("success", [12346, 12345, 12348, 12347]),
        ("-running", [12346, 12345, 12348, 12347]),
        ("status", [12345, 12347, 12346, 12348]),
        ("-files", [12345, 12346, 12348, 12347]),
        ("no such key", [12348, 12347, 12346, 12345]),
        ("--workflow", [12348, 12347, 12346, 12345]),
    ],
)
def test_rows_are_sorted_by_the_database(campaign: Campaign, sort: str, order: list[int]) -> None:
    assert ids(weekly_table(campaign, sort=sort).rows) == order


def test_every_sort_key_works_both_ways_and_loses_no_row(campaign: Campaign) -> None:
    for key in SORTS:
        for sort in (key, f"-{key}"):
            table = weekly_table(campaign, sort=sort)
            assert table.sort == sort
            assert sorted(ids(table.rows)) == [12345, 12346, 12347, 12348]


def test_rows_are_filtered_by_state_and_text(campaign: Campaign) -> None:
    make_workflow(99, campaign=None, state="", files=(None, None), description="Späte Läufe")
    register_workflow(campaign, 99, actor=None)
    assert ids(weekly_table(campaign, state="open").rows) == [12348, 12347, 12346, 99]
    assert ids(weekly_table(campaign, state="finished").rows) == [12345]
    assert ids(weekly_table(campaign, state="unknown").rows) == [99]
    assert ids(weekly_table(campaign, state="hibernating").rows) == []
    assert ids(weekly_table(campaign, q=" 1234 ").rows) == [12348, 12347, 12346, 12345]
    assert ids(weekly_table(campaign, q="skip 12346").rows) == [12346]
    assert ids(weekly_table(campaign, q="Läufe").rows) == [99]
    assert ids(weekly_table(campaign, q="\x00").rows) == [12348, 12347, 12346, 12345, 99]
    assert ids(weekly_table(campaign, q="%").rows) == []
    assert ids(weekly_table(campaign, state="fin\x00ished").rows) == [12345]


def test_the_newest_comment_is_shown_with_who_and_when_and_can_be_filtered(campaign: Campaign, coordinator: User) -> None:
    workflow = Workflow.objects.get(justin_id=12346)
    comment_on_workflow(campaign, workflow, "exit 65 at NIKHEF", actor=coordinator)
    comment_on_workflow(campaign, workflow, "site told", actor=coordinator)
    other = Workflow.objects.get(justin_id=12347)
    comment_on_workflow(campaign, other, "taken back below", actor=coordinator)
    comment_on_workflow(campaign, other, "", actor=coordinator)
    table = weekly_table(campaign, commented=True)
    (row,) = table.rows
    assert row.workflow == workflow
    assert (row.comment_text, row.comment.author) == ("site told", coordinator)
    assert table.filters.n_commented == 1
    assert (table.filters.n_all, table.filters.n_open) == (4, 3)
    assert ids(weekly_table(campaign, q="site told").rows) == [12346]
    assert weekly_table(campaign, sort="comment").rows[0].workflow == workflow


def test_a_comment_made_in_another_campaign_is_not_shown_here(campaign: Campaign, coordinator: User) -> None:
    other = make_campaign("other-1", 402)
    comment_on_workflow(other, Workflow.objects.get(justin_id=12346), "elsewhere", actor=coordinator)
    assert weekly_table(campaign).filters.n_commented == 0
    assert weekly_table(other).filters.n_commented == 1


def test_rows_can_be_paged_and_gone_through(campaign: Campaign) -> None:
    rows = weekly_table(campaign).rows
    assert len(rows) == 4
    assert ids(rows[1:3]) == [12347, 12346]
    assert ids(Paginator(rows, 3).page(2)) == [12345]
    assert ids(rows) == [12348, 12347, 12346, 12345]


def test_a_workflow_both_listed_and_registered_counts_once(campaign: Campaign) -> None:
    register_workflow(campaign, 12346, actor=None)
    assert len(weekly_table(campaign).rows) == 4
    (card,) = campaign_cards(ANYBODY, now=NOW)
    assert card.totals == campaign_totals(campaign)
    assert card.totals.n_workflows == 4


# --- progress ---


def test_progress_is_cumulative_and_ends_at_what_justin_lists() -> None:
    campaign = make_campaign("x1", 402)
    first, second = make_workflow(1, files=(30, 100)), make_workflow(2, files=(12, 50))
    start = NOW.replace(minute=0) - 5 * HOUR
    make_hours(first, start, [(9, 0, 0, 0), (9, 10, 0, 10), (0, 20, 0, 15)])
    make_hours(first, start, [(0, 5, 0, 5)], stage=2)
    make_hours(second, start + HOUR, [(9, 10, 0, 10)])
    told = progress(campaign)
    assert (told.target, told.step_hours, told.step_words) == (150, 1, "hour")
    assert [(point.at, point.n_files) for point in told.points] == [
        (start + HOUR, 0),
        (start + 2 * HOUR, 20),
        (start + 3 * HOUR, 35),
        (NOW, 42),
    ]


@pytest.mark.parametrize("n_hours", [10, 200, 700, 2000])
def test_progress_over_a_long_time_keeps_to_some_60_points_and_never_falls(n_hours: int) -> None:
    campaign = make_campaign("x1", 402)
    workflow = make_workflow(1, files=(n_hours, 2 * n_hours))
    make_hours(workflow, NOW.replace(minute=0) - n_hours * HOUR, [(1, 1, 0, 1)] * n_hours)
    points = progress(campaign).points
    assert len(points) <= 61
    assert [point.n_files for point in points] == sorted(point.n_files for point in points)
    assert [point.at for point in points] == sorted({point.at for point in points})
    assert points[-1].n_files == n_hours


def test_progress_of_a_campaign_without_hours_or_listings() -> None:
    campaign = make_campaign("x1", 402)
    assert progress(campaign).points == []
    make_workflow(1, files=(3, 10))
    (point,) = progress(campaign).points
    assert (point.at, point.n_files) == (NOW, 3)


# --- what is wrong ---


def test_a_pause_by_justin_says_which_error_at_which_site() -> None:
    campaign = make_campaign("x1", 402)
    make_tally(
        make_workflow(3223, state="paused", auto_paused_at=NOW - 14 * HOUR),
        [Jobs("US_Wisconsin", "script-error", 91, code=71), Jobs("CERN", "script-error", 5, code=1),
         Jobs("CERN", "finished", 145)],
    )  # fmt: skip
    found = campaign_notices(campaign, now=NOW)
    assert [notice.kind for notice in found] == ["bad-site", "paused-by-justin"]
    assert found[1].title == "3223 paused by justIN"
    assert found[1].detail == "91 of 96 errors are exit 71 at US_Wisconsin."


def test_many_notices_of_one_kind_are_told_as_one() -> None:
    campaign = make_campaign("x1", 402)
    for number in range(1, 21):
        make_tally(make_workflow(number, listed_at=NOW - 3 * HOUR, read_at=NOW - number * HOUR), [Jobs("CERN", "finished", 3)])
    (notice,) = campaign_notices(campaign, now=NOW)
    assert notice.title == "Numbers of 20 workflows are old"
    assert notice.detail.startswith("Workflows 20, 19, 18 and 17 more.")
    assert notice.since == NOW - 20 * HOUR


def test_a_failing_listing_is_told_once_and_one_that_was_never_asked_for_too() -> None:
    campaign = make_campaign("x1", 402, 403, 404)
    for number in (1, 2):
        make_tally(make_workflow(number), [Jobs("CERN", "finished", 3)])
    JustinCampaign.objects.filter(justin_id=402).update(failing_since=NOW, error_kind=Failure.CUT)
    JustinCampaign.objects.filter(justin_id=403).update(read_at=None, n_listed=None)
    JustinCampaign.objects.filter(justin_id=404).update(n_listed=0)
    found = {notice.kind: notice.title for notice in campaign_notices(campaign, now=NOW)}
    assert found == {
        "listing-failing": "The listing of justIN campaign 402 cannot be read: justIN sent an answer that ends in the middle",
        "campaign-unread": "justIN campaign 403 was not asked for yet",
        "campaign-empty": "justIN knows no campaign 404, or it has no workflows yet",
    }


def test_a_campaign_that_watches_nothing_says_what_to_do() -> None:
    (notice,) = campaign_notices(make_campaign("x1"), now=NOW)
    assert (notice.level, notice.kind) == ("todo", "nothing-watched")


# --- cards ---


def test_cards_put_what_needs_a_person_first_and_agree_with_the_campaigns_own_totals(campaign: Campaign) -> None:
    calm = make_campaign("a-calm-one", 410)
    make_tally(make_workflow(500, campaign=410), [Jobs("CERN", "finished", 3)])
    paused = make_campaign("z-paused-one", 411)
    make_tally(make_workflow(501, campaign=411, state="paused", auto_paused_at=NOW), [Jobs("CERN", "finished", 3)])
    shared = make_campaign("m-shares-402", 402)
    register_workflow(shared, 501, actor=None)
    make_campaign("done-1", 410, status="finished")
    cards = campaign_cards(ANYBODY, now=NOW)
    assert cards[0].campaign.name == "m-shares-402"
    assert cards[-1].campaign == calm
    assert cards[-1].notices == []
    assert {card.campaign for card in cards} == {calm, paused, shared, campaign}
    for card in cards:
        assert card.totals == campaign_totals(card.campaign)
    assert next(card for card in cards if card.campaign == shared).totals.n_workflows == 5


def test_cards_of_given_campaigns_leave_out_what_the_reader_may_not_see(campaign: Campaign, settings, outsider: User) -> None:
    assert [card.campaign for card in campaign_cards(ANYBODY, [campaign])] == [campaign]
    settings.PUBLIC_READ = False
    assert campaign_cards(ANYBODY, [campaign]) == []
    assert [card.campaign for card in campaign_cards(outsider, [campaign])] == [campaign]


# --- queries ---


def n_queries(function) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        function()
    return len(queries)


def test_queries_of_table_notices_and_progress_do_not_grow_with_workflows(coordinator: User) -> None:
    campaign = make_campaign("x1", 402)

    def add(numbers: range) -> None:
        for number in numbers:
            workflow = make_workflow(number, state="paused" if number % 2 else "running", auto_paused_at=NOW)
            make_tally(workflow, [Jobs("CERN", "finished", 300), Jobs("NIKHEF", "script-error", 30, code=1)])
            make_hours(workflow, datetime(2026, 11, 20, tzinfo=UTC), [(3, 1, 1, 1)] * 5)
            comment_on_workflow(campaign, workflow, f"comment {number}", actor=coordinator)

    def look() -> None:
        table = weekly_table(campaign, sort="-success", now=NOW)
        assert table.rows[:100]
        len(table.rows)
        campaign_notices(campaign, now=NOW)
        progress(campaign)
        for row in table.rows[:100]:
            str(row.comment.author), str(row.workflow.justin_campaign)

    add(range(1, 4))
    few = n_queries(look)
    add(range(4, 31))
    assert n_queries(look) == few
    assert few <= 20


def test_queries_of_cards_do_not_grow_with_campaigns() -> None:
    def add(numbers: range) -> None:
        for number in numbers:
            make_campaign(f"campaign-{number}", number)
            make_tally(make_workflow(number, campaign=number, state="paused"), [Jobs("CERN", "script-error", 9, code=1)])

    add(range(1, 4))
    few = n_queries(lambda: campaign_cards(ANYBODY, now=NOW))
    add(range(4, 31))
    assert n_queries(lambda: campaign_cards(ANYBODY, now=NOW)) == few
    assert few <= 11
