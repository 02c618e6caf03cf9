"""Who is told of an entry. Inside the transaction that writes it; mails go out later."""

from __future__ import annotations

import re

from campaigns.models import LogEntry
from portal.markdown import names_mentioned
from portal.models import User
from portal.notices import tell

MOST_MENTIONS = 20
LONGEST_USERNAME = 150


def people_named(text: str, most: int = MOST_MENTIONS) -> list[User]:
    """The people after an @ in the text, each once."""
    return people_with_names(names_mentioned(text)[:most])


def people_with_names(names: list[str]) -> list[User]:
    """Those of these names, whatever their case."""
    wanted = [re.escape(name) for name in names if len(name) <= LONGEST_USERNAME]
    if not wanted:
        return []
    return list(User.objects.filter(username__iregex=f"^({'|'.join(wanted)})$", is_active=True))


def tell_mentioned(entry: LogEntry, text: str, author: User) -> None:
    """Whoever is named in it hears of it."""
    people = [user for user in people_named(text) if user.pk != author.pk]
    if people:
        subject = f"{author} mentioned you in the log of {entry.campaign}, entry {entry.number}"
        tell(people, subject[:200], text[:2_000], path=entry.get_absolute_url())
