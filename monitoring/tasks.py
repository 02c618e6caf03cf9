"""Celery tasks: each calls one service. Safe to run twice and safe to miss: the next tick asks the same."""

import logging

from celery import shared_task
from django.conf import settings
from kombu.exceptions import OperationalError

from monitoring import counting, datasets
from monitoring.polling import poll_round

log = logging.getLogger(__name__)
COUNTS_EXPIRE_SECONDS = 600.0  # a question that nobody took by then is asked at the next regular look


@shared_task(name="monitoring.tasks.poll_justin")
def poll_justin() -> None:
    """One round of the poll. It begins nothing new once the next round is due, so that listings stay fresh."""
    poll_round(budget_seconds=settings.JUSTIN_POLL_SECONDS)


@shared_task(name="monitoring.tasks.ask_metacat")
def ask_metacat(rows: list[int]) -> None:
    """Ask for these counts (primary keys of QueryCount): somebody waits for them."""
    counting.ask(rows, by_person=True, wait_seconds=settings.METACAT_TIMEOUT_SECONDS)


@shared_task(name="monitoring.tasks.read_datasets")
def read_datasets() -> None:
    """Read MetaCat's list of datasets, if it is due."""
    datasets.read_datasets()


def send_to_worker(rows: list[int]) -> bool:
    """Hand the question to the worker; False, and a line in the log, where the broker is away."""
    try:
        ask_metacat.apply_async((rows,), expires=COUNTS_EXPIRE_SECONDS, retry=False)
    except (OperationalError, OSError) as error:
        log.warning("MetaCat will be asked later, as the broker is away: %s", error)
        return False
    return True
