"""A campaign's jobscript and input files: kept by version, checked, compared, found again.

kept.py       which versions stand now, and their hashes
checking.py   what may be kept: names, texts, git references
linter.py     what production has learnt to look for in a jobscript (with shell.py and rules_*.py). Pure
diffing.py    how two texts differ. Pure
search.py     files of all campaigns by name, campaign and content

Keeping a version is campaigns/jobscript_services.py, above the steps, which read the versions from here.
"""

from campaigns.jobscripts.kept import current_hash, current_jobscript

__all__ = ["current_hash", "current_jobscript"]
