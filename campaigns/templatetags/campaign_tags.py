"""What templates of the lower floor show of campaigns."""

from collections.abc import Mapping

from django import template
from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString

from campaigns.models import Campaign
from campaigns.summary import WeeklyRow
from monitoring.health import NOT_BEGUN
from monitoring.models import Workflow
from portal.roles import Anyone
from portal.templatetags.portal_format import count, percent

register = template.Library()


@register.simple_tag
def campaigns_of(workflow: Workflow, user: Anyone) -> list[Campaign]:
    """The campaigns this reader may see that a workflow belongs to: by its justIN campaign, or registered."""
    belongs = Q(pk__in=workflow.registered_in.values("pk"))
    if workflow.justin_campaign:
        belongs |= Q(pk__in=workflow.justin_campaign.campaigns.values("pk"))
    return list(Campaign.objects.visible_to(user).filter(belongs).order_by("name"))


@register.filter
def of_key(numbers: Mapping[int, int] | str, key: int) -> int:
    """What a table of numbers has under a key, 0 where it has nothing or there is no table."""
    return numbers.get(key, 0) if isinstance(numbers, Mapping) else 0


@register.simple_tag
def job_cell(row: WeeklyRow, name: str) -> SafeString:
    """A cell of the weekly table: a count of jobs by its name in the row, a lower bound marked, unknown said in words."""
    value: int | None = getattr(row, name)
    if value is None:
        return format_html('<td class="num nil">{}</td>', _unread(row))
    at_least_ = "" if row.workflow.tally.jobs_complete else "≥ "
    nil = " nil" if not value else ""
    return format_html('<td class="num{}">{}{}</td>', nil, at_least_, count(value))


@register.simple_tag
def success_cell(row: WeeklyRow) -> SafeString:
    """Success in per cent; why there is none where there should be one."""
    if row.success_rate is not None:
        return format_html('<td class="num">{}</td>', percent(row.success_rate))
    if row.jobs and row.rate_problem:
        return format_html('<td class="num nil" title="{}">unknown</td>', row.rate_problem)
    return format_html('<td class="num nil">{}</td>', "–" if row.jobs == 0 else _unread(row))


@register.simple_tag
def files_cell(row: WeeklyRow) -> SafeString:
    """Files of stage 1, processed of all; justIN gives 0 for all until it has looked for them."""
    if row.files_total is None:
        return SafeString('<td class="num nil">unknown</td>')
    if row.files_total == 0 and not row.workflow.is_finished:
        return SafeString('<td class="num nil">not found yet</td>')
    nil = " nil" if not row.files_total else ""
    return format_html('<td class="num{}">{} / {}</td>', nil, count(row.files_processed), count(row.files_total))


def _unread(row: WeeklyRow) -> str:
    """A workflow that has not begun has no jobs to know of; of any other they are unknown."""
    return "–" if row.jobs is None and row.status in NOT_BEGUN else "unknown"
