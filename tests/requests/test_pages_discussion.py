"""The discussion of a request on its page: comments, replies, files, the preview."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from campaigns.models import RequestComment
from campaigns.requests import services
from portal.models import User
from tests.requests.filing import filed
from tests.requests.test_pages_detail import ClientOf, page_of

pytestmark = pytest.mark.django_db


def test_a_comment_is_shown_in_markdown_with_people_numbers_and_files(
    client_of: ClientOf, requester: User, coordinator: User
) -> None:
    request = filed(requester)
    client = client_of(coordinator)
    answer = client.post(
        f"/requests/{request.pk}/comment/",
        {"text": f"**Why** so much, @requester1? As #{request.pk}?", "files": SimpleUploadedFile("sizes.csv", b"a,b\n1,2\n")},
    )
    comment = RequestComment.objects.get()
    assert answer["Location"] == f"{request.get_absolute_url()}#comment-{comment.pk}"
    page = page_of(client, request)
    assert "<strong>Why</strong>" in page
    assert '<b class="person">@requester1</b>' in page
    assert f'<a href="/requests/{request.pk}/" rel="noreferrer nofollow">#{request.pk}</a>' in page
    assert "sizes.csv" in page
    client_of(requester).post(f"/requests/{request.pk}/comment/", {"text": "All files are kept.", "parent": comment.pk})
    thread = client.get(request.get_absolute_url()).context["threads"][0]
    assert [reply.text for reply in thread.replies] == ["All files are kept."]


def test_a_reply_to_a_reply_joins_its_thread(client_of: ClientOf, requester: User) -> None:
    request = filed(requester)
    first = services.comment(request, "One", actor=requester)
    second = services.comment(request, "Two", actor=requester, parent=first)
    client_of(requester).post(f"/requests/{request.pk}/comment/", {"text": "Three", "parent": second.pk})
    assert RequestComment.objects.get(text="Three").parent == first


def test_a_file_comes_as_a_download_that_can_run_nothing(client_of: ClientOf, requester: User) -> None:
    request = filed(requester)
    said = services.comment(
        request, "Look", actor=requester, files=[SimpleUploadedFile("a<b>.txt", b"<script>alert(1)</script>")]
    )
    attachment = said.attachments.get()
    answer = Client().get(f"/requests/{request.pk}/files/{attachment.pk}/")
    assert b"".join(answer) == b"<script>alert(1)</script>"
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    other = filed(requester)
    assert Client().get(f"/requests/{other.pk}/files/{attachment.pk}/").status_code == 404


def test_a_refused_comment_keeps_what_was_typed(client_of: ClientOf, requester: User) -> None:
    request = filed(requester)
    answer = client_of(requester).post(
        f"/requests/{request.pk}/comment/", {"text": "See the <plot>", "files": SimpleUploadedFile("plot.png", b"no picture")}
    )
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "See the &lt;plot&gt;" in page
    assert "plot.png does not hold what .png promises" in page
    assert "Files have to be chosen again." in page
    assert not RequestComment.objects.exists()


def test_the_preview_comes_from_the_server_and_saves_nothing(client_of: ClientOf, requester: User) -> None:
    request = filed(requester)
    client = client_of(requester)
    typed = {"text": "**Bold** <script> @requester1 @nobody", "preview": "1"}
    part = client.post(f"/requests/{request.pk}/comment/", typed, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith("<p><strong>Bold</strong> &lt;script&gt;")
    assert '<b class="person">@requester1</b> @nobody' in part
    whole_page = client.post(f"/requests/{request.pk}/comment/", typed).content.decode()
    assert "<strong>Bold</strong>" in whole_page
    assert "**Bold** &lt;script&gt;" in whole_page
    assert not RequestComment.objects.exists()


def test_who_may_not_take_part_is_told_why(client_of: ClientOf, requester: User, outsider: User) -> None:
    request = filed(requester)
    answer = client_of(outsider).post(f"/requests/{request.pk}/comment/", {"text": "Hello"})
    assert answer.status_code == 403
    assert "needs a role" in answer.content.decode()
    assert "/accounts/login/" in Client().post(f"/requests/{request.pk}/comment/", {"text": "Hello"})["Location"]
