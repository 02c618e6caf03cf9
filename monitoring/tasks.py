"""Celery tasks: each calls one service. Safe to run twice and safe to miss: the next tick asks the same."""

from celery import shared_task
from django.conf import settings

from monitoring.polling import poll_round


@shared_task(name="monitoring.tasks.poll_justin")
def poll_justin() -> None:
    """One round of the poll. It begins nothing new once the next round is due, so that listings stay fresh."""
    poll_round(budget_seconds=settings.JUSTIN_POLL_SECONDS)
