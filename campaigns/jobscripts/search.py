"""Files of all campaigns, to start from: by the words of a search over name, campaign, place in git and content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from campaigns.models import Campaign, JobscriptVersion
from portal.roles import Anyone

MOST_FOUND = 30
MOST_WORDS = 8
MOST_SHOWN = 3
LONGEST_SHOWN = 160


@dataclass(frozen=True)
class Found:
    """A version with the first lines, numbered, that hold a word of the search."""

    version: JobscriptVersion
    lines: Sequence[tuple[int, str]]


def words_of(asked: str) -> list[str]:
    """The words of a search, each once."""
    return list(dict.fromkeys(asked.replace("\0", "").split()))[:MOST_WORDS]


def find_files(reader: Anyone, asked: str, *, kind: str = "", but: Campaign | None = None) -> tuple[list[Found], int]:
    """The newest files (in use) that hold every word somewhere, newest first, and how many there are. Two queries.

    `but`: a campaign whose own files are left out.
    """
    words = words_of(asked)
    files = JobscriptVersion.objects.in_use().filter(campaign__in=Campaign.objects.visible_to(reader))
    if kind:
        files = files.filter(kind=kind)
    if but is not None:
        files = files.exclude(campaign=but)
    for word in words:
        files = files.filter(
            Q(name__icontains=word)
            | Q(campaign__name__icontains=word)
            | Q(git_reference__icontains=word)
            | Q(text__icontains=word)
        )
    found = list(files.select_related("campaign", "author").order_by("-at", "-pk")[:MOST_FOUND])
    n = len(found) if len(found) < MOST_FOUND else files.count()
    return [Found(one, _lines(one.text, words)) for one in found], n


def _lines(text: str, words: Sequence[str]) -> list[tuple[int, str]]:
    lowered = [word.lower() for word in words]
    found: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if len(found) == MOST_SHOWN:
            break
        if any(word in line.lower() for word in lowered):
            found.append((number, line.strip()[:LONGEST_SHOWN]))
    return found
