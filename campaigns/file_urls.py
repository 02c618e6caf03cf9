"""Page addresses of a campaign's files and datasets. Included by campaigns/urls.py."""

from django.urls import path

from campaigns.views import datasets, file_acts, files

HERE = "campaigns/<slug:slug>/files"
DATASETS = "campaigns/<slug:slug>/datasets"

urlpatterns = [
    path(f"{HERE}/", files.file_list, name="file-list"),
    path(f"{HERE}/new/", file_acts.file_new, name="file-new"),
    path(f"{HERE}/find/", files.file_find, name="file-find"),
    path(f"{HERE}/compare/", files.file_compare, name="file-compare"),
    path(f"{HERE}/<int:pk>/", files.file_version, name="file-version"),
    path(f"{HERE}/<int:pk>/download/", files.file_download, name="file-download"),
    path(f"{HERE}/<int:pk>/withdraw/", file_acts.file_withdraw, name="file-withdraw"),
    path(f"{DATASETS}/", datasets.dataset_list, name="dataset-list"),
    path(f"{DATASETS}.csv", datasets.dataset_list_csv, name="dataset-list-csv"),
    path(f"{DATASETS}.json", datasets.dataset_list_json, name="dataset-list-json"),
]
