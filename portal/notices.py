"""Telling people: a row per person in the caller's transaction; mails go out later, each or as a daily digest.

Who wants no mail gets none; the rows stay, and the pages show them. What could not be mailed within 30 days is old news and is
not mailed any more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from smtplib import SMTPException, SMTPServerDisconnected

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from portal.locks import exclusive
from portal.models import Notice, User

log = logging.getLogger(__name__)

DIGEST_HOUR = 7  # UTC: before the working day in Europe, at night in America
MAILED_FOR = timedelta(days=30)
LONGEST_SUBJECT = 200
LONGEST_PATH = 300
LONGEST_IN_DIGEST = 600  # characters of one notice in a digest; the page has the rest
MOST_IN_DIGEST = 100


def tell(users: Iterable[User], subject: str, text: str = "", path: str = "", urgent: bool = False) -> list[Notice]:
    """Tell each of them once. Rolled back with the caller's transaction, so nobody hears of what did not happen.

    `path` is the page it is about, from the site's root. Urgent ones are mailed at once, also to those with a daily digest.
    """
    subject = " ".join(subject.split())
    if len(subject) > LONGEST_SUBJECT:
        subject = subject[: LONGEST_SUBJECT - 1] + "…"
    people = {user.pk: user for user in users if user.is_active}
    return Notice.objects.bulk_create(
        Notice(user=user, subject=subject, text=text, path=path[:LONGEST_PATH], is_urgent=urgent)
        for _pk, user in sorted(people.items())
    )


def send_due(now: datetime | None = None) -> int:
    """Mail what is due, at most one mail a person, and return how many mails were handed over. One sender at a time.

    At once: urgent notices, and all of people who want each mail. A digest is due when something in it is older than the
    last DIGEST_HOUR; it then holds everything up to now. A notice counts as sent after its mail was handed over, so that a
    mail server that is away costs nothing but time.
    """
    now = now or timezone.now()
    with exclusive("notices") as held:
        return _send_due(now) if held else 0


def last_digest_hour(now: datetime) -> datetime:
    """The newest moment at which digests became due."""
    today = now.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return today if today <= now else today - timedelta(days=1)


def _send_due(now: datetime) -> int:
    waiting = (
        Notice.objects.filter(sent_at=None, at__gte=now - MAILED_FOR, user__is_active=True)
        .exclude(user__mail=User.Mail.NEVER)
        .exclude(user__email="")
        .select_related("user")
        .order_by("user_id", "at", "pk")
    )
    mails = [
        (user, due)
        for user, notices in groupby(waiting, key=lambda notice: notice.user)
        if (due := _due(user, list(notices), now))
    ]
    if not mails:
        return 0
    n_sent = 0
    connection = get_connection()
    try:
        connection.open()
        for user, due in mails:
            try:
                EmailMessage(*_written(due), to=[user.email], connection=connection).send()
            except (SMTPServerDisconnected, ConnectionError):
                raise
            except (SMTPException, ValueError) as error:  # this address; the others still get theirs
                log.warning("A mail to %s was not taken: %s", user, error)
                continue
            Notice.objects.filter(pk__in=[notice.pk for notice in due]).update(sent_at=timezone.now())
            n_sent += 1
    except (OSError, SMTPException) as error:
        log.warning("The mail server does not take mails now (%s); %d wait for the next try.", error, len(mails) - n_sent)
    finally:
        connection.close()
    return n_sent


def _due(user: User, notices: list[Notice], now: datetime) -> list[Notice]:
    if user.mail == User.Mail.AT_ONCE or any(notice.at < last_digest_hour(now) for notice in notices):
        return notices
    return [notice for notice in notices if notice.is_urgent]


def _written(notices: list[Notice]) -> tuple[str, str]:
    """Subject and text of a mail: a single notice in full, several as a digest."""
    if len(notices) == 1:
        [notice] = notices
        subject, parts = notice.subject, [notice.text, _address(notice)]
    else:
        subject = f"{len(notices)} notices: {notices[-1].subject}"[:LONGEST_SUBJECT]
        parts = ["\n".join(filter(None, _in_digest(notice))) for notice in notices[-MOST_IN_DIGEST:]]
        if len(notices) > MOST_IN_DIGEST:
            parts.insert(0, f"The newest {MOST_IN_DIGEST} of {len(notices)}.")
    parts.append(f"How you are told is chosen on your profile page: {settings.SITE_URL.rstrip('/')}/profile/")
    return f"[DUNE production] {subject}", "\n\n".join(filter(None, parts)) + "\n"


def _in_digest(notice: Notice) -> tuple[str, str, str]:
    text = notice.text
    if len(text) > LONGEST_IN_DIGEST:
        text = text[: LONGEST_IN_DIGEST - 1]
        whole_lines = text.rpartition("\n")[0]  # a link cut in two leads nowhere
        text = f"{whole_lines}\n…" if whole_lines else f"{text}…"
    return f"{notice.at:%d %b %H:%M} UTC  {notice.subject}", text, _address(notice)


def _address(notice: Notice) -> str:
    return f"{settings.SITE_URL.rstrip('/')}{notice.path}" if notice.path else ""
