"""The footer's facts: how old the newest answer of each source is."""

from typing import cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from monitoring.health import service_notice
from monitoring.models import Service

SHOWN = (Service.JUSTIN, Service.METACAT)


def sources(request: HttpRequest) -> dict[str, object]:
    """`justin` and `metacat`: their Service rows, read together when a template first uses one; `justin_notices`: what is
    wrong with justIN. `metacat_configured`: whether there is a MetaCat to ask.
    """
    rows = SimpleLazyObject(lambda: {row.name: row for row in Service.objects.filter(name__in=SHOWN)})

    def row(name: str) -> Service:
        return cast(dict[str, Service], rows).get(name) or Service(name=name)

    justin = SimpleLazyObject(lambda: row(Service.JUSTIN))
    return {
        "justin": justin,
        "justin_notices": SimpleLazyObject(lambda: service_notice(cast(Service, justin))),
        "metacat": SimpleLazyObject(lambda: row(Service.METACAT)),
        "metacat_configured": bool(settings.METACAT_URL),
        "metacat_seconds": settings.METACAT_REFRESH_SECONDS,
    }
