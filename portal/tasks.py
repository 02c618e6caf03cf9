"""Celery tasks of the ground floor: each calls one service. Safe to run twice and safe to miss."""

from celery import shared_task

from portal.notices import send_due


@shared_task(name="portal.tasks.send_notices")
def send_notices() -> None:
    """Mail what is due: urgent notices and those of people who want each at once; digests once a day."""
    send_due()
