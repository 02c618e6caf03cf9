"""The recorded reconstruction campaign against its plan: every gap and overlap is found, to the input."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.models import Campaign
from campaigns.plan.mql import parse_mql
from campaigns.plan_services import save_plan
from campaigns.planning.actual import Read, SampleCoverage, against, coverages, least_processed
from campaigns.planning.content import PlanContent, read_content
from campaigns.planning.rows import lay_out
from campaigns.services import watch_justin_campaign
from monitoring.models import Workflow
from portal.models import User
from tests.campaigns.steps.walking import Cast, begin
from tests.factories import make_service, make_workflow
from tests.replay import RECORDINGS

RECORDED: list[dict[str, Any]] = sorted(
    json.loads((RECORDINGS / "download-campaign-workflows.reco.json").read_text()), key=lambda row: row["workflow_id"]
)
SAMPLE = "files from dunepro:fnal-w3100s1p1 where core.data_tier=raw and dune.output_status=confirmed"
N_FILES = 20_784
SLICES = [(350 * at, 350) for at in range(24)] + [(8_400, 12_384)]
NAME = "pdhd-reco-2026b"
Cut = tuple[int, int | None]  # skip and limit


def plan(slices: Sequence[Cut] = SLICES, n_files: int = N_FILES) -> dict[str, Any]:
    """The plan that the campaign followed."""
    return {
        "common": {"description": NAME, "scope": "hd-protodune", "campaign_id": 402,
                   "jobscript_git": "DUNE/p/hd/reco.jobscript:v1", "lifetime_days": 90, "output_patterns": ["*_reco.root:out"]},
        "samples": [{"key": "s1", "label": "raw", "mql": SAMPLE, "n_files": n_files, "n_files_from": "justIN"}],
        "rows": [
            {"key": f"r{number}", "step": "production", "sample": "s1", "skip": skip, "limit": limit}
            for number, (skip, limit) in enumerate(slices, start=1)
        ],
    }  # fmt: skip


def read(workflow_id: int, mql: str, *, processed: int = 0, **fields: Any) -> Read:
    workflow = Workflow(
        pk=workflow_id, justin_id=workflow_id, mql=mql, scope_name="hd-protodune", files_processed=processed, **fields
    )
    return Read(workflow, parse_mql(mql))


def recorded() -> list[Read]:
    return [
        read(
            row["workflow_id"], row["mql"], processed=row["files_processed"], description=row["description"], state=row["state"]
        )
        for row in RECORDED
    ]


def covered(content: PlanContent, reads: Sequence[Read]) -> SampleCoverage:
    [found] = coverages(content, reads, against(content, lay_out(content), reads, {}))
    return found


# --- as it was recorded ---


def test_each_recorded_workflow_serves_the_row_of_its_slice_and_no_file_is_left_or_taken_twice() -> None:
    content = read_content(plan())
    found = against(content, lay_out(content), recorded(), {})
    assert [[one.workflow.justin_id for one in row.attempts] for row in found] == [[row["workflow_id"]] for row in RECORDED]
    assert not any(row.may_be for row in found)
    sample = covered(content, recorded())
    assert (sample.submitted.gaps, sample.submitted.overlaps, sample.submitted.past_end) == ((), (), ())
    assert (sample.planned, sample.submitted.n_distinct) == (N_FILES, N_FILES)
    assert (sample.processed, sample.processed_is_exact) == (sum(row["files_processed"] for row in RECORDED), True)


@pytest.mark.parametrize("at", range(25))
def test_each_workflow_that_is_taken_away_leaves_exactly_its_slice_as_a_gap(at: int) -> None:
    reads = recorded()
    gone = reads.pop(at).parsed
    assert gone.limit is not None
    sample = covered(read_content(plan()), reads)
    assert sample.submitted.gaps == ((gone.skip, gone.skip + gone.limit),)
    assert sample.submitted.n_distinct == N_FILES - gone.limit


@pytest.mark.parametrize("at", range(25))
@pytest.mark.parametrize("by", [-349, -1, 1, 349])
def test_each_workflow_that_is_moved_by_some_files_leaves_them_out_and_takes_others_twice(at: int, by: int) -> None:
    slices = list(SLICES)
    skip, limit = slices[at]
    slices[at] = (max(skip + by, 0), limit)
    check(slices, N_FILES)


# --- whatever was done to it, compared with counting file by file ---

SPELLED: list[Callable[[str], str]] = [
    lambda cut: f"{SAMPLE} ordered {cut}",
    lambda cut: f"{SAMPLE}\n  ordered\n{cut}\n",
    lambda cut: f"({SAMPLE}) ordered {cut}",
    lambda cut: f"({SAMPLE} ordered {cut})",
    lambda cut: f"{SAMPLE} # raw files\nordered {cut} # this part",
    lambda cut: f"( ( {SAMPLE} ) ordered {cut} )",
]


def spelled(cut: Cut, how: int) -> str:
    skip, limit = cut
    return SPELLED[how % len(SPELLED)](f"skip {skip}" + ("" if limit is None else f" limit {limit}"))


def stretches(counts: Sequence[int], wanted: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
    """[start, end) of neighbours whose count is as wanted."""
    start = None
    for at, n in enumerate([*counts, -1]):
        if n >= 0 and wanted(n):
            start = at if start is None else start
        elif start is not None:
            yield start, at
            start = None


def check(slices: Sequence[Cut], n_files: int) -> None:
    """Gaps, overlaps and what is distinct are what counting each input gives."""
    counts: Counter[int] = Counter()
    for skip, limit in slices:
        counts.update(range(skip, n_files if limit is None else min(skip + limit, n_files)))
    of_each = [counts[at] for at in range(n_files)]
    sample = covered(read_content(plan(SLICES, n_files)), [read(9_000 + at, spelled(cut, at)) for at, cut in enumerate(slices)])
    assert [tuple(gap) for gap in sample.submitted.gaps] == list(stretches(of_each, lambda n: n == 0))
    twice = [(one.start, one.end) for one in sample.submitted.overlaps]
    assert sorted({at for start, end in twice for at in range(start, end or n_files)}) == [
        at for at, n in enumerate(of_each) if n > 1
    ]
    for one in sample.submitted.overlaps:
        takes = {
            9_000 + at
            for at, (skip, limit) in enumerate(slices)
            if skip < (one.end or n_files) and (limit is None or skip + limit > one.start)
        }
        assert set(one.ids) <= takes
    assert sample.submitted.n_distinct == sum(n > 0 for n in of_each)


edits = st.lists(
    st.tuples(
        st.integers(0, 24),
        st.sampled_from(["drop", "again", "move", "cut", "end"]),
        st.integers(-400, 400),
        st.integers(1, 700),
    ),
    max_size=6,
)


@settings(max_examples=60)
@given(edits)
def test_gaps_and_overlaps_of_any_size_and_place_are_reported_to_the_input(done: list[tuple[int, str, int, int]]) -> None:
    n_files = 9_000  # as many as counting them one by one allows
    slices: list[Cut] = [(skip, min(limit, n_files - skip)) for skip, limit in SLICES if skip < n_files]
    for at, what, by, size in done:
        if not slices:
            break
        at %= len(slices)
        skip, limit = slices[at]
        if what == "drop":
            slices.pop(at)
        elif what == "again":
            slices.append((skip, limit))
        elif what == "move":
            slices[at] = (max(skip + by, 0), limit)
        elif what == "cut":
            slices[at] = (skip, size)
        else:
            slices[at] = (skip, None)
    check(slices, n_files)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 40), st.integers(0, 2**40)), max_size=8))
def test_what_was_surely_processed_is_never_more_than_what_was(pieces: list[tuple[int, int, int]]) -> None:
    """Each workflow processed some of its slice; which files these are, the portal does not know."""
    processed: set[int] = set()
    told = []
    for start, size, bits in pieces:
        mine = {start + at for at in range(size) if bits >> at & 1}
        processed |= mine
        told.append((start, start + size, len(mine)))
    assert least_processed(told) <= len(processed)
    apart = [(100 * at, 100 * at + size, n) for at, (_start, size, n) in enumerate([(s, z, min(b, z)) for s, z, b in pieces])]
    assert least_processed(apart) == sum(n for _start, _end, n in apart)


# --- on the page and by API ---


@pytest.fixture
def cast(shifter: User, production: User, data_manager: User, coordinator: User) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


@pytest.fixture
def campaign(db: None, cast: Cast) -> Campaign:
    make_service()
    campaign = begin(cast, NAME)
    watch_justin_campaign(campaign, 402, actor=None)
    save_plan(campaign, plan(), actor=cast.shifter, version=0)
    return campaign


def submit(row: dict[str, Any], **changes: Any) -> None:
    values = {key: row[key] for key in ("description", "mql", "state", "scope_name")}
    make_workflow(row["workflow_id"], campaign=402, files=(row["files_processed"], row["files_total"]), **values | changes)


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_recorded_campaign_is_whole_on_its_page_and_by_api(
    campaign: Campaign, cast: Cast, client_of: Callable[[User], Client]
) -> None:
    for row in RECORDED:
        submit(row)
    client = client_of(cast.shifter)
    told = text(client.get(f"/campaigns/{NAME}/plan/"))
    assert "All 20,784 files, each once." in told
    assert "25 of 25" in told
    assert "submitted is not as planned" not in told
    assert "Workflows that serve no row" not in told
    answer = client.get(f"/api/v1/campaigns/{NAME}/plan/coverage/").json()
    assert (answer["together"]["submitted"], answer["together"]["gaps"], answer["together"]["overlaps"]) == (N_FILES, [], [])


def test_a_gap_and_an_overlap_made_on_purpose_are_named_to_the_input(
    campaign: Campaign, cast: Cast, client_of: Callable[[User], Client]
) -> None:
    for row in RECORDED:
        if row["workflow_id"] == 3210:
            submit(row, mql=row["mql"].replace("skip 3150 limit 350", "skip 3137 limit 300"))
        elif row["workflow_id"] != 3215:
            submit(row)
    client = client_of(cast.shifter)
    told = text(client.get(f"/campaigns/{NAME}/plan/"))
    assert "Taken twice: 3,137 to 3,149 (13 files) in workflows 3209 and 3210." in told
    answer = client.get(f"/api/v1/campaigns/{NAME}/plan/coverage/").json()
    [sample] = answer["samples"]
    assert sample["gaps"] == [[3437, 3500], [4900, 5250]]
    assert sample["overlaps"] == [[3137, 3150, [3209, 3210]]]
    assert sample["submitted"] == N_FILES - 63 - 350
