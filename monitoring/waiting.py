"""What a failure leaves on a row of what is asked: since when, why, and when next. The caller saves it."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from monitoring.models import Polled

LONGEST_WAIT_SECONDS = 3600


def put_off(
    polled: Polled, kind: str, why: str, *, first_seconds: float, told_seconds: float | None = None, at_most: float = 0
) -> bool:
    """Wait for the regular time first, then twice as long each time, up to an hour (or `at_most`); or as the source told.

    Returns whether it began to fail now.
    """
    now = timezone.now()
    is_new = not polled.is_failing
    polled.failing_since = polled.failing_since or now
    polled.n_failures += 1
    polled.error_kind, polled.error_text = kind, why
    wait = min(first_seconds * 2 ** min(polled.n_failures - 1, 20), at_most or LONGEST_WAIT_SECONDS)
    polled.told_to_wait = told_seconds is not None
    polled.next_try_at = now + timedelta(seconds=wait if told_seconds is None else max(told_seconds, 1.0))
    return is_new
