"""How a text names the files that were put with it."""

from django import template

from campaigns.models import LogDraftFile
from campaigns.views.log_draft import reference_of

register = template.Library()


@register.filter
def file_reference(file: LogDraftFile) -> str:
    """![disk](file:disk.png)"""
    return reference_of(file)
