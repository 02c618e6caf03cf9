"""The filters of a log in its address: read, written, and said in words. Pages, feed and search share them.

?q=words&kind=incident&kind=check&by=people&author=shifter1&step=test&tag=disk&workflow=3225&site=UK_Brunel&meeting=2026-11-23&from=2026-11-01&to=2026-11-30
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.http import HttpRequest, QueryDict

from campaigns.log.reading import MACHINES, PEOPLE, Filters
from campaigns.models import EntryKind, ReferenceKind

LONGEST = 200
NAMES = ("q", "kind", "by", "author", "step", "topic", "tag", "workflow", "site", "meeting", "from", "to")
NUMBER = re.compile(r"#?([1-9]\d{0,8})")
DOCUMENT = "document"


@dataclass(frozen=True)
class Asked:
    """What an address asks for: `filters` to read by, `values` as they stand in the form, `problems` with what is no filter."""

    filters: Filters
    values: dict[str, str]
    kinds: list[str]
    problems: list[str] = field(default_factory=list)

    @property
    def narrows(self) -> bool:
        """Whether anything is filtered at all."""
        return not self.filters.is_empty

    @property
    def query(self) -> str:
        """The filters as the end of an address, '' without any."""
        query = QueryDict(mutable=True)
        query.setlist("kind", self.kinds)
        for name, value in self.values.items():
            if value:
                query[name] = value
        text = query.urlencode()
        return f"?{text}" if text else ""

    @property
    def more_are_set(self) -> bool:
        """Whether one of those that are folded away is in use."""
        return any(self.values[name] for name in ("author", "step", "tag", "workflow", "site", "meeting", "from", "to"))


def asked_of(request: HttpRequest) -> Asked:
    """Read the address. What cannot be read is left out and named, so that nobody takes the rest for an answer to it."""
    given = request.GET
    values = {name: given.get(name, "").replace("\0", "").strip()[:LONGEST] for name in NAMES if name != "kind"}
    problems: list[str] = []
    kinds = [kind for kind in dict.fromkeys(given.getlist("kind")) if kind]
    unknown = [kind for kind in kinds if kind not in EntryKind.values]
    if unknown:
        problems.append(f"There is no kind {unknown[0][:40]}; all kinds are shown.")
        kinds = [kind for kind in kinds if kind in EntryKind.values]
    if values["by"] not in ("", PEOPLE, MACHINES):
        values["by"] = ""
    references = []
    if values["workflow"]:
        number = NUMBER.fullmatch(values["workflow"])
        if number:
            references.append((str(ReferenceKind.WORKFLOW), number[1]))
        else:
            problems.append(f"“{values['workflow'][:40]}” is no workflow’s number, for example 3225; it is left out.")
    if values["site"]:
        references.append((str(ReferenceKind.SITE), values["site"]))
    if (meeting := _day(values["meeting"], problems)) is not None:
        references.append((str(ReferenceKind.MEETING), f"{meeting:%Y-%m-%d}"))
    tags = tuple(values["tag"].replace("#", " ").replace(",", " ").lower().split())[:5]
    filters = Filters(
        kinds=frozenset(kinds), by=values["by"], author=values["author"].lstrip("@"), step=values["step"][:40],
        topic=values["topic"][:40], tags=tags, references=tuple(references),
        since=_day(values["from"], problems), until=_day(values["to"], problems, is_last=True), words=words_in(values["q"]),
    )  # fmt: skip
    return Asked(filters, values, kinds, problems)


def words_in(typed: str) -> str:
    """#3225 is found also where the entry names the workflow without the sign."""
    return " ".join(number[1] if (number := NUMBER.fullmatch(word)) else word for word in typed.split())


def _day(typed: str, problems: list[str], *, is_last: bool = False) -> datetime | None:
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
        return datetime.combine(day + timedelta(days=1) if is_last else day, time(), UTC)
    except (ValueError, OverflowError):
        problems.append(f"“{typed[:40]}” is no day; write it as year-month-day, for example 2026-11-23. It is left out.")
        return None
