"""Whole answers past the row cap, with few requests; and never a capped number as a total.

A small justIN on loopback answers from a list of events with the contract's rules: equality filters, oldest rows first, cut at
the cap. The cap is lowered so that the splitting is met with few rows.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitoring.justin import harvest as ask
from monitoring.justin.client import JustinClient, JustinSettings
from monitoring.justin.harvest import Prior, Reading, harvest
from monitoring.outcomes import Outcome
from monitoring.tally import tally_workflow
from tests.replay import Asked, Replay, Replied

CAP = 40
WORKFLOW = 2989
FILTERS = ("stage_id", "event_type_name", "site_name", "entry_name", "rse_name", "jobscript_exit", "state")
LISTED_SITES = [f"SITE_{n}" for n in range(6)]


@dataclass
class World:
    """Jobs by (site, entry, end, code), turned into events in a shuffled order of time."""

    events: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)

    def jobs(self, n: int, site: str = "SITE_0", entry: str = "ce0", code: int | None = 0, storage: str = "RSE_0") -> World:
        """`code` 0: good; None: still running; else the jobscript's error."""
        for _ in range(n):
            job = f"{len(self.events)}.0@schedd"
            self._event(ask.SUBMITTED, job)
            self._event(ask.STARTED, job, site, entry)
            self._event(ask.ALLOCATED, job, site, entry, storage=storage, did=f"file-of-{job}")
            if code == 0:
                self._event(ask.OUTPUTTING, job, site, entry)
                self._event(ask.FINISHED, job, site, entry)
            elif code is not None:
                self._event(ask.SCRIPT_ERROR, job, site, entry, code)
        return self

    def _event(
        self, kind: str, job: str, site: str | None = None, entry: str | None = None, code: int = 0,
        *, storage: str | None = None, did: str | None = None,
    ) -> None:  # fmt: skip
        self.events.append(
            {
                "event_id": len(self.events), "event_type_name": kind, "workflow_id": WORKFLOW, "stage_id": 1, "file_did": did,
                "jobsub_id": job, "site_name": site, "entry_name": entry, "rse_name": storage,
                "event_time": "2026-11-20 12:00:00", "jobscript_exit": code,
            }
        )  # fmt: skip

    def shuffled(self, seed: int) -> World:
        """The same events in another order: what stands first is what a cut answer shows."""
        random.Random(seed).shuffle(self.events)
        for number, event in enumerate(self.events):
            event["event_id"] = number
        return self

    def answer(self, asked: Asked) -> Replied | None:
        rows: list[dict[str, Any]] = []
        if asked.path.endswith("sites.csv"):
            return Replied(body="".join(f"{name},True\n" for name in LISTED_SITES).encode())
        method = asked.parameters["method"]
        if method == "download-events":
            rows = self.events
        elif method == "download-file-states" and asked.parameters["stage_id"] == "1":
            rows = self.files
        wanted = {key: value for key, value in asked.parameters.items() if key in FILTERS}
        if method == "download-file-states":
            wanted.pop("stage_id")
        found = [row for row in rows if all(str(row.get(key)) == value for key, value in wanted.items())]
        return Replied(body=json.dumps(found[:CAP]).encode())

    def count(self, kind: str, **more: object) -> int:
        return len({
            event["jobsub_id"] for event in self.events
            if event["event_type_name"] == kind and all(event[key] == value for key, value in more.items())
        })  # fmt: skip


@pytest.fixture(scope="module")
def server() -> Iterator[Replay]:
    with Replay() as one:
        yield one


@pytest.fixture(autouse=True)
def low_cap(monkeypatch) -> None:
    monkeypatch.setattr("monitoring.justin.client.ROW_CAP", CAP)
    monkeypatch.setattr("monitoring.justin.harvest.ROW_CAP", CAP)


def read(server: Replay, world: World, **prior: Any) -> ask.Harvest:
    server.answer = world.answer
    server.asked.clear()
    client = JustinClient(JustinSettings(server.url, pause_seconds=0))
    return harvest(client, WORKFLOW, Prior(**{"sites": lambda: LISTED_SITES, **prior}), full=True)


def questions(server: Replay, kind: str) -> list[dict[str, str]]:
    return [
        {key: asked.parameters[key] for key in FILTERS[2:6] if key in asked.parameters}
        for asked in server.asked
        if asked.parameters.get("event_type_name") == kind
    ]  # fmt: skip


