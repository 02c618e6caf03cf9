"""Who is told of an entry. Inside the transaction that writes it; mails go out later."""

from __future__ import annotations

from campaigns.models import LogEntry
from portal.mentions import people_named
from portal.models import User
from portal.notices import tell


def tell_mentioned(entry: LogEntry, text: str, author: User) -> None:
    """Whoever is named in it hears of it."""
    people = [user for user in people_named(text) if user.pk != author.pk]
    if people:
        subject = f"{author} mentioned you in the log of {entry.campaign}, entry {entry.number}"
        tell(people, subject[:200], text[:2_000], path=entry.get_absolute_url())
