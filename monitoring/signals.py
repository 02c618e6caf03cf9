"""How the first floor tells those above, without knowing them."""

from django.dispatch import Signal

announced = Signal()
"""Sent after commit, once per MonitoringEvent, as `event`. A receiver that was not running finds the row."""

polled = Signal()
"""Sent at the end of every round of the poll, after all it found is committed."""
