"""The page of a log as people read it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from zeal import zeal_context

from campaigns.log import services
from campaigns.log.drafts import put_file, save_draft
from campaigns.log.incidents import close_incident
from campaigns.log.unread import mark_read, unread_counts
from campaigns.models import LogReading
from tests.log_pages.conftest import many, saw, write
from tests.log_pages.test_log_writing import png

pytestmark = pytest.mark.django_db
LOG = "/campaigns/pdhd-reco-2026b/log/"


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def order_of(answer) -> list[int]:
    """Numbers of the entries as they stand on the page."""
    return [int(number) for number in re.findall(r'id="e(\d+)"', answer.content.decode())]


def test_everybody_reads_the_log_newest_first_and_as_a_document(client, campaign, shifter):
    for hour in (3, 1, 2):
        write(campaign, shifter, f"At {hour}.", happened_at=datetime(2026, 11, 23, hour, tzinfo=UTC))
    assert order_of(client.get(LOG)) == [1, 3, 2]
    assert order_of(client.get(LOG, {"order": "document"})) == [2, 3, 1]


def test_an_empty_log_says_what_to_do(client, client_of, campaign, shifter):
    assert "Nothing is in this log yet" in text_of(client.get(LOG))
    assert "Write the first entry above" in text_of(client_of(shifter).get(LOG))


def test_replies_stand_under_their_entry_also_when_they_are_much_newer(client, campaign, shifter, coordinator):
    first = write(campaign, shifter, "Disk full at US_Wisconsin.", kind="incident")
    write(campaign, shifter, "Something else.")
    services.reply(first, actor=coordinator, body="Ticket opened.")
    assert order_of(client.get(LOG)) == [2, 1, 3]


def test_many_entries_of_machines_are_folded_and_the_worst_is_said(client, campaign, shifter):
    saw(campaign, "3223 started")
    saw(campaign, "UK_Brunel went bad", state="bad")
    for k in range(3):
        saw(campaign, f"322{k} finished")
    write(campaign, shifter, "I look into it.")
    saw(campaign, "3224 submitted")
    said = text_of(client.get(LOG))
    assert "Machine: UK_Brunel went bad and 4 more since" in said
    assert client.get(LOG).content.decode().count('<details class="told"') == 1


def test_what_was_struck_through_stays_readable_with_name_and_reason(client, campaign, shifter, coordinator):
    entry = write(campaign, shifter, "Wrong campaign.")
    services.strike_entry(entry, actor=coordinator, reason="Belongs to pdvd.")
    page = client.get(LOG).content.decode()
    assert "Struck through by coordinator1" in page
    assert "Belongs to pdvd." in page
    assert re.search(r'class="prose md struck"><p>Wrong campaign\.', page)


def test_an_entry_tells_that_it_was_changed_and_its_page_what(client, campaign, shifter):
    entry = write(campaign, shifter, "Exit 65 at two sites.")
    services.edit_entry(entry, actor=shifter, version=1, body="Exit 65 at three sites.")
    services.amend_entry(entry, actor=shifter, body="And a fourth since noon.")
    assert "edited once, amended once" in text_of(client.get(LOG))
    page = client.get(f"{LOG}1/").content.decode()
    assert "<del>two</del><ins>three</ins>" in page
    assert page.count('id="v') >= 3 + 1  # three versions, and their heading
    assert "And a fourth since noon." in page


def test_exit_codes_workflows_and_people_are_explained_and_linked(client, campaign, shifter, coordinator):
    write(campaign, shifter, "Exit code 65 in #3225, @coordinator1 knows. #999999 is none.")
    page = client.get(LOG).content.decode()
    assert '<abbr title="data error' in page
    assert '<a href="/workflows/3225/"' in page
    assert re.search(r'<b class="person"><a href="/search/\?author=coordinator1"[^>]*>@coordinator1</a></b>', page)
    assert client.get("/search/?author=coordinator1").status_code == 200
    assert "/workflows/999999/" not in page


def test_filters_live_in_the_address(client, campaign, shifter, coordinator):
    write(campaign, shifter, "Disk.", kind="incident", tags=["disk"], references=[("site", "UK_Brunel")], workflows=[3225])
    write(campaign, coordinator, "Go on.", kind="decision", happened_at=datetime(2026, 11, 1, tzinfo=UTC))
    saw(campaign, "3225 paused")

    def found(**asked: str) -> list[int]:
        return sorted(order_of(client.get(LOG, asked)))

    assert found(kind="incident") == [1]
    assert found(by="people") == [1, 2]
    assert found(by="machines") == [3]
    assert found(author="coordinator1") == [2]
    assert found(tag="disk") == [1]
    assert found(workflow="#3225") == [1]
    assert found(site="UK_Brunel") == [1]
    assert found(**{"from": "2026-11-01", "to": "2026-11-01"}) == [2]
    assert found(q="DISK uk_brunel") == [1]
    assert found(q="disk nowhere") == []
    assert found(q="#3225") == [1, 3]


def test_a_filter_that_is_none_is_named_and_left_out(client, campaign, shifter):
    write(campaign, shifter)
    said = text_of(client.get(LOG, {"from": "yesterday", "workflow": "x", "kind": "gossip"}))
    assert "“yesterday” is no day" in said
    assert "“x” is no workflow’s number" in said
    assert "There is no kind gossip" in said
    assert order_of(client.get(LOG, {"from": "yesterday"})) == [1]


def test_words_that_were_searched_for_are_marked_and_markup_stays_whole(client, campaign, shifter):
    write(campaign, shifter, "AT&T <b>amp</b> href [amp](https://a.example/amp)")
    page = client.get(LOG, {"q": "amp"}).content.decode()
    assert "<mark>amp</mark>" in page
    assert 'href="https://a.example/amp"' in page
    assert "&<mark>" not in page


def test_pages_go_on_where_the_last_ended_though_entries_came_meanwhile(client, campaign, shifter):
    many(campaign, shifter, 120)
    first = client.get(LOG)
    write(campaign, shifter, "Meanwhile.")
    [older] = re.findall(r'rel="next" href="([^"]+)"', first.content.decode())
    second = client.get(LOG + older)
    assert len(order_of(first)) == len(order_of(second)) == 50
    assert max(order_of(second)) == min(order_of(first)) - 1
    assert "Newest entries" in text_of(second)


def test_unread_is_marked_until_it_is_said_to_be_read(client_of, campaign, shifter, coordinator):
    write(campaign, coordinator, "One.")
    reader = client_of(shifter)
    assert '<span class="new">' not in reader.get(LOG).content.decode(), "who never said what they read sees no marks"
    reader.post(f"{LOG}read/", {"number": "1"})
    write(campaign, coordinator, "Two.")
    write(campaign, shifter, "Mine.")
    page = reader.get(LOG)
    assert page.content.decode().count('<span class="new">new</span>') == 1
    assert "1 new" in text_of(page)
    assert order_of(reader.get(LOG, {"unread": "1"})) == [2]
    reader.post(f"{LOG}read/", {"number": "3"})
    assert "Nothing new" in text_of(reader.get(LOG))


def test_reading_never_goes_back_and_never_beyond_the_log(campaign, shifter, coordinator):
    for _ in range(3):
        write(campaign, coordinator)
    mark_read(campaign, shifter, 2)
    mark_read(campaign, shifter, 1)
    assert LogReading.objects.get().number == 2
    assert mark_read(campaign, shifter, 10**6).number == 3
    assert unread_counts(shifter, [campaign]) == {campaign.pk: 0}


def test_an_unread_reply_to_an_old_entry_is_not_lost(client_of, campaign, shifter, coordinator):
    old = write(campaign, shifter, "Old.", happened_at=timezone.now() - timedelta(days=9))
    mark_read(campaign, shifter, 1)
    services.reply(old, actor=coordinator, body="By the way.")
    page = text_of(client_of(shifter).get(LOG))
    assert "coordinator1 replied to entry 1" in page
    assert order_of(client_of(shifter).get(LOG, {"unread": "1"})) == [1, 2]


def test_what_came_meanwhile_is_counted_and_then_shown_by_itself(client, campaign, shifter, coordinator):
    write(campaign, shifter, "Before.")
    assert client.get(f"{LOG}new/", {"after": "1"}).content.strip() in (b"", b"{# #}")
    entry = write(campaign, coordinator, "After.", kind="incident")
    services.reply(entry, actor=shifter, body="Seen.")
    assert "2 new entries: show" in text_of(client.get(f"{LOG}new/", {"after": "1"}))
    shown = client.get(f"{LOG}new/", {"after": "1", "show": "1"})
    assert sorted(order_of(shown)) == [2, 3]
    assert "?after=3" in shown.content.decode(), "the next question begins after them"


@pytest.mark.parametrize("who", ["nobody", "shifter"])
def test_the_number_of_queries_does_not_grow_with_the_log(
    client, client_of, campaign, shifter, coordinator, django_assert_max_num_queries, who, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path / "media"
    reader = client if who == "nobody" else client_of(shifter)
    mark_read(campaign, shifter, 0)
    counted = []
    for more in (10, 990):
        many(campaign, coordinator, more)
        entry = write(campaign, coordinator, "Exit 65 @shifter1 #3225", tags=["disk"])
        services.reply(entry, actor=coordinator, body="More.")
        for closes in (True, False):
            incident = write(campaign, coordinator, "Down.", kind="incident")
            if closes:
                close_incident(incident, actor=coordinator)
        put_file(campaign, actor=shifter, about="new", file=png())
        save_draft(campaign, actor=shifter, about=f"reply-{entry.number}", content={"body": "Half"}, version=0)
        with django_assert_max_num_queries(25) as captured, zeal_context():
            assert reader.get(LOG).status_code == 200
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_the_home_page_says_what_is_new_in_the_logs_one_keeps_track_of(client, client_of, campaign, shifter, coordinator):
    write(campaign, coordinator, "One.")
    reader = client_of(shifter)
    assert "new in its log" not in reader.get("/").content.decode()
    mark_read(campaign, shifter, 0)
    assert "1 new in its log" in reader.get("/").content.decode()
    assert "new in its log" not in client.get("/").content.decode()


def test_every_page_of_a_campaign_leads_to_its_log_and_says_how_much_is_in_it(client, campaign, shifter):
    write(campaign, shifter)
    page = client.get("/campaigns/pdhd-reco-2026b/").content.decode()
    assert re.search(r'href="/campaigns/pdhd-reco-2026b/log/">Log <span class="count">1', page)
