"""Production's job lists and checklists, clean and untidy, as rows of a plan, and a plan as such a list."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.planning.actual import against
from campaigns.planning.content import MOST_ROWS, PlanContent, read_content, written
from campaigns.planning.list_reading import COLUMNS, JobList, read_list
from campaigns.planning.list_taking import take_list
from campaigns.planning.list_writing import list_of
from campaigns.planning.rows import lay_out
from monitoring.csv_tables import csv_response
from portal.errors import Invalid
from tests.planning.plans import lbl2

HEAD = "NAMESPACE,TAG,SKIP,WORKFLOW iD,comments,NFILES,BATCH,DATASET\n"
EMPTY = PlanContent()


def exported(content: PlanContent, *, asked: list[dict[str, str]] | None = None) -> str:
    """The list of a plan of which nothing was submitted."""
    head, lines = list_of(against(content, lay_out(content), [], {}), campaign="lbl2-reco-2026", asked=asked or [])
    return csv_response("x", head, lines).content.decode()


def errors(listed: JobList) -> dict[int, list[str]]:
    return {
        line.number: [problem.path for problem in line.problems if problem.level == "error"]
        for line in listed.lines
        if not line.is_good
    }


# --- out and in again ---

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Z"]), max_size=8)
texts = st.lists(
    words | st.sampled_from(["=1+1", "'=x", "''-x", "-5", '"', ",", ";", "\t", "a\nb", "@x", "|", "＝x", "'", "1,000"]),
    max_size=3,
).map(lambda parts: " ".join(parts).strip())
names = st.from_regex(r"[a-z][a-z0-9_.-]{0,12}", fullmatch=True)
queries = st.builds("files from {}:{}".format, names, names) | st.builds(
    "files from {}:{} where core.runs in ({}) and x = '{}'".format, names, names, st.integers(1, 9), names
)
counts = st.none() | st.integers(1, 2**31 - 1)


@st.composite
def plans(draw: st.DrawFn) -> PlanContent:
    samples = [
        {"key": key, "label": draw(texts)[:200], "mql": draw(st.just("") | queries), "n_files": draw(counts)}
        for key in draw(st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,5}", fullmatch=True), min_size=1, max_size=4, unique=True))
    ]
    for sample in samples:  # Monte Carlo is not counted in files
        sample["n_files"] = sample["n_files"] if sample["mql"] else None
    keys = draw(st.lists(st.from_regex(r"[A-Za-z0-9_-]{1,9}", fullmatch=True), min_size=1, max_size=6, unique=True))
    rows: list[dict[str, Any]] = []
    for key in keys:
        sample = draw(st.sampled_from(samples))
        own = draw(st.sampled_from(["", "", "files from a:b skip 3"]))
        row = {
            "key": key, "step": draw(st.sampled_from(["test", "validation", "production"])), "sample": sample["key"],
            "use": draw(st.sampled_from(["main", "small-run"])), "skip": draw(st.integers(0, 2**31 - 1)),
            "limit": draw(counts), "n_jobs": draw(counts if sample["mql"] or own else st.integers(1, 10**9)),
            "parent": draw(st.sampled_from(["", *keys])), "rss_mib": draw(counts),
            "max_distance": draw(st.none() | st.integers(0, 100)), "site": draw(st.sampled_from(["", "UK_RAL", "=x"])),
            "mql": own, "notes": draw(texts),
        }  # fmt: skip
        rows.append(row | ({"parent": ""} if row["parent"] == key else {}))
    both = {"samples": samples, "rows": rows}
    return read_content(
        {what: [{k: v for k, v in one.items() if v is not None} for one in many] for what, many in both.items()}
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(), st.booleans())
def test_a_plan_that_is_exported_is_imported_with_the_same_rows(content: PlanContent, replace: bool) -> None:
    listed = read_list(exported(content).encode())
    assert errors(listed) == {}
    into_nothing = take_list(EMPTY, listed, replace=replace)
    assert into_nothing.problems == {}
    assert into_nothing.content.rows == content.rows
    used = {row.sample for row in content.rows}
    assert sorted((one.key, one.mql, one.label, one.n_files) for one in into_nothing.content.samples) == sorted(
        (one.key, one.mql, one.label, one.n_files) for one in content.samples if one.key in used
    )
    again = take_list(content, listed, replace=replace)
    assert again.content.rows == content.rows, "taken into the plan it came from, it changes nothing"
    assert all(fate.endswith("there already") for fate in again.fates.values())


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(), st.permutations(range(25)), st.sampled_from(",;\t"), st.booleans(), st.booleans())
def test_what_a_spreadsheet_makes_of_it_is_read_as_the_same_rows(
    content: PlanContent, order: list[int], separator: str, has_mark: bool, is_padded: bool
) -> None:
    table = list(csv.reader(io.StringIO(exported(content), newline="")))
    order = [*(at for at in order if at < len(table[0])), *range(25, len(table[0]))]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL if is_padded else csv.QUOTE_MINIMAL)
    pad = " " if is_padded else ""
    for number, cells in enumerate(table):
        told = [cells[at] for at in order]
        writer.writerow([f"{pad}{cell.lower() if not number else cell}{pad}" for cell in told])
        if is_padded:
            writer.writerow([""] * len(told))
    listed = read_list((b"\xef\xbb\xbf" if has_mark else b"") + out.getvalue().encode())
    assert take_list(EMPTY, listed).content.rows == content.rows


def test_the_head_is_productions_and_the_portals_own_columns_follow_where_they_are_used() -> None:
    head = exported(read_content(lbl2())).splitlines()[0]
    assert head == ",".join([*COLUMNS, "ROW", "FOR", "SAMPLE"])
    plan = lbl2()
    plan["rows"][1] |= {"rss_mib": 6000}
    assert exported(read_content(plan)).splitlines()[0].endswith(",ROW,FOR,SAMPLE,MEMORY")


def test_the_tutorials_rows_stand_in_productions_columns() -> None:
    asked = [
        {"NAMESPACE": "fardet-hd", "DATASET": "lbl2-nu-fhc", "TAG": "x", "DUNESW": "v10_12", "FCL": "reco.fcl", "SIZE_GB": "9"}
    ]
    table = list(csv.DictReader(io.StringIO(exported(read_content(lbl2()), asked=asked))))
    assert [(row["SKIP"], row["BATCH"]) for row in table[1:]] == [
        ("0", "6000"), ("6000", "1000"), ("7000", "5000"), ("12000", "5000"), ("17000", "-1"),
    ]  # fmt: skip
    last = table[-1]
    assert (last["NAMESPACE"], last["DATASET"], last["NFILES"], last["TAG"]) == ("fardet-hd", "lbl2-nu-fhc", "20784", "nu, FHC")
    assert (last["DUNESW"], last["FCL"], last["CAMPAIGN"]) == ("v10_12", "reco.fcl", "lbl2-reco-2026")
    assert (last["status"], last["WORKFLOW iD"], last["# of jobs"]) == ("not submitted", "", "")


def test_a_formula_is_not_let_out_as_one() -> None:
    plan = lbl2()
    plan["samples"][0]["label"] = '=HYPERLINK("https://x")'
    plan["rows"][1] |= {"notes": "@SUM(1)", "site": "-x", "mql": "+files"}
    cells = [cell for row in csv.reader(io.StringIO(exported(read_content(plan)))) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+", "-")) and cell != "-1"]


# --- what production sends ---


def test_a_checklist_kept_by_hand_is_read_with_its_workflows() -> None:
    listed = read_list(
        """\ufeffJobs of November;;;;;;;;
 namespace ; Tag;skip;timestamp;pass; Workflow ID;# of jobs;Status;NFILES;batch;comments;dataset
