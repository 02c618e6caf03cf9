"""Page addresses of a log as a document. Included by campaigns/urls.py."""

from django.urls import path

from campaigns.views import log_document, log_import

HERE = "campaigns/<slug:slug>/log/document"

urlpatterns = [
    path(f"{HERE}/", log_document.log_document, name="log-document"),
    path(f"{HERE}/pdf/", log_document.log_pdf, name="log-pdf"),
    path(f"{HERE}/pdf/<int:pk>/", log_document.log_pdf_file, name="log-pdf-file"),
    path(f"{HERE}/log.md", log_document.log_markdown, name="log-markdown"),
    path(f"{HERE}/log.zip", log_document.log_zip, name="log-zip"),
    path(f"{HERE}/import/", log_import.log_import, name="log-import"),
]
