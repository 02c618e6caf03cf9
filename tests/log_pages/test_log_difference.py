"""What changed between two texts, told word by word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from campaigns.log.difference import ADDED, REMOVED, SAME, Piece, difference

TEXT = st.text(alphabet="ab \n|#é", max_size=60)


def test_a_word_that_was_exchanged_is_told_with_what_stood_before():
    assert difference("Two sites failed.", "Three sites failed.") == [
        Piece(REMOVED, "Two"), Piece(ADDED, "Three"), Piece(SAME, " sites failed."),
    ]  # fmt: skip


def test_a_stretch_of_new_words_is_one_piece():
    told = difference("The node is out.", "The whole site was slow.")
    assert [piece.what for piece in told] == [SAME, REMOVED, ADDED, SAME]


def test_equal_texts_have_one_piece_and_empty_ones_none():
    assert difference("Same.", "Same.") == [Piece(SAME, "Same.")]
    assert difference("", "") == []


@given(TEXT, TEXT)
def test_each_text_can_be_put_together_again(old, new):
    told = difference(old, new)
    assert "".join(piece.text for piece in told if piece.what != ADDED) == old
    assert "".join(piece.text for piece in told if piece.what != REMOVED) == new


def test_long_texts_are_compared_by_lines_and_quickly():
    lines = [f"line {k} with some words in it\n" for k in range(3000)]
    told = difference("".join(lines), "".join([*lines[:1500], "changed\n", *lines[1501:]]))
    assert [piece.what for piece in told] == [SAME, REMOVED, ADDED, SAME]
