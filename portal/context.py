"""What every page's template knows."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.roles import Role, has_role


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "demo": settings.DEMO,
        "demo_password": settings.DEMO_PASSWORD if settings.DEMO else "",
        "public_read": settings.PUBLIC_READ,
        "is_administrator": SimpleLazyObject(lambda: has_role(request.user, Role.ADMINISTRATORS)),
    }
