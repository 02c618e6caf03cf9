"""Telling people by mail: at once, once a day, or not at all; never lost, never twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from threading import Event, Thread

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction

from portal.locks import exclusive
from portal.models import Notice, User
from portal.notices import last_digest_hour, send_due, tell
from portal.tasks import send_notices

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 24, 7, 5, tzinfo=UTC)


@pytest.fixture
def people(make_user, time_machine_at):
    """One who wants each mail, one with a daily digest, one who wants none; it is the evening before."""
    time_machine_at(MORNING - timedelta(hours=12))
    return {how: make_user(how, mail=how, email=f"{how}@example.org") for how in ("at-once", "digest", "never")}


def recipients() -> list[str]:
    return [address for message in mail.outbox for address in message.to]


def test_each_is_told_as_they_chose(people, settings) -> None:
    settings.SITE_URL = "https://portal.example.org/"
    tell(people.values(), "Request 5 was changed", "Tag: a → b", path="/requests/5/")
    tell(people.values(), "Request 5 was declined")
    assert send_due(MORNING - timedelta(hours=11)) == 1
    assert recipients() == ["at-once@example.org"]
    assert send_due(MORNING - timedelta(hours=1)) == 0  # not yet seven
    assert send_due(MORNING) == 1
    assert recipients()[1:] == ["digest@example.org"]
    digest = mail.outbox[1]
    assert digest.subject == "[DUNE production] 2 notices: Request 5 was declined"
    for part in ("Request 5 was changed", "Tag: a → b", "https://portal.example.org/requests/5/", "Request 5 was declined"):
        assert part in digest.body
    assert send_due(MORNING) == 0
    assert Notice.objects.filter(sent_at=None).count() == 2  # of the one who wants no mail


def test_a_digest_missed_at_seven_goes_out_at_the_next_tick_and_only_once_that_day(people) -> None:
    tell([people["digest"]], "First")
    assert send_due(MORNING + timedelta(hours=6)) == 1
    Notice.objects.create(user=people["digest"], subject="Second", at=MORNING + timedelta(hours=7))
    assert send_due(MORNING + timedelta(hours=8)) == 0
    assert send_due(MORNING + timedelta(days=1)) == 1


def test_what_is_urgent_does_not_wait_for_the_digest(people) -> None:
    tell(people.values(), "Later")
    tell(people.values(), "Scope of workflow 5 is wrong", urgent=True)
    send_due(MORNING - timedelta(hours=11))
    to_digest = [message for message in mail.outbox if message.to == ["digest@example.org"]]
    assert [message.subject for message in to_digest] == ["[DUNE production] Scope of workflow 5 is wrong"]
    assert "never@example.org" not in recipients()


def test_nobody_hears_of_what_did_not_happen(people) -> None:
    class Stop(Exception):
        pass

    def tell_and_fail() -> None:
        with transaction.atomic():
            tell(people.values(), "x")
            raise Stop

    with pytest.raises(Stop):
        tell_and_fail()
    assert not Notice.objects.exists()


def test_a_notice_is_sent_only_after_its_mail_was_taken(people, monkeypatch: pytest.MonkeyPatch) -> None:
    tell([people["at-once"], people["digest"]], "x")

    def refuse(self: EmailBackend, messages: list[mail.EmailMessage]) -> int:
        raise SMTPServerDisconnected("gone")

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refuse)
        assert send_due(MORNING) == 0
    assert Notice.objects.filter(sent_at=None).count() == 2
    assert send_due(MORNING) == 2
    assert not Notice.objects.filter(sent_at=None).exists()


def test_one_address_that_is_refused_does_not_hold_up_the_others(people, monkeypatch: pytest.MonkeyPatch) -> None:
    tell([people["at-once"], people["digest"]], "x")
    taken = EmailBackend.send_messages

    def refuse_one(self: EmailBackend, messages: list[mail.EmailMessage]) -> int:
        if messages[0].to == ["at-once@example.org"]:
            raise SMTPRecipientsRefused({})
        return taken(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", refuse_one)
    assert send_due(MORNING) == 1
    assert recipients() == ["digest@example.org"]


def test_old_news_people_without_address_and_those_who_left_get_no_mail(people, make_user) -> None:
    Notice.objects.create(user=people["at-once"], subject="Old", at=MORNING - timedelta(days=31))
    tell([make_user("nowhere", mail="at-once")], "x")
    gone = make_user("gone", mail="at-once", email="gone@example.org", is_active=False)
    assert tell([gone], "x") == []
    Notice.objects.create(user=gone, subject="Before they left", at=MORNING)
    assert send_due(MORNING) == 0


def test_only_one_sender_at_a_time(people) -> None:
    tell([people["at-once"]], "x")
    holds, let_go = Event(), Event()

    def other_sender() -> None:  # in a session of its own
        with exclusive("notices"):
            holds.set()
            let_go.wait(30)
        connection.close()

    thread = Thread(target=other_sender)
    thread.start()
    try:
        assert holds.wait(30)
        send_notices()
        assert mail.outbox == []
    finally:
        let_go.set()
        thread.join()
    send_notices()
    assert len(mail.outbox) == 1


def test_a_subject_holds_no_line_break_and_has_an_end(people) -> None:
    [notice] = tell([people["digest"]], "a\r\nBcc: x@example.org " + "x" * 300)
    assert "\n" not in notice.subject
    assert len(notice.subject) == 200
    assert tell([people["digest"], people["digest"]], "once")[0].user == people["digest"]
    assert Notice.objects.filter(subject="once").count() == 1


def test_the_digest_hour_is_seven_utc() -> None:
    assert last_digest_hour(MORNING).hour == 7
    assert last_digest_hour(MORNING - timedelta(hours=1)) == datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_many_notices_make_one_mail(people) -> None:
    for n in range(150):
        tell([people["digest"]], f"Notice {n}")
    assert send_due(MORNING) == 1
    assert "The newest 100 of 150." in mail.outbox[0].body
    assert User.objects.get(username="digest").notices.filter(sent_at=None).count() == 0
