"""The footer's facts: how old the newest answer of each source is."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from monitoring.models import Service


def sources(request: HttpRequest) -> dict[str, object]:
    """`justin`: the Service row of justIN, read from the database only when a template uses it."""
    return {
        "justin": SimpleLazyObject(
            lambda: Service.objects.filter(name=Service.JUSTIN).first() or Service(name=Service.JUSTIN)
        )
    }
