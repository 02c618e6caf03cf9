"""When to submit the next row: running jobs against the number to keep running, their trend, and how old the numbers are."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign
from campaigns.planning.actual import workflows_of
from campaigns.planning.pace import Pace, pace_of
from campaigns.templatetags.plan_cells import share_of
from campaigns.views.plan_rows import Numbers, RowTotals
from monitoring.models import Tally
from portal.models import User
from tests.campaigns.steps.walking import Cast
from tests.factories import NOW, Jobs, make_hours, make_tally
from tests.planning.plans import lbl2
from tests.planning.watched import planned, submitted, take

pytestmark = pytest.mark.django_db
PAGE = "/campaigns/lbl2-reco-2026/plan/"
HOUR = NOW.replace(minute=0)


@pytest.fixture
def cast(shifter: User, production: User, data_manager: User, coordinator: User) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    return planned(cast)


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def running(n: int, hours: list[tuple[int, int, int, int]], justin_id: int = 1661, **fields: Any) -> None:
    """A workflow with so many running jobs; `hours` are the last ones, the newest that of now."""
    workflow = take(justin_id, 12000, 5000, state="running", files=(3557, 5000), **fields)
    make_tally(workflow, [Jobs("CERN", "finished", 500), Jobs("CERN", "running", n)])
    make_hours(workflow, HOUR - timedelta(hours=len(hours) - 1), hours)


def pace(campaign: Campaign, reference: int | None = 600, **fields: Any) -> Pace:
    return pace_of(campaign, workflows_of(campaign), reference, fields.get("now", NOW))


def test_fewer_jobs_than_agreed_that_become_fewer_say_submit(campaign: Campaign) -> None:
    running(447, [(900, 0, 0, 0), (50, 90, 10, 0), (20, 70, 0, 0), (10, 40, 13, 0), (0, 10, 0, 0)])
    found = pace(campaign)
    assert (found.state, found.words) == ("ok", "falling, 447 of 600: submit the next row")
    assert (found.running, found.before, found.as_of) == (447, 447 - 80 + 233, NOW)


def test_enough_jobs_or_jobs_that_become_more_say_wait(campaign: Campaign) -> None:
    running(447, [(100, 0, 0, 0), (300, 50, 0, 0), (97, 0, 0, 0)])
    assert (pace(campaign).state, pace(campaign).words) == ("running", "rising, 447 of 600: wait, more jobs are still starting")
    assert pace(campaign, 400).words == "rising, 447 of 400: wait"


def test_a_number_that_hardly_moves_is_steady(campaign: Campaign) -> None:
    running(447, [(10, 0, 0, 0), (10, 15, 0, 0)])
    assert pace(campaign).words == "steady, 447 of 600: submit the next row"


def test_hours_long_ago_are_no_trend(campaign: Campaign) -> None:
    running(447, [(900, 0, 0, 0), (0, 400, 0, 0), (0, 53, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)])
    assert pace(campaign).trend == "steady"


def test_a_workflow_whose_first_jobs_are_still_to_come_is_waited_for(campaign: Campaign) -> None:
    running(100, [(0, 300, 0, 0)])
    take(1662, 17000, None, state="submitted", files=(0, 0))
    assert pace(campaign).words == "falling, 100 of 600, and workflow 1662 has not begun: wait"


def test_running_jobs_of_all_workflows_count_whatever_their_rows(campaign: Campaign) -> None:
    running(100, [(0, 0, 0, 0)])
    running(30, [(0, 0, 0, 0)], 1700, description="somebody else's")
    assert pace(campaign).running == 130


def test_what_is_not_known_is_not_guessed(campaign: Campaign) -> None:
    running(447, [(0, 300, 0, 0)])
    assert pace(campaign, None).words == "falling, 447 jobs run; how many are to be kept running was not said"
    old = pace(campaign, now=NOW + timedelta(hours=2))
    assert (old.state, old.words) == ("unknown", "447 jobs ran when they were last read, too long ago to say whether to submit")
    take(1700, 0, 6000, state="running")
    assert "jobs of workflow 1700 were not read yet" in pace(campaign).words
    Tally.objects.update(jobs_complete=False)
    assert pace(campaign).state == "unknown"


def test_nothing_submitted_yet_is_none_running(campaign: Campaign) -> None:
    assert pace(campaign).words == "0 of 600: submit the next row"
    assert pace(campaign).as_of is None


def test_it_costs_one_query_whatever_there_is(campaign: Campaign, django_assert_num_queries: Any) -> None:
    for at in range(20):
        running(10, [(0, 1, 0, 0)] * 6, 1700 + at)
    reads = workflows_of(campaign)
    with django_assert_num_queries(1):
        pace_of(campaign, reads, 600, NOW)


@pytest.mark.time_machine(NOW, tick=False)
def test_the_page_says_it_beside_the_next_row_with_the_age_of_its_numbers(
    campaign: Campaign, cast: Cast, client_of: Callable[[User], Client]
) -> None:
    running(447, [(0, 90, 10, 0), (0, 53, 0, 0)], read_at=NOW - timedelta(minutes=7))
    Campaign.objects.update(n_jobs_reference=600)
    told = text(client_of(cast.shifter).get(PAGE)).partition("Next: row")[2]
    assert "falling, 447 of 600: submit the next row" in told
    assert "600 ran 3 hours before; numbers of 7 min ago" in told


# --- totals ---


def test_totals_by_step_and_sample_come_from_sums_and_never_from_rates(cast: Cast, client_of: Callable[[User], Client]) -> None:
    plan = lbl2()
    plan["samples"].append({"key": "s2", "label": "anu", "mql": "files from fardet-hd:anu", "n_files": 1000})
    plan["rows"].append({"key": "a1", "step": "production", "sample": "s2"})
    submitted(planned(cast, plan))
    few = take(1900, 0, None, mql="files from fardet-hd:anu ordered skip 0", files=(10, 1000))
    make_tally(few, [Jobs("CERN", "finished", 1), Jobs("CERN", "script-error", 9, code=1)])
    told = text(client_of(cast.shifter).get(PAGE)).partition("By step and sample")[2]
    first = "Full production, nu, FHC 5 4 3 20,784 ≥ 15,048 ≥ 72.4 16,715"
    assert first in told
    assert "Full production, anu 1 1 1 1,000 10 1.0 10 10.0" in told
    together = told.partition("Full production, together")[2]
    assert together.split()[:8] == ["6", "5", "4", "21,784", "≥", "15,058", "≥", "69.1"]
    assert "16,725 91.2" in together, "15,249 of 16,725 jobs, and not the mean of two rates"


def test_a_share_above_all_or_of_an_unknown_whole_is_never_printed() -> None:
    assert share_of(1001, 1000) == "over 100, check"
    assert share_of(5, None) == share_of(None, 5) == share_of(5, 0) == "unknown"
    assert share_of(5, 1000, is_exact=False) == "≥ 0.5"
    assert share_of(1000, 1000) == "100.0"
    assert RowTotals(1, 1, 10, None, None, None, None, True).rate is None
    assert Numbers(jobs=10, exit_zero=11).rate is None


def test_more_files_done_than_there_are_is_flagged_on_the_page(
    campaign: Campaign, cast: Cast, client_of: Callable[[User], Client]
) -> None:
    take(1650, 0, 6000, files=(25_000, 6000))
    told = text(client_of(cast.shifter).get(PAGE)).partition("By step and sample")[2]
    assert "over 100, check" in told
    assert "120" not in told
