"""Names of the files that no job processed: kept with the tally, in its transaction, and marked where some are missing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitoring import storing, tally
from monitoring.justin.harvest import FILE_STATES, Capped, Harvest, Reading
from monitoring.justin.rows import FileStateRow, decode
from monitoring.models import FailedFile, Tally, Workflow
from monitoring.polling import poll_round
from monitoring.simulator.server import Simulator
from monitoring.tally import tally_workflow
from tests.factories import make_workflow
from tests.replay import RECORDINGS, body_of

AT = datetime(2026, 11, 23, 18, 36, tzinfo=UTC)


def harvested(rows: list[FileStateRow], capped: list[Capped] | None = None, *, was_split: bool = False) -> Harvest:
    """A full harvest that read nothing but file states of stage 1."""
    reading = Reading(1, FILE_STATES, rows, AT, capped or [], was_split)
    return Harvest(3206, True, {(1, FILE_STATES): reading}, 1, AT)


def unread() -> Workflow:
    return make_workflow(3206, read_at=None, full_read_at=None, files=(0, 3))


def row(n: int, state: str, allocations: int = 3) -> FileStateRow:
    return FileStateRow(f"a:{n}", state, allocations, 65)


@pytest.mark.parametrize(
    "name", ["failed-3206", "notfound-3204", "allfail-3303", "retried-3205", "paused-3223", "finished-2251"]
)
def test_names_states_attempts_and_codes_are_those_that_were_recorded(name: str) -> None:
    file = f"download-file-states.{name}.json"
    raw = json.loads((RECORDINGS / file).read_text())
    made = tally_workflow({(1, FILE_STATES): Reading(1, FILE_STATES, decode(FileStateRow, body_of({"file": file})), AT)})
    found = [(one.file_did, one.state, one.n_attempts, one.exit_code or 0, one.position) for one in made.failed_files]
    assert found == [
        (one["file_did"], one["state"], one["allocations"], one["last_jobscript_exit"] or 0, at)
        for at, one in enumerate(raw)
        if one["state"] in ("failed", "notfound")
    ]
    assert made.failed_files_complete


def _killed(*_what: object, **_how: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.django_db
def test_they_are_replaced_with_the_tally_and_only_with_all_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = unread()
    rows = [row(1, "failed"), row(2, "notfound", 0), row(3, "unallocated")]
    assert storing.store_harvest(workflow, harvested(rows))
    kept = list(FailedFile.objects.values_list("file_did", "state", "n_attempts", "exit_code", "position"))
    assert kept == [("a:1", "failed", 3, 65, 0), ("a:2", "notfound", 0, 65, 1)]
    assert Tally.objects.get().failed_files_complete
    workflow.refresh_from_db()
    later = [row(1, "processed"), row(2, "notfound", 0), row(3, "failed")]
    with monkeypatch.context() as patch:
        patch.setattr(storing, "_mark_read", _killed)
        with pytest.raises(KeyboardInterrupt):
            storing.store_harvest(workflow, harvested(later))
    assert list(FailedFile.objects.values_list("file_did", flat=True)) == ["a:1", "a:2"]
    assert storing.store_harvest(Workflow.objects.get(), harvested(later))
    assert list(FailedFile.objects.values_list("file_did", flat=True)) == ["a:2", "a:3"]


@pytest.mark.django_db
def test_very_many_are_cut_and_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_FAILED_FILES", 3)
    rows = [*(row(n, "failed") for n in range(5)), *(row(n + 9, "notfound") for n in range(3))]
    storing.store_harvest(unread(), harvested(rows))
    assert FailedFile.objects.filter(state="failed").count() == 3
    assert FailedFile.objects.filter(state="notfound").count() == 3
    assert not Tally.objects.get().failed_files_complete


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "is_whole"), [("failed", False), ("notfound", False), ("processed", True)])
def test_an_answer_that_was_cut_in_a_state_that_matters_marks_the_names(state: str, is_whole: bool) -> None:
    capped = [Capped(f"file-states of stage 1 in state {state}", 10_000, "a state cannot be split")]
    storing.store_harvest(unread(), harvested([row(1, "failed")], capped, was_split=True))
    assert Tally.objects.get().failed_files_complete is is_whole
    assert FailedFile.objects.get().position is None, "asked state by state, the order of finding is not known"


@pytest.mark.django_db
def test_a_name_that_changed_is_stored_though_the_counts_are_the_same() -> None:
    workflow = unread()
    storing.store_harvest(workflow, harvested([row(1, "failed"), row(2, "processed")]))
    storing.store_harvest(Workflow.objects.get(), harvested([row(1, "processed"), row(2, "failed")]))
    assert FailedFile.objects.get().file_did == "a:2"


@pytest.mark.django_db
def test_the_poll_keeps_as_many_names_as_it_counts(settings, watch) -> None:
    with Simulator(world="demo", speed=0) as simulator:
        settings.JUSTIN_URL, settings.JUSTIN_INFO_URL = simulator.url, simulator.info_url
        settings.JUSTIN_PAUSE_SECONDS = 0.0
        watch(402)
        assert poll_round(by_person=True, everything=True).failures == []
    n_lost = 0
    for workflow in Workflow.objects.filter(tally__isnull=False):
        states = workflow.file_tallies.filter(state__in=("failed", "notfound"))
        n = sum(one.n_files for one in states)
        assert workflow.failed_files.count() == n
        n_lost += n
    assert n_lost > 0
