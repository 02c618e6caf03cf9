"""Who may use the API."""

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from portal.roles import may_read


class ReadIfPublic(BasePermission):
    """Reading as the site allows it (PUBLIC_READ, or logged in). Writing is refused: a view that writes names its rule."""

    def has_permission(self, request: Request, view: object) -> bool:
        if request.method not in SAFE_METHODS:
            # what the view cannot do for anybody is a 405 that says so, not a matter of roles
            return not hasattr(view, str(request.method).lower())
        return may_read(request.user)


class WriteIfLoggedIn(BasePermission):
    """Reading as above; writing for whoever is logged in. Which roles may, the service that writes says."""

    def has_permission(self, request: Request, view: object) -> bool:
        if request.method in SAFE_METHODS:
            return may_read(request.user)
        return bool(request.user.is_authenticated and request.user.is_active)
