"""Cells of a plan's tables, where what is unknown must be said and a lower bound marked."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from campaigns.planning.actual import SampleCoverage
from campaigns.views.plan_lanes import LanePanel
from campaigns.views.plan_page import Together
from campaigns.views.plan_rows import Numbers
from monitoring.models import Workflow
from monitoring.numbers import ratio
from portal.templatetags.portal_format import at_least, count, percent, percent_unit

register = template.Library()


@register.simple_tag
def number_cells(numbers: Numbers, workflow: Workflow | None) -> SafeString:
    """Jobs, exit 0, files done, failed and not found of a workflow; none where there is none, or it has not begun."""
    if workflow is None or not numbers.has_begun:
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


@register.simple_tag
def standing_cells(part: LanePanel | Together) -> SafeString:
    """Rows, files and jobs of a part of the plan, with the shares that follow from their sums."""
    totals, done = part.totals, part.n_done
    return format_html(
        "{}{}{}{}{}{}{}{}{}{}",
        _cell(count(totals.n_rows), totals.n_rows),
        _cell(count(totals.n_submitted), totals.n_submitted),
        _cell(count(part.n_finished), part.n_finished),
        _cell(count(part.n_wanted), part.n_wanted),
        _cell(at_least(done, part.done_is_exact), done),
        _cell(share_of(done, part.n_wanted, is_exact=part.done_is_exact), done),
        _cell(count(totals.jobs), totals.jobs),
        _cell("unknown" if totals.rate is None and totals.jobs != 0 else percent(totals.rate), totals.jobs),
        _cell(count(totals.failed), totals.failed),
        _cell(count(totals.not_found), totals.not_found),
    )


def share_of(part: int | None, whole: int | None, *, is_exact: bool = True) -> str:
    """A share in per cent, as a column has it: never above 100, never of an unknown whole."""
    if part is None or not whole:
        return "unknown"
    if part > whole:
        return "over 100, check"
    return f"{'' if is_exact else '≥ '}{percent(ratio(part, whole))}"
