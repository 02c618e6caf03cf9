"""What changed between two contents: rows are followed, fields are named as the form names them."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from campaigns.requests.diff import changes, label_of
from tests.requests.contents import content


def told(old: object, new: object) -> list[tuple[str, str, str]]:
    return [(change.label, change.old, change.new) for change in changes(old, new)]


def test_fields_are_named_with_old_and_new() -> None:
    new = content(
        code__tag="v10_13_00d00", samples__1__events="2,000,000", resources__memory_mib="6000", datasets=["a:b", "c:d"]
    )
    assert told(content(), new) == [
        ("Tag", "v10_12_01d00", "v10_13_00d00"),
        ("Memory (MiB)", "4,000", "6000"),
        ("Sample 2, events", "1,136,880", "2,000,000"),
        ("Final output datasets", "vd-protodune:pdvd-reco-2026c-full", "a:b\nc:d"),
    ]


def test_a_row_put_first_is_one_row_added_and_not_all_rows_changed() -> None:
    new = content()
    new["samples"].insert(0, {"kind": "dataset", "what": "vd-protodune:more", "files": "5", "events": "50"})
    assert told(content(), new) == [("Sample 1 added", "", "dataset, vd-protodune:more, 5 files, 50 events")]


def test_a_row_taken_out_is_one_row_removed() -> None:
    new = content(steps=content()["steps"][1:])
    assert told(content(), new) == [("Step 1 removed", "reco, standard_reco_protodunevd_keepup.fcl, 30 events per job", "")]


def test_a_new_order_is_told_as_one() -> None:
    new = content(samples=list(reversed(content()["samples"])))
    [change] = changes(content(), new)
    assert (change.path, change.label) == ("samples", "Order of samples")
    assert change.new.splitlines() == ["39301-39344", "vd-protodune:vd-beam-2026-physics"]


def test_a_row_moved_and_changed_is_followed_to_its_new_place() -> None:
    new = content(samples=list(reversed(content()["samples"])))
    new["samples"][1]["events"] = "7"
    change, _order = changes(content(), new)
    assert (change.path, change.old, change.new) == ("samples.1.events", "1,863,120", "7")


def test_a_corrected_name_is_a_change_of_the_row() -> None:
    assert told(content(), content(samples__0__what="vd-protodune:other")) == [
        ("Sample 1, dataset, query or runs", "vd-protodune:vd-beam-2026-physics", "vd-protodune:other")
    ]


def test_blanks_and_empty_rows_are_no_change() -> None:
    new = content(title=f" {content()['title']} ")
    new["samples"].append({"kind": "dataset"})
    assert changes(content(), new) == []


def test_paths_have_names_for_people() -> None:
    assert label_of("samples.1.events") == "Sample 2, events"
    assert label_of("resources.memory_mib") == "Memory (MiB)"
    assert label_of("working_group") == "Working group"


row = st.fixed_dictionaries(
    {"kind": st.just("runs"), "what": st.sampled_from("abcd"), "files": st.just(""), "events": st.sampled_from("123")}
)


@given(st.lists(row, max_size=5), st.lists(row, max_size=5))
def test_no_change_is_told_exactly_when_the_rows_are_equal(before: list[Any], after: list[Any]) -> None:
    old, new = content(samples=before), content(samples=after)
    assert (changes(old, new) == []) is (before == after)
    assert changes(old, copy.deepcopy(old)) == []
