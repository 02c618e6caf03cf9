"""When a workflow is due, on justIN's clock."""

from datetime import UTC, datetime, timedelta

import pytest

from monitoring.models import Workflow
from monitoring.schedule import Due, due

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)


def workflow(minutes: float | None, **more: object) -> Workflow:
    """A running workflow read in full that many minutes ago, its row unchanged since."""
    read_at = None if minutes is None else NOW - timedelta(minutes=minutes)
    given = {
        "justin_id": 3206, "state": "running", "read_state": "running", "files_processed": 5, "read_files_processed": 5,
        "read_at": read_at, "full_read_at": read_at, **more,
    }  # fmt: skip
    return Workflow(**given)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (workflow(None), Due.FULL),
        (workflow(None, state="finished"), Due.FULL),
        (workflow(None, state="submitted"), Due.NOTHING),
        (workflow(None, state="draft"), Due.NOTHING),
        (workflow(29), Due.NOTHING),
        (workflow(30), Due.QUICK),
        (workflow(60), Due.FULL),
        (workflow(9, files_processed=6), Due.NOTHING),
        (workflow(10, files_processed=6), Due.QUICK),
        (workflow(1, state="paused"), Due.FULL),
        (workflow(1, state="hibernating"), Due.FULL),
        (workflow(1, state="finished", seen_finished_at=NOW), Due.FULL),
        (workflow(90, state="finished", read_state="finished", seen_finished_at=NOW - timedelta(minutes=119)), Due.NOTHING),
        (workflow(90, state="finished", read_state="finished", seen_finished_at=NOW - timedelta(minutes=120)), Due.FINAL),
        (workflow(9999, state="finished", read_state="finished", final_read_at=NOW), Due.NOTHING),
        (workflow(5, full_read_at=NOW - timedelta(minutes=60)), Due.FULL),
        (workflow(20, state="paused", read_state="paused"), Due.NOTHING),
    ],
)  # fmt: skip
def test_what_is_due(one: Workflow, expected: Due) -> None:
    assert due(one, NOW) is expected


@pytest.mark.parametrize(("minutes", "expected"), [(59, Due.NOTHING), (60, Due.FULL)])
def test_past_the_cap_the_pass_over_all_sites_is_made_once_an_hour(minutes: int, expected: Due) -> None:
    one = workflow(minutes, files_processed=6, full_read_at=NOW - timedelta(minutes=minutes))
    assert due(one, NOW, is_over_cap=True) is expected


def test_a_person_who_waits_gets_a_changed_workflow_at_once_and_whole() -> None:
    assert due(workflow(1, files_processed=6), NOW, by_person=True) is Due.FULL
    assert due(workflow(1), NOW, by_person=True) is Due.NOTHING