fardet-hd;nu, FHC;0;2026-11-01;1;1650;6,412;finished;20,784;6,000;;lbl2-nu-fhc
fardet-hd;nu, FHC;6,000;;2;1513 1638;;finished;20,784;1000;"second try, ""more"" memory";lbl2-nu-fhc
fardet-hd;nu, FHC;7000;;1;"1,639";;;20784;5000;;fardet-hd:lbl2-nu-fhc
fardet-hd;nu, FHC;17 000;;;;;;20784;-1;;lbl2-nu-fhc
"""
    )
    assert errors(listed) == {}
    taken = take_list(EMPTY, listed)
    assert [(row.key, row.step, row.skip, row.limit) for row in taken.content.rows] == [
        ("r1", "production", 0, 6000), ("r2", "production", 6000, 1000), ("r3", "production", 7000, 5000),
        ("r4", "production", 17000, None),
    ]  # fmt: skip
    assert taken.content.rows[1].notes == 'second try, "more" memory'
    [sample] = taken.content.samples
    assert (sample.mql, sample.label, sample.n_files, sample.n_files_from) == (
        "files from fardet-hd:lbl2-nu-fhc", "nu, FHC", 20_784, "list",
    )  # fmt: skip
    assert taken.reported == {"r1": [1650], "r2": [1513, 1638], "r3": [1639]}


def test_a_job_list_without_skip_is_cut_into_slices() -> None:
    taken = take_list(EMPTY, read_list("NAMESPACE,DATASET,NFILES,BATCH\nfardet-hd,lbl2,20784,6000\nfardet-hd,small,350,\n"))
    assert [(row.sample, row.skip, row.limit) for row in taken.content.rows] == [
        ("s1", 0, 6000), ("s1", 6000, 6000), ("s1", 12000, 6000), ("s1", 18000, None), ("s2", 0, None),
    ]  # fmt: skip
    assert taken.fates == {2: "4 rows", 3: "new"}
    [unknown] = read_list("NAMESPACE,DATASET,NFILES,BATCH\nfardet-hd,lbl2,,6000\n").lines
    assert "only the first 6,000 files" in unknown.problems[0].message
    trial = take_list(EMPTY, read_list("NAMESPACE,DATASET,NFILES,BATCH\nfardet-hd,lbl2,20784,100\n", for_what="validation"))
    assert [(row.key, row.skip, row.limit) for row in trial.content.rows] == [("validation-1", 0, 100)]


def test_lines_that_take_what_rows_take_are_those_rows() -> None:
    content = read_content(lbl2())
    text = f"{HEAD}fardet-hd,,6000,1638,slow site,20784,1000,lbl2-nu-fhc\nfardet-hd,,18000,1700,,20784,-1,lbl2-nu-fhc\n"
    taken = take_list(content, read_list(text))
    assert taken.fates == {2: "r2: changes", 3: "new"}
    assert taken.reported["r2"] == [1638]
    assert written(taken.content)["rows"][2] == written(content)["rows"][2] | {"notes": "slow site"}
    assert [row.key for row in taken.content.rows] == ["test-1", "r1", "r2", "r3", "r4", "r5", "r6"]
    assert taken.content.samples == content.samples


def test_a_list_that_replaces_keeps_the_keys_of_rows_that_stay() -> None:
    content = read_content(lbl2())
    text = f"{HEAD}fardet-hd,,12000,,,20784,5000,lbl2-nu-fhc\nfardet-hd,,0,,,350,-1,other\n"
    taken = take_list(content, read_list(text), replace=True)
    assert [(row.key, row.sample) for row in taken.content.rows] == [("r4", "s1"), ("r6", "s2")]
    assert taken.content.common == content.common


def test_columns_that_a_list_does_not_have_keep_what_the_row_says() -> None:
    plan = lbl2()
    plan["rows"][1] |= {"rss_mib": 6000, "notes": "mine"}
    content = read_content(plan)
    taken = take_list(content, read_list("ROW,NAMESPACE,DATASET,BATCH\nr1,fardet-hd,lbl2-nu-fhc,5900\n"))
    row = taken.content.rows[1]
    assert (row.rss_mib, row.notes, row.limit, row.step, row.skip) == (6000, "mine", 5900, "production", 0)


def test_monte_carlo_and_queries_are_samples_too() -> None:
    text = (
        "TAG,DATASET,BATCH,FOR,SKIP\nnu,monte-carlo 500,,,\nanu,monte-carlo,250,small run,\n"
        'q,"files from a:b where core.runs in (1,2)",10,test,0\n'
    )
    taken = take_list(EMPTY, read_list(text))
    assert [(row.key, row.n_jobs, row.step, row.use) for row in taken.content.rows] == [
        ("r1", 500, "production", "main"), ("small-1", 250, "validation", "small-run"), ("test-1", None, "test", "main"),
    ]  # fmt: skip
    assert [one.label for one in taken.content.samples] == ["nu", "anu", "q"]


def test_each_bad_line_says_which_column_and_the_good_ones_are_taken() -> None:
    text = f"""{HEAD}fardet-hd,,0,,,350,350,good
