"""manage.py poll: one round of the poll in the foreground."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from tqdm import tqdm

from monitoring.polling import Round, poll_round

LONGEST_WAIT_SECONDS = 600


class Command(BaseCommand):
    help = "Ask justIN for what is due and store it. Exits with 1 when something could not be read, a line for each."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all", action="store_true", dest="everything",
            help="read every workflow that was not read for the last time, due or not, and wait for nothing",
        )  # fmt: skip

    def handle(self, *args: Any, everything: bool, **options: Any) -> None:
        with tqdm(file=self.stderr, disable=None, leave=False, bar_format="{desc:<20} {bar} {n_fmt} of {total_fmt}") as bar:

            def watch(what: str, done: int, of: int) -> None:
                bar.set_description_str(what, refresh=False)
                bar.total, bar.n = of, done
                bar.refresh()

            try:
                done = poll_round(by_person=True, everything=everything, watcher=watch, wait_seconds=LONGEST_WAIT_SECONDS)
            except DatabaseError as error:
                raise CommandError(f"the database failed, and nothing half-done was kept: {_line(error)}") from error
        self.stdout.write(self._summary(done))
        for failure in done.failures:
            self.stderr.write(f"not read: {failure}")
        if done.failures or done.skipped:
            raise SystemExit(1)

    @staticmethod
    def _summary(done: Round) -> str:
        if done.skipped:
            return f"Nothing was asked: {done.skipped}."
        return (
            f"{_number(done.n_campaigns, 'justIN campaign')} listed; {done.n_workflows_read} of "
            f"{_number(done.n_workflows_due, 'workflow')} due read, {done.n_changed} with new numbers; "
            f"{done.n_left_alone} finally read before; "
            f"{_number(done.n_requests, 'request')} in {done.seconds:.1f} s."
        )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _number(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
