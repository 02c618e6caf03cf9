"""What may be counted: queries that MetaCat would answer wrongly in silence, or at the whole catalogue's cost, are not sent.

Pure; reads the query's text as MetaCat does: `#` begins a comment (inside quotes too), keywords are lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitoring.metacat.errors import MetacatTrap

LONGEST = 10_000
DID = re.compile(r"[A-Za-z0-9._/-]+:[A-Za-z0-9._/-]+")
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
TOKEN = re.compile(r"[()]|[^\s()]+")
# a range of an ordinary key, which has a dot and no index, is dropped: all files match
DROPPED_RANGE = re.compile(
    r"(?P<key>[A-Za-z_][\w]*(?:\.[\w]+)+)\s+(?:not\s+)?in\s+(?P<low>(?!date\()[^\s():]+)\s*:\s*(?P<high>[^\s()]+)"
)
DOTTED = re.compile(r"(?<![\w.])dune\.workflow\.(\w+)")
SELECTIVE = re.compile(r"(?<![\w.])(?:dune\.workflow|core\.runs|namespace)(?![\w.])")
FROM = re.compile(r"(?<![\w.:-])from\s+")
COMMA = re.compile(r"\s*,\s*")


def checked(mql: str) -> str:
    """The query as it is sent. Raises MetacatTrap, saying what to write instead."""
    query = mql.strip()
    bare = _bare(query)
    first = bare.lstrip("( \t\r\n").split(None, 1)[:1]
    if not first:
        raise MetacatTrap("There is no query to count.")
    if len(query) > LONGEST:
        raise MetacatTrap(f"The query has {len(query):,} characters; more than {LONGEST:,} are not sent.")
    if first[0] in ("datasets", "dataset"):
        raise MetacatTrap("The query asks for datasets; only files are counted. Begin with: files from NAMESPACE:NAME.")
    if first[0] in ("rucio-dataset", "monte-carlo"):
        raise MetacatTrap(f"“{first[0]}” is a word of justIN’s, not of MetaCat’s. Begin with: files from NAMESPACE:NAME.")
    if found := DROPPED_RANGE.search(bare):
        key, low, high = (query[slice(*found.span(name))] for name in ("key", "low", "high"))
        raise MetacatTrap(f"MetaCat drops a range of {key} and counts all files. Write: {key} >= {low} and {key} <= {high}.")
    if found := DOTTED.search(bare):
        raise MetacatTrap(
            f"To MetaCat {found[0]} is another key, which no file has; it does not say so. Write: dune.workflow['{found[1]}']."
        )
    if word := _counts_pairs(bare):
        raise MetacatTrap(
            f"MetaCat would count the pairs of {word}(…), a file once for each of its relations, and not the files. "
            "Only listing them tells how many there are."
        )
    if not (datasets_of(query) or SELECTIVE.search(bare)):
        raise MetacatTrap(
            "The query names no dataset, workflow, run or namespace, so that the whole catalogue would be searched. "
            "Begin with: files from NAMESPACE:NAME."
        )
    return query


def datasets_of(query: str) -> list[str]:
    """The datasets that a query takes files from, each once."""
    bare = _bare(query)
    found: list[str] = []
    for match in FROM.finditer(bare):
        at = match.end()
        while name := DID.match(bare, at):
            found.append(name[0])
            comma = COMMA.match(bare, name.end())
            if comma is None:
                break
            at = comma.end()
    return list(dict.fromkeys(found))


def _bare(query: str) -> str:
    """The query as long as it is, with what stands in comments blank and what stands in quotes of no meaning."""
    uncommented = re.sub(r"#[^\n]*", lambda found: " " * len(found[0]), query)
    return QUOTED.sub(lambda found: "q" * len(found[0]), uncommented)


def _counts_pairs(bare: str) -> str:
    """`parents` or `children` where its repeats would be counted: anywhere but in what is subtracted."""
    tokens = [match[0] for match in TOKEN.finditer(bare)]
    for at, token in _outside_of_what_is_subtracted(tokens):
        if token in ("parents", "children") and tokens[at + 1 : at + 2] == ["("]:
            return token
    return ""


def _outside_of_what_is_subtracted(tokens: list[str]) -> Iterator[tuple[int, str]]:
    at = 0
    while at < len(tokens):
        if tokens[at] != "-":
            yield at, tokens[at]
            at += 1
            continue
        at += 1
        while at < len(tokens) and tokens[at] != "(":  # to the bracket of the part that is subtracted
            at += 1
        depth = 0
        while at < len(tokens):
            depth += {"(": 1, ")": -1}.get(tokens[at], 0)
            at += 1
            if depth == 0:
                break
