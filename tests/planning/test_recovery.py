"""What a finished workflow left is drafted again: exactly these files, under their row, as attempts and no overlaps."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from campaigns.models import Campaign, PlanDraft
from campaigns.plan.commands import parse_command
from campaigns.plan.errors import WrongValue
from campaigns.plan.mql import naming, parse_mql
from campaigns.plan.slices import Slice
from campaigns.plan_recovery import draft_recovery
from campaigns.plan_services import draft_of, save_plan
from campaigns.planning.content import LONGEST, PlannedRow, read_content, written
from campaigns.planning.recovery import (
    LONGEST_QUERY,
    MOST_NAMES,
    Changed,
    Ends,
    Lost,
    LostFile,
    lost_of,
    proposed,
    recover,
)
from campaigns.planning.rows import lay_out
from monitoring.models import FailedFile, FileTally, Tally, Workflow
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import User
from tests.campaigns.steps.walking import Cast, walk_to
from tests.factories import Jobs, make_failed_files, make_files, make_tally
from tests.planning.plans import MQL, lbl2
from tests.planning.watched import planned, take

PAGE = "/campaigns/lbl2-reco-2026/plan/"
WHOLE = parse_mql(f"{MQL} ordered limit 6000")
DIDS = st.from_regex(r"[A-Za-z0-9._/-]{1,30}:[A-Za-z0-9._/-]{1,60}", fullmatch=True)
COVERAGE = "/api/v1/campaigns/lbl2-reco-2026/plan/coverage/"


@pytest.fixture
def cast(shifter: User, production: User, data_manager: User, coordinator: User) -> Cast:
    return Cast(shifter, production, data_manager, coordinator)


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).replace("&#x27;", "'").split())


def did(position: int) -> str:
    return f"fardet-hd:nu_dune10kt_1x2x6_{position:06}.root"


# --- which files a row takes: compared with a set of them, file by file ---


def taken(row: PlannedRow, sample: list[str]) -> list[str]:
    """The files that a row's query gives of a sample in its order."""
    if row.mql:
        parsed = parse_mql(row.mql)
        assert parsed.problem == ""
        if parsed.named:
            return list(parsed.named)
        start, end = parsed.as_slice().interval(len(sample))
        return sample[start:end]
    start, end = Slice(row.skip, row.limit).interval(len(sample))
    return sample[start:end]


names_of = st.sampled_from([did, lambda at: f"odd name {at}", lambda at: f"https://x/{at}?a=b", lambda at: f"'{at}'"])


@given(
    st.integers(0, 50),
    st.integers(1, 250),
    st.data(),
)
def test_exactly_the_lost_files_are_taken_again_whatever_they_are_called(skip: int, n: int, data: st.DataObject) -> None:
    odd = data.draw(st.sets(st.integers(0, skip + n - 1), max_size=20))
    name = data.draw(names_of)
    sample = [name(at) if at in odd else did(at) for at in range(skip + n)]
    lost = data.draw(st.sets(st.integers(0, n - 1), min_size=1, max_size=n))
    files = [LostFile(sample[skip + at], "failed", at) for at in sorted(lost)]
    content = read_content(lbl2())
    parsed = parse_mql(f"{MQL} ordered skip {skip} limit {n}")
    made = recover(content, content.rows[1], parsed, Lost(len(files), 0, files, True), Changed())
    found = [one for row in made.rows for one in taken(row, sample)]
    assert sorted(found) == sorted(sample[skip + at] for at in lost)
    assert (made.n_unreached, made.n_twice) == (0, 0)
    assert all(row.parent == "r1" for row in made.rows)
    whole = read_content(written(content) | {"rows": written(content)["rows"] + [_told(row) for row in made.rows]})
    assert lay_out(whole).coverages == lay_out(content).coverages


def _told(row: PlannedRow) -> dict[str, Any]:
    return written(type(read_content(lbl2()))(samples=[], rows=[row]))["rows"][0]


