"""Checks and handovers are written in the log's editor: drafts, files, a look at the text, two windows; no word is lost."""

from __future__ import annotations

import json

import pytest

from campaigns.log.drafts import draft_of, save_draft
from campaigns.models import Check, EntryKind, Handover
from campaigns.shift.services import record_check
from monitoring.models import Workflow
from tests.log_pages.test_log_writing import hidden, png

pytestmark = pytest.mark.django_db
HERE = "/campaigns/pdhd-reco-2026b"
CHECK, HANDOVER, DRAFT = f"{HERE}/checks/record/", f"{HERE}/shift/handover/", f"{HERE}/log/draft/"
PAGES = [("check", CHECK, CHECK), ("handover", HANDOVER, f"{HERE}/shift/")]


@pytest.fixture(autouse=True)
def _uploads_go_elsewhere(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def keep(client, about: str, body: str, version: int = 0):
    sent = {"about": about, "version": version, "content": {"body": body}}
    return client.post(DRAFT, json.dumps(sent), content_type="application/json")


@pytest.mark.parametrize(("about", "sends_to", "page"), PAGES)
def test_what_was_kept_stands_in_the_form_again(campaign, zurich, client_of, about, sends_to, page):
    assert keep(client_of(zurich), about, "Typed before the session was lost.").json()["version"] == 1
    shown = client_of(zurich).get(page).content.decode()
    assert "Typed before the session was lost.</textarea>" in shown
    assert f'data-about="{about}"' in shown
    assert hidden(shown, "draft_version") == "1"
    assert f'action="{sends_to}"' in shown


@pytest.mark.parametrize(("about", "sends_to", "page"), PAGES)
def test_a_second_window_does_not_overwrite_the_first(campaign, zurich, client_of, about, sends_to, page):
    client = client_of(zurich)
    keep(client, about, "Of the first window.")
    answer = keep(client, about, "Of the second window.")
    assert answer.status_code == 409
    assert "You changed this text in another window" in answer.json()["html"]
    plain = client.post(sends_to, {"body": "Of a third, without script.", "action": "keep", "draft_version": "0"})
    assert plain.status_code == 409
    assert "Of a third, without script.</textarea>" in plain.content.decode()
    assert draft_of(campaign, zurich, about).content["body"] == "Of the first window."


@pytest.mark.parametrize(("about", "sends_to", "page"), PAGES)
def test_a_file_is_kept_with_the_draft_looked_at_and_becomes_one_of_the_entry(
    campaign, zurich, client_of, about, sends_to, page
):
    client = client_of(zurich)
    client.post(f"{HERE}/log/draft/files/", {"about": about, "file": png()})
    text = "Full: ![disk](file:disk.png)"
    look = client.post(sends_to, {"body": text, "action": "preview"}).content.decode()
    assert "/log/draft/files/" in look[look.index("As it will look:") :]
    assert client.post(sends_to, {"body": text}).status_code == 302
    entry = campaign.log_entries.get(kind=EntryKind.CHECK if about == "check" else EntryKind.HANDOVER)
    assert [file.name for file in entry.files.all()] == ["disk.png"]
    assert entry.body.startswith(text)
    assert not draft_of(campaign, zurich, about).files.exists()


@pytest.mark.parametrize(("about", "sends_to", "page"), PAGES)
def test_a_file_that_is_none_is_refused_and_the_text_stays(campaign, zurich, client_of, about, sends_to, page):
    answer = client_of(zurich).post(sends_to, {"body": "Look.", "files": png("run.exe")})
    assert answer.status_code == 400
    assert "run.exe is of no kind that is kept" in answer.content.decode()
    assert "Look.</textarea>" in answer.content.decode()
    assert draft_of(campaign, zurich, about).content["body"] == "Look."


def test_a_handover_sent_twice_is_one(campaign, zurich, client_of):
    client = client_of(zurich)
    token = hidden(client.get(f"{HERE}/shift/").content.decode(), "token")
    for _ in range(2):
        assert client.post(HANDOVER, {"body": "3221 runs.", "token": token}).status_code == 302
    assert Handover.objects.count() == 1


def test_a_draft_is_thrown_away_and_the_check_opens_with_what_is_new_again(campaign, zurich, client_of):
    Workflow.objects.update(state="paused")
    client = client_of(zurich)
    keep(client, "check", "Of yesterday.")
    client.post(CHECK, {"action": "discard"})
    assert "Any workflow paused: #3221" in client.get(CHECK).content.decode()


def test_who_was_second_keeps_the_text_and_may_reply_with_it(campaign, zurich, client_of, coordinator):
    client = client_of(zurich)
    keep(client, "check", "CERN was slow.")
    first = record_check(campaign, actor=coordinator, nothing_new=True)
    answer = client.post(CHECK, {"body": "CERN was slow, too.", "draft_version": "1"})
    assert answer.status_code == 409
    for page in (answer.content.decode(), client.get(CHECK).content.decode()):
        assert "CERN was slow, too.</code>" in page
        assert f'href="{HERE}/log/{first.entry.number}/reply/"' in page
    assert Check.objects.count() == 1
    assert "What you wrote" not in client_of(coordinator).get(CHECK).content.decode()


def test_drafts_of_one_kind_leave_the_others_alone(campaign, zurich, client_of):
    for about in ("new", "check", "handover"):
        save_draft(campaign, actor=zurich, about=about, content={"body": f"Of {about}."}, version=0)
    client_of(zurich).post(CHECK, {"body": "Of check.", "draft_version": "1"})
    assert draft_of(campaign, zurich, "check").content == {}
    assert draft_of(campaign, zurich, "new").content["body"] == "Of new."
    assert draft_of(campaign, zurich, "handover").content["body"] == "Of handover."
