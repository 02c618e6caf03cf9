"""The log as Markdown: one text, or a zip file of it with the files beside it. The same log gives the same bytes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from typing import IO

from campaigns.log_documents.incoming.lines import FENCE, HEADING, is_end_of_code
from campaigns.log_documents.opening import Item, Opening, read_opening
from campaigns.log_documents.paper import Day, Said, pieces, site
from campaigns.log_documents.state import LogState, state_of
from campaigns.models import Campaign, LogEntry, LogFile

TEXT = "log.md"
DEEPER = 3  # headings of an entry are below those of the document
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # what a zip file says of a file whose time does not matter
OWN_FILE = re.compile(r"\]\(\s*<?file:(?P<name>[^)\s>]+)>?(?P<rest>[^)]*)\)")


def as_text(campaign: Campaign, *, with_files: bool = False) -> Iterator[str]:
    """The document in parts. `with_files`: pictures and files are beside it in a folder; else at the portal's address."""
    state = state_of(campaign)
    yield from _opening(read_opening(campaign, state), state)
    base = "" if with_files else site()
    for days in pieces(campaign):
        for day in days:
            yield from _day(day, base)


def write_zip(campaign: Campaign, into: IO[bytes]) -> None:
    """The text as log.md, each file under the name that the text gives it."""
    with zipfile.ZipFile(into, "w") as package:
        head = zipfile.ZipInfo(TEXT, LONG_AGO)
        head.compress_type = zipfile.ZIP_DEFLATED
        package.writestr(head, "".join(as_text(campaign, with_files=True)), compresslevel=6)
        files = LogFile.objects.filter(entry__campaign=campaign).select_related("entry")
        for file in files.order_by("entry__number", "number").iterator():
            one = zipfile.ZipInfo(path_of(file), LONG_AGO)
            with package.open(one, "w") as kept, file.file.open("rb") as body:
                while part := body.read(1 << 20):
                    kept.write(part)


def path_of(file: LogFile) -> str:
    """Where a file is in the zip file."""
    return f"files/{file.entry.number}-{file.number}-{file.name}"


def _opening(opening: Opening, state: LogState) -> Iterator[str]:
    campaign = opening.campaign
    yield f"# Log of {campaign.name}\n\n"
    if campaign.purpose:
        yield f"{campaign.purpose}\n\n"
    for name, span in opening.shifters:
        yield f"- Shifter: {name}, {span}\n"
    if opening.first_at and opening.last_at:
        yield f"- Period: {opening.first_at:%Y-%m-%d} to {opening.last_at:%Y-%m-%d}\n"
    yield f"- Entries: {state.n_entries:,}, of which {opening.n_machine:,} were seen by the portal\n"
    if opening.changed_at:
        yield f"- Made from the log up to entry {state.up_to}, as it was after {opening.changed_at:%Y-%m-%d %H:%M:%S} UTC\n"
    yield f"- Kept at <{opening.address}>\n- Times are UTC\n\n"
    if opening.asked:
        yield "## What was asked for\n\n"
    for asked in opening.asked:
        yield f"### Request {asked.request.pk}: {asked.title}\n\n"
        yield from (f"- {name}: {said}\n" for name, said in asked.about)
        yield "\n"
        for item in asked.items:
            yield from _item(item)


def _item(item: Item) -> Iterator[str]:
    yield f"#### {item.title}\n\n"
    if item.facts:
        yield from (f"- {name}: {said}\n" for name, said in item.facts)
    elif item.table is not None and item.table.rows:
        table = item.table
        yield _row(table.head)
        yield _row(["---:" if n in table.numbers else "---" for n in range(len(table.head))])
        yield from (_row(row) for row in table.rows)
        if len(table.rows) > 1 and table.last:
            yield _row(table.last)
    elif item.lines:
        yield from (f"- `{line}`\n" for line in item.lines)
    else:
        yield "not given\n"
    yield "\n"


def _row(cells: object) -> str:
    assert isinstance(cells, list | tuple)
    return f"| {' | '.join(str(cell).replace('|', '&#124;').replace(chr(10), ' ') for cell in cells)} |\n"


def _day(day: Day, base: str) -> Iterator[str]:
    yield f"## {day.day:%A} {day.day.day} {day.day:%B %Y}\n\n"
    for item in day.items:
        if isinstance(item, Said):
            yield from _said(item, base)
        else:
            yield from (_machine(one, base) for one in item)
            yield "\n"


