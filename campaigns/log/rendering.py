"""Entries as HTML that is safe to show: Markdown, #3225 leads to its workflow and @name to what that person wrote, exit codes
explain themselves, pictures are those of the entry's own files. A Renderer reads once what all entries of a page need.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from campaigns.models import LogEntry, LogFile, LogVersion, VersionKind
from monitoring.exit_codes import meaning
from monitoring.models import Workflow
from portal.markdown import Explained, OwnFile, mentioned, to_html
from portal.mentions import people_with_names

MOST_NAMES = 500
MOST_WORKFLOWS = 5_000  # on one page; the newest lead somewhere
CODE = r"-?\d{1,3}"
EXIT_CODES = re.compile(
    rf"\b(?:exit(?:ed)?(?: with)?(?: the)?(?: codes?)?|(?:jobscript|art|error) codes?):? "
    rf"(?P<codes>{CODE}(?:(?:, | and | or |, and )-?\d{{1,3}})*)(?![\w%]|[.:]\d)",
    re.IGNORECASE,
)


def _explain(match: re.Match[str]) -> str:
    """What the codes usually mean, e.g. 65: data error; '' when none is known."""
    codes = [int(code) for code in re.findall(CODE, match["codes"])]
    said = {code: meaning(code) for code in codes if -128 <= code <= 255}
    if len(codes) == 1:
        return said.get(codes[0], "")
    return "; ".join(f"{code}: {words}" for code, words in said.items() if words)


EXPLAINED = Explained(EXIT_CODES, _explain)


class Renderer:
    """`Renderer(entries).body(entry)`: two queries for any number of entries, whose files, versions and replies were
    prefetched (reading.with_all).
    """

    def __init__(self, entries: Iterable[LogEntry] = (), texts: Sequence[str] = ()) -> None:
        said = [mentioned(text) for text in (*(text for entry in entries for text in _texts_of(entry)), *texts)]
        self.workflows = _known_workflows(number for _names, numbers in said for number in numbers)
        names = list(dict.fromkeys(name for names, _numbers in said for name in names))[:MOST_NAMES]
        self.people = [user.username for user in people_with_names(names)] if names else []

    def body(self, entry: LogEntry) -> SafeString:
        """What the entry says, without what was added to it."""
        return self.text(entry.body, entry.files.all())

    def version(self, entry: LogEntry, version: LogVersion) -> SafeString:
        """One version of the entry; of an amendment what was added."""
        return self.text(version.body, entry.files.all())

    def text(self, text: str, files: Iterable[LogFile] = (), own: Mapping[str, OwnFile] | None = None) -> SafeString:
        """Any text; `own` are files beside those of an entry, e.g. of a draft, by what a text calls them."""
        known = _by_name(files) | dict(own or {})
        return to_html(
            text, link_number=self._address, people=self.people, link_person=written_by, file=known.get, explained=EXPLAINED
        )

    def _address(self, number: int) -> str | None:
        return reverse("monitoring:workflow-detail", args=[number]) if number in self.workflows else None


def written_by(name: str) -> str:
    """The address of what a person wrote in all logs."""
    return f"{reverse('campaigns:log-search')}?{urlencode({'author': name})}"


def preview(text: str, own: Mapping[str, OwnFile] | None = None) -> SafeString:
    """A text as it will look; `own` are the files that it may name."""
    return Renderer(texts=[text]).text(text, own=own)


def _by_name(files: Iterable[LogFile]) -> dict[str, OwnFile]:
    """A text names a file by its number or by its name; where two have one name the first is meant."""
    found: dict[str, OwnFile] = {}
    for file in files:
        own = OwnFile(file.get_absolute_url(), file.get_absolute_url() if file.is_picture else "", file.width, file.height)
        found[str(file.number)] = own
        found.setdefault(file.name, own)
    return found


def _texts_of(entry: LogEntry) -> list[str]:
    """Everything of the entry and its replies that is shown; as far as it was prefetched, no query."""
    texts = [entry.body, *(one.body for one in entry.versions.all() if one.kind == VersionKind.AMENDED)]
    if "replies" in getattr(entry, "_prefetched_objects_cache", {}):
        texts += [text for one in entry.replies.all() for text in _texts_of(one)]
    return texts


def _known_workflows(numbers: Iterable[int]) -> Collection[int]:
    wanted = sorted({number for number in numbers if number < 2**31}, reverse=True)[:MOST_WORKFLOWS]
    return set(Workflow.objects.filter(justin_id__in=wanted).values_list("justin_id", flat=True)) if wanted else set()
