"""Ages of what is wrong and of what happened, each counted on the clock it was read from."""

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString

from monitoring.health import Notice
from monitoring.models import MonitoringEvent, Service, Verb
from portal.templatetags.portal_format import age

register = template.Library()

# what the portal itself noticed; the other times are justIN's, whose clock may differ
ON_PORTAL_CLOCK = frozenset(
    "service-failing login-wanted no-poll reading-failing listing-failing never-read state-unknown "
    "campaign-empty campaign-unread".split()
)


@register.simple_tag
def since(notice: Notice, service: Service) -> SafeString | str:
    """How long it has been wrong: "14 h ago", the exact time on hover."""
    now = timezone.now() if notice.kind in ON_PORTAL_CLOCK else service.now()
    return age(notice.since, now)


@register.simple_tag
def happened(event: MonitoringEvent, service: Service) -> SafeString | str:
    """When it happened. The time of an automatic pause is justIN's, all others are when the poll noticed."""
    return age(event.at, service.now() if event.verb == Verb.AUTO_PAUSED else timezone.now())
