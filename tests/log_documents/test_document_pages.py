"""The page of a log as a document, its files, and the same by API."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient
from zeal import zeal_context

from campaigns.log_documents import asking, system_parts
from campaigns.log_documents.making import make_document, make_documents
from campaigns.models import Campaign, LogDocument
from portal.models import User
from tests.factories import make_entries, make_entry
from tests.log_documents.conftest import BEGAN, HOUR, needs_pdf

API = "/api/v1/campaigns/pdhd-reco-2026b/log/pdf/"


@pytest.fixture(autouse=True)
def _broker_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking.current_app, "send_task", lambda name, **_how: None)


def page_of(campaign: Campaign) -> str:
    return reverse("campaigns:log-document", args=[campaign.slug])


def pdf_of(campaign: Campaign) -> str:
    return reverse("campaigns:log-pdf", args=[campaign.slug])


def test_the_page_reads_the_log_in_order_after_what_was_asked_for(log: Campaign):
    text = Client().get(page_of(log)).content.decode()
    order = ["What was asked for", "1 Code version", "8 Final output datasets", "Monday 2 November 2026", "Disk full",
             "The node is out of production.", "A ticket was opened.", "Tuesday 3 November 2026", "Was 48 of 672.",
             "Struck through by coordinator1"]  # fmt: skip
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_the_page_costs_the_same_for_many_entries(log: Campaign, shifter: User, client_of, django_assert_max_num_queries):
    client = client_of(shifter)
    make_entries(log, 150, shifter, first=BEGAN + 40 * HOUR)
    with django_assert_max_num_queries(25), zeal_context():
        first = client.get(page_of(log))
    assert "Go on reading" in first.content.decode()
    with django_assert_max_num_queries(25):
        second = client.get(f"{page_of(log)}?page=2")
    assert "What was asked for" not in second.content.decode()


@needs_pdf
def test_a_pdf_is_asked_for_watched_and_downloaded(log: Campaign, requester: User, client_of):
    client = client_of(requester)
    assert "Make the PDF" in client.get(page_of(log)).content.decode()
    assert client.post(pdf_of(log)).headers["Location"] == f"{page_of(log)}#pdf"
    waiting = client.get(page_of(log)).content.decode()
    assert "Waits for the worker" in waiting
    assert "hx-trigger" in waiting
    LogDocument.objects.update(state="making", n_done=3)
    part = client.get(pdf_of(log), headers={"HX-Request": "true"}).content.decode()
    n = LogDocument.objects.get().n_entries
    assert f"3 of {n} entries laid out" in part
    assert "<html" not in part
    assert client.get(pdf_of(log)).status_code == 302
    LogDocument.objects.update(state="queued")
    make_documents(make_document)
    done = client.get(pdf_of(log), headers={"HX-Request": "true"}).content.decode()
    assert "Download the PDF" in done
    assert "hx-trigger" not in done
    document = LogDocument.objects.get()
    file = Client().get(document.get_absolute_url())
    assert file.headers["Content-Type"] == "application/pdf"
    assert file.headers["Content-Disposition"] == f'attachment; filename="{log.slug}-log-{document.up_to}.pdf"'
    assert b"".join(file.streaming_content).startswith(b"%PDF-")
    again = client.post(pdf_of(log), follow=True).content.decode()
    assert "Nothing was written since" in again
    make_entry(log, body="Workflow #3300 finished.")
    assert "1 entry since" in client.get(page_of(log)).content.decode()


def test_a_failure_is_told_and_can_be_asked_for_again(log: Campaign, shifter: User, client_of):
    LogDocument.objects.create(
        campaign=log,
        state="failed",
        log_key="k",
        people_key="p",
        up_to=1,
        n_entries=1,
        error="It broke. Tell an administrator.",
    )
    text = client_of(shifter).get(page_of(log)).content.decode()
    assert "It broke. Tell an administrator." in text


def test_missing_parts_of_the_system_are_named_and_the_rest_works(log: Campaign, shifter: User, client_of, monkeypatch):
    for module in ("campaigns.log_documents.asking", "campaigns.views.log_document", "campaigns.api.log_document"):
        monkeypatch.setattr(f"{module}.what_is_missing", lambda: "This machine lacks libpango-1.0-0. apt-get install it.")
    client = client_of(shifter)
    text = client.get(page_of(log)).content.decode()
    assert "This machine lacks libpango-1.0-0." in text
    assert "Make the PDF" not in text
    assert "Disk full" in text
    refused = client.post(pdf_of(log))
    assert refused.status_code == 409
    assert "This machine lacks libpango-1.0-0." in refused.content.decode()
    assert client.get(reverse("campaigns:log-markdown", args=[log.slug])).status_code == 200
    api = APIClient()
    api.force_authenticate(shifter)
    assert api.post(API).status_code == 409
    assert "libpango" in api.get(API).json()["missing"]


def test_who_is_not_logged_in_is_led_to_the_log_in(log: Campaign):
    assert "/login/" in Client().post(pdf_of(log)).headers["Location"]
    text = Client().get(page_of(log)).content.decode()
    if not system_parts.what_is_missing():
        assert "Log in</a> to have the log made into a PDF." in text


def test_the_markdown_and_its_files_are_downloads(log: Campaign):
    text = Client().get(reverse("campaigns:log-markdown", args=[log.slug]))
    assert text.headers["Content-Disposition"] == 'attachment; filename="pdhd-reco-2026b-log.md"'
    assert b"".join(text.streaming_content).startswith(b"# Log of pdhd-reco-2026b")
    package = Client().get(reverse("campaigns:log-zip", args=[log.slug]))
    assert b"".join(package.streaming_content).startswith(b"PK")


def test_an_empty_log_says_what_to_do(campaign: Campaign, shifter: User, client_of):
    text = client_of(shifter).get(page_of(campaign)).content.decode()
    assert "Take a document" in text


def test_a_pdf_of_another_campaign_or_one_that_is_not_made_is_not_handed_out(log: Campaign):
    document = LogDocument.objects.create(campaign=log, log_key="k", people_key="p", up_to=1, n_entries=1)
    assert Client().get(document.get_absolute_url()).status_code == 404
    assert Client().get(document.get_absolute_url().replace(log.slug, "other")).status_code == 404


@needs_pdf
def test_the_api_asks_waits_and_tells_where_the_file_is(log: Campaign, requester: User):
    api = APIClient()
    assert api.get(API).json()["pdf"] is None
    assert api.post(API).status_code == 401
    api.force_authenticate(requester)
    asked = api.post(API)
    assert (asked.status_code, asked.json()["pdf"]["state"], asked.json()["pdf"]["file"]) == (202, "queued", "")
    assert api.post(API).json()["pdf"] == asked.json()["pdf"]
    make_documents(make_document)
    done = api.post(API)
    told = done.json()["pdf"]
    assert (done.status_code, told["state"], told["done_entries"] == told["entries"]) == (200, "done", True)
    assert told["asked_by"] == "requester1"
    assert told["pages"] >= 4
    assert b"".join(Client().get(told["file"]).streaming_content).startswith(b"%PDF-")
    make_entry(log, body="More.")
    later = api.get(API).json()
    assert (later["pdf"], later["earlier"]["sha256"]) == (None, told["sha256"])
    assert json.dumps(later)


def test_the_api_says_no_in_words(campaign: Campaign, shifter: User):
    api = APIClient()
    api.force_authenticate(shifter)
    assert api.get("/api/v1/campaigns/nothing/log/pdf/").status_code == 404
    assert api.get(f"{API}?x=1").status_code == 400
