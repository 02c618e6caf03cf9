"""A campaign's jobscript and input files: kept by version, checked, compared, found again.

kept.py       which versions stand now, and their hashes
checking.py   what may be kept: names, texts, git references
linter.py     what production has learnt to look for in a jobscript (with shell.py and rules_*.py). Pure
diffing.py    how two texts differ. Pure
search.py     files of all campaigns by name, campaign and content

Keeping a version is campaigns/jobscript_services.py, above the steps, which read the versions from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from campaigns.models import Campaign

__all__ = ["current_hash"]


def current_hash(campaign: Campaign) -> str:
    """The SHA-256 (64 hexadecimal digits) of the jobscript that the campaign runs now; '' where none is kept. One query.

    To be written down with a workflow when it is reported: it tells for good which version was submitted. Of a text it is what
    `sha256sum FILE` says; of a git reference without text the hash of reference and commit. Input files have hashes of their
    own, and are not in it.
    """
    from campaigns.jobscripts.kept import current_jobscript  # here: the linter beside it is used without a database

    found = current_jobscript(campaign)
    return found.sha256 if found else ""