def test_below_the_cap_each_question_is_one_request(server: Replay) -> None:
    got = read(server, World().jobs(CAP - 1))
    assert Counter(
        asked.parameters.get("event_type_name") for asked in server.asked if "event_type_name" in asked.parameters
    ) == dict.fromkeys(
        (ask.SUBMITTED, ask.STARTED, ask.OUTPUTTING, ask.FINISHED, ask.SCRIPT_ERROR, ask.ALLOCATED, ask.PROCESSED), 1
    )
    assert all(reading.complete for reading in got.readings.values())


def test_what_cannot_matter_is_not_asked(server: Replay) -> None:
    """All jobs ended well: nothing to learn of lost, stalled, aborted jobs or failed uploads."""
    read(server, World().jobs(5))
    assert not questions(server, ask.RESULT_LOST)
    assert not any(questions(server, kind) for kind in (*ask.STALLED, *ask.ABORTED, *ask.OUTPUT_FAILED))
    read(server, World().jobs(5).jobs(1, code=None))
    assert questions(server, ask.RESULT_LOST)
    assert all(questions(server, kind) for kind in (*ask.STALLED, *ask.ABORTED))
    assert not any(questions(server, kind) for kind in ask.OUTPUT_FAILED)


def test_exactly_the_cap_is_split(server: Replay) -> None:
    world = World().jobs(CAP - 10, "SITE_0").jobs(10, "SITE_1")
    got = read(server, world)
    assert {one.get("site_name") for one in questions(server, ask.STARTED)} == {None, *LISTED_SITES}
    assert got.readings[1, ask.STARTED].complete
    assert len(got.readings[1, ask.STARTED].rows) == CAP


def test_sites_add_up_to_the_whole_and_idle_sites_are_asked_once_only(server: Replay) -> None:
    world = World().jobs(30, "SITE_0").jobs(30, "SITE_1").jobs(5, "SITE_2", code=65).shuffled(1)
    tally = tally_workflow(read(server, world).readings)
    assert (tally.n_started, tally.by_outcome[Outcome.FINISHED], tally.complete) == (65, 60, True)
    assert len(questions(server, ask.STARTED)) == 1 + len(LISTED_SITES)
    assert [one.get("site_name") for one in questions(server, ask.FINISHED)] == [None, "SITE_0", "SITE_1", "SITE_2"]
    assert questions(server, ask.SCRIPT_ERROR) == [{}]


def test_next_time_a_question_past_the_cap_is_asked_slice_by_slice_straight_away(server: Replay) -> None:
    world = World().jobs(30, "SITE_0").jobs(30, "SITE_1").shuffled(2)
    first = read(server, world)
    again = read(server, world, readings=first.readings)
    assert {} not in questions(server, ask.STARTED)
    assert questions(server, ask.SUBMITTED) == []  # frozen at the cap, and cannot be split
    assert tally_workflow(again.readings).digest() == tally_workflow(first.readings).digest()


def test_a_site_at_the_cap_is_split_by_entry(server: Replay) -> None:
    world = World().jobs(30, "SITE_0", "ce0").jobs(30, "SITE_0", "ce1").shuffled(3)
    tally = tally_workflow(read(server, world).readings)
    assert (tally.n_started, tally.by_outcome[Outcome.FINISHED], tally.complete) == (60, 60, True)
    assert {"site_name": "SITE_0", "entry_name": "ce1"} in questions(server, ask.FINISHED)


def test_an_entry_at_the_cap_is_at_least_and_named(server: Replay) -> None:
    world = World().jobs(CAP + 20, "SITE_0", "ce0").jobs(7, "SITE_1", "ce0")
    tally = tally_workflow(read(server, world).readings)
    assert not tally.complete
    assert tally.by_outcome[Outcome.FINISHED] <= world.count(ask.FINISHED)
    named = {str(one["slice"]) for one in tally.incomplete}
    assert "JOB_FINISHED of stage 1 at SITE_0, entry ce0" in named
    assert all(one["n_rows"] == CAP and one["why"] for one in tally.incomplete)
    assert sum(n.n_jobs for key, n in tally.jobs.items() if key.site_name == "SITE_1") == 7


def test_errors_of_a_site_are_split_by_exit_code_first(server: Replay) -> None:
    world = World().jobs(30, code=1).jobs(30, code=65).jobs(3, code=-9).shuffled(4)
    tally = tally_workflow(read(server, world).readings)
    codes = {key.exit_code: count.n_jobs for key, count in tally.jobs.items() if key.outcome is Outcome.SCRIPT_ERROR}
    assert codes == {1: 30, 65: 30, -9: 3}
    asked = questions(server, ask.SCRIPT_ERROR)
    assert {"site_name": "SITE_0", "jobscript_exit": "65"} in asked
    assert asked.index({"site_name": "SITE_0"}) < asked.index({"site_name": "SITE_0", "jobscript_exit": "65"})
    assert not any(
        reading.capped for (_stage, kind), reading in read(server, world).readings.items() if kind == ask.SCRIPT_ERROR
    )


