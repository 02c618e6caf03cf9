"""manage.py read_datasets: read MetaCat's list of datasets now, without waiting until it is due.

The worker does the same by itself; this is for those who want to see it happen, e.g. after METACAT_URL was set.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitoring.datasets import read_datasets


class Command(BaseCommand):
    help = "Read MetaCat's list of datasets."

    def handle(self, *args: Any, **options: Any) -> None:
        done = read_datasets(by_person=True)
        if done.skipped or done.failure:
            raise CommandError(done.skipped or done.failure)
        self.stdout.write(
            f"{done.n_listed:,} datasets listed; {done.n_kept:,} of workflows or campaigns, {done.n_new:,} of them new, "
            f"{done.n_changed:,} other than before, {done.n_gone:,} gone."
        )
