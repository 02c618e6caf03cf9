"""Comments, mentions and attached files."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.models import Attachment, RequestComment
from campaigns.requests.attachments import LARGEST_BYTES
from campaigns.requests.services import comment, create_request, submit
from portal.errors import Invalid, NotAllowed
from portal.models import Notice
from portal.roles import Role
from portal.uploads import safe_name
from tests.requests.contents import content

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"


@pytest.fixture(autouse=True)
def _files_in_a_folder_of_their_own(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def asked(requester):
    return submit(create_request(actor=requester, content=content()), actor=requester)


def told(subject: str) -> set[str]:
    return set(Notice.objects.filter(subject__contains=subject).values_list("user__username", flat=True))


def test_mentions_are_found_and_told_once_and_markdown_is_kept_raw(asked, requester, shifter, coordinator, production) -> None:
    text = "**Why** so many, @Requester1 and @shifter1? Write to nobody@coordinator1.org or `x@y`, `@production1`, @nobody9."
    added = comment(asked, text, actor=coordinator)
    assert added.text == text
    assert set(added.mentioned.all()) == {requester, shifter}
    assert told("mentioned you") == {"requester1", "shifter1"}
    assert told("commented on") == set()
    assert asked.events.first().verb == "commented"


def test_a_reply_tells_the_thread_and_stays_one_level_deep(asked, requester, shifter, production) -> None:
    first = comment(asked, "When?", actor=shifter)
    reply = comment(asked, "In May.", actor=requester, parent=first)
    again = comment(asked, "Good.", actor=production, parent=reply)
    assert (reply.parent, again.parent) == (first, first)
    assert told("production1 commented") == {"shifter1", "requester1"}
    other = submit(create_request(actor=requester, content=content()), actor=requester)
    with pytest.raises(Invalid, match="none of this request"):
        comment(other, "x", actor=shifter, parent=first)


def test_who_has_no_role_or_does_not_see_the_draft_cannot_comment(asked, requester, outsider, make_user) -> None:
    with pytest.raises(NotAllowed):
        comment(asked, "x", actor=outsider)
    draft = create_request(actor=requester, content=content())
    stranger = make_user("requester2", Role.REQUESTERS)
    with pytest.raises(NotAllowed):
        comment(draft, "x", actor=stranger)
    assert list(comment(draft, "@requester2, look", actor=requester).mentioned.all()) == []


@pytest.mark.parametrize(("text", "says"), [("  ", "Write something"), ("x" * 10_001, "at most 10,000")])
def test_an_empty_or_endless_comment_is_refused(asked, requester, text: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        comment(asked, text, actor=requester)


@pytest.mark.parametrize(
    ("name", "body", "kind"),
    [
        ("plot.png", PNG, "image/png"), ("scan.jpg", b"\xff\xd8\xff\xe0x", "image/jpeg"),
        ("note.pdf", b"%PDF-1.7 x", "application/pdf"), ("a.txt", "é→".encode(), "text/plain"),
        ("a.csv", b"\xef\xbb\xbfa,b", "text/csv"), ("a.json", b'{"a": 1}', "application/json"),
        ("reco.fcl", b"#include \"x.fcl\"\n", "text/plain"),
    ],
)  # fmt: skip
def test_files_are_kept_as_what_they_are(asked, requester, name: str, body: bytes, kind: str) -> None:
    added = comment(asked, "See this.", actor=requester, files=[SimpleUploadedFile(name, body, content_type="text/html")])
    kept = added.attachments.get()
    assert (kept.name, kept.content_type, kept.size_bytes, len(kept.sha256)) == (name, kind, len(body), 64)
    assert kept.file.read() == body
    kept.file.close()
    assert name not in kept.file.name


@pytest.mark.parametrize(
    ("name", "body", "says"),
    [
        ("plot.png", b"<script>", "does not hold what .png promises"), ("x.html", b"<p>", "of no kind that is kept"),
        ("x.svg", b"<svg/>", "of no kind"), ("x.root", b"root", "of no kind"), ("x.gz", b"\x1f\x8b", "of no kind"),
        ("a.json", b"{", "does not hold"), ("a.txt", b"a\x00b", "does not hold"), ("a.csv", b"\xff\xfe", "does not hold"),
        ("a.txt", b"", "is empty"), ("a.txt", b"x" * (LARGEST_BYTES + 1), "at most 10 MB"), ("noending", b"x", "of no kind"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_what_it_says_refuses_the_whole(
    asked, requester, tmp_path, name: str, body: bytes, says: str
) -> None:
    good = SimpleUploadedFile("good.txt", b"x")
    with pytest.raises(Invalid) as refused:
        comment(asked, "See.", actor=requester, files=[good, SimpleUploadedFile(name, body)])
    assert says in refused.value.message
    assert refused.value.field == "files"
    assert not RequestComment.objects.exists()
    assert not Attachment.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"), ("C:\\a\\b.txt", "b.txt"), ("a\r\nX: y.txt", "aX_ y.txt"),
        ("  .hidden.txt", "hidden.txt"), ("\u202egnp.txt", "gnp.txt"), ('a"b<c>.txt', "a_b_c_.txt"), ("", "file"),
        ("é (1).txt", "é (1).txt"),
    ],
)  # fmt: skip
def test_names_of_files_are_only_names(given_: str, kept: str) -> None:
    assert safe_name(given_) == kept
    assert len(safe_name("x" * 400 + ".txt")) == 150
