"""Addresses of the log."""

from django.urls import path

from campaigns.views import log_entry, log_files

urlpatterns = [
    path("campaigns/<slug:slug>/log/<int:number>/", log_entry.log_entry, name="log-entry"),
    path("campaigns/<slug:slug>/log/files/<int:pk>/small/", log_files.log_thumbnail, name="log-thumbnail"),
    path("campaigns/<slug:slug>/log/files/<int:pk>/<str:name>", log_files.log_file, name="log-file"),
]
