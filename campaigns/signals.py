"""How actions on campaigns and requests tell the steps, without knowing them."""

from django.dispatch import Signal

campaign_changed = Signal()
"""Sent as `campaign`, inside the transaction of the change: what follows from it stands or falls with it."""

acted = Signal()
"""Sent as `event`, a StepEvent, inside the transaction that wrote it: the log tells of it, which the steps do not know."""

log_changed = Signal()
"""Sent as `entry` and `what` (written, edited, amended, struck), inside the transaction: of people's and machines' entries."""
