"""Whose a sample's number of files is, in a few words: `{% size_from sizes.by_key lane.sample %}`."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.conf import settings
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from campaigns.planning.content import PlannedSample
from campaigns.planning.sizes import SampleSize
from campaigns.views.plan_sizes import why_no_number
from monitoring.models import QueryCount
from portal.templatetags.portal_format import age

register = template.Library()


@register.simple_tag
def size_from(sizes: Mapping[str, SampleSize], sample: PlannedSample) -> SafeString | str:
    """ "MetaCat 2 min ago"; "typed by shifter1 on 3 Nov 2026; MetaCat says the same, 2 min ago"."""
    source = sample.n_files_from or "nobody said from where"
    size = sizes.get(sample.key)
    if size is None or size.count is None or not size.is_confirmed:
        return source
    if size.is_of_metacat:
        return format_html("MetaCat {}", age(size.count.read_at))
    return format_html("{}; MetaCat says the same, {}", source, age(size.count.read_at))


@register.filter
def why_not(row: QueryCount) -> str:
    """Why the last question had no answer."""
    return why_no_number(row)


@register.filter
def is_old(row: QueryCount) -> bool:
    """Whether it should have been asked for again long ago: the worker or the clock may stand still, or MetaCat is away."""
    if row.read_at is None:
        return False
    return bool((timezone.now() - row.read_at).total_seconds() > 2 * settings.METACAT_REFRESH_SECONDS)
