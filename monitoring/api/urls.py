"""API addresses below /api/v1/."""

from django.urls import URLPattern

app_name = "monitoring-api"
urlpatterns: list[URLPattern] = []
