"""Markdown as people type it → HTML that is safe to show. The one place that marks such text safe.

Two fences, one behind the other: the parser takes no HTML, and what it makes is cleaned against a list of what may stay.
A picture from elsewhere would tell its server who reads; it comes out as a link. Only a picture of the text's own files, which
it names as ![words](file:1), is shown, from the address that the caller gives it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

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

OWN_FILE = "file:"  # how a text names a file of its own; no such address is ever in a page
SHOWN_TITLE = 500
# characters that turn the direction of what follows: a name ending in "fdp.exe" would read as one ending in "exe.pdf"
UNSEEN = dict.fromkeys([0, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])

TAGS = {
    "a", "b", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "strong", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "b": {"class"}, "td": {"class"}, "th": {"class"}}
PICTURE = {"img": {"src", "alt", "width", "height", "loading"}}

LinkOf = Callable[[int], str | None]


@dataclass(frozen=True)
class OwnFile:
    """A file of the text's own: where it is served, and of a picture where what is shown of it comes from."""

    href: str
    src: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Explained:
    """What is explained on hover wherever `pattern` is found in running text, e.g. an exit code; '' leaves it alone."""

    pattern: re.Pattern[str]
    words: Callable[[re.Match[str]], str]


FileOf = Callable[[str], OwnFile | None]


def to_html(
    text: str,
    *,
    link_number: LinkOf | None = None,
    people: Collection[str] = (),
    link_person: Callable[[str], str] | None = None,
    file: FileOf | None = None,
    explained: Explained | None = None,
) -> SafeString:
    """The text as HTML. `link_number(123)` gives the address that #123 leads to (None: it stays text); of the names
    after an @ those in `people` are marked, and lead to what `link_person` gives; the others stay text. `file("1")` is what
    file:1 stands for."""
    env: dict[str, Any] = {
        "link_number": link_number,
        "people": frozenset(name.lower() for name in people),
        "link_person": link_person,
        "file": file,
        "explained": explained,
        "shown": set(),  # addresses of own pictures, as they were given
    }
    html = _parser().render(text.translate(UNSEEN), env)
    shown = env["shown"]

    def kept(tag: str, attribute: str, value: str) -> str | None:
        return None if tag == "img" and attribute == "src" and value not in shown else value

    return SafeString(
        nh3.clean(
            html,
            tags=TAGS | ({"img"} if shown else set()) | ({"abbr"} if explained else set()),
            attributes=ATTRIBUTES | (PICTURE if shown else {}) | ({"abbr": {"title"}} if explained else {}),
            attribute_filter=kept,
            url_schemes={"http", "https", "mailto"},
            link_rel="noreferrer nofollow",
        )
    )


def names_mentioned(text: str) -> list[str]:
    """The names after an @, each once, in the order of the text; those in code are none."""
    return mentioned(text)[0]


def numbers_mentioned(text: str) -> list[int]:
    """The numbers after a #, each once, in the order of the text; those in code are none."""
    return mentioned(text)[1]


def mentioned(text: str) -> tuple[list[str], list[int]]:
    """The names after an @ and the numbers after a #."""
    names: dict[str, None] = {}
    numbers: dict[int, None] = {}
    if "@" in text or "#" in text:  # parsing takes its time
        for block in _parser().parse(text.translate(UNSEEN), {}):
            for token in block.children or []:
                for match in REFERENCE.finditer(token.content) if token.type == "text" else ():
                    if match["person"]:
                        names.setdefault(match["person"])
                    elif match["number"]:
                        numbers.setdefault(int(match["number"]))
    return list(names), list(numbers)


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.core.ruler.push("references", _references)
    is_harmless = parser.validateLink
    parser.validateLink = lambda url: url.startswith(OWN_FILE) or is_harmless(url)  # type: ignore[method-assign]
    return parser


