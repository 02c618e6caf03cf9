"""What could do harm in a piece of HTML, found by parsing it: the check that attacks on the log are held against."""

from __future__ import annotations

from collections.abc import Collection
from html.parser import HTMLParser
from urllib.parse import urlsplit

ELEMENTS = {
    "a", "abbr", "b", "blockquote", "br", "code", "em", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title", "rel"}, "abbr": {"title"}, "b": {"class"}, "ol": {"start"},
    "img": {"src", "alt", "width", "height", "loading"},
}  # fmt: skip


def harm_in(html: str, own: Collection[str] = ()) -> list[str]:
    """Every element, attribute and address that has no business in an entry; `own`: where its pictures may come from."""
    parser = _Looking(own)
    parser.feed(html)
    parser.close()
    return parser.found


class _Looking(HTMLParser):
    def __init__(self, own: Collection[str]) -> None:
        super().__init__()
        self.own = own
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name not in ATTRIBUTES.get(tag, set()):
                self.found.append(f"<{tag} {name}>")
            if name == "href" and not _leads_to_a_page(value or ""):
                self.found.append(f"<{tag} {name}={value}>")
            if name == "src" and value not in self.own:
                self.found.append(f"<{tag} {name}={value}>")
            if tag == "b" and value != "person":
                self.found.append(f"<b class={value}>")

    def handle_comment(self, data: str) -> None:
        self.found.append("<!-- -->")

    def handle_decl(self, decl: str) -> None:
        self.found.append("<! >")

    def handle_pi(self, data: str) -> None:
        self.found.append("<? >")


def _leads_to_a_page(address: str) -> bool:
    """As a browser reads it: control characters in front and tabs inside do not count."""
    seen = "".join(character for character in address if character > " ")
    parts = urlsplit(seen)
    return parts.scheme.lower() in ("http", "https", "mailto", "")
