"""The ground floor as a Django app."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        from portal import checks  # noqa: F401  (registers the system checks)


class PortalAdminConfig(AdminConfig):
    """The administration with the portal's own door."""

    default_site = "portal.admin_site.PortalAdminSite"
