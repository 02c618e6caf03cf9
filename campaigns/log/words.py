"""What a text says without its markup, for lists, subjects and excerpts."""

from __future__ import annotations

import re
from html import unescape

from django.utils.html import strip_tags

from portal.markdown import to_html


def in_words(markdown: str) -> str:
    """The words of a text in one line, as its reader sees them: "**Full** at US\\_Wisconsin" is "Full at US_Wisconsin"."""
    return " ".join(unescape(strip_tags(to_html(markdown))).split())


def headline(markdown: str) -> str:
    """The same as the beginning of a sentence that goes on: without its full stop, and people by name alone."""
    return re.sub(r"(?<!\S)@(?=\w)", "", in_words(markdown)).rstrip(" .")
