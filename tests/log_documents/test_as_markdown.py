"""The log as Markdown: everything in it, the same for the same log, readable by others."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta

from markdown_it import MarkdownIt

from campaigns.log.services import strike_entry
from campaigns.log_documents.as_markdown import as_text, write_zip
from campaigns.models import Campaign, LogEntry, LogFile
from portal.models import User
from tests.factories import a_picture, make_entry
from tests.log_documents.conftest import BEGAN


def text_of(campaign: Campaign) -> str:
    return "".join(as_text(campaign))


def zip_of(campaign: Campaign) -> bytes:
    made = io.BytesIO()
    write_zip(campaign, made)
    return made.getvalue()


def test_everything_is_in_it(log: Campaign):
    text = text_of(log)
    assert text.startswith("# Log of pdhd-reco-2026b\n\nReconstruction of beam runs for the beam group\n")
    for words in ("### Request ", "#### 1 Code version", "#### 8 Final output datasets", "## Monday 2 November 2026",
                  "### 12:00 Incident, entry 4", "#brunel", "**Reply 5** by *coordinator1", "> A ticket was opened.",
                  "*Added by shifter1", "The node is out of production.", "version 2, edited", "### ~~15:00 Note, entry 7~~",
                  "**Struck through** by coordinator1", "> This was about another campaign.", "- File 1: [disk.png](http",
                  "- 08:00 (1) Workflow #3200 finished: 350 files."):  # fmt: skip
        assert words in text, words
    for entry in LogEntry.objects.filter(campaign=log):
        assert entry.body.split("\n")[-1].replace("(file:1)", "") in text


def test_headings_of_entries_stay_below_those_of_the_document(log: Campaign, shifter: User):
    make_entry(log, shifter, "# Big\n\n```\n# no heading\n```\n\n##### Small")
    text = text_of(log)
    assert "\n#### Big\n" in text
    assert "\n# no heading\n" in text
    assert "\n###### Small\n" in text


def test_code_that_an_entry_left_open_ends_with_it(log: Campaign, shifter: User):
    make_entry(log, shifter, "```\ncode", happened_at=BEGAN + timedelta(hours=5))
    heads = [t for t in MarkdownIt().parse(text_of(log)) if t.type == "heading_open"]
    assert len(heads) > 15


def test_the_same_log_gives_the_same_bytes_and_a_change_changes_them(log: Campaign, coordinator: User, time_machine):
    first, first_zip = text_of(log), zip_of(log)
    time_machine.move_to(BEGAN + timedelta(days=500))
    assert (text_of(log), zip_of(log)) == (first, first_zip)
    strike_entry(LogEntry.objects.get(campaign=log, body="Was 48 of 672."), actor=coordinator, reason="No.")
    assert text_of(log) != first
    assert zip_of(log) != first_zip


def test_files_are_beside_the_text_under_the_names_that_it_gives_them(log: Campaign, shifter: User):
    make_entry(log, shifter, "Two of one name.", files=[a_picture("disk.png"), a_picture("disk.png", (9, 9))])
    package = zipfile.ZipFile(io.BytesIO(zip_of(log)))
    text = package.read("log.md").decode()
    names = [name for name in package.namelist() if name != "log.md"]
    assert len(names) == len(set(names)) == 3
    for file in LogFile.objects.filter(entry__campaign=log).select_related("entry"):
        name = f"files/{file.entry.number}-{file.number}-{file.name}"
        assert f"<{name}>" in text
        assert hashlib.sha256(package.read(name)).hexdigest() == file.sha256
    assert "![free disk](<files/4-1-disk.png>)" in text
    assert not any(name.startswith("/") or ".." in name for name in package.namelist())


def test_reading_costs_as_many_queries_for_many_entries_as_for_few(log: Campaign, shifter: User, django_assert_max_num_queries):
    for n in range(40):
        make_entry(log, shifter, f"Entry {n}.")
    with django_assert_max_num_queries(30):
        text_of(log)
