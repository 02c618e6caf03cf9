"""Two people's texts put together: asked where the other changed something, nothing of either lost."""

from __future__ import annotations

import copy

from hypothesis import given
from hypothesis import strategies as st

from campaigns.requests.shape import clean
from campaigns.views.request_merge import choices, merge, side_by_side
from tests.requests.contents import content


def test_a_line_that_only_they_changed_is_taken_from_them() -> None:
    base = content()
    asked = choices(base, content(title="Theirs"), content(why="Mine"))
    assert [(one.path, one.base, one.theirs, one.pick) for one in asked] == [("title", base["title"], "Theirs", "theirs")], (
        "and what only I changed is no question"
    )


def test_a_line_that_both_changed_stays_mine_unless_i_say_otherwise() -> None:
    base, theirs, mine = content(), content(title="Theirs"), content(title="Mine", why="Mine too")
    (asked,) = choices(base, theirs, mine)
    assert (asked.theirs, asked.mine, asked.pick) == ("Theirs", "Mine", "mine")
    assert merge(theirs, mine, {"title": "theirs"})["title"] == "Theirs"
    kept = merge(theirs, mine, {"title": "mine"})
    assert (kept["title"], kept["why"]) == ("Mine", "Mine too")


def test_both_wrote_the_same_is_no_question() -> None:
    assert choices(content(), content(title="Same"), content(title="Same")) == []


def test_a_cell_is_asked_about_alone_while_the_rows_are_the_same() -> None:
    theirs, mine = content(samples__0__events="2,000,000"), content(samples__1__events="1")
    (asked,) = choices(content(), theirs, mine)
    assert (asked.path, asked.label, asked.pick) == ("samples.0.events", "Sample 1, events", "theirs")
    merged = merge(theirs, mine, {asked.path: "theirs"})
    assert [row["events"] for row in merged["samples"]] == ["2,000,000", "1"]


def test_rows_that_both_added_can_both_stay() -> None:
    theirs, mine = content(), content()
    theirs["samples"].append({"kind": "runs", "what": "40000", "files": "1", "events": "10"})
    mine["samples"].insert(0, {"kind": "runs", "what": "50000", "files": "1", "events": "10"})
    (asked,) = choices(content(), theirs, mine)
    assert asked.path == "samples"
    assert asked.can_have_both
    merged = merge(theirs, mine, {"samples": "both"})
    assert [row["what"] for row in merged["samples"]] == ["50000", "vd-protodune:vd-beam-2026-physics", "39301-39344", "40000"]


def test_a_choice_about_something_that_is_no_line_changes_nothing() -> None:
    mine = content()
    for path in ("samples.9.what", "samples.x.what", "nothing", "title.0", "code", "__class__"):
        assert merge(content(title="Theirs"), mine, {path: "theirs"}) == mine


def test_side_by_side_says_which_lines_are_the_same() -> None:
    lines = {line.label: line for line in side_by_side(content(), content(samples__1__what="39400"))}
    assert lines["Title"].same
    assert not lines["Sample 2"].same
    assert "39400" in lines["Sample 2"].theirs


texts = st.sampled_from(["", "a", "b", "c"])
rows = st.lists(st.fixed_dictionaries({"kind": st.just("runs"), "what": texts, "files": texts, "events": texts}), max_size=3)
names = st.lists(texts, max_size=2)
contents = st.fixed_dictionaries({"title": texts, "why": texts, "samples": rows, "datasets": names}).map(clean)


@given(contents, contents, contents)
def test_nothing_of_theirs_is_overwritten_without_a_question_and_nothing_of_mine_is_lost(base, theirs, mine) -> None:
    before = copy.deepcopy((base, theirs, mine))
    asked = {one.path: one for one in choices(base, theirs, mine)}
    all_mine = merge(theirs, mine, dict.fromkeys(asked, "mine"))
    assert choices(mine, all_mine, mine) == [], "keeping mine everywhere gives mine"
    all_theirs = merge(theirs, mine, dict.fromkeys(asked, "theirs"))
    for one in choices(base, theirs, all_theirs):  # taking theirs everywhere leaves no line of theirs out
        assert one.path not in asked
    assert (base, theirs, mine) == before, "the three are only read"
