"""Page addresses of this floor."""

from django.urls import URLPattern

app_name = "monitoring"
urlpatterns: list[URLPattern] = []
