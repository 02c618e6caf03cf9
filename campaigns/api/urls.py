"""API addresses below /api/v1/."""

from django.urls import path

from campaigns.api import requests, views

app_name = "campaigns-api"
urlpatterns = [
    path("campaigns/", views.CampaignListView.as_view(), name="campaign-list"),
    path("campaigns/<slug:slug>/", views.CampaignView.as_view(), name="campaign-detail"),
    path("campaigns/<slug:slug>/summary/", views.SummaryView.as_view(), name="campaign-summary"),
    path(
        "campaigns/<slug:slug>/justin-campaigns/",
        views.JustinCampaignsView.as_view(),
        name="campaign-justin-campaigns",
    ),
    path("campaigns/<slug:slug>/workflows/", views.CampaignWorkflowsView.as_view(), name="campaign-workflows"),
    path("requests/", requests.RequestListView.as_view(), name="request-list"),
    path("requests/<int:pk>/", requests.RequestView.as_view(), name="request-detail"),
    path("requests/<int:pk>/submit/", requests.RequestSubmitView.as_view(), name="request-submit"),
]
