"""Writing in a log by its pages, as without script: nothing typed is lost, and who may not is told why."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from campaigns.log.drafts import draft_of, save_draft
from campaigns.log.unread import mark_read
from campaigns.models import LogDraft, LogEntry, LogReading
from portal.models import Notice
from tests.log_pages.conftest import saw, write

pytestmark = pytest.mark.django_db
LOG = "/campaigns/pdhd-reco-2026b/log/"
WRITE = f"{LOG}write/"


@pytest.fixture(autouse=True)
def _uploads_go_elsewhere(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def png(name: str = "disk.png", size: tuple[int, int] = (40, 30)) -> SimpleUploadedFile:
    held = io.BytesIO()
    Image.new("RGB", size, "teal").save(held, "PNG")
    return SimpleUploadedFile(name, held.getvalue(), "image/png")


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found[1]


def test_a_shifter_writes_an_entry_with_time_tags_workflows_sites_and_a_picture(client_of, campaign, shifter):
    answer = client_of(shifter).post(
        WRITE,
        {
            "kind": "incident", "body": "Full: ![disk](file:disk.png)", "happened_at": "2026-11-23T04:00", "tags": "Disk, node",
            "workflows": "#3225", "sites": "UK_Brunel", "files": png(),
        },
    )  # fmt: skip
    entry = LogEntry.objects.get()
    assert answer.headers["Location"] == f"{LOG}#e1"
    assert (entry.kind, entry.happened_at, entry.tags) == ("incident", datetime(2026, 11, 23, 4, tzinfo=UTC), ["disk", "node"])
    assert {(one.kind, one.value) for one in entry.references.all()} == {
        ("workflow", "3225"), ("site", "UK_Brunel"), ("tag", "disk"), ("tag", "node"),
    }  # fmt: skip
    file = entry.files.get()
    page = client_of(shifter).get(LOG).content.decode()
    assert f'src="{file.get_absolute_url()}"' in page, "the text shows its picture"
    assert client_of(shifter).get(file.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"happened_at": "at noon"}, "Give day and time as"),
        ({"happened_at": "2036-01-01T00:00"}, "is still to come"),
        ({"workflows": "3225, many"}, "“many” is no workflow’s number"),
        ({"tags": "a!b"}, "is no tag"),
        ({"body": "   "}, "Write something"),
        ({"files": SimpleUploadedFile("run.exe", b"MZ")}, "run.exe is of no kind that is kept"),
        ({"files": SimpleUploadedFile("fake.png", b"no picture")}, "fake.png does not hold what .png promises"),
    ],
)
def test_a_refused_form_keeps_everything_that_was_typed(client_of, campaign, shifter, wrong, said):
    typed = {
        "kind": "check", "body": "All well but 3223.", "happened_at": "2026-11-23T04:00", "tags": "disk", "workflows": "3225",
        "sites": "UK_Brunel", "draft_version": "0",
    }  # fmt: skip
    answer = client_of(shifter).post(WRITE, typed | wrong)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert said in page
    assert LogEntry.objects.count() == 0
    for name, value in (typed | {k: v for k, v in wrong.items() if isinstance(v, str)}).items():
        if name == "body":
            assert value.strip() in page
        elif name == "kind":
            assert 'value="check" selected' in page
        elif name != "draft_version":
            assert f'value="{value}"' in page, name
    if "body" not in wrong:
        kept = draft_of(campaign, shifter)
        assert kept is not None
        assert kept.content["body"] == "All well but 3223.", "it is a draft as well by now"


def test_a_file_stays_with_a_form_that_was_refused(client_of, campaign, shifter):
    reader = client_of(shifter)
    page = reader.post(WRITE, {"kind": "note", "body": "", "files": png()}).content.decode()
    assert "![disk](file:disk.png)" in page
    reader.post(WRITE, {"kind": "note", "body": "Seen.", "draft_version": hidden(page, "draft_version")})
    assert LogEntry.objects.get().files.get().name == "disk.png"
    assert not draft_of(campaign, shifter).files.exists()


def test_the_same_form_sent_twice_writes_one_entry(client_of, campaign, shifter):
    reader = client_of(shifter)
    token = hidden(reader.get(LOG).content.decode(), "token")
    for _ in range(2):
        assert reader.post(WRITE, {"kind": "note", "body": "Once.", "token": token}).status_code == 302
    assert LogEntry.objects.count() == 1


def test_whoever_writes_has_read_what_stood_on_the_page(client_of, campaign, shifter, coordinator):
    mark_read(campaign, shifter, 0)
    write(campaign, coordinator)
    reader = client_of(shifter)
    page = reader.get(LOG).content.decode()
    write(campaign, coordinator, "Came later.")
    reader.post(WRITE, {"kind": "note", "body": "Seen.", "read_to": hidden(page, "read_to")})
    assert LogReading.objects.get().number == 1, "what came later is still new"


def test_an_entry_begins_with_what_the_portal_knows(client_of, campaign, shifter):
    page = client_of(shifter).get(WRITE, {"kind": "test-result", "workflow": "3225"}).content.decode()
    assert "Test #3225" in page
    assert "data error (EX" in page
    assert 'value="test-result" selected' in page


def test_filling_in_keeps_what_was_typed_before(client_of, campaign, shifter):
    answer = client_of(shifter).post(WRITE, {"action": "fill", "kind": "incident", "body": "My words.", "sites": "UK_Brunel"})
    page = answer.content.decode()
    assert "UK_Brunel, in the workflows that run" in page
    assert "My words." in page
    assert LogEntry.objects.count() == 0


def test_a_text_is_looked_at_before_it_is_sent(client_of, campaign, shifter):
    page = client_of(shifter).post(WRITE, {"action": "preview", "kind": "note", "body": "**Bold** #3225"}).content.decode()
    assert "<strong>Bold</strong>" in page
    assert '<a href="/workflows/3225/"' in page
    fragment = client_of(shifter).post(f"{LOG}preview/", {"body": "<script>alert(1)</script>"}).content.decode()
    assert "<script" not in fragment
    assert LogEntry.objects.count() == 0


def test_a_draft_is_kept_without_script_and_two_windows_do_not_overwrite_each_other(client_of, campaign, shifter):
    reader = client_of(shifter)
    first, second = (reader.get(WRITE).content.decode() for _ in range(2))
    keep = {"action": "keep", "kind": "note"}
    reader.post(WRITE, keep | {"body": "First words.", "draft_version": hidden(first, "draft_version")})
    answer = reader.post(WRITE, keep | {"body": "Other words.", "draft_version": hidden(second, "draft_version")})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "You changed this text in another window" in page
    assert "<del>First</del><ins>Other</ins>" in page
    assert draft_of(campaign, shifter).content["body"] == "First words."
    reader.post(WRITE, keep | {"body": "Other words.", "draft_version": "0", "over": hidden(page, "over")})
    assert draft_of(campaign, shifter).content["body"] == "Other words."


def test_sending_from_one_window_leaves_what_another_wrote_since(client_of, campaign, shifter):
    reader = client_of(shifter)
    page = reader.get(WRITE).content.decode()
    save_draft(campaign, actor=shifter, about="new", content={"body": "In the other window."}, version=0)
    reader.post(WRITE, {"kind": "note", "body": "Sent.", "draft_version": hidden(page, "draft_version") or "0"})
    assert LogEntry.objects.get().body == "Sent."
    assert draft_of(campaign, shifter).content["body"] == "In the other window."


def test_a_draft_that_was_thrown_away_is_gone(client_of, campaign, shifter):
    save_draft(campaign, actor=shifter, about="new", content={"body": "Never mind."}, version=0)
    reader = client_of(shifter)
    assert "Never mind." in reader.get(LOG).content.decode()
    reader.post(WRITE, {"action": "discard", "kind": "note", "body": "Never mind."})
    assert "Never mind." not in reader.get(LOG).content.decode()
    assert LogDraft.objects.get().version == 2, "an older window is told, not believed"


def test_a_reply_goes_to_the_thread_and_tells_whom_it_names(client_of, campaign, shifter, coordinator):
    entry = write(campaign, shifter, "Disk full.", kind="incident")
    answer = client_of(coordinator).post(f"{LOG}{entry.number}/reply/", {"body": "@shifter1 ticket opened."})
    assert answer.headers["Location"] == f"{LOG}1/#e2"
    assert LogEntry.objects.get(number=2).parent == entry
    assert Notice.objects.get(user=shifter).path == f"{LOG}2/"


def test_the_author_edits_and_an_edit_of_elsewhere_is_shown_not_overwritten(client_of, campaign, shifter):
    write(campaign, shifter, "Two sites.")
    reader = client_of(shifter)
    first = reader.get(f"{LOG}1/edit/").content.decode()
    assert reader.post(f"{LOG}1/edit/", {"body": "Three sites.", "base": hidden(first, "base")}).status_code == 302
    answer = reader.post(f"{LOG}1/edit/", {"body": "Four sites.", "base": hidden(first, "base")})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "<del>Three</del><ins>Four</ins>" in page
    assert "Four sites." in page
    assert hidden(page, "base") == "2"
    reader.post(f"{LOG}1/edit/", {"body": "Four sites.", "base": "2"})
    assert LogEntry.objects.get().body == "Four sites."


def test_after_its_days_an_entry_is_added_to(client_of, campaign, shifter, time_machine):
    write(campaign, shifter, "Old.")
    time_machine.move_to(timezone.now() + timedelta(days=4))
    reader = client_of(shifter)
    assert reader.get(f"{LOG}1/edit/").headers["Location"] == f"{LOG}1/amend/"
    reader.post(f"{LOG}1/amend/", {"body": "It was the node."})
    page = reader.get(f"{LOG}1/").content.decode()
    assert "It was the node." in page
    assert "Old." in page


def test_striking_through_wants_a_reason_and_a_coordinator(client_of, campaign, shifter, coordinator):
    write(campaign, shifter, "Wrong.")
    assert client_of(shifter).post(f"{LOG}1/strike/", {"reason": "No."}).status_code == 403
    assert client_of(coordinator).post(f"{LOG}1/strike/", {"reason": ""}).status_code == 400
    client_of(coordinator).post(f"{LOG}1/strike/", {"reason": "Another campaign’s."})
    assert LogEntry.objects.get().is_struck
    assert client_of(shifter).get(f"{LOG}1/edit/").status_code == 403


@pytest.mark.parametrize("verb", ["edit", "amend"])
def test_nobody_changes_what_another_or_the_portal_wrote(client_of, campaign, shifter, coordinator, verb):
    write(campaign, shifter, "Mine.")
    saw(campaign, "3225 finished")
    for number in (1, 2):
        answer = client_of(coordinator).post(f"{LOG}{number}/{verb}/", {"body": "Yours.", "base": "1"})
        assert answer.status_code == 403
        assert "Reply to it instead" in answer.content.decode()


def test_whoever_holds_no_role_reads_and_is_told_why_not_to_write(client_of, campaign, outsider):
    reader = client_of(outsider)
    assert "Writing in a log needs a role" in reader.get(LOG).content.decode()
    assert reader.get(WRITE).status_code == 403


def test_a_file_of_a_draft_is_seen_by_its_author_alone(client_of, campaign, shifter, coordinator):
    answer = client_of(shifter).post(f"{LOG}draft/files/", {"about": "new", "file": png()})
    assert answer.json()["reference"] == "![disk](file:disk.png)"
    file = draft_of(campaign, shifter).files.get()
    assert client_of(shifter).get(f"{LOG}draft/files/{file.pk}/").headers["X-Content-Type-Options"] == "nosniff"
    assert client_of(coordinator).get(f"{LOG}draft/files/{file.pk}/").status_code == 404
    client_of(coordinator).post(f"{LOG}draft/files/{file.pk}/drop/", {"about": "new"})
    assert draft_of(campaign, shifter).files.exists()
    client_of(shifter).post(f"{LOG}draft/files/{file.pk}/drop/", {"about": "new"})
    assert not draft_of(campaign, shifter).files.exists()


def test_two_pictures_of_one_name_are_two_files(client_of, campaign, shifter):
    names = [client_of(shifter).post(f"{LOG}draft/files/", {"about": "new", "file": png("a b.png")}).json() for _ in range(2)]
    assert [one["name"] for one in names] == ["a b.png", "a b-2.png"]
    assert names[0]["reference"] == "![a b](file:a%20b.png)"
    body = "\n".join(one["reference"] for one in names)
    client_of(shifter).post(WRITE, {"kind": "note", "body": body, "draft_version": "0"})
    page = client_of(shifter).get(LOG).content.decode()
    assert page.count("<img") == 2
    assert "file:" not in re.sub(r"<textarea.*?</textarea>", "", page, flags=re.DOTALL)


class TestAutosave:
    """The address that the script saves to."""

    def save(self, client, version: int, body: str, about: str = "new"):
        sent = {"about": about, "version": version, "content": {"body": body, "kind": "note"}}
        return client.post(f"{LOG}draft/", sent, content_type="application/json")

    def test_versions_count_and_an_older_window_gets_both_texts(self, client_of, campaign, shifter):
        reader = client_of(shifter)
        assert self.save(reader, 0, "One two.").json()["version"] == 1
        assert self.save(reader, 1, "One two three.").json()["version"] == 2
        late = self.save(reader, 1, "One four.")
        assert late.status_code == 409
        assert late.json()["version"] == 2
        assert "<ins>four</ins>" in late.json()["html"]
        assert self.save(reader, 0, "One two three.").json()["version"] == 2, "its answer was lost; it says the same"

    def test_a_lost_session_is_said_in_words(self, client, campaign):
        answer = self.save(client, 0, "Typed.")
        assert answer.status_code == 401
        assert answer.json()["login"] is True

    def test_what_is_no_draft_is_refused(self, client_of, campaign, shifter):
        reader = client_of(shifter)
        assert reader.post(f"{LOG}draft/", b"[1]", content_type="application/json").status_code == 400
        assert self.save(reader, 0, "x", about="elsewhere").status_code == 400
        assert self.save(reader, 0, "\x00ab\ud800").status_code == 200
        assert draft_of(campaign, shifter).content["body"] == "ab?"

    def test_whoever_holds_no_role_keeps_none(self, client_of, campaign, outsider):
        assert self.save(client_of(outsider), 0, "x").status_code == 403
