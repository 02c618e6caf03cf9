"""Hearing of new entries: digest, each at once, the channel, and the feed."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from campaigns.log import services
from campaigns.log.watching import tell_at_once, tell_daily, watch, watch_in_channel
from campaigns.models import LogWatch
from portal.models import Notice
from portal.notices import send_due
from tests.log_pages.conftest import saw, write
from tests.portal.test_webhook import Channel

pytestmark = pytest.mark.django_db
LOG = "/campaigns/pdhd-reco-2026b/log/"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def channel(settings):
    one = Channel()
    settings.NOTICES_WEBHOOK_URL = one.url
    yield one
    one.server.shutdown()
    one.server.server_close()


def test_a_digest_names_peoples_entries_first_and_comes_once(campaign, shifter, coordinator):
    watch(campaign, actor=coordinator, way="digest")
    saw(campaign, "3225 finished, 341 of 350 files")
    write(campaign, shifter, "Disk full at US_Wisconsin.", kind="incident")
    write(campaign, coordinator, "My own.")
    assert tell_daily() == 1
    notice = Notice.objects.get(user=coordinator)
    assert notice.subject == "pdhd-reco-2026b: 2 new entries in the log"
    assert notice.path == LOG
    assert re.search(r"incident by shifter1: Disk full.*3225 finished", notice.text, re.DOTALL)
    assert not notice.is_urgent
    assert tell_daily() == 0
    write(campaign, shifter, "Later.")
    assert tell_daily() == 0, "one a day"
    assert tell_daily(timezone.now() + timedelta(hours=24)) == 1


def test_each_entry_at_once_is_what_people_write_and_what_is_bad(campaign, shifter, coordinator):
    watch(campaign, actor=coordinator, way="at-once")
    coordinator.email = "coordinator1@example.org"
    coordinator.save()
    saw(campaign, "3225 finished")
    saw(campaign, "UK_Brunel went bad", state="bad")
    entry = write(campaign, shifter, "I look into it.")
    services.reply(entry, actor=shifter, body="It is the disk.")
    assert tell_at_once() == 1
    subjects = list(Notice.objects.filter(user=coordinator).values_list("subject", flat=True))
    assert subjects == [
        "pdhd-reco-2026b, UK_Brunel went bad", "pdhd-reco-2026b, note by shifter1: I look into it.",
        "pdhd-reco-2026b, reply by shifter1: It is the disk.",
    ]  # fmt: skip
    assert send_due() == 1
    assert "I look into it." in mail.outbox[0].body
    assert tell_at_once() == 0


def test_who_ends_it_hears_no_more_and_what_came_before_is_no_news(campaign, shifter, coordinator):
    write(campaign, shifter, "Before.")
    watch(campaign, actor=coordinator, way="digest")
    assert tell_daily() == 0
    watch(campaign, actor=coordinator, way="")
    write(campaign, shifter, "After.")
    assert tell_daily() == 0


def test_the_channel_hears_once_a_day_and_is_asked_again_when_it_was_away(campaign, shifter, coordinator, channel):
    watch_in_channel(campaign, actor=shifter, is_on=True)
    write(campaign, shifter, "Disk full <script>.", kind="incident")
    channel.statuses = [500]
    assert tell_daily() == 0
    channel.statuses = [200]
    channel.texts.clear()
    assert tell_daily() == 1
    [message] = channel.texts
    assert "1 new entry in the log of pdhd-reco-2026b" in message
    assert LOG in message
    assert tell_daily() == 0


def test_the_pages_say_how_one_watches(client_of, campaign, shifter, production, coordinator, channel):
    reader = client_of(shifter)
    assert "Once a day" in reader.get(f"{LOG}watch/").content.decode()
    reader.post(f"{LOG}watch/", {"what": "own", "way": "at-once"})
    assert LogWatch.objects.get().way == "at-once"
    assert ">Watching</a>" in reader.get(LOG).content.decode()
    assert reader.post(f"{LOG}watch/", {"what": "own", "way": "hourly"}).status_code == 400
    reader.post(f"{LOG}watch/", {"what": "channel", "on": "1"})
    client_of(coordinator).post(f"{LOG}watch/", {"what": "channel", "on": "1"})
    assert LogWatch.objects.filter(way="channel").count() == 1
    assert client_of(production).post(f"{LOG}watch/", {"what": "channel", "on": ""}).status_code == 403
    reader.post(f"{LOG}watch/", {"what": "own", "way": ""})
    assert not LogWatch.objects.exclude(way="channel").exists()


def test_nobody_is_told_of_what_did_not_happen(campaign, shifter, coordinator):
    watch(campaign, actor=coordinator, way="at-once")
    with transaction.atomic():
        write(campaign, shifter, "Taken back.")
        transaction.set_rollback(True)
    assert tell_at_once() == 0


def entries(client, **asked) -> list[ET.Element]:
    answer = client.get(f"{LOG}feed/", asked)
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    return ET.fromstring(answer.content).findall(f"{ATOM}entry")


def test_the_feed_is_atom_with_filters_and_never_changes_what_names_an_entry(client, campaign, shifter, coordinator):
    entry = write(campaign, shifter, "Disk full\x07 at **US_Wisconsin** & elsewhere.", kind="incident", tags=["disk"])
    services.reply(entry, actor=coordinator, body="Ticket.")
    saw(campaign, "3225 finished")
    first = entries(client)
    assert [one.findtext(f"{ATOM}title") for one in first] == [
        "3225 finished", "reply by coordinator1: Ticket.", "incident by shifter1: Disk full at US_Wisconsin & elsewhere.",
    ]  # fmt: skip
    assert "<strong>US_Wisconsin</strong> &amp; elsewhere" in first[2].findtext(f"{ATOM}summary")
    assert first[2].find(f"{ATOM}link").get("href").endswith(f"{LOG}1/")
    services.edit_entry(entry, actor=shifter, version=1, body="Disk full.")
    again = entries(client, kind="incident")
    assert [one.findtext(f"{ATOM}id") for one in again] == [first[2].findtext(f"{ATOM}id")]
    assert again[0].findtext(f"{ATOM}updated") >= first[2].findtext(f"{ATOM}updated")
