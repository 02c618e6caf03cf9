"""How actions on campaigns and requests tell the steps, without knowing them."""

from django.dispatch import Signal

campaign_changed = Signal()
"""Sent as `campaign`, inside the transaction of the change: what follows from it stands or falls with it."""
