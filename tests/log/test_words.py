"""What a text says in one line."""

from __future__ import annotations

import pytest

from campaigns.log.words import headline, in_words


@pytest.mark.parametrize(
    ("markdown", "said"),
    [
        ("@shifter1 completed step 2, Test.", "shifter1 completed step 2, Test"),
        ("Workflow #3223 was paused by justIN: too many errors.", "Workflow #3223 was paused by justIN: too many errors"),
        ("Ask shifter1@example.org …", "Ask shifter1@example.org …"),
        ("**Full** at US\\_Wisconsin", "Full at US_Wisconsin"),
    ],
)
def test_a_headline_goes_on_in_the_middle_of_a_sentence(markdown, said):
    assert headline(markdown) == said


def test_words_of_a_text_are_one_line_without_markup():
    assert in_words("# Done\n\n- `a`\n- **b**") == "Done a b"