def _machine(one: Said, base: str) -> str:
    """A line of a list; whatever else the text has is set in."""
    first, *more = _body(one.entry, one.entry.body, base).split("\n")
    struck = _struck(one)
    lines = [f"- {one.entry.happened_at:%H:%M} ({one.entry.number}) {f'~~{first}~~' if struck else first}"]
    lines += [f"  {line}".rstrip() for line in more]
    if struck:
        lines.append(f"  {struck}")
    return "\n".join(lines) + "\n"


def _said(one: Said, base: str) -> Iterator[str]:
    entry = one.entry
    kind = entry.get_kind_display().capitalize()
    heading = f"{entry.happened_at:%H:%M} {kind}, entry {entry.number}"
    yield f"### {f'~~{heading}~~' if entry.is_struck else heading}\n\n*{one.who}{_about(one)}*\n\n"
    yield from _text(one, base)
    for reply in one.replies:
        yield f"**Reply {reply.entry.number}** by *{reply.who}, {reply.entry.written_at:%Y-%m-%d %H:%M}{_about(reply)}*\n\n"
        yield from (f"> {line}".rstrip() + "\n" for part in _text(reply, base) for line in part.rstrip("\n").split("\n"))
        yield "\n"


def _text(one: Said, base: str) -> Iterator[str]:
    """What it says, what was added, its files; of a struck entry in a quotation, after the reason."""
    if struck := _struck(one):
        yield f"{struck}\n\n"
    body = _body(one.entry, one.entry.body, base)
    if one.entry.is_struck:
        body = "\n".join(f"> {line}".rstrip() for line in body.split("\n"))
    yield f"{body}\n\n"
    for file in one.entry.files.all():
        address = f"<{path_of(file)}>" if not base else base + file.get_absolute_url()
        yield f"- File {file.number}: [{file.name}]({address}), {file.size_bytes:,} bytes, sha256 {file.sha256}\n"
    if one.entry.files.all():
        yield "\n"
    versions = {version.number: version for version in one.entry.versions.all()}
    for added in one.additions:
        yield f"*Added by {added.who}, {added.at:%Y-%m-%d %H:%M} (version {added.number})*\n\n"
        yield f"{_body(one.entry, versions[added.number].body, base)}\n\n"


def _struck(one: Said) -> str:
    entry = one.entry
    if entry.struck_at is None:
        return ""
    because = " ".join(entry.struck_because.split())
    return f"**Struck through** by {entry.struck_by}, {entry.struck_at:%Y-%m-%d %H:%M}: {because}"


def _about(one: Said) -> str:
    entry = one.entry
    parts = []
    if one.was_written_later and entry.parent_id is None:
        parts.append(f"written {entry.written_at:%Y-%m-%d %H:%M}")
    if entry.step:
        parts.append(f"step {entry.step}")
    parts += [f"#{tag}" for tag in entry.tags]
    if one.edits:
        edited = ", ".join(f"{edit.at:%Y-%m-%d %H:%M}" for edit in one.edits)
        parts.append(f"version {entry.version}, edited {edited}")
    if one.imported:
        parts.append(f"from the document {one.imported.get('file', '')} (sha256 {one.imported.get('sha256', '')})")
    return "".join(f" · {part}" for part in parts)


def _body(entry: LogEntry, text: str, base: str) -> str:
    """The text with its headings below the document's, and its own files where this document has them."""
    files = {str(file.number): file for file in entry.files.all()}
    for file in entry.files.all():
        files.setdefault(file.name, file)

    def own(match: re.Match[str]) -> str:
        file = files.get(match["name"])
        if file is None:
            return match[0]
        return f"]({f'<{path_of(file)}>' if not base else base + file.get_absolute_url()}{match['rest']})"

    lines, fence = [], ""
    for line in text.split("\n"):
        opens = FENCE.match(line)
        if fence:
            fence = "" if is_end_of_code(line, fence) else fence
        elif opens:
            fence = opens["fence"]
        elif heading := HEADING.match(line):
            line = f"{'#' * min(6, len(heading['marks']) + DEEPER)} {heading['text']}"
        lines.append(line if fence else OWN_FILE.sub(own, line))
    if fence:
        lines.append(fence)  # code that was left open ends with its entry
    return "\n".join(lines)
