"""Production's own job lists, clean and untidy, in and out."""

from __future__ import annotations

import csv
import io
import random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.requests.content import clean, empty
from campaigns.requests.csv_samples import COLUMNS, export, parse, rows_of, take
from portal.errors import Invalid
from tests.requests.contents import content

CLEAN = """TAG,DUNESW,NFILES,SIZE_GB,BATCH,FCL,CONFIG,CAMPAIGN,NAMESPACE,DATASET
lbl2-a,v10_12_01d00,20784,41.5,6000,standard_reco.fcl,e26:prof,LBL2,fardet-vd,fardet-vd__fd_mc_2026__detsim
lbl2-b,v10_12_01d00,350,0.7,350,standard_reco.fcl,e26:prof,LBL2,fardet-hd,fardet-hd__fd_mc_2026__detsim
"""


def exported(samples: list[dict[str, Any]]) -> list[dict[str, str]]:
    request: Any = SimpleNamespace(content=take(empty(), samples))
    return list(csv.DictReader(io.StringIO(export([request]))))


def test_a_clean_list_is_read_and_exported_with_the_same_rows() -> None:
    found = parse(CLEAN.encode())
    assert (found.n_good, found.columns_found, found.columns_missing, found.columns_doubled) == (2, list(COLUMNS), [], [])
    assert found.rows[0].sample == {
        "kind": "dataset", "what": "fardet-vd:fardet-vd__fd_mc_2026__detsim", "files": "20784", "events": "",
        "extra": {
            "TAG": "lbl2-a", "DUNESW": "v10_12_01d00", "SIZE_GB": "41.5", "BATCH": "6000", "FCL": "standard_reco.fcl",
            "CONFIG": "e26:prof", "CAMPAIGN": "LBL2",
        },
    }  # fmt: skip
    assert exported(found.samples) == list(csv.DictReader(io.StringIO(CLEAN)))


cell = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), max_size=12).map(str.strip)
row_of_list = st.fixed_dictionaries(
    {
        "TAG": cell, "DUNESW": st.sampled_from(["v10_12_01d00", "", "develop"]), "NFILES": st.integers(1, 10**6).map(str),
        "SIZE_GB": st.sampled_from(["", "1", "41.5"]), "BATCH": cell, "FCL": st.sampled_from(["", "a.fcl"]), "CONFIG": cell,
        "CAMPAIGN": cell, "NAMESPACE": st.sampled_from(["hd-protodune", "fardet-vd"]),
        "DATASET": st.from_regex(r"[a-z][a-z0-9_.-]{0,20}", fullmatch=True),
    }
)  # fmt: skip


def untidy(rows: list[dict[str, str]], order: list[str], separator: str, mark: bool, blanks: bool, doubled: list[str]) -> bytes:
    """The list as somebody's spreadsheet would save it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL if blanks else csv.QUOTE_MINIMAL)
    pad = " " if blanks else ""
    head = order + doubled
    writer.writerow([f"{pad}{name.lower() if blanks else name}{pad}" for name in head])
    for row in rows:
        writer.writerow([f"{pad}{row[name]}{pad}" for name in head])
        if blanks:
            writer.writerow([""] * len(head))
    return (b"\xef\xbb\xbf" if mark else b"") + out.getvalue().encode()


def safe(row: dict[str, str]) -> dict[str, str]:
    return {name: f"'{text}" if text.startswith(("=", "+", "-", "@")) else text for name, text in row.items()}


@given(
    st.lists(row_of_list, min_size=1, max_size=8), st.permutations(COLUMNS), st.sampled_from(",;\t"), st.booleans(),
    st.booleans(), st.lists(st.sampled_from(COLUMNS), max_size=2),
    st.sets(st.sampled_from(["TAG", "DUNESW", "SIZE_GB", "BATCH", "CONFIG", "FCL"]), max_size=3),
)  # fmt: skip
def test_an_untidy_list_comes_back_with_the_same_rows(rows, order, separator, mark, blanks, doubled, left_out) -> None:
    kept = [name for name in order if name not in left_out]
    twice = [name for name in doubled if name in kept]
    # an apostrophe before = says “text” in a spreadsheet, so it is no part of the text
    rows = [{name: text.lstrip("'") for name, text in row.items()} for row in rows]
    found = parse(untidy(rows, kept, separator, mark, blanks, twice))
    assert found.n_good == len(rows), [row.problems for row in found.rows]
    assert set(found.columns_missing) == set(left_out)
    assert set(found.columns_doubled) == set(twice)
    expected = [safe({name: "" if name in left_out else row[name] for name in COLUMNS}) for row in rows]
    assert exported(found.samples) == expected
    # and once more: what was exported is imported as the same samples
    request: Any = SimpleNamespace(content=take(empty(), found.samples))
    assert parse(export([request])).samples == found.samples


def test_each_bad_row_says_why_and_the_good_ones_are_kept() -> None:
    text = """\ufeff DATASET ; NFILES ; NAMESPACE ; SIZE_GB ; FCL