def test_many_names_go_into_several_rows_that_a_query_can_hold() -> None:
    content = read_content(lbl2())
    files = [LostFile(did(at), "failed", at) for at in range(2 * MOST_NAMES + 1)]
    made = recover(
        content, content.rows[1], parse_mql(f"{MQL} ordered limit 6000"), Lost(len(files), 0, files, True), Changed()
    )
    assert [len(parse_mql(row.mql).named) for row in made.rows] == [MOST_NAMES, MOST_NAMES, 1]
    assert [row.key for row in made.rows] == ["r1-again1", "r1-again2", "r1-again3"]
    long = [LostFile(f"fardet-hd:{'x' * 400}{at}", "failed", at) for at in range(100)]
    made = recover(content, content.rows[1], WHOLE, Lost(100, 0, long, True), Changed())
    assert len(made.rows) > 1
    assert all(len(row.mql) < LONGEST_QUERY + 10 for row in made.rows)
    assert LONGEST < LONGEST_QUERY


def test_the_drafted_command_reads_back_as_its_row_and_names_every_file() -> None:
    content = read_content(lbl2())
    files = [LostFile(did(at), "failed", at) for at in (3, 5, 8)]
    row = recover(
        content, content.rows[1], parse_mql(f"{MQL} ordered limit 6000"), Lost(3, 0, files, True), Changed(9000)
    ).rows[0]
    whole = read_content(written(content) | {"rows": [*written(content)["rows"], _told(row)]})
    laid = lay_out(whole).rows[-1]
    assert laid.problems == ()
    back = parse_command(laid.command)
    assert back.stages[0].rss_mib == 9000
    assert back.scope == "fardet-hd"
    assert parse_mql(back.mql).named == tuple(did(at) for at in (3, 5, 8))


def test_a_workflow_of_another_query_than_the_plans_is_taken_by_its_own() -> None:
    content = read_content(lbl2())
    files = [LostFile("odd name", "failed", 7)]
    parsed = parse_mql("files from fardet-hd:other where a=1 ordered skip 10 limit 100")
    [row] = recover(content, content.rows[1], parsed, Lost(1, 0, files, True), Changed()).rows
    assert row.mql == "files from fardet-hd:other where a=1 ordered skip 17 limit 1"


def test_without_all_names_the_whole_slice_is_run_again_and_it_says_what_comes_twice() -> None:
    content = read_content(lbl2())
    parsed = parse_mql(f"{MQL} ordered skip 6000 limit 1000")
    made = recover(content, content.rows[2], parsed, Lost(40, 2, [], False), Changed())
    assert [(row.skip, row.limit) for row in made.rows] == [(6000, 1000)]
    assert made.n_twice == 958
    named = parse_mql(naming([did(1), did(2)]))
    assert recover(content, content.rows[2], named, Lost(1, 0, [], False), Changed()).rows[0].mql == naming([did(1), did(2)])


def test_an_odd_name_without_a_place_is_counted_as_out_of_reach() -> None:
    content = read_content(lbl2())
    files = [LostFile("odd name", "failed", None), LostFile(did(1), "failed", None)]
    made = recover(content, content.rows[1], parse_mql(f"{MQL} ordered limit 10"), Lost(2, 0, files, True), Changed())
    assert (len(made.rows), made.n_unreached) == (1, 1)
    unordered = parse_mql(f"{MQL} limit 10")
    with pytest.raises(WrongValue, match="nor their places"):
        recover(content, content.rows[1], unordered, Lost(1, 0, [LostFile("odd name", "failed", 3)], True), Changed())


def test_monte_carlo_is_made_anew_in_as_many_jobs_as_failed() -> None:
    plan = lbl2()
    plan["samples"].append({"key": "mc"})
    plan["rows"].append({"key": "m1", "step": "production", "sample": "mc", "n_jobs": 500})
    content = read_content(plan)
    [row] = recover(content, content.rows[-1], parse_mql("monte-carlo 500"), Lost(13, 0, [], False), Changed()).rows
    assert (row.n_jobs, row.mql, row.parent) == (13, "", "m1")


def test_nothing_lost_is_nothing_to_draft() -> None:
    content = read_content(lbl2())
    with pytest.raises(WrongValue):
        recover(content, content.rows[1], parse_mql(f"{MQL} ordered limit 10"), Lost(0, 0, [], True), Changed())


