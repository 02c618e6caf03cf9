"""How a text names the files that were put with it, and what it says in one line."""

from django import template

from campaigns.log import words
from campaigns.models import LogDraftFile
from campaigns.views.log_draft import reference_of

register = template.Library()


@register.filter
def file_reference(file: LogDraftFile) -> str:
    """![disk](file:disk.png)"""
    return reference_of(file)


@register.filter
def in_words(markdown: str) -> str:
    """A text without its markup."""
    return words.in_words(markdown)


@register.filter
def headline(markdown: str) -> str:
    """A text as the beginning of a sentence that goes on."""
    return words.headline(markdown)
