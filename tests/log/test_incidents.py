"""Incidents are open until somebody closes them; the thread tells who did and when, and they may be reopened."""

from __future__ import annotations

import pytest

from campaigns.log import services
from campaigns.log.incidents import close_incident, open_incidents, reopen_incident
from campaigns.models import LogClosing, LogEntry
from portal.errors import Conflict, Invalid, NotAllowed
from tests.log_pages.conftest import write

pytestmark = pytest.mark.django_db
LOG = "/campaigns/pdhd-reco-2026b/log/"


def read(entry: LogEntry) -> LogEntry:
    return LogEntry.objects.get(pk=entry.pk)


def test_an_incident_is_open_until_it_is_closed_and_may_be_reopened(campaign, shifter, coordinator):
    first, second = (write(campaign, shifter, f"Incident {n}.", kind="incident") for n in (1, 2))
    write(campaign, shifter, "A note.")
    assert [one.number for one in open_incidents(campaign)] == [2, 1]
    said = close_incident(first, actor=coordinator)
    assert (said.body, said.author, said.parent, said.data) == ("Closed.", coordinator, first, {"incident": "closed"})
    assert (read(first).closing.by, read(first).closing.at) == (coordinator, said.written_at)
    assert [one.number for one in open_incidents(campaign)] == [2]
    reopen_incident(first, actor=shifter, body="It is back.")
    assert read(first).is_open
    close_incident(first, actor=shifter, body="The node is out.")
    thread = first.replies.order_by("number").values_list("author__username", "body")
    assert list(thread) == [("coordinator1", "Closed."), ("shifter1", "It is back."), ("shifter1", "The node is out.")]
    assert LogClosing.objects.count() == 1
    services.strike_entry(second, actor=coordinator, reason="Elsewhere.")
    assert not open_incidents(campaign).exists(), "what is struck through is not open"


def test_who_comes_second_is_told_and_nothing_is_written(campaign, shifter, coordinator):
    entry = write(campaign, shifter, "Down.", kind="incident")
    with pytest.raises(Conflict, match="is open"):
        reopen_incident(entry, actor=shifter)
    close_incident(entry, actor=coordinator)
    with pytest.raises(Conflict, match=r"coordinator1 closed it on \d{4}-\d\d-\d\d at \d\d:\d\d UTC"):
        close_incident(entry, actor=shifter)
    assert entry.replies.count() == 1


def test_only_incidents_are_closed_and_only_by_those_who_may_reply(campaign, shifter, outsider, coordinator):
    note, incident = write(campaign, shifter), write(campaign, shifter, "Down.", kind="incident")
    answer = services.reply(incident, actor=shifter, body="Seen.")
    for entry in (note, answer):
        with pytest.raises(Invalid, match="is no incident"):
            close_incident(entry, actor=shifter)
    for act in (close_incident, reopen_incident):
        with pytest.raises(NotAllowed):
            act(incident, actor=outsider)
    services.strike_entry(incident, actor=coordinator, reason="Elsewhere.")
    with pytest.raises(Conflict, match="struck through"):
        close_incident(incident, actor=shifter)


def test_a_closing_that_cannot_be_said_leaves_it_open(campaign, shifter):
    entry = write(campaign, shifter, "Down.", kind="incident")
    with pytest.raises(Invalid, match="Write something"):
        close_incident(entry, actor=shifter, body=" ")
    assert read(entry).is_open


def test_one_click_closes_and_reopens_on_the_log_and_on_the_entrys_page(campaign, shifter, client_of, client):
    write(campaign, shifter, "UK_Brunel is **down**.", kind="incident")
    reader = client_of(shifter)
    page = reader.get(LOG).content.decode()
    assert "UK_Brunel is down." in page[page.index('id="l-open"') :], "it stands among what is open"
    assert f'action="{LOG}1/close/"' in page
    assert reader.post(f"{LOG}1/close/").headers["Location"] == f"{LOG}#e1"
    page = reader.get(LOG).content.decode()
    assert "No alert and no incident." in page
    assert "closed the incident" in page
    assert 'data-state="bad"><span' not in page[page.index('id="e1"') :]
    assert "closed it on" in reader.post(f"{LOG}1/close/", follow=True).content.decode()
    assert reader.post(f"{LOG}1/reopen/", {"back": "entry"}).headers["Location"] == f"{LOG}1/"
    assert f'action="{LOG}1/close/"' not in client.get(LOG).content.decode(), "who only reads closes nothing"
    assert ">open</span>" in client.get(f"{LOG}1/").content.decode()


def test_a_reply_may_close_and_a_refused_one_keeps_its_words(campaign, shifter, client_of, coordinator):
    entry = write(campaign, shifter, "Down.", kind="incident")
    reader = client_of(shifter)
    assert "Reply and close" in reader.get(f"{LOG}1/reply/").content.decode()
    assert reader.post(f"{LOG}1/reply/", {"body": "The node is out.", "action": "close"}).status_code == 302
    assert read(entry).closing.by == shifter
    answer = reader.post(f"{LOG}1/reply/", {"body": "Once more.", "action": "close"})
    assert answer.status_code == 409
    assert "shifter1 closed it on" in answer.content.decode()
    assert "Once more.</textarea>" in answer.content.decode()
    assert "Reply and reopen" in answer.content.decode()
    reader.post(f"{LOG}1/reply/", {"body": "It is back.", "action": "reopen"})
    assert read(entry).is_open
    assert "Reply and close" not in reader.get(f"{LOG}2/reply/").content.decode()


def test_the_api_closes_reopens_and_tells(campaign, shifter, client_of):
    write(campaign, shifter, "Down.", kind="incident")
    api = "/api/v1/campaigns/pdhd-reco-2026b/log/1/"
    reader = client_of(shifter)
    assert reader.get(api).json()["closed"] is None
    told = reader.post(f"{api}close/", {"body": "Out."}, content_type="application/json").json()
    assert told["closed"]["by"] == "shifter1"
    assert [one["body"] for one in told["replies"]] == ["Out."]
    assert reader.post(f"{api}close/", {}, content_type="application/json").status_code == 409
    assert reader.post(f"{api}reopen/", {}, content_type="application/json").json()["closed"] is None
