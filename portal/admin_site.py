"""The administration's door: the portal's own log-in page, and the role that may enter."""

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from portal.roles import Role, has_role


class PortalAdminSite(admin.AdminSite):
    """Open to administrators by role. Its log-in is the portal's, with the same limits on wrong passwords."""

    site_header = "DUNE production: administration"
    site_title = "Administration · DUNE production"
    index_title = "People, what is watched, and what was read"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return has_role(request.user, Role.ADMINISTRATORS)

    def login(self, request: HttpRequest, extra_context: object = None) -> HttpResponse:
        back = request.GET.get(REDIRECT_FIELD_NAME, "")
        if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
            back = reverse("admin:index")
        if self.has_permission(request):
            return HttpResponseRedirect(back)
        if request.user.is_authenticated:
            raise PermissionDenied("The administration is for the role Administrators.")
        return redirect_to_login(back, settings.LOGIN_URL)
