"""Everything that was done to a campaign, to its steps and to the requests it serves, as one timeline with old and new values.

timeline.py reads a page of it; acts.py says an event of the campaign or a request in words, steps.py one of its steps.
"""

from campaigns.history.entries import Change, Entry
from campaigns.history.kinds import KINDS, Kind
from campaigns.history.timeline import Timeline

__all__ = ["KINDS", "Change", "Entry", "Kind", "Timeline"]
