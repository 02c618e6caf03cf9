"""Search over all logs."""

from __future__ import annotations

import re

import pytest
from zeal import zeal_context

from tests.factories import make_campaign
from tests.log_pages.conftest import many, write

pytestmark = pytest.mark.django_db


def hits(client, **asked: str) -> list[str]:
    return re.findall(r"<b>([\w-]+)</b>, entry \d+", client.get("/search/", asked).content.decode())


def test_all_words_must_be_there_and_the_campaign_is_said(client, campaign, shifter, coordinator):
    other = make_campaign("pdvd-keepup", 403)
    write(campaign, shifter, "Disk full at US_Wisconsin.")
    write(other, coordinator, "Tape full at FNAL.")
    assert hits(client, q="FULL") == ["pdvd-keepup", "pdhd-reco-2026b"]
    assert hits(client, q="full wisconsin") == ["pdhd-reco-2026b"]
    assert hits(client, q="full nowhere") == []
    assert hits(client, q="coordinator1") == ["pdvd-keepup"]
    assert hits(client, q="full", kind="incident") == []


def test_hits_are_marked_and_nothing_typed_becomes_markup(client, campaign, shifter):
    write(campaign, shifter, "x" * 300 + " before <script>alert(1)</script> & after")
    page = client.get("/search/", {"q": "<script>alert"}).content.decode()
    assert "<mark>&lt;script&gt;alert</mark>(1)" in page
    assert "<script>alert" not in page


def test_nothing_asked_finds_nothing(client, campaign, shifter):
    write(campaign, shifter, "Something.")
    assert "Nothing found" not in client.get("/search/").content.decode()
    assert hits(client) == hits(client, q="   ") == []


def test_pages_of_many_hits_cost_the_same_for_ten_and_a_thousand(client, campaign, shifter, django_assert_max_num_queries):
    counted = []
    for more in (10, 990):
        many(campaign, shifter, more)
        with django_assert_max_num_queries(6) as captured, zeal_context():
            assert len(hits(client, q="exit 65")) == min(25, more)
        counted.append(len(captured))
    assert counted[0] == counted[1]
    assert len(hits(client, q="exit 65", page="2")) == 25
    assert len(hits(client, q="exit 65", page="40")) == 25
