"""People who are named as @name in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from portal.markdown import names_mentioned
from portal.models import User

MOST_MENTIONS = 20
LONGEST_USERNAME = 150  # as Django has it


def people_named(text: str) -> list[User]:
    """The people after an @ in the text, each once; at most 20 names are looked for."""
    return people_with_names(names_mentioned(text)[:MOST_MENTIONS])


def people_with_names(names: Iterable[str]) -> list[User]:
    """Those of these names, whatever their case, who may log in."""
    wanted = [re.escape(name) for name in names if len(name) <= LONGEST_USERNAME]
    if not wanted:
        return []
    return list(User.objects.filter(username__iregex=f"^({'|'.join(wanted)})$", is_active=True))
