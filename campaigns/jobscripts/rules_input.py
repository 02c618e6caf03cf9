"""Does it ask for an input, does it know when none is left, and does it tell what was processed? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile

from campaigns.jobscripts.findings import Finding
from campaigns.jobscripts.reading import GET_FILE, Reading, name_of, names_in
from campaigns.jobscripts.shell import Command

LISTS = ("justin-processed-dids.txt", "justin-processed-pfns.txt")
NEARLY = re.compile(r"justin[-_.]?processed[\w.-]*", re.IGNORECASE)
# tests of a variable for emptiness: (pattern, whether it asks "is it empty")
TESTS = (
    (re.compile(r"(?<!\S)!\s+-n\s+[\"']?\$\{?(\w+|#)"), True),
    (re.compile(r"(?<!\S)-z\s+[\"']?x?\$\{?(\w+|#)"), True),
    (re.compile(r"(?<!\S)-n\s+[\"']?x?\$\{?(\w+|#)"), False),
    (re.compile(r"\$\{?(\w+)(?::-)?\}?x?[\"']?\s*==?\s*(?:\"x?\"|'x?'|x(?=\s|\]|$))"), True),
    (re.compile(r"\$\{?(\w+)(?::-)?\}?x?[\"']?\s*!=\s*(?:\"x?\"|'x?'|x(?=\s|\]|$))"), False),
    (re.compile(r"(?:\"x?\"|'x?')\s*==?\s*[\"']?x?\$\{?(\w+)"), True),
    (re.compile(r"\$\{#(\w+)\}[\"']?\s*(?:-eq|-le|==?)\s*[01]"), True),
    (re.compile(r"\$\{#(\w+)\}[\"']?\s*(?:-gt|-ne|-ge|!=)\s*[01]"), False),
    (re.compile(r"\$\{?(#)\}?[\"']?\s*(?:-eq|-lt|==?)\s*[0-3]"), True),
    (re.compile(r"\$\{?(#)\}?[\"']?\s*(?:-gt|-ne|-ge|!=)\s*[0-3]"), False),
    (re.compile(r"\[\[?\s+!\s+[\"']?\$\{?(\w+)(?::-)?\}?[\"']?\s+\]"), True),
    (re.compile(r"\[\[?\s+[\"']?\$\{?(\w+)(?::-)?\}?[\"']?\s+\]"), False),
    (re.compile(r"^test\s+[\"']?\$\{?(\w+)\}?[\"']?$"), False),
    (re.compile(r"\$\{(\w+):?\?"), True),
    (re.compile(r"(?<!\S)-s\s+(\S+)"), False),
)
FOR_LOOKING = frozenset({"cat", "ls", "rm", "head", "wc", "stat", "file"})


def rules_input(reading: Reading) -> Iterator[Finding]:
    if not reading.asks:
        yield Finding(1, "get-file", f"{GET_FILE} is never called.")
    else:
        yield from _empty(reading)
    yield from _processed(reading)


def _empty(reading: Reading) -> Iterator[Finding]:
    tests = [(command, is_empty) for command in reading.commands if (is_empty := _asks_if_empty(command, reading)) is not None]
    for ask in reading.asks:
        answered = [test for test in tests if test[0].at >= ask.at or set(test[0].loops) & set(ask.loops)]
        if not answered and not _stops_by_itself(ask, reading):
            where = "its answer is kept nowhere" if not _is_kept(ask) else "nothing asks whether its answer is empty"
            yield Finding(ask.line, "get-file-empty", f"{GET_FILE} is called, and {where}.")
            return
    for command, is_empty in tests:
        code = _code_when_empty(command, is_empty, reading)
        if code is not None:
            yield Finding(code.line, "get-file-empty-exit", f"Where no input is left it ends with “{code.text[:60]}”.")
            return


def _asks_if_empty(command: Command, reading: Reading) -> bool | None:
    """Whether this command asks if an input is empty (True) or there (False); None when it asks neither."""
    if GET_FILE in command.text and command.assigned is None and name_of(command) not in ("[", "[[", "test"):
        return None
    decides = command.in_condition or _next_operator(command, reading) in ("&&", "||") or "?" in command.text
    if not decides:
        return True if _is_case(command, reading) else None
    for pattern, is_empty in TESTS:
        for found in pattern.finditer(command.text):
            if found[1] in reading.inputs or any(found[1].strip("\"'") in ask.text for ask in reading.asks if ">" in ask.text):
                return is_empty
    return None


def _is_case(command: Command, reading: Reading) -> bool:
    before = reading.script.pieces[command.at - 1] if command.at else None
    is_case = before is not None and before.kind == "keyword" and before.text == "case"
    return is_case and bool(names_in(command.text) & reading.inputs)


def _next_operator(command: Command, reading: Reading) -> str:
    after = reading.script.pieces[command.at + 1 : command.at + 2]
    return after[0].text if after and after[0].kind == "operator" else ""


def _is_kept(ask: Command) -> bool:
    return ask.assigned is not None or ">" in ask.bare or name_of(ask) in ("read", "mapfile", "readarray")


def _stops_by_itself(ask: Command, reading: Reading) -> bool:
    """`while read …; done < <(justin-get-file)` runs no turn without an answer; and it may be asked in a test."""
    if ask.text.lstrip().startswith("<"):
        return True
    return (name_of(ask) == "read" and ask.in_condition) or (name_of(ask) in ("[", "[[", "test") and ask.in_condition)


def _code_when_empty(command: Command, is_empty: bool, reading: Reading) -> Command | None:
    """The exit with another code than 0 that is taken when there is no input."""
    operator = _next_operator(command, reading)
    then = [one for one in reading.commands if one.at > command.at][:8]
    if operator in ("&&", "||"):
        if (operator == "&&") != is_empty or not then:
            return None
        reached = then[:1]
        if then[0].depth > command.depth:  # a group in brackets
            reached = list(takewhile(lambda one: one.depth > command.depth, then))
    elif is_empty and command.in_condition:
        reached = []
        for one in then:
            between = reading.script.pieces[command.at : one.at]
            if any(piece.kind == "keyword" and piece.text in ("else", "elif", "fi", "done") for piece in between):
                break
            reached.append(one)
    else:
        return None
    return next((one for one in reached if re.fullmatch(r"exit\s+[\"']?-?[1-9]\d*[\"']?", one.text)), None)


def _processed(reading: Reading) -> Iterator[Finding]:
    told = [one for one in reading.commands if any(name in one.text for name in LISTS) and name_of(one) not in FOR_LOOKING]
    in_bodies = any(name in body for _line, body in reading.script.bodies for name in LISTS)
    wrong = [(one, found[0]) for one in reading.commands for found in NEARLY.finditer(one.text) if found[0] not in LISTS]
    for command, name in wrong:
        yield Finding(command.line, "processed-name", f"It writes to {name[:60]}, which justIN does not read.")
    if not told and not in_bodies and not wrong:
        line = reading.runs[-1].line if reading.runs else reading.asks[0].line if reading.asks else 1
        yield Finding(line, "processed", "What was processed is written nowhere.")
    for command in told:
        yield from _told(command, reading)


def _told(command: Command, reading: Reading) -> Iterator[Finding]:
    """One command that writes a list."""
    words = re.sub(r"\S*justin-processed-\S*", " ", command.text)
    names = {name.lower() for name in names_in(words)}
    has_did, has_pfn = any("did" in name for name in names), any("pfn" in name for name in names)
    if LISTS[0] in command.text and has_pfn and not has_did:
        yield Finding(command.line, "processed-kind", "A file’s name (PFN) is written to the list of DIDs.")
    if LISTS[1] in command.text and has_did and not has_pfn:
        yield Finding(command.line, "processed-kind", "A DID is written to the list of files’ names (PFNs).")
    overwrites = re.search(r"(?<![>\d&])>\|?\s*[\"']?\S*justin-processed-", command.text)
    is_first = name_of(command) in (":", "true", "touch") or command.text.lstrip().startswith(">")
    if overwrites and command.loops and not is_first and _asks_in_loop(command, reading):
        yield Finding(command.line, "processed-overwritten", "Within a loop the list is written anew at each turn.")


def _asks_in_loop(command: Command, reading: Reading) -> bool:
    """Whether the loop goes over inputs: it asks for them, or names them."""
    around = set(command.loops)
    in_loop = [one for one in reading.commands if around & set(one.loops)]
    return any(GET_FILE in one.text for one in in_loop) or bool(names_in(command.text))
