"""The footer's facts: how old the newest answer of each source is."""

from typing import cast

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from monitoring.health import service_notice
from monitoring.models import Service


def sources(request: HttpRequest) -> dict[str, object]:
    """`justin`: the Service row of justIN, read only when a template uses it; `justin_notices`: what is wrong with it."""
    justin = SimpleLazyObject(lambda: Service.objects.filter(name=Service.JUSTIN).first() or Service(name=Service.JUSTIN))
    return {"justin": justin, "justin_notices": SimpleLazyObject(lambda: service_notice(cast(Service, justin)))}
