"""`lint(text)` says what production has learnt to look for in a jobscript: findings with their lines, in their order. Pure.

It reads the text, runs nothing, and knows only what stands there. A finding is a reason to look, never a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from campaigns.jobscripts.findings import Finding
from campaigns.jobscripts.reading import GET_FILE, read
from campaigns.jobscripts.rules_exit import rules_exit
from campaigns.jobscripts.rules_input import LISTS, rules_input
from campaigns.jobscripts.rules_output import rules_output
from campaigns.jobscripts.rules_text import code_of, code_of_other, is_shell, rules_any, rules_places, rules_text

MOST_READ = 100_000
MOST_OF_A_RULE = 20
REMEMBERED = 64  # texts, as pages and facts ask again and again about the same


@lru_cache(maxsize=REMEMBERED)
def lint(text: str) -> tuple[Finding, ...]:
    """What is worth a look in a jobscript, in the order of its lines; nothing when all is as it should be."""
    found: list[Finding] = []
    counts: dict[str, int] = {}
    for one in sorted(set(_findings(text))):
        counts[one.rule] = counts.get(one.rule, 0) + 1
        if counts[one.rule] <= MOST_OF_A_RULE:
            found.append(one)
    return tuple(found)


def _findings(text: str) -> Iterator[Finding]:
    if len(text) > MOST_READ:
        yield Finding(text.count("\n", 0, MOST_READ) + 1, "too-long", f"It has {len(text):,} characters.")
        text = text[:MOST_READ]
    yield from rules_any(text)
    if not is_shell(text):
        yield from _of_other_languages(text)
        return
    reading = read(text)
    yield from rules_text(reading)
    yield from rules_places(code_of(reading))
    if not reading.commands:
        yield Finding(1, "get-file", "There is no command in it.")
        return
    yield from rules_input(reading)
    yield from rules_exit(reading)
    yield from rules_output(reading)


def _of_other_languages(text: str) -> Iterator[Finding]:
    first = text.partition("\n")[0]
    yield from rules_places(code_of_other(text))
    yield Finding(1, "not-shell", f"It is run by {first[2:].strip()[:60]}.")
    if GET_FILE not in text:
        yield Finding(1, "get-file", f"{GET_FILE} is never called.")
    if not any(name in text for name in LISTS):
        yield Finding(1, "processed", "What was processed is written nowhere.")
    if not re.search(r"\.json\b", text):
        yield Finding(1, "metadata", "No file of metadata is written.")
