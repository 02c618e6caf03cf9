"""Which slice of which sample a workflow takes, read from the MQL that justIN shows of it; and the MQL that takes a slice.

The rules are MetaCat's: `skip` and `limit` work one after the other, from the inside outwards, so that `limit 50 skip 10`
takes 40 files from the tenth on; keywords are lower case; `#` begins a comment, inside quotes too. What cannot be read with
certainty says so in `problem`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from campaigns.plan.errors import WrongValue
from campaigns.plan.slices import MOST_FILES, Slice

CLAUSES = {"ordered", "skip", "limit"}
BEGINS = {"files", "file", "fids", "fid", "union", "join", "parents", "children", "filter", "query", "with"}
KEYWORDS = CLAUSES | BEGINS | {"from", "where", "and", "or", "not", "in"}
BEFORE_A_NAME = {"files", "file", "fids", "fid", "from", "by", "query", "filter"}
BEFORE_A_VALUE = {"where", "and", "or", "not", "in", "like", "having", "matching"}
OPERATORS = ("=", "<", ">", "!", "~", "~*", ":")
TOKEN = re.compile(
    r"""(?P<quoted>'[^']*'|"[^"]*")|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)"""
    r"""|(?P<word>[^ \t\r\n\f'"()\[\]{},]+)|(?P<stray>['"])"""
)
DID = re.compile(r"[A-Za-z0-9._/-]+:[A-Za-z0-9._/-]+")
PAIRS = {"(": ")", "[": "]", "{": "}"}
COUNT = re.compile(r"\+?[0-9]{1,12}")
LONGEST = 200_000


@dataclass(frozen=True)
class Parsed:
    """What a workflow reads: `limit` files after `skip` of a sample (no limit: to the end), or so many Monte Carlo inputs.

    `sample` is the query without ordered, skip and limit, its blanks made even; empty for Monte Carlo. `is_ordered`: the
    word stands before the first skip or limit. `named`: the files, where the query is nothing but a list of their names. With a
    `problem` the other values are only what could be read.
    """

    sample: str
    is_ordered: bool = False
    skip: int = 0
    limit: int | None = None
    n_monte_carlo: int | None = None
    problem: str = ""
    named: tuple[str, ...] = ()

    def as_slice(self) -> Slice:
        return Slice(self.skip, self.limit)


class _Token(NamedTuple):
    kind: str
    text: str
    has_gap: bool  # a blank stands before it


def parse_mql(text: str | None) -> Parsed:
    """Reads the `mql` that justIN shows of a workflow."""
    query = re.sub(r"#[^\n]*", " ", text or "").strip(" \t\r\n\f")
    if not query:
        return Parsed("", problem="There is no query.")
    if len(query) > LONGEST:
        return Parsed("", problem=f"The query has {len(query):,} characters; more than {LONGEST:,} are not read.")
    first = query.split(None, 1)[0].lower()
    if first == "monte-carlo":
        return _monte_carlo(query)
    if first == "rucio-dataset":
        return _rucio_dataset(query)
    tokens = list(_tokens(query))
    partners = _partners(tokens)
    if partners is None:
        return Parsed(" ".join(query.split()), problem="A bracket or a quote of the query is not closed.")
    return _read(tokens, partners)


def naming(names: Sequence[str]) -> str:
    """The MQL that takes these files, each by its DID. Raises WrongValue for a name that no query can hold."""
    for name in names:
        if not DID.fullmatch(name):
            raise WrongValue("files", f"“{name[:80]}” is no name that a query can hold; it must be SCOPE:NAME.")
    if not names:
        raise WrongValue("files", "There is no file to name.")
    return f"files {', '.join(names)}"


def sliced(sample: str, piece: Slice) -> str:
    """The MQL that takes this slice of a sample. Raises WrongValue."""
    parsed = parse_mql(sample)
    problem = parsed.problem
    if not problem and parsed.n_monte_carlo is not None:
        problem = "Monte Carlo has no slices: each workflow says how many inputs it makes."
    if not problem and parsed.sample.startswith("rucio-dataset "):
        problem = "A Rucio dataset cannot be sliced; ask MetaCat for its files: files from SCOPE:NAME."
    if not problem and (parsed.skip or parsed.limit is not None):
        problem = "The sample's query holds skip or limit already; leave them to the plan."
    if problem:
        raise WrongValue("sample", problem)
    limit = "" if piece.limit is None else f" limit {piece.limit}"
    query = f"{parsed.sample} ordered skip {piece.skip}{limit}"
    if parse_mql(query).problem:  # a difference: what follows “-” would belong to its second part
        query = f"({parsed.sample}) ordered skip {piece.skip}{limit}"
    return query


