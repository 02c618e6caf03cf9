"""What a request says, read without a database: numbers, units, the eight items, totals."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.requests.amounts import UNITS, NotANumber, number, whole
from campaigns.requests.code_version import why_not_a_tag
from campaigns.requests.content import Reading, clean, empty, misfits, read
from campaigns.requests.inputs import runs_of
from campaigns.requests.likeness import likeness_of
from campaigns.requests.shape import LONGEST_TEXT, MOST_ROWS
from tests.requests.contents import content

TODAY = date(2026, 11, 23)
OFFICIAL: Any = [
    SimpleNamespace(name="DUNE/dunesw", package="dunesw"),
    SimpleNamespace(name="DUNE/larnd-sim", package="larnd-sim"),
]


def reading(**changed: Any) -> Reading:
    return read(content(**changed), OFFICIAL, today=TODAY)


def only_problem(**changed: Any) -> tuple[str, str, str]:
    """Level, path and message of the one problem these changes make."""
    [problem] = reading(**changed).problems
    return problem.level, problem.path, problem.message


# --- the whole ---


def test_a_complete_request_has_nothing_missing_and_the_tutorials_total() -> None:
    whole_ = reading()
    assert (whole_.problems, whole_.missing, whole_.n_complete) == ([], [], 8)
    assert whole_.totals.tape_bytes == 100 * 10**12  # 100,000 files of 1 GB are 100 TB, exactly
    assert whole_.totals.n_events == 3_000_000
    assert whole_.totals.n_files == 100_000
    assert whole_.totals.cpu_hours == pytest.approx(40_000)
    assert whole_.totals.storage_bytes == 99 * 10**12
    assert [item.words for item in whole_.items] == [
        "v10_12_01d00", "2 steps", "3,000 events", "100 TB", "40,000 CPU hours", "2 samples", "3,000,000 events", "1 dataset",
    ]  # fmt: skip


def test_an_empty_draft_has_nothing_wrong_and_all_eight_to_do() -> None:
    nothing = read(empty())
    assert nothing.problems == []
    assert [item.state for item in nothing.items] == ["todo"] * 8
    assert {item.words for item in nothing.items} == {"none yet"}
    assert nothing.totals.tape_bytes is None
    assert nothing.totals.n_events is None


@pytest.mark.parametrize("number_", range(1, 9))
def test_each_item_alone_can_be_the_one_that_is_missing(number_: int) -> None:
    without: dict[str, Any] = {
        1: {"code__tag": ""}, 2: {"steps": []}, 3: {"validation__events": " "}, 4: {"outputs__0__size": ""},
        5: {"resources__memory_mib": ""}, 6: {"samples__0__what": ""}, 7: {"samples__1__events": ""}, 8: {"datasets": []},
    }[number_]  # fmt: skip
    found = reading(**without)
    assert [item.number for item in found.items if not item.is_complete] == [number_]
    assert found.problems == []
    assert found.items[number_ - 1].path == found.missing[0].path


def test_a_total_is_unknown_while_a_part_of_it_is() -> None:
    assert reading(samples__1__events="").totals.n_events is None
    found = reading(outputs=[*content()["outputs"], {"pattern": "*.log", "files": "10", "size": "", "unit": "MB"}])
    assert found.totals.tape_rows == (100 * 10**12, None)
    assert found.totals.tape_bytes is None
    assert reading(resources__cpu_seconds_per_event="").totals.cpu_hours is None


def test_rows_left_empty_say_nothing_and_keep_the_places_of_the_others() -> None:
    rows = [{"kind": "dataset"}, {"kind": "runs", "what": "39301-39300", "events": "5"}]
    found = reading(samples=rows, outputs=[{"unit": "GB"}, *content()["outputs"]])
    assert [problem.path for problem in found.problems if problem.level == "error"] == ["samples.1.what"]
    assert found.totals.tape_rows == (None, 100 * 10**12)


# --- code version ---


@pytest.mark.parametrize("tag", ["v10_12_01d00", "v09_91_02d01", "v10_04_06", "v09_00_00_01d00", "v10_12_01d00_rc1"])
def test_tags_of_dunesw_are_taken(tag: str) -> None:
    assert why_not_a_tag(tag) == ""


@pytest.mark.parametrize(
    ("tag", "says"),
    [
        ("develop", "is a branch"), ("main", "is a branch"), ("HEAD", "is a branch"), ("feature/new", "is a branch"),
        ("latest", "is a branch"), ("3f9ac2e", "is a commit"), ("v10_12_01d00:e26:prof", "the tag alone: v10_12_01d00"),
        ("10_12_01d00", "Did you mean v10_12_01d00?"), ("v10.12.01d00", "Did you mean v10_12_01d00?"),
        ("V10_12_01D00", "Did you mean v10_12_01d00?"), ("v10_12", "are written like"), ("newest one", "holds a blank"),
        ("v10_12_01d00 ", "holds a blank"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_again_is_no_tag(tag: str, says: str) -> None:
    assert says in why_not_a_tag(tag)


@pytest.mark.parametrize(
    ("tag", "fine"), [("v1.2.0", True), ("2.0", True), ("MiniRun6.2", True), ("v0_3_1", True), ("main", False)]
)
def test_other_packages_tag_in_their_own_way(tag: str, fine: bool) -> None:
    assert (why_not_a_tag(tag, "larnd-sim") == "") is fine


@pytest.mark.parametrize(
    "typed", ["https://github.com/DUNE/dunesw.git", "git@github.com:DUNE/dunesw.git", "dune/dunesw", "github.com/DUNE/dunesw/"]
)
def test_addresses_of_a_repository_are_understood(typed: str) -> None:
    found = reading(code__repository=typed)
    assert (found.problems, found.values.code.repository) == ([], "DUNE/dunesw")


def test_a_repository_outside_the_organisation_or_the_list_is_refused_with_the_reason() -> None:
    level, path, message = only_problem(code__repository="larsoft/larsoft")
    assert (level, path) == ("error", "code.repository")
    assert "outside DUNE's organisation" in message
    assert "DUNE/dunesw" in message
    assert "not on the list" in only_problem(code__repository="DUNE/private-fork")[2]
    assert "ORGANISATION/NAME" in only_problem(code__repository="dunesw")[2]
    assert only_problem(code__repository="DUNE/larnd-sim")[0] == "warning"


# --- steps, outputs, resources, samples, datasets ---


@pytest.mark.parametrize(
    ("changed", "level", "path", "says"),
    [
        ({"steps__0__fcl": "/exp/dune/app/users/me/reco.fcl"}, "error", "steps.0.fcl", "is a path"),
        ({"steps__0__fcl": "reco.fhicl"}, "error", "steps.0.fcl", "Did you mean reco.fcl?"),
        ({"steps__0__fcl": "a.fcl b.fcl"}, "error", "steps.0.fcl", "more than one name"),
        ({"steps__1__events_per_job": "0"}, "error", "steps.1.events_per_job", "at least 1"),
        ({"steps__1__events_per_job": "2.5"}, "error", "steps.1.events_per_job", "not a whole number"),
        ({"steps__1__name": "RECO"}, "warning", "steps.1.name", "its own name"),
        ({"validation__events": "4,000,000"}, "warning", "validation.events", "more than the 3,000,000"),
        ({"outputs__0__unit": "GiB"}, "error", "outputs.0.unit", "Did you mean GB?"),
        ({"outputs__0__pattern": "*"}, "warning", "outputs.0.pattern", "logs too"),
        ({"outputs__0__size": "100,000"}, "error", "outputs.0.size", "the size of all files?"),
        ({"outputs__0__files": "-5"}, "error", "outputs.0.files", "negative"),
        ({"resources__memory_mib": "4"}, "error", "resources.memory_mib", "4 MiB cannot run art. Did you mean 4,000?"),
        ({"resources__memory_mib": "4,000,000"}, "error", "resources.memory_mib", "No site has 4,000,000 MiB"),
        ({"resources__memory_mib": "20,000"}, "warning", "resources.memory_mib", "Few sites"),
        ({"resources__cpu_seconds_per_event": "20,000"}, "warning", "resources.cpu_seconds_per_event", "6 d 22 h"),
        ({"resources__storage_mb_per_event": "33,000,000"}, "error", "resources.storage_mb_per_event", "The unit is MB"),
        ({"resources__storage_mb_per_event": "0.033"}, "warning", "resources.storage_mb_per_event", "100 TB go to tape"),
        ({"samples__0__what": "vd-beam-2026-physics"}, "error", "samples.0.what", "has no scope"),
        ({"samples__0__what": "files from a:b"}, "error", "samples.0.what", "Choose MetaCat query"),
        ({"samples__0__kind": "query"}, "error", "samples.0.kind", "no kind of sample"),
        ({"samples__1__what": "39344-39301"}, "error", "samples.1.what", "Did you mean 39301-39344?"),
        ({"samples__1__what": "39301-39344, 39340"}, "error", "samples.1.what", "39340 is there twice"),
        ({"samples__1__events": "1e6"}, "error", "samples.1.events", "Write it out: 1,000,000."),
        ({"datasets": ["reco"]}, "error", "datasets", "SCOPE:NAME"),
        ({"datasets": ["usertests:x"]}, "error", "datasets", "tests only"),
        ({"datasets": ["vd-protodune:vd-beam-2026-physics"]}, "error", "datasets", "a sample to process"),
        ({"wanted_by": "15.1.2027"}, "error", "wanted_by", "year-month-day"),
        ({"wanted_by": "2027-02-30"}, "error", "wanted_by", "not a date"),
        ({"wanted_by": "2026-11-22"}, "warning", "wanted_by", "is past"),
        ({"title": "x" * 201}, "error", "title", "at most 200"),
        ({"kind": "analysis"}, "error", "kind", "Choose one of"),
    ],
)  # fmt: skip
def test_a_slip_is_named_with_its_remedy(changed: dict[str, Any], level: str, path: str, says: str) -> None:
    found = reading(**changed).problems
    assert [(problem.level, problem.path) for problem in found] == [(level, path)]
    assert says in found[0].message
    if level == "error" and "." in path:
        assert reading(**changed).n_complete == 7


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("files from a:b where core.data_tier=raw", ""), ("core.data_tier=raw", "begins with"),
        ('files from a:b where x="y"', "single ones"), ("files from a:b limit 10", "Leave out skip and limit"),
        ("files from a:b where (x=1", "not closed"), ("a:b", "Choose dataset"),
    ],
)  # fmt: skip
def test_queries_are_looked_at_as_justin_would(query: str, says: str) -> None:
    found = reading(samples__0={"kind": "mql", "what": query, "files": "1", "events": "3000000"}).problems
    assert says in found[0].message if says else found == []


def test_run_lists_are_read_as_ranges() -> None:
    assert runs_of("39301-39344, 39350;39360 39361") == [(39301, 39344), (39350, 39350), (39360, 39360), (39361, 39361)]
    for wrong in ("", "a", "1-2-3", "0", "5,,6", "999999999"):
        with pytest.raises(ValueError):
            runs_of(wrong)


def test_a_total_past_all_tape_is_refused_and_not_stored() -> None:
    rows = [{"pattern": f"*{i}.root", "files": "1,000,000,000", "size": "1", "unit": "TB"} for i in range(3)]
    found = reading(outputs=rows)
    assert [problem.path for problem in found.problems if problem.level == "error"] == ["outputs.0.size"]
    assert found.totals.tape_bytes is None


# --- numbers ---


@given(st.integers(1, 10**12))
def test_a_whole_number_is_read_however_it_is_grouped(n: int) -> None:
    for typed in (
        n,
        str(n),
        f"{n:,}",
        f"{n:,}".replace(",", " "),
        f"{n:,}".replace(",", "\u202f"),
        f"  {n} ",
        f"{n}.0",
        float(n),
    ):
        assert whole(typed) == n


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_a_decimal_is_read_exactly(value: Decimal) -> None:
    assert number(f"{value}") == number(f"{value:,}") == value


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.booleans()))
def test_any_input_is_a_number_or_refused_in_words(typed: object) -> None:
    try:
        value = number(typed)
    except NotANumber as error:
        assert str(error).endswith((".", "?"))  # noqa: PT017  (either outcome is right)
    else:
        assert value is None or (value >= 0 and value < 10**15)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("1e5", "100,000"), ("10k", "10,000"), ("3M", "3,000,000"),
        ("20,78", "Write 20.78 for a fraction, or 2,078"),
        ("1.000.000", "Did you mean 1,000,000?"), ("12 34", "not a number"),
        ("100 GB", "give the number alone"), ("٣", "not a number"),
        ("-1", "negative"), ("\u22121", "negative"),
        ("1" * 16, "Count the digits"), (float("nan"), "not a number"), (True, "Give a number"),
        ("many", "not a number"), (1e300, "Count the digits"),
    ],
)  # fmt: skip
def test_what_is_easily_misread_is_refused_with_what_would_be_right(typed: object, says: str) -> None:
    with pytest.raises(NotANumber) as refused:
        number(typed)
    assert says in str(refused.value)


def test_a_number_of_thousands_of_digits_is_refused_in_words() -> None:
    with pytest.raises(NotANumber, match="Count the digits"):
        number(10**5000)


@given(st.integers(1, 10**6), st.decimals(min_value="0.001", max_value=999, places=3), st.sampled_from(sorted(UNITS)))
def test_bytes_on_tape_are_files_times_size_times_unit(n: int, size: Decimal, unit: str) -> None:
    found = read(content(outputs=[{"pattern": "*.root", "files": f"{n:,}", "size": str(size), "unit": unit}]))
    exact = size * UNITS[unit]
    total = found.totals.tape_rows[0]
    assert total is None if exact > 10**12 or exact < 1 else total == int(exact * n)


# --- shape ---

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(["name", "fcl", "what", "events", "unit", "x"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(["title", "code", "steps", "outputs", "resources", "samples", "datasets", "kind", "y"]), JSON
    )
)
def test_anything_at_all_is_brought_into_shape_and_read(raw: dict[str, Any]) -> None:
    cleaned = clean(raw)
    assert clean(cleaned) == cleaned
    assert set(cleaned) == set(empty())
    read(raw)
    misfits(raw)


def test_what_was_typed_stays_as_typed_within_bounds() -> None:
    assert clean({"title": "  Zwei  ", "why": "a\r\nb"})["title"] == "  Zwei  "
    assert clean({"why": "a\r\nb\x00"})["why"] == "a\nb"
    assert clean({"title": "\ud800x"})["title"] == "x"
    assert len(clean({"why": "x" * 20_000})["why"]) == LONGEST_TEXT
    assert len(clean({"samples": [{"what": "a"}] * 500})["samples"]) == MOST_ROWS
    assert clean({"datasets": "a:b\n\n  c:d \n"})["datasets"] == ["a:b", "c:d"]
    assert clean({"steps": [{"events_per_job": 1e22}]})["steps"][0]["events_per_job"] == "1" + "0" * 22


def test_what_would_be_dropped_is_told_to_programs() -> None:
    raw = {"titel": "", "code": [], "steps": [{"nam": "x"}], "why": "x" * 10_001, "samples": [{}] * 201, "datasets": [1]}
    assert [problem.path for problem in misfits(raw)] == ["titel", "why", "code", "steps.0.nam", "samples", "datasets.0"]
    assert misfits(content()) == []


# --- likeness ---


def test_likeness_is_the_same_samples_version_and_steps_in_whatever_order_and_words() -> None:
    def of(**changed: Any) -> str:
        return likeness_of(reading(**changed).values)

    base = of()
    assert of(title="Other", resources__memory_mib="2,000", samples=list(reversed(content()["samples"]))) == base
    assert of(samples__1__what=" 39301 - 39344 ") == base
    assert of(code__tag="v10_12_02d00") != base
    assert of(steps__1__fcl="other.fcl") != base
    assert of(samples__1__what="39301-39345") != base
    assert of(samples=[]) == ""
