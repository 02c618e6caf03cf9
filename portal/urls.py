"""Every address of the portal. Upper floors are named as strings only."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from portal.views import errors, favicon, health, help, profile
from portal.views.api_docs import ApiDocs

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("favicon.ico", favicon.favicon),
    path("help/", help.help_page, name="help"),
    path("profile/", profile.profile, name="profile"),
    path("profile/mail/", profile.mail_choose, name="mail-choose"),
    path("profile/time-zone/", profile.zone_choose, name="zone-choose"),
    path("profile/tokens/new/", profile.token_create, name="token-create"),
    path("profile/tokens/<str:key>/revoke/", profile.token_revoke, name="token-revoke"),
    path("admin/", admin.site.urls),
    path("accounts/", include("portal.account_urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/docs/", ApiDocs.as_view(), name="api-docs"),
    path("api/v1/", include("campaigns.api.urls")),
    path("api/v1/", include("monitoring.api.urls")),
    path("", include("monitoring.urls")),
    path("", include("campaigns.urls")),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error