def test_allocations_are_split_by_storage(server: Replay) -> None:
    world = World().jobs(30, storage="RSE_0").jobs(30, storage="RSE_1").shuffled(5)
    got = read(server, world)
    assert {"site_name": "SITE_0", "rse_name": "RSE_1"} in questions(server, ask.ALLOCATED)
    assert len(got.readings[1, ask.ALLOCATED].rows) == 60
    assert got.readings[1, ask.ALLOCATED].complete


def test_submitted_jobs_past_the_cap_are_a_lower_bound_and_the_rest_is_exact(server: Replay) -> None:
    world = World().jobs(30, "SITE_0").jobs(30, "SITE_1")
    tally = tally_workflow(read(server, world).readings)
    assert tally.complete
    assert not tally.submitted_complete
    assert tally.n_submitted >= CAP
    assert any("JOB_SUBMITTED" in str(one["slice"]) for one in tally.incomplete)


def test_without_a_list_of_sites_nothing_is_called_whole(server: Replay) -> None:
    world = World().jobs(CAP, "SITE_0").jobs(10, "SITE_5")
    tally = tally_workflow(read(server, world, sites=lambda: None).readings)
    assert not tally.complete
    assert any("list of sites" in str(one["why"]) for one in tally.incomplete)
    assert tally.n_started <= CAP + 10


def test_a_site_outside_the_list_is_asked_once_it_was_seen(server: Replay) -> None:
    world = World().jobs(5, "UNLISTED").jobs(50, "SITE_0").jobs(3, "UNLISTED")
    tally = tally_workflow(read(server, world).readings)
    assert sum(n.n_jobs for key, n in tally.jobs.items() if key.site_name == "UNLISTED") == 8


def test_files_past_the_cap_are_asked_by_state_and_mended_by_the_listing(server: Replay) -> None:
    world = World()
    states = {"processed": CAP + 25, "failed": 9, "unallocated": 3}
    for state, n in states.items():
        world.files += [{"file_did": f"{state}-{i}", "state": state, "allocations": 1} for i in range(n)]
    got = read(server, world, files_processed=CAP + 25, files_total=CAP + 37)
    tally = tally_workflow(got.readings, files_processed=CAP + 25, files_total=CAP + 37)
    counted: Counter[str] = Counter()
    for (_stage, state, _attempts), count in tally.files.items():
        counted[state] += count.n_files
        assert not count.at_least
    assert counted == states
    assert tally.complete
    unlisted = tally_workflow(got.readings)
    assert not unlisted.complete
    assert unlisted.files[1, "processed", 1].at_least


def test_the_number_of_stages_is_learnt_by_asking(server: Replay) -> None:
    got = read(server, World(files=[{"file_did": "a", "state": "processed", "allocations": 1}]))
    assert got.n_stages == 1
    assert [one.parameters["stage_id"] for one in server.asked if one.parameters["method"] == "download-file-states"] == [
        "1",
        "2",
    ]


places = st.tuples(
    st.sampled_from(LISTED_SITES[:3]), st.sampled_from(["ce0", "ce1", "ce2"]), st.sampled_from([0, 0, 1, 65, None])
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.tuples(places, st.integers(1, CAP + 15)), min_size=1, max_size=6), seed=st.integers(0, 99))
def test_counts_are_exact_or_say_that_they_are_not(server: Replay, groups: list, seed: int) -> None:
    world = World()
    for (site, entry, code), n in groups:
        world.jobs(n, site, entry, code)
    world.shuffled(seed)
    got = read(server, world)
    tally = tally_workflow(got.readings)
    found = {
        "started": tally.n_started,
        "good": tally.by_outcome[Outcome.FINISHED],
        "errors": tally.by_outcome[Outcome.SCRIPT_ERROR],
    }
    truth = {
        "started": world.count(ask.STARTED), "good": world.count(ask.FINISHED), "errors": world.count(ask.SCRIPT_ERROR),
    }  # fmt: skip
    if tally.complete:
        assert found == truth
    else:
        assert all(found[name] <= truth[name] for name in truth)
        assert tally.incomplete
    for reading in got.readings.values():
        _reading_is_honest(reading, world)


def _reading_is_honest(reading: Reading, world: World) -> None:
    if reading.kind in (ask.FILE_STATES, ask.OUTPUTS):
        return
    n = sum(event["event_type_name"] == reading.kind for event in world.events)
    assert len(reading.rows) == n if reading.complete else len(reading.rows) <= n
