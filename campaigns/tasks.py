"""Celery tasks of the second floor: each calls one service. Safe to run twice and safe to miss; settings say when they run."""

from celery import shared_task

from campaigns import sample_counts
from campaigns.log import unfinished, watching
from campaigns.log_documents import making
from campaigns.meetings import series
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


@shared_task(name="campaigns.tasks.refresh_sample_counts")
def refresh_sample_counts() -> None:
    """Ask MetaCat again for the samples of plans whose counts have become old."""
    sample_counts.refresh_sample_counts()


@shared_task(name="campaigns.tasks.forget_sample_counts")
def forget_sample_counts() -> None:
    """Once a day: remove counts of samples that no plan has used for long."""
    sample_counts.forget_sample_counts()


@shared_task(name="campaigns.tasks.tell_watchers_at_once")
def tell_watchers_at_once() -> None:
    """Tell those who want each entry of a log."""
    watching.tell_at_once()


@shared_task(name="campaigns.tasks.tell_watchers_daily")
def tell_watchers_daily() -> None:
    """Once a day: what is new in the logs that people and the channel watch."""
    watching.tell_daily()


@shared_task(name="campaigns.tasks.make_log_documents")
def make_log_documents() -> None:
    """Make the PDFs of logs that were asked for."""
    making.make_documents()


@shared_task(name="campaigns.tasks.clean_log_documents")
def clean_log_documents() -> None:
    """Once a day: remove PDFs of logs that nobody needs."""
    making.clean_documents()


@shared_task(name="campaigns.tasks.clean_log_drafts")
def clean_log_drafts() -> None:
    """Once a day: tell authors of drafts that have lain for long, and remove those they were told of."""
    unfinished.clean_drafts()


@shared_task(name="campaigns.tasks.keep_checks")
def keep_checks() -> None:
    """Write down checks that were missed, and tell of them."""
    keeping.keep_checks()


@shared_task(name="campaigns.tasks.make_meetings")
def make_meetings() -> None:
    """Make the meetings of the next weeks of every series."""
    series.make_ahead()
