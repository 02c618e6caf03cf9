"""Page addresses of this floor."""

from django.urls import path

from monitoring import views

app_name = "monitoring"
urlpatterns = [
    path("workflows/<int:justin_id>/", views.workflow_detail, name="workflow-detail"),
    path("workflows/<int:justin_id>/sites.csv", views.workflow_matrix_csv, name="workflow-matrix-csv"),
    path("sources/", views.sources, name="sources"),
]