def test_memory_is_half_as_much_again_only_where_jobs_ended_as_those_that_ran_out_of_it() -> None:
    content = read_content(lbl2())
    killed, broken = Ends(n=10, n_killed=5, by_code={65: 5}), Ends(n=10, n_killed=4, by_code={65: 6})
    assert proposed(content.common, content.rows[1], killed).rss_mib == 6000
    assert proposed(content.common, content.rows[1], broken).rss_mib == 4000
    assert "5 were killed or lost their code" in killed.words
    assert "6 with exit code 65 (data error" in broken.words


@given(
    st.lists(
        st.from_regex(r"[A-Za-z0-9._/-]{1,30}:[A-Za-z0-9._/-]{1,60}", fullmatch=True), min_size=1, max_size=40, unique=True
    )
)
def test_a_query_of_names_is_parsed_back_to_them(names: list[str]) -> None:
    parsed = parse_mql(naming(names))
    assert parsed.problem == ""
    assert parsed.named == tuple(names)


@pytest.mark.parametrize(
    "query",
    ["files from a:b", "files from a:b, c:d", "files where x=1", "files a:b skip 1", "fids 1, 2", "files a:b c:d", "files a"],
)
def test_other_queries_name_no_files(query: str) -> None:
    assert parse_mql(query).named == ()


@pytest.mark.parametrize("names", [[], ["a"], ["a:b c"], ["a:b'"], ["a:b,c:d"], ["a:b\n"], [""]])
def test_a_name_that_no_query_can_hold_is_refused(names: list[str]) -> None:
    with pytest.raises(WrongValue):
        naming(names)


# --- as a shifter does it ---


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    return planned(cast)


def left(justin_id: int = 1639, n: int = 308, **jobs: Any) -> Workflow:
    """Row r3 as the tutorial has it: 4,691 of 5,000 processed, 308 failed, 1 not found."""
    workflow = take(justin_id, 7000, 5000, files=(4691, 5000))
    make_tally(workflow, jobs.get("jobs") or [Jobs("CERN", "finished", 4691), Jobs("ES_PIC", "script-error", 1010, code=65)])
    make_failed_files(workflow, [did(at) for at in range(7000, 7000 + n)])
    make_failed_files(workflow, [did(7900)], "notfound")
    return workflow


@pytest.mark.django_db
def test_one_click_drafts_the_files_that_were_lost_under_their_row(
    campaign: Campaign, cast: Cast, client_of: Callable[[User], Client]
) -> None:
    left()
    shifter = client_of(cast.shifter)
    assert "Draft a resubmission of 309" in text(shifter.get(f"{PAGE}?lane=production.s1"))
    form = shifter.get(f"{PAGE}recover/1639/")
    told = text(form)
    assert "Run again 309 files of row 4" in told
    assert "1,010 with exit code 65" in told
    assert "Most at ES_PIC (1,010)" in told
    assert "309 files by name, in 2 rows." in told
    assert 'value="4000"' in form.content.decode()
    sent = {"rss_mib": "6000", "max_distance": "50", "site": "CERN", "with_not_found": "on", "version": "1"}
    answer = shifter.post(f"{PAGE}recover/1639/", sent)
    assert answer.headers["Location"] == f"{PAGE}?lane=all#r3-again1"
    rows = draft_of(campaign)[0].rows[-2:]
    assert [(row.key, row.parent, row.rss_mib, row.max_distance, row.site) for row in rows] == [
        ("r3-again1", "r3", 6000, 50, "CERN"), ("r3-again2", "r3", 6000, 50, "CERN"),
    ]  # fmt: skip
    named = [one for row in rows for one in parse_mql(row.mql).named]
    assert named == [*(did(at) for at in range(7000, 7308)), did(7900)]
    page = text(shifter.get(f"{PAGE}?lane=production.s1"))
    assert "All 20,784 files, each once." in page
    assert "rows 7, 8 run again what was left" in page
    assert "200 files by name" in page
    again = shifter.get(f"{PAGE}recover/1639/")
    assert again.status_code == 409
    assert "Rows 7 and 8 of the draft run it again." in text(again)


