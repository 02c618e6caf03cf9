"""Celery tasks of the second floor: each calls one service. Safe to run twice and safe to miss; settings say when they run."""

from celery import shared_task

from campaigns.models import Campaign
from campaigns.shift import keeping
from campaigns.steps import channel, refreshing, reminding


@shared_task(name="campaigns.tasks.tell_of_queue")
def tell_of_queue() -> None:
    """Tell people what began to wait for them."""
    reminding.tell_of_queue()


@shared_task(name="campaigns.tasks.remind_of_queue")
def remind_of_queue() -> None:
    """Once a working day: tell people what still waits for them."""
    reminding.remind_of_queue()


@shared_task(name="campaigns.tasks.remind_requesters")
def remind_requesters() -> None:
    """Remind requesters whose feedback is due, and tell coordinators when it is overdue."""
    reminding.remind_requesters()


@shared_task(name="campaigns.tasks.look_again_at_steps")
def look_again_at_steps() -> None:
    """See what changed by the calendar alone: appointments that began or ended, days that passed."""
    refreshing.look_again(Campaign.objects.active())


@shared_task(name="campaigns.tasks.post_alerts")
def post_alerts() -> None:
    """Tell the channel of guard alerts that opened."""
    channel.post_alerts()


@shared_task(name="campaigns.tasks.post_waiting")
def post_waiting() -> None:
    """Once a working day: tell the channel what waits for whom."""
    channel.post_waiting()


@shared_task(name="campaigns.tasks.keep_checks")
def keep_checks() -> None:
    """Write down checks that were missed, and tell of them."""
    keeping.keep_checks()
