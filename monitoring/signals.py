"""How the first floor tells those above, without knowing them."""

from django.dispatch import Signal

announced = Signal()
"""Sent after commit, once per MonitoringEvent, as `event`. A receiver that was not running finds the row."""

counted = Signal()
"""Sent after numbers of files were asked for and at least one is new or another than before."""

datasets_read = Signal()
"""Sent after MetaCat's list of datasets was read and stored, whatever is new in it."""

polled = Signal()
"""Sent at the end of every round of the poll, after all it found is committed."""

waited = Signal()
"""Sent instead when a round was due and asked nothing, as justIN was not to be asked yet."""