def _monte_carlo(query: str) -> Parsed:
    match = re.fullmatch(r"monte-carlo[ \t\r\n\f]+([0-9]{1,12})", query)
    if match:
        return Parsed("", n_monte_carlo=int(match[1]))
    return Parsed(" ".join(query.split()), problem="After monte-carlo (lower case) follows one whole number and nothing else.")


def _rucio_dataset(query: str) -> Parsed:
    match = re.fullmatch(r"rucio-dataset[ \t\r\n\f]+([A-Za-z0-9_.-]+:[A-Za-z0-9_.+/-]+)", query)
    if match:
        return Parsed(f"rucio-dataset {match[1]}")
    return Parsed(" ".join(query.split()), problem="After rucio-dataset (lower case) follows one SCOPE:NAME and nothing else.")


def _tokens(query: str) -> Iterator[_Token]:
    end = 0
    for match in TOKEN.finditer(query):
        yield _Token(match.lastgroup or "", match.group(), match.start() > end)
        end = match.end()


def _partners(tokens: Sequence[_Token]) -> dict[int, int] | None:
    """The closing bracket of each opening one; None when they do not match."""
    partners: dict[int, int] = {}
    waiting: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind == "stray":
            return None
        if token.kind == "open":
            waiting.append(at)
        elif token.kind == "close":
            if not waiting or PAIRS[tokens[waiting[-1]].text] != token.text:
                return None
            partners[waiting.pop()] = at
    return None if waiting else partners


def _read(tokens: Sequence[_Token], partners: dict[int, int]) -> Parsed:
    """Takes clauses off the end, and brackets around all the rest, until the sample itself is left."""
    low, high = 0, len(tokens)
    backwards: list[tuple[str, int]] = []  # what is outermost works last
    problem = ""
    while True:
        clauses: list[tuple[str, int]] = []
        while (n_words := _clause_before(tokens, low, high)) > 0:
            word = tokens[high - n_words].text
            problem = problem or _not_lower(word)
            clauses.append((word.lower(), int(tokens[high - 1].text) if n_words == 2 else 0))
            high -= n_words
        backwards += clauses
        problem = problem or _trouble(tokens, partners, low, high, has_clauses=bool(clauses))
        if low < high and tokens[low].text == "(" and partners.get(low) == high - 1:
            low, high = low + 1, high - 1
            continue
        break
    problem = problem or _begins_wrong(tokens, low, high)
    parsed = _windowed(_written(tokens[low:high]), backwards[::-1])
    if parsed.skip > MOST_FILES:
        problem = problem or "skip is more files than a sample can have."
    is_whole = not parsed.skip and parsed.limit is None
    return replace(parsed, problem=problem, named=_named(tokens[low:high]) if is_whole and not problem else ())


def _clause_before(tokens: Sequence[_Token], low: int, high: int) -> int:
    """How many words the clause that ends at `high` has; 0 if none ends there."""
    if high > low and _is_clause(tokens, low, high - 1, {"ordered"}):
        return 1
    if high - low > 1 and _is_clause(tokens, low, high - 2, {"skip", "limit"}) and COUNT.fullmatch(tokens[high - 1].text):
        return 2
    return 0


def _is_clause(tokens: Sequence[_Token], low: int, at: int, words: set[str]) -> bool:
    return tokens[at].kind == "word" and tokens[at].text.lower() in words and not _expects_a_value(tokens, low, at)


def _expects_a_value(tokens: Sequence[_Token], low: int, at: int) -> bool:
    """A word at this place would be a name or a value, whatever it says."""
    if at <= low:
        return False
    before = tokens[at - 1]
    if before.kind == "comma":
        return True
    return before.kind == "word" and (before.text.endswith(OPERATORS) or before.text in BEFORE_A_VALUE | BEFORE_A_NAME)


