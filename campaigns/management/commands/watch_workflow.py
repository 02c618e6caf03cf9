"""manage.py watch_workflow ID --campaign NAME: add a workflow to what the poll reads."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns.services import register_workflow
from campaigns.watching import campaign_named, look_at_workflow, not_asked
from monitoring.justin.errors import JustinError
from portal.errors import Refused


class Command(BaseCommand):
    help = "Watch a workflow for a portal campaign (made if there is none of that name), and say what justIN knows of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("justin_id", type=int, metavar="ID", help="the number justIN shows")
        parser.add_argument("--campaign", required=True, metavar="NAME", help="the portal campaign's name")

    def handle(self, *args: Any, justin_id: int, campaign: str, **options: Any) -> None:
        try:
            found, is_new = campaign_named(campaign)
            watched, is_added = register_workflow(found, justin_id, actor=None)
        except Refused as refused:
            raise CommandError(refused.message) from refused
        if is_new:
            self.stdout.write(f"Made campaign {found}.")
        self.stdout.write(f"{'Watching' if is_added else 'Already watching'} workflow {justin_id} for {found}.")
        try:
            self.stdout.write(look_at_workflow(watched))
        except JustinError as error:
            self.stderr.write(not_asked(error))
