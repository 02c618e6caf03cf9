"""How two texts differ: the lines of both can be read off it, whatever they are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from campaigns.jobscripts.diffing import MOST_LINES, difference

TEXTS = st.lists(st.sampled_from(["a", "b", "c", "", "x" * 5, "a\r"]), max_size=30).map("\n".join)


def test_a_changed_line_is_told_with_its_numbers_and_a_little_around_it() -> None:
    old = "\n".join(str(n) for n in range(1, 21))
    found = difference(old, old.replace("\n10\n", "\nten\nand more\n"))
    (hunk,) = found.hunks
    assert (found.n_removed, found.n_added) == (1, 2)
    assert [(line.sign, line.old, line.new, line.text) for line in hunk] == [
        ("", 7, 7, "7"), ("", 8, 8, "8"), ("", 9, 9, "9"), ("−", 10, None, "10"), ("+", None, 10, "ten"),
        ("+", None, 11, "and more"), ("", 11, 12, "11"), ("", 12, 13, "12"), ("", 13, 14, "13"),
    ]  # fmt: skip


def test_changes_far_from_each_other_are_told_apart() -> None:
    old = [str(n) for n in range(100)]
    new = ["first", *old[1:99], "last"]
    assert len(difference("\n".join(old), "\n".join(new)).hunks) == 2


def test_equal_texts_do_not_differ_and_line_ends_count() -> None:
    assert difference("a\nb", "a\nb").is_none
    found = difference("a\nb\n", "a\r\nb\n")
    assert [(line.sign, line.text) for line in found.hunks[0][:2]] == [("−", "a"), ("+", "a␍")]


def test_texts_of_too_many_lines_are_not_compared() -> None:
    assert difference("a\n" * (MOST_LINES + 1), "b").too_long


@given(TEXTS, TEXTS)
def test_the_new_text_follows_from_the_old_and_the_difference(old: str, new: str) -> None:
    before, lines = old.split("\n"), new.split("\n")
    found = difference(old, new)
    assert found.is_none == (old == new)
    told = [line for hunk in found.hunks for line in hunk]
    removed = {line.old for line in told if line.kind == "removed"}
    added = {line.new: line.text.replace("␍", "\r") for line in told if line.kind == "added"}
    left = iter([line for number, line in enumerate(before, start=1) if number not in removed])
    assert [added[n] if n in added else next(left) for n in range(1, len(lines) + 1)] == lines
    assert list(left) == []
    assert (found.n_removed, found.n_added) == (len(removed), len(added))


def test_linter_and_difference_need_neither_django_nor_a_database() -> None:
    code = (
        "import sys, campaigns.jobscripts.linter, campaigns.jobscripts.diffing\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names - {'__main__'}))"
    )
    ran = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout.split() == ["campaigns"]