def _trouble(tokens: Sequence[_Token], partners: dict[int, int], low: int, high: int, *, has_clauses: bool) -> str:
    """What makes the clauses of a query uncertain: those in its middle, or a difference that they may belong to in part."""
    at = low
    misplaced = ""
    while at < high:
        token = tokens[at]
        if token.kind == "open":
            at = partners[at]
        elif token.kind == "word":
            found = _trouble_at(tokens, low, high, at, has_clauses=has_clauses)
            if found and token.text.lower() != "ordered":
                return found
            misplaced = misplaced or found  # unless something after it says why
        at += 1
    return misplaced


def _trouble_at(tokens: Sequence[_Token], low: int, high: int, at: int, *, has_clauses: bool) -> str:
    text = tokens[at].text
    word = text.lower()
    is_followed_by_number = at + 1 < high and COUNT.fullmatch(tokens[at + 1].text) is not None
    is_value = _expects_a_value(tokens, low, at)
    if is_value:
        is_name = tokens[at - 1].text in BEFORE_A_NAME and word in CLAUSES
        if is_name or (word in ("skip", "limit") and is_followed_by_number):
            return f"It is not clear whether “{text}” is a word of the query or a name in it."
        return ""
    if word in ("skip", "limit") and not is_followed_by_number:
        what = tokens[at + 1].text if at + 1 < high else ""
        return f"After {word} follows no whole number of files" + (f" but “{what[:40]}”." if what else ".")
    if word in CLAUSES:
        return f"{word} does not stand at the end: what follows it chooses among a part of the files."
    if re.match(r"(skip|limit)(?![A-Za-z_.:/])|ordered(?![A-Za-z0-9_.:/-])", word):
        return f"“{text[:40]}” cannot be read: a blank is missing, or it is a misplaced comparison."
    if has_clauses and re.match(r"-(?![0-9.])|-$", text):
        return "skip and limit may belong to the second part of the difference or to the whole: put the difference in brackets."
    return _not_lower(text)


def _named(tokens: Sequence[_Token]) -> tuple[str, ...]:
    """The names in `files a:b, c:d`; none for any other query."""
    names, commas = tokens[1::2], tokens[2::2]
    if len(tokens) % 2 or not tokens or tokens[0].text not in ("files", "file"):
        return ()
    if not all(one.kind == "comma" for one in commas) or not all(DID.fullmatch(one.text) for one in names):
        return ()
    return tuple(one.text for one in names)


def _not_lower(text: str) -> str:
    if text != text.lower() and text.lower() in KEYWORDS:
        return f"MetaCat's words are lower case; it refuses “{text}”."
    return ""


def _begins_wrong(tokens: Sequence[_Token], low: int, high: int) -> str:
    if low >= high:
        return "There is no query before the slice."
    first = tokens[low]
    if first.kind == "open" or (first.kind == "word" and first.text in BEGINS):
        return ""
    if first.text == "datasets":
        return "It asks for datasets; a workflow takes files."
    return f"A query begins with “files”, not with “{first.text[:40]}”."


def _windowed(sample: str, clauses: Sequence[tuple[str, int]]) -> Parsed:
    """The clauses one after the other, as MetaCat applies them."""
    skip, limit = 0, None
    is_ordered = False
    is_sliced = False
    for word, n in clauses:
        if word == "ordered":
            is_ordered = is_ordered or not is_sliced
            continue
        is_sliced = True
        if word == "skip":
            skip += n
            limit = None if limit is None else max(0, limit - n)
        else:
            limit = n if limit is None else min(limit, n)
    return Parsed(sample, is_ordered, skip, limit)


def _written(tokens: Sequence[_Token]) -> str:
    """The query with single blanks, none inside of brackets and one after each comma."""
    parts: list[str] = []
    before = None
    for token in tokens:
        needs_blank = token.has_gap and before is not None and before.kind != "open" and token.kind not in ("close", "comma")
        if needs_blank or (before is not None and before.kind == "comma"):
            parts.append(" ")
        parts.append(token.text)
        before = token
    return "".join(parts)
