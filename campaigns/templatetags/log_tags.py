"""How a text names the files that were put with it, what it says in one line, and where one goes on writing it."""

from django import template

from campaigns.log import unfinished, words
from campaigns.models import LogDraft, LogDraftFile
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


@register.filter
def draft_name(draft: LogDraft) -> str:
    """Reply to entry 121"""
    name = unfinished.name_of(draft.about)
    return f"{name[:1].upper()}{name[1:]}"


@register.filter
def draft_address(draft: LogDraft) -> str:
    """Where one goes on with it."""
    return unfinished.written_at(draft.campaign, draft.about)
