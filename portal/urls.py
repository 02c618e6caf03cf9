"""Every address of the portal. Upper floors are named as strings only."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("api/v1/", include("campaigns.api.urls")),
    path("api/v1/", include("monitoring.api.urls")),
    path("", include("monitoring.urls")),
    path("", include("campaigns.urls")),
]
