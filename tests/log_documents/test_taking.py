"""Taking a document: looked at without keeping anything, then written once, all or none."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from campaigns.log_documents.incoming import taking
from campaigns.log_documents.incoming.taking import TakenAlready, look_at, take
from campaigns.models import Campaign, LogEntry, LogFile, LogImport, LogVersion
from portal.errors import Conflict, Invalid, NotAllowed
from portal.models import Notice, User
from tests.factories import make_entry
from tests.log_documents.packages import docx, heading, huge_png, paragraph, picture, png, relation

DOCUMENT = docx(
    paragraph("Log of the autumn campaign"), heading("2 Nov 2026"), paragraph("Submitted #3206, told @coordinator1."),
    picture("rId7", "the plot"), picture("rId8"), heading("3 Nov 2026 09:30"), paragraph("<script>alert(1)</script> done."),
    parts={"word/media/a.png": png(), "word/media/b.png": huge_png()},
    relations=relation("rId7", "media/a.png") + relation("rId8", "media/b.png"),
)  # fmt: skip


def upload(body: bytes = DOCUMENT, name: str = "log.docx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, body)


def nothing_kept(settings) -> bool:
    kept = settings.MEDIA_ROOT
    return not (
        LogEntry.objects.exclude(kind="machine").exists()
        or LogImport.objects.exists()
        or LogFile.objects.exists()
        or (kept.exists() and any(path.is_file() for path in kept.rglob("*")))
    )


def test_looking_tells_all_and_keeps_nothing(campaign: Campaign, shifter: User, settings):
    looked = look_at(campaign, upload(), actor=shifter)
    assert [(one.piece.at and f"{one.piece.at:%d %H:%M}", one.piece.title) for one in looked.entries] == [
        (None, "Log of the autumn campaign"), ("02 00:00", "Submitted #3206, told @coordinator1."),
        ("03 09:30", "<script>alert(1)</script> done."),
    ]  # fmt: skip
    assert (looked.n_pictures, looked.n_undated) == (1, 1)
    assert [note for note in looked.notes if "picture-002.png" in note], looked.notes
    assert nothing_kept(settings)


def test_taking_writes_the_entries_at_their_times_marked_with_where_they_are_from(
    campaign: Campaign, shifter: User, coordinator: User
):
    looked = look_at(campaign, upload(), actor=shifter)
    taken = take(campaign, upload(), actor=shifter, sha256=looked.sha256)
    entries = list(LogEntry.objects.filter(campaign=campaign).exclude(kind="machine").order_by("number"))
    assert [one.number for one in entries] == list(range(taken.first_number, taken.last_number + 1))
    assert [f"{one.happened_at:%m-%d %H:%M}" for one in entries] == [
        "11-02 00:00",
        "11-02 00:00",
        "11-03 09:30",
    ]
    assert {one.author for one in entries} == {shifter}
    assert entries[1].data["imported"] == {"file": "log.docx", "sha256": looked.sha256, "by": "shifter1", "has_date": True}
    assert entries[0].data["imported"]["has_date"] is False
    assert entries[1].tags == ["imported"]
    assert "![the plot](file:picture-001.png)" in entries[1].body
    assert "(picture left out)" in entries[1].body
    assert entries[1].files.get().is_picture
    assert entries[1].references.filter(kind="workflow", value="3206").exists()
    assert LogVersion.objects.filter(entry__in=entries).count() == 3
    assert not Notice.objects.filter(user=coordinator, subject__contains="mention").exists(), "nobody is told of old mentions"


def test_the_campaigns_history_tells_who_took_which_file(campaign: Campaign, shifter: User, client_of):
    digest = look_at(campaign, upload(), actor=shifter).sha256
    take(campaign, upload(), actor=shifter, sha256=digest)
    text = client_of(shifter).get(reverse("campaigns:campaign-history", args=[campaign.slug])).content.decode()
    assert f"from log.docx (sha256 {digest[:16]})" in text


def test_the_same_file_is_taken_once(campaign: Campaign, shifter: User, coordinator: User):
    digest = look_at(campaign, upload(), actor=shifter).sha256
    taken = take(campaign, upload(), actor=shifter, sha256=digest)
    n = LogEntry.objects.count()
    for again in (
        lambda: look_at(campaign, upload(name="other name.docx"), actor=coordinator),
        lambda: take(campaign, upload(), actor=coordinator, sha256=digest),
    ):
        with pytest.raises(TakenAlready) as refused:
            again()
        assert refused.value.there == taken
        assert f"entries {taken.first_number} to {taken.last_number}" in refused.value.message
    assert LogEntry.objects.count() == n


def test_another_file_than_the_one_that_was_looked_at_is_not_taken(campaign: Campaign, shifter: User, settings):
    digest = look_at(campaign, upload(), actor=shifter).sha256
    with pytest.raises(Conflict, match="another file"):
        take(campaign, upload(docx(heading("4 Nov 2026"), paragraph("Other."))), actor=shifter, sha256=digest)
    assert nothing_kept(settings)


def test_when_one_entry_cannot_be_written_none_is(campaign: Campaign, shifter: User, settings, monkeypatch: pytest.MonkeyPatch):
    digest = look_at(campaign, upload(), actor=shifter).sha256
    n = 0
    real = taking.add_entry

    def fails_late(*what: object, **how: object) -> LogEntry:
        nonlocal n
        n += 1
        if n == 3:
            raise Conflict("Somebody was first.")
        return real(*what, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(taking, "add_entry", fails_late)
    with pytest.raises(Conflict):
        take(campaign, upload(), actor=shifter, sha256=digest)
    assert nothing_kept(settings)


def test_only_its_shifters_and_coordinators_take_a_document(campaign: Campaign, requester: User, outsider: User, make_user):
    other = make_user("shifter2", "shifters")
    for who in (requester, outsider, other):
        with pytest.raises(NotAllowed):
            look_at(campaign, upload(), actor=who)
        with pytest.raises(NotAllowed):
            take(campaign, upload(), actor=who, sha256="")


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("log.pdf", b"%PDF-", "neither .docx nor .md"),
        ("log", b"x", "neither .docx nor .md"),
        ("log.docm", DOCUMENT, "neither .docx nor .md"),
        ("empty.md", b"", "no text in empty.md"),
        ("blank.docx", docx(paragraph(" ")), "no text"),
        ("../../etc/passwd.md", b"\xff", "UTF-8"),
        (
            "many.md",
            b"".join(b"## 2 Nov 2026 %02d:%02d\n\nx\n\n" % (n // 60 % 24, n % 60) for n in range(2_100)),
            "most 2,000",
        ),
    ],
)
def test_what_cannot_be_taken_is_refused_in_words(campaign: Campaign, shifter: User, name: str, body: bytes, words: str):
    with pytest.raises(Invalid, match=words) as refused:
        look_at(campaign, upload(body, name), actor=shifter)
    assert refused.value.field == "file"


def test_texts_that_attack_are_as_harmless_as_those_of_anybody(campaign: Campaign, shifter: User):
    text = (
        "## 2 Nov 2026\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![y](http://127.0.0.1/p.png) "
        "<img src=x onerror=alert(1)>\n\n| <svg onload=alert(1)> | b |\n|---|---|\n| <iframe src=x> | c |\n"
    )
    digest = look_at(campaign, upload(text.encode(), "a.md"), actor=shifter).sha256
    take(campaign, upload(text.encode(), "a.md"), actor=shifter, sha256=digest)
    page = Client().get(reverse("campaigns:log-document", args=[campaign.slug])).content.decode()
    body = page[page.index('class="prose md"') :]
    for bad in ("<script>alert", "<img src=x", "<svg onload", "<iframe", 'href="javascript', 'src="http://127.0.0.1/p.png"'):
        assert bad not in body, bad


# --- the page ---


def here(campaign: Campaign) -> str:
    return reverse("campaigns:log-import", args=[campaign.slug])


def test_the_page_shows_what_a_file_holds_and_takes_it_when_it_comes_again(campaign: Campaign, shifter: User, client_of):
    client = client_of(shifter)
    assert client.get(here(campaign)).status_code == 200
    page = client.post(here(campaign), {"file": upload(), "action": "look"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "becomes 3 entries" in text
    assert "Take 3 entries" in text
    digest = page.context["looked"].sha256
    assert digest in text
    forgot = client.post(here(campaign), {"action": "take", "sha256": digest})
    assert (forgot.status_code, "Choose the file first." in forgot.content.decode()) == (200, True)
    done = client.post(here(campaign), {"file": upload(), "action": "take", "sha256": digest})
    assert done.status_code == 302
    assert "3 entries taken from log.docx." in client.get(done.headers["Location"]).content.decode()
    again = client.post(here(campaign), {"file": upload(), "action": "look"})
    assert again.status_code == 409
    first = LogImport.objects.get().first_number
    assert reverse("campaigns:log-entry", args=[campaign.slug, first]) in again.content.decode()


def test_a_script_gets_only_the_part_that_changed(campaign: Campaign, shifter: User, client_of):
    part = client_of(shifter).post(here(campaign), {"file": upload(), "action": "look"}, headers={"HX-Request": "true"})
    assert part.content.decode().strip().startswith('<div id="looked"')
    refused = client_of(shifter).post(here(campaign), {"file": upload(b"x"), "action": "look"}, headers={"HX-Request": "true"})
    assert refused.status_code == 200
    assert "is no .docx" in refused.content.decode()


def test_a_hostile_file_is_refused_on_the_page(campaign: Campaign, shifter: User, client_of):
    bomb = docx(parts={"word/document.xml": b"<a>" + b" " * 11_000_000 + b"</a>"})
    page = client_of(shifter).post(here(campaign), {"file": upload(bomb, "<b>x</b>.docx"), "action": "look"})
    assert page.status_code == 400
    assert "unpacks to" in page.content.decode()


def test_reading_a_long_document_takes_seconds_not_minutes(campaign: Campaign, shifter: User):
    import time

    body = docx(*(heading(f"{1 + n % 28} Nov 2025 {n % 24}:{n % 60:02d}") + paragraph("lorem ipsum " * 60) for n in range(500)))
    begun = time.process_time()
    assert len(look_at(campaign, SimpleUploadedFile("a.docx", io.BytesIO(body).read()), actor=shifter).entries) == 500
    assert time.process_time() - begun < 20


def test_entries_from_a_document_are_marked_where_the_log_is_read(campaign: Campaign, shifter: User):
    make_entry(campaign, shifter, "Written here.")
    digest = look_at(campaign, upload(), actor=shifter).sha256
    take(campaign, upload(), actor=shifter, sha256=digest)
    page = Client().get(reverse("campaigns:log-document", args=[campaign.slug])).content.decode()
    assert page.count("from log.docx") == 3
    assert "shifter1 took <b>log.docx</b>" in page
