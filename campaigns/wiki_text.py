"""A page as plain blocks, and the same blocks written as Markdown or as MediaWiki text. Pure; knows no campaign.

Whatever people typed comes out as the words they typed, never as markup of the wiki.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Link:
    text: str
    url: str


@dataclass(frozen=True)
class Code:
    text: str


Part = str | Link | Code
Words = Sequence[Part] | Part  # a line of text: parts one after the other


@dataclass(frozen=True)
class Heading:
    level: int  # 1 is the page's own
    words: Words


@dataclass(frozen=True)
class Paragraph:
    words: Words


@dataclass(frozen=True)
class Facts:
    """Names with what they are."""

    rows: list[tuple[str, Words]]


@dataclass(frozen=True)
class Items:
    rows: list[Words]


@dataclass(frozen=True)
class Table:
    """`numbers`: places of the columns that are aligned right."""

    heads: list[str]
    rows: list[list[Words]]
    numbers: frozenset[int] = field(default_factory=frozenset)


Block = Heading | Paragraph | Facts | Items | Table

ADDRESS = re.compile(r"https?://[^\s<>\"'|\[\]{}`]+(?<![.,;:!?)])")
MARKDOWN_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~!&$])")
MARKDOWN_BEGINNINGS = re.compile(r"^(\s*)([-+=>]|\d{1,9}(?=[.)]))")
WIKI_SIGNS = re.compile(r"[\[\]{}|<>&]|''|__|~~~|--|!!|\w:\S|^\s*[*#:;=!'+-]|['=]\s*$|\b(?:ISBN|RFC|PMID)\b")
UNSAFE_IN_ADDRESS = re.compile(r"[\s<>\"'|\[\]{}()`\\]")


def as_markdown(blocks: Sequence[Block]) -> str:
    """GitHub's kind of Markdown, with tables."""
    return "\n\n".join(filter(None, map(_markdown_block, blocks))) + "\n"


def as_mediawiki(blocks: Sequence[Block]) -> str:
    return "\n\n".join(filter(None, map(_mediawiki_block, blocks))) + "\n"


def _markdown_block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {_words(block.words, _markdown)}"
    if isinstance(block, Paragraph):
        return MARKDOWN_BEGINNINGS.sub(r"\1\\\2", _words(block.words, _markdown))
    if isinstance(block, Facts):
        return "\n".join(f"- **{_words(name, _markdown)}:** {_words(words, _markdown)}" for name, words in block.rows)
    if isinstance(block, Items):
        return "\n".join(f"- {MARKDOWN_BEGINNINGS.sub(_escaped, _words(words, _markdown))}" for words in block.rows)
    line = "| " + " | ".join(_words(head, _markdown) for head in block.heads) + " |"
    rule = "|" + "|".join(" ---: " if place in block.numbers else " --- " for place in range(len(block.heads))) + "|"
    rows = ("| " + " | ".join(_words(cell, _markdown_cell) for cell in row) + " |" for row in block.rows)
    return "\n".join([line, rule, *rows])


def _mediawiki_block(block: Block) -> str:
    if isinstance(block, Heading):
        sign = "=" * block.level
        return f"{sign} {_words(block.words, _mediawiki)} {sign}"
    if isinstance(block, Paragraph):
        return _words(block.words, _mediawiki)
    if isinstance(block, Facts):
        return "\n".join(f"* '''{_words(name, _mediawiki)}:''' {_words(words, _mediawiki)}" for name, words in block.rows)
    if isinstance(block, Items):
        return "\n".join(f"* {_words(words, _mediawiki)}" for words in block.rows)
    lines = ['{| class="wikitable"', *(f"! {_words(head, _mediawiki)}" for head in block.heads)]
    for row in block.rows:
        lines.append("|-")
        for place, cell in enumerate(row):
            right = 'style="text-align:right" | ' if place in block.numbers else ""
            lines.append(f"| {right}{_words(cell, _mediawiki)}")
    return "\n".join([*lines, "|}"])


def _words(words: Words, written: Callable[[Part], str]) -> str:
    parts = [words] if isinstance(words, str | Link | Code) else words
    return "".join(written(one) for part in parts for one in _addresses(part)).strip()


def _addresses(part: Part) -> list[Part]:
    """A text with the addresses in it made links; runs of blanks and line ends are one blank."""
    if not isinstance(part, str):
        return [part]
    text, end = re.sub(r"\s+", " ", part), 0
    found: list[Part] = []
    for match in ADDRESS.finditer(text):
        found += [text[end : match.start()], Link(match.group(), match.group())]
        end = match.end()
    return [one for one in [*found, text[end:]] if one]


def _markdown(part: Part) -> str:
    if isinstance(part, Code):
        return _fenced(part.text)
    if isinstance(part, Link):
        if part.text == part.url:
            return f"<{_address(part.url)}>"
        return f"[{MARKDOWN_SIGNS.sub(_escaped, part.text)}]({_address(part.url)})"
    return MARKDOWN_SIGNS.sub(_escaped, part)


def _markdown_cell(part: Part) -> str:
    text = _markdown(part)
    return text.replace("|", "\\|") if isinstance(part, Code) else text


def _fenced(text: str) -> str:
    text = re.sub(r"\s+", " ", text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence, blank = "`" * (longest + 1), " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{fence}{blank}{text}{blank}{fence}" if text.strip() else ""


def _mediawiki(part: Part) -> str:
    if isinstance(part, Code):
        return f"<code>{_plain(part.text)}</code>"
    if isinstance(part, Link):
        return _address(part.url) if part.text == part.url else f"[{_address(part.url)} {_plain(part.text)}]"
    return _plain(part)


def _plain(text: str) -> str:
    """Words that mean nothing to the wiki: in nowiki where one of its signs is among them; blanks around stay outside."""
    if not WIKI_SIGNS.search(text):
        return text
    inner = text.strip()
    before = text[: len(text) - len(text.lstrip())]
    after = text[len(text.rstrip()) :]
    quoted = inner.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{before}<nowiki>{quoted}</nowiki>{after}"


def _address(url: str) -> str:
    return UNSAFE_IN_ADDRESS.sub(lambda match: "".join(f"%{byte:02X}" for byte in match.group().encode()), url)


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"\\{group}" if group.strip() else group for group in match.groups())