@pytest.mark.django_db
def test_files_without_a_replica_can_be_left_out(campaign: Campaign, cast: Cast) -> None:
    left()
    made = draft_recovery(campaign, 1639, Changed(), actor=cast.shifter, version=1, with_not_found=False)
    assert did(7900) not in [one for row in made.rows for one in parse_mql(row.mql).named]


@pytest.mark.django_db
def test_what_is_run_again_counts_as_attempts_and_its_files_once(
    campaign: Campaign, cast: Cast, client_of: Callable[[User], Client]
) -> None:
    left()
    shifter = client_of(cast.shifter)
    before = shifter.get(COVERAGE).json()["samples"]
    assert (before[0]["processed"], before[0]["processed_exact"]) == (4691, True)
    draft_recovery(campaign, 1639, Changed(6000), actor=cast.shifter, version=1)
    for number, row in enumerate(draft_of(campaign)[0].rows[-2:]):
        take(1700 + number, 0, None, mql=row.mql, files=(150, 150), description="by hand")
    [sample] = shifter.get(COVERAGE).json()["samples"]
    assert sample["again"] == [1700, 1701]
    assert sample["overlaps"] == before[0]["overlaps"] == []
    assert sample["submitted"] == before[0]["submitted"] == 5000
    assert (sample["processed"], sample["processed_exact"]) == (4991, True)
    page = text(shifter.get(f"{PAGE}?lane=production.s1"))
    assert "Workflows that serve no row" not in page
    assert "not in the plan" not in page


@pytest.mark.django_db
def test_named_files_that_nobody_planned_are_no_sample_of_their_own(
    campaign: Campaign, cast: Cast, client_of: Callable[[User], Client]
) -> None:
    take(1700, 0, None, mql=naming([did(1), did(2)]), files=(2, 2), description="by hand")
    [sample] = client_of(cast.shifter).get(COVERAGE).json()["samples"]
    assert sample["submitted"] == 0
    PlanDraft.objects.all().delete()
    assert client_of(cast.shifter).get(COVERAGE).json()["samples"] == []


@pytest.mark.django_db
def test_a_slice_run_again_as_a_whole_is_no_overlap_and_makes_processed_a_lower_bound(
    campaign: Campaign, cast: Cast, client_of: Callable[[User], Client]
) -> None:
    workflow = take(1639, 7000, 5000, files=(4691, 5000))
    make_tally(workflow)
    make_files(workflow, {("failed", 6): 309})
    shifter = client_of(cast.shifter)
    told = text(shifter.get(f"{PAGE}recover/1639/"))
    assert "Names of files are missing" in told
    assert "Some 4,691 files that were processed would be processed once more." in told
    draft_recovery(campaign, 1639, Changed(), actor=cast.shifter, version=1)
    take(1700, 7000, 5000, files=(5000, 5000), description="lbl2-reco-2026 r3-again1")
    [sample] = shifter.get(COVERAGE).json()["samples"]
    assert (sample["overlaps"], sample["again"], sample["submitted"]) == ([], [1700], 5000)
    assert (sample["processed"], sample["processed_exact"]) == (4691, False)


@pytest.mark.django_db
def test_jobs_that_ran_out_of_memory_propose_half_as_much_again(
    campaign: Campaign, cast: Cast, client_of: Callable[[User], Client]
) -> None:
    left(jobs=[Jobs("CERN", "finished", 4691), Jobs("ES_PIC", "result-lost", 600), Jobs("ES_PIC", "script-error", 9, code=-9)])
    form = client_of(cast.shifter).get(f"{PAGE}recover/1639/")
    assert 'value="6000"' in form.content.decode()
    assert "609 were killed or lost their code" in text(form)


