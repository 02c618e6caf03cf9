"""manage.py permission_table: write docs/permissions.md from the rules, or say that it is out of date."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from campaigns.permissions import as_markdown

PATH = settings.BASE_DIR / "docs" / "permissions.md"


class Command(BaseCommand):
    help = "Write docs/permissions.md, the table of who may do what, from the rules."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="Change nothing; fail when the file is out of date.")

    def handle(self, *args: Any, check: bool = False, **options: Any) -> None:
        table = as_markdown()
        is_current = PATH.is_file() and PATH.read_text(encoding="utf-8") == table
        if check and not is_current:
            raise CommandError("docs/permissions.md is out of date: run manage.py permission_table and look at what changed.")
        if not check:
            PATH.write_text(table, encoding="utf-8")
        self.stdout.write("docs/permissions.md is up to date." if is_current else "docs/permissions.md is written.")
