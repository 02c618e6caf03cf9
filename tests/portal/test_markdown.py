"""Markdown is shown as it is meant, and nothing in it can do harm."""

import re
from html.parser import HTMLParser

import pytest
from django.utils.safestring import SafeString
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.markdown import ATTRIBUTES, TAGS, names_mentioned, to_html


def html(text: str, **how: object) -> str:
    return to_html(text, **how).strip()  # type: ignore[arg-type]


class Seen(HTMLParser):
    """Every element of a piece of HTML, with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_what_people_write_most_comes_out() -> None:
    text = (
        "Two *runs* are **bad**:\n\n- `39301`\n- ~~39302~~\n\n| run | n |\n|---|--:|\n| 1 | 2 |\n\n> so\n\n```\nlar x.fcl\n```"
    )
    made = html(text)
    for part in (
        "<em>runs</em>", "<strong>bad</strong>", "<li><code>39301</code></li>", "<s>39302</s>", "<th>run</th>", "<blockquote>",
        "<pre><code>lar x.fcl\n</code></pre>",
    ):  # fmt: skip
        assert part in made
    assert isinstance(to_html(text), SafeString)


def test_a_line_break_stays_one() -> None:
    assert "one<br>" in html("one\ntwo")


def test_a_heading_in_a_comment_is_below_the_pages_own() -> None:
    assert html("# Big") == "<h3>Big</h3>"
    assert html("###### Small") == "<h6>Small</h6>"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[click](javascript:alert(1))",
        "[click](  JaVaScRiPt:alert(1))",
        "[click](data:text/html;base64,PHNjcmlwdD4=)",
        "<javascript:alert(1)>",
        "![x](https://elsewhere.example/track.png)",
        "<a href='x' onclick='y'>z</a>",
        "<style>body{display:none}</style>",
        "[x](https://a.example 'a\" onmouseover=\"b')",
        'https://a.example/"onmouseover="alert(1)',
        "| a |\n|:-:|\n| <svg onload=alert(1)> |",
        "@<script>requester1",
    ],
)
def test_nothing_typed_becomes_a_script_a_picture_or_a_style(text: str) -> None:
    elements = Seen(html(text)).elements
    assert {tag for tag, _attributes in elements} <= TAGS
    for _tag, attributes in elements:
        assert not any(name.startswith("on") or name in ("style", "src") for name in attributes)
        assert not re.match(r"\s*(javascript|data|vbscript)", attributes.get("href") or "", re.IGNORECASE)


@given(st.text(alphabet=st.sampled_from("<>\"'`()[]!#@&;:/=\\\n \t*_|~-ahrefsconlick1"), max_size=200))
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_only_known_elements_and_attributes_come_out(text: str) -> None:
    for tag, attributes in Seen(to_html(text, people=["a"], link_number=lambda n: f"/requests/{n}/")).elements:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, set()) | ({"rel"} if tag == "a" else set())


def test_links_lead_out_without_telling_from_where() -> None:
    made = html("[plan](https://docs.example/1)")
    assert made == '<p><a href="https://docs.example/1" rel="noreferrer nofollow">plan</a></p>'


def test_an_address_becomes_a_link_without_the_sentences_full_stop() -> None:
    made = html("See https://docs.example/a_(b), or (https://docs.example/c).")
    assert 'href="https://docs.example/a_(b)"' in made
    assert 'href="https://docs.example/c"' in made


def test_a_number_leads_to_the_request_where_there_is_one() -> None:
    made = html("as in #118, not #9 or a#7", link_number=lambda n: f"/requests/{n}/" if n == 118 else None)
    assert '<a href="/requests/118/" rel="noreferrer nofollow">#118</a>' in made
    assert "not #9 or a#7" in made


def test_a_number_in_code_or_in_a_link_stays_as_it_is() -> None:
    made = html("`#118` [#118](https://docs.example/)", link_number=lambda n: f"/requests/{n}/")
    assert "/requests/" not in made


def test_known_people_are_marked_and_others_are_not() -> None:
    made = html("@Requester1, @nobody: ask mail@requester1", people=["requester1"])
    assert made == '<p><b class="person">@Requester1</b>, @nobody: ask mail@requester1</p>'


def test_names_are_found_once_each_and_not_in_code() -> None:
    text = "@coordinator1. And @requester1, (@coordinator1) `@shifter1` a@b.example\n\n    @production1\n"
    assert names_mentioned(text) == ["coordinator1", "requester1"]


def test_a_zero_byte_does_no_harm() -> None:
    assert html("a\0b") == "<p>ab</p>"


def test_a_column_that_is_aligned_right_is_one_of_numbers():
    html = to_html("| Site | Jobs |\n|---|--:|\n| CERN | 12 |")
    assert '<th class="num">Jobs</th>' in html
    assert '<td class="num">12</td>' in html
    assert "style" not in html