@pytest.mark.django_db
def test_what_cannot_be_run_again_says_why(campaign: Campaign, cast: Cast, client_of: Callable[[User], Client]) -> None:
    shifter = client_of(cast.shifter)
    take(1661, 12000, 5000, state="running", files=(3557, 5000))
    take(1700, 1, 2, description="nobody's")
    clean = take(1650, 0, 6000)
    make_tally(clean)
    first = left(1513)
    for justin_id, status, words in (
        (1661, 409, "is not finished"), (1700, 400, "serves no row"), (1650, 400, "nothing to run again"), (9, 400, "no row"),
    ):  # fmt: skip
        answer = shifter.get(f"{PAGE}recover/{justin_id}/")
        assert answer.status_code == status, justin_id
        assert words in text(answer)
    take(1639, 7000, 5000)
    with pytest.raises(Conflict, match="tried again as workflow 1639"):
        draft_recovery(campaign, first.justin_id, Changed(), actor=cast.shifter, version=1)


@pytest.mark.django_db
def test_a_refused_form_keeps_what_was_typed_and_drafts_nothing(
    campaign: Campaign, cast: Cast, client_of: Callable[[User], Client]
) -> None:
    left()
    shifter = client_of(cast.shifter)
    for wrong in ({"rss_mib": "much"}, {"max_distance": "101"}, {"site": "not a site"}, {"version": ""}):
        sent = {"rss_mib": "7777", "max_distance": "", "site": "", "version": "1"} | wrong
        answer = shifter.post(f"{PAGE}recover/1639/", sent)
        assert answer.status_code == 400, wrong
        assert sent["rss_mib"] in answer.content.decode()
    save_plan(campaign, lbl2(rss_mib=5000), actor=cast.coordinator, version=1)
    late = shifter.post(f"{PAGE}recover/1639/", {"rss_mib": "7777", "version": "1", "with_not_found": "on"})
    assert late.status_code == 409
    assert "in the meantime" in text(late)
    assert len(draft_of(campaign)[0].rows) == 6


@pytest.mark.django_db
def test_only_those_who_plan_draft_a_recovery(
    campaign: Campaign, cast: Cast, client: Client, client_of: Callable[[User], Client], outsider: User
) -> None:
    left()
    assert client.get(f"{PAGE}recover/1639/").status_code == 302
    for user in (outsider, cast.production):
        assert client_of(user).get(f"{PAGE}recover/1639/").status_code == 403
        with pytest.raises(NotAllowed):
            draft_recovery(campaign, 1639, Changed(), actor=user, version=1)
    assert "Draft a resubmission" not in text(client_of(outsider).get(PAGE))


@pytest.mark.django_db
def test_what_a_recovery_left_is_recovered_under_it(campaign: Campaign, cast: Cast) -> None:
    walk_to(campaign, "production", cast)
    left(n=5)
    made = draft_recovery(campaign, 1639, Changed(6000), actor=cast.shifter, version=1)
    second = take(1700, 0, None, mql=made.rows[0].mql, files=(4, 6), description="lbl2-reco-2026 r3-again1")
    make_tally(second)
    make_failed_files(second, [did(7001), did(7900)])
    again = draft_recovery(campaign, 1700, Changed(8000), actor=cast.shifter, version=2)
    assert [(row.key, row.parent) for row in again.rows] == [("r3-again1-again1", "r3-again1")]
    assert parse_mql(again.rows[0].mql).named == (did(7001), did(7900))


@pytest.mark.django_db
def test_a_recovery_whose_names_were_cut_is_known_to_be_incomplete(campaign: Campaign, cast: Cast) -> None:
    workflow = left(n=5)
    FileTally.objects.filter(workflow=workflow, state="failed").update(n_files=9)
    assert not lost_of(Workflow.objects.with_tally().get(pk=workflow.pk)).is_complete
    FileTally.objects.filter(workflow=workflow, state="failed").update(n_files=5)
    assert lost_of(Workflow.objects.with_tally().get(pk=workflow.pk)).is_complete
    Tally.objects.update(failed_files_complete=False)
    assert not lost_of(Workflow.objects.with_tally().get(pk=workflow.pk)).is_complete
    FailedFile.objects.all().delete()
    with pytest.raises(Invalid):
        draft_recovery(campaign, 77, Changed(), actor=cast.shifter, version=1)
