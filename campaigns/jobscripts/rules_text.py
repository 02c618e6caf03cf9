"""What the characters of a jobscript tell, before any of it is understood. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from campaigns.jobscripts.findings import Finding
from campaigns.jobscripts.reading import Reading

SHELLS = re.compile(r"#!\s*(?:/usr/bin/env\s+(?:-S\s+)?)?(?:\S*/)?(?:ba|da|z|k)?sh\b")
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
LOOKALIKES = {
    "“": "a curly quote", "”": "a curly quote", "„": "a curly quote", "‘": "a curly quote", "’": "a curly quote",
    "–": "a dash", "—": "a dash", "−": "a minus sign", "\u00a0": "a blank that does not part words",
    "\u2007": "a blank that does not part words", "\u202f": "a blank that does not part words",
}  # fmt: skip
LOOKALIKE = re.compile("[" + "".join(LOOKALIKES) + "]")
PERSONAL = re.compile(
    r"(?<![\w/.])/(?:nashome|home|afs|exp/dune/(?:app|data)/users|dune/(?:app|data2?)/users|pnfs/dune/(?:persistent|scratch)/users)/"
    r"[^\s\"'`;)]*"
)
ASKS_SCOPE = re.compile(r"JUSTIN_SCOPE|[=!]=?\s*[\"']?usertests|usertests[\"']?\s*\)")
TEST_SCOPE = re.compile(r"(?<![\w-])usertests(?![\w-])")


def rules_text(reading: Reading) -> Iterator[Finding]:
    """Of a shell script that was read."""
    for number, line in enumerate(reading.script.lines, start=1):
        if line.endswith("\r"):
            yield Finding(number, "line-ends", "The line ends with a carriage return.")
            break
    if not reading.script.is_whole:
        yield Finding(_where_open(reading), "not-whole", "A quote or bracket is never closed.")
    for command in reading.commands:
        if (found := LOOKALIKE.search(command.bare)) is not None:
            at = command.line + command.bare.count("\n", 0, found.start())
            what = f"{LOOKALIKES[found[0]].capitalize()} ({found[0]}) stands where the shell reads."
            yield Finding(at, "typography", what)
            break


def rules_any(text: str) -> Iterator[Finding]:
    """Of every jobscript, whatever language it is in."""
    if not text.startswith("#!"):
        begins = "something that cannot be seen" if HIDDEN.match(text) else "another line"
        yield Finding(1, "first-line", f"It begins with {begins}.")
    for number, line in enumerate(text.split("\n"), start=1):
        if (found := HIDDEN.search(line)) is not None and not (number == 1 and found.start() == 0):
            yield Finding(number, "hidden", f"The character U+{ord(found[0]):04X} is in this line.")
            return


def rules_places(code: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """Disks and scopes that are written out in the code: (line, text), without comments."""
    said: set[str] = set()
    for first, text in code:
        for number, line in enumerate(text.split("\n"), start=first):
            if "personal-path" not in said and (found := PERSONAL.search(line)) is not None:
                said.add("personal-path")
                yield Finding(number, "personal-path", f"{found[0][:80]} is not there on a worker node.")
            if "scope" not in said and TEST_SCOPE.search(line) and not ASKS_SCOPE.search(line):
                said.add("scope")
                yield Finding(number, "scope", "The scope usertests is written into the script.")


def code_of(reading: Reading) -> list[tuple[int, str]]:
    """The commands and here-documents of a shell script."""
    return [*((one.line, one.text) for one in reading.commands), *reading.script.bodies]


def code_of_other(text: str) -> list[tuple[int, str]]:
    """The lines of another script without what is taken for its comments."""
    return [(number, re.sub(r"(?:^|(?<=\s))#.*", "", line)) for number, line in enumerate(text.split("\n"), start=1)]


def is_shell(text: str) -> bool:
    """Whether the first line says so; without one it is taken for a shell script."""
    first = text.lstrip("\ufeff").partition("\n")[0]
    return not first.startswith("#!") or SHELLS.match(first) is not None


def _where_open(reading: Reading) -> int:
    """The line with the first quote that has no other on its line; the last line where there is none."""
    left_out = {number for lines in reading.script.of_bodies for number in lines}
    for number, line in enumerate(reading.script.lines, start=1):
        if number in left_out:
            continue
        code = re.sub(r"\\.|\"[^\"]*\"|'[^']*'", "", line)
        if re.search(r"[\"']", re.sub(r"(?:^|(?<=\s))#.*", "", code)):
            return number
    return len(reading.script.lines)