def _references(state: StateCore) -> None:
    """Addresses, #123 and @name in running text, and the text's own files; nothing inside links and code."""
    for token in state.tokens:
        if token.type in ("th_open", "td_open"):  # no style of its own: columns of numbers have a class, as in our tables
            token.attrs = {"class": "num"} if token.attrs.get("style") == "text-align:right" else {}
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + HEADING_UNDER)}"
        if token.type != "inline":
            continue
        children: list[Token] = []
        depth = 0
        for child in token.children or []:
            depth += {"link_open": 1, "link_close": -1}.get(child.type, 0)
            if child.type == "image":
                children += _picture(child, state, in_link=bool(depth))
            elif child.type == "text" and not depth and "people" in state.env:
                children += _split(child, state)
            else:
                if child.type == "link_open":
                    _lead_to_own_file(child, state)
                children.append(child)
        token.children = children


def _own(address: str, state: StateCore) -> OwnFile | None:
    find: FileOf | None = state.env.get("file")
    return find(unquote(address.removeprefix(OWN_FILE))) if find and address.startswith(OWN_FILE) else None


def _lead_to_own_file(link: Token, state: StateCore) -> None:
    own = _own(str(link.attrs.get("href", "")), state)
    if own is not None:
        link.attrs["href"] = own.href


def _picture(image: Token, state: StateCore, *, in_link: bool) -> list[Token]:
    """A picture of our own is shown and leads to itself whole; one from elsewhere is a link, or in a link its words."""
    address, words = str(image.attrs.get("src", "")), image.content
    own = _own(address, state)
    if own is not None and own.src:
        image.attrs = {"src": own.src, "alt": "", "loading": "lazy"}
        if own.width and own.height:
            image.attrs |= {"width": own.width, "height": own.height}
        state.env["shown"].add(own.src)
        if in_link:
            return [image]
        opened, _nothing, closed = _link(own.href, "")
        return [opened, image, closed]
    if own is not None:
        return [_text(words)] if in_link else _link(own.href, words or own.href)
    if in_link or address.startswith(OWN_FILE):
        return [_text(words or address)]
    return _link(address, words or address)


def _split(text: Token, state: StateCore) -> list[Token]:
    made: list[Token] = []
    said = 0  # up to where the text is already said
    for match in REFERENCE.finditer(text.content):
        shown = match[0]
        if match["address"]:
            shown = _without_tail(shown)
            tokens = _link(shown, shown)
        elif match["person"]:
            is_known = match["person"].lower() in state.env["people"]
            tokens = _person(shown, match["person"], state.env["link_person"]) if is_known else []
        else:
            href = state.env["link_number"](int(match["number"])) if state.env["link_number"] else None
            tokens = _link(href, shown) if href else []
        if tokens:
            made += [_text(text.content[said : match.start()]), *tokens]
            said = match.start() + len(shown)
    made.append(_text(text.content[said:]))
    explained: Explained | None = state.env["explained"]
    return made if explained is None else [one for token in made for one in _explain(token, explained)]


def _explain(text: Token, explained: Explained) -> list[Token]:
    if text.type != "text":
        return [text]
    made: list[Token] = []
    said = 0
    for match in explained.pattern.finditer(text.content):
        if title := explained.words(match)[:SHOWN_TITLE]:
            opened = Token("explained_open", "abbr", 1, attrs={"title": title})
            made += [_text(text.content[said : match.start()]), opened, _text(match[0]), Token("explained_close", "abbr", -1)]
            said = match.end()
    return [*made, _text(text.content[said:])]


def _without_tail(address: str) -> str:
    """Without what ends the sentence rather than the address: a full stop, a bracket that was opened before it."""
    while address[-1] in AFTER_AN_ADDRESS or (address[-1] == ")" and address.count(")") > address.count("(")):
        address = address[:-1]
    return address


def _link(href: str, shown: str) -> list[Token]:
    return [Token("link_open", "a", 1, attrs={"href": href}), _text(shown), Token("link_close", "a", -1)]


def _person(shown: str, name: str, link: Callable[[str], str] | None) -> list[Token]:
    inner = _link(link(name), shown) if link is not None else [_text(shown)]
    return [Token("person_open", "b", 1, attrs={"class": "person"}), *inner, Token("person_close", "b", -1)]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
