"""API addresses below /api/v1/ of this floor, and the end of them all."""

from django.urls import path, re_path

from monitoring.api import views
from portal.api.views import NothingHereView, RootView

app_name = "monitoring-api"
urlpatterns = [
    path("", RootView.as_view(), name="root"),
    path("sources/", views.SourcesView.as_view(), name="sources"),
    path("workflows/", views.WorkflowListView.as_view(), name="workflow-list"),
    path("workflows/<int:justin_id>/", views.WorkflowView.as_view(), name="workflow-detail"),
    path("workflows/<int:justin_id>/failed-jobs/", views.FailedJobsView.as_view(), name="workflow-failed-jobs"),
    # last of all that is included below /api/v1/: what no address took gets a JSON 404, not a page
    re_path(r"^.+/$", NothingHereView.as_view(), name="nothing-here"),
]
