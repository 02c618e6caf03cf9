"""Markdown as people type it → HTML that is safe to show. The one place that marks such text safe.

Two fences, one behind the other: the parser takes no HTML, and what it makes is cleaned against a list of what may stay.
Images are off (a picture from elsewhere would tell its server who reads); they come out as links.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache

import nh3
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

PERSON = r"(?<![\w.@+/-])@(?P<person>[\w.+-]*\w)"  # what Django allows in user names, without a full stop at the end
NUMBER = r"(?<![\w&/#])#(?P<number>[1-9]\d{0,8})(?!\w)"
ADDRESS = r"(?P<address>https?://[^\s<>\"'`]+)"
REFERENCE = re.compile(f"{ADDRESS}|{PERSON}|{NUMBER}")
AFTER_AN_ADDRESS = ".,;:!?*_"
HEADING_UNDER = 2  # "# Title" in a comment is below the page's h2

TAGS = {
    "a", "b", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "strong", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "b": {"class"}}

LinkOf = Callable[[int], str | None]


def to_html(text: str, *, link_number: LinkOf | None = None, people: Collection[str] = ()) -> SafeString:
    """The text as HTML. `link_number(123)` gives the address that #123 leads to (None: it stays text); of the names
    after an @ those in `people` are marked, the others stay text."""
    env = {"link_number": link_number, "people": frozenset(name.lower() for name in people)}
    html = _parser().render(text.replace("\0", ""), env)
    return SafeString(
        nh3.clean(
            html,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes={"http", "https", "mailto"},
            link_rel="noreferrer nofollow",
        )
    )


def names_mentioned(text: str) -> list[str]:
    """The names after an @, each once, in the order of the text; those in code are none."""
    found: dict[str, None] = {}
    for block in _parser().parse(text.replace("\0", ""), {"link_number": None, "people": frozenset()}):
        for token in block.children or []:
            if token.type == "text":
                for match in REFERENCE.finditer(token.content):
                    if match["person"]:
                        found.setdefault(match["person"])
    return list(found)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"]).disable("image")
    parser.core.ruler.push("references", _references)
    return parser


def _references(state: StateCore) -> None:
    """Addresses, #123 and @name in running text; nothing inside links and code."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + HEADING_UNDER)}"
        if token.type != "inline":
            continue
        children, depth = [], 0
        for child in token.children or []:
            depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            children += _split(child, state) if child.type == "text" and not depth else [child]
        token.children = children


def _split(text: Token, state: StateCore) -> list[Token]:
    made: list[Token] = []
    said = 0  # up to where the text is already said
    for match in REFERENCE.finditer(text.content):
        shown = match[0]
        if match["address"]:
            shown = _without_tail(shown)
            tokens = _link(shown, shown)
        elif match["person"]:
            tokens = _person(shown) if match["person"].lower() in state.env["people"] else []
        else:
            href = state.env["link_number"](int(match["number"])) if state.env["link_number"] else None
            tokens = _link(href, shown) if href else []
        if tokens:
            made += [_text(text.content[said : match.start()]), *tokens]
            said = match.start() + len(shown)
    return [*made, _text(text.content[said:])] if made else [text]


def _without_tail(address: str) -> str:
    """Without what ends the sentence rather than the address: a full stop, a bracket that was opened before it."""
    while address[-1] in AFTER_AN_ADDRESS or (address[-1] == ")" and address.count(")") > address.count("(")):
        address = address[:-1]
    return address


def _link(href: str, shown: str) -> list[Token]:
    return [Token("link_open", "a", 1, attrs={"href": href}), _text(shown), Token("link_close", "a", -1)]


def _person(shown: str) -> list[Token]:
    return [Token("person_open", "b", 1, attrs={"class": "person"}), _text(shown), Token("person_close", "b", -1)]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
