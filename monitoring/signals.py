"""How the first floor tells those above, without knowing them."""

from django.dispatch import Signal

announced = Signal()
"""Sent after commit, once per MonitoringEvent, as `event`. A receiver that was not running finds the row."""