good;350;hd-protodune;0.7;a.fcl
;10;hd-protodune;1;a.fcl
other;many;hd-protodune;1;a.fcl
third;1e5;hd-protodune;1,5;a.fcl
fourth;10;;1;a.fcl
vd:fifth;10;hd;1;a.fcl

"with blank";10;hd;1;reco
good;350;hd-protodune;0.7;a.fcl
sixth;10;hd;20000;a.fcl;and more
"""
    found = parse(text.encode())
    assert found.columns_missing == ["TAG", "DUNESW", "BATCH", "CONFIG", "CAMPAIGN"]
    bad = {
        row.number: [problem.path for problem in row.problems if problem.level == "error"]
        for row in found.rows
        if not row.is_good
    }
    assert bad == {
        3: ["DATASET"],
        4: ["NFILES"],
        5: ["NFILES", "SIZE_GB"],
        6: ["NAMESPACE"],
        7: ["NAMESPACE"],
        9: ["DATASET"],
        11: [""],
    }
    assert [row.number for row in found.rows if row.is_good] == [2, 10]
    assert "The same as row 2" in found.rows[-2].problems[0].message
    assert any("more than a TB a file" in problem.message for problem in found.rows[-1].problems)


def test_a_column_given_twice_with_two_values_is_bad() -> None:
    found = parse("NAMESPACE,DATASET,NFILES,NFILES\na,b,1,2\na,c,3,\na,d,,4\n")
    assert [row.is_good for row in found.rows] == [False, True, True]
    assert "says 1 and 2" in found.rows[0].problems[0].message
    assert [row["files"] for row in found.samples] == ["3", "4"]


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        (b"", "nothing in it"), (b"\xef\xbb\xbf \n", "nothing in it"), (b"a,b\n1,2\n", "No row names the columns"),
        (b"\x89PNG\r\n\x1a\n\x00\xff\x00", "no text"), (b"x" * 5_000_001, "more than 5 MB"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_said_to_be_none(given_: bytes, says: str) -> None:
    found = parse(given_)
    assert found.rows == []
    assert says in found.problems[0].message


@given(st.binary(max_size=300))
def test_any_bytes_at_all_are_read_without_an_error(given_: bytes) -> None:
    parse(given_)
    parse(b"TAG,DATASET,NAMESPACE\n" + given_)


def test_lists_in_utf_16_and_with_lines_above_the_head_are_read() -> None:
    assert parse(CLEAN.encode("utf-16")).n_good == 2
    assert parse("Jobs of November,,,\n,,,\n" + CLEAN).n_good == 2
    assert parse(CLEAN.replace("\n", "\r\n")).n_good == 2


def test_samples_that_were_typed_are_exported_with_the_requests_code_and_step() -> None:
    first, second = rows_of(content())
    assert (first["NAMESPACE"], first["DATASET"], first["NFILES"]) == ("vd-protodune", "vd-beam-2026-physics", "62,104")
    assert (first["DUNESW"], first["FCL"]) == ("v10_12_01d00", "standard_reco_protodunevd_keepup.fcl")
    assert (second["NAMESPACE"], second["DATASET"]) == ("", "39301-39344")


def test_events_are_exported_and_read_again_when_there_are_any() -> None:
    request: Any = SimpleNamespace(content=content())
    text = export([request])
    assert text.splitlines()[0] == ",".join((*COLUMNS, "EVENTS"))
    assert parse(text).samples[0]["events"] == "1,863,120"


def test_samples_are_added_or_replace_and_never_dropped_in_silence() -> None:
    samples = parse(CLEAN).samples
    assert len(take(content(), samples)["samples"]) == 4
    assert len(take(content(), samples, replace=True)["samples"]) == 2
    with pytest.raises(Invalid, match="at most 200"):
        take(content(), samples * 100)


def test_a_formula_is_not_let_out_as_one() -> None:
    found = parse('TAG,NAMESPACE,DATASET\n"=HYPERLINK(""x"")",a,b\n')
    request: Any = SimpleNamespace(content=clean(take(empty(), found.samples)))
    assert "'=HYPERLINK" in export([request])


def test_a_long_list_is_read_in_order() -> None:
    names = [f"set-{n}" for n in range(2_000)]
    random.Random(7).shuffle(names)
    found = parse("NAMESPACE,DATASET,NFILES\n" + "".join(f"a,{name},5\n" for name in names))
    assert [row.raw["DATASET"] for row in found.rows] == names
