"""API addresses below /api/v1/."""

from django.urls import URLPattern

app_name = "campaigns-api"
urlpatterns: list[URLPattern] = []
