"""manage.py make_log_document PK: lay out one log as PDF. Started by the worker; see campaigns/log_documents/making.py."""

import os
import sys
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns.log_documents.making import limit_memory, make_document
from campaigns.models import LogDocument


class Command(BaseCommand):
    help = "Make the PDF of a log that was asked for. The portal's worker calls it; its row says how it ended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pk", type=int, metavar="PK", help="key of the row")

    def handle(self, *args: Any, pk: int, **options: Any) -> None:
        document = LogDocument.objects.filter(pk=pk).select_related("campaign").first()
        if document is None:
            raise CommandError(f"There is no document {pk}.")
        if not sys.stdin.isatty():
            threading.Thread(target=_end_with_parent, daemon=True).start()
        limit_memory()
        make_document(document)


def _end_with_parent() -> None:
    """Whoever started this holds its input open; when that closes nobody waits for the document any more."""
    while os.read(
        sys.stdin.fileno(), 1024
    ):  # past Python's own buffer, whose lock would be held when this process ends by itself
        pass
    os._exit(3)
