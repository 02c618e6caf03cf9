"""Reading the slice of a workflow from its MQL."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.plan.errors import WrongValue
from campaigns.plan.mql import Parsed, parse_mql, sliced
from campaigns.plan.slices import Slice, coverage

RECORDINGS = sorted((Path(__file__).parents[1] / "recordings" / "justin").glob("download-campaign-workflows.*.json"))
RECO = "files from dunepro:fnal-w3100s1p1 where core.data_tier=raw and dune.output_status=confirmed"


def recorded() -> list[str]:
    return sorted({row["mql"] for path in RECORDINGS for row in json.loads(path.read_text())})


# --- what was recorded ---


def test_every_recorded_query_is_understood() -> None:
    queries = recorded()
    assert len(queries) > 25
    assert [query for query in queries if parse_mql(query).problem] == [""]  # a draft without input


def test_the_recorded_slices_are_read_and_their_sample_is_the_same() -> None:
    path = next(path for path in RECORDINGS if path.name.endswith(".reco.json"))
    parsed = [parse_mql(row["mql"]) for row in json.loads(path.read_text())]
    assert len(parsed) == 25
    assert {one.sample for one in parsed} == {RECO}
    assert all(one.is_ordered for one in parsed)
    assert sorted((one.skip, one.limit) for one in parsed)[:3] == [(0, 350), (350, 350), (700, 350)]
    found = coverage(20_784, [(at, one.as_slice()) for at, one in enumerate(parsed)])
    assert (found.gaps, found.overlaps, found.n_distinct) == ((), (), 20_784)


@pytest.mark.parametrize(
    ("query", "parsed"),
    [
        ("monte-carlo 500", Parsed("", n_monte_carlo=500)),
        ("monte-carlo 22000", Parsed("", n_monte_carlo=22_000)),
        ("files from hd-protodune:hd-protodune-det-reco", Parsed("files from hd-protodune:hd-protodune-det-reco")),
        (
            "files from dunepro:fnal-w3100s1p1 where core.run_type=hd-protodune\n limit 10",
            Parsed("files from dunepro:fnal-w3100s1p1 where core.run_type=hd-protodune", limit=10),
        ),
    ],
)
def test_recorded_queries_of_other_kinds(query: str, parsed: Parsed) -> None:
    assert query in recorded()
    assert parse_mql(query) == parsed


# --- ways to write it ---


@pytest.mark.parametrize(
    ("query", "sample", "is_ordered", "skip", "limit"),
    [
        ("files from a:b ordered skip 10 limit 5", "files from a:b", True, 10, 5),
        ("files  from\ta:b\n\nordered\n  skip   10\n limit 5 ", "files from a:b", True, 10, 5),
        ("files from a:b skip 10 limit 5", "files from a:b", False, 10, 5),
        ("files from a:b ordered skip 17000", "files from a:b", True, 17_000, None),
        ("files from a:b ordered limit 5", "files from a:b", True, 0, 5),
        ("files from a:b ordered", "files from a:b", True, 0, None),
        ("files from a:b limit 0", "files from a:b", False, 0, 0),
        # one after the other, as MetaCat works
        ("files from a:b limit 50 skip 10", "files from a:b", False, 10, 40),
        ("files from a:b limit 50 skip 50", "files from a:b", False, 50, 0),
        ("files from a:b skip 100 limit 1000 skip 10 skip 5 limit 50", "files from a:b", False, 115, 50),
        ("files from a:b limit 10 ordered", "files from a:b", False, 0, 10),
        # brackets
        ("(files from a:b) ordered skip 10 limit 5", "files from a:b", True, 10, 5),
        ("((files from a:b ordered) skip 100 limit 50)", "files from a:b", True, 100, 50),
        ("((files from a:b skip 100) limit 50) skip 20", "files from a:b", False, 120, 30),
        ("(files from a:b) - (files from c:d)", "(files from a:b) - (files from c:d)", False, 0, None),
        ("((files from a:b) - files from c:d) skip 3", "(files from a:b) - files from c:d", False, 3, None),
        (
            "files from a:b where (x=1 and (y in (1 ,2,3) or z not in ( 4 ))) ordered skip 1 limit 2",
            "files from a:b where (x=1 and (y in (1, 2, 3) or z not in (4))) ", True, 1, 2,
        ),
        # the words inside of other things
        ("files from a:b where x='skip 5  limit 3' limit 2", "files from a:b where x='skip 5  limit 3'", False, 0, 2),
        ("files from skip:limit where core.limit=3 and x=skip limit 2", "files from skip:limit where core.limit=3 and x=skip",
         False, 0, 2),
        ("files where limit=10 and skip = 5", "files where limit=10 and skip = 5", False, 0, None),
        ("files where x = ordered", "files where x = ordered", False, 0, None),
        ("union(files from a:b limit 5, files from c:d) limit 3", "union(files from a:b limit 5, files from c:d)", False, 0, 3),
        (
            "children(parents(files where dune.workflow['workflow_id']=2733 ordered limit 2))",
            "children(parents(files where dune.workflow['workflow_id']=2733 ordered limit 2))", False, 0, None,
        ),
        ("files from datasets matching hd:*keepup* limit 5", "files from datasets matching hd:*keepup*", False, 0, 5),
        ("files from a:b where x=-5 and y in -3:3 limit 5", "files from a:b where x=-5 and y in -3:3", False, 0, 5),
        ("files from a:b # skip 5\n limit 3", "files from a:b", False, 0, 3),
        ("files a:b, skip limit 1", "files a:b, skip", False, 0, 1),
        ("files a:b ,c:d limit 1", "files a:b, c:d", False, 0, 1),
        ("rucio-dataset  hd-protodune:raw", "rucio-dataset hd-protodune:raw", False, 0, None),
    ],
)  # fmt: skip
def test_a_query_is_read(query: str, sample: str, is_ordered: bool, skip: int, limit: int | None) -> None:
    assert parse_mql(query) == Parsed(sample.strip(), is_ordered, skip, limit)


# --- what cannot be read is said, not guessed ---


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "no query"),
        (" \n", "no query"),
        (None, "no query"),
        ("# files from a:b", "no query"),
        ("monte-carlo", "one whole number"),
        ("monte-carlo many", "one whole number"),
        ("monte-carlo 5 limit 3", "one whole number"),
        ("Monte-Carlo 5", "lower case"),
        ("rucio-dataset a:b limit 5", "one SCOPE:NAME"),
        ("select * from files", "begins with “files”"),
        ("skip 5 limit 3", "no query before"),
        ("datasets matching a:b", "datasets"),
        ("files from a:b skip", "After skip follows no whole number"),
        ("files from a:b ordered skip limit 5", "After skip follows no whole number"),
        ("files from a:b limit -1", "“-1”"),
        ("files from a:b limit 10.5", "“10.5”"),
        ("files from a:b limit 9999999999999", "After limit follows no whole number"),
        ("files from a:b limit=10", "“limit=10”"),
        ("files from a:b skip10limit5", "a blank is missing"),
        ("files from a:b limit 10 where x=1", "does not stand at the end"),
        ("files from a:b ordered where x=1", "does not stand at the end"),
        ("files from a:b where x = skip 5", "not clear"),
        ("files ordered", "not clear"),
        ("files a:b, limit 5", "not clear"),
        ("files from a:b - files from c:d limit 5", "put the difference in brackets"),
        ("(files from a:b)-(files from c:d) ordered skip 5", "put the difference in brackets"),
        ("files from a:b where (x=1 limit 5", "not closed"),
        ("files from a:b where x=1) limit 5", "not closed"),
        ("files from a:b where x=[1) limit 5", "not closed"),
        ("files from a:b where x='it's' limit 5", "not closed"),
        ("files from a:b where x='a#b' limit 5", "not closed"),  # a comment begins inside of quotes too
        ("FILES FROM a:b limit 5", "lower case"),
        ("files from a:b WHERE x=1 limit 5", "“WHERE”"),
        ("files from a:b ordered SKIP 5 LIMIT 3", "lower case"),
        ("files from a:b skip\u00a05", "cannot be read"),
    ],
)
def test_what_cannot_be_read_with_certainty_says_so(query: str | None, says: str) -> None:
    assert says in parse_mql(query).problem


def test_upper_case_is_read_all_the_same_beside_what_is_wrong_with_it() -> None:
    parsed = parse_mql("files from a:b ORDERED SKIP 5 LIMIT 3")
    assert (parsed.skip, parsed.limit, parsed.is_ordered) == (5, 3, True)
    assert "lower case" in parsed.problem


def test_brackets_ten_thousand_deep_and_as_many_clauses_are_read() -> None:
    depth = 10_000
    assert parse_mql("(" * depth + "files from a:b limit 7" + ")" * depth + " ordered" * depth).limit == 7
    assert parse_mql("files from a:b" + " skip 1" * depth).skip == depth


def test_a_query_of_no_end_is_not_read() -> None:
    assert "are not read" in parse_mql("files from a:b where x=" + "1" * 300_000).problem


@given(st.text(alphabet="files from a:b ordered skip limit 5 - ()[]'\"=,#\n", max_size=60) | st.text(max_size=40))
def test_any_text_is_read_or_says_why_not(text: str) -> None:
    parsed = parse_mql(text)
    assert parsed.problem or parsed.sample or parsed.n_monte_carlo is not None


# --- asking for a slice ---

conditions = st.sampled_from(
    [
        "x=1",
        "x in (1, 2)",
        "(x=1 or y='skip 5 limit 3')",
        "core.run_type=hd-protodune",
        "!(z=limit)",
        "dune.workflow['workflow_id']=2",
    ]
)
simple = st.builds(
    lambda name, wheres: f"files from {name}" + (" where " + " and ".join(wheres) if wheres else ""),
    st.sampled_from(["a:b", "hd-protodune:hd-protodune-det-reco", "skip:limit"]),
    st.lists(conditions, max_size=3),
)
samples = st.recursive(
    simple,
    lambda inner: st.one_of(
        st.builds("{} - {}".format, inner, simple),
        st.builds("({}) - ({})".format, inner, inner),
        st.builds("union({}, {})".format, inner, inner),
        st.builds("children({})".format, inner),
    ),
    max_leaves=4,
)
pieces = st.builds(Slice, st.integers(0, 10**6), st.none() | st.integers(0, 10**6))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(samples, pieces)
def test_a_slice_that_is_asked_for_is_read_as_it_was_meant(sample: str, piece: Slice) -> None:
    parsed = parse_mql(sliced(sample, piece))
    assert (parsed.sample, parsed.as_slice(), parsed.is_ordered, parsed.problem) == (sample, piece, True, "")


def test_a_slice_comes_after_where() -> None:
    assert sliced(RECO, Slice(6_000, 1_000)) == RECO + " ordered skip 6000 limit 1000"
    assert sliced("files from a:b ordered", Slice(5)) == "files from a:b ordered skip 5"


def test_a_difference_is_sliced_as_a_whole() -> None:
    assert sliced("files from a:b - files from c:d", Slice(0, 5)) == "(files from a:b - files from c:d) ordered skip 0 limit 5"


@pytest.mark.parametrize(
    "sample", ["", "monte-carlo 5", "rucio-dataset a:b", "files from a:b limit 5", "files from a:b skip 5"]
)
def test_what_cannot_be_sliced_is_refused(sample: str) -> None:
    with pytest.raises(WrongValue) as refused:
        sliced(sample, Slice(0, 5))
    assert refused.value.field == "sample"
