"""Cells of a plan's tables, where what is unknown must be said and a lower bound marked."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from campaigns.planning.actual import SampleCoverage
from campaigns.views.plan_rows import RowLine
from monitoring.numbers import ratio
from portal.templatetags.portal_format import at_least, count, percent, percent_unit

register = template.Library()


@register.simple_tag
def number_cells(line: RowLine) -> SafeString:
    """Jobs, exit 0, files done, failed and not found of a row's newest workflow."""
    numbers = line.numbers
    if line.newest is None or not numbers.has_begun:
        return SafeString('<td class="num nil">–</td>' * 5)
    lost = numbers.lost
    whole = not (lost and lost.at_least)
    rate = "unknown" if numbers.rate is None and numbers.jobs != 0 else percent(numbers.rate)
    return format_html(
        "{}{}{}{}{}",
        _cell(at_least(numbers.jobs, numbers.is_whole), numbers.jobs),
        _cell(rate, 1 if numbers.rate is not None else None),
        _cell(count(numbers.done), numbers.done),
        _cell(at_least(lost.failed if lost else None, whole), lost.failed if lost else None),
        _cell(at_least(lost.not_found if lost else None, whole), lost.not_found if lost else None),
    )


def _cell(text: str, value: int | None) -> SafeString:
    return format_html('<td class="num{}">{}</td>', "" if value else " nil", text)


@register.simple_tag
def processed(covered: SampleCoverage) -> str:
    """Distinct files that were processed, marked where it is a lower bound."""
    return at_least(covered.processed, covered.processed_is_exact)


@register.simple_tag
def share(covered: SampleCoverage) -> str:
    """The same of all the sample's files."""
    sign = "" if covered.processed_is_exact else "≥ "
    whole = covered.n_files
    if covered.processed is not None and whole and covered.processed > whole:
        return "over 100, check"
    return f"{sign}{percent_unit(ratio(covered.processed, whole))}"
