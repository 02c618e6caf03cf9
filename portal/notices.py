"""Telling people: a row per person in the caller's transaction; mails go out later (portal.tasks.send_notices)."""

from __future__ import annotations

from collections.abc import Iterable

from portal.models import Notice, User

LONGEST_SUBJECT = 200
LONGEST_PATH = 300


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
