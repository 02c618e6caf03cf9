"""manage.py count_samples: ask MetaCat how many files the samples of plans and official datasets have, as far as their counts
are due.

The worker does the same by itself; this is for those who want to see it happen, e.g. after METACAT_URL was set.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns.sample_counts import refresh_sample_counts


class Command(BaseCommand):
    help = "Ask MetaCat for the numbers of files of planned samples and official datasets that are due."

    def handle(self, *args: Any, **options: Any) -> None:
        done = refresh_sample_counts()
        if done.skipped:
            raise CommandError(done.skipped)
        self.stdout.write(f"{done.n_asked} asked, {done.n_changed} new or other than before.")
        for failure in done.failures:
            self.stderr.write(failure)
        if done.failures:
            raise CommandError(f"{len(done.failures)} without an answer.")
