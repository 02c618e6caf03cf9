"""Windows that save the same draft at once, on whatever database the tests run with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from campaigns.log.drafts import OtherDraft, draft_of, save_draft
from campaigns.log.unread import mark_read
from campaigns.models import LogDraft, LogReading
from tests.log_pages.conftest import write

pytestmark = pytest.mark.django_db(transaction=True)
WINDOWS = 6


def at_once(act) -> list[object]:
    """What each of the windows gets, all begun at the same moment."""
    start = Barrier(WINDOWS)

    def one(number: int) -> object:
        try:
            start.wait(10)
            return act(number)
        except OtherDraft as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(WINDOWS) as pool:
        return list(pool.map(one, range(WINDOWS)))


def test_of_windows_that_save_at_once_one_saves_and_the_others_are_shown_its_text(campaign, shifter):
    got = at_once(
        lambda number: save_draft(
            campaign, actor=shifter, about="new", content={"body": f"Text of window {number}."}, version=0
        )
    )
    saved = [one for one in got if isinstance(one, LogDraft)]
    refused = [one for one in got if isinstance(one, OtherDraft)]
    assert (len(saved), len(refused)) == (1, WINDOWS - 1)
    kept = draft_of(campaign, shifter)
    assert kept is not None
    assert kept.content == saved[0].content
    assert {one.draft.content["body"] for one in refused} == {kept.content["body"]}


def test_reading_in_several_windows_at_once_ends_at_the_newest(campaign, shifter):
    for number in range(WINDOWS):
        write(campaign, shifter, f"Entry {number}.")
    at_once(lambda number: mark_read(campaign, shifter, number + 1))
    assert LogReading.objects.get().number == WINDOWS
