"""Actions on a log: who may, what is kept, and what is refused without a trace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from campaigns.log.errors import Newer
from campaigns.log.machine import note_fact
from campaigns.log.reading import last_number
from campaigns.log.services import amend_entry, edit_entry, reply, strike_entry, write_entry
from campaigns.models import Campaign, EntryKind, LogEntry, LogFile, LogReference, LogVersion
from campaigns.signals import log_changed
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice, User
from tests.factories import a_picture, make_campaign, make_entry

pytestmark = pytest.mark.django_db


def test_entries_and_replies_of_a_campaign_are_numbered_together_from_one(campaign: Campaign, shifter: User, requester: User):
    first = make_entry(campaign, shifter)
    answer = reply(first, actor=requester, body="Thank you.")
    other = make_entry(make_campaign("fd-sim-2026a"), shifter)
    second = reply(answer, actor=shifter, body="You are welcome.")
    assert [first.number, answer.number, second.number, other.number] == [1, 2, 3, 1]
    assert (answer.parent, second.parent) == (first, first), "a reply to a reply joins the thread"
    assert last_number(campaign) == 3


def test_an_entry_keeps_when_it_happened_apart_from_when_it_was_written(campaign: Campaign, shifter: User):
    happened = datetime(2026, 11, 1, 7, 30, tzinfo=UTC)
    before = timezone.now()
    entry = make_entry(campaign, shifter, happened_at=happened)
    assert entry.happened_at == happened
    assert entry.written_at >= before


def test_an_entry_belongs_to_the_step_the_campaign_is_in_unless_another_is_named(campaign: Campaign, shifter: User):
    assert make_entry(campaign, shifter).step == "setup"
    assert make_entry(campaign, shifter, step="production").step == "production"
    assert make_entry(campaign, shifter, step="").step == ""
    with pytest.raises(Invalid, match="There is no step lunch; they are setup"):
        make_entry(campaign, shifter, step="lunch")


def test_what_an_entry_points_to_is_kept_in_rows_of_their_own(campaign: Campaign, shifter: User):
    entry = make_entry(
        campaign, shifter, "As #3225 and `#1`; see #3225.", workflows=[3206], tags=["#Storage", "storage", "np04"],
        references=[("site", "UK_Brunel"), ("meeting", "2026-11-24"), ("criterion", "test-scope")],
    )  # fmt: skip
    assert set(entry.references.values_list("kind", "value")) == {
        ("workflow", "3206"), ("workflow", "3225"), ("site", "UK_Brunel"), ("meeting", "2026-11-24"),
        ("criterion", "test-scope"), ("tag", "storage"), ("tag", "np04"),
    }  # fmt: skip
    assert entry.tags == ["storage", "np04"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"body": " \n "}, "body"),
        ({"body": "x" * 60_001}, "body"),
        ({"kind": "poem"}, "kind"),
        ({"kind": "machine"}, "kind"),
        ({"happened_at": datetime(2040, 1, 1, tzinfo=UTC)}, "happened_at"),
        ({"happened_at": datetime(1970, 1, 1, tzinfo=UTC)}, "happened_at"),
        ({"tags": ["two words"]}, "tags"),
        ({"tags": [f"t{number}" for number in range(21)]}, "tags"),
        ({"workflows": [0]}, "workflows"),
        ({"workflows": [2**31]}, "workflows"),
        ({"workflows": [True]}, "workflows"),
        ({"references": [("moon", "1")]}, "references"),
        ({"references": [("tag", "storage")]}, "references"),
        ({"references": [("meeting", "yesterday")]}, "meetings"),
        ({"references": [("workflow", "3225; drop")]}, "references"),
        ({"references": [("site", "")]}, "references"),
        ({"files": [SimpleUploadedFile("x.exe", b"MZ")]}, "files"),
        ({"files": [a_picture(), SimpleUploadedFile("x.png", b"none")]}, "files"),
        ({"files": [a_picture(f"{number}.png", (2, 2)) for number in range(11)]}, "files"),
    ],
)
def test_what_is_refused_names_its_field_and_leaves_nothing_behind(campaign: Campaign, shifter: User, wrong, field: str):
    with pytest.raises(Invalid) as refused:
        make_entry(campaign, shifter, **wrong)
    assert refused.value.field == field
    for model in (LogEntry, LogVersion, LogFile, LogReference):
        assert not model._default_manager.exists()
    assert kept_files() == []


def test_whoever_holds_a_role_writes_notes_and_only_who_works_in_it_the_rest(
    campaign: Campaign, shifter: User, requester: User, coordinator: User, outsider: User, make_user
):
    for kind in EntryKind.values:
        if kind in ("machine", "note", "incident"):
            continue
        assert make_entry(campaign, shifter, kind=kind).kind == kind
        assert make_entry(campaign, coordinator, kind=kind).kind == kind
        with pytest.raises(NotAllowed, match="write a note instead"):
            make_entry(campaign, requester, kind=kind)
    for kind in ("note", "incident"):
        assert make_entry(campaign, requester, kind=kind)
        with pytest.raises(NotAllowed, match="needs a role"):
            make_entry(campaign, outsider, kind=kind)
    with pytest.raises(NotAllowed):
        reply(LogEntry.objects.earliest("number"), actor=outsider, body="Hello.")
    with pytest.raises(NotAllowed):
        write_entry(campaign, actor=None, kind="note", body="Hello.")


def test_a_reply_belongs_to_the_campaign_it_replies_in(campaign: Campaign, shifter: User):
    elsewhere = make_entry(make_campaign("fd-sim-2026a"), shifter)
    with pytest.raises(Invalid, match="is none of"):
        make_entry(campaign, shifter, parent=elsewhere)


# --- correcting ---


def test_the_author_edits_and_every_version_is_kept(campaign: Campaign, shifter: User):
    entry = make_entry(campaign, shifter, "12 jobs faild.")
    edit_entry(entry, actor=shifter, version=1, body="12 jobs failed.")
    edit_entry(entry, actor=shifter, version=2, body="13 jobs failed.", tags=["brunel"])
    entry.refresh_from_db()
    assert (entry.body, entry.version, entry.tags, entry.author) == ("13 jobs failed.", 3, ["brunel"], shifter)
    assert list(entry.versions.values_list("number", "kind", "body", "author__username")) == [
        (1, "written", "12 jobs faild.", "shifter1"),
        (2, "edited", "12 jobs failed.", "shifter1"),
        (3, "edited", "13 jobs failed.", "shifter1"),
    ]


def test_who_edits_an_older_version_sees_the_newer_one(campaign: Campaign, shifter: User):
    entry = make_entry(campaign, shifter, "first")
    edit_entry(LogEntry.objects.get(), actor=shifter, version=1, body="from the first tab")
    with pytest.raises(Newer) as refused:
        edit_entry(entry, actor=shifter, version=1, body="from the second tab")
    assert (refused.value.body, refused.value.version) == ("from the first tab", 2)
    assert LogEntry.objects.get().body == "from the first tab"


def test_saving_what_stands_makes_no_version(campaign: Campaign, shifter: User):
    entry = make_entry(campaign, shifter, "as it is")
    assert edit_entry(entry, actor=shifter, version=1, body="as it is\r\n").version == 1


def test_after_three_days_an_entry_is_only_added_to(campaign: Campaign, shifter: User, time_machine):
    entry = make_entry(campaign, shifter, "first")
    time_machine.move_to(timezone.now() + timedelta(days=3, minutes=1))
    with pytest.raises(Conflict, match="add to it instead"):
        edit_entry(entry, actor=shifter, version=1, body="other")
    amend_entry(entry, actor=shifter, body="It was #3225.")
    entry.refresh_from_db()
    assert (entry.body, entry.version) == ("first", 2)
    assert entry.versions.get(number=2).body == "It was #3225."
    assert entry.references.filter(value="3225").exists()


def test_how_long_an_entry_may_be_edited_is_a_setting(campaign: Campaign, shifter: User, time_machine, settings):
    settings.LOG_EDIT_DAYS = 10
    entry = make_entry(campaign, shifter, "first")
    time_machine.move_to(timezone.now() + timedelta(days=9))
    assert edit_entry(entry, actor=shifter, version=1, body="other").version == 2


def test_nobody_but_the_author_edits_or_adds(campaign: Campaign, shifter: User, coordinator: User):
    entry, seen = make_entry(campaign, shifter), make_entry(campaign)
    for act in (
        lambda: edit_entry(entry, actor=coordinator, version=1, body="x"),
        lambda: amend_entry(entry, actor=coordinator, body="x"),
        lambda: edit_entry(seen, actor=coordinator, version=1, body="x"),
        lambda: amend_entry(seen, actor=coordinator, body="x"),
    ):
        with pytest.raises(NotAllowed, match="nobody else may"):
            act()


def test_a_coordinator_strikes_an_entry_through_with_a_reason_and_it_stays_readable(
    campaign: Campaign, shifter: User, coordinator: User
):
    entry = make_entry(campaign, shifter, "wrong campaign")
    with pytest.raises(NotAllowed):
        strike_entry(entry, actor=shifter, reason="mine")
    with pytest.raises(Invalid, match="Give a reason"):
        strike_entry(entry, actor=coordinator, reason=" ")
    strike_entry(entry, actor=coordinator, reason="belongs to another campaign")
    entry.refresh_from_db()
    assert entry.is_struck
    assert (entry.struck_by, entry.struck_because, entry.body) == (coordinator, "belongs to another campaign", "wrong campaign")
    with pytest.raises(Conflict, match="coordinator1 struck it through"):
        strike_entry(entry, actor=coordinator, reason="again")
    with pytest.raises(Conflict, match="struck it through"):
        edit_entry(entry, actor=shifter, version=1, body="x")


# --- machines, people named, listeners ---


def test_a_fact_makes_one_entry_however_often_it_is_told(campaign: Campaign):
    assert note_fact(campaign, fact="workflow-finished 3206", topic="workflow-finished", body="Done.", workflows=[3206])
    assert note_fact(campaign, fact="workflow-finished 3206", topic="workflow-finished", body="Done.") is None
    other = make_campaign("fd-sim-2026a")
    assert note_fact(other, fact="workflow-finished 3206", topic="workflow-finished", body="Done.")
    entry = LogEntry.objects.get(campaign=campaign)
    assert (entry.author, entry.kind, entry.is_machine) == (None, "machine", True)


def test_who_is_named_hears_of_it(campaign: Campaign, shifter: User, coordinator: User):
    make_entry(campaign, shifter, "@Coordinator1, @shifter1 and @nobody: please look.")
    assert list(Notice.objects.values_list("user__username", "path")) == [
        ("coordinator1", "/campaigns/pdhd-reco-2026b/log/1/")
    ]  # fmt: skip


def test_whoever_listens_hears_in_the_same_transaction_and_may_refuse(campaign: Campaign, shifter: User):
    def refuse(entry: LogEntry, **_how: object) -> None:
        raise Conflict(f"no {entry.number}")

    log_changed.connect(refuse)
    try:
        with pytest.raises(Conflict, match="no 1"):
            make_entry(campaign, shifter, files=[a_picture()])
    finally:
        log_changed.disconnect(refuse)
    assert not LogEntry.objects.exists()
    assert kept_files() == []


def kept_files() -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]
