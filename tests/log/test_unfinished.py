"""Drafts that were left: found again, told of before they go, and removed with their files; files of nothing are swept up."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from campaigns.log import unfinished
from campaigns.log.drafts import draft_of, put_file, save_draft
from campaigns.log.unfinished import KEPT_FOR, TOLD_FOR, clean_drafts
from campaigns.models import Campaign, LogDraft, LogDraftFile
from campaigns.tasks import clean_log_drafts
from portal.models import Notice, User
from tests.log_pages.test_log_writing import png

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def begun(campaign: Campaign, user: User, about: str = "new", body: str = "Half a sentence", *, ago: timedelta) -> LogDraft:
    draft = save_draft(campaign, actor=user, about=about, content={"body": body}, version=0)
    LogDraft.objects.filter(pk=draft.pk).update(saved_at=timezone.now() - ago)
    return draft


def on_disk() -> list[Path]:
    return [path for path in Path(default_storage.path("log-drafts")).rglob("*") if path.is_file()]


def test_a_draft_that_lay_for_long_is_told_of_then_removed_with_its_files(
    campaign, shifter, django_capture_on_commit_callbacks
):
    draft = begun(campaign, shifter, "reply-3", ago=timedelta())
    put_file(campaign, actor=shifter, about="reply-3", file=png())
    now = timezone.now()
    assert clean_drafts(now + KEPT_FOR - TOLD_FOR - DAY) == 0
    assert not Notice.objects.exists()
    told = now + KEPT_FOR - TOLD_FOR + DAY
    assert [clean_drafts(told), clean_drafts(told + DAY)] == [0, 0]
    notice = Notice.objects.get()
    assert notice.subject == f"pdhd-reco-2026b: the reply to entry 3 that you began goes on {told + TOLD_FOR:%-d %b}"
    assert notice.path == "/campaigns/pdhd-reco-2026b/log/3/reply/"
    with django_capture_on_commit_callbacks(execute=True):
        assert clean_drafts(told + TOLD_FOR + DAY) == 1
    draft.refresh_from_db()
    assert (draft.content, draft.version, draft.goes_at) == ({}, 2, None), "a window that is still open is told"
    assert not LogDraftFile.objects.exists()
    assert on_disk() == []
    assert clean_drafts(told + 2 * KEPT_FOR) == 0


def test_nothing_is_removed_that_was_not_told_of_for_a_fortnight(campaign, shifter):
    begun(campaign, shifter, ago=10 * KEPT_FOR)
    clean_log_drafts()
    assert draft_of(campaign, shifter).content["body"] == "Half a sentence"
    assert clean_drafts(timezone.now() + TOLD_FOR - DAY) == 0
    assert clean_drafts(timezone.now() + TOLD_FOR + DAY) == 1


@pytest.mark.parametrize("goes_on", ["text", "file"])
def test_whoever_goes_on_with_it_keeps_it(campaign, shifter, goes_on):
    begun(campaign, shifter, ago=KEPT_FOR)
    clean_drafts()
    assert draft_of(campaign, shifter).goes_at is not None
    if goes_on == "text":
        save_draft(campaign, actor=shifter, about="new", content={"body": "A whole one."}, version=1)
    else:
        put_file(campaign, actor=shifter, about="new", file=png())
    assert draft_of(campaign, shifter).goes_at is None
    assert clean_drafts(timezone.now() + TOLD_FOR + DAY) == 0


def test_a_draft_of_files_alone_is_one_and_an_empty_one_is_none(campaign, shifter, coordinator):
    put_file(campaign, actor=shifter, about="check", file=png())
    begun(campaign, coordinator, body=" ", ago=KEPT_FOR)
    assert [one.about for one in unfinished.unfinished(shifter)] == ["check"]
    assert not unfinished.unfinished(coordinator).exists()
    clean_drafts()
    assert not Notice.objects.exists()


def test_files_without_a_row_are_swept_up_and_no_others(campaign, shifter):
    kept = put_file(campaign, actor=shifter, about="new", file=png())
    names = {}
    for name, age in (
        ("log-drafts/2026/08/old.png", 2 * DAY),
        ("log-drafts/2026/08/new.png", DAY / 2),
        ("log/old.png", 9 * DAY),
    ):
        default_storage.save(name, ContentFile(b"x"))
        names[name] = default_storage.path(name)
        at = datetime.now().timestamp() - age.total_seconds()
        os.utime(names[name], (at, at))
    os.utime(kept.file.path, (0, 0))
    clean_drafts()
    assert [name for name, path in names.items() if Path(path).exists()] == ["log-drafts/2026/08/new.png", "log/old.png"]
    assert Path(kept.file.path).exists()


def test_where_nothing_was_ever_kept_there_is_nothing_to_clean(campaign):
    assert clean_drafts() == 0


def test_home_and_log_lead_back_to_what_was_begun(campaign, shifter, coordinator, client_of, django_assert_num_queries):
    begun(campaign, shifter, "handover", "What to look after: **#3225**", ago=3 * DAY)
    begun(campaign, shifter, "new", ago=DAY)
    LogDraft.objects.filter(about="handover").update(goes_at=datetime(2026, 12, 12, tzinfo=timezone.now().tzinfo))
    home = " ".join(client_of(shifter).get("/").content.decode().split())
    panel = home[home.index('id="drafts"') : home.index('id="wrong"')]
    assert '<a href="/campaigns/pdhd-reco-2026b/shift/handover/">Handover</a>' in panel
    assert "What to look after: #3225" in panel
    assert "removed on 12 Dec" in panel
    assert panel.index(">Entry</a>") < panel.index(">Handover</a>"), "what was touched last comes first"
    log = client_of(shifter).get("/campaigns/pdhd-reco-2026b/log/").content.decode()
    assert ">Handover</a>" in log[log.index('id="drafts"') :]
    assert ">Entry</a>" not in log[log.index('id="drafts"') :]
    for page in ("/", "/campaigns/pdhd-reco-2026b/log/"):
        assert 'id="drafts"' not in client_of(coordinator).get(page).content.decode()
