"""Queries that MetaCat would count wrongly, in silence or at the whole catalogue's cost, are told before they are sent."""

import pytest

from monitoring.metacat.errors import MetacatTrap
from monitoring.metacat.queries import checked, datasets_of
from tests.metacat import query_of


def test_the_range_that_matched_all_5212_files_is_refused_with_what_to_write_instead() -> None:
    with pytest.raises(MetacatTrap, match=r"core\.start_time >= 1718000000 and core\.start_time <= 1718001000"):
        checked(query_of("q_range_trap"))


@pytest.mark.parametrize(
    "condition",
    ["core.start_time not in 1:2", "core.start_time in  'a' : 'b'", "core.start_time in\n1:2", "dune.x_y.z in 1:2"],
)
def test_a_dropped_range_is_seen_however_it_is_written(condition: str) -> None:
    with pytest.raises(MetacatTrap, match="drops a range"):
        checked(f"files from a:b where {condition}")


@pytest.mark.parametrize(
    "query",
    [
        "files from a:b where core.runs[any] in 1:2",
        "files from a:b where size in 1:2",
        "files from a:b where dune.workflow['workflow_id'] in 1:2",
        "files from a:b where core.start_time in date('2026-01-01'):date('2026-02-01')",
        "files from a:b where core.data_tier in (raw,'full-reconstructed')",
        "files from a:b where dune.note='core.start_time in 1:2'",
        "files from a:b # where core.start_time in 1:2",
        "files where dune.workflow['workflow_id']=2542",
        "files where core.runs[any]=28003",
        "files where namespace='hd-protodune' and size=0",
    ],
)
def test_queries_that_work_are_sent_as_they_are(query: str) -> None:
    assert checked(f"\n {query} ") == query


def test_a_nested_key_without_brackets_is_another_key() -> None:
    with pytest.raises(MetacatTrap, match=r"Write: dune.workflow\['workflow_id'\]"):
        checked(query_of("q_unknown_key"))


@pytest.mark.parametrize("name", ["q_parents_count_dup", "q_parents_count_dup2"])
def test_pairs_of_parents_are_not_taken_for_files(name: str) -> None:
    with pytest.raises(MetacatTrap, match=r"pairs of parents"):
        checked(query_of(name))


def test_a_union_or_a_minuend_with_children_counts_pairs_too() -> None:
    for query in ("union(files from a:b, children(files from a:c))", "(children (files from a:c)) - (files from a:d)"):
        with pytest.raises(MetacatTrap, match="pairs of children"):
            checked(query)


@pytest.mark.parametrize("name", ["q_parents_distinct", "q_orphans_count"])
def test_what_is_subtracted_may_hold_pairs(name: str) -> None:
    assert checked(query_of(name)) == query_of(name)


@pytest.mark.parametrize("query", ["files", "files where core.data_tier=raw", "files w", "files # from a:b", "(files)"])
def test_the_whole_catalogue_is_never_asked_for(query: str) -> None:
    with pytest.raises(MetacatTrap, match="names no dataset"):
        checked(query)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "no query"),
        (" # nothing", "no query"),
        ("datasets matching a:*", "asks for datasets"),
        ("rucio-dataset a:b", "word of justIN"),
        ("monte-carlo 5", "word of justIN"),
        (f"files from a:b where x.y='{'z' * 10_000}'", "characters"),
    ],
)
def test_what_is_no_query_of_files_says_what_it_is(query: str, why: str) -> None:
    with pytest.raises(MetacatTrap, match=why):
        checked(query)


def test_datasets_are_found_in_lists_and_inside_of_brackets_and_not_in_quotes() -> None:
    query = "(files from a:b, c-d:e/f where x.y='from g:h') - (files from a:b, i:j) # from k:l"
    assert datasets_of(query) == ["a:b", "c-d:e/f", "i:j"]
