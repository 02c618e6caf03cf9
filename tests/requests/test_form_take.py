"""Beginning from what is there: clones, and samples out of production's own lists."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from zeal import zeal_context

from campaigns.models import ProductionRequest, RequestState
from campaigns.requests.services import create_request, save_draft, submit
from campaigns.requests.shape import MOST_ROWS
from portal.roles import Role
from tests.requests.contents import content
from tests.requests.forms import posted

pytestmark = pytest.mark.django_db
LIST = "TAG,NFILES,NAMESPACE,DATASET\nA,100,vd-protodune,ds1\nB,1e5,vd-protodune,ds2\nC,300,vd-protodune,ds3\n"


@pytest.fixture
def client(client_of, requester) -> Client:
    return client_of(requester)


@pytest.fixture
def draft(requester) -> ProductionRequest:
    return create_request(actor=requester, content=content())


def whats(record: ProductionRequest) -> list[str]:
    record.refresh_from_db()
    return [row["what"] for row in record.content["samples"]]


def importing(record: ProductionRequest) -> str:
    return f"/requests/{record.pk}/import/"


def test_a_clone_is_a_draft_of_ones_own_and_says_what_the_original_says(client_of, draft, requester, make_user) -> None:
    submit(draft, actor=requester)
    other = make_user("requester2", Role.REQUESTERS)
    answer = client_of(other).post(f"/requests/{draft.pk}/clone/")
    copy = ProductionRequest.objects.get(cloned_from=draft)
    assert answer["Location"] == f"/requests/{copy.pk}/edit/"
    assert (copy.state, copy.requester) == (RequestState.DRAFT, other)
    assert copy.content["samples"] == draft.content["samples"]
    assert copy.content["wanted_by"] == ""


def test_looking_at_a_clones_address_clones_nothing_and_offers_the_button(client, draft) -> None:
    answer = client.get(f"/requests/{draft.pk}/clone/", follow=True)
    assert f'aria-label="Clone request {draft.pk}"' in answer.content.decode()
    assert ProductionRequest.objects.count() == 1


def test_who_may_not_file_does_not_clone_and_drafts_of_others_are_not_offered(client_of, draft, shifter, make_user) -> None:
    assert client_of(shifter).get("/requests/clone/").status_code == 403
    stranger = client_of(make_user("requester3", Role.REQUESTERS))
    assert f"Clone request {draft.pk}" not in stranger.get("/requests/clone/").content.decode()
    assert stranger.post(f"/requests/{draft.pk}/clone/").status_code == 404


def test_earlier_requests_are_found_by_words_and_by_number(client, requester, draft) -> None:
    other = create_request(actor=requester, content=content(title="Neutrinos from afar"))
    for q, found in (("afar neutrinos", [other.pk]), (str(draft.pk), [draft.pk]), ("nothing like it", []), ("9" * 40, [])):
        page = client.get("/requests/clone/", {"q": q})
        assert [one.pk for one in page.context["page"]] == found


def test_a_list_is_looked_at_before_anything_is_taken(client, draft) -> None:
    page = client.post(importing(draft), {"text": LIST, "action": "preview"})
    assert [row.is_good for row in page.context["preview"].rows] == [True, False, True]
    assert "Write it out: 100,000" in page.content.decode()
    assert len(whats(draft)) == 2


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("append", ["vd-protodune:vd-beam-2026-physics", "39301-39344", "vd-protodune:ds1", "vd-protodune:ds3"]),
        ("replace", ["vd-protodune:ds1", "vd-protodune:ds3"]),
    ],
)
def test_the_good_rows_are_taken_after_the_samples_or_instead_of_them(client, draft, action, expected) -> None:
    answer = client.post(importing(draft), {"text": LIST, "action": action, "version": draft.version})
    assert answer["Location"] == f"/requests/{draft.pk}/edit/#item6"
    assert whats(draft) == expected


def test_a_file_from_a_spreadsheet_is_read_with_its_byte_order_mark_and_semicolons(client, draft) -> None:
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        text = LIST.replace(",", ";").replace("ds3", "dé3")
        upload = SimpleUploadedFile("list.csv", text.encode(encoding), content_type="text/csv")
        page = client.post(importing(draft), {"file": upload, "action": "preview"})
        assert len(page.context["preview"].rows) == 3, encoding
        assert "dé3" in page.content.decode()


@pytest.mark.parametrize(
    ("upload", "said"),
    [
        (SimpleUploadedFile("a.root", b"root\x00\x01\x02"), "a.root is no text file"),
        (SimpleUploadedFile("a.csv", b"x" * 1_000_001), "1,000,001 bytes"),
        (SimpleUploadedFile("a.csv", b""), "There is nothing in it."),
        (SimpleUploadedFile("a.csv", b"1,2,3\n4,5,6\n"), "No row names the columns."),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_the_reason(client, draft, upload, said) -> None:
    upload.seek(0)
    page = client.post(importing(draft), {"file": upload, "action": "preview"})
    assert page.status_code == 200
    assert said in page.content.decode()


def test_markup_in_a_list_is_shown_as_text(client, draft) -> None:
    evil = "TAG,NAMESPACE,DATASET\n<script>alert(1)</script>,a,</textarea><script>alert(2)</script>\n"
    page = client.post(importing(draft), {"text": evil, "action": "preview"}).content.decode()
    assert "<script>alert" not in page


def test_more_samples_than_a_request_holds_are_refused_and_none_is_taken(client, draft) -> None:
    rows = "".join(f"ns,ds{n}\n" for n in range(MOST_ROWS - 1))
    page = client.post(
        importing(draft), {"text": f"NAMESPACE,DATASET\n{rows}", "action": "append", "version": draft.version}
    ).content.decode()
    assert f"at most {MOST_ROWS}" in page
    assert len(whats(draft)) == 2


def test_a_change_by_another_while_looking_at_the_rows_is_said_and_nothing_is_lost(client, draft, coordinator) -> None:
    save_draft(draft, content(title="Theirs", samples=[]), actor=coordinator, version=1)
    page = client.post(importing(draft), {"text": LIST, "action": "replace", "version": 1})
    assert page.status_code == 409
    assert "coordinator1 changed this request while you looked" in page.content.decode()
    assert page.context["record"].version == 2
    again = client.post(importing(draft), {"text": LIST, "action": "append", "version": 2})
    assert again.status_code == 302
    assert whats(draft) == ["vd-protodune:ds1", "vd-protodune:ds3"]


def test_what_is_typed_is_saved_before_importing_and_a_new_form_becomes_a_draft(client) -> None:
    answer = client.post("/requests/new/", posted(content(title="Typed first"), "import", token="t"))
    record = ProductionRequest.objects.get()
    assert record.title == "Typed first"
    assert answer["Location"] == importing(record)


def test_a_request_under_review_asks_to_save_typed_changes_before_importing(client, draft, requester) -> None:
    submit(draft, actor=requester)
    page = client.post(f"/requests/{draft.pk}/edit/", posted(content(title="Typed"), "import", version=draft.version))
    assert "Save your changes first" in page.content.decode()
    assert 'value="Typed"' in page.content.decode()
    incomplete = client.post(importing(draft), {"text": LIST, "action": "append", "version": draft.version})
    assert "stays complete" in incomplete.content.decode(), "the rows have no events"
    whole = "NAMESPACE,DATASET,NFILES,EVENTS\nvd-protodune,ds1,1,10\n"
    client.post(importing(draft), {"text": whole, "action": "append", "version": draft.version})
    assert whats(draft)[-1] == "vd-protodune:ds1"
    assert draft.revisions.count() == 2


def test_the_forms_pages_make_few_queries_however_much_they_show(client, requester, draft) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries, zeal_context():
            assert client.get(path).status_code == 200
        return len(queries)

    paths = ("/requests/new/", f"/requests/{draft.pk}/edit/", "/requests/clone/", importing(draft))
    before = [cost(path) for path in paths]
    for number in range(8):
        submit(create_request(actor=requester, content=content(samples__1__what=str(40000 + number))), actor=requester)
    save_draft(draft, content(samples=content()["samples"] * 50, steps=content()["steps"] * 20), actor=requester, version=1)
    after = [cost(path) for path in paths]
    assert max(after) <= 25
    assert after[2:] == before[2:], "lists cost the same with more rows"
    assert after[1] <= before[1] + 3, "near requests are looked for by steps"