fardet-hd,,many,,,350,350,other
fardet-hd,,0,,,350,1e3,other
fardet-hd,,0,w12x,,350,350,other
fardet-hd,,0,,,350.5,350,other
,,0,,,350,350,other
hd,,0,,,350,350,vd:other
fardet-hd,,0,,,350,350,
fardet-hd,,-5,,,350,350,other
fardet-hd,,0,,,350,0,other
fardet-hd,,0,,,350,350,other,and more
fardet-hd,,0,,,350,350,"with blank"
"""
    listed = read_list(text)
    assert errors(listed) == {
        3: ["SKIP"], 4: ["BATCH"], 5: ["WORKFLOW iD"], 6: ["NFILES"], 7: ["DATASET"], 8: ["NAMESPACE"], 9: ["DATASET"],
        10: ["SKIP"], 11: ["BATCH"], 12: [""], 13: ["DATASET"],
    }  # fmt: skip
    assert all(problem.message for line in listed.lines for problem in line.problems)
    assert len(take_list(EMPTY, listed).content.rows) == 1


@pytest.mark.parametrize(
    ("lines", "number", "says"),
    [
        ("r1,production,,a,b,10,0,5\nr1,production,,a,b,10,5,5\n", 3, "in line 2 already"),
        ("r 1,production,,a,b,10,0,5\n", 2, "letters, digits"),
        ("r1,nothing,,a,b,10,0,5\n", 2, "none of test"),
        ("r1,production,r9,a,b,10,0,5\n", 2, "no other row"),
        ("r1,production,r1,a,b,10,0,5\n", 2, "no other row"),
        ("r1,production,,a,monte-carlo,10,,\n", 2, "how many Monte Carlo jobs"),
        ("r1,production,,,,10,0,5\n", 2, "names no sample"),
        ("r1,production,,a,b,10,0,5\nr2,production,,a,b,11,5,5\n", 3, "NFILES is 11 here and 10 above"),
        ("r1,production,,a,b,10,,5\n", 2, "SKIP is empty"),
        (",production,,a,b,2000000000,,1\n", 2, "Take more files in each"),
    ],
)
def test_a_line_that_makes_no_row_says_why(lines: str, number: int, says: str) -> None:
    listed = read_list(f"ROW,FOR,AGAIN,NAMESPACE,DATASET,NFILES,SKIP,BATCH\n{lines}")
    taken = take_list(EMPTY, listed)
    told = [problem.message for line in listed.lines if line.number == number for problem in line.problems]
    assert says in " ".join([*told, taken.problems.get(number, "")])
    assert number not in taken.fates


def test_rows_that_hang_on_a_line_left_out_are_left_out_too() -> None:
    text = "ROW,AGAIN,NAMESPACE,DATASET,SKIP,BATCH\nr1,,a,b,0,5\nr2,r9,a,b,0,5\nr3,r2,a,b,0,5\n"
    taken = take_list(EMPTY, read_list(text))
    assert ([row.key for row in taken.content.rows], sorted(taken.problems)) == (["r1"], [3, 4])


def test_long_queries_are_taken_where_the_plan_takes_them() -> None:
    plan = lbl2()
    plan["rows"][1] |= {"mql": "fids " + ",".join(["a" * 99] * 250)}
    content = read_content(plan)
    assert take_list(EMPTY, read_list(exported(content))).content.rows == content.rows
    listed = read_list(f'DATASET,SKIP\n"files from a:b where x in ({"1, " * 4_000})",0\n')
    assert errors(listed) == {2: ["DATASET"]}


def test_a_column_given_twice_with_two_values_is_bad() -> None:
    listed = read_list("NAMESPACE,DATASET,SKIP,skip,BATCH\na,b,0,5,10\na,b,10,,10\n")
    assert errors(listed) == {2: ["SKIP"]}
    assert listed.columns_doubled == ["SKIP"]


def test_a_list_of_too_many_rows_is_refused() -> None:
    with pytest.raises(Invalid, match="at most"):
        take_list(EMPTY, read_list(f"NAMESPACE,DATASET,NFILES,BATCH\na,b,{MOST_ROWS * 2},1\n"))


def test_lines_of_two_numbers_are_of_the_plans_only_sample() -> None:
    content = read_content({"samples": lbl2()["samples"]})
    taken = take_list(content, read_list("skip\tlimit\n0\t6,000\n6000\t-1\n"))
    assert [(row.sample, row.skip, row.limit) for row in taken.content.rows] == [("s1", 0, 6000), ("s1", 6000, None)]
    assert take_list(EMPTY, read_list("skip\tlimit\n0\t6,000\n")).problems.keys() == {2}


@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_read_without_an_error(given_: bytes) -> None:
    for text in (given_, b"NAMESPACE,DATASET,SKIP,BATCH,NFILES,WORKFLOW iD,ROW,FOR,AGAIN\n" + given_):
        take_list(EMPTY, read_list(text))
